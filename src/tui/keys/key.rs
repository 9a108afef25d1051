//! A key as the terminal reports it, and how people write it.

use std::fmt;
use std::str::FromStr;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with what is held beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::tui) struct Key {
    pub(in crate::tui) code: KeyCode,
    pub(in crate::tui) modifiers: KeyModifiers,
}

/// The keys that are written by name, each with the sign that stands for it on the screen.
const NAMED: [(&str, &str, KeyCode); 16] = [
    ("space", "space", KeyCode::Char(' ')),
    ("enter", "enter", KeyCode::Enter),
    ("esc", "esc", KeyCode::Esc),
    ("tab", "tab", KeyCode::Tab),
    ("shift-tab", "shift-tab", KeyCode::BackTab),
    ("up", "↑", KeyCode::Up),
    ("down", "↓", KeyCode::Down),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("page-up", "page up", KeyCode::PageUp),
    ("page-down", "page down", KeyCode::PageDown),
    ("home", "home", KeyCode::Home),
    ("end", "end", KeyCode::End),
    ("insert", "insert", KeyCode::Insert),
    ("delete", "delete", KeyCode::Delete),
    ("backspace", "backspace", KeyCode::Backspace),
];

/// A text that names no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no key: write a character, f1 to f12, space, enter, esc, tab, shift-tab, up, down, left, right, page-up, \
     page-down, home, end, insert, delete or backspace, with ctrl- or alt- before it where they are held"
)]
pub(in crate::tui) struct NoKey(String);

pub(super) const fn key(code: KeyCode) -> Key {
    Key { code, modifiers: KeyModifiers::NONE }
}

pub(super) const fn char(c: char) -> Key {
    key(KeyCode::Char(c))
}

pub(super) const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
}

impl Key {
    pub(super) fn matches(self, event: KeyEvent) -> bool {
        // Terminals disagree on whether shift is reported beside the character or the back-tab that it made.
        self.code == event.code && self.modifiers == event.modifiers - KeyModifiers::SHIFT
    }

    /// What stands on the key.
    pub(in crate::tui) fn label(self) -> String {
        self.written(|&(_, sign, _)| sign)
    }

    fn written(self, name: fn(&(&'static str, &'static str, KeyCode)) -> &'static str) -> String {
        let word = match (NAMED.iter().find(|named| named.2 == self.code), self.code) {
            (Some(named), _) => name(named).to_owned(),
            (None, KeyCode::Char(c)) => c.to_string(),
            (None, code) => code.to_string().to_lowercase(),
        };
        let held = |modifier, name| if self.modifiers.contains(modifier) { name } else { "" };
        format!("{}{}{word}", held(KeyModifiers::CONTROL, "ctrl-"), held(KeyModifiers::ALT, "alt-"))
    }
}

/// As it is written in a file of keys.
impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written(|&(name, _, _)| name))
    }
}

impl FromStr for Key {
    type Err = NoKey;

    fn from_str(written: &str) -> Result<Self, NoKey> {
        let mut modifiers = KeyModifiers::NONE;
        let mut word = written;
        for (name, modifier) in [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT)] {
            if let Some(rest) = word.strip_prefix(name).filter(|rest| !rest.is_empty()) {
                (word, modifiers) = (rest, modifiers | modifier);
            }
        }
        let mut characters = word.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(c), None) if !c.is_control() => Some(KeyCode::Char(c)),
            _ => {
                let function = word.strip_prefix('f').and_then(|digits| digits.parse().ok());
                let function = function.filter(|number| (1..=12u8).contains(number)).map(KeyCode::F);
                NAMED.iter().find(|named| named.0 == word).map(|named| named.2).or(function)
            }
        };
        code.map(|code| Self { code, modifiers }).ok_or_else(|| NoKey(written.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for written in
            ["a", "?", ":", "ctrl-x", "alt-q", "ctrl-alt-k", "space", "shift-tab", "page-up", "f12", "-", "ß"]
        {
            assert_eq!(written.parse::<Key>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_key_is_named() {
        for wrong in ["", "f13", "spacebar", "ctrl-", "\x1b", "hyper-x", "ab"] {
            let said = wrong.parse::<Key>().unwrap_err().to_string();
            assert!(said.contains(&format!("{wrong:?}")), "{said}");
        }
    }
}
