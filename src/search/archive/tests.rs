use std::collections::HashSet;
use std::sync::Arc;

use super::*;
use crate::search::tests::{aims, domain, level, rugged, score};
use crate::search::utility::quantile_coefficients;
use crate::search::{Purpose, gradient, stream};

const SIZES: [usize; 5] = [4, 3, 5, 1, 4];
const COEFFICIENTS: [f64; 3] = [0.0, 0.3, 2.0];

fn fresh() -> SharedArchive {
    SharedArchive::new(domain(&SIZES), &aims(&COEFFICIENTS), ArchiveOptions::default()).unwrap()
}

fn pool(search: &mut SharedArchive, iteration: u64) -> Vec<Scored> {
    let pool = search.ask(2, &mut stream(3, Purpose::ScorePool, iteration));
    score(pool, rugged, &level(&SIZES))
}

fn tell(search: &mut SharedArchive, scored: &[Scored]) -> Result<Update, StrategyError> {
    search.tell(scored, &mut stream(3, Purpose::Update, 0))
}

fn go_on(search: &mut SharedArchive, iterations: std::ops::Range<u64>) {
    for iteration in iterations {
        let scored = pool(search, iteration);
        tell(search, &scored).unwrap();
    }
}

#[test]
fn nothing_is_proposed_twice_until_all_is_known() {
    let mut search = fresh();
    let mut seen = HashSet::new();
    for iteration in 0..30 {
        let scored = pool(&mut search, iteration);
        assert!(scored.iter().all(|told| seen.insert(told.architecture.clone())), "iteration {iteration}");
        tell(&mut search, &scored).unwrap();
    }
    // 180 of 240 are known by now: the last ones are hard to find, and where all is known there are repeats.
    for iteration in 30..100 {
        let scored = pool(&mut search, iteration);
        assert_eq!(scored.len(), 6);
        seen.extend(scored.iter().map(|told| told.architecture.clone()));
        tell(&mut search, &scored).unwrap();
    }
    assert_eq!(seen.len(), 240);
    for (k, coefficient) in COEFFICIENTS.into_iter().enumerate() {
        let objective = |c: &Architecture| rugged(c) + coefficient * level(&SIZES)(c);
        let best = seen.iter().min_by(|a, b| objective(a).total_cmp(&objective(b))).unwrap();
        assert_eq!(search.mode(k), *best);
    }
}

#[test]
fn saved_and_restored_it_continues_identically() {
    let (mut whole, mut halves) = (fresh(), fresh());
    for iteration in 0..25 {
        let saved = serde_json::from_str(&halves.save().to_string()).unwrap();
        halves = fresh();
        halves.restore(&saved).unwrap();
        let [one, other] = [&mut whole, &mut halves].map(|search| pool(search, iteration));
        assert_eq!(one, other);
        assert_eq!(tell(&mut whole, &one), tell(&mut halves, &other));
        assert_eq!(whole.save(), halves.save());
    }
}

#[test]
fn the_order_of_samples_does_not_matter() {
    let mut search = fresh();
    for iteration in 0..20 {
        let mut scored = pool(&mut search, iteration);
        // Twice the same architecture, with different losses.
        scored[1].architecture = scored[4].architecture.clone();
        let before = search.save();
        let update = tell(&mut search, &scored).unwrap();
        let after = search.save();

        search.restore(&before).unwrap();
        scored.reverse();
        let mut turned = tell(&mut search, &scored).unwrap();
        turned.distributions.iter_mut().for_each(|d| d.weights.reverse());
        assert_eq!(turned, update);
        // Which distribution drew a sample is remembered in the order of samples that are otherwise equal.
        assert_eq!(search.save(), after);
    }
}

#[test]
fn a_loss_that_is_no_number_is_refused_by_name_and_changes_nothing() {
    let mut search = fresh();
    go_on(&mut search, 0..10);
    let scored = pool(&mut search, 10);
    let before = search.save();
    for value in [f64::NAN, f64::INFINITY] {
        let mut scored = scored.clone();
        scored[2].loss = value;
        let error = tell(&mut search, &scored).unwrap_err();
        assert!(error.to_string().starts_with("sample 2 has the loss"), "{error}");
        assert_eq!(search.save(), before);
    }
    tell(&mut search, &[]).unwrap();
    assert_eq!(search.distributions(), fresh_after(10).distributions());
}

fn fresh_after(iterations: u64) -> SharedArchive {
    let mut search = fresh();
    go_on(&mut search, 0..iterations);
    search
}

#[test]
fn equal_losses_move_nothing() {
    let mut search = fresh();
    for iteration in 0..5 {
        let mut scored = pool(&mut search, iteration);
        scored.iter_mut().for_each(|told| (told.loss, told.complexity) = (0.3, 0.5));
        let update = tell(&mut search, &scored).unwrap();
        assert!(update.distributions.iter().all(|d| d.step == 0.0));
    }
    assert_eq!(search.distributions(), fresh().distributions());
}

