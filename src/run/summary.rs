//! What a search found, as a table for a terminal.

use std::fmt::Write as _;

use super::{EvaluatorKind, Results};
use crate::space::{Extent, format_amount};

impl Results {
    /// The results as lines of text: one row a distribution.
    pub fn summary(&self) -> String {
        let how = if self.complete { "finished" } else { "stopped" };
        let mut text = format!(
            "{}: {how} after {} iterations in {}, {} architectures evaluated.\n\n",
            self.run,
            self.iterations,
            duration(self.seconds),
            self.architectures_evaluated
        );
        if self.redrawn > 0 {
            let _ = writeln!(text, "{} draws were of architectures that cannot be evaluated.\n", self.redrawn);
        }
        let amount = |count: Option<u64>| count.map_or_else(|| "-".into(), |count| format_amount(count as f64));
        let _ = writeln!(text, "  k  coefficient  parameters    MACs  validation     test");
        for found in &self.distributions {
            // Writing to a String cannot fail.
            let _ = writeln!(
                text,
                "{:>3}  {:>11}  {:>10}  {:>6}  {:>10}  {:>7}",
                found.index,
                format!("{}", (found.coefficient * 1e4).round() / 1e4),
                amount(found.parameters),
                amount(found.macs),
                percent(found.validation_accuracy),
                percent(found.test_accuracy),
            );
        }
        let origin = match self.evaluator {
            EvaluatorKind::Supernet => {
                "Accuracies are those with the shared weights of the search; trained alone an architecture differs."
            }
            EvaluatorKind::Table => "Accuracies are those of the table.",
        };
        let _ = match self.space.parameters {
            Some(Extent { smallest, largest }) => {
                let (smallest, largest) = (format_amount(smallest), format_amount(largest));
                writeln!(text, "\nThe space holds architectures of {smallest} to {largest} parameters. {origin}")
            }
            None => writeln!(text, "\n{origin}"),
        };
        text
    }
}

fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.2} %", 100.0 * share) } else { "-".into() }
}

/// A duration for people: `42 s`, `4 min 05 s`, `2 h 03 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{DistributionResult, SpaceExtents};

    #[test]
    fn the_summary_has_a_row_for_each_distribution() {
        let found = |index, coefficient, parameters, accuracy| DistributionResult {
            index,
            coefficient,
            parameters: Some(parameters),
            macs: Some(2_345_678),
            validation_accuracy: accuracy,
            test_accuracy: accuracy - 0.01,
            entropy: 0.1,
            architecture: serde_json::Value::Null,
        };
        let results = Results {
            run: "2026-01-01-digits-00ff".into(),
            seed: 1,
            seconds: 245.3,
            iterations: 1000,
            complete: true,
            evaluator: EvaluatorKind::Supernet,
            architectures_evaluated: 8000,
            redrawn: 12,
            space: SpaceExtents { parameters: Some(Extent { smallest: 18_600.0, largest: 85_800.0 }), macs: None },
            distributions: vec![found(0, 0.0, 64_000, 0.951), found(1, 0.375, 26_300, 0.9)],
        };
        insta::assert_snapshot!(results.summary(), @r"
        2026-01-01-digits-00ff: finished after 1000 iterations in 4 min 05 s, 8000 architectures evaluated.

        12 draws were of architectures that cannot be evaluated.

          k  coefficient  parameters    MACs  validation     test
          0            0       64.0k   2.35M     95.10 %  94.10 %
          1        0.375       26.3k   2.35M     90.00 %  89.00 %

        The space holds architectures of 18.6k to 85.8k parameters. Accuracies are those with the shared weights of the search; trained alone an architecture differs.
        ");
    }

    #[test]
    fn durations_read_well() {
        let cases = [(0.4, "0 s"), (59.6, "1 min 00 s"), (245.0, "4 min 05 s"), (7384.0, "2 h 03 min")];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text);
        }
    }
}
