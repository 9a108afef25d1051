//! Which samples a person wants to see: `params<50k source=2 acc>=90% dup sep`. All of the terms must hold.
//!
//! A term compares something known of a sample with an amount; is `dup`, for architectures that were sampled more than
//! once; or is part of the name of an option that the architecture uses, with `op:` before it where it would mean
//! something else.

use std::fmt;
use std::str::FromStr;

use crate::config::Amount;
use crate::engine::{Dashboard, Kept};
use crate::nearest::nearest;
use crate::space::Outline;
use crate::tui::field::{About, Field};
use crate::tui::text;
use crate::tui::view::distributions;

/// What marks a word that is part of an option's name.
const OPTION: &str = "op:";
/// Options that an error lists at most.
const LISTED: usize = 12;

/// The wish, for nothing in particular where it has no terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filter(Vec<Term>);

#[derive(Clone, Debug, PartialEq)]
enum Term {
    /// A comparison, with the amount as it was typed.
    Compare { field: Field, comparison: Comparison, amount: String, value: f64 },
    /// Part of an option's name.
    Option(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    AtMost,
    AtLeast,
    Unlike,
    Less,
    Greater,
    Equal,
}

/// What cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The character it begins at, counted from 1.
    column: usize,
    what: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}: {}", self.column, self.what)
    }
}

impl Comparison {
    /// Those of two characters first.
    const ALL: [(Comparison, &'static str); 7] = [
        (Comparison::AtMost, "<="),
        (Comparison::AtLeast, ">="),
        (Comparison::Unlike, "!="),
        (Comparison::Equal, "=="),
        (Comparison::Less, "<"),
        (Comparison::Greater, ">"),
        (Comparison::Equal, "="),
    ];

    /// The one that a text begins with, and what follows it.
    fn begin(text: &str) -> Option<(Self, &str)> {
        Self::ALL.iter().find_map(|&(comparison, sign)| Some((comparison, text.strip_prefix(sign)?)))
    }

    fn sign(self) -> &'static str {
        Self::ALL.iter().rfind(|(comparison, _)| *comparison == self).map_or("", |(_, sign)| sign)
    }

    /// Whether two values being equal matters to it.
    fn is_exact(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::Unlike)
    }

    fn holds(self, a: f64, b: f64) -> bool {
        match self {
            Comparison::AtMost => a <= b,
            Comparison::AtLeast => a >= b,
            Comparison::Unlike => a != b,
            Comparison::Less => a < b,
            Comparison::Greater => a > b,
            Comparison::Equal => a == b,
        }
    }
}

impl Filter {
    /// Reads a filter for the samples of a search.
    ///
    /// # Errors
    /// What [`Filter::from_str`] refuses, and what no sample of the search has.
    pub(super) fn of_search(text: &str, dashboard: &Dashboard) -> Result<Self, Wrong> {
        let terms = parse(text)?;
        for (at, term) in &terms {
            let unknown = match term {
                Term::Compare { field: Field::Weight(Some(distribution)), .. } => {
                    let known = distributions(dashboard);
                    (*distribution >= known).then(|| format!("there are {known} distributions, the first is w0"))
                }
                Term::Compare { field, .. } => {
                    (!field.is_known(dashboard)).then(|| format!("this space does not know {}", field.name()))
                }
                Term::Option(word) => dashboard.started.as_ref().and_then(|started| unused(word, &started.outline)),
            };
            if let Some(what) = unknown {
                return Err(wrong(text, *at, what));
            }
        }
        Ok(Self(terms.into_iter().map(|(_, term)| term).collect()))
    }

    /// Whether it wants nothing in particular.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it asks how often an architecture was sampled.
    pub(super) fn counts_times(&self) -> bool {
        self.0.iter().any(|term| matches!(term, Term::Compare { field: Field::Times, .. }))
    }

