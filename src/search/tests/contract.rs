//! One contract for every strategy: a new one is one line in [`STRATEGIES`].

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::{level, rugged, score};
use crate::search::{
    Adjustment, Aim, ArchiveOptions, ComplexityGradient, Domain, Evolution, EvolutionOptions, Nsga2, Nsga2Options,
    Purpose, Random, Scored, Separate, Shared, SharedArchive, SharedOptions, Strategy, StrategyError, Update, stream,
};
use crate::space::Architecture;

type Make = fn(Domain, &[Aim]) -> Result<Box<dyn Strategy>, StrategyError>;

/// Every strategy, by name.
const STRATEGIES: [(&str, Make); 8] = [
    ("shared", |domain, aims| Ok(Box::new(Shared::new(domain, aims, SharedOptions::default())?))),
    ("shared", |domain, aims| Ok(Box::new(Shared::new(domain, aims, sampled())?))),
    ("shared-archive", |domain, aims| Ok(Box::new(SharedArchive::new(domain, aims, ArchiveOptions::default())?))),
    ("separate", |domain, aims| Ok(Box::new(Separate::new(domain, aims, SharedOptions::default())?))),
    ("separate", |domain, aims| Ok(Box::new(Separate::new(domain, aims, sampled())?))),
    ("random", |domain, aims| Ok(Box::new(Random::new(domain, aims)?))),
    ("regularised-evolution", |domain, aims| Ok(Box::new(Evolution::new(domain, aims, EvolutionOptions::default())?))),
    ("nsga2", |domain, aims| Ok(Box::new(Nsga2::new(domain, aims, Nsga2Options::default())?))),
];

const SIZES: [usize; 6] = [3, 4, 1, 5, 3, 6];
const AIMS: [Aim; 4] = [Aim::Coefficient(0.0), Aim::Coefficient(0.4), Aim::Target(0.3), Aim::Target(1.0)];

fn sampled() -> SharedOptions {
    SharedOptions {
        complexity_gradient: ComplexityGradient::Sampled,
        complexity_samples: 8,
        ..SharedOptions::default()
    }
}

/// A third of all architectures is illegal.
fn legal(architecture: &Architecture) -> bool {
    architecture.options()[0] != 1
}

fn holes() -> Domain {
    Domain { legal: Some(Arc::new(legal)), ..Domain::new(&SIZES, level(&SIZES)) }
}

/// Runs a check on every strategy; its name is printed where the check fails.
fn each(check: impl Fn(Box<dyn Strategy>, &dyn Fn() -> Box<dyn Strategy>)) {
    for (name, make) in STRATEGIES {
        let fresh = || make(holes(), &AIMS).unwrap();
        println!("{name}");
        assert_eq!(fresh().name(), name);
        check(fresh(), &fresh);
    }
}

fn iterate(search: &mut dyn Strategy, seed: u64, iteration: u64) -> (Vec<Scored>, Update) {
    let pool = search.ask(2, &mut stream(seed, Purpose::ScorePool, iteration));
    let scored = score(pool, rugged, &level(&SIZES));
    let update = search.tell(&scored, &mut stream(seed, Purpose::Update, iteration)).unwrap();
    (scored, update)
}

fn go_on(search: &mut dyn Strategy, seed: u64, iterations: std::ops::Range<u64>) {
    iterations.for_each(|iteration| drop(iterate(search, seed, iteration)));
}

/// Through the text that a file would hold.
fn text(search: &dyn Strategy) -> Value {
    serde_json::from_str(&search.save().to_string()).unwrap()
}

/// What must hold of any strategy at any time.
fn is_sound(search: &dyn Strategy) {
    let domain = holes();
    for (k, distribution) in search.distributions().iter().enumerate() {
        assert!(distribution.theta.sizes().eq(SIZES));
        assert!(distribution.coefficient.is_finite() && distribution.coefficient >= 0.0);
        for row in distribution.theta.rows() {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-9 && row.iter().all(|&p| p > 0.0), "{row:?}");
        }
        let mode = search.mode(k);
        assert!(domain.fits(&mode) && legal(&mode), "{mode:?}");
    }
}

