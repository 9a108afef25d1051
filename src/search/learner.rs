//! What the searches with natural gradients have in common: distributions that take steps of ASNG.
//!
//! A strategy says which samples each distribution learns from and with which weights; from there on everything is the
//! same: objectives, coefficients, gradient, step ([`super::shared`] has the formulas), and the multipliers of
//! distributions that have a complexity target ([`multiplier`]).

use rand::Rng;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pool::Pool;
use super::{
    Adjustment, Aim, Asng, ComplexityGradient, Distribution, Domain, Proposal, SharedOptions, StrategyError, bound,
    distribution, gradient, multiplier, saved, utility,
};

/// K distributions and how they step.
pub(super) struct Learner {
    pub distributions: Vec<Distribution>,
    steps: Vec<Asng>,
    pub least: Vec<f64>,
    options: SharedOptions,
    pub domain: Domain,
    pub redrawn: u64,
}

/// What a distribution learns from: samples, and the weight of each.
pub(super) struct Lesson<'a> {
    pub pool: &'a Pool<'a>,
    pub weights: &'a [f64],
    /// The share of the weighted samples that counts as the best, in place of the utility of the options.
    pub elite: Option<f64>,
}

/// Where a distribution goes.
struct Move {
    direction: Option<Vec<f64>>,
    coefficient: f64,
}

/// The state as it is saved.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    pub strategy: String,
    pub distributions: Vec<Distribution>,
    pub steps: Vec<Asng>,
    pub redrawn: u64,
}

/// One distribution as it is saved, to be put back.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedDistribution {
    strategy: String,
    distribution: Distribution,
    steps: Asng,
}

impl Learner {
    pub fn new(domain: Domain, aims: &[Aim], options: SharedOptions) -> Result<Self, StrategyError> {
        domain.check()?;
        let distributions = distribution::uniform(&domain, aims)?;
        options.check()?;
        let least = match options.least_probability {
            Some(least) => vec![least; domain.sizes.len()],
            None => bound::least_probabilities(&domain.sizes),
        };
        let freedom = distributions[0].theta.freedom();
        Ok(Self {
            steps: vec![Asng::new(freedom); distributions.len()],
            distributions,
            least,
            options,
            domain,
            redrawn: 0,
        })
    }

    pub fn ask(&mut self, per_distribution: usize, rng: &mut dyn Rng) -> Vec<Proposal> {
        distribution::sample(&self.distributions, per_distribution, &self.domain, &mut self.redrawn, rng)
    }

