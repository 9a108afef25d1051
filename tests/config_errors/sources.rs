//! Files, presets and replacements on the command line.

use insta::assert_snapshot;
use isthmus::config::{Source, load, parse, presets};
use tempfile::TempDir;

use super::{file_error, set_error};

#[test]
fn the_presets_are_good() {
    for preset in presets() {
        // Tables and most pictures are no part of the program: their files must be named.
        let sets: Vec<String> = match preset.name {
            "digits" | "mobile" => Vec::new(),
            "nb201" => vec!["space.path=nb201.csv".into()],
            _ => vec!["data.path=folder".into()],
        };
        let settings = load(&Source::named(preset.name), &sets).unwrap();
        assert_eq!(settings.name, preset.name);
        assert!(!preset.description.is_empty());
    }
    assert_eq!(load(&Source::Default, &[]), load(&Source::named("digits"), &[]));
}

#[test]
fn replacements_on_the_command_line() {
    assert_snapshot!(set_error(&["search.iterations"]), @r"
    --set search.iterations: there is no `=` in it
     |
     | search.iterations
     | ^^^^^^^^^^^^^^^^^
     = allowed: key=value, such as search.iterations=100
    ");
    assert_snapshot!(set_error(&["=5"]), @r"
    --set =5: there is no key before the `=`
     |
     | =5
     | ^
     = allowed: key=value, such as search.iterations=100
    ");
    assert_snapshot!(set_error(&["search.iteration=5"]), @"
    --set search.iteration=5: unknown key `search.iteration`
     |
     | search.iteration=5
     | ^^^^^^^^^^^^^^^^
     = allowed: in [search]: strategy, coefficients, targets, iterations, warm_up, weight_samples, weight_steps, score_samples, utility, complexity_gradient, complexity_samples, complexity, complexity_scale, initial_step, signal_to_noise, pools, elite, between, candidates, memory, population, tournament, least_probability
     = nearest: search.iterations
    ");
    assert_snapshot!(set_error(&["serach.iterations=5"]), @"
    --set serach.iterations=5: unknown key or section `serach`
     |
     | serach.iterations=5
     | ^^^^^^^^^^^^^^^^^
     = allowed: name, seed; sections data, space, search, training, retraining, engine, run
     = nearest: search
    ");
    assert_snapshot!(set_error(&["search.iterations = many"]), @r#"
    --set search.iterations = many: `search.iterations` cannot be the text "many"
     |
     | search.iterations = many
     |                     ^^^^
     = allowed: a whole number, 1 or more
    "#);
    assert_snapshot!(set_error(&["search.coefficients=0,1"]), @r#"
    --set search.coefficients=0,1: `search.coefficients` cannot be the text "0,1"
     |
     | search.coefficients=0,1
     |                     ^^^
     = allowed: a list [...] of 1 to 64 numbers, each 0 or more
    "#);
    assert_snapshot!(set_error(&["engine.device=gpu"]), @r#"
    --set engine.device=gpu: `engine.device` cannot be the text "gpu"
     |
     | engine.device=gpu
     |               ^^^
     = allowed: "auto", "cpu", "cuda"
     = nearest: "cpu"
    "#);
    assert_snapshot!(set_error(&["search=5"]), @"
    --set search=5: `search` is a section and cannot be 5
     |
     | search=5
     |        ^
     = allowed: a section with strategy, coefficients, targets, iterations, warm_up, weight_samples, weight_steps, score_samples, utility, complexity_gradient, complexity_samples, complexity, complexity_scale, initial_step, signal_to_noise, pools, elite, between, candidates, memory, population, tournament, least_probability
    ");
    assert_snapshot!(set_error(&["seed.x=5"]), @r"
    --set seed.x=5: `seed` has no keys in it
     |
     | seed.x=5
     | ^^^^^^
     = allowed: key or section.key
    ");
    assert_snapshot!(set_error(&["search.iterations.x=5"]), @r"
    --set search.iterations.x=5: `search.iterations` has no keys in it
     |
     | search.iterations.x=5
     | ^^^^^^^^^^^^^^^^^^^
     = allowed: key or section.key
    ");
    assert_snapshot!(set_error(&["search={iterations = 0}"]), @r"
    --set search={iterations = 0}: `search.iterations` cannot be 0
     |
     | search={iterations = 0}
     |                      ^
     = allowed: a whole number, 1 or more
    ");
}

#[test]
fn replacements_need_no_quotes_and_repair_a_bad_file() {
    let sets = ["name=42", "engine.device=cpu", "data={set = \"mnist\"}", "data.path=a b/true", "search.iterations=7"];
    let settings = parse("x.toml", "[search]\niterations = \"many\"", &sets.map(String::from)).unwrap();
    assert_eq!(settings.name, "42");
    assert_eq!(settings.data.path.as_deref(), Some("a b/true".as_ref()));
    assert_eq!(settings.search.iterations, 7);
}

#[test]
fn files_that_cannot_be_read() {
    let folder = TempDir::new().unwrap();
    assert_snapshot!(file_error(&folder, "digit.toml", None), @"
    digit.toml: there is no such file
     = allowed: a file, or a preset: digits, cifar10, cifar10-small, imagenet, imagenette, mobile, nb201
     = nearest: digits
    ");
    assert_snapshot!(file_error(&folder, "xyzzy", None), @"
    xyzzy: there is no such file
     = allowed: a file, or a preset: digits, cifar10, cifar10-small, imagenet, imagenette, mobile, nb201
    ");
    std::fs::write(folder.path().join("long-run.toml"), "").unwrap();
    assert_snapshot!(file_error(&folder, "longrun.toml", None), @"
    longrun.toml: there is no such file
     = allowed: a file, or a preset: digits, cifar10, cifar10-small, imagenet, imagenette, mobile, nb201
     = nearest: long-run.toml
    ");
    assert_snapshot!(file_error(&folder, "latin1.toml", Some(b"seed = 1\nname = \"caf\xe9\"\n")), @r#"
    latin1.toml:2:12: this is not UTF-8
      |
    2 | name = "caf�"
      |            ^
    "#);
    assert_snapshot!(file_error(&folder, "large.toml", Some(&vec![b'#'; (1 << 20) + 1])), @"large.toml: this file is larger than 1 MiB and cannot be a run's settings");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    assert_snapshot!(file_error(&folder, "folder", None), @"
    folder: this is a folder
     = allowed: a file, or a preset: digits, cifar10, cifar10-small, imagenet, imagenette, mobile, nb201
    ");
    assert_snapshot!(load(&Source::Preset("digts".into()), &[]).unwrap_err(), @"
    digts: there is no preset of this name
     = allowed: a file, or a preset: digits, cifar10, cifar10-small, imagenet, imagenette, mobile, nb201
     = nearest: digits
    ");
}

#[test]
fn files_from_other_editors_are_read() {
    let settings = parse("x.toml", "\u{feff}seed = 7\r\n[search]\r\niterations = 9\r\n", &[]).unwrap();
    assert_eq!((settings.seed, settings.search.iterations), (7, 9));
}
