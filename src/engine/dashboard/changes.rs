//! People's changes, as the dashboard takes them in, words them, and knows how to take them back.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{Dashboard, DistributionView, LogKind, Series, push_bounded};
use crate::engine::change::{Change, KEPT};
use crate::engine::event::{DistributionReport, Started};
use crate::search::{Adjustment, Aim};
use crate::space::format_amount;

/// Changes that are kept, and can be taken back.
const CHANGES: usize = 256;

/// A person's change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeMark {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// It, in words.
    pub text: String,
    /// It.
    pub change: Change,
    /// The change that takes it back, where there is one.
    pub undo: Option<Change>,
    /// Whether it takes back the last change before it that nothing had taken back.
    pub undoes: bool,
}

impl DistributionView {
    pub(super) fn new(report: DistributionReport) -> Self {
        Self {
            report,
            validated: None,
            trail: VecDeque::new(),
            entropy: Series::default(),
            theta: None,
            theta_before: None,
        }
    }

    fn set_aim(&mut self, aim: Aim) {
        match aim {
            Aim::Coefficient(coefficient) => (self.report.coefficient, self.report.target) = (coefficient, None),
            Aim::Target(target) => self.report.target = Some(target),
        }
    }
}

impl Dashboard {
    /// The change that takes back the last one that nothing has taken back yet. Once it is made, this is the one before: it
    /// is to be sent once, and its event waited for.
    pub fn undo(&self) -> Option<Change> {
        let mut stack = Vec::new();
        for mark in &self.changes {
            match mark.undo {
                _ if mark.undoes => _ = stack.pop(),
                // What came before it cannot be reached any more.
                None => stack.clear(),
                // It has changed nothing.
                Some(undo) if undo == mark.change => {}
                Some(undo) => stack.push(undo),
            }
        }
        // Nor can what came before a removal of which nothing is kept any more.
        let removals = self.changes.iter().filter_map(|mark| mark.undo.and_then(removal));
        let newest = removals.max().unwrap_or(0);
        let is_lost =
            |undo: &Change| removal(*undo).is_some_and(|removed| removed.saturating_add(KEPT as u64) <= newest);
        let reached = stack.iter().rposition(is_lost).map_or(0, |lost| lost + 1);
        stack[reached..].last().copied()
    }

    pub(super) fn change(&mut self, iteration: u64, change: Change, undo: Option<Change>) {
        let text = said(self.started.as_ref(), change, undo);
        let undoes = self.undo() == Some(change);
        match (change, &mut self.live) {
            (Change::Distributions(adjustment), _) => self.adjust(adjustment),
            (Change::Restore { distribution, aim, .. }, _) => self.add(distribution, aim),
            (Change::LearningRate { rate }, Some(live)) => live.learning_rate = Some(rate),
            (Change::Samples { each }, Some(live)) => live.samples = each,
            (Change::ValidateEvery { iterations }, Some(live)) => live.validate_every = iterations,
            (_, None) => {}
        }
        self.note(LogKind::Adjustment, text.clone());
        push_bounded(&mut self.changes, ChangeMark { iteration, text, change, undo, undoes }, CHANGES);
    }

    /// Distributions keep their history where others come or go beside them.
    fn adjust(&mut self, adjustment: Adjustment) {
        let views = &mut self.distributions;
        match adjustment {
            Adjustment::Coefficient { distribution, coefficient } => {
                if let Some(view) = views.get_mut(distribution) {
                    view.set_aim(Aim::Coefficient(coefficient));
                }
            }
            Adjustment::Target { distribution, target } => {
                if let Some(view) = views.get_mut(distribution) {
                    view.set_aim(Aim::Target(target));
                }
            }
            Adjustment::Add { distribution, aim } => self.add(distribution, aim),
            Adjustment::Remove { distribution } => {
                if distribution < views.len() {
                    views.remove(distribution);
                    self.renumber(|source| match source.cmp(&distribution) {
                        std::cmp::Ordering::Less => Some(source),
                        std::cmp::Ordering::Equal => None,
                        std::cmp::Ordering::Greater => Some(source - 1),
                    });
                }
            }
        }
    }

