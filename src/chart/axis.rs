//! Axes with round steps.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// Ticks of a logarithmic axis in each power of ten, and over so little that those leave it bare.
const ROUND: &[f64] = &[1.0, 2.0, 5.0];
const DENSE: &[f64] = &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0];
/// From so great a ratio of its ends on, an axis has the fewer ticks.
const WIDE: f64 = 30.0;

/// A labelled place on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where, in the axis's coordinates.
    pub at: f64,
    /// What stands there.
    pub label: String,
}

/// An axis, in the coordinates in which things are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Where it begins.
    pub low: f64,
    /// Where it ends.
    pub high: f64,
    /// Its ticks, in order.
    pub ticks: Vec<Tick>,
}

impl Axis {
    /// An axis from one number to another with about so many round ticks.
    pub fn linear(low: f64, high: f64, about: usize, label: impl Fn(f64) -> String) -> Self {
        let (low, high) = if low.is_finite() && high.is_finite() && high > low { (low, high) } else { (0.0, 1.0) };
        let step = round_up((high - low) / about.max(1) as f64);
        let first = (low / step).ceil();
        let ticks = (0..64)
            .map(|index| (first + f64::from(index)) * step)
            .take_while(|&at| at <= high + step * 1e-6)
            .map(|at| Tick { at, label: label(at) })
            .collect();
        Self { low, high, ticks }
    }

    /// An axis from one number above 0 to another, whose coordinates are the logarithms to base 10.
    pub fn logarithmic(low: f64, high: f64, label: impl Fn(f64) -> String) -> Self {
        let sound = low.is_finite() && high.is_finite() && low > 0.0 && high > low;
        let (low, high) = if sound { (low, high) } else { (1.0, 10.0) };
        let ticks = round_between(low, high).map(|value| Tick { at: value.log10(), label: label(value) }).collect();
        Self { low: low.log10(), high: high.log10(), ticks }
    }
}

/// The next of 1, 2, 5 times a power of ten.
pub fn round_up(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|m| m * power).find(|&round| round >= value * (1.0 - 1e-9)).unwrap_or(10.0 * power)
}

/// Round numbers between two that are above 0, for a logarithmic axis.
pub(super) fn round_between(low: f64, high: f64) -> impl Iterator<Item = f64> {
    let multiples = if high / low > WIDE { ROUND } else { DENSE };
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    powers
        .flat_map(move |power| multiples.iter().map(move |m| m * 10f64.powi(power)))
        .filter(move |value| (low..=high).contains(value))
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|tick| tick.at).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|tick| tick.at == *value).map_or_else(String::new, |tick| tick.label.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        let axis = Axis::linear(0.8, 1.0, 4, |at| format!("{:.0}", at * 100.0));
        assert_eq!(labels(&axis), ["80", "85", "90", "95", "100"]);
        assert_eq!([round_up(3.0), round_up(0.021), round_up(5.0), round_up(7.0)], [5.0, 0.05, 5.0, 10.0]);
    }

    #[test]
    fn logarithmic_ticks_are_round_and_at_their_logarithms() {
        let axis = Axis::logarithmic(30.0, 3_000.0, |value| value.to_string());
        assert_eq!(labels(&axis), ["50", "100", "200", "500", "1000", "2000"]);
        assert_eq!(axis.ticks[1].at, 2.0);
        assert_eq!(labels(&Axis::logarithmic(1.4, 4.0, |value| value.to_string())), ["1.5", "2", "3", "4"]);
    }

    #[test]
    fn an_axis_of_nonsense_is_still_an_axis() {
        for (low, high) in [(f64::NAN, 1.0), (1.0, 1.0), (0.0, f64::INFINITY), (5.0, -5.0)] {
            let axis = Axis::linear(low, high, 5, |at| at.to_string());
            assert_eq!((axis.low, axis.high), (0.0, 1.0));
            let axis = Axis::logarithmic(low, high, |at| at.to_string());
            assert_eq!((axis.low, axis.high), (0.0, 1.0));
        }
    }

    #[test]
    fn what_lies_beyond_the_ends_is_drawn_at_them() {
        let axis = Axis::linear(0.0, 10.0, 5, |at| at.to_string());
        assert_eq!([-5.0, 0.0, 5.0, 20.0].map(|value| axis.map(&value, (100, 200))), [100, 100, 150, 200]);
        assert_eq!((axis.format_ext(&4.0), axis.format_ext(&4.5)), ("4".into(), String::new()));
    }
}
