//! The values that a file and the command line give, each with its place, until they become settings.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Problem};
use super::kind::describe;
use super::schema::{self, Key, SECTIONS, SPACES, dotted, keys};
use super::text::{Text, quotation};
use super::{Settings, check};
use crate::nearest::nearest;

/// A key: its section, empty at the top, and its name there.
type Path = (String, String);

/// A given value and its place.
struct Entry<'a> {
    /// Which text it is in.
    text: usize,
    /// Where the key is in that text.
    key: Range<usize>,
    /// The value; its spans count from `offset`.
    value: Spanned<DeValue<'a>>,
    /// Where the text begins that the value was read from: spans of `--set` count from behind its equals sign.
    offset: usize,
    /// The value as it was written on the command line.
    raw: Option<&'a str>,
}

/// Where an entry is before its value is looked at.
#[derive(Clone, Copy)]
struct Origin<'a> {
    text: usize,
    offset: usize,
    raw: Option<&'a str>,
}

impl Origin<'_> {
    fn shifted(&self, span: Range<usize>) -> Range<usize> {
        span.start + self.offset..span.end + self.offset
    }
}

/// A problem, and the text and the part of it that are its place, where it has one.
struct Found {
    place: Option<(usize, Range<usize>)>,
    problem: Problem,
}

/// Everything that was given, and what is wrong with it so far.
pub(super) struct Given<'a> {
    texts: Vec<Text>,
    entries: BTreeMap<Path, Entry<'a>>,
    problems: Vec<Found>,
}

impl<'a> Given<'a> {
    /// The values of a file's text, or where it is not TOML.
    pub(super) fn read(name: &str, body: &'a str) -> Result<Self, ConfigError> {
        let text = Text::file(name, body);
        let table = DeTable::parse(body).map_err(|error| syntax(&text, &error))?;
        let mut given = Self { texts: vec![text], entries: BTreeMap::new(), problems: Vec::new() };
        let origin = Origin { text: 0, offset: 0, raw: None };
        for (key, value) in table.into_inner() {
            given.top(origin, key.get_ref(), key.span(), value);
        }
        Ok(given)
    }

    /// Replaces or adds what one `key=value` says.
    pub(super) fn set(&mut self, set: &'a str) {
        let text = self.texts.len();
        self.texts.push(Text::set(set));
        let allowed = |problem: Problem| problem.allowed("key=value, such as search.iterations=100");
        let Some(equals) = set.find('=') else {
            return self.problem(text, 0..set.len(), allowed, "there is no `=` in it");
        };
        let (key, raw) = (set[..equals].trim(), set[equals + 1..].trim());
        if key.is_empty() {
            return self.problem(text, 0..equals, allowed, "there is no key before the `=`");
        }
        let key_start = set[..equals].len() - set[..equals].trim_start().len();
        let offset = equals + 1 + (set[equals + 1..].len() - set[equals + 1..].trim_start().len());
        // A word need not be quoted: what is not TOML is text. The empty text has no TOML either.
        let value = DeValue::parse(raw).unwrap_or_else(|_| bare(raw));
        let origin = Origin { text, offset, raw: Some(raw) };
        let span = key_start..key_start + key.len();
        match *key.split('.').map(str::trim).collect::<Vec<_>>() {
            [name] => self.top(origin, name, span, value),
            [section, name] if SECTIONS.contains(&section) => self.insert(origin, section, name, span, value),
            [section, ..] if !SECTIONS.contains(&section) && !keys("", "").any(|key| key.name == section) => {
                self.unknown_at_the_top(text, section, span);
            }
            ref parts => {
                let inner = parts[..parts.len() - 1].join(".");
                let message = format!("`{}` has no keys in it", quotation(&inner));
                self.problem(text, span, |problem| problem.allowed("key or section.key"), &message);
            }
        }
    }