    /// A new distribution shows its left neighbour's figures until its own come with the next iteration.
    fn add(&mut self, distribution: usize, aim: Aim) {
        let views = &mut self.distributions;
        let neighbour = views.get(distribution.saturating_sub(1)).map(|view| view.report.clone());
        if let (Some(report), true) = (neighbour, distribution <= views.len()) {
            let mut view = DistributionView::new(report);
            view.set_aim(aim);
            views.insert(distribution, view);
            self.renumber(|source| Some(if source >= distribution { source + 1 } else { source }));
        }
    }

    /// Gives what was seen so far the distributions' new numbers. What came from a distribution that is gone, and the
    /// weights of the last pool, whose rows no longer are the distributions, are dropped.
    fn renumber(&mut self, number: impl Fn(usize) -> Option<usize>) {
        self.samples.renumber(&number);
        self.front.iter_mut().for_each(|mode| mode.distribution = number(mode.distribution).unwrap_or(0));
        for view in &mut self.distributions {
            if let Some(validated) = &mut view.validated {
                validated.distribution = number(validated.distribution).unwrap_or(0);
            }
        }
        self.pool.clear();
        self.weights.clear();
    }
}

/// The number of the removal that a change takes back.
fn removal(change: Change) -> Option<u64> {
    match change {
        Change::Restore { removed, .. } => Some(removed),
        _ => None,
    }
}

/// A change in words.
fn said(started: Option<&Started>, change: Change, undo: Option<Change>) -> String {
    let number = |aim| match (aim, started) {
        (Aim::Target(share), Some(started)) => format_amount(started.normaliser.unscaled(share)),
        (Aim::Coefficient(value) | Aim::Target(value), _) => value.to_string(),
    };
    let kind = |aim| match aim {
        Aim::Coefficient(_) => "coefficient",
        Aim::Target(_) => "target",
    };
    let aimed = |aim| format!("{} {}", kind(aim), number(aim));
    let turn = |before: Option<String>, after: String| before.map_or(String::new(), |before| before + " -> ") + &after;
    let before = |words: fn(f64) -> String| undo.and_then(Change::value).map(words);
    let every = |iterations: f64| match iterations {
        0.0 => "only at the end".to_owned(),
        1.0 => "every iteration".to_owned(),
        many => format!("every {many} iterations"),
    };
    match change {
        Change::Distributions(
            Adjustment::Coefficient { distribution, .. } | Adjustment::Target { distribution, .. },
        ) => match (undo.and_then(Change::given), change.given()) {
            (Some(before), Some(after)) if kind(before) != kind(after) => {
                format!("distribution {distribution}: {} -> {}", aimed(before), aimed(after))
            }
            (before, Some(after)) => {
                format!("{} of distribution {distribution}: {}", kind(after), turn(before.map(number), number(after)))
            }
            (_, None) => String::new(),
        },
        Change::Distributions(Adjustment::Add { distribution, aim }) => {
            format!("added distribution {distribution} with {}", aimed(aim))
        }
        Change::Distributions(Adjustment::Remove { distribution }) => format!("removed distribution {distribution}"),
        Change::Restore { distribution, aim, .. } => {
            format!("put back distribution {distribution} with {}", aimed(aim))
        }
        Change::LearningRate { rate } => {
            format!("learning rate: {}", turn(before(|rate| rate.to_string()), rate.to_string()))
        }
        Change::Samples { each } => {
            format!("samples from each distribution: {}", turn(before(|each| each.to_string()), each.to_string()))
        }
        Change::ValidateEvery { iterations } => {
            format!("validation: {}", turn(before(every), every(iterations as f64)))
        }
    }
}
