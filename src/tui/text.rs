//! Figures and words as they stand on the screen.

use ratatui::text::Span;

pub use crate::clean::clean;
pub(super) use crate::figures::{coefficient, count, fixed, round_amount, round4};
use crate::space::format_amount;

/// The name of a distribution in one character, where its index is to fit a mark in a chart.
pub(super) fn digit(index: usize) -> char {
    u32::try_from(index).ok().and_then(|index| char::from_digit(index, 36)).unwrap_or('+')
}

/// A share in percent: `91.2%`.
pub(super) fn percent(share: f64) -> String {
    if share.is_finite() { format!("{:.1}%", (share * 100.0).clamp(-999.0, 999.0)) } else { "–".into() }
}

/// A cost, where it is known: `27.6k`.
pub(super) fn amount(cost: Option<f64>) -> String {
    match cost {
        Some(cost) if cost.is_finite() && cost.abs() < 1e15 => format_amount(cost),
        Some(_) => "∞".into(),
        None => "–".into(),
    }
}

/// Bytes: `312 MB`, `2.1 GB`.
pub(super) fn bytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 999.5 { format!("{megabytes:.0} MB") } else { format!("{} GB", gigabytes(bytes)) }
}

/// Bytes in gigabytes: `2.1`.
pub(super) fn gigabytes(bytes: u64) -> String {
    let gigabytes = bytes as f64 / 1e9;
    fixed(gigabytes, if gigabytes < 99.95 { 1 } else { 0 })
}

/// A length of time in its two largest units: `3m 20s`.
pub(super) fn duration(seconds: f64) -> String {
    if !(0.0..1e9).contains(&seconds) {
        return "–".into();
    }
    let seconds = seconds.round() as u64;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {:02}s", seconds % 60),
        (0, ..) => format!("{hours}h {minutes:02}m"),
        _ => format!("{days}d {hours:02}h"),
    }
}

/// The columns that a text takes.
pub(super) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// Breaks a text at spaces into lines of at most so many columns; a longer word is left to be cut by the edge.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A text cut to so many columns, with a mark where something is missing.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.into();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept) + 1 > columns {
            kept.pop();
            break;
        }
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!(percent(0.9123), "91.2%");
        assert_eq!(percent(f64::NAN), "–");
        assert_eq!([duration(5.2), duration(200.0), duration(7_260.0)], ["5s", "3m 20s", "2h 01m"]);
        assert_eq!(duration(f64::INFINITY), "–");
    }

    #[test]
    fn nothing_from_outside_steers_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\u{202e}c\nd"), "a [2Jb c d");
    }

    #[test]
    fn long_texts_break_at_spaces_or_are_cut() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
        assert_eq!(cut("abcd", 0), "");
    }
}
