//! The table of every known key. A new setting is a field in `settings/`, a line here and a line in
//! `configs/digits.toml`; tests hold the three together.

use std::ops::Bound::{Excluded, Included, Unbounded};

use super::kind::{Bounds, Kind, words};
use super::{ComplexityGradient, DataSet, DeviceChoice, Journal, StrategyKind, Utility};
use crate::space::cells::{Operation, Stem};
use crate::space::{Measure, Scale};

/// A known key.
pub(super) struct Key {
    /// The section it is in; empty at the top.
    pub section: &'static str,
    /// Its name in the section.
    pub name: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// The kinds of space that have it; none where it is of every one.
    spaces: &'static [&'static str],
}

impl Key {
    /// The name with its section: what `--set` calls it.
    pub(super) fn dotted(&self) -> String {
        dotted(self.section, self.name)
    }
}

/// A name with its section.
pub(super) fn dotted(section: &str, name: &str) -> String {
    if section.is_empty() { name.into() } else { format!("{section}.{name}") }
}

/// The sections, in the order of a file.
pub(super) const SECTIONS: [&str; 7] = ["data", "space", "search", "training", "retraining", "engine", "run"];

/// The kinds of space, the first of them where a file names none.
pub(super) const SPACES: [&str; 3] = ["cells", "mobile", "table"];

/// Scored architectures of one distribution in an iteration at most.
pub const MOST_SAMPLES: usize = 1024;

const POSITIVE: Bounds = (Excluded(0.0), Unbounded);
const NOT_NEGATIVE: Bounds = (Included(0.0), Unbounded);
const ZERO_TO_BELOW_ONE: Bounds = (Included(0.0), Excluded(1.0));

// How pictures are changed stands in [data] and in [retraining].
const MOST_SHIFT: u64 = 8;
const MOST_CUTOUT: u64 = 1024;
const LEAST_SCALE: Bounds = (Excluded(0.0), Included(1.0));
const DEGREES: Bounds = (Included(0.0), Included(180.0));

const fn key(section: &'static str, name: &'static str, kind: Kind) -> Key {
    Key { section, name, kind, spaces: &[] }
}

const fn cells(name: &'static str, kind: Kind) -> Key {
    Key { section: "space", name, kind, spaces: &["cells"] }
}

const fn mobile(name: &'static str, kind: Kind) -> Key {
    Key { section: "space", name, kind, spaces: &["mobile"] }
}

const fn networks(name: &'static str, kind: Kind) -> Key {
    Key { section: "space", name, kind, spaces: &["cells", "mobile"] }
}

const fn table(name: &'static str, kind: Kind) -> Key {
    Key { section: "space", name, kind, spaces: &["table"] }
}