    /// It, ready for many samples.
    pub(super) fn matcher(&self, outline: Option<&Outline>, about: About) -> Matcher<'_> {
        let decisions = outline.map_or(&[][..], |outline| &outline.decisions);
        let used = |word: &String| {
            let word = word.to_lowercase();
            let options = |options: &[String]| options.iter().map(|name| has(name, &word)).collect();
            decisions.iter().map(|decision| options(&decision.options)).collect()
        };
        let words = self.0.iter().filter_map(|term| match term {
            Term::Option(word) => Some(used(word)),
            Term::Compare { .. } => None,
        });
        Matcher { terms: &self.0, words: words.collect(), about }
    }
}

impl FromStr for Filter {
    type Err = Wrong;

    /// Reads a filter.
    ///
    /// # Errors
    /// No such comparison, or no such amount: where, and what is allowed.
    fn from_str(text: &str) -> Result<Self, Wrong> {
        Ok(Self(parse(text)?.into_iter().map(|(_, term)| term).collect()))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, term) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            match term {
                Term::Compare { field: Field::Times, comparison: Comparison::Greater, amount, .. } if amount == "1" => {
                    f.write_str(&Field::Times.name())?;
                }
                Term::Compare { field, comparison, amount, .. } => {
                    write!(f, "{}{}{amount}", field.name(), comparison.sign())?;
                }
                Term::Option(word) => {
                    let plain = parse(word).is_ok_and(|terms| matches!(&terms[..], [(_, read)] if read == term));
                    write!(f, "{}{word}", if plain { "" } else { OPTION })?;
                }
            }
        }
        Ok(())
    }
}

/// A filter that knows a space.
#[derive(Clone, Debug)]
pub(super) struct Matcher<'a> {
    terms: &'a [Term],
    /// Which options have a word in their name, by word, decision and option.
    words: Vec<Vec<Vec<bool>>>,
    about: About,
}

impl Matcher<'_> {
    /// Whether a sample, whose architecture is so often among those that are kept, is wanted.
    pub(super) fn matches(&self, kept: &Kept, times: u32) -> bool {
        let compared = self.terms.iter().all(|term| match term {
            Term::Compare { field, comparison, value, .. } => {
                field.of(kept, times, &self.about).is_some_and(|known| comparison.holds(known, *value))
            }
            Term::Option(_) => true,
        });
        compared
            && self.words.iter().all(|decisions| {
                let used = decisions.iter().zip(kept.sample.architecture.options());
                used.into_iter().any(|(options, &option)| options.get(usize::from(option)).is_some_and(|&has| has))
            })
    }
}

fn wrong(text: &str, at: usize, what: String) -> Wrong {
    Wrong { column: text[..at].chars().count() + 1, what }
}

/// Terms, each with the byte it begins at.
fn parse(text: &str) -> Result<Vec<(usize, Term)>, Wrong> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let (term, after) = parse_term(rest).map_err(|(from, what)| wrong(text, text.len() - from.len(), what))?;
        terms.push((at, term));
        rest = after.trim_start();
    }
    Ok(terms)
}

/// The term that a text begins with, and what follows it; what is wrong, and from where on.
fn parse_term(text: &str) -> Result<(Term, &str), (&str, String)> {
    if let Some(word) = text.strip_prefix(OPTION) {
        let (word, after) = split(word, char::is_whitespace);
        if word.is_empty() {
            return Err((text, "op: is followed by part of an option's name, as in op:sep".into()));
        }
        return Ok((Term::Option(word.to_owned()), after));
    }
    let (name, after) = split(text, |c| c.is_whitespace() || "<>=!".contains(c));
    let follows = after.trim_start();
    let Some((comparison, amount)) = Comparison::begin(follows) else {
        return match Field::named(name) {
            _ if follows.starts_with('!') => Err((follows, "comparisons are < <= > >= = !=".into())),
            Some(Field::Times) => {
                let term = Term::Compare {
                    field: Field::Times,
                    comparison: Comparison::Greater,
                    amount: "1".into(),
                    value: 1.0,
                };
                Ok((term, after))
            }
            Some(field) => {
                let name = field.name();
                Err((
                    text,
                    format!("{name} is compared, as in {name}{}; an option of this name is op:{name}", example(field)),
                ))
            }
            None => Ok((Term::Option(name.to_owned()), after)),
        };
    };
    let field = Field::named(name).ok_or_else(|| (text, no_field(name)))?;
    if comparison.is_exact() && !field.counts() {
        let what = format!("{} is measured, so that hardly ever two are equal: < <= > >= are allowed", field.name());
        return Err((follows, what));
    }
    let (amount, after) = split(amount.trim_start(), char::is_whitespace);
    match parse_amount(field, amount) {
        Some(value) => Ok((Term::Compare { field, comparison, amount: amount.to_owned(), value }, after)),
        None => {
            let from = &follows[follows.len() - amount.len() - after.len()..];
            Err((from, format!("{} is compared with {}", field.name(), wanted(field))))
        }
    }
}

