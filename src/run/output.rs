//! What libraries wrote to the standard descriptors of a search, which go to its log.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;

/// Bytes that are looked at in one go; beyond that, what is older is passed over.
const MOST: u64 = 1 << 16;
/// Lines that are given in one go; the others are counted.
const LINES: usize = 20;
/// Characters of a line.
const LONGEST: usize = 300;

/// The log of a run from some place on, without the lines that the program itself writes there.
#[derive(Debug)]
pub struct Output {
    path: PathBuf,
    at: u64,
}

impl Output {
    /// The log from its present end on; from its beginning where there is none yet.
    pub fn new(path: PathBuf) -> Self {
        let at = path.metadata().map_or(0, |known| known.len());
        Self { path, at }
    }

    /// The lines that were completed since the last call.
    ///
    /// # Errors
    /// A log that cannot be read.
    pub fn lines(&mut self) -> io::Result<Vec<String>> {
        let mut file = File::open(&self.path)?;
        let end = file.metadata()?.len();
        // A log that was emptied begins anew.
        self.at = if end < self.at { 0 } else { self.at.max(end.saturating_sub(MOST)) };
        if end == self.at {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(self.at))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes)?;
        let Some(last) = bytes.iter().rposition(|&byte| byte == b'\n') else { return Ok(Vec::new()) };
        self.at += last as u64 + 1;
        let text = String::from_utf8_lossy(&bytes[..last]);
        let said: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty() && !is_ours(line)).collect();
        let mut lines: Vec<String> = said.iter().take(LINES).map(|line| line.chars().take(LONGEST).collect()).collect();
        if said.len() > LINES {
            lines.push(format!("… and {} lines more, in log.txt", said.len() - LINES));
        }
        Ok(lines)
    }
}

/// Whether the program wrote a line, which begins with a time then.
fn is_ours(line: &str) -> bool {
    line.split_whitespace().next().is_some_and(|word| word.parse::<jiff::Timestamp>().is_ok())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_libraries_wrote_is_given_once_and_line_by_line() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log.txt");
        std::fs::write(&path, "before\n").unwrap();
        let mut output = Output::new(path.clone());
        let write = |text: &str| File::options().append(true).open(&path).unwrap().write_all(text.as_bytes()).unwrap();
        assert_eq!(output.lines().unwrap(), [""; 0]);
        write("[W] a warning\n2026-11-24T10:00:00.123Z  INFO isthmus: ours\nhal");
        assert_eq!(output.lines().unwrap(), ["[W] a warning"]);
        write("f\n");
        assert_eq!(output.lines().unwrap(), ["half"]);
        write(&"much\n".repeat(50));
        let lines = output.lines().unwrap();
        assert_eq!((lines.len(), lines[20].as_str()), (21, "… and 30 lines more, in log.txt"));
        write(&"x".repeat(3 * MOST as usize));
        assert_eq!(output.lines().unwrap(), [""; 0], "no line is complete");
        write("\nlast\n");
        assert_eq!(output.lines().unwrap().last().unwrap(), "last");
        std::fs::write(&path, "anew\n").unwrap();
        assert_eq!(output.lines().unwrap(), ["anew"]);
    }
}
