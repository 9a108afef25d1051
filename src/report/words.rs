//! A run in plain words, and figures as they stand in its report.

use jiff::Timestamp;

use super::facts::Facts;
use crate::clean::clean;
use crate::engine::{DistributionReport, State, Validated};
use crate::figures::{coefficient, count};
use crate::run::{Status, duration};
use crate::space::{Decision, Extent, format_amount};

/// What is not known.
pub(super) const UNKNOWN: &str = "–";

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.2} %", 100.0 * share) } else { UNKNOWN.into() }
}

/// A cost, where it is known.
pub(super) fn amount(cost: Option<f64>) -> String {
    cost.filter(|cost| cost.is_finite()).map_or_else(|| UNKNOWN.into(), format_amount)
}

/// A time that a machine's clock has said.
pub(super) fn time(milliseconds: i64) -> String {
    let known = Timestamp::from_millisecond(milliseconds);
    known.map_or_else(|_| UNKNOWN.into(), |time| time.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// So many of something.
pub(super) fn many(number: u64, one: &str, more: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { more })
}

/// What a distribution aims at.
pub(super) fn aim(facts: &Facts, report: &DistributionReport) -> String {
    match report.target {
        Some(share) => format!("at most {}", format_amount(facts.started.normaliser.unscaled(share))),
        None => coefficient(report.coefficient),
    }
}

/// How many architectures a space has: exactly up to a million, else as a power of ten.
pub(super) fn size(decisions: &[Decision]) -> String {
    let logarithm: f64 = decisions.iter().map(|decision| (decision.options.len().max(1) as f64).log10()).sum();
    match logarithm {
        small if small < 6.0 => count(decisions.iter().map(|decision| decision.options.len().max(1) as u64).product()),
        large => {
            let power = large.floor();
            let raised: String = format!("{power:.0}").chars().map(raised).collect();
            format!("about {:.1} × 10{raised}", 10f64.powf(large - power))
        }
    }
}

/// A digit of an exponent.
fn raised(digit: char) -> char {
    let place = digit.to_digit(10).and_then(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize));
    place.unwrap_or(digit)
}

/// Text of several lines, without what could break it.
pub(super) fn lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// What is searched.
pub(super) fn searched(facts: &Facts) -> String {
    let started = &facts.started;
    let k = facts.dashboard.distributions.len().max(started.coefficients.len());
    let what = match k {
        1 => "one neural architecture".into(),
        _ => format!("{k} neural architectures of different complexity at once"),
    };
    let decisions = many(started.outline.decisions.len() as u64, "decision", "decisions");
    let Extent { smallest, largest } = started.normaliser.extent;
    format!(
        "The search {} looked for {what}, by the strategy {}. Its space has {} architectures ({decisions}), of {} to {} {}.",
        facts.run,
        clean(&started.strategy),
        size(&started.outline.decisions),
        format_amount(smallest),
        format_amount(largest),
        facts.measure(),
    )
}

/// How far it is, and how it ended.
pub(super) fn went(facts: &Facts) -> String {
    let (dashboard, all) = (&facts.dashboard, facts.started.iterations);
    let (done, worked) = (count(dashboard.iteration), duration(dashboard.seconds));
    let of = format!("{done} of {}", many(all, "iteration", "iterations"));
    let how = match &facts.status {
        Status::Finished => format!("It finished: {of} were done in {worked} of work"),
        Status::Stopped => format!("It was stopped after {of} and {worked} of work"),
        Status::Running { .. } => format!("It was still going on when this was written: {of} were done in {worked}"),
        Status::Crashed => {
            format!("Its process went away without a word after {of} and {worked} of work; `isthmus resume` goes on")
        }
        Status::Failed => format!("It failed after {of} and {worked} of work"),
        Status::Unreadable { reason } => format!("Its database cannot be read any more ({})", clean(reason)),
    };
    let why = match &dashboard.state {
        State::Failed { reason } => format!(": {}", clean(reason)),
        _ => String::new(),
    };
    let evaluated = many(dashboard.evaluated, "architecture was evaluated", "architectures were evaluated");
    format!("{how}{why}. {evaluated}.")
}

/// What came of it.
pub(super) fn found(facts: &Facts) -> String {
    let known = |found: &Validated| {
        let cost = amount(found.complexity.get(facts.started.normaliser.measure));
        let accuracy = percent(found.score.accuracy);
        format!("{accuracy} with {cost} {} (distribution {})", facts.measure(), found.distribution)
    };
    match &facts.dashboard.front[..] {
        [] => "No architecture has been scored on the whole validation set yet.".into(),
        [only] => {
            format!("The best architecture of all that were scored on the whole validation set has {}.", known(only))
        }
        [cheapest, .., best] => format!(
            "Of the architectures that were scored on the whole validation set the most accurate has {}; the cheapest that \
             no other beats has {}.",
            known(best),
            known(cheapest)
        ),
    }
}

/// Where accuracies come from.
pub(super) fn origin(facts: &Facts) -> &'static str {
    if facts.is_of_table() {
        "Accuracies are those of the table."
    } else {
        "Accuracies are those with the weights that all architectures of the search share: they order architectures \
         roughly, and an architecture trained alone does better."
    }
}

/// The data, where there are any.
pub(super) fn data(facts: &Facts) -> Option<String> {
    let data = facts.data.as_ref()?;
    let [channels, rows, columns] = data.picture;
    Some(format!(
        "{}: {} classes, pictures of {columns}×{rows} in {channels} {}; {} train the weights, {} decide between \
         architectures, {} are for the final report",
        data.set.name(),
        data.classes,
        if channels == 1 { "channel" } else { "channels" },
        count(data.weights as u64),
        count(data.theta as u64),
        count(data.test as u64),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_counted_while_that_says_something() {
        let decisions = |counts: &[usize]| -> Vec<Decision> {
            let decision = |&count: &usize| Decision { name: "d".into(), options: vec!["o".into(); count] };
            counts.iter().map(decision).collect()
        };
        assert_eq!(size(&decisions(&[])), "1");
        assert_eq!(size(&decisions(&[5; 6])), "15,625");
        assert_eq!(size(&decisions(&[10; 7])), "about 1.0 × 10⁷");
        assert_eq!(size(&decisions(&[4; 400])), "about 6.7 × 10²⁴⁰");
    }

    #[test]
    fn figures_that_are_not_known_are_a_dash() {
        assert_eq!([percent(f64::NAN), amount(None), amount(Some(f64::INFINITY))], [UNKNOWN; 3]);
        assert_eq!([percent(0.9123), amount(Some(27_612.0))], ["91.23 %", "27.6k"]);
        assert_eq!([time(0), time(i64::MAX)], ["1970-01-01 00:00 UTC", UNKNOWN]);
        assert_eq!([many(1, "step", "steps"), many(1_200, "step", "steps")], ["1 step", "1,200 steps"]);
    }
}
