//! Figures as people read them, on the screen and on paper.

use crate::space::format_amount;

/// A round amount without the zeros that say nothing: `20k` for `20.0k`.
pub fn round_amount(cost: f64) -> String {
    let amount = format_amount(cost);
    let unit = amount.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    let figure = amount.trim_end_matches(unit);
    let figure = if figure.contains('.') { figure.trim_end_matches('0').trim_end_matches('.') } else { figure };
    format!("{figure}{unit}")
}

/// A figure with so many decimals where it has a usual size, else in powers of ten.
pub fn fixed(value: f64, decimals: usize) -> String {
    match value {
        v if !v.is_finite() => "–".into(),
        v if v.abs() >= 1e4 => format!("{v:.1e}"),
        v => format!("{v:.decimals$}"),
    }
}

/// Rounded to four significant digits, so that a coefficient stays legible however often it is stepped.
pub fn round4(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    format!("{value:.3e}").parse().unwrap_or(value)
}

/// A coefficient: at most four significant digits, no trailing zeros.
pub fn coefficient(value: f64) -> String {
    let rounded = round4(value);
    if rounded != 0.0 && !(1e-4..1e6).contains(&rounded.abs()) { format!("{rounded:e}") } else { format!("{rounded}") }
}

/// A count with its thousands parted: `12,345`.
pub fn count(number: u64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        assert_eq!([coefficient(0.0), coefficient(0.3), coefficient(0.46875)], ["0", "0.3", "0.4688"]);
        assert_eq!(coefficient(12_345.678), "12350");
        assert_eq!([round_amount(20_000.0), round_amount(1_500.0), round_amount(200.0)], ["20k", "1.5k", "200"]);
        assert_eq!([count(0), count(999), count(1_234_567)], ["0", "999", "1,234,567"]);
    }
}
