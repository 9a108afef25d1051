//! The columns of the samples: which of them fit, and what stands in them.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::engine::Kept;
use crate::tui::draw::Scene;
use crate::tui::field::{About, Field};
use crate::tui::panes::weights;
use crate::tui::text;
use crate::tui::view::distributions;

/// Columns between the figures and the weights.
const GAP: u16 = 2;
/// The widest cell of a weight.
const WEIGHT: u16 = 6;
/// Weights for whose sake other columns are left out.
const WEIGHTS: u16 = 8;

/// A row of the table.
pub(super) struct Entry<'a> {
    pub(super) kept: &'a Kept,
    pub(super) times: u32,
    pub(super) about: &'a About,
}

/// A column of figures.
struct Column {
    field: Field,
    head: &'static str,
    width: u16,
    /// How much it is wanted where not all fit.
    wanted: u8,
}

/// The columns that fit.
pub(super) struct Columns {
    figures: Vec<Column>,
    /// Columns between two of them.
    spacing: u16,
    /// The distributions whose weights are shown, from the first to before the last.
    weights: std::ops::Range<usize>,
    /// The width of a weight.
    wide: u16,
}

fn all(scene: &Scene) -> Vec<Column> {
    let digits = |number: u64, least| (number.max(1).ilog10() as u16 + 1).clamp(least, 9);
    let number = digits(scene.dashboard.sampled, 4);
    let iteration = digits(scene.dashboard.iteration, 4);
    let columns = [
        (Field::Number, "#", number, 9),
        (Field::Iteration, "iter", iteration, 1),
        (Field::Source, "source", 6, 7),
        (Field::Loss, "loss", 4, 5),
        (Field::Accuracy, "acc", 6, 8),
        (Field::Parameters, "params", 6, 6),
        (Field::Macs, "MACs", 5, 4),
        (Field::Latency, "ms", 6, 4),
        (Field::Scaled, "R", 4, 2),
        (Field::Times, "dup", 4, 3),
    ];
    let column = |(field, head, width, wanted)| Column { field, head, width, wanted };
    columns.map(column).into_iter().filter(|column| column.field.is_known(scene.dashboard)).collect()
}

impl Columns {
    /// Leaves out what is least wanted until the rest fits beside some weights.
    pub(super) fn new(scene: &Scene, area: Rect) -> Self {
        let distributions = distributions(scene.dashboard);
        let many = distributions.min(usize::from(u16::MAX)) as u16;
        let mut figures = all(scene);
        let width = |figures: &[Column], spacing| figures.iter().map(|column| column.width + spacing).sum::<u16>();
        let roomy = width(&figures, 2) + GAP + many.min(WEIGHTS) * 4 <= area.width;
        let spacing = if roomy { 2 } else { 1 };
        while figures.len() > 1 && width(&figures, spacing) + GAP + many.min(WEIGHTS) > area.width {
            let least =
                figures.iter().enumerate().min_by_key(|(_, column)| column.wanted).map_or(0, |(place, _)| place);
            figures.remove(least);
        }
        let room = area.width.saturating_sub(width(&figures, spacing) + GAP);
        let wide = (room / many.max(1)).clamp(1, WEIGHT);
        let shown = usize::from(many.min(room / wide));
        // Where not all fit, the selected distribution is among those that do.
        let first = (scene.view.distribution + 1).saturating_sub(shown).min(distributions - shown);
        Self { figures, spacing, weights: first..first + shown, wide }
    }

    /// The figures with where they begin.
    fn places(&self, area: Rect) -> impl Iterator<Item = (&Column, u16)> {
        let mut x = area.x;
        self.figures.iter().map(move |column| {
            let begin = x;
            x += column.width + self.spacing;
            (column, begin)
        })
    }

    /// The distributions with the places of their weights.
    fn weights(&self, area: Rect) -> impl Iterator<Item = (usize, Rect)> {
        let figures: u16 = self.figures.iter().map(|column| column.width + self.spacing).sum();
        let begin = area.x + figures + GAP - self.spacing;
        let places = (0..).map(move |place: u16| Rect { x: begin + place * self.wide, width: self.wide, ..area });
        self.weights.clone().zip(places)
    }

