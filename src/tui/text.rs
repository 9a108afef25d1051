//! Figures and words as they stand on the screen.

use ratatui::text::Span;

pub use crate::clean::clean;
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

/// A round amount without the zeros that say nothing: `20k` for `20.0k`.
pub(super) fn round_amount(cost: f64) -> String {
    let amount = format_amount(cost);
    let unit = amount.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let figure = amount.trim_end_matches(unit);
    let figure = if figure.contains('.') { figure.trim_end_matches('0').trim_end_matches('.') } else { figure };
    format!("{figure}{unit}")
}

/// A figure with so many decimals where it has a usual size, else in powers of ten.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    match value {
        v if !v.is_finite() => "–".into(),
        v if v.abs() >= 1e4 => format!("{v:.1e}"),
        v => format!("{v:.decimals$}"),
    }
}

/// Rounded to four significant digits, so that a coefficient stays legible however often it is stepped.
pub(super) fn round4(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// A coefficient: at most four significant digits, no trailing zeros.
pub(super) fn coefficient(value: f64) -> String {
    let rounded = round4(value);
    if rounded != 0.0 && !(1e-4..1e6).contains(&rounded.abs()) { format!("{rounded:e}") } else { format!("{rounded}") }
}

/// A count with its thousands parted: `12,345`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut parted = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            parted.push(',');
        }
        parted.push(digit);
    }
    parted
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
        assert_eq!([coefficient(0.0), coefficient(0.3), coefficient(0.46875)], ["0", "0.3", "0.4688"]);
        assert_eq!(coefficient(12_345.678), "12350");
        assert_eq!([round_amount(20_000.0), round_amount(1_500.0), round_amount(200.0)], ["20k", "1.5k", "200"]);
        assert_eq!([count(0), count(999), count(1_234_567)], ["0", "999", "1,234,567"]);
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