    /// Takes one entry of the top of a file: a section or a key.
    fn top(&mut self, origin: Origin<'a>, name: &str, key: Range<usize>, value: Spanned<DeValue<'a>>) {
        if !SECTIONS.contains(&name) {
            return self.insert(origin, "", name, key, value);
        }
        let place = origin.shifted(value.span());
        match value.into_inner() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    let span = origin.shifted(key.span());
                    self.insert(Origin { raw: None, ..origin }, name, key.get_ref(), span, value);
                }
            }
            other => {
                let allowed = format!("a section with {}", list(keys(name, "").map(|key| key.name)));
                let message = format!("`{name}` is a section and cannot be {}", describe(&other));
                self.problem(origin.text, place, |problem| problem.allowed(allowed), &message);
            }
        }
    }

    fn insert(
        &mut self,
        Origin { text, offset, raw }: Origin<'a>,
        section: &str,
        name: &str,
        key: Range<usize>,
        value: Spanned<DeValue<'a>>,
    ) {
        // What the command line says takes the place of the file's, also where it says it by the other key.
        let others = schema::alternatives(section, name);
        if !others.is_empty() {
            self.entries.retain(|(s, n), entry| s != section || !others.contains(&n.as_str()) || entry.text == text);
        }
        self.entries.insert((section.into(), name.into()), Entry { text, key, value, offset, raw });
    }

    /// The settings that all this makes, or everything that is wrong with it.
    pub(super) fn settings(mut self) -> Result<Settings, ConfigError> {
        let space = self.space();
        let mut good: BTreeMap<&str, DeTable<'a>> = BTreeMap::new();
        let mut faulty: BTreeSet<String> = BTreeSet::new();
        let mut entries = std::mem::take(&mut self.entries);
        for ((section, name), entry) in &mut entries {
            let Some(key) = keys(section, &space).find(|key| key.name == name) else {
                self.unknown(section, name, entry, &space);
                continue;
            };
            if let (true, None, Some(raw)) = (key.kind.is_text(), entry.value.get_ref().as_str(), entry.raw) {
                entry.value = bare(raw);
            }
            let faults = key.kind.faults(&entry.value);
            if faults.is_empty() {
                let name = Spanned::new(entry.key.clone(), name.clone().into());
                good.entry(key.section).or_default().insert(name, entry.value.clone());
            } else {
                faulty.insert(key.dotted());
            }
            for fault in faults {
                let span = fault.span.start + entry.offset..fault.span.end + entry.offset;
                let message = format!("`{}` {}", key.dotted(), fault.message);
                let more = |problem: Problem| problem.allowed(key.kind.to_string()).nearest(fault.nearest);
                self.problem(entry.text, span, more, &message);
            }
        }
        let settings = assemble(good).map_err(|error| Problem::new("settings", quotation(error.message())))?;
        for contradiction in check::contradictions(&settings) {
            if contradiction.keys.iter().any(|key| faulty.contains(*key)) {
                continue;
            }
            let blamed = entries
                .iter()
                .filter(|((section, name), _)| contradiction.keys.contains(&dotted(section, name).as_str()))
                .map(|(_, entry)| entry)
                .max_by_key(|entry| entry.text);
            let allowed = |problem: Problem| problem.allowed(contradiction.allowed);
            match blamed {
                Some(Entry { text, value, offset, .. }) => {
                    let span = value.span().start + offset..value.span().end + offset;
                    self.problem(*text, span, allowed, &contradiction.message);
                }
                None => {
                    let problem = allowed(Problem::new("default", contradiction.message));
                    self.problems.push(Found { place: None, problem });
                }
            }
        }
        if self.problems.is_empty() {
            return Ok(settings);
        }
        self.problems.sort_by_key(|found| match &found.place {
            Some((text, span)) => (*text, span.start),
            None => (usize::MAX, 0),
        });
        let texts = &self.texts;
        Err(ConfigError::new(self.problems.into_iter().map(|Found { place, problem }| match place {
            Some((text, span)) => problem.at(&texts[text], span),
            None => problem,
        })))
    }

    /// The kind of space that was asked for: it decides which other keys are known.
    fn space(&self) -> String {
        let kind = self.entries.get(&("space".into(), "kind".into()));
        kind.map_or(SPACES[0].into(), |entry| entry.value.get_ref().as_str().unwrap_or_default().into())
    }

    fn unknown(&mut self, section: &str, name: &str, entry: &Entry<'_>, space: &str) {
        if section.is_empty() {
            return self.unknown_at_the_top(entry.text, name, entry.key.clone());
        }
        let siblings = || keys(section, space);
        let elsewhere = SECTIONS.iter().chain([&""]).flat_map(|other| keys(other, space)).find(|key| key.name == name);
        let near = elsewhere.map(Key::dotted).or_else(|| {
            let near = nearest(name, siblings().map(|key| key.name))?;
            Some(dotted(section, near))
        });
        let message = format!("unknown key `{}`", quotation(&dotted(section, name)));
        let allowed = format!("in [{section}]: {}", list(siblings().map(|key| key.name)));
        self.problem(entry.text, entry.key.clone(), |problem| problem.allowed(allowed).nearest(near), &message);
    }

    fn unknown_at_the_top(&mut self, text: usize, name: &str, span: Range<usize>) {
        let known = || keys("", "").map(|key| key.name).chain(SECTIONS);
        let inner = SECTIONS.iter().flat_map(|section| keys(section, "")).find(|key| key.name == name);
        let near = inner.map(Key::dotted).or_else(|| nearest(name, known()).map(Into::into));
        let message = format!("unknown key or section `{}`", quotation(name));
        let allowed = list(keys("", "").map(|key| key.name)) + "; sections " + &list(SECTIONS.into_iter());
        self.problem(text, span, |problem| problem.allowed(allowed).nearest(near), &message);
    }

    fn problem(&mut self, text: usize, span: Range<usize>, more: impl FnOnce(Problem) -> Problem, message: &str) {
        let problem = more(Problem::new("", message));
        self.problems.push(Found { place: Some((text, span)), problem });
    }
}

/// Where a text stops being TOML. The parser names what it expected behind a comma.
fn syntax(text: &Text, error: &toml::de::Error) -> ConfigError {
    let (message, expected) = match error.message().split_once(", expected ") {
        Some((message, expected)) => (message, Some(expected)),
        None => (error.message(), None),
    };
    let problem = Problem::new("", quotation(message)).at(text, error.span().unwrap_or(0..0));
    match expected {
        Some(expected) => problem.allowed(quotation(expected)).into(),
        None => problem.into(),
    }
}

/// Text without quotes.
fn bare(raw: &str) -> Spanned<DeValue<'_>> {
    Spanned::new(0..raw.len(), DeValue::String(raw.into()))
}

/// Settings out of sections of values that are good one by one.
fn assemble<'a>(mut sections: BTreeMap<&str, DeTable<'a>>) -> Result<Settings, toml::de::Error> {
    let nowhere = |name: &str| Spanned::new(0..0, name.to_owned().into());
    // The tag of an internally tagged enum has no default in serde.
    let kind = Spanned::new(0..0, DeValue::String(SPACES[0].into()));
    sections.entry("space").or_default().entry(nowhere("kind")).or_insert(kind);
    let mut top = sections.remove("").unwrap_or_default();
    for (section, table) in sections {
        top.insert(nowhere(section), Spanned::new(0..0, DeValue::Table(table)));
    }
    let mut settings = Settings::deserialize(toml::de::Deserializer::from(Spanned::new(0..0, top)))?;
    settings.search.choose_aims();
    Ok(settings)
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
