//! Why pictures cannot be used, by the names of their files.

use std::fmt;
use std::path::Path;

use crate::clean::clean;

/// So many files are named; the others are counted.
const NAMED: usize = 5;

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// What is wrong with it, and what was expected.
    pub problem: String,
}

impl Fault {
    /// A fault of a file.
    pub(super) fn new(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { file: file.into(), problem: problem.into() }
    }

    /// What the system said of a file.
    pub(super) fn system(file: &Path, cause: &std::io::Error) -> Self {
        Self::new(shown(file), cause.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.problem)
    }
}

/// A path, for people.
pub(super) fn shown(path: &Path) -> String {
    clean(&path.to_string_lossy())
}

/// Why a data set could not be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum DataError {
    /// What is expected in a folder is not there.
    #[error("{folder} has no {missing}. Expected there: {expected}")]
    Missing {
        /// Where it was looked for.
        folder: String,
        /// What was looked for.
        missing: String,
        /// All that should be there, and where it comes from.
        expected: &'static str,
    },
    /// More classes are asked for than there are.
    #[error("data.classes = {asked}: there are only {known} folders of classes in {folder}")]
    Classes {
        /// How many are asked for.
        asked: usize,
        /// How many there are.
        known: usize,
        /// Where.
        folder: String,
    },
    /// Files are not what they should be.
    #[error("{}", listed(*read, faults))]
    Files {
        /// How many were looked at.
        read: usize,
        /// Those that are wrong, in the order of their names.
        faults: Vec<Fault>,
    },
    /// A picture that was good when the search began is not any more.
    #[error("a picture cannot be read: {0}")]
    Picture(Fault),
    /// The settings leave a part of the set empty or too small.
    #[error(
        "data.theta_share = {share} leaves {weights} pictures for the weights and {theta} for theta of {total}: \
             each needs at least training.batch = {batch}"
    )]
    TooFew {
        /// The share.
        share: f64,
        /// Pictures for the weights.
        weights: usize,
        /// Pictures for theta.
        theta: usize,
        /// Training pictures in all.
        total: usize,
        /// Pictures in a batch.
        batch: usize,
    },
    /// The threads that read ahead.
    #[error("the pictures cannot be read ahead: {0}")]
    Ahead(String),
}

/// The first few faults by name, and how many there are of how many files.
fn listed(read: usize, faults: &[Fault]) -> String {
    let named: Vec<String> = faults.iter().take(NAMED).map(Fault::to_string).collect();
    let more = match faults.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{} of {read} files cannot be used: {}{more}", faults.len(), named.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_faults_are_counted_and_the_first_few_named() {
        let faults: Vec<Fault> = (0..7).map(|i| Fault::new(format!("f{i}"), "is empty")).collect();
        let message = DataError::Files { read: 40, faults }.to_string();
        let named = "f0: is empty; f1: is empty; f2: is empty; f3: is empty; f4: is empty";
        assert_eq!(message, format!("7 of 40 files cannot be used: {named}; and 2 more"));
    }
}