/// The known keys, in the order of a file.
pub(super) const KEYS: &[Key] = &[
    key("", "name", Kind::Name),
    key("", "seed", Kind::Whole(0, u64::MAX)),
    key("data", "set", Kind::Word(words::<DataSet>)),
    key("data", "path", Kind::Path),
    key("data", "classes", Kind::Whole(2, 4096)),
    key("data", "class_pictures", Kind::Whole(1, 1 << 40)),
    key("data", "size", Kind::Whole(8, 1024)),
    key("data", "cache_mb", Kind::Whole(0, 1 << 40)),
    key("data", "shift", Kind::Whole(0, MOST_SHIFT)),
    key("data", "flip", Kind::Flag),
    key("data", "cutout", Kind::Whole(0, MOST_CUTOUT)),
    key("data", "least_scale", Kind::Number(LEAST_SCALE)),
    key("data", "rotate", Kind::Number(DEGREES)),
    key("data", "hold_out", Kind::Number(ZERO_TO_BELOW_ONE)),
    key("data", "theta_share", Kind::Number((Excluded(0.0), Excluded(1.0)))),
    key("space", "kind", Kind::Word(|| SPACES.to_vec())),
    cells("nodes", Kind::Whole(1, 16)),
    cells("cells", Kind::Whole(1, 64)),
    cells("channels", Kind::Whole(1, 1024)),
    cells("stem", Kind::Word(words::<Stem>)),
    cells("stem_multiplier", Kind::Whole(1, 16)),
    networks("stem_stride", Kind::Whole(1, 2)),
    cells("operations", Kind::Words(words::<Operation>)),
    networks("affine", Kind::Flag),
    mobile("stem_channels", Kind::Whole(1, 1024)),
    mobile("stage_channels", Kind::Wholes(16, 1, 1024)),
    mobile("stage_strides", Kind::Wholes(16, 1, 2)),
    mobile("stage_blocks", Kind::Wholes(16, 1, 16)),
    mobile("least_blocks", Kind::Whole(1, 16)),
    mobile("kernels", Kind::Among(&[3, 5, 7])),
    mobile("expansions", Kind::Among(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10])),
    mobile("head_channels", Kind::Whole(1, 1024)),
    table("path", Kind::Path),
    table("decisions", Kind::Texts(4096)),
    table("option_names", Kind::Texts(65_536)),
    table("metric", Kind::Text),
    table("report", Kind::Text),
    table("metric_unit", Kind::Number(POSITIVE)),
    table("maximise", Kind::Flag),
    table("noise", Kind::Number(NOT_NEGATIVE)),
    table("parameters", Kind::Text),
    table("parameters_unit", Kind::Number(POSITIVE)),
    table("macs", Kind::Text),
    table("macs_unit", Kind::Number(POSITIVE)),
    table("latency", Kind::Text),
    table("latency_unit", Kind::Number(POSITIVE)),
    table("missing", Kind::Number((Unbounded, Unbounded))),
    key("search", "strategy", Kind::Word(words::<StrategyKind>)),
    key("search", "coefficients", Kind::Numbers(64, NOT_NEGATIVE)),
    key("search", "targets", Kind::Amounts(64)),
    key("search", "iterations", Kind::Whole(1, u64::MAX)),
    key("search", "warm_up", Kind::Number(ZERO_TO_BELOW_ONE)),
    key("search", "weight_samples", Kind::Whole(1, 1024)),
    key("search", "weight_steps", Kind::Whole(1, 1024)),
    key("search", "score_samples", Kind::Whole(1, MOST_SAMPLES as u64)),
    key("search", "utility", Kind::Word(words::<Utility>)),
    key("search", "complexity_gradient", Kind::Word(words::<ComplexityGradient>)),
    key("search", "complexity_samples", Kind::Whole(1, 65_536)),
    key("search", "complexity", Kind::Word(words::<Measure>)),
    key("search", "complexity_scale", Kind::Word(words::<Scale>)),
    key("search", "initial_step", Kind::Number(POSITIVE)),
    key("search", "signal_to_noise", Kind::Number((Excluded(1.0), Unbounded))),
    key("search", "pools", Kind::Whole(1, 1000)),
    key("search", "elite", Kind::Number((Excluded(0.0), Included(0.5)))),
    key("search", "between", Kind::Number((Included(0.0), Included(1.0)))),
    key("search", "candidates", Kind::Whole(1, 1000)),
    key("search", "memory", Kind::Whole(1, 1 << 20)),
    key("search", "population", Kind::Whole(2, 10_000)),
    key("search", "tournament", Kind::Whole(1, 10_000)),
    key("search", "least_probability", Kind::Number((Excluded(0.0), Included(0.5)))),
    key("training", "batch", Kind::Whole(2, 65_536)),
    key("training", "learning_rate", Kind::Number(POSITIVE)),
    key("training", "final_learning_rate", Kind::Number(NOT_NEGATIVE)),
    key("training", "momentum", Kind::Number(ZERO_TO_BELOW_ONE)),
    key("training", "weight_decay", Kind::Number(NOT_NEGATIVE)),
    key("training", "clip", Kind::Number(NOT_NEGATIVE)),
    key("retraining", "cells", Kind::Whole(1, 64)),
    key("retraining", "channels", Kind::Whole(1, 1024)),
    key("retraining", "most_parameters", Kind::Amount),
    key("retraining", "most_macs", Kind::Amount),
    key("retraining", "stem_stride", Kind::Whole(1, 2)),
    key("retraining", "shift", Kind::Whole(0, MOST_SHIFT)),
    key("retraining", "flip", Kind::Flag),
    key("retraining", "cutout", Kind::Whole(0, MOST_CUTOUT)),
    key("retraining", "least_scale", Kind::Number(LEAST_SCALE)),
    key("retraining", "rotate", Kind::Number(DEGREES)),
    key("retraining", "epochs", Kind::Whole(1, 100_000)),
    key("retraining", "batch", Kind::Whole(2, 65_536)),
    key("retraining", "parts", Kind::Whole(1, 256)),
    key("retraining", "learning_rate", Kind::Number(POSITIVE)),
    key("retraining", "warm_up_epochs", Kind::Whole(0, 100_000)),
    key("retraining", "momentum", Kind::Number(ZERO_TO_BELOW_ONE)),
    key("retraining", "weight_decay", Kind::Number(NOT_NEGATIVE)),
    key("retraining", "clip", Kind::Number(NOT_NEGATIVE)),
    key("retraining", "label_smoothing", Kind::Number(ZERO_TO_BELOW_ONE)),
    key("retraining", "drop_path", Kind::Number(ZERO_TO_BELOW_ONE)),
    key("retraining", "auxiliary", Kind::Number(NOT_NEGATIVE)),
    key("retraining", "average", Kind::Number(ZERO_TO_BELOW_ONE)),
    key("engine", "device", Kind::Word(words::<DeviceChoice>)),
    key("engine", "workers", Kind::Whole(0, 256)),
    key("engine", "validate_every", Kind::Whole(0, u64::MAX)),
    key("engine", "theta_every", Kind::Whole(0, u64::MAX)),
    key("engine", "checkpoint_seconds", Kind::Number(NOT_NEGATIVE)),
    key("engine", "checkpoints_kept", Kind::Whole(1, 1024)),
    key("engine", "max_iterations_per_second", Kind::Number(NOT_NEGATIVE)),
    key("run", "journal", Kind::Word(words::<Journal>)),
    key("run", "history_mb", Kind::Whole(0, 1 << 40)),
];

