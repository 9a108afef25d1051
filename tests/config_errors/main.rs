//! What is said about wrong settings: the place, the offending text, what is allowed and the nearest known word.

#![allow(clippy::unwrap_used)]

mod keys;
mod sources;
mod tables;
mod values;

use isthmus::config::{Source, load, parse};
use tempfile::TempDir;

/// What is said about a text.
fn error(text: &str) -> String {
    parse("x.toml", text, &[]).unwrap_err().to_string()
}

/// What is said about the default preset with these replacements.
fn set_error(sets: &[&str]) -> String {
    let sets: Vec<String> = sets.iter().map(|set| set.to_string()).collect();
    load(&Source::Default, &sets).unwrap_err().to_string()
}

/// What is said about a file in a folder that holds nothing else, with the folder's name left out.
fn file_error(folder: &TempDir, name: &str, bytes: Option<&[u8]>) -> String {
    let path = folder.path().join(name);
    if let Some(bytes) = bytes {
        std::fs::write(&path, bytes).unwrap();
    }
    let error = load(&Source::named(&path), &[]).unwrap_err().to_string();
    error.replace(&format!("{}/", folder.path().display()), "")
}
