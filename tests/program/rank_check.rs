//! Whether shared weights can be trusted, asked of a run.

use std::fs;

use serde_json::Value;

use crate::support::{Folder, with};

const SHORT: &[&str] = &[
    "search.iterations=6",
    "search.warm_up=0.5",
    "data.theta_share=0.5",
    "retraining.epochs=1",
    "retraining.batch=200",
];

/// A run that has come to its end.
fn searched() -> Folder {
    let folder = Folder::new();
    let ended = folder.run(&[&["run", "tiny.toml", "--run-dir", "kept", "--headless"], &with(SHORT)[..]].concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    folder
}

#[test]
fn architectures_are_trained_once_and_counted_with_what_the_search_thought_of_them() {
    let folder = searched();
    let trained = folder.run(&["train", "kept", "--distribution", "0"]);
    assert_eq!(trained.code, Some(0), "{trained:?}");
    let first = folder.run(&["rank-check", "kept", "--architectures", "4", "--json"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.stderr.contains("1 trained architectures are there: 3 more are trained"), "{first:?}");
    let check: Value = serde_json::from_str(&first.stdout).unwrap();
    let architectures = check["architectures"].as_array().unwrap();
    assert_eq!(architectures.len(), 4);
    assert_eq!(architectures.iter().filter(|ranked| ranked["name"] == "distribution-0").count(), 1);
    for ranked in architectures {
        for accuracy in [&ranked["shared"], &ranked["trained"]] {
            assert!((0.0..=1.0).contains(&accuracy.as_f64().unwrap()), "{ranked}");
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("kept/rank-check.json")).unwrap(), first.stdout);

    let again = folder.run(&["rank-check", "kept", "--architectures", "4", "--json"]);
    assert_eq!(again.stdout, first.stdout);
    assert!(!again.stderr.contains("more are trained"), "{again:?}");
    let text = folder.run(&["rank-check", "kept", "--architectures", "3"]).stdout;
    assert!(text.contains("Kendall's tau over 4 architectures, after 6 iterations"), "{text}");

    let others = ["rank-check", "kept", "--architectures", "3", "--set", "data.cutout=5"];
    let kept = folder.run(&others);
    assert_eq!(kept.code, Some(1), "{kept:?}");
    assert!(kept.stderr.contains("was trained otherwise") && kept.stderr.contains("--again"), "{kept:?}");
    let other = folder.run(&[&others[..], &["--again"]].concat());
    assert_eq!(other.code, Some(0), "{other:?}");
    assert!(
        other
            .stderr
            .contains("not counted: 4 networks that were trained with other settings, other pictures or another width")
    );
    assert!(other.stdout.contains("Kendall's tau over 3 architectures"), "{other:?}");
    let refused = folder.run(&["rank-check", "kept", "--set", "data.hold_out=0.1"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    for said in ["training pictures stand in for the test pictures", "made with other data than there are now"] {
        assert!(refused.stderr.contains(said), "{refused:?}");
    }
}

#[test]
fn architectures_are_scored_with_the_weights_of_the_end_of_the_warm_up_too() {
    let folder = searched();
    let resumed = folder.run(&["resume", "kept", "--set", "search.iterations=9", "--headless"]);
    assert_eq!(resumed.code, Some(0), "{resumed:?}");
    for (asked, after) in [(&["--warm-up"][..], "after 6 iterations"), (&[], "after 9 iterations")] {
        let ended = folder.run(&[&["rank-check", "kept", "--architectures", "3"], asked].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.stdout.contains(after), "{ended:?}");
    }
    fs::remove_dir_all(folder.path().join("kept/checkpoints")).unwrap();
    let ended = folder.run(&["rank-check", "kept", "--warm-up"]);
    assert!(ended.stderr.contains("kept has no checkpoint from after the warm-up"), "{ended:?}");
}

#[test]
fn a_run_whose_weights_are_gone_is_refused() {
    let folder = searched();
    fs::remove_dir_all(folder.path().join("kept/checkpoints")).unwrap();
    let ended = folder.run(&["rank-check", "kept"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("kept has no checkpoint"), "{ended:?}");
}
