//! What people type: which question it answers, and what it would do.

use tui_input::Input;

use super::filter::Filter;
use super::view::{coefficient, distributions, target};
use super::{listing, text};
use crate::config::{Amount, MOST_SAMPLES};
use crate::engine::{Change, Command, Dashboard, LiveSettings};
use crate::search::{Adjustment, Aim};
use crate::space::format_amount;

/// A question whose answer is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// The coefficient of a distribution.
    Coefficient(usize),
    /// The limit of complexity of a distribution.
    Target(usize),
    /// The coefficient of a distribution that is to come to this place.
    Add(usize),
    /// What the learning rate falls from.
    LearningRate,
    /// How many architectures are drawn from each distribution.
    Samples,
    /// How many iterations lie between two validations.
    ValidateEvery,
    /// How many iterations to do.
    Steps,
    /// The iteration of a recorded run to go to.
    Iteration,
    /// Words to find in the log.
    Find,
    /// Which samples to list, where this distribution is selected.
    Filter { distribution: usize },
}

impl Ask {
    /// Whether the answer is an order to the search.
    pub(super) fn steers(self) -> bool {
        !matches!(self, Ask::Iteration | Ask::Find | Ask::Filter { .. })
    }
}

/// A question with what was typed so far.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    pub(super) ask: Ask,
    pub(super) input: Input,
}

/// What an answer leads to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    Send(Command),
    GoTo(u64),
    Find(String),
    Filter(Filter),
}

impl Prompt {
    /// The question, answered with what holds now where there is such a thing.
    pub(super) fn new(ask: Ask, dashboard: &Dashboard) -> Self {
        let value = match ask {
            Ask::Coefficient(distribution) => coefficient(dashboard, distribution).map(text::coefficient),
            Ask::Target(distribution) => {
                let known = target(dashboard, distribution);
                known.or_else(|| cost(dashboard, distribution)).map(|cost| format_amount(cost).replace(' ', ""))
            }
            Ask::Add(place) => Some(text::coefficient(between(dashboard, place))),
            Ask::LearningRate => live(dashboard).and_then(|live| live.learning_rate).map(text::coefficient),
            Ask::Samples => live(dashboard).map(|live| live.samples.to_string()),
            Ask::ValidateEvery => live(dashboard).map(|live| live.validate_every.to_string()),
            Ask::Steps => Some("10".into()),
            Ask::Iteration | Ask::Find | Ask::Filter { .. } => None,
        };
        Self { ask, input: Input::default().with_value(value.unwrap_or_default()) }
    }

    /// The question in words.
    pub(super) fn title(&self) -> String {
        match self.ask {
            Ask::Coefficient(distribution) => {
                format!("Complexity coefficient of distribution {}", text::digit(distribution))
            }
            Ask::Target(distribution) => format!("Limit of complexity of distribution {}", text::digit(distribution)),
            Ask::Add(place) => format!("Coefficient of a new distribution {}", text::digit(place)),
            Ask::LearningRate => "What the learning rate falls from".into(),
            Ask::Samples => "Architectures drawn from each distribution".into(),
            Ask::ValidateEvery => "Iterations between two validations of the modes".into(),
            Ask::Steps => "Iterations to do before it rests".into(),
            Ask::Iteration => "Iteration to go to".into(),
            Ask::Find => "Words to find in the log".into(),
            Ask::Filter { .. } => "Samples to list, such as params<50k acc>=90% sep".into(),
        }
    }