    /// Draws the names, with an arrow behind the one that the order goes by.
    pub(super) fn draw_head(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let order = scene.view.listing.order;
        let arrow = order.arrow().to_string();
        for (column, x) in self.places(area) {
            let sorted = order.field == column.field;
            let style = if sorted { scene.theme.key() } else { scene.theme.dim() };
            right(column.head, Rect { x, width: column.width, ..area }, style, buffer);
            if sorted {
                buffer.set_stringn(x + column.width, area.y, &arrow, 1, style);
            }
        }
        for (index, place) in self.weights(area) {
            let selected = index == scene.view.distribution;
            let style = if selected { scene.theme.badge(index) } else { scene.theme.distribution(index) };
            let name = text::digit(index).to_string();
            let (before, x) = if self.wide > 3 { ("w", place.x + 1) } else { ("", place.x + self.wide / 2) };
            buffer.set_stringn(x, area.y, before, 1, scene.theme.dim());
            let x = x + text::width(before) as u16;
            buffer.set_stringn(x, area.y, name, 1, style);
            if selected && order.field == Field::Weight(None) {
                let x = if self.wide > 1 { x + 1 } else { area.x.max(self.weights_begin(area).saturating_sub(1)) };
                buffer.set_stringn(x, area.y, &arrow, 1, scene.theme.key());
            }
        }
    }

    fn weights_begin(&self, area: Rect) -> u16 {
        self.weights(area).next().map_or(area.x, |(_, place)| place.x)
    }

    /// Draws a sample. The heat of its weights stays legible where it is selected.
    pub(super) fn draw_row(&self, scene: &Scene, entry: &Entry, selected: bool, area: Rect, buffer: &mut Buffer) {
        for (column, x) in self.places(area) {
            let style = match column.field {
                Field::Source => scene.theme.distribution(entry.kept.sample.source),
                _ => Style::new(),
            };
            right(&figure(column.field, entry), Rect { x, width: column.width, ..area }, style, buffer);
        }
        let greatest = distributions(scene.dashboard);
        for (index, place) in self.weights(area) {
            match entry.kept.weights.get(index).copied().flatten() {
                Some(weight) => weights::cell(scene, weight.into(), greatest, place, buffer),
                None => right("–", Rect { width: self.wide / 2 + 1, ..place }, scene.theme.dim(), buffer),
            }
        }
        if selected {
            let figures = self.places(area).last().map_or(0, |(column, x)| x + column.width - area.x);
            buffer.set_style(Rect { width: figures, ..area }.intersection(area), scene.theme.selected());
        }
    }
}

/// Writes at the right end of a place.
fn right(words: &str, place: Rect, style: Style, buffer: &mut Buffer) {
    let words = text::cut(words, usize::from(place.width));
    let left = place.width - text::width(&words) as u16;
    buffer.set_stringn(place.x + left, place.y, words, usize::from(place.width), style);
}

fn figure(field: Field, entry: &Entry) -> String {
    let value = field.of(entry.kept, entry.times, entry.about);
    match (field, value) {
        (Field::Number, _) => entry.kept.number.to_string(),
        (Field::Iteration, _) => entry.kept.iteration.to_string(),
        (Field::Source, _) => text::digit(entry.kept.sample.source).into(),
        (Field::Times, _) => match entry.times {
            0 | 1 => String::new(),
            times @ ..=999 => format!("×{times}"),
            times => format!("×{}k", times / 1000),
        },
        (_, None) => "–".into(),
        (Field::Loss, Some(loss)) => text::fixed(
            loss,
            match loss.abs() {
                size if size < 9.995 => 2,
                size if size < 99.95 => 1,
                _ => 0,
            },
        ),
        (Field::Accuracy, Some(share)) => text::percent(share),
        (Field::Parameters | Field::Macs, cost) => text::amount(cost),
        (_, Some(value)) => text::fixed(value, 2),
    }
}