/// What must hold of any update: one row a distribution, and for each sample weights that are of mean 1 over the
/// distributions, or 1 for the one that drew it.
fn is_consistent(update: &Update, scored: &[Scored], count: usize) {
    assert_eq!(update.distributions.len(), count);
    for distribution in &update.distributions {
        assert_eq!(distribution.weights.len(), scored.len());
        assert!(distribution.weights.iter().all(|&w| (0.0..=count as f64).contains(&w)));
        assert!((0.0..=scored.len() as f64 + 1e-9).contains(&distribution.ess));
        assert!(distribution.step.is_finite() && distribution.step >= 0.0);
    }
    let weight = |k: usize, sample: usize| update.distributions[k].weights[sample];
    let is_own = |k: usize, sample: usize| weight(k, sample) == f64::from(scored[sample].source == k);
    let own = (0..count).all(|k| (0..scored.len()).all(|sample| is_own(k, sample)));
    for sample in 0..scored.len() {
        let sum: f64 = (0..count).map(|k| weight(k, sample)).sum();
        assert!(own || (sum / count as f64 - 1.0).abs() < 1e-9, "sample {sample} has weights of sum {sum}");
    }
}

#[test]
fn it_asks_for_legal_architectures_alone_and_counts_what_it_drew_again() {
    each(|mut search, _| {
        for iteration in 0..60 {
            let (scored, update) = iterate(&mut *search, 1, iteration);
            assert!(scored.iter().all(|told| legal(&told.architecture)));
            let sources: Vec<usize> = scored.iter().map(|told| told.source).collect();
            assert_eq!(sources, [0, 0, 1, 1, 2, 2, 3, 3]);
            is_consistent(&update, &scored, AIMS.len());
            is_sound(&*search);
        }
        assert!(search.redrawn() > 0);
        assert!(search.ask(0, &mut stream(1, Purpose::WeightPool, 0)).is_empty());
        assert_eq!(search.ask(3, &mut stream(1, Purpose::WeightPool, 0)).len(), 12);
    });
}

#[test]
fn where_nothing_is_legal_a_pool_is_empty_and_nothing_breaks() {
    for (name, make) in STRATEGIES {
        let domain = Domain { legal: Some(Arc::new(|_| false)), ..holes() };
        let mut search = make(domain, &AIMS).unwrap();
        let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, 0));
        assert!(pool.is_empty(), "{name}");
        assert_eq!(search.redrawn(), 8 * 101, "{name}");
        search.tell(&[], &mut stream(1, Purpose::Update, 0)).unwrap();
        (0..AIMS.len()).for_each(|k| assert!(holes().fits(&search.mode(k))));
    }
}

#[test]
fn a_space_without_a_choice_or_with_few_goes_on() {
    for (_, make) in STRATEGIES {
        for sizes in [vec![1], vec![1, 1, 1], vec![2], vec![2, 2]] {
            let cost = level(&sizes);
            let mut search = make(Domain::new(&sizes, cost.clone()), &AIMS).unwrap();
            for iteration in 0..40 {
                let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, iteration));
                assert_eq!(pool.len(), 8);
                let scored = score(pool, rugged, &cost);
                search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
            }
        }
    }
}

#[test]
fn any_finite_scores_are_learned_from() {
    let losses: [fn(usize) -> f64; 6] = [
        |_| 0.5,
        |i| -(i as f64),
        |i| if i % 2 == 0 { f64::MAX } else { -f64::MAX },
        |i| i as f64 * f64::MIN_POSITIVE,
        |i| 1e300 * i as f64,
        |_| 0.0,
    ];
    each(|mut search, fresh| {
        go_on(&mut *search, 1, 0..15);
        for (turn, loss) in losses.iter().enumerate() {
            for iteration in 0..6 {
                let pool = search.ask(2, &mut stream(2, Purpose::ScorePool, iteration));
                let mut scored = score(pool, rugged, &level(&SIZES));
                for (i, told) in scored.iter_mut().enumerate() {
                    told.loss = loss(i);
                    if turn % 2 == 1 {
                        told.complexity = loss(i + 1);
                    }
                }
                let update = search.tell(&scored, &mut stream(2, Purpose::Update, iteration)).unwrap();
                is_consistent(&update, &scored, AIMS.len());
                is_sound(&*search);
            }
        }
        fresh().restore(&text(&*search)).unwrap();
        go_on(&mut *search, 3, 0..5);
    });
}

