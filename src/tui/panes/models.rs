//! The networks that are trained from scratch, as a table.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::{Cell, Row, StatefulWidget, Table, TableState};

use super::Pane;
use crate::engine::{Dashboard, Training, TrainingState};
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::text;
use crate::tui::view::View;

/// Rows that a page key moves.
const PAGE: isize = 10;
/// Columns of a name at least and at most.
const NAME: (u16, u16) = (21, 40);

/// The pane.
pub(super) struct Models;

type Column = (&'static str, u16, fn(&Training) -> String);

/// The columns behind the name; those that do not fit are left out from the right.
const COLUMNS: [Column; 9] = [
    ("state", 7, |training| state(training).into()),
    ("params", 6, |training| text::amount(Some(training.parameters as f64))),
    ("MACs", 5, |training| text::amount(Some(training.macs as f64))),
    ("found", 6, |training| training.found_accuracy.map_or_else(|| "–".into(), text::percent)),
    ("trained", 11, trained),
    ("epoch", 7, epoch),
    ("ETA", 7, |training| training.remaining().map_or_else(String::new, text::duration)),
    ("1 picture", 9, |training| latency(training, 0)),
    ("64", 8, |training| latency(training, 1)),
];

/// What becomes of it, in a word.
pub(super) fn state(training: &Training) -> &'static str {
    match training.state {
        TrainingState::Waiting { .. } => "waiting",
        TrainingState::Running { .. } => "running",
        TrainingState::Interrupted => "stopped",
        TrainingState::Failed { .. } => "failed",
        TrainingState::Trained(_) => "trained",
    }
}

/// How far it is, or how well it did, in a word.
pub(super) fn outcome(training: &Training) -> String {
    match &training.state {
        TrainingState::Trained(tested) => text::percent(tested.accuracy),
        TrainingState::Running { .. } => format!("at {:.0}%", 100.0 * training.share()),
        _ => state(training).into(),
    }
}

fn trained(training: &Training) -> String {
    match &training.state {
        TrainingState::Trained(tested) => {
            format!("{} ±{}", text::percent(tested.accuracy), text::fixed(100.0 * tested.standard_error, 1))
        }
        _ => String::new(),
    }
}

fn epoch(training: &Training) -> String {
    match training.state {
        TrainingState::Trained(_) => training.epochs.to_string(),
        _ if training.steps == 0 => String::new(),
        _ => format!("{:.0}/{}", training.epoch().floor(), training.epochs),
    }
}

fn latency(training: &Training, which: usize) -> String {
    match &training.state {
        TrainingState::Trained(tested) => {
            tested.latency_ms.get(which).map_or_else(String::new, |&time| format!("{} ms", text::fixed(time, 2)))
        }
        _ => String::new(),
    }
}

impl Pane for Models {
    fn name(&self) -> &'static str {
        "models"
    }

    fn detail(&self, scene: &Scene) -> String {
        let words = ["running", "waiting", "stopped", "failed", "trained"];
        let count = |word| scene.dashboard.trainings.iter().filter(|training| state(training) == word).count();
        let counts = words.map(|word| (count(word), word)).into_iter().filter(|(count, _)| *count > 0);
        counts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        let how = "No network of this run has been trained from scratch. T on the front (5) or on a cell (4) starts that, or \
                   `isthmus train` in a shell.";
        scene.dashboard.trainings.is_empty().then(|| how.into())
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let trainings = &scene.dashboard.trainings;
        let spacing = if area.width >= 110 { 2 } else { 1 };
        let longest = trainings.iter().map(|training| text::width(&training.name)).max().unwrap_or(0);
        let name = u16::try_from(longest).unwrap_or(u16::MAX).clamp(NAME.0, NAME.1);
        let mut room = area.width.saturating_sub(NAME.0);
        let shown: Vec<&Column> = COLUMNS
            .iter()
            .take_while(|(_, width, _)| {
                let fits = room >= width + spacing;
                room = room.saturating_sub(width + spacing);
                fits
            })
            .collect();
        let name = name.min(NAME.0 + room);
        let right = |words: String| Cell::from(Line::from(words).right_aligned());
        let rows = trainings.iter().map(|training| {
            let own = Cell::from(text::cut(&text::clean(&training.name), usize::from(name)));
            let cells = shown.iter().map(|(_, _, cell)| right(cell(training)));
            Row::new(std::iter::once(own).chain(cells)).style(style(scene, training))
        });
        let names = shown.iter().map(|(name, ..)| right((*name).into()));
        let header = Row::new(std::iter::once(Cell::from("network")).chain(names)).style(scene.theme.dim());
        let widths = std::iter::once(name).chain(shown.iter().map(|&&(_, width, _)| width)).map(Constraint::Length);
        let table =
            Table::new(rows, widths).header(header).column_spacing(spacing).row_highlight_style(scene.theme.selected());
        let mut state = TableState::new().with_selected(scene.view.model(scene.dashboard).map(|(place, _)| place));
        StatefulWidget::render(table, area, buffer, &mut state);
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        match action {
            Action::Up => view.move_model(-1, dashboard),
            Action::Down => view.move_model(1, dashboard),
            Action::PageUp => view.move_model(-PAGE, dashboard),
            Action::PageDown => view.move_model(PAGE, dashboard),
            Action::First => view.move_model(isize::MIN + 1, dashboard),
            Action::Last => view.move_model(isize::MAX, dashboard),
            _ => return false,
        }
        true
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The networks of this run that are trained from scratch, each with weights of its own, the smallest first: what \
             each costs, its accuracy in the search with the shared weights (found), its accuracy on the test pictures with \
             the standard error that follows from their number (trained), how far it is, and the milliseconds that one \
             picture takes, and 64 together, on the machine that trained it. Two networks whose accuracies are closer than \
             about three of these errors may well do alike.",
            "running: it is trained now; waiting: another one is, and its turn will come; stopped: nobody trains it, and T \
             goes on where it was, to the same bits; failed: the reason stands below. x stops what runs or waits.",
            "Weights are in models/ of the run's folder; `isthmus export --model NAME` makes of them what other programs \
             read.",
        ]
    }
}

fn style(scene: &Scene, training: &Training) -> Style {
    match training.state {
        TrainingState::Running { .. } => scene.theme.good(),
        TrainingState::Failed { .. } => scene.theme.bad(),
        TrainingState::Waiting { .. } | TrainingState::Interrupted => scene.theme.dim(),
        TrainingState::Trained(_) => Style::new(),
    }
}
