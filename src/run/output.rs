//! The log of a run: what the program writes there, and what libraries wrote to the standard descriptors.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write};
use std::path::PathBuf;

/// Bytes that are looked at in one go; beyond that, what is older is passed over.
const MOST: u64 = 1 << 16;
/// Lines that are given in one go; the others are counted.
const LINES: usize = 20;
/// Characters of a line.
const LONGEST: usize = 300;

/// What the program's own lines begin with after the first of a message.
const MORE: &str = "  | ";

/// The program's end of the log: messages of several lines stay known as its own.
#[derive(Debug)]
pub struct OwnLines<W>(pub W);

impl<W: Write> Write for OwnLines<W> {
    /// Takes a message with all its lines.
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(message);
        let lines = text.trim_end_matches('\n').replace('\n', &format!("\n{MORE}"));
        let end = if text.ends_with('\n') { "\n" } else { "" };
        self.0.write_all(format!("{lines}{end}").as_bytes())?;
        Ok(message.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

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

/// Whether the program wrote a line, which begins with a time then, or goes on with a message that does.
fn is_ours(line: &str) -> bool {
    line.starts_with(MORE) || line.split_whitespace().next().is_some_and(|word| word.parse::<jiff::Timestamp>().is_ok())
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

    #[test]
    fn messages_of_several_lines_are_all_the_programs_own() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log.txt");
        let mut output = Output::new(path.clone());
        let mut own = OwnLines(File::create(&path).unwrap());
        own.write_all(b"2026-11-24T10:00:00Z ERROR isthmus: panicked at a.rs:1:\nwhy\n   0: trace\n").unwrap();
        own.0.write_all(b"[W] of a library\n").unwrap();
        assert_eq!(output.lines().unwrap(), ["[W] of a library"]);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("a.rs:1:\n  | why\n  |    0: trace\n[W]"), "{text}");
    }
}