#[test]
fn what_is_no_number_or_no_architecture_is_refused_by_name_and_changes_nothing() {
    each(|mut search, _| {
        go_on(&mut *search, 1, 0..15);
        let scored = score(search.ask(2, &mut stream(2, Purpose::ScorePool, 0)), rugged, &level(&SIZES));
        let before = search.save();
        let mut refused = |damage: &dyn Fn(&mut Scored)| {
            let mut scored = scored.clone();
            damage(&mut scored[3]);
            let error = search.tell(&scored, &mut stream(2, Purpose::Update, 0)).unwrap_err();
            assert_eq!(search.save(), before);
            error.to_string()
        };
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let expected = |what| format!("sample 3 has the {what} {value}: only finite numbers can be learned from");
            assert_eq!(refused(&|told| told.loss = value), expected("loss"));
            assert_eq!(refused(&|told| told.complexity = value), expected("complexity"));
        }
        for misfit in [vec![0; 5], vec![0, 0, 1, 0, 0, 0]] {
            let error = refused(&|told| told.architecture = Architecture::new(misfit.clone()));
            assert_eq!(error, "sample 3 does not answer the 6 decisions of this space");
        }
    });
}

#[test]
fn a_part_of_a_pool_and_pools_of_sources_that_left_are_learned_from() {
    each(|mut search, _| {
        for iteration in 0..30 {
            let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, iteration));
            let mut scored = score(pool, rugged, &level(&SIZES));
            scored.remove(iteration as usize % 8);
            scored[0].source = 40;
            let update = search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
            assert_eq!(update.distributions[0].weights.len(), 7);
            is_sound(&*search);
        }
    });
}

