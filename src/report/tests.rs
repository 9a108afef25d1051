//! The page as a whole, as a browser reads it.

use std::path::Path;

use insta::assert_snapshot;
use proptest::prelude::*;
use scraper::{ElementRef, Html, Node};
use tempfile::TempDir;

use super::*;
use crate::config::{DataSet, RetrainingSettings, Settings};
use crate::data::{DataFacts, Normalisation};
use crate::engine::Event;
use crate::run::database::{Writer, tests as recorded};
use crate::train::{MODELS, Record};

/// When the clock says that reports are written.
const NOW: i64 = 1_700_000_600_000;

/// A folder with a run of these events, `runs/made`.
fn run(events: &[Event]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("runs/made");
    std::fs::create_dir_all(&path).unwrap();
    let mut writer = Writer::create(&path, &Settings::default(), || NOW - 600_000).unwrap();
    writer.write(&recorded::timed(events), false).unwrap();
    (folder, path)
}

/// The page, which must be sound.
#[track_caller]
fn page(path: &Path) -> Html {
    let text = html(path, NOW).unwrap();
    let page = Html::parse_document(&text);
    assert_eq!(page.errors, Vec::<std::borrow::Cow<str>>::new());
    page
}

/// What a person reads of an element: a line a block, cells parted by bars, what stands in drawings left out.
fn read(element: ElementRef) -> String {
    const BLOCKS: [&str; 12] =
        ["h1", "h2", "h3", "p", "dt", "tr", "li", "figcaption", "summary", "pre", "figure", "article"];
    fn gather(element: ElementRef, text: &mut String) {
        for child in element.children() {
            match child.value() {
                Node::Text(words) => text.push_str(words),
                Node::Element(known) if known.name() == "svg" => {
                    let title = child.children().filter_map(ElementRef::wrap).find(|one| one.value().name() == "title");
                    if let Some(title) = title {
                        text.push_str(&format!("[{}]", title.text().collect::<String>()));
                    }
                }
                Node::Element(known) => {
                    let name = known.name();
                    if BLOCKS.contains(&name) {
                        text.push('\n');
                    } else if ["td", "th", "dd"].contains(&name) {
                        text.push_str(" | ");
                    }
                    gather(ElementRef::wrap(child).unwrap(), text);
                }
                _ => {}
            }
        }
    }
    let mut text = String::new();
    gather(element, &mut text);
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&scraper::Selector::parse(selector).unwrap()).collect()
}

fn record(name: &str, parameters: u64, found_accuracy: Option<f64>) -> Record {
    Record {
        name: name.into(),
        parameters,
        macs: 10 * parameters,
        found_accuracy,
        test_accuracy: 0.98,
        test_loss: 0.1,
        test_pictures: 1_000,
        latency_ms: [0.5, 12.0],
        seed: 1,
        seconds: 150.0,
        training_loss: 0.6,
        channels: Some(16),
        settings: RetrainingSettings::default(),
        pictures: "y".into(),
        subject: "x".into(),
        architecture: None,
    }
}

#[test]
fn a_report_tells_the_whole_run() {
    let (_folder, path) = run(&recorded::search());
    std::fs::write(path.join("config.toml"), "name = \"made\"\nseed = 1\n").unwrap();
    let data = DataFacts {
        set: DataSet::Digits,
        picture: [1, 28, 28],
        weights: 2_000,
        theta: 2_000,
        test: 1_000,
        classes: 10,
        class_names: Vec::new(),
        normalisation: Normalisation { mean: vec![33.0], deviation: vec![78.0] },
        fingerprint: "f".into(),
    };
    std::fs::write(path.join("data.json"), serde_json::to_string(&data).unwrap()).unwrap();
    for record in [record("distribution-0", 2_150, Some(0.94)), record("distribution-0-resnet", 2_200, None)] {
        let folder = path.join(MODELS).join(&record.name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("training.json"), serde_json::to_string(&record).unwrap()).unwrap();
    }
    let page = page(&path);
    assert_snapshot!(read(all(&page, "body")[0]));
    assert_eq!(all(&page, "figure > svg[role=img] > title").len(), 5);
}

