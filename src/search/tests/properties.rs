//! What holds after any updates of any space.

use proptest::prelude::{ProptestConfig, Strategy as Generator, any, prop, prop_assert, prop_assert_eq, proptest};

use super::{aims, domain, iterate, level, rugged, score};
use crate::search::{ComplexityGradient, Purpose, Shared, SharedOptions, Strategy, Utility, bound, stream};

#[derive(Clone, Debug)]
struct Case {
    sizes: Vec<usize>,
    coefficients: Vec<f64>,
    options: SharedOptions,
    samples: usize,
    seed: u64,
}

impl Case {
    fn search(&self) -> Shared {
        Shared::new(domain(&self.sizes), &aims(&self.coefficients), self.options.clone()).unwrap()
    }

    fn least(&self) -> Vec<f64> {
        match self.options.least_probability {
            Some(least) => vec![least; self.sizes.len()],
            None => bound::least_probabilities(&self.sizes),
        }
    }
}

fn cases() -> impl Generator<Value = Case> {
    let utilities = prop::sample::select(vec![Utility::Rank, Utility::Wquant, Utility::RawCentred, Utility::Raw]);
    let gradients = prop::sample::select(vec![ComplexityGradient::Pool, ComplexityGradient::Sampled]);
    let options = (utilities, gradients, 0.01..20.0, 1.01..3.0, prop::option::of(0.001..0.6)).prop_map(
        |(utility, complexity_gradient, initial_step, signal_to_noise, least_probability)| SharedOptions {
            utility,
            complexity_gradient,
            complexity_samples: 3,
            initial_step,
            signal_to_noise,
            least_probability,
        },
    );
    let sizes = prop::collection::vec(1_usize..6, 1..7);
    let coefficients = prop::collection::vec(0.0..5.0, 1..5);
    (sizes, coefficients, options, 1_usize..5, any::<u64>())
        .prop_map(|(sizes, coefficients, options, samples, seed)| Case { sizes, coefficients, options, samples, seed })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_sum_to_one_above_their_bound(case in cases()) {
        let mut search = case.search();
        let least = case.least();
        for iteration in 0..30 {
            iterate(&mut search, &level(&case.sizes), case.seed, iteration, case.samples);
            for distribution in search.distributions() {
                for (row, least) in distribution.theta.rows().zip(&least) {
                    prop_assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                    let least = least.min(1.0 / row.len() as f64);
                    prop_assert!(row.iter().all(|&p| p >= least - 1e-12), "{row:?} below {least}");
                }
            }
        }
    }

    #[test]
    fn weights_are_bounded_and_have_mean_one_over_distributions(case in cases()) {
        let mut search = case.search();
        let count = case.coefficients.len() as f64;
        for iteration in 0..30 {
            let update = iterate(&mut search, &level(&case.sizes), case.seed, iteration, case.samples);
            let pool = case.samples * case.coefficients.len();
            for distribution in &update.distributions {
                prop_assert_eq!(distribution.weights.len(), pool);
                prop_assert!(distribution.weights.iter().all(|&w| 0.0 < w && w <= count));
                prop_assert!(1.0 - 1e-12 <= distribution.ess && distribution.ess <= pool as f64 + 1e-12);
            }
            for sample in 0..pool {
                let mean = update.distributions.iter().map(|d| d.weights[sample]).sum::<f64>() / count;
                prop_assert!((mean - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_run_and_saving_does_not_show(case in cases()) {
        let cost = level(&case.sizes);
        let mut one = case.search();
        let mut other = case.search();
        for iteration in 0..12 {
            if iteration == 6 {
                let text = other.save().to_string();
                other = case.search();
                other.restore(&serde_json::from_str(&text).unwrap()).unwrap();
            }
            let expected = iterate(&mut one, &cost, case.seed, iteration, case.samples);
            prop_assert_eq!(iterate(&mut other, &cost, case.seed, iteration, case.samples), expected);
        }
        prop_assert_eq!(one.save(), other.save());
    }

    #[test]
    fn permuted_samples_teach_the_same(case in cases(), turn in 0_usize..20) {
        let cost = level(&case.sizes);
        let mut one = case.search();
        iterate(&mut one, &cost, case.seed, 0, case.samples);
        let mut other = case.search();
        other.restore(&one.save()).unwrap();
        let pool = one.ask(case.samples, &mut stream(case.seed, Purpose::ScorePool, 1));
        let mut scored = score(pool, rugged, &cost);
        one.tell(&scored, &mut stream(case.seed, Purpose::Update, 1)).unwrap();
        scored.reverse();
        let turn = turn % scored.len();
        scored.rotate_left(turn);
        other.tell(&scored, &mut stream(case.seed, Purpose::Update, 1)).unwrap();
        prop_assert_eq!(one.save(), other.save());
    }
}
