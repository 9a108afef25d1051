//! The help: the pane in focus, the words, every key.

use ratatui::text::{Line, Span};

use crate::tui::draw::Scene;
use crate::tui::keys::Context;
use crate::tui::{panes, text};

/// The figures that appear in more than one pane.
const WORDS: [(&str, &str); 8] = [
    (
        "coefficient",
        "the weight of complexity in a distribution's objective. 0 seeks accuracy alone; a greater one seeks cheaper architectures.",
    ),
    ("mode", "the most likely architecture of a distribution: its answer so far."),
    (
        "importance weight",
        "how much more likely a sample is under one distribution than under all of them mixed: 0 to the number of distributions. By it each distribution learns from the samples of all.",
    ),
    (
        "ESS",
        "effective sample size: of how many samples the last pool was worth to a distribution. Near 1 in a large pool it learns from hardly more than its own samples, which is natural once the distributions have parted; all at 1 from the start on is a reason to worry.",
    ),
    (
        "entropy",
        "1: undecided, every option equally likely; 0: decided. It should fall slowly and steadily. Near 0 early in the search means that it decided in haste: try a smaller initial step.",
    ),
    (
        "step",
        "how far a distribution moved in the last iteration, in the Fisher metric. It shrinks where the samples disagree.",
    ),
    ("front", "the validated modes that no other one beats in both accuracy and complexity."),
    (
        "warm-up",
        "the first iterations: architectures are drawn uniformly, the shared weights are trained, theta rests. All distributions look alike.",
    ),
];

/// Columns of the keys and words.
const TERM: usize = 19;

/// The whole page, broken to so many columns.
pub(super) fn lines(scene: &Scene, columns: usize) -> Vec<Line<'static>> {
    let theme = scene.theme;
    let pane = panes::pane(scene.view.focus);
    let mut lines = vec![Line::styled(format!("This pane: {}", pane.name()), theme.focus())];
    for paragraph in pane.about() {
        lines.extend(text::wrap(paragraph, columns).into_iter().map(Line::raw));
    }
    let term = |lines: &mut Vec<Line<'static>>, term: &str, meaning: &str| {
        for (index, part) in text::wrap(meaning, columns.saturating_sub(TERM + 1)).into_iter().enumerate() {
            let head = if index == 0 { term } else { "" };
            lines.push(Line::from(vec![Span::styled(format!("{head:<TERM$} "), theme.key()), Span::raw(part)]));
        }
    };
    let here = match scene.view.playback {
        Some(_) => ("Keys of the replay", Context::Replay),
        None => ("Keys of the search", Context::Search),
    };
    for (title, context) in [
        here,
        ("Keys of the probabilities", Context::Theta),
        ("Keys of the samples", Context::Samples),
        ("Keys of the cell", Context::Cell),
        ("Keys of the front", Context::Front),
        ("Keys of the log", Context::Log),
        ("Keys of the models", Context::Models),
        ("Keys", Context::Panes),
        ("Keys everywhere", Context::Everywhere),
        ("Keys in this help", Context::Reading),
        ("Keys where something is typed", Context::Input),
        ("Keys where an action is looked for", Context::Palette),
        ("Keys in the question whether to stop", Context::Stop),
        ("Keys in the question whether to remove a distribution", Context::Remove),
        ("Keys in the question whether to train, or to stop that", Context::Training),
    ] {
        lines.push(Line::default());
        lines.push(Line::styled(title, theme.focus()));
        for (binding, keys) in scene.keys.all().filter(|(binding, _)| binding.context == context) {
            let keys: Vec<String> = keys.iter().map(|key| key.label()).collect();
            term(&mut lines, &keys.join(" "), binding.description);
        }
        if context == Context::Panes {
            lines.push(Line::default());
            lines.push(Line::styled("Words", theme.focus()));
            for (word, meaning) in WORDS {
                term(&mut lines, word, meaning);
            }
        }
    }
    lines
}
