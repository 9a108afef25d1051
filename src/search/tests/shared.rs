//! The shared search as its users meet it.

use std::sync::Arc;

use super::{aims, domain, iterate, level, rugged, score};
use crate::search::{
    Adjustment, Asng, AsngOptions, ComplexityGradient, Cost, Domain, Picks, Purpose, Scored, Shared, SharedOptions,
    Strategy, StrategyError, Theta, Utility, bound, gradient, stream,
};
use crate::space::Architecture;

const SIZES: [usize; 5] = [2, 3, 5, 1, 4];
const COEFFICIENTS: [f64; 3] = [0.0, 0.3, 2.0];
const UTILITIES: [Utility; 4] = [Utility::Rank, Utility::Wquant, Utility::RawCentred, Utility::Raw];

fn options(utility: Utility, complexity_gradient: ComplexityGradient) -> SharedOptions {
    SharedOptions { utility, complexity_gradient, complexity_samples: 8, ..SharedOptions::default() }
}

fn shared(utility: Utility, complexity_gradient: ComplexityGradient) -> Shared {
    Shared::new(domain(&SIZES), &aims(&COEFFICIENTS), options(utility, complexity_gradient)).unwrap()
}

fn started() -> Shared {
    let mut search = shared(Utility::Wquant, ComplexityGradient::Sampled);
    (0..10).for_each(|iteration| drop(iterate(&mut search, &level(&SIZES), 5, iteration, 2)));
    search
}

fn tell(search: &mut Shared, scored: &[Scored]) -> Result<crate::search::Update, StrategyError> {
    search.tell(scored, &mut stream(0, Purpose::Update, 0))
}

fn pool(search: &mut Shared, samples: usize) -> Vec<Scored> {
    let pool = search.ask(samples, &mut stream(9, Purpose::ScorePool, 0));
    score(pool, rugged, &level(&SIZES))
}

#[test]
fn a_pool_is_drawn_equally_from_each_distribution_in_order() {
    let mut search = started();
    let sources: Vec<usize> = pool(&mut search, 2).iter().map(|told| told.source).collect();
    assert_eq!(sources, [0, 0, 1, 1, 2, 2]);
    assert!(search.ask(0, &mut stream(0, Purpose::ScorePool, 0)).is_empty());
}

#[test]
fn one_distribution_is_plain_asng_to_the_last_bit() {
    let sizes = [5; 30];
    let cost = level(&sizes);
    for samples in [2, 4, 7] {
        let options = options(Utility::Rank, ComplexityGradient::Pool);
        let mut search = Shared::new(domain(&sizes), &aims(&[0.2]), options).unwrap();
        let mut theta = Theta::uniform(&sizes);
        let mut asng = Asng::new(theta.freedom());
        let least = bound::least_probabilities(&sizes);
        for iteration in 0..300 {
            let proposals = search.ask(samples, &mut stream(1, Purpose::ScorePool, iteration));
            let mut scored = score(proposals, rugged, &cost);
            let update = search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
            assert!(update.distributions[0].weights.iter().all(|&w| w == 1.0));

            scored.sort_by(|a, b| a.architecture.cmp(&b.architecture));
            let objectives: Vec<f64> = scored.iter().map(|told| told.loss + 0.2 * told.complexity).collect();
            if let Some(utility) = Utility::Rank.coefficients(&objectives, &vec![1.0; samples]) {
                let picks = Picks::new(&theta, scored.iter().map(|told| &told.architecture));
                let gradient = gradient::natural(&theta, &picks, &utility);
                asng.update(&mut theta, &gradient, &least, AsngOptions { initial_step: 1.0, signal_to_noise: 1.5 });
            }
            assert_eq!(search.distributions()[0].theta, theta);
        }
        assert!(theta.entropy() < 0.999);
    }
}

#[test]
fn the_order_of_samples_does_not_matter() {
    for utility in UTILITIES {
        let mut search = shared(utility, ComplexityGradient::Pool);
        for iteration in 0..20 {
            let proposals = search.ask(4, &mut stream(2, Purpose::ScorePool, iteration));
            let mut scored = score(proposals, rugged, &level(&SIZES));
            // Twice the same architecture, with different losses, as mini-batches give.
            scored[1].architecture = scored[0].architecture.clone();
            let saved = search.save();
            let update = tell(&mut search, &scored).unwrap();
            let after = search.save();

            search.restore(&saved).unwrap();
            let turn = iteration as usize % scored.len();
            scored.rotate_left(turn);
            scored.swap(0, 5);
            let mut turned = tell(&mut search, &scored).unwrap();
            assert_eq!(search.save(), after);
            for distribution in &mut turned.distributions {
                distribution.weights.swap(0, 5);
                distribution.weights.rotate_right(turn);
            }
            assert_eq!(turned, update);
        }
    }
}

