//! How a network did that was trained: `training.json` beside its model.

use std::fmt::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::MODELS;
use crate::clean::clean;
use crate::config::RetrainingSettings;
use crate::run::duration;
use crate::space::format_amount;

/// The file's name.
pub(super) const FILE: &str = "training.json";
/// Larger files are no records.
const LARGEST: u64 = 1 << 20;

/// How a network did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The network's name: that of its folder.
    pub name: String,
    /// Trainable parameters.
    pub parameters: u64,
    /// Multiply-accumulates for one picture.
    pub macs: u64,
    /// Accuracy in the search, on the validation set with the shared weights, 0 to 1, where it was found there.
    pub found_accuracy: Option<f64>,
    /// Accuracy on the test set, 0 to 1.
    pub test_accuracy: f64,
    /// Mean cross entropy on the test set.
    pub test_loss: f64,
    /// Test pictures.
    pub test_pictures: u64,
    /// Milliseconds that one picture takes, and 64 together, on one thread of the machine that trained it: medians.
    pub latency_ms: [f64; 2],
    /// The seed.
    pub seed: u64,
    /// Seconds of training.
    pub seconds: f64,
    /// Mean loss of the last epoch, with all that training adds to it.
    pub training_loss: f64,
    /// Channels of the first cells; none where it was made by hand.
    pub channels: Option<usize>,
    /// How it was trained.
    pub settings: RetrainingSettings,
    /// What tells the pictures and how they were changed from others; empty in records of before there was this.
    #[serde(default)]
    pub pictures: String,
    /// What was trained, how and on what: two trainings of the same are the same bits.
    pub subject: String,
    /// The architecture in words; none where it was made by hand.
    pub architecture: Option<serde_json::Value>,
}

impl Record {
    /// The standard error of the test accuracy that follows from the number of pictures alone.
    pub fn standard_error(&self) -> f64 {
        (self.test_accuracy * (1.0 - self.test_accuracy) / self.test_pictures.max(1) as f64).sqrt()
    }
}

/// The records of a run's trained networks, the smallest first, and what could not be read.
///
/// # Errors
/// A folder that cannot be read.
pub fn read(run: &Path) -> std::io::Result<(Vec<Record>, Vec<String>)> {
    let (mut records, mut unreadable) = (Vec::new(), Vec::new());
    let entries = match std::fs::read_dir(run.join(MODELS)) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => return Ok((records, unreadable)),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path().join(FILE);
        match std::fs::metadata(&path) {
            Err(_) => {}
            Ok(known) if known.len() > LARGEST => unreadable.push(format!("{}: too large", path.display())),
            Ok(_) => match std::fs::read(&path).map_err(serde_json::Error::io).and_then(|b| serde_json::from_slice(&b))
            {
                Ok(record) => records.push(record),
                Err(error) => unreadable.push(format!("{}: {error}", path.display())),
            },
        }
    }
    records.sort_by(|a: &Record, b: &Record| a.parameters.cmp(&b.parameters).then_with(|| a.name.cmp(&b.name)));
    Ok((records, unreadable))
}

/// The records as a table for a terminal.
pub fn table(records: &[Record]) -> String {
    let head = ["network", "parameters", "MACs", "found", "trained", "+/-", "1 picture", "64", "time"];
    let mut rows = vec![head.map(String::from)];
    for record in records {
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        rows.push([
            clean(&record.name),
            format_amount(record.parameters as f64),
            format_amount(record.macs as f64),
            record.found_accuracy.map_or_else(|| "-".into(), percent),
            percent(record.test_accuracy),
            format!("{:.2}", 100.0 * record.standard_error()),
            format!("{:.2} ms", record.latency_ms[0]),
            format!("{:.1} ms", record.latency_ms[1]),
            duration(record.seconds),
        ]);
    }
    let widths: Vec<usize> =
        (0..head.len()).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            // Writing to a String cannot fail.
            let _ = if column == 0 { write!(line, "{cell:<width$}") } else { write!(line, "  {cell:>width$}") };
        }
        let _ = writeln!(text, "{line}");
    }
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::train) fn record(name: &str, parameters: u64) -> Record {
        Record {
            name: name.into(),
            parameters,
            macs: 10 * parameters,
            found_accuracy: Some(0.94),
            test_accuracy: 0.98,
            test_loss: 0.1,
            test_pictures: 1_000,
            latency_ms: [0.5, 12.0],
            seed: 1,
            seconds: 150.0,
            training_loss: 0.6,
            channels: Some(16),
            settings: RetrainingSettings::default(),
            pictures: "y".into(),
            subject: "x".into(),
            architecture: None,
        }
    }

    #[test]
    fn records_are_read_with_the_smallest_first_and_damage_is_named() {
        let run = tempfile::tempdir().unwrap();
        assert_eq!(read(run.path()).unwrap(), (vec![], vec![]));
        for (name, parameters) in [("b", 30), ("a", 20)] {
            let folder = run.path().join(MODELS).join(name);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join(FILE), serde_json::to_string(&record(name, parameters)).unwrap()).unwrap();
        }
        let broken = run.path().join(MODELS).join("c");
        std::fs::create_dir_all(&broken).unwrap();
        std::fs::write(broken.join(FILE), "{").unwrap();
        let (records, unreadable) = read(run.path()).unwrap();
        assert_eq!(records.iter().map(|record| record.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert!(unreadable.len() == 1 && unreadable[0].contains("EOF"), "{unreadable:?}");
    }

    #[test]
    fn the_table_says_what_the_search_thought_and_what_training_gave() {
        let mut by_hand = record("distribution-0-resnet", 42_900);
        by_hand.found_accuracy = None;
        insta::assert_snapshot!(table(&[record("distribution-3", 2_150), by_hand]), @"
        network                parameters   MACs    found  trained   +/-  1 picture       64        time
        distribution-3              2.15k  21.5k  94.00 %  98.00 %  0.44    0.50 ms  12.0 ms  2 min 30 s
        distribution-0-resnet       42.9k   429k        -  98.00 %  0.44    0.50 ms  12.0 ms  2 min 30 s
        ");
    }
}