    /// Moves every distribution by its lesson, and gives the length of each step.
    pub fn learn(&mut self, lessons: &[Lesson<'_>], rng: &mut dyn Rng) -> Result<Vec<f64>, StrategyError> {
        // All moves before the first step: a refusal must leave every distribution as it was.
        let moves =
            lessons.iter().enumerate().map(|(k, lesson)| self.plan(k, lesson, rng)).collect::<Result<Vec<_>, _>>()?;
        let options = self.options.steps();
        let step = |(k, Move { direction, coefficient }): (usize, Move)| {
            let Distribution { coefficient: now, theta, .. } = &mut self.distributions[k];
            *now = coefficient;
            direction.map_or(0.0, |g| self.steps[k].update(theta, &g, &self.least, options))
        };
        Ok(moves.into_iter().enumerate().map(step).collect())
    }

    /// The direction in which the distribution improves, none where the lesson says nothing to it, and its next
    /// coefficient.
    fn plan(&self, k: usize, lesson: &Lesson<'_>, rng: &mut dyn Rng) -> Result<Move, StrategyError> {
        let &Distribution { coefficient, target, ref theta } = &self.distributions[k];
        let Lesson { pool, weights, elite } = lesson;
        let samples = &pool.samples;
        let sampled = self.options.complexity_gradient == ComplexityGradient::Sampled;
        // Apart from the losses a coefficient is in units of the utility, whose spread is about 1.
        let scale = target.and_then(|_| multiplier::scale(samples, sampled));
        let coefficient = target.map_or(coefficient, |_| multiplier::started(coefficient, scale));

        let share = if sampled { 0.0 } else { coefficient };
        let objective = |complexity: f64| share * multiplier::counted(complexity, target);
        let objectives: Vec<f64> = samples.iter().map(|told| told.loss + objective(told.complexity)).collect();
        let coefficients = match elite {
            Some(share) => utility::quantile_coefficients(&objectives, weights, *share),
            None => self.options.utility.coefficients(&objectives, weights),
        };
        let mut direction = coefficients.map(|a| gradient::natural(theta, &pool.picks, &a));
        if sampled && coefficient > 0.0 {
            let dearer = self.complexity_gradient(k, rng)?;
            let direction = direction.get_or_insert_with(|| vec![0.0; dearer.len()]);
            direction.iter_mut().zip(dearer).for_each(|(g, h)| *g -= coefficient * h);
        }
        let next = |target| multiplier::adapted(coefficient, target, samples, weights, scale);
        Ok(Move { direction, coefficient: target.map_or(coefficient, next) })
    }

    fn complexity_gradient(&self, k: usize, rng: &mut dyn Rng) -> Result<Vec<f64>, StrategyError> {
        let Distribution { theta, target, .. } = &self.distributions[k];
        // Not counted as drawn again: these are never evaluated.
        let samples: Vec<_> = (0..self.options.complexity_samples)
            .filter_map(|_| self.domain.draw(&mut 0, || theta.sample(rng)))
            .collect();
        let mut complexities: Vec<f64> = samples.iter().map(|architecture| (self.domain.cost)(architecture)).collect();
        if let Some(&value) = complexities.iter().find(|value| !value.is_finite()) {
            return Err(StrategyError::Complexity { distribution: k, value });
        }
        complexities.iter_mut().for_each(|complexity| *complexity = multiplier::counted(*complexity, *target));
        Ok(gradient::sampled_complexity(theta, &samples, &complexities))
    }

    pub fn adjust(&mut self, change: &Adjustment) -> Result<(), StrategyError> {
        distribution::adjust(&mut self.distributions, change)?;
        match *change {
            Adjustment::Add { distribution, .. } => {
                let freedom = self.distributions[distribution].theta.freedom();
                self.steps.insert(distribution, Asng::new(freedom));
            }
            Adjustment::Remove { distribution } => drop(self.steps.remove(distribution)),
            Adjustment::Coefficient { .. } | Adjustment::Target { .. } => {}
        }
        Ok(())
    }

    pub fn save_distribution(&self, name: &str, k: usize) -> Value {
        serde_json::json!({ "strategy": name, "distribution": self.distributions[k], "steps": self.steps[k] })
    }

    pub fn put_back(&mut self, name: &str, k: usize, saved: &Value) -> Result<(), StrategyError> {
        let SavedDistribution { distribution, steps, .. } = saved::read(name, saved)?;
        if !steps.is_sound(self.distributions[0].theta.freedom()) {
            return Err(StrategyError::Saved("its step state is broken".to_owned()));
        }
        distribution::put_back(&mut self.distributions, k, distribution, &self.domain)?;
        self.steps.insert(k, steps);
        Ok(())
    }

    pub fn save(&self, name: &str) -> Value {
        serde_json::json!({
            "strategy": name,
            "distributions": self.distributions,
            "steps": self.steps,
            "redrawn": self.redrawn,
        })
    }

    pub fn restore(&mut self, name: &str, saved: &Value) -> Result<(), StrategyError> {
        let saved: Saved = saved::read(name, saved)?;
        self.check_saved(&saved)?;
        self.take_up(saved);
        Ok(())
    }

    /// Refuses a saved state that does not belong to this space.
    pub fn check_saved(&self, saved: &Saved) -> Result<(), StrategyError> {
        let misfit = |why: String| Err(StrategyError::Saved(why));
        if saved.distributions.len() != saved.steps.len() {
            let (distributions, steps) = (saved.distributions.len(), saved.steps.len());
            return misfit(format!("it has {distributions} distributions and {steps} step states"));
        }
        distribution::check_saved(&self.domain, &saved.distributions)?;
        let freedom = self.distributions[0].theta.freedom();
        if let Some(k) = saved.steps.iter().position(|steps| !steps.is_sound(freedom)) {
            return misfit(format!("the step state of distribution {k} is broken"));
        }
        Ok(())
    }

    /// Takes up what [`Learner::check_saved`] has passed.
    pub fn take_up(&mut self, saved: Saved) {
        self.redrawn = saved.redrawn;
        self.distributions = saved.distributions;
        self.steps = saved.steps;
    }
}
