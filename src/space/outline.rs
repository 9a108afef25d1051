//! What a viewer knows of a space without holding the space itself: live, attached and replayed screens share it.

use serde::{Deserialize, Serialize};

use super::{Architecture, Decision, Extent, Measure, cells};

/// A space as it travels in events: decisions, extents, and the shape of its cells where it has any.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outline {
    /// The decisions, in order.
    pub decisions: Vec<Decision>,
    /// The smallest and largest parameter count, where the space counts them.
    pub parameters: Option<Extent>,
    /// The smallest and largest MACs, where the space counts them.
    pub macs: Option<Extent>,
    /// The smallest and largest latency, where the space knows it.
    pub latency: Option<Extent>,
    /// Nodes a cell, in a space of cells.
    pub nodes: Option<usize>,
}

impl Outline {
    /// The extent in one measure.
    pub fn extent(&self, measure: Measure) -> Option<Extent> {
        match measure {
            Measure::Parameters => self.parameters,
            Measure::Macs => self.macs,
            Measure::Latency => self.latency,
        }
    }

    /// The cells of an architecture as graphs: normal, then reduction; empty where the space has no cells.
    pub fn cells(&self, architecture: &Architecture) -> Vec<cells::Cell> {
        match self.nodes {
            Some(nodes) if architecture.fits(&self.decisions) => cells::graphs(nodes, &self.decisions, architecture),
            _ => Vec::new(),
        }
    }
}

/// A count for people: three digits and a unit, `950`, `27.6k`, `1.53M`.
pub fn format_amount(amount: f64) -> String {
    let (value, unit) = match amount.abs() {
        a if a >= 999.5e6 => (amount / 1e9, "G"),
        a if a >= 999.5e3 => (amount / 1e6, "M"),
        a if a >= 999.5 => (amount / 1e3, "k"),
        _ => (amount, ""),
    };
    let decimals = match value.abs() {
        v if unit.is_empty() && value.fract() == 0.0 || v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::format_amount;

    #[test]
    fn amounts_keep_three_digits_and_a_unit() {
        let cases = [(0.0, "0"), (950.0, "950"), (2.5, "2.50"), (27_612.0, "27.6k"), (999_600.0, "1.00M")];
        for (amount, text) in cases.into_iter().chain([(1_531_546.0, "1.53M"), (123_456.0, "123k"), (2.5e9, "2.50G")]) {
            assert_eq!(format_amount(amount), text);
        }
    }
}