#[test]
fn equal_losses_leave_everything_untouched() {
    for utility in UTILITIES {
        let mut search = shared(utility, ComplexityGradient::Pool);
        for iteration in 0..5 {
            iterate(&mut search, &level(&SIZES), 1, iteration, 3);
        }
        let before = search.save();
        let mut scored = pool(&mut search, 3);
        scored.iter_mut().for_each(|told| (told.loss, told.complexity) = (0.3, 0.5));
        let update = tell(&mut search, &scored).unwrap();
        assert_eq!(search.save(), before);
        assert!(update.distributions.iter().all(|d| d.step == 0.0 && d.ess > 0.0));
        tell(&mut search, &scored[..1]).unwrap();
        tell(&mut search, &[]).unwrap();
        assert_eq!(search.save(), before);
    }
}

#[test]
fn with_sampled_complexity_equal_losses_still_move_those_with_a_coefficient() {
    let mut search = shared(Utility::Rank, ComplexityGradient::Sampled);
    let mut scored = pool(&mut search, 3);
    scored.iter_mut().for_each(|told| told.loss = 0.3);
    let update = tell(&mut search, &scored).unwrap();
    let moved: Vec<bool> = update.distributions.iter().map(|d| d.step > 0.0).collect();
    assert_eq!(moved, [false, true, true]);
}

#[test]
fn a_pool_with_samples_left_out_is_learned_from() {
    for utility in UTILITIES {
        let mut search = shared(utility, ComplexityGradient::Pool);
        let mut scored = pool(&mut search, 2);
        scored.truncate(3);
        let update = tell(&mut search, &scored).unwrap();
        assert!(update.distributions.iter().all(|d| d.weights.len() == 3 && d.step > 0.0));
    }
}

#[test]
fn what_is_no_number_or_no_architecture_is_refused_by_name_and_changes_nothing() {
    let mut search = started();
    let before = search.save();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut scored = pool(&mut search, 2);
        scored[4].loss = value;
        let error = tell(&mut search, &scored).unwrap_err().to_string();
        assert_eq!(error, format!("sample 4 has the loss {value}: only finite numbers can be learned from"));
        scored[4].loss = 0.0;
        scored[2].complexity = value;
        let error = tell(&mut search, &scored).unwrap_err().to_string();
        assert_eq!(error, format!("sample 2 has the complexity {value}: only finite numbers can be learned from"));
    }
    let mut scored = pool(&mut search, 2);
    scored[1].architecture = Architecture::new([0, 0, 0, 1, 0]);
    assert_eq!(tell(&mut search, &scored), Err(StrategyError::Misfit { sample: 1, decisions: 5 }));
    assert_eq!(search.save(), before);
}

#[test]
fn a_complexity_that_is_no_number_is_refused_before_any_distribution_moves() {
    let options = options(Utility::Rank, ComplexityGradient::Sampled);
    // Some architectures only, so that a distribution before the last could have moved.
    let cost: Cost = Arc::new(|c| if c.options()[2] == 4 { f64::NAN } else { 0.5 });
    let mut search = Shared::new(Domain::new(&SIZES, cost), &aims(&COEFFICIENTS), options).unwrap();
    let before = search.save();
    let scored = pool(&mut search, 2);
    assert!(matches!(tell(&mut search, &scored), Err(StrategyError::Complexity { .. })));
    assert_eq!(search.save(), before);
}

#[test]
fn losses_at_the_end_of_the_doubles_do_not_break_theta() {
    for utility in UTILITIES {
        let mut search = shared(utility, ComplexityGradient::Pool);
        let mut scored = pool(&mut search, 2);
        scored.iter_mut().step_by(2).for_each(|told| told.loss = f64::MAX);
        scored.iter_mut().skip(1).step_by(2).for_each(|told| told.loss = -f64::MAX);
        tell(&mut search, &scored).unwrap();
        assert!(search.distributions().iter().all(|d| d.theta.values().iter().all(|p| p.is_finite())));
    }
}

#[test]
fn coefficients_change_while_it_runs_and_only_to_what_is_allowed() {
    let mut search = started();
    search.adjust(&Adjustment::Coefficient { distribution: 1, coefficient: 0.7 }).unwrap();
    assert_eq!(search.distributions()[1].coefficient, 0.7);
    let before = search.save();
    for (distribution, coefficient) in [(3, 0.1), (0, -0.1), (0, f64::NAN), (0, f64::INFINITY)] {
        search.adjust(&Adjustment::Coefficient { distribution, coefficient }).unwrap_err();
    }
    assert_eq!(search.save(), before);
}

