//! What is wrong with settings, said so that it can be repaired without looking anything up.

use std::fmt;
use std::ops::Range;

use super::text::{Excerpt, Text, clean};

/// So many problems are kept to be shown.
const SHOWN: usize = 20;

/// Everything that is wrong with a run's settings. Its text has several lines and no colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    problems: Vec<Problem>,
    count: usize,
}

impl ConfigError {
    /// From all problems in the order of their places; those behind the first few are counted, and not even made.
    pub(super) fn new(problems: impl ExactSizeIterator<Item = Problem>) -> Self {
        Self { count: problems.len(), problems: problems.take(SHOWN).collect() }
    }

    /// The first problems, in the order of their places.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// How many problems there are in all.
    pub fn count(&self) -> usize {
        self.count
    }
}

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], count: 1 }
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.problems.iter().enumerate() {
            if i > 0 {
                f.write_str("\n\n")?;
            }
            problem.fmt(f)?;
        }
        match self.count {
            0 | 1 => Ok(()),
            all @ 2..=SHOWN => write!(f, "\n\n{all} problems"),
            all => write!(f, "\n\n{all} problems, of which the first {SHOWN} are shown"),
        }
    }
}

/// One thing that is wrong: where, what, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    place: String,
    message: String,
    excerpt: Option<Excerpt>,
    allowed: Option<String>,
    nearest: Option<String>,
}

impl Problem {
    /// A problem without a line to show.
    pub(super) fn new(place: &str, message: impl Into<String>) -> Self {
        Self { place: clean(place), message: message.into(), excerpt: None, allowed: None, nearest: None }
    }

    /// The same problem with a part of a text as its place.
    pub(super) fn at(self, text: &Text, span: Range<usize>) -> Self {
        let (place, excerpt) = text.locate(span);
        Self { place, excerpt: Some(excerpt), ..self }
    }

    pub(super) fn allowed(self, allowed: impl Into<String>) -> Self {
        Self { allowed: Some(allowed.into()), ..self }
    }

    pub(super) fn nearest(self, nearest: Option<impl Into<String>>) -> Self {
        Self { nearest: nearest.map(Into::into), ..self }
    }

    /// Where: `file:line:column`, `--set key=value`, `default`, or the name of what could not be read.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        let number = self.excerpt.as_ref().and_then(|excerpt| excerpt.number).map(|n| n.to_string());
        let number = number.unwrap_or_default();
        let margin = " ".repeat(number.len());
        if let Some(Excerpt { line, indent, length, .. }) = &self.excerpt {
            let (gap, mark) = (" ".repeat(*indent), "^".repeat(*length));
            write!(f, "\n{margin} |\n{number} | {line}\n{margin} | {gap}{mark}")?;
        }
        for (word, note) in [("allowed", &self.allowed), ("nearest", &self.nearest)] {
            if let Some(note) = note {
                write!(f, "\n{margin} = {word}: {note}")?;
            }
        }
        Ok(())
    }
}
