//! The screen of a search as a picture, without a terminal: text, text with colours, or SVG.

use std::fmt::Write as _;

use crossterm::style::{ContentStyle, StyledContent};
use ratatui::backend::IntoCrossterm as _;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::Theme;
use super::app::App;
use super::view::Focus;
use crate::engine::Dashboard;

/// What a picture is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Characters alone.
    Text,
    /// Characters with the codes that colour them on a terminal.
    Ansi,
    /// A drawing for a page.
    Svg,
}

/// What of the screen a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All panes.
    Overview,
    /// What each distribution would answer.
    Distributions,
    /// Accuracy by complexity.
    Accuracy,
    /// Entropy over iterations.
    Entropy,
    /// The importance weights of the last pool.
    Weights,
    /// The recent samples.
    Samples,
    /// The first distribution's mode, drawn.
    Cell,
}

impl Part {
    fn focus(self) -> Option<Focus> {
        match self {
            Part::Overview => None,
            Part::Distributions => Some(Focus::Distributions),
            Part::Accuracy => Some(Focus::Chart),
            Part::Entropy => Some(Focus::Entropy),
            Part::Weights => Some(Focus::Weights),
            Part::Samples => Some(Focus::Samples),
            Part::Cell => Some(Focus::Cells),
        }
    }
}

/// Draws a screen of so many columns and rows that shows a search, or one of its panes.
pub fn picture(run: &str, dashboard: Dashboard, part: Part, (columns, rows): (u16, u16), format: Format) -> String {
    let theme = if format == Format::Text { Theme::Monochrome } else { Theme::Colour };
    let mut app = App::new(run.into(), theme);
    app.replace(dashboard);
    if let Some(focus) = part.focus() {
        app.view.set_focus(focus);
        app.view.zoom = true;
    }
    let area = Rect::new(0, 0, columns, rows);
    let mut buffer = Buffer::empty(area);
    app.draw(area, &mut buffer);
    match format {
        Format::Text => text(&buffer),
        Format::Ansi => ansi(&buffer),
        Format::Svg => anstyle_svg::Term::new().render_svg(&ansi(&buffer)),
    }
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.content().chunks(usize::from(buffer.area.width).max(1)) {
        let line: String = row.iter().map(|cell| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Cells of one style follow each other without a code between them.
fn ansi(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.content().chunks(usize::from(buffer.area.width).max(1)) {
        let used = row.iter().rposition(|cell| *cell != Cell::default()).map_or(0, |last| last + 1);
        for run in row[..used].chunk_by(|a, b| a.style() == b.style()) {
            let words: String = run.iter().map(Cell::symbol).collect();
            let style: ContentStyle = run[0].style().into_crossterm();
            // Writing to a String cannot fail.
            let _ = write!(text, "{}", StyledContent::new(style, words));
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::tests::sample::Search;

    fn drawn(part: Part, size: (u16, u16), format: Format) -> String {
        let mut dashboard = Dashboard::default();
        Search::new().between(380, 500).iter().for_each(|event| dashboard.apply(event));
        picture("run", dashboard, part, size, format)
    }

    #[test]
    fn every_part_is_drawn_in_every_format_and_size() {
        use Part::{Accuracy, Cell, Distributions, Entropy, Overview, Samples, Weights};
        for (part, holds) in [
            (Overview, "importance weights"),
            (Distributions, "coefficient"),
            (Accuracy, "by parameters"),
            (Entropy, "undecided"),
            (Weights, "ESS"),
            (Samples, "loss"),
            (Cell, "normal cell"),
        ] {
            let text = drawn(part, (120, 40), Format::Text);
            assert!(text.contains(holds) && text.lines().count() == 40 && !text.contains('\u{1b}'), "{part:?}: {text}");
            let ansi = drawn(part, (120, 40), Format::Ansi);
            assert!(ansi.contains(holds) && ansi.contains("\u{1b}["), "{part:?}");
            assert!(drawn(part, (120, 40), Format::Svg).starts_with("<svg"), "{part:?}");
            for size in [(0, 0), (1, 1), (500, 200)] {
                drawn(part, size, Format::Ansi);
            }
        }
    }
}
