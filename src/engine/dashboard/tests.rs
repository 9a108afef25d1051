//! What the fold keeps, and what it bounds.

use super::*;
use crate::evaluate::Score;
use crate::search::Adjustment;
use crate::space::{Architecture, Complexity, Extent, Measure, Normaliser, Outline, Scale};

fn started() -> Event {
    let extent = Extent { smallest: 10.0, largest: 1000.0 };
    Event::Started(Box::new(Started {
        run: "test".into(),
        seed: 1,
        strategy: "shared".into(),
        outline: Outline {
            decisions: Vec::new(),
            parameters: Some(extent),
            macs: None,
            latency: None,
            nodes: None,
            plan: None,
        },
        normaliser: Normaliser { measure: Measure::Parameters, scale: Scale::Log, extent },
        coefficients: vec![0.0, 1.0],
        iterations: 100,
        warm_up: 2,
    }))
}

fn architecture(option: u16) -> Architecture {
    Architecture::new([option])
}

fn cost(parameters: u64) -> Complexity {
    Complexity { parameters: Some(parameters), ..Complexity::default() }
}

fn iteration(number: u64) -> Event {
    let sample = Sample {
        architecture: architecture(0),
        source: 0,
        score: Score { loss: 1.0, accuracy: 0.5 },
        complexity: cost(100),
    };
    let report = |coefficient| DistributionReport {
        coefficient,
        target: None,
        entropy: 1.0,
        ess: None,
        step: None,
        mode: architecture(0),
        complexity: cost(100),
    };
    Event::Iteration(Box::new(Iteration {
        iteration: number,
        warm_up: number <= 2,
        seconds: number as f64 * 0.5,
        evaluated: number * 4,
        redrawn: 0,
        learning_rate: 0.1,
        training_loss: Some(1.0),
        samples: vec![sample; 4],
        weights: Vec::new(),
        distributions: vec![report(0.0), report(1.0)],
    }))
}

fn validated(option: u16, parameters: u64, accuracy: f64) -> Event {
    Event::Validated(Validated {
        iteration: 1,
        distribution: 0,
        architecture: architecture(option),
        score: Score { loss: 1.0 - accuracy, accuracy },
        complexity: cost(parameters),
    })
}

fn fold(events: impl IntoIterator<Item = Event>) -> Dashboard {
    let mut dashboard = Dashboard::default();
    for event in events {
        dashboard.apply(&event);
    }
    dashboard
}

#[test]
fn memory_is_bounded_however_long_the_search() {
    let dashboard = fold(std::iter::once(started()).chain((1..5_000).map(iteration)));
    assert_eq!(dashboard.samples.len(), SAMPLES);
    assert_eq!(dashboard.sampled, 4 * 4_999);
    assert!(dashboard.distributions[0].entropy.points().len() <= 1024);
    assert_eq!(dashboard.iteration, 4_999);
}

#[test]
fn the_pace_is_that_of_the_recent_past() {
    let dashboard = fold(std::iter::once(started()).chain((1..=50).map(iteration)));
    assert!((dashboard.pace - 2.0).abs() < 1e-9 && (dashboard.rate - 8.0).abs() < 1e-9);
    assert!((dashboard.remaining().unwrap() - 25.0).abs() < 1e-9);
    assert_eq!(dashboard.progress(), 0.5);
}

#[test]
fn the_front_holds_the_non_dominated_by_complexity() {
    let dashboard = fold([
        started(),
        iteration(1),
        validated(0, 100, 0.9),
        validated(1, 50, 0.8),
        validated(2, 60, 0.7),
        validated(3, 200, 0.95),
        validated(4, 100, 0.92),
    ]);
    let kept: Vec<u16> = dashboard.front.iter().map(|known| known.architecture.options()[0]).collect();
    assert_eq!(kept, [1, 4, 3]);
    assert_eq!(dashboard.distributions[0].trail.len(), 5);
}

#[test]
fn a_mode_validated_anew_replaces_its_older_figure() {
    let dashboard = fold([started(), iteration(1), validated(0, 100, 0.9), validated(0, 100, 0.8)]);
    assert_eq!(dashboard.front.len(), 1);
    assert_eq!(dashboard.front[0].score.accuracy, 0.8);
}

#[test]
fn a_changed_coefficient_shows_at_once_and_in_the_log() {
    let change = Adjustment::Coefficient { distribution: 1, coefficient: 2.0 };
    let dashboard = fold([started(), iteration(1), Event::Adjusted { iteration: 1, change, before: Some(1.0) }]);
    assert_eq!(dashboard.distributions[1].report.coefficient, 2.0);
    let entry = dashboard.log.back().unwrap();
    assert_eq!((entry.kind, entry.text.as_str()), (LogKind::Adjustment, "coefficient of distribution 1: 1 -> 2"));
}

#[test]
fn a_search_that_fails_says_why() {
    let dashboard = fold([started(), Event::Failed { reason: "no memory".into() }]);
    assert_eq!(dashboard.state, State::Failed { reason: "no memory".into() });
}
