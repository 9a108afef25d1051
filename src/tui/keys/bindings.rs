//! The keys in force: those of the table, with a person's own where there are any.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crossterm::event::KeyEvent;
use toml::de::{DeTable, DeValue};

use super::key::NoKey;
use super::{Action, Binding, Context, Key, Place, TABLE};
use crate::nearest::nearest;
use crate::tui::view::Focus;

/// Files above this size hold no keys.
const LARGEST: u64 = 1 << 20;

/// Every action with its keys.
#[derive(Clone, Debug)]
pub struct Keys(Vec<(&'static Binding, Vec<Key>)>);

/// Why a file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// It cannot be read.
    #[error("the keys of {path}: {cause}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// What it says is wrong.
    #[error("{place}:{line}: {what}")]
    Wrong {
        /// The file.
        place: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong there, and what is allowed.
        what: String,
    },
}

impl Default for Keys {
    fn default() -> Self {
        Self(TABLE.iter().map(|binding| (binding, binding.keys.to_vec())).collect())
    }
}

impl Keys {
    /// Those of `~/.config/isthmus/keys.toml` (or below `XDG_CONFIG_HOME`), where there is such a file.
    ///
    /// # Errors
    /// A file that cannot be read or used.
    pub fn of_the_person() -> Result<Self, KeysError> {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
        match folder {
            Some(folder) => Self::read(&folder.join("isthmus/keys.toml")),
            None => Ok(Self::default()),
        }
    }

    /// Those of a file; those of the table where there is no such file.
    fn read(path: &Path) -> Result<Self, KeysError> {
        use io::Read as _;

        let mut text = String::new();
        let read = std::fs::File::open(path).and_then(|file| file.take(LARGEST).read_to_string(&mut text));
        match read {
            Ok(_) => Self::parse(&path.display().to_string(), &text),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(KeysError::Read { path: path.into(), cause }),
        }
    }

    /// Those of a text: `action = "key"` or `action = ["key", ...]`, a line an action. An action that is named has those
    /// keys and no others; an action that is not has its own.
    ///
    /// # Errors
    /// No TOML, an unknown action or key, one key with two meanings at one place.
    pub fn parse(place: &str, text: &str) -> Result<Self, KeysError> {
        let wrong = |at: Option<Range<usize>>, what: String| {
            let before = at.map_or(0, |at| at.start.min(text.len()));
            let line = text.as_bytes()[..before].iter().filter(|&&byte| byte == b'\n').count() + 1;
            KeysError::Wrong { place: place.to_owned(), line, what }
        };
        let written = DeTable::parse(text).map_err(|error| wrong(error.span(), error.message().to_owned()))?;
        let mut keys = Self::default();
        let mut lines = HashMap::new();
        for (action, written) in written.get_ref() {
            let id = action.get_ref().as_ref();
            let Some((binding, bound)) = keys.0.iter_mut().find(|(binding, _)| binding.id == id) else {
                let hint = match nearest(id, TABLE.iter().map(|binding| binding.id)) {
                    Some(near) => format!("did you mean {near}?"),
                    None => "the help (?) lists all of them".to_owned(),
                };
                return Err(wrong(Some(action.span()), format!("there is no action {id:?}: {hint}")));
            };
            let texts = match written.get_ref() {
                DeValue::Array(texts) => texts.iter().collect(),
                _ => vec![written],
            };
            bound.clear();
            for text in texts {
                let key = text.get_ref().as_str().ok_or_else(|| "a key is written in quotes".to_owned());
                let key = key.and_then(|text| text.parse().map_err(|error: NoKey| error.to_string()));
                bound.push(key.map_err(|what| wrong(Some(text.span()), what))?);
            }
            lines.insert(binding.id, action.span());
        }
        match keys.conflict() {
            Some((key, one, other)) => {
                let at = lines.get(one.id).or_else(|| lines.get(other.id)).cloned();
                Err(wrong(at, format!("{key} means both {} and {}: give one of them another key", one.id, other.id)))
            }
            None => Ok(keys),
        }
    }

    /// A key that means two things at one place.
    fn conflict(&self) -> Option<(Key, &'static Binding, &'static Binding)> {
        let contexts = [
            Context::Panes,
            Context::Stop,
            Context::Remove,
            Context::Training,
            Context::Input,
            Context::Palette,
            Context::Reading,
        ];
        let places = contexts.into_iter().flat_map(|context| {
            let focuses = Focus::ALL.into_iter().flat_map(|focus| [(focus, false), (focus, true)]);
            focuses.map(move |(focus, replay)| Place { context, focus, replay })
        });
        for place in places {
            let mut seen: HashMap<Key, (&'static Binding, usize)> = HashMap::new();
            for (binding, keys) in &self.0 {
                let Some(rank) = place.rank(binding.context) else { continue };
                for key in keys {
                    match seen.insert(*key, (binding, rank)) {
                        // What passes in a replay is that its arrows come before those of the panes.
                        Some((other, before)) if before == rank || !place.replay => {
                            return Some((*key, other, binding));
                        }
                        _ => {}
                    }
                }
            }
        }
        None
    }

    /// What a key does at a place, if anything.
    pub(in crate::tui) fn lookup(&self, place: Place, event: KeyEvent) -> Option<Action> {
        let heeded = self.0.iter().filter_map(|(binding, keys)| Some((place.rank(binding.context)?, binding, keys)));
        let meant = heeded.filter(|(_, _, keys)| keys.iter().any(|key| key.matches(event)));
        meant.min_by_key(|(rank, ..)| *rank).map(|(_, binding, _)| binding.action)
    }

    /// Every action with its keys, in the order of the table.
    pub(in crate::tui) fn all(&self) -> impl Iterator<Item = (&'static Binding, &[Key])> {
        self.0.iter().map(|(binding, keys)| (*binding, keys.as_slice()))
    }

    /// The actions that the footer names at a place, the pane's own first, neighbours of one name as one: keys, name, how
    /// much it is wanted.
    pub(in crate::tui) fn footer(
        &self,
        place: Place,
        wanted: impl Fn(&Binding) -> bool,
    ) -> Vec<(String, &'static str, u8)> {
        let own = |binding: &Binding| place.rank(binding.context).is_some() && binding.footer > 0 && wanted(binding);
        let mut shown: Vec<_> = self.all().filter(|(binding, keys)| own(binding) && !keys.is_empty()).collect();
        shown.sort_by_key(|(binding, _)| binding.context.pane().is_none());
        let mut rows: Vec<(String, &'static str, u8)> = Vec::new();
        for (binding, keys) in shown {
            let label = keys[0].label();
            match rows.last_mut() {
                Some((keys, name, _)) if *name == binding.name => {
                    keys.push(' ');
                    keys.push_str(&label);
                }
                _ => rows.push((label, binding.name, binding.footer)),
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    const PANES: Place = Place { context: Context::Panes, focus: Focus::Table, replay: false };

    fn press(keys: &Keys, place: Place, code: char) -> Option<Action> {
        keys.lookup(place, KeyEvent::from(KeyCode::Char(code)))
    }

    #[test]
    fn no_key_means_two_things_at_one_place_and_no_name_two_actions() {
        let conflict = Keys::default().conflict();
        assert!(conflict.is_none(), "{conflict:?}");
        let ids: HashSet<_> = TABLE.iter().map(|binding| binding.id).collect();
        assert_eq!(ids.len(), TABLE.len());
    }

    #[test]
    fn shift_makes_no_difference_to_a_character() {
        let keys = Keys::default();
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            assert_eq!(keys.lookup(PANES, KeyEvent::new(KeyCode::Char('+'), modifiers)), Some(Action::Raise));
            assert_eq!(keys.lookup(PANES, KeyEvent::new(KeyCode::BackTab, modifiers)), Some(Action::FocusPrevious));
        }
        assert_eq!(keys.lookup(PANES, KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL)), None);
    }

    #[test]
    fn a_person_gives_actions_other_keys() {
        let keys = Keys::parse("keys.toml", "pause = 'p'\nstep = [\"ctrl-s\", \"f2\"]\nmouse = []\n").unwrap();
        assert_eq!(press(&keys, PANES, 'p'), Some(Action::Pause));
        assert_eq!(press(&keys, PANES, ' '), None);
        assert_eq!(press(&keys, PANES, 'M'), None);
        assert_eq!(keys.lookup(PANES, KeyEvent::from(KeyCode::F(2))), Some(Action::Step));
        assert_eq!(
            press(&keys, Place { replay: true, ..PANES }, ' '),
            Some(Action::Pause),
            "that of a replay is another"
        );
    }

    #[test]
    fn what_is_wrong_in_a_file_is_said_with_its_line() {
        for (text, said) in [
            ("\npuase = 'p'", "keys.toml:2: there is no action \"puase\": did you mean pause?"),
            ("pause = 'p'\nstep = ['s', 'strg-s']", "keys.toml:2: \"strg-s\" is no key"),
            ("pause = 's'", "keys.toml:1: s means both pause and step"),
            ("pause = 3", "keys.toml:1: "),
            ("pause = [", "keys.toml:1: "),
        ] {
            let error = Keys::parse("keys.toml", text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }

    #[test]
    fn the_arrows_of_a_replay_move_through_time() {
        let keys = Keys::default();
        let right = KeyEvent::from(KeyCode::Right);
        assert_eq!(keys.lookup(PANES, right), Some(Action::Right));
        assert_eq!(keys.lookup(Place { replay: true, ..PANES }, right), Some(Action::Forward));
    }
}
