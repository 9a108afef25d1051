//! Settings against texts that nobody would write: nothing panics, nothing reaches the terminal as a command, and what
//! is written loads back.

#![allow(clippy::unwrap_used)]

use isthmus::config::{
    ComplexityGradient, DataSet, DataSettings, DeviceChoice, EngineSettings, Journal, RetrainingSettings, RunSettings,
    SearchSettings, Settings, SpaceSettings, StrategyKind, TrainingSettings, Utility, parse, presets,
};
use isthmus::space::cells::{CellSettings, Operation, Stem};
use isthmus::space::mobile::MobileSettings;
use isthmus::space::{Measure, Scale};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Loads, and holds what is said to the rules of what may be shown.
fn survive(text: &str, sets: &[String]) {
    match parse("x.toml", text, sets) {
        Ok(settings) => assert_eq!(parse("x.toml", &settings.to_toml().unwrap(), &[]).unwrap(), settings),
        Err(error) => {
            let shown = error.to_string();
            assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
            assert!(shown.lines().all(|line| line.chars().count() < 400), "{shown}");
            // Only what the table of keys missed is said without a place.
            assert!(error.problems().iter().all(|problem| problem.place() != "settings"), "{shown}");
        }
    }
}

/// Pieces that are likely to make a file wrong in an interesting way.
fn piece() -> impl Strategy<Value = String> {
    let known = select(vec![
        "=",
        "\n",
        "[",
        "]",
        "[[",
        "{",
        "}",
        "\"",
        "'",
        "'''",
        "#",
        ".",
        ",",
        "\\",
        "\r",
        "\0",
        "\u{1b}",
        "é",
        "数",
        "true",
        "nan",
        "-inf",
        "-1",
        "0",
        "0x10",
        "1e999",
        "1_000.5",
        "99999999999999999999",
        "1979-05-27",
        "[[1], 2]",
        "name",
        "seed",
        "space",
        "kind",
        "search",
        "x.y = 1\n",
        "[search]\n",
        "kind = \"other\"\n",
        "{ a = 1 }",
    ]);
    prop_oneof![3 => known.prop_map(String::from), 1 => ".{0,8}"]
}

fn key() -> impl Strategy<Value = String> {
    let known = select(vec![
        "name",
        "seed",
        "data",
        "data.set",
        "data.path",
        "space",
        "space.kind",
        "space.nodes",
        "space.operations",
        "search.coefficients",
        "search.iterations",
        "search.utility",
        "training.clip",
        "engine",
        "engine.workers",
    ]);
    prop_oneof![4 => known.prop_map(String::from), 1 => "[a-z. ]{0,12}"]
}