#[test]
fn a_saved_search_continues_identically() {
    each(|mut whole, fresh| {
        let mut halves = fresh();
        for iteration in 0..60 {
            if iteration % 7 == 3 {
                let saved = text(&*halves);
                halves = fresh();
                halves.restore(&saved).unwrap();
            }
            if iteration == 30 {
                for search in [&mut whole, &mut halves] {
                    search.adjust(&Adjustment::Add { distribution: 1, aim: Aim::Target(0.5) }).unwrap();
                }
            }
            assert_eq!(iterate(&mut *halves, 7, iteration), iterate(&mut *whole, 7, iteration));
            let modes =
                |search: &dyn Strategy| (0..search.distributions().len()).map(|k| search.mode(k)).collect::<Vec<_>>();
            assert_eq!(modes(&*halves), modes(&*whole));
        }
        assert_eq!(halves.save(), whole.save());
    });
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_gives_another() {
    each(|mut one, fresh| {
        let [mut same, mut other] = [fresh(), fresh()];
        go_on(&mut *one, 1, 0..40);
        go_on(&mut *same, 1, 0..40);
        go_on(&mut *other, 2, 0..40);
        assert_eq!(one.save(), same.save());
        assert_ne!(one.save(), other.save());
    });
}

#[test]
fn asking_without_telling_teaches_nothing() {
    each(|mut search, fresh| {
        go_on(&mut *search, 1, 0..20);
        let before = (search.distributions().to_vec(), search.mode(0));
        search.ask(5, &mut stream(4, Purpose::WeightPool, 0));
        assert_eq!((search.distributions().to_vec(), search.mode(0)), before);
        let mut unasked = fresh();
        go_on(&mut *unasked, 1, 0..20);
        assert_eq!(iterate(&mut *unasked, 1, 20), iterate(&mut *search, 1, 20));
    });
}

#[test]
fn a_state_of_another_strategy_or_space_is_refused_and_changes_nothing() {
    let states: HashMap<&str, Value> = STRATEGIES
        .iter()
        .map(|(name, make)| {
            let mut search = make(holes(), &AIMS).unwrap();
            go_on(&mut *search, 2, 0..15);
            (*name, search.save())
        })
        .collect();
    for (name, make) in STRATEGIES {
        let mut search = make(holes(), &AIMS).unwrap();
        go_on(&mut *search, 1, 0..15);
        let before = search.save();
        let mut refused = |state: &Value| {
            let error = search.restore(state).unwrap_err().to_string();
            assert!(error.starts_with("the saved state does not fit: "), "{error}");
            assert_eq!(search.save(), before);
            error
        };
        for (other, state) in states.iter().filter(|(other, _)| **other != name) {
            assert!(refused(state).contains(&format!("of the strategy `{other}`, not `{name}`")));
        }
        let elsewhere = make(Domain::new(&[2, 2], level(&[2, 2])), &AIMS).unwrap().save();
        assert!(refused(&elsewhere).contains("distribution 0 is over other decisions than this space has"));
        assert!(refused(&Value::Null).contains("it does not name its strategy"));
        assert!(refused(&serde_json::json!({ "strategy": name })).contains("missing field"));
        for field in states[name].as_object().unwrap().keys() {
            let mut state = states[name].clone();
            state.as_object_mut().unwrap().remove(field);
            refused(&state);
            state[field] = Value::Null;
            refused(&state);
        }
        let mut state = states[name].clone();
        state["distributions"][0]["target"] = 7.into();
        assert!(refused(&state).contains("distribution 0: a complexity target must lie in the space"));
    }
}

#[test]
fn aims_and_the_number_of_distributions_change_while_it_runs() {
    each(|mut search, _| {
        go_on(&mut *search, 1, 0..20);
        let aim = |search: &dyn Strategy, k: usize| {
            let distribution = &search.distributions()[k];
            distribution.target.map_or(Aim::Coefficient(distribution.coefficient), Aim::Target)
        };
        search.adjust(&Adjustment::Coefficient { distribution: 2, coefficient: 0.7 }).unwrap();
        assert_eq!(aim(&*search, 2), Aim::Coefficient(0.7));
        search.adjust(&Adjustment::Target { distribution: 0, target: 0.2 }).unwrap();
        assert_eq!(aim(&*search, 0), Aim::Target(0.2));
        for (index, count) in [(0, 5), (2, 6), (6, 7)] {
            let neighbours = search.distributions().to_vec();
            search.adjust(&Adjustment::Add { distribution: index, aim: Aim::Coefficient(0.1) }).unwrap();
            assert_eq!(search.distributions().len(), count);
            let (before, after) = (&neighbours[index.saturating_sub(1)], &neighbours[index.min(count - 2)]);
            let new = &search.distributions()[index];
            let ends = before.theta.values().iter().zip(after.theta.values());
            // A population between two takes members of both, in whole numbers.
            let slack = if search.name() == "regularised-evolution" { 0.5 } else { 1e-12 };
            assert!(
                new.theta
                    .values()
                    .iter()
                    .zip(ends)
                    .all(|(p, (a, b))| { a.min(*b) - slack <= *p && *p <= a.max(*b) + slack })
            );
            let (scored, update) = iterate(&mut *search, 1, 20 + count as u64);
            assert_eq!(scored.len(), 2 * count);
            is_consistent(&update, &scored, count);
            is_sound(&*search);
        }
        for (index, count) in [(6, 6), (0, 5), (2, 4), (1, 3), (0, 2), (1, 1)] {
            search.adjust(&Adjustment::Remove { distribution: index }).unwrap();
            let (scored, update) = iterate(&mut *search, 1, 40 + count as u64);
            assert_eq!(scored.len(), 2 * count);
            is_consistent(&update, &scored, count);
            is_sound(&*search);
        }
        assert_eq!(search.adjust(&Adjustment::Remove { distribution: 0 }), Err(StrategyError::LastDistribution));
        go_on(&mut *search, 1, 60..70);
    });
}

#[test]
fn a_distribution_that_was_removed_is_put_back_as_it_was() {
    each(|mut search, fresh| {
        go_on(&mut *search, 1, 0..30);
        let before = search.save();
        for k in [2, 0, 3] {
            let saved: Value = serde_json::from_str(&search.save_distribution(k).to_string()).unwrap();
            search.adjust(&Adjustment::Remove { distribution: k }).unwrap();
            search.put_back(k, &saved).unwrap();
            assert_eq!(search.save(), before, "{k}");
        }
        // Also after the others have gone on, and at another place.
        let (saved, aim) = (search.save_distribution(2), search.distributions()[2].aim());
        search.adjust(&Adjustment::Remove { distribution: 2 }).unwrap();
        go_on(&mut *search, 1, 30..40);
        search.put_back(1, &saved).unwrap();
        assert_eq!(search.distributions()[1].aim(), aim);
        let mut resumed = fresh();
        resumed.restore(&text(&*search)).unwrap();
        for iteration in 40..50 {
            let (scored, update) = iterate(&mut *search, 1, iteration);
            is_consistent(&update, &scored, AIMS.len());
            is_sound(&*search);
            assert_eq!(iterate(&mut *resumed, 1, iteration), (scored, update));
        }
    });
}

#[test]
fn a_saved_distribution_that_does_not_fit_is_not_put_back_and_changes_nothing() {
    for (name, make) in STRATEGIES {
        let mut search = make(holes(), &AIMS).unwrap();
        go_on(&mut *search, 1, 0..15);
        let (before, saved) = (search.save(), search.save_distribution(1));
        let mut refused = |place: usize, state: &Value| {
            let error = search.put_back(place, state).unwrap_err();
            assert_eq!(search.save(), before, "{name}");
            error
        };
        assert_eq!(refused(5, &saved), StrategyError::NoSuchDistribution { index: 5, last: 4 });
        let elsewhere = make(Domain::new(&[2, 2], level(&[2, 2])), &AIMS).unwrap().save_distribution(0);
        let mut others = saved.clone();
        others["strategy"] = "another".into();
        for state in [Value::Null, elsewhere, others] {
            assert!(matches!(refused(1, &state), StrategyError::Saved(_)), "{name}");
        }
        for field in saved.as_object().unwrap().keys() {
            let mut state = saved.clone();
            state[field] = Value::Null;
            assert!(matches!(refused(1, &state), StrategyError::Saved(_)), "{name}: {field}");
        }
    }
}

#[test]
fn a_change_that_is_not_allowed_changes_nothing() {
    let target = |distribution, target| Adjustment::Target { distribution, target };
    let coefficient = |distribution, coefficient| Adjustment::Coefficient { distribution, coefficient };
    let add = |distribution, aim| Adjustment::Add { distribution, aim };
    let mut changes = vec![Adjustment::Remove { distribution: 4 }, add(5, Aim::Coefficient(0.0))];
    changes.extend([target(4, 0.5), coefficient(4, 0.5), coefficient(0, -0.1), target(0, -0.1), target(0, 1.1)]);
    for value in [f64::NAN, f64::INFINITY] {
        changes.extend([target(0, value), coefficient(0, value)]);
        changes.extend([add(0, Aim::Target(value)), add(0, Aim::Coefficient(value))]);
    }
    each(|mut search, _| {
        go_on(&mut *search, 1, 0..15);
        let before = search.save();
        for change in &changes {
            search.adjust(change).unwrap_err();
            assert_eq!(search.save(), before, "{change:?}");
        }
        (4..64).for_each(|_| search.adjust(&add(0, Aim::Coefficient(0.0))).unwrap());
        let full = search.save();
        assert_eq!(
            search.adjust(&add(0, Aim::Coefficient(0.0))),
            Err(StrategyError::TooManyDistributions(crate::search::MOST_DISTRIBUTIONS))
        );
        assert_eq!(search.save(), full);
    });
}

#[test]
fn no_space_or_aim_outside_what_is_allowed_makes_a_search() {
    for (_, make) in STRATEGIES {
        let cost = level(&SIZES);
        for (sizes, aims) in [
            (&SIZES[..], &[][..]),
            (&[2, 0], &AIMS),
            (&SIZES, &[Aim::Coefficient(-1.0)]),
            (&SIZES, &[Aim::Target(1.5)]),
            (&SIZES, &[Aim::Coefficient(0.0); 65]),
        ] {
            assert!(make(Domain::new(sizes, cost.clone()), aims).is_err());
        }
    }
}

#[test]
fn memory_does_not_grow_with_the_number_of_iterations() {
    each(|mut search, _| {
        go_on(&mut *search, 1, 0..100);
        let early = search.save().to_string().len();
        go_on(&mut *search, 1, 100..1_000);
        let late = search.save().to_string().len();
        assert!(late < early + early / 5, "{early} bytes after 100 iterations, {late} after 1,000");
    });
}

#[test]
fn a_target_is_met_by_the_answer_and_a_target_of_all_is_no_burden() {
    each(|mut search, _| {
        for iteration in 0..150 {
            let pool = search.ask(2, &mut stream(1, Purpose::ScorePool, iteration));
            let cost = level(&SIZES);
            let scored = score(pool, |c| (1.0 - cost(c)).powi(2), &cost);
            search.tell(&scored, &mut stream(1, Purpose::Update, iteration)).unwrap();
            let complexity = cost(&search.mode(2));
            assert!(complexity <= 0.3 || iteration < 5, "{complexity} after {iteration} iterations");
        }
        let cost = level(&SIZES);
        let reached = [2, 3].map(|k| cost(&search.mode(k)));
        assert!(reached[0] >= 0.15 && reached[1] >= 0.5, "{reached:?}");
    });
}