#[test]
fn a_report_needs_nothing_else_and_runs_nothing() {
    let (_folder, path) = run(&recorded::search());
    let page = page(&path);
    for selector in ["script", "link", "img", "iframe", "object", "[src]", "[href]", "[onload]", "image", "use"] {
        assert!(all(&page, selector).is_empty(), "{selector}");
    }
    let style = all(&page, "style")[0].text().collect::<String>();
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn a_run_is_told_however_far_it_came() {
    let whole = recorded::search();
    let validated = whole.iter().position(|event| matches!(event, Event::Validated(_))).unwrap();
    for (length, said) in [
        (1, "0 of 40 iterations and 0 s"),
        (3, "0 of 40 iterations and 0 s"),
        (4, "1 of 40 iterations and 0 s"),
        (validated, "No architecture has been scored"),
        (validated + 1, "scored on the whole validation set has 58.00 %"),
        (whole.len() - 1, "Its process went away without a word after 40 of 40 iterations"),
    ] {
        let (_folder, path) = run(&whole[..length]);
        let text = read(all(&page(&path), "body")[0]);
        assert!(text.contains(said), "{length}: {text}");
    }
    let failed = [&whole[..9], &[Event::Failed { reason: "out of <memory>".into() }]].concat();
    let (_folder, path) = run(&failed);
    let text = read(all(&page(&path), "body")[0]);
    assert!(text.contains("It failed after 6 of 40 iterations and 1 s of work: out of <memory>."), "{text}");
    let (_folder, path) = run(&whole[..20]);
    let lock = crate::run::Lock::acquire(&path).unwrap();
    assert!(read(all(&page(&path), "body")[0]).contains("It was still going on when this was written"));
    drop(lock);
}

#[test]
fn a_search_that_has_not_begun_has_no_report_and_leaves_no_file() {
    let (folder, path) = run(&[]);
    let out = folder.path().join("report.html");
    assert!(matches!(report(&path, Some(&out), false), Err(ReportError::NotStarted)));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["runs"]);
}

#[test]
fn a_report_is_written_whole_and_replaces_nothing_unasked() {
    let (folder, path) = run(&recorded::search());
    assert_eq!(report(&path, Some(folder.path()), false).unwrap(), folder.path().join("made-report.html"));
    let out = folder.path().join("mine.html");
    std::fs::write(&out, "mine").unwrap();
    let refused = report(&path, Some(&out), false).unwrap_err().to_string();
    assert!(refused.contains("mine.html is there already"), "{refused}");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "mine");
    report(&path, Some(&out), true).unwrap();
    assert!(std::fs::read_to_string(&out).unwrap().ends_with("</html>"));
}

#[test]
fn many_samples_make_no_large_file() {
    let started = recorded::search()[0].clone();
    let events: Vec<Event> = std::iter::once(started).chain((1..=3_000).map(recorded::iteration)).collect();
    let (_folder, path) = run(&events);
    let text = html(&path, NOW).unwrap();
    assert!(text.len() < 1_000_000, "{} bytes", text.len());
    assert!(text.contains("one of every 7 of the last 10,000"));
}

/// The elements of a page with the names of their attributes, in order: all that a text cannot change.
fn skeleton(page: &Html) -> Vec<String> {
    let element = |element: ElementRef| {
        let names: Vec<&str> = element.value().attrs().map(|(name, _)| name).collect();
        format!("{} {}", element.value().name(), names.join(" "))
    };
    page.root_element().descendants().filter_map(ElementRef::wrap).map(element).collect()
}

/// A whole search whose run, strategy, decisions, options, device and warnings have these words in their names.
fn named(words: &[String]) -> Vec<Event> {
    let mut words = words.iter().cycle().cloned();
    let mut next = || words.next().unwrap_or_default();
    let mut events: Vec<Event> = recorded::search();
    for event in &mut events {
        match event {
            Event::Started(started) => {
                (started.run, started.strategy) = (next(), next());
                for decision in &mut started.outline.decisions {
                    decision.name = next();
                    decision.options.iter_mut().for_each(|option| *option = next());
                }
            }
            Event::Ready { device, .. } => *device = format!("!{}", next()),
            Event::Warning { message, .. } => *message = format!("!{}", next()),
            Event::Refused { reason } => *reason = format!("!{}", next()),
            _ => {}
        }
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_name_breaks_out_of_the_markup(
        words in prop::collection::vec(
            prop_oneof![
                any::<String>(),
                "[<>&\"'/=a-z !-]{0,12}",
                Just("</title></svg></style><script>alert(1)</script>".to_owned()),
                Just("<!--".to_owned()),
                Just("\" onload=\"alert(1)".to_owned()),
                Just("]]>\0\u{b}".to_owned()),
            ],
            1..8,
        ),
    ) {
        let plain = run(&named(&["plain".into()]));
        let made = run(&named(&words));
        std::fs::write(made.1.join("config.toml"), words.join("\n")).unwrap();
        std::fs::write(plain.1.join("config.toml"), "plain").unwrap();
        prop_assert_eq!(skeleton(&page(&made.1)), skeleton(&page(&plain.1)));
    }
}