#[test]
fn with_one_pool_the_gradient_is_that_of_the_shared_search_with_another_share() {
    let options = ArchiveOptions { pools: 1, candidates: 1, ..ArchiveOptions::default() };
    let mut search = SharedArchive::new(domain(&SIZES), &aims(&COEFFICIENTS), options).unwrap();
    go_on(&mut search, 0..10);
    let scored = pool(&mut search, 10);
    let before = search.distributions()[1].clone();
    let update = tell(&mut search, &scored).unwrap();

    let shown = Pool::new(&scored, &before.theta);
    let weights: Vec<f64> = shown
        .samples
        .iter()
        .map(|&told| {
            let place = scored.iter().position(|other| other == told).unwrap();
            update.distributions[1].weights[place]
        })
        .collect();
    let objectives: Vec<f64> = shown.samples.iter().map(|told| told.loss + 0.3 * told.complexity).collect();
    let coefficients = quantile_coefficients(&objectives, &weights, 0.125).unwrap();
    let direction = gradient::natural(&before.theta, &shown.picks, &coefficients);
    // The step goes along the gradient as far as the bound allows.
    let moved =
        search.distributions()[1].theta.values().iter().zip(before.theta.values()).map(|(now, then)| now - then);
    assert!(moved.zip(direction).map(|(moved, g)| moved * g).sum::<f64>() > 0.0);
    assert!(update.distributions[1].step > 0.0);
}

#[test]
fn the_oldest_are_forgotten_and_the_best_is_not() {
    let options = ArchiveOptions { memory: 20, pools: 2, ..ArchiveOptions::default() };
    let mut search = SharedArchive::new(domain(&SIZES), &aims(&COEFFICIENTS), options).unwrap();
    let mut best = f64::INFINITY;
    for iteration in 0..60 {
        let scored = pool(&mut search, iteration);
        best = scored.iter().map(|told| told.loss).fold(best, f64::min);
        tell(&mut search, &scored).unwrap();
        assert!(search.memory.told().len() <= 20 && search.window.samples.len() <= 12);
        assert!(scored.iter().all(|told| search.memory.knows(&told.architecture)));
        assert_eq!(rugged(&search.mode(0)), best);
    }
}

#[test]
fn distributions_come_and_go_between_pools_that_are_reused() {
    let mut search = fresh_after(10);
    search.adjust(&Adjustment::Add { distribution: 1, aim: Aim::Target(0.4) }).unwrap();
    go_on(&mut search, 10..13);
    search.adjust(&Adjustment::Remove { distribution: 0 }).unwrap();
    search.adjust(&Adjustment::Remove { distribution: 2 }).unwrap();
    go_on(&mut search, 13..16);
    assert!(level(&SIZES)(&search.mode(0)) <= 0.4);
    assert_eq!(search.window.thetas().len(), 2 * 3 + 3 * 4 + 3 * 2);
}

#[test]
fn an_illegal_architecture_is_never_proposed() {
    let legal = |c: &Architecture| c.options()[0] != 1 && c.options()[2] != 3;
    let domain = Domain { legal: Some(Arc::new(legal)), ..domain(&SIZES) };
    let mut search = SharedArchive::new(domain, &aims(&COEFFICIENTS), ArchiveOptions::default()).unwrap();
    for iteration in 0..40 {
        let scored = pool(&mut search, iteration);
        assert!(scored.len() == 6 && scored.iter().all(|told| legal(&told.architecture)));
        tell(&mut search, &scored).unwrap();
    }
    assert!(search.redrawn() > 0);
}

#[test]
fn options_outside_what_is_allowed_are_refused_by_name() {
    let refused = |options: ArchiveOptions| {
        let error = SharedArchive::new(domain(&SIZES), &aims(&COEFFICIENTS), options).err().unwrap();
        error.to_string()
    };
    let standard = ArchiveOptions::default;
    assert_eq!(refused(ArchiveOptions { pools: 0, ..standard() }), "pools must be from 1 to 1000, not 0");
    assert_eq!(refused(ArchiveOptions { elite: 0.6, ..standard() }), "elite must be above 0 and at most 0.5, not 0.6");
    assert_eq!(refused(ArchiveOptions { between: f64::NAN, ..standard() }), "between must be from 0 to 1, not NaN");
    assert_eq!(refused(ArchiveOptions { candidates: 0, ..standard() }), "candidates must be from 1 to 1000, not 0");
    assert_eq!(refused(ArchiveOptions { memory: 0, ..standard() }), "memory must be from 1 to 1048576, not 0");
    assert!(refused(ArchiveOptions { initial_step: 0.0, ..standard() }).starts_with("initial_step must be"));
}

#[test]
fn a_state_that_is_broken_is_refused_and_changes_nothing() {
    let mut search = fresh_after(10);
    let before = search.save();
    let mut refused = |path: &str, value: Value| {
        let mut state = before.clone();
        *state.pointer_mut(path).unwrap() = value;
        let error = search.restore(&state).unwrap_err().to_string();
        assert_eq!(search.save(), before);
        error
    };
    assert!(refused("/model", serde_json::json!([0.5])).contains("its model is of another space"));
    assert!(refused("/window/pools/0/samples", 7.into()).contains("samples of"));
    assert!(refused("/window/samples/0/architecture", serde_json::json!([9, 9, 9, 9, 9])).contains("does not answer"));
    assert!(refused("/memory/0/architecture", serde_json::json!([0])).contains("does not answer"));
    assert!(refused("/redrawn", "many".into()).contains("invalid type"));
}
