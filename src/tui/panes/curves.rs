//! How the training of the selected network went: its loss and its accuracy by epoch.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Color;
use ratatui::widgets::canvas::Points;

use super::Pane;
use super::models::Models;
use crate::engine::{Dashboard, Training, TrainingState};
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::plot::{self, Axis, polyline};
use crate::tui::text;
use crate::tui::view::View;

/// Columns between the two charts.
const GAP: u16 = 2;
/// Rows of words below the charts at most.
const WORDS: usize = 3;
/// Where the axis of accuracies may begin.
const FLOORS: [f64; 6] = [0.9, 0.8, 0.7, 0.5, 0.2, 0.0];

/// The pane.
pub(super) struct Curves;

/// How it is, in a sentence.
fn words(training: &Training) -> String {
    let process = || training.process().map_or_else(String::new, |process| format!(" in process {process}"));
    let far = || format!("epoch {} of {}", text::fixed(training.epoch(), 1), training.epochs);
    match &training.state {
        TrainingState::Waiting { .. } => format!("It waits for its turn{}.", process()),
        TrainingState::Running { .. } if training.steps == 0 => format!("It begins{}.", process()),
        TrainingState::Running { .. } if training.step >= training.steps => {
            format!("All epochs are done: it is tested{}.", process())
        }
        TrainingState::Running { .. } => {
            let left = training.remaining().map_or_else(String::new, |left| format!(", ETA {}", text::duration(left)));
            format!("{}{left}, {} so far{}", far(), text::duration(training.seconds), process())
        }
        TrainingState::Interrupted if training.steps == 0 => {
            "It was stopped before it began. T goes on with it.".into()
        }
        TrainingState::Interrupted => format!("It was stopped in {}. T goes on with it.", far()),
        TrainingState::Failed { reason } => text::clean(reason),
        TrainingState::Trained(tested) => {
            let [one, many] = tested.latency_ms.map(|time| text::fixed(time, 2));
            format!(
                "Test {} ± {}, latency {one} ms for one picture and {many} ms for 64, trained in {}",
                text::percent(tested.accuracy),
                text::fixed(100.0 * tested.standard_error, 2),
                text::duration(training.seconds)
            )
        }
    }
}

/// One of the two charts.
struct Chart<'a> {
    title: String,
    points: &'a [(f64, f64)],
    y: Axis,
    colour: Color,
    /// A line across.
    level: Option<f64>,
}

impl Chart<'_> {
    fn draw(&self, scene: &Scene, epochs: u64, area: Rect, buffer: &mut Buffer) {
        let columns = usize::from(area.width);
        buffer.set_stringn(area.x, area.y, text::cut(&self.title, columns), columns, scene.theme.dim());
        let area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        let x = Axis::linear(0.0, epochs.max(1) as f64, 4, text::round_amount);
        plot::frame(&x, &self.y, area, buffer, scene.theme).canvas(buffer, |context| {
            if let Some(level) = self.level {
                let dots: Vec<_> = (0..=40).map(|dot| (x.high * f64::from(dot) / 40.0, level)).collect();
                context.draw(&Points { coords: &dots, color: scene.theme.dim_colour() });
            }
            // One point makes no line.
            context.draw(&Points { coords: self.points, color: self.colour });
            polyline(context, self.points.iter().copied(), self.colour);
        });
    }
}

impl Pane for Curves {
    fn name(&self) -> &'static str {
        "training by epoch"
    }

    fn detail(&self, scene: &Scene) -> String {
        scene.view.model(scene.dashboard).map_or_else(String::new, |(_, training)| training.name.clone())
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        scene.view.model(scene.dashboard).is_none().then(|| "nothing is trained".into())
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let Some((_, training)) = scene.view.model(scene.dashboard) else { return };
        let mut lines = text::wrap(&words(training), usize::from(area.width.saturating_sub(2)));
        lines.truncate(WORDS);
        // Below the charts, or in their place.
        let charts = if training.curve.is_empty() { Constraint::Length(0) } else { Constraint::Min(0) };
        let [charts, below] = Layout::vertical([charts, Constraint::Length(lines.len() as u16)]).areas(area);
        for (row, line) in below.rows().zip(lines) {
            buffer.set_stringn(row.x + 1, row.y, line, usize::from(row.width.saturating_sub(1)), scene.theme.waiting());
        }
        let Some(last) = training.curve.last() else { return };
        let points = |of: fn(&crate::engine::Epoch) -> f64| -> Vec<(f64, f64)> {
            training.curve.iter().map(|entry| (entry.epoch as f64, of(entry))).collect()
        };
        let (losses, accuracies) = (points(|entry| entry.loss), points(|entry| entry.accuracy));
        let tested = match &training.state {
            TrainingState::Trained(tested) => Some(tested.accuracy),
            _ => None,
        };
        let about = usize::from(charts.height / 3).clamp(2, 5);
        let highest = losses.iter().map(|point| point.1).fold(0.0, f64::max);
        let lowest = accuracies.iter().map(|point| point.1).chain(tested).fold(1.0, f64::min);
        let floor = FLOORS.into_iter().find(|&floor| lowest >= floor).unwrap_or(0.0);
        let decimals = if highest < 1.0 { 2 } else { 1 };
        let test = tested.map_or_else(String::new, |accuracy| format!(", dotted: test {}", text::percent(accuracy)));
        let loss = Chart {
            title: format!(" loss {}", text::fixed(last.loss, 3)),
            points: &losses,
            y: Axis::linear(0.0, 1.05 * highest, about, |at| text::fixed(at, decimals)),
            colour: scene.theme.distribution_colour(0),
            level: None,
        };
        let accuracy = Chart {
            title: format!(" accuracy {}{test}", text::percent(last.accuracy)),
            points: &accuracies,
            y: Axis::linear(floor, 1.0, about, |at| format!("{:.0}%", 100.0 * at)),
            colour: scene.theme.distribution_colour(1),
            level: tested,
        };
        let [left, right] =
            Layout::horizontal([Constraint::Ratio(1, 2), Constraint::Ratio(1, 2)]).spacing(GAP).areas(charts);
        loss.draw(scene, training.epochs, left, buffer);
        accuracy.draw(scene, training.epochs, right, buffer);
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        Models.act(action, view, dashboard)
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The mean loss of each epoch, with all that training adds to it (label smoothing, the auxiliary head), and the \
             share of right answers on training pictures as they are given to it: moved, blotted out, with paths left out. \
             So the accuracy on test pictures, the dotted line once it is known, may well be the higher one.",
            "Good: a loss that falls to the end. One that rises and stays up: try a smaller retraining.learning_rate. \
             Training far above test: more epochs will not help; data.cutout, retraining.drop_path or a smaller network may.",
        ]
    }
}