/// What comes before the first character of a kind, and the rest.
fn split(text: &str, kind: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(kind).unwrap_or(text.len()))
}

fn no_field(name: &str) -> String {
    let names = Field::ALL.map(|(_, name)| name);
    let all = format!("{} w0 w1 …", names.join(" "));
    match nearest(name, names) {
        _ if name.is_empty() => format!("a comparison begins with one of {all}"),
        Some(near) => format!("no column is called {:?} (did you mean {near}?): {all}", text::cut(name, 20)),
        None => format!("no column is called {:?}: {all}", text::cut(name, 20)),
    }
}

fn parse_amount(field: Field, text: &str) -> Option<f64> {
    let amount = |text: &str| {
        let amount = text.parse::<Amount>().ok()?.value();
        (field == Field::Latency || !text.ends_with("ms")).then_some(amount)
    };
    let value = match field {
        Field::Accuracy => {
            let share = match text.strip_suffix('%') {
                Some(percent) => percent.parse::<f64>().ok()? / 100.0,
                None => amount(text)?,
            };
            (0.0..=1.0).contains(&share).then_some(share)?
        }
        Field::Source => match text.parse::<u32>() {
            Ok(number) => number.into(),
            // As it stands in the table.
            Err(_) if text.chars().count() == 1 => text.chars().next()?.to_digit(36)?.into(),
            Err(_) => return None,
        },
        _ => amount(text)?,
    };
    if !field.counts() {
        return Some(value);
    }
    // 2.3k is not quite 2300.
    let whole = value.round();
    ((value - whole).abs() <= 1e-9 * whole).then_some(whole)
}

/// What a field is compared with.
fn wanted(field: Field) -> &'static str {
    match field {
        Field::Accuracy => "0 to 1 or a percentage, such as 0.93 or 93%",
        Field::Source => "the number of a distribution, such as 2",
        Field::Latency => "milliseconds, such as 3.5 or 3.5ms",
        Field::Parameters | Field::Macs => "a whole amount, such as 950, 50k or 1.2M",
        Field::Number | Field::Iteration | Field::Times => "a whole number, such as 2",
        Field::Loss | Field::Scaled | Field::Weight(_) => "a number of at least 0, such as 0.5",
    }
}

/// A comparison without the field.
fn example(field: Field) -> &'static str {
    match field {
        Field::Accuracy => ">=0.9",
        Field::Source => "=2",
        Field::Parameters => "<50k",
        Field::Macs => "<2M",
        Field::Latency => "<3.5ms",
        Field::Number | Field::Iteration => ">1000",
        Field::Times => ">2",
        Field::Loss | Field::Scaled => "<0.5",
        Field::Weight(_) => ">1",
    }
}

/// Whether a name has a word in lower case in it.
fn has(name: &str, word: &str) -> bool {
    name.to_lowercase().contains(word)
}

/// What to say of a word that is in no option's name.
fn unused(word: &str, outline: &Outline) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    let sought = word.to_lowercase();
    for name in outline.decisions.iter().flat_map(|decision| &decision.options) {
        if has(name, &sought) {
            return None;
        }
        if !names.contains(&name.as_str()) && names.len() <= LISTED {
            names.push(name);
        }
    }
    let more = if names.len() > LISTED { " …" } else { "" };
    names.truncate(LISTED);
    Some(format!("no option has {:?} in its name: {}{more}", text::cut(word, 20), text::clean(&names.join(", "))))
}

#[cfg(test)]
mod tests;
