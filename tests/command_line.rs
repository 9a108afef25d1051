//! The program's command line, through the real program.

#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use insta::assert_snapshot;
use tempfile::TempDir;

/// Exit code, stdout and stderr of the program in an empty folder.
fn isthmus(arguments: &[&str]) -> (i32, String, String) {
    isthmus_in(&TempDir::new().unwrap(), arguments)
}

fn isthmus_in(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_isthmus"));
    let output = command.current_dir(folder.path()).args(arguments).env("COLUMNS", "100").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn help_names_every_command_and_option() {
    let (code, help, _) = isthmus(&["--help"]);
    assert_eq!(code, 0);
    for word in [
        "run",
        "attach",
        "compare",
        "runs",
        "show",
        "replay",
        "snapshot",
        "report",
        "config",
        "completions",
        "--set",
        "--seed",
        "--headless",
        "--json",
        "--run-dir",
        "--version",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
    for command in [&["run"][..], &["compare"], &["config"], &["config", "check"], &["completions"]] {
        let (code, help, _) = isthmus(&[command, &["--help"]].concat());
        assert!(code == 0 && help.contains("Usage: isthmus"), "{command:?}: {help}");
    }
}

#[test]
fn the_version_is_the_package_s() {
    assert_eq!(isthmus(&["--version"]), (0, format!("isthmus {}\n", env!("CARGO_PKG_VERSION")), String::new()));
}

#[test]
fn presets_are_listed_with_what_they_are() {
    let (code, list, _) = isthmus(&["config", "list"]);
    assert_eq!(code, 0);
    assert!(
        list.lines().all(|line| line.split_once("  ").is_some_and(|(name, what)| !name.is_empty() && what.len() > 9))
    );
    assert!(list.starts_with("digits  "), "{list}");
}

#[test]
fn shown_settings_are_a_file_that_shows_the_same() {
    let folder = TempDir::new().unwrap();
    let (code, shown, _) =
        isthmus_in(&folder, &["config", "show", "--set", "search.iterations=7", "--set", "name=mine"]);
    assert_eq!(code, 0);
    assert!(shown.contains("iterations = 7\n") && shown.contains("name = \"mine\"\n"), "{shown}");
    std::fs::write(folder.path().join("mine.toml"), &shown).unwrap();
    assert_eq!(isthmus_in(&folder, &["config", "show", "mine.toml"]), (0, shown, String::new()));
}

#[test]
fn a_check_says_how_large_the_search_is_or_what_is_wrong() {
    let folder = TempDir::new().unwrap();
    let text =
        "[space]\nnodes = 2\ncells = 3\noperations = [\"identity\", \"separable-3x3\"]\n[search]\niterations = 1\n";
    std::fs::write(folder.path().join("small.toml"), text).unwrap();
    let check = |sets: &[&str]| isthmus_in(&folder, &[&["config", "check", "small.toml"], sets].concat());
    let (code, said, _) = check(&["--set", "search.coefficients=[0, 1]"]);
    assert_eq!(code, 0);
    assert_snapshot!(said, @"ok: small.toml: 2 distributions, 16 decisions (331776 architectures), 1 iteration");
    let (code, said, error) = check(&["--set", "space.nodes=0"]);
    assert_eq!((code, said.as_str()), (2, ""));
    assert_snapshot!(error, @r"
    --set space.nodes=0: `space.nodes` cannot be 0
     |
     | space.nodes=0
     |             ^
     = allowed: a whole number from 1 to 16
    ");
    let (code, _, error) = isthmus_in(&folder, &["config", "check", "smal.toml"]);
    assert_eq!(code, 2);
    assert_snapshot!(error, @"
    smal.toml: there is no such file
     = allowed: a file, or a preset: digits, cifar10, cifar10-small, imagenet, imagenette, mobile, nb201
     = nearest: small.toml
    ");
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let (code, script, _) = isthmus(&["completions", shell]);
        assert!(code == 0 && script.contains("isthmus") && script.contains("run-dir"), "{shell}");
    }
    assert_eq!(isthmus(&["completions", "cmd"]).0, 2);
}

#[test]
fn wrong_settings_stop_a_run_before_it_starts_with_or_without_the_word_run() {
    for arguments in [
        &["--set", "search.iterations=0"][..],
        &["run", "--set", "search.iterations=0"],
        &["run", "digits", "--headless", "--set", "search.iterations=0"],
    ] {
        let (code, said, error) = isthmus(arguments);
        assert_eq!((code, said.as_str()), (2, ""));
        assert!(error.starts_with("--set search.iterations=0: `search.iterations` cannot be 0\n"), "{error}");
    }
    assert_eq!(isthmus(&["run", "missing.toml"]).0, 2);
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    for arguments in [&["--frobnicate"][..], &["frobnicate"], &["--seed", "-1"], &["--seed"], &["run", "a", "b"]] {
        let (code, _, error) = isthmus(arguments);
        assert!(code == 2 && error.contains("--help"), "{arguments:?}: {error}");
    }
}