    /// What the answer would do, and that in words.
    ///
    /// # Errors
    /// What is wrong with what was typed.
    pub(super) fn check(&self, dashboard: &Dashboard) -> Result<(Answer, String), String> {
        let typed = self.input.value().trim();
        let change = |change, said: String| Ok((Answer::Send(Command::Adjust(change)), said));
        let adjust = |adjustment: Adjustment, said| change(adjustment.into(), said);
        match self.ask {
            Ask::Coefficient(distribution) => {
                let asked = parse_coefficient(typed)?;
                let now = coefficient(dashboard, distribution).map_or_else(|| "–".into(), text::coefficient);
                let adjustment = Adjustment::Coefficient { distribution, coefficient: asked };
                adjust(adjustment, format!("{now} → {}", text::coefficient(asked)))
            }
            Ask::Target(distribution) => {
                let (asked, share) = parse_target(typed, dashboard)?;
                let now = target(dashboard, distribution).map_or_else(|| "none".into(), format_amount);
                let adjustment = Adjustment::Target { distribution, target: share };
                adjust(adjustment, format!("{now} → {}; its coefficient adapts", format_amount(asked)))
            }
            Ask::Add(distribution) => {
                let asked = parse_coefficient(typed)?;
                let adjustment = Adjustment::Add { distribution, aim: Aim::Coefficient(asked) };
                let known = distributions(dashboard);
                adjust(adjustment, format!("{known} → {} distributions, none of the others changes", known + 1))
            }
            Ask::LearningRate => {
                let Some(now) = live(dashboard).and_then(|live| live.learning_rate) else {
                    return Err("nothing is trained here".into());
                };
                match parse_coefficient(typed)? {
                    0.0 => Err("must be above 0".into()),
                    rate => change(
                        Change::LearningRate { rate },
                        format!("{} → {}, along the same cosine", text::coefficient(now), text::coefficient(rate)),
                    ),
                }
            }
            Ask::Samples => {
                let each = parse_count(typed, "a number of architectures")?;
                let each = usize::try_from(each).unwrap_or(usize::MAX);
                if !(1..=MOST_SAMPLES).contains(&each) {
                    return Err(format!("must be from 1 to {MOST_SAMPLES}"));
                }
                let known = distributions(dashboard);
                let now = live(dashboard).map_or_else(|| "–".into(), |live| live.samples.to_string());
                change(Change::Samples { each }, format!("{now} → {each}: pools of {}", each.saturating_mul(known)))
            }
            Ask::ValidateEvery => {
                let iterations = parse_count(typed, "a number of iterations, 0 for only at the end")?;
                let now = live(dashboard).map_or_else(|| "–".into(), |live| live.validate_every.to_string());
                change(Change::ValidateEvery { iterations }, format!("every {now} → every {iterations} iterations"))
            }
            Ask::Steps => {
                let iterations = parse_count(typed, "a number of iterations")?;
                if iterations == 0 {
                    return Err("must be at least 1".into());
                }
                let last = dashboard.iteration.saturating_add(iterations);
                Ok((Answer::Send(Command::Step { iterations }), format!("rests after iteration {}", text::count(last))))
            }
            Ask::Iteration => {
                let iteration = parse_count(typed, "an iteration")?;
                Ok((
                    Answer::GoTo(iteration),
                    format!("{} → {}", text::count(dashboard.iteration), text::count(iteration)),
                ))
            }
            Ask::Find => {
                let found = dashboard.log.iter().filter(|entry| has_words(&entry.text, typed)).count();
                Ok((Answer::Find(typed.to_owned()), format!("{found} of {} entries", dashboard.log.len())))
            }
            Ask::Filter { distribution } => {
                // Places are counted from the first character.
                let filter = Filter::of_search(self.input.value(), dashboard).map_err(|wrong| wrong.to_string())?;
                let found = listing::count(&filter, dashboard, distribution);
                let count = |many: usize| text::count(many as u64);
                Ok((Answer::Filter(filter), format!("{} of {} samples", count(found), count(dashboard.samples.len()))))
            }
        }
    }
}

fn live(dashboard: &Dashboard) -> Option<&LiveSettings> {
    dashboard.live.as_ref()
}

/// Whether a text has all of some words, whatever their case.
pub(super) fn has_words(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// What the mode of a distribution costs.
fn cost(dashboard: &Dashboard, distribution: usize) -> Option<f64> {
    let report = &dashboard.distributions.get(distribution)?.report;
    dashboard.started.as_ref().and_then(|started| report.complexity.get(started.normaliser.measure))
}

/// A coefficient for a distribution between its neighbours to be: their geometric mean, or beyond the last a larger one.
fn between(dashboard: &Dashboard, place: usize) -> f64 {
    let before = place.checked_sub(1).and_then(|before| coefficient(dashboard, before));
    let after = coefficient(dashboard, place);
    text::round4(match (before, after) {
        (Some(before), Some(after)) if before > 0.0 && after > 0.0 => (before * after).sqrt(),
        (Some(before), Some(after)) => (before + after) / 2.0,
        (Some(last), None) if last > 0.0 => last * 2.0,
        _ => 1.0,
    })
}

fn parse_coefficient(typed: &str) -> Result<f64, String> {
    match typed.parse::<f64>() {
        Ok(value) if !value.is_finite() => Err("must be finite".into()),
        Ok(value) if value < 0.0 => Err("must be at least 0".into()),
        // Not -0.
        Ok(value) => Ok(value.abs()),
        Err(_) if typed.is_empty() => Err("type a number of at least 0".into()),
        Err(_) => Err("not a number".into()),
    }
}

/// A cost with its place in the space, 0 to 1.
fn parse_target(typed: &str, dashboard: &Dashboard) -> Result<(f64, f64), String> {
    let Some(started) = &dashboard.started else { return Err("the space is not known yet".into()) };
    let extent = started.normaliser.extent;
    let range = || format!("{} to {}", format_amount(extent.smallest), format_amount(extent.largest));
    if typed.is_empty() {
        return Err(format!("type {}: {}", started.normaliser.measure.label(), range()));
    }
    let asked: Amount = typed.parse().map_err(|_| "not an amount such as 20k".to_owned())?;
    let asked = asked.value();
    if !(extent.smallest..=extent.largest).contains(&asked) {
        return Err(format!("outside the space: {}", range()));
    }
    Ok((asked, started.normaliser.scaled(asked).clamp(0.0, 1.0)))
}

fn parse_count(typed: &str, what: &str) -> Result<u64, String> {
    match typed {
        "" => Err(format!("type {what}")),
        digits => digits.parse().map_err(|_| "not a whole number".into()),
    }
}
