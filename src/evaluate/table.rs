//! Losses out of a table: every architecture was trained beforehand, and is looked up.

use std::sync::Arc;

use rand_distr::{Distribution as _, Normal};

use super::{EvaluateError, Evaluator, Score, TrainReport};
use crate::search::{Purpose, stream};
use crate::space::Architecture;
use crate::space::table::Table;

/// Looks scores up.
pub struct TableEvaluator {
    table: Arc<Table>,
    seed: u64,
    noise: Option<Normal<f64>>,
}

impl TableEvaluator {
    /// Looks up in this table. Scores of pools get Gaussian noise of a standard deviation, from the stream of the
    /// run's seed; 0 adds none.
    ///
    /// # Errors
    /// A deviation that is negative or not finite.
    pub fn new(table: Arc<Table>, seed: u64, noise: f64) -> Result<Self, EvaluateError> {
        let normal = Normal::new(0.0, noise)
            .ok()
            .filter(|_| noise >= 0.0)
            .ok_or_else(|| EvaluateError::Unavailable(format!("no noise has the standard deviation {noise}")))?;
        Ok(Self { table, seed, noise: (noise > 0.0).then_some(normal) })
    }

    fn look_up(
        &self,
        architecture: &Architecture,
        figure: impl Fn(&crate::space::table::Row) -> Option<f64>,
    ) -> Result<Score, EvaluateError> {
        let found = self.table.row(architecture).and_then(figure);
        let loss = found.ok_or_else(|| {
            EvaluateError::Unavailable(format!("the table has no figure for the architecture {architecture:?}"))
        })?;
        Ok(Score { loss, accuracy: 1.0 - loss })
    }
}

impl Evaluator for TableEvaluator {
    fn trains(&self) -> bool {
        false
    }

    fn train(&mut self, _: &[Architecture], _: u64) -> Result<TrainReport, EvaluateError> {
        Ok(TrainReport::default())
    }

    fn score(&mut self, pool: &[Architecture], iteration: u64) -> Result<Vec<Score>, EvaluateError> {
        let mut rng = stream(self.seed, Purpose::TableNoise, iteration);
        pool.iter()
            .map(|architecture| {
                let score = self.look_up(architecture, |row| Some(row.loss))?;
                let loss = score.loss + self.noise.map_or(0.0, |noise| noise.sample(&mut rng));
                Ok(Score { loss, accuracy: 1.0 - loss })
            })
            .collect()
    }

    /// The searched figure without noise.
    fn validate(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        self.look_up(architecture, |row| Some(row.loss))
    }

    /// The reported figure; not a number where the table has none for this architecture.
    fn test(&mut self, architecture: &Architecture) -> Result<Score, EvaluateError> {
        self.look_up(architecture, |row| Some(row.reported.unwrap_or(f64::NAN)))
    }

    fn iterations_an_epoch(&self) -> Option<f64> {
        None
    }

    fn device(&self) -> String {
        format!("table of {} rows", self.table.rows().len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::table::TableSettings;

    fn evaluator(noise: f64) -> TableEvaluator {
        let settings = TableSettings {
            decisions: vec!["a".into()],
            metric: "val".into(),
            report: Some("test".into()),
            missing: Some(-1.0),
            ..TableSettings::default()
        };
        let table = Table::read("t", &b"a,val,test\n0,0.5,0.4\n1,0.75,-1\n"[..], &settings).unwrap();
        TableEvaluator::new(Arc::new(table), 1, noise).unwrap()
    }

    #[test]
    fn a_table_is_looked_up_and_reports_another_column() {
        let mut table = evaluator(0.0);
        let [first, second, missing] = [0, 1, 2].map(|option| Architecture::new([option]));
        assert_eq!(table.score(std::slice::from_ref(&second), 3).unwrap()[0], Score { loss: 0.25, accuracy: 0.75 });
        assert_eq!(table.test(&first).unwrap().accuracy, 0.4);
        assert!(table.test(&second).unwrap().accuracy.is_nan());
        assert!(table.validate(&missing).unwrap_err().to_string().contains("no figure"));
    }

    #[test]
    fn noise_is_seeded_by_iteration_and_left_out_of_validation() {
        let mut table = evaluator(0.1);
        let pool = vec![Architecture::new([0]); 2_000];
        let scores = table.score(&pool, 5).unwrap();
        assert_eq!(scores, table.score(&pool, 5).unwrap());
        assert_ne!(scores, table.score(&pool, 6).unwrap());
        let mean = scores.iter().map(|score| score.loss).sum::<f64>() / 2_000.0;
        let variance = scores.iter().map(|score| (score.loss - mean).powi(2)).sum::<f64>() / 2_000.0;
        assert!((mean - 0.5).abs() < 0.01 && (variance.sqrt() - 0.1).abs() < 0.01, "{mean} {variance}");
        assert_eq!(table.validate(&pool[0]).unwrap().loss, 0.5);
        assert!(TableEvaluator::new(table.table.clone(), 1, f64::NAN).is_err());
        assert!(TableEvaluator::new(table.table, 1, -1.0).is_err());
    }
}