/// The keys of a section that this one is given in place of.
pub(super) fn alternatives(section: &str, name: &str) -> &'static [&'static str] {
    match (section, name) {
        ("search", "targets") => &["coefficients"],
        ("search", "coefficients") => &["targets"],
        ("retraining", "channels") => &["most_parameters", "most_macs"],
        ("retraining", "most_parameters") => &["channels", "most_macs"],
        ("retraining", "most_macs") => &["channels", "most_parameters"],
        _ => &[],
    }
}

/// The keys of a section, in a run over this kind of space; over any kind where it is not a known one.
pub(super) fn keys<'a>(section: &'a str, space: &'a str) -> impl Iterator<Item = &'static Key> + 'a {
    let known = SPACES.contains(&space);
    KEYS.iter()
        .filter(move |key| key.section == section && (!known || key.spaces.is_empty() || key.spaces.contains(&space)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::config::{Settings, SpaceSettings, presets};
    use crate::space::mobile::MobileSettings;
    use crate::space::table::TableSettings;

    /// The dotted keys of settings in which no optional one is left out, over all kinds of space.
    fn fields() -> BTreeSet<String> {
        let mut settings = Settings::default();
        settings.data.path = Some("folder".into());
        settings.data.classes = Some(100);
        settings.data.class_pictures = Some(130);
        settings.search.least_probability = Some(0.01);
        settings.retraining.cells = Some(20);
        settings.retraining.channels = Some(36);
        settings.retraining.most_parameters = Some("4M".parse().unwrap());
        settings.retraining.most_macs = Some("600M".parse().unwrap());
        settings.retraining.stem_stride = Some(1);
        settings.retraining.shift = Some(4);
        settings.retraining.flip = Some(true);
        settings.retraining.cutout = Some(16);
        settings.retraining.least_scale = Some(0.5);
        settings.retraining.rotate = Some(10.0);
        settings.search.coefficients = Some(vec![1.0]);
        settings.search.targets = Some(vec!["200k".parse().unwrap()]);
        let cells = settings.to_toml().unwrap();
        let column = || Some("column".to_owned());
        settings.space = SpaceSettings::Table(TableSettings {
            option_names: Some(vec!["name".into()]),
            report: column(),
            parameters: column(),
            macs: column(),
            latency: column(),
            missing: Some(-1.0),
            ..TableSettings::default()
        });
        let table = settings.to_toml().unwrap();
        settings.space = SpaceSettings::Mobile(MobileSettings::default());
        let mut fields = BTreeSet::new();
        for text in [cells, table, settings.to_toml().unwrap()] {
            let table: toml::Table = text.parse().unwrap();
            for (name, value) in &table {
                match value.as_table() {
                    Some(section) => fields.extend(section.keys().map(|key| dotted(name, key))),
                    None => _ = fields.insert(name.clone()),
                }
            }
        }
        fields
    }

    #[test]
    fn the_table_holds_exactly_the_fields_of_the_settings() {
        let known: BTreeSet<String> = KEYS.iter().map(Key::dotted).collect();
        assert_eq!(known.len(), KEYS.len());
        assert_eq!(known, fields());
    }

    #[test]
    fn every_section_has_keys_and_every_word_list_has_words() {
        for section in SECTIONS {
            for space in SPACES {
                assert!(keys(section, space).count() > 0, "{section} {space}");
            }
        }
        for key in KEYS {
            if let Kind::Word(words) | Kind::Words(words) = key.kind {
                assert!(!words().is_empty(), "{}", key.dotted());
            }
        }
    }

    /// A key counts as documented where it stands, given or commented out, under a line of comment; keys of a
    /// table or of a mobile space in the preset of one, all others in the default.
    #[test]
    fn every_key_is_documented_in_a_preset() {
        let mut documented = BTreeSet::new();
        for preset in presets() {
            let (mut section, mut commented) = (String::new(), false);
            for line in preset.text.lines() {
                let bare = line.trim_start_matches("# ");
                if let Some(name) = line.strip_prefix('[') {
                    section = name.trim_end_matches(']').into();
                }
                if let Some((name, _)) = bare.split_once(" = ").filter(|(name, _)| !name.contains(' '))
                    && commented
                {
                    documented.insert(dotted(&section, name));
                }
                commented = line.starts_with('#') || commented && !line.is_empty();
            }
            if preset.name == "digits" {
                let shared =
                    KEYS.iter().filter(|key| key.spaces.is_empty() || key.spaces.contains(&"cells")).map(Key::dotted);
                assert_eq!(documented, shared.collect());
            }
        }
        assert_eq!(documented, fields());
    }
}
