//! Where settings come from: a file, or a preset inside the program.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::error::{ConfigError, Problem};
use super::text::{Text, clean, quotation};
use crate::nearest::nearest;

/// Files above this size are no settings; reading stops there.
const LARGEST: u64 = 1 << 20;

const EMBEDDED: [(&str, &str); 7] = [
    ("digits", include_str!("../../configs/digits.toml")),
    ("cifar10", include_str!("../../configs/cifar10.toml")),
    ("cifar10-small", include_str!("../../configs/cifar10-small.toml")),
    ("imagenet", include_str!("../../configs/imagenet.toml")),
    ("imagenette", include_str!("../../configs/imagenette.toml")),
    ("mobile", include_str!("../../configs/mobile.toml")),
    ("nb201", include_str!("../../configs/nb201.toml")),
];

/// A ready run inside the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// What `isthmus run NAME` calls it.
    pub name: &'static str,
    /// One line: the first comment of its file.
    pub description: &'static str,
    /// The file.
    pub text: &'static str,
}

/// The ready runs inside the program, the default first.
pub fn presets() -> Vec<Preset> {
    let preset = |(name, text): (&'static str, &'static str)| {
        let description = text.lines().find_map(|line| line.strip_prefix('#')).unwrap_or_default().trim();
        Preset { name, description, text }
    };
    EMBEDDED.into_iter().map(preset).collect()
}

/// Where settings come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The first preset.
    #[default]
    Default,
    /// A preset by its name.
    Preset(String),
    /// A file.
    File(PathBuf),
}

impl Source {
    /// What a word on the command line means: a preset of that name, else a file. `./digits` is always a file.
    pub fn named(text: impl AsRef<OsStr>) -> Self {
        let text = text.as_ref();
        match presets().iter().find(|preset| text == preset.name) {
            Some(preset) => Self::Preset(preset.name.into()),
            None => Self::File(text.into()),
        }
    }

    /// The text of the settings.
    pub(super) fn read(&self) -> Result<String, ConfigError> {
        match self {
            Self::Default => Ok(EMBEDDED[0].1.into()),
            Self::Preset(name) => match EMBEDDED.iter().find(|(known, _)| known == name) {
                Some((_, text)) => Ok((*text).into()),
                None => Err(Problem::new(&quotation(name), "there is no preset of this name")
                    .allowed(preset_names())
                    .nearest(nearest(name, EMBEDDED.map(|(known, _)| known)))
                    .into()),
            },
            Self::File(path) => read(path),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "{} (built in)", EMBEDDED[0].0),
            Self::Preset(name) => write!(f, "{} (built in)", clean(name)),
            Self::File(path) => f.write_str(&shown(path)),
        }
    }
}

fn shown(path: &Path) -> String {
    clean(&path.to_string_lossy())
}

fn preset_names() -> String {
    format!("a file, or a preset: {}", EMBEDDED.map(|(name, _)| name).join(", "))
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let wrong = |message: String| Problem::new(&shown(path), message);
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => wrong("there is no such file".into()).allowed(preset_names()).nearest(similar(path)),
        ErrorKind::IsADirectory => wrong("this is a folder".into()).allowed(preset_names()),
        ErrorKind::PermissionDenied => wrong("reading this file is not permitted".into()),
        _ => wrong(format!("this file cannot be read: {error}")),
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong("this file is larger than 1 MiB and cannot be a run's settings".into()).into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes());
        let span = good..good + '\u{fffd}'.len_utf8();
        wrong("this is not UTF-8".into()).at(&Text::file(&shown(path), &text), span).into()
    })
}

/// What a missing file was probably meant to be: a settings file beside it, or a preset.
fn similar(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_string_lossy().into_owned();
    let folder = path.parent().unwrap_or(Path::new(""));
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let beside: Vec<String> = std::fs::read_dir(here)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    if let Some(near) = nearest(&wanted, beside.iter().map(String::as_str)) {
        return Some(shown(&folder.join(near)));
    }
    let stem = wanted.trim_end_matches(".toml");
    nearest(stem, EMBEDDED.map(|(name, _)| name)).map(Into::into)
}
