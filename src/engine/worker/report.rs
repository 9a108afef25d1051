//! What the modes are worth: validated in turn while the search goes on, tested once at its end.

use std::time::Instant;

use super::{UNKNOWN, Worker};
use crate::engine::event::{Event, State, Validated};
use crate::engine::problem::ProblemError;
use crate::evaluate::Score;
use crate::run::{DistributionResult, EvaluatorKind, Results, SpaceExtents};
use crate::space::{Architecture, Complexity};

impl Worker<'_> {
    /// Validates the mode of one distribution where its turn has come. The turns are spread over the interval, so
    /// that no pause waits for all of them.
    pub(super) fn validate_in_turn(&mut self) -> Result<(), ProblemError> {
        let every = self.live.validate_every;
        let count = self.problem.strategy.distributions().len() as u64;
        if every == 0 || self.iteration <= self.warm_up {
            return Ok(());
        }
        for distribution in 0..count {
            // In 128 bits, since `every` may be any number.
            let turn = u128::from(distribution) * u128::from(every) / u128::from(count);
            if u128::from(self.iteration % every) == turn {
                self.validate(distribution as usize)?;
            }
        }
        Ok(())
    }

    pub(super) fn validate(&mut self, distribution: usize) -> Result<(Architecture, Score, Complexity), ProblemError> {
        let architecture = self.problem.strategy.mode(distribution);
        let complexity = self.problem.space.complexity(&architecture);
        if !self.problem.space.contains(&architecture) {
            // A table may lack what is most likely, and all that comes after it for long.
            return Ok((architecture, UNKNOWN, complexity));
        }
        let score = self.evaluator.validate(&architecture)?;
        self.validated[distribution] = Some(score.accuracy);
        (self.emit)(Event::Validated(Validated {
            iteration: self.iteration,
            distribution,
            architecture: architecture.clone(),
            score,
            complexity,
        }));
        Ok((architecture, score, complexity))
    }

    /// Scores every mode on the whole validation set and, for the first time, on the test set.
    pub(super) fn report(mut self) -> Result<Results, ProblemError> {
        (self.emit)(Event::State { state: State::Reporting });
        let start = Instant::now();
        let mut distributions = Vec::new();
        for index in 0..self.problem.strategy.distributions().len() {
            let (architecture, validation, complexity) = self.validate(index)?;
            let known = self.problem.space.contains(&architecture);
            let test = if known { self.evaluator.test(&architecture)? } else { UNKNOWN };
            let distribution = &self.problem.strategy.distributions()[index];
            distributions.push(DistributionResult {
                index,
                coefficient: distribution.coefficient,
                parameters: complexity.parameters,
                macs: complexity.macs,
                validation_accuracy: validation.accuracy,
                test_accuracy: test.accuracy,
                entropy: distribution.theta.entropy(),
                architecture: self.problem.space.genotype(&architecture),
            });
        }
        self.work += start.elapsed();
        let outline = self.problem.space.outline();
        Ok(Results {
            run: self.run.into(),
            seed: self.settings.seed,
            seconds: self.work.as_secs_f64(),
            iterations: self.iteration,
            complete: self.iteration >= self.settings.search.iterations,
            evaluator: if self.evaluator.trains() { EvaluatorKind::Supernet } else { EvaluatorKind::Table },
            architectures_evaluated: self.evaluated,
            redrawn: self.problem.strategy.redrawn(),
            space: SpaceExtents { parameters: outline.parameters, macs: outline.macs },
            distributions,
        })
    }
}
