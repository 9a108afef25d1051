//! Amounts as people write them: `200k`, `1.2M`, `3.5ms`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A finite number of at least 0, as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Amount {
    text: String,
    value: f64,
}

/// What stands behind a number, and what it multiplies by; milliseconds are what latencies are counted in.
const UNITS: [(&str, f64); 5] = [("ms", 1.0), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("", 1.0)];

impl Amount {
    /// The number.
    pub fn value(&self) -> f64 {
        self.value
    }
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |(unit, factor): (&str, f64)| {
            let number = text.strip_suffix(unit)?.trim_end().parse::<f64>().ok()?;
            let value = number * factor;
            (value.is_finite() && number >= 0.0).then(|| Self { text: text.to_owned(), value })
        };
        UNITS.into_iter().find_map(parse).ok_or_else(|| format!("`{text}` is no amount such as 200k, 1.2M or 3.5ms"))
    }
}

impl TryFrom<String> for Amount {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.text
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_a_unit_or_none() {
        let value = |text: &str| text.parse::<Amount>().map(|amount| amount.value()).ok();
        for (text, expected) in
            [("200k", 200e3), ("1.2M", 1.2e6), ("3.5 ms", 3.5), ("0", 0.0), ("1e3", 1e3), ("2G", 2e9), ("7ms", 7.0)]
        {
            assert_eq!(value(text), Some(expected), "{text}");
        }
        for text in ["", "k", "-1k", "200K", "1.2MM", "nan", "inf", "1e400", "ms"] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