fn settings() -> impl Strategy<Value = Settings> {
    let files = select(vec![DataSet::Mnist, DataSet::Cifar10, DataSet::Cifar100, DataSet::Folder]);
    let set = proptest::option::of((files, "[^\\p{C}]{1,12}"));
    let sizes = (8..=1024usize, any::<u32>(), 0..=8usize, 0..=1024usize);
    let chosen = proptest::option::of(2..=1000usize);
    let data = (set, chosen, sizes, any::<bool>(), 0.001..=1.0f64, 0.001..0.999f64).prop_map(
        |(set, chosen, (size, cache_mb, shift, cutout), flip, least_scale, theta_share)| {
            let classes = chosen.filter(|_| matches!(set, Some((DataSet::Folder, _))));
            let class_pictures = classes.map(|classes| 2 * classes);
            let (set, path) = set.map_or((DataSet::Digits, None), |(set, path)| (set, Some(path.into())));
            DataSettings {
                set,
                path,
                classes,
                class_pictures,
                size,
                cache_mb: cache_mb.into(),
                shift,
                flip,
                cutout,
                least_scale,
                rotate: 180.0 * least_scale,
                hold_out: theta_share / 2.0,
                theta_share,
            }
        },
    );
    let operations = subsequence(Operation::ALL.to_vec(), 1..=5).prop_shuffle();
    let stem = (select(vec![Stem::Single, Stem::ImageNet]), 1..=16usize, 1..=2usize);
    let space = (1..=16usize, 1..=64usize, 1..=1024usize, stem, operations, any::<bool>()).prop_map(
        |(nodes, cells, channels, (stem, stem_multiplier, stem_stride), operations, affine)| {
            SpaceSettings::Cells(CellSettings {
                nodes,
                cells,
                channels,
                stem,
                stem_multiplier,
                stem_stride,
                operations,
                affine,
            })
        },
    );
    let stages = proptest::collection::vec((1..=1024usize, 1..=2usize, 1..=16usize), 1..=16);
    let choices =
        (subsequence(vec![3, 5, 7], 1..=3).prop_shuffle(), subsequence((1..=10usize).collect::<Vec<_>>(), 1..=10));
    let sizes = (1..=1024usize, 1..=2usize, 1..=16usize, 1..=1024usize, any::<bool>());
    let mobile = (stages, choices, sizes).prop_map(
        |(stages, (kernels, expansions), (stem_channels, stem_stride, least_blocks, head_channels, affine))| {
            SpaceSettings::Mobile(MobileSettings {
                stem_channels,
                stem_stride,
                stage_channels: stages.iter().map(|stage| stage.0).collect(),
                stage_strides: stages.iter().map(|stage| stage.1).collect(),
                stage_blocks: stages.iter().map(|stage| stage.2).collect(),
                least_blocks,
                kernels,
                expansions,
                head_channels,
                affine,
            })
        },
    );
    let space = prop_oneof![space, mobile];
    let positive = || prop_oneof![1e-9..1e9f64, Just(f64::MIN_POSITIVE), Just(f64::MAX), Just(1.0)];
    let words = (
        select(vec![Utility::Rank, Utility::Wquant]),
        select(vec![ComplexityGradient::Pool, ComplexityGradient::Sampled]),
        select(vec![Measure::Parameters, Measure::Macs, Measure::Latency]),
        select(vec![Scale::Linear, Scale::Log]),
        select(vec![DeviceChoice::Auto, DeviceChoice::Cpu, DeviceChoice::Cuda]),
        select(StrategyKind::all()).prop_filter("of cells", |kind| *kind != StrategyKind::SharedArchive),
    );
    let numbers = (
        proptest::collection::vec(prop_oneof![Just(0.0), Just(-0.0), positive()], 2..=64),
        1..=u64::MAX,
        0.0..1.0f64,
        [1..=1024usize, 1..=1024usize, 1..=65_536usize, 2..=65_536usize],
        [positive().boxed(), positive().boxed(), positive().boxed(), positive().boxed(), positive().boxed()],
        proptest::option::of(1e-6..0.05f64),
        0..=256usize,
        any::<[u64; 2]>(),
    );
    ("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}", data, space, words, numbers).prop_map(|(name, data, space, words, numbers)| {
        let (utility, complexity_gradient, complexity, complexity_scale, device, strategy) = words;
        let (coefficients, iterations, share, sizes, reals, least_probability, workers, [seed, validate_every]) =
            numbers;
        Settings {
            name,
            seed,
            data,
            space: space.clone(),
            search: SearchSettings {
                strategy,
                coefficients: Some(coefficients),
                targets: None,
                iterations,
                warm_up: share,
                weight_samples: sizes[0],
                weight_steps: 1,
                score_samples: sizes[1],
                utility,
                complexity_gradient,
                complexity_samples: sizes[2],
                complexity,
                complexity_scale,
                initial_step: reals[0],
                signal_to_noise: 1.5 + share,
                pools: 3,
                elite: 0.25,
                between: share,
                candidates: 2,
                memory: sizes[1],
                population: sizes[0].max(2),
                tournament: 1,
                least_probability,
            },
            training: TrainingSettings {
                batch: sizes[3],
                learning_rate: reals[1],
                final_learning_rate: reals[2],
                momentum: share,
                weight_decay: reals[3],
                clip: reals[4],
            },
            retraining: RetrainingSettings {
                cells: (validate_every % 2 == 0 && matches!(space, SpaceSettings::Cells(_)))
                    .then_some(sizes[0].min(64)),
                most_parameters: (validate_every % 3 == 0).then(|| "4M".parse().unwrap()),
                drop_path: share,
                shift: (validate_every % 5 == 0).then_some(8),
                flip: (validate_every % 7 == 0).then_some(true),
                rotate: (validate_every % 2 == 0).then_some(180.0 * share),
                epochs: 1 + validate_every % 1000,
                ..RetrainingSettings::default()
            },
            engine: EngineSettings {
                device,
                workers,
                validate_every,
                theta_every: validate_every / 2,
                checkpoint_seconds: reals[0],
                checkpoints_kept: sizes[0],
                max_iterations_per_second: share,
            },
            run: RunSettings {
                journal: if validate_every % 2 == 0 { Journal::Wal } else { Journal::Delete },
                history_mb: validate_every >> 24,
            },
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(pieces in proptest::collection::vec(piece(), 0..20)) {
        survive(&pieces.concat(), &[]);
    }

    #[test]
    fn any_damage_to_a_preset_is_survived(cuts in proptest::collection::vec((any::<u16>(), 0..12usize, piece()), 1..4)) {
        let mut text: Vec<char> = presets()[0].text.chars().collect();
        for (at, length, piece) in cuts {
            let at = usize::from(at) % text.len();
            let end = (at + length).min(text.len());
            text.splice(at..end, piece.chars());
        }
        survive(&text.into_iter().collect::<String>(), &[]);
    }

    #[test]
    fn any_replacement_is_survived(
        keyed in proptest::collection::vec((key(), "=?", piece(), piece()), 0..4),
        free in ".{0,20}",
    ) {
        let mut sets: Vec<String> = keyed.into_iter().map(|(key, equals, a, b)| format!("{key}{equals}{a}{b}")).collect();
        survive(presets()[0].text, &sets);
        sets.push(free);
        survive("", &sets);
    }

    #[test]
    fn what_is_written_loads_back(settings in settings()) {
        let text = settings.to_toml().unwrap();
        prop_assert_eq!(parse("x.toml", &text, &[]).map_err(|error| error.to_string()), Ok(settings));
    }
}
