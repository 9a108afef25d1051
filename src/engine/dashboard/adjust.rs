//! People's changes, as the dashboard takes them in and words them.

use std::collections::VecDeque;

use super::{Dashboard, DistributionView, Series};
use crate::engine::event::{DistributionReport, Started};
use crate::search::{Adjustment, Aim};
use crate::space::format_amount;

impl DistributionView {
    pub(super) fn new(report: DistributionReport) -> Self {
        Self { report, validated: None, trail: VecDeque::new(), entropy: Series::default() }
    }
}

impl Dashboard {
    /// Distributions keep their history where others come or go beside them; a new one shows its left neighbour's
    /// figures until its own come with the next iteration.
    pub(super) fn adjust(&mut self, change: &Adjustment) {
        let views = &mut self.distributions;
        match *change {
            Adjustment::Coefficient { distribution, coefficient } => {
                if let Some(view) = views.get_mut(distribution) {
                    (view.report.coefficient, view.report.target) = (coefficient, None);
                }
            }
            Adjustment::Target { distribution, target } => {
                if let Some(view) = views.get_mut(distribution) {
                    view.report.target = Some(target);
                }
            }
            Adjustment::Add { distribution, aim } => {
                let neighbour = views.get(distribution.saturating_sub(1)).map(|view| view.report.clone());
                if let (Some(mut report), true) = (neighbour, distribution <= views.len()) {
                    match aim {
                        Aim::Coefficient(coefficient) => (report.coefficient, report.target) = (coefficient, None),
                        Aim::Target(target) => report.target = Some(target),
                    }
                    views.insert(distribution, DistributionView::new(report));
                    self.renumber(|source| Some(if source >= distribution { source + 1 } else { source }));
                }
            }
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

    /// Gives what was seen so far the distributions' new numbers. What came from a distribution that is gone, and the
    /// weights of the last pool, whose rows no longer are the distributions, are dropped.
    fn renumber(&mut self, number: impl Fn(usize) -> Option<usize>) {
        self.samples.retain_mut(|sample| number(sample.source).inspect(|&new| sample.source = new).is_some());
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

/// A change in words.
pub(super) fn said(started: Option<&Started>, change: &Adjustment, before: Option<f64>) -> String {
    let cost = |share: f64| match started {
        Some(started) => format_amount(started.normaliser.unscaled(share)),
        None => share.to_string(),
    };
    let arrow = |before: Option<String>, after: String| match before {
        Some(before) => format!("{before} -> {after}"),
        None => after,
    };
    match *change {
        Adjustment::Coefficient { distribution, coefficient } => {
            let values = arrow(before.map(|before| before.to_string()), coefficient.to_string());
            format!("coefficient of distribution {distribution}: {values}")
        }
        Adjustment::Target { distribution, target } => {
            format!("target of distribution {distribution}: {}", arrow(before.map(cost), cost(target)))
        }
        Adjustment::Add { distribution, aim: Aim::Coefficient(coefficient) } => {
            format!("added distribution {distribution} with coefficient {coefficient}")
        }
        Adjustment::Add { distribution, aim: Aim::Target(target) } => {
            format!("added distribution {distribution} with target {}", cost(target))
        }
        Adjustment::Remove { distribution } => format!("removed distribution {distribution}"),
    }
}
