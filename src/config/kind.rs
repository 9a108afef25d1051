//! What a value may be: its type and its range, and how to say so.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::{Bound, Range, RangeBounds};

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor, value};
use serde::forward_to_deserialize_any;
use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use super::Amount;
use super::text::quotation;
use crate::nearest::nearest;

/// The bounds of a number.
pub(super) type Bounds = (Bound<f64>, Bound<f64>);

/// What a key's value may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// A whole number between two, both included.
    Whole(u64, u64),
    /// A list of 1 to so many whole numbers between two, both included.
    Wholes(usize, u64, u64),
    /// A list of different ones of a few whole numbers, at least one.
    Among(&'static [u64]),
    /// A finite number.
    Number(Bounds),
    /// A list of 1 to so many finite numbers.
    Numbers(usize, Bounds),
    /// True or false.
    Flag,
    /// One of a few words.
    Word(fn() -> Vec<&'static str>),
    /// A list of different words, at least one.
    Words(fn() -> Vec<&'static str>),
    /// A list of 1 to so many different texts.
    Texts(usize),
    /// A list of 1 to so many amounts: `200k`.
    Amounts(usize),
    /// An amount: `200k`.
    Amount,
    /// Any text that is not empty.
    Text,
    /// A part of a folder's name.
    Name,
    /// A file or folder.
    Path,
}

/// What is wrong with a value, to be said after its key, and which part of the text it is.
pub(super) struct Fault {
    pub span: Range<usize>,
    pub message: String,
    pub nearest: Option<String>,
}

impl Kind {
    /// Whether a value on the command line is to be taken as it stands, without quotes.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Kind::Word(_) | Kind::Amount | Kind::Text | Kind::Name | Kind::Path)
    }

    fn is_list(self) -> bool {
        matches!(
            self,
            Kind::Wholes(..) | Kind::Among(_) | Kind::Numbers(..) | Kind::Words(_) | Kind::Texts(_) | Kind::Amounts(_)
        )
    }

    /// Everything that is wrong with a value, element by element in a list.
    pub(super) fn faults(self, value: &Spanned<DeValue<'_>>) -> Vec<Fault> {
        let fault = |span, message: String| Fault { span, message, nearest: None };
        let is_list = self.is_list();
        let list = match value.get_ref() {
            DeValue::Array(list) if is_list => list,
            found if !is_list && self.holds(found) => return Vec::new(),
            found => {
                let nearest = self.nearest(found);
                return vec![Fault { nearest, ..fault(value.span(), format!("cannot be {}", describe(found))) }];
            }
        };
        let mut faults = Vec::new();
        if list.is_empty() {
            faults.push(fault(value.span(), "cannot be empty".into()));
        }
        let mut seen = BTreeSet::new();
        for element in list {
            let found = element.get_ref();
            if !self.holds(found) {
                let nearest = self.nearest(found);
                faults.push(Fault { nearest, ..fault(element.span(), format!("cannot hold {}", describe(found))) });
            } else if matches!(self, Kind::Words(_) | Kind::Texts(_) | Kind::Among(_)) && !seen.insert(describe(found))
            {
                faults.push(fault(element.span(), format!("cannot hold {} twice", describe(found))));
            }
        }
        match self {
            Kind::Numbers(most, _) | Kind::Wholes(most, ..) if list.len() > most => {
                faults.push(fault(value.span(), format!("cannot hold {} numbers", list.len())));
            }
            Kind::Texts(most) | Kind::Amounts(most) if list.len() > most => {
                faults.push(fault(value.span(), format!("cannot hold {} texts", list.len())));
            }
            _ => {}
        }
        faults
    }

    /// Whether a value, or an element of a list, is of this kind.
    fn holds(self, value: &DeValue<'_>) -> bool {
        match (self, value) {
            (Kind::Whole(least, most) | Kind::Wholes(_, least, most), DeValue::Integer(number)) => {
                integer(number).is_some_and(|n| (least.into()..=most.into()).contains(&n))
            }
            (Kind::Among(known), DeValue::Integer(number)) => {
                integer(number).is_some_and(|n| known.iter().any(|&known| n == known.into()))
            }
            // Whole numbers are read by serde with 64 bits before they become numbers with a fraction.
            (Kind::Number(bounds) | Kind::Numbers(_, bounds), DeValue::Integer(number)) => integer(number)
                .is_some_and(|n| (i64::MIN.into()..=u64::MAX.into()).contains(&n) && bounds.contains(&(n as f64))),
            (Kind::Number(bounds) | Kind::Numbers(_, bounds), DeValue::Float(number)) => {
                number.as_str().parse::<f64>().is_ok_and(|n| n.is_finite() && bounds.contains(&n))
            }
            (Kind::Flag, DeValue::Boolean(_)) => true,
            (Kind::Word(words) | Kind::Words(words), DeValue::String(word)) => words().contains(&word.as_ref()),
            (Kind::Name, DeValue::String(name)) => {
                let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
                name.len() <= 64 && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(rest)
            }
            (Kind::Amount | Kind::Amounts(_), DeValue::String(text)) => text.parse::<Amount>().is_ok(),
            (Kind::Path | Kind::Text | Kind::Texts(_), DeValue::String(path)) => {
                !path.is_empty() && !path.contains(char::is_control)
            }
            _ => false,
        }
    }

    fn nearest(self, value: &DeValue<'_>) -> Option<String> {
        match self {
            Kind::Word(words) | Kind::Words(words) => {
                nearest(value.as_str()?, words()).map(|word| format!("\"{word}\""))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |words: fn() -> Vec<&'static str>| {
            words().iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
        };
        match *self {
            Kind::Whole(least, u64::MAX) => write!(f, "a whole number, {least} or more"),
            Kind::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Kind::Wholes(most, least, largest) => {
                write!(f, "a list [...] of 1 to {most} whole numbers from {least} to {largest}")
            }
            Kind::Among(known) => {
                let known = known.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
                write!(f, "a list [...] of one or more of {known}, each once")
            }
            Kind::Number(bounds) => write!(f, "a number, {}", range(bounds)),
            Kind::Numbers(most, bounds) => write!(f, "a list [...] of 1 to {most} numbers, each {}", range(bounds)),
            Kind::Flag => f.write_str("true or false"),
            Kind::Word(words) => f.write_str(&quoted(words)),
            Kind::Words(words) => write!(f, "a list [...] of one or more of {}, each once", quoted(words)),
            Kind::Texts(most) => write!(f, "a list [...] of 1 to {most} different texts"),
            Kind::Amounts(most) => {
                write!(f, "a list [...] of 1 to {most} amounts such as \"200k\", \"1.2M\" or \"3.5ms\"")
            }
            Kind::Amount => f.write_str("an amount, such as \"200k\" or \"1.2M\""),
            Kind::Text => f.write_str("text"),
            Kind::Name => {
                f.write_str("1 to 64 letters a-z, digits, `-`, `_` and `.`, the first of them a letter or a digit")
            }
            Kind::Path => f.write_str("the path of a file or folder, as text"),
        }
    }
}

fn range((least, most): Bounds) -> String {
    let least = match least {
        Bound::Included(least) => format!("{least} or more"),
        Bound::Excluded(least) => format!("above {least}"),
        Bound::Unbounded => "of any size".into(),
    };
    match most {
        Bound::Included(most) => format!("{least} and at most {most}"),
        Bound::Excluded(most) => format!("{least} and below {most}"),
        Bound::Unbounded => least,
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A value in words: what it is, and where it is short also which.
pub(super) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text \"{}\"", quotation(text)),
        DeValue::Integer(number) => quotation(&number.to_string()),
        DeValue::Float(number) => quotation(number.as_str()),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(_) => "a date or time".into(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// The words that serde knows for the variants of an enum without fields, so that no list of them is kept by hand.
pub(super) fn words<T: for<'de> Deserialize<'de>>() -> Vec<&'static str> {
    struct Probe<'a>(&'a mut Vec<&'static str>);

    impl<'de> Deserializer<'de> for Probe<'_> {
        type Error = value::Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(Self::Error::custom("not an enum"))
        }

        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            self.0.extend(variants);
            Err(Self::Error::custom("only the names were wanted"))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }

    let mut words = Vec::new();
    // Always an error: the probe has no value to give.
    let _ = T::deserialize(Probe(&mut words));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::cells::Operation;

    #[test]
    fn operations_are_called_alike_in_settings_and_genotypes() {
        assert_eq!(words::<Operation>(), Operation::ALL.map(Operation::name));
    }
}