#[test]
fn a_saved_search_continues_identically() {
    for complexity_gradient in [ComplexityGradient::Pool, ComplexityGradient::Sampled] {
        let cost = level(&SIZES);
        let mut whole = shared(Utility::Wquant, complexity_gradient);
        let mut halves = shared(Utility::Wquant, complexity_gradient);
        for iteration in 0..40 {
            let expected = iterate(&mut whole, &cost, 7, iteration, 2);
            if iteration % 10 == 5 {
                let text = halves.save().to_string();
                halves = shared(Utility::Wquant, complexity_gradient);
                halves.restore(&serde_json::from_str(&text).unwrap()).unwrap();
            }
            assert_eq!(iterate(&mut halves, &cost, 7, iteration, 2), expected);
        }
        assert_eq!(halves.save(), whole.save());
    }
}

#[test]
fn a_broken_state_is_refused_by_name_and_changes_nothing() {
    type Damage = fn(&mut serde_json::Value);
    let damages: [(&str, Damage); 10] = [
        ("does not name its strategy", |v| *v = serde_json::json!([])),
        ("strategy `separate`, not `shared`", |v| v["strategy"] = "separate".into()),
        ("3 distributions and 2 step states", |v| drop(v["steps"].as_array_mut().unwrap().pop())),
        ("row 1 sums to", |v| v["distributions"][2]["theta"][1][0] = 0.9.into()),
        ("row 0, option 1: -0.1 is no probability", |v| v["distributions"][0]["theta"][0][1] = (-0.1).into()),
        ("distribution 1 is over other decisions", |v| {
            v["distributions"][1]["theta"] = serde_json::json!([[0.5, 0.5]])
        }),
        ("distribution 0 has an option of probability 0", |v| {
            v["distributions"][0]["theta"][0] = serde_json::json!([0.0, 1.0])
        }),
        ("distribution 2: a coefficient must be", |v| v["distributions"][2]["coefficient"] = (-1).into()),
        ("step state of distribution 1 is broken", |v| drop(v["steps"][1]["path"].as_array_mut().unwrap().pop())),
        ("invalid type: null, expected f64", |v| v["steps"][0]["gamma"] = serde_json::Value::Null),
    ];
    let mut search = started();
    let before = search.save();
    for (why, damage) in damages {
        let mut state = shared(Utility::Rank, ComplexityGradient::Pool).save();
        damage(&mut state);
        let error = search.restore(&state).unwrap_err().to_string();
        assert!(error.starts_with("the saved state does not fit: ") && error.contains(why), "{error}");
        assert_eq!(search.save(), before);
    }
}

#[test]
fn options_outside_what_is_allowed_are_refused_by_name() {
    let start = |sizes: &[usize], coefficients: &[f64], options: SharedOptions| {
        Shared::new(Domain::new(sizes, level(&SIZES)), &aims(coefficients), options)
            .map(drop)
            .map_err(|error| error.to_string())
    };
    let default = SharedOptions::default;
    let cases = [
        (start(&[2, 0], &[0.0], default()), "the number of options of a decision must be from 1 to 65536, not 0"),
        (start(&SIZES, &[], default()), "the number of distributions must be at least 1, not 0"),
        (start(&SIZES, &[0.0, -1.0], default()), "a coefficient must be a finite number of at least 0, not -1"),
        (
            start(&SIZES, &[0.0], SharedOptions { initial_step: 0.0, ..default() }),
            "initial_step must be a finite number above 0, not 0",
        ),
        (
            start(&SIZES, &[0.0], SharedOptions { signal_to_noise: 1.0, ..default() }),
            "signal_to_noise must be a finite number above 1, not 1",
        ),
        (
            start(&SIZES, &[0.0], SharedOptions { least_probability: Some(0.0), ..default() }),
            "least_probability must be above 0 and below 1, not 0",
        ),
        (
            start(
                &SIZES,
                &[0.0],
                SharedOptions { complexity_samples: 1, ..options(Utility::Rank, ComplexityGradient::Sampled) },
            ),
            "complexity_samples must be at least 2, not 1",
        ),
    ];
    for (result, why) in cases {
        assert_eq!(result.unwrap_err(), why);
    }
}

#[test]
fn larger_coefficients_lead_to_cheaper_modes() {
    for complexity_gradient in [ComplexityGradient::Pool, ComplexityGradient::Sampled] {
        let sizes = [5; 6];
        let cost = level(&sizes);
        let options = options(Utility::Wquant, complexity_gradient);
        let mut search = Shared::new(domain(&sizes), &aims(&[0.0, 0.4, 4.0]), options).unwrap();
        for iteration in 0..400 {
            let pool = search.ask(2, &mut stream(4, Purpose::ScorePool, iteration));
            let scored = score(pool, |c| (1.0 - cost(c)).powi(2), &cost);
            search.tell(&scored, &mut stream(4, Purpose::Update, iteration)).unwrap();
        }
        let costs: Vec<f64> = search.distributions().iter().map(|d| cost(&d.theta.mode())).collect();
        assert!(costs[0] > costs[2] && costs[0] >= costs[1] && costs[1] >= costs[2], "{costs:?}");
    }
}
