//! A recorded run in words: its modes and its front.

use std::fmt::Write as _;

use serde::Serialize;

use super::list::Status;
use crate::clean::clean;
use crate::engine::{Dashboard, Validated};
use crate::space::{Complexity, Decision, format_amount};

/// So many decisions are written out in a table.
const FEW: usize = 8;

/// A run as `isthmus show` tells it.
#[derive(Debug, Serialize)]
pub struct Shown {
    /// Its folder's name.
    pub run: String,
    /// What it is doing.
    pub status: Status,
    /// Iterations done.
    pub iteration: u64,
    /// Iterations in all.
    pub iterations: u64,
    /// One a distribution: its most likely architecture.
    pub modes: Vec<ShownMode>,
    /// The validated modes that no other beats in both accuracy and complexity, the cheapest first.
    pub front: Vec<ShownMode>,
    /// What people have changed, the last few hundred.
    pub changes: Vec<ShownChange>,
}

/// A person's change.
#[derive(Debug, Serialize)]
pub struct ShownChange {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// It, in words.
    pub change: String,
}

/// An architecture with what is known of it.
#[derive(Debug, Serialize)]
pub struct ShownMode {
    /// The distribution that it is of.
    pub distribution: usize,
    /// That one's coefficient.
    pub coefficient: Option<f64>,
    /// Trainable parameters.
    pub parameters: Option<u64>,
    /// Multiply-accumulates.
    pub macs: Option<u64>,
    /// Milliseconds.
    pub latency: Option<f64>,
    /// On the whole validation set, where it was scored there.
    pub validation_accuracy: Option<f64>,
    /// The option of every decision.
    pub architecture: Vec<String>,
}

impl Shown {
    /// A run from its dashboard.
    pub fn new(run: String, status: Status, dashboard: &Dashboard) -> Self {
        let decisions = dashboard.started.as_ref().map_or(&[][..], |started| &started.outline.decisions);
        let modes = dashboard.distributions.iter().enumerate().map(|(distribution, view)| {
            let validated = view.validated.as_ref().filter(|known| known.architecture == view.report.mode);
            ShownMode {
                coefficient: Some(view.report.coefficient),
                ..ShownMode::new(
                    distribution,
                    view.report.complexity,
                    validated.map(|known| known.score.accuracy),
                    view.report.mode.options(),
                    decisions,
                )
            }
        });
        let front = |known: &Validated| {
            let accuracy = Some(known.score.accuracy);
            ShownMode::new(known.distribution, known.complexity, accuracy, known.architecture.options(), decisions)
        };
        Self {
            run,
            status,
            iteration: dashboard.iteration,
            iterations: dashboard.started.as_ref().map_or(0, |started| started.iterations),
            modes: modes.collect(),
            front: dashboard.front.iter().map(front).collect(),
            changes: dashboard
                .changes
                .iter()
                .map(|mark| ShownChange { iteration: mark.iteration, change: mark.text.clone() })
                .collect(),
        }
    }

    /// As text for a terminal.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{}: {}, {} of {} iterations\n",
            clean(&self.run),
            self.status.words(),
            self.iteration,
            self.iterations
        );
        for (title, modes) in [("Modes", &self.modes), ("Front, the cheapest first", &self.front)] {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\n{title}\n  k  coefficient  parameters    MACs  validation  architecture");
            for mode in modes {
                let amount = |known: Option<u64>| known.map_or_else(|| "-".into(), |known| format_amount(known as f64));
                let coefficient =
                    mode.coefficient.map_or_else(|| "-".into(), |known| format!("{}", (known * 1e4).round() / 1e4));
                let accuracy =
                    mode.validation_accuracy.map_or_else(|| "-".into(), |known| format!("{:.2} %", 100.0 * known));
                let _ = writeln!(
                    text,
                    "{:>3}  {coefficient:>11}  {:>10}  {:>6}  {accuracy:>10}  {}",
                    mode.distribution,
                    amount(mode.parameters),
                    amount(mode.macs),
                    mode.options(),
                );
            }
        }
        if !self.changes.is_empty() {
            text += "\nChanges\n  iteration  change\n";
        }
        for ShownChange { iteration, change } in &self.changes {
            let _ = writeln!(text, "  {iteration:>9}  {change}");
        }
        text
    }
}

impl ShownMode {
    /// The options where they fit beside the figures; the cells of a network do not.
    fn options(&self) -> String {
        match self.architecture.len() {
            ..=FEW => clean(&self.architecture.join(" ")),
            many => format!("{many} decisions (--json)"),
        }
    }

    fn new(
        distribution: usize,
        Complexity { parameters, macs, latency }: Complexity,
        accuracy: Option<f64>,
        options: &[u16],
        decisions: &[Decision],
    ) -> Self {
        let name = |(place, option): (usize, &u16)| {
            let named = decisions.get(place).and_then(|decision| decision.options.get(usize::from(*option)));
            named.cloned().unwrap_or_else(|| option.to_string())
        };
        Self {
            distribution,
            coefficient: None,
            parameters,
            macs,
            latency,
            validation_accuracy: accuracy.filter(|accuracy| accuracy.is_finite()),
            architecture: options.iter().enumerate().map(name).collect(),
        }
    }
}
