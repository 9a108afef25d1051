//! The screen of a search as a picture, without a terminal: text, text with colours, or SVG.

mod svg;

use std::fmt::Write as _;

use crossterm::event::KeyEvent;
use crossterm::style::{ContentStyle, StyledContent};
use ratatui::backend::IntoCrossterm as _;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;

use super::Theme;
use super::app::App;
use super::view::{Focus, Tab, View};
use crate::engine::{Dashboard, Frame};

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
    /// The page of accuracy, entropy and weights of all distributions.
    Overview,
    /// The page of the distributions.
    Distributions,
    /// The page of the recent samples.
    Samples,
    /// The page of the first distribution's mode, drawn.
    Cell,
    /// The page of the front.
    Front,
    /// The page of the log.
    Log,
    /// The page of the networks that are trained.
    Models,
    /// Accuracy by complexity, alone.
    Accuracy,
    /// Entropy over iterations, alone.
    Entropy,
    /// The importance weights of the last pool, alone.
    Weights,
}

impl Part {
    fn show(self, view: &mut View) {
        let alone = match self {
            Part::Overview => return view.show(Tab::Overview),
            Part::Distributions => return view.show(Tab::Distributions),
            Part::Samples => return view.show(Tab::Samples),
            Part::Cell => return view.show(Tab::Cell),
            Part::Front => return view.show(Tab::Front),
            Part::Log => return view.show(Tab::Log),
            Part::Models => return view.show(Tab::Models),
            Part::Accuracy => Focus::Chart,
            Part::Entropy => Focus::Entropy,
            Part::Weights => Focus::Weights,
        };
        view.set_focus(alone);
        view.zoom = true;
    }
}

/// A screen without a terminal: it takes events and keys, and is drawn where one likes.
#[derive(Clone, Debug)]
pub struct Offscreen(App);

impl Offscreen {
    /// One that shows a search.
    pub fn new(run: &str, dashboard: Dashboard, theme: Theme) -> Self {
        let mut app = App::new(run.into(), theme);
        app.replace(dashboard);
        Self(app)
    }

    /// Goes to a part.
    pub fn show(&mut self, part: Part) {
        part.show(&mut self.0.view);
    }

    /// Takes in what a search sends.
    pub fn take(&mut self, frame: &Frame) {
        self.0.take(frame);
    }

    /// Does what a key says; orders to the search go nowhere.
    pub fn press(&mut self, key: KeyEvent) {
        self.0.press(key);
    }

    /// Draws it over all of a buffer.
    pub fn draw(&mut self, buffer: &mut Buffer) {
        self.0.draw(buffer.area, buffer);
    }
}

/// Draws a screen of so many columns and rows that shows a search, or one of its panes, in a theme that is that of the
/// format with some changes.
pub fn picture(
    run: &str,
    dashboard: Dashboard,
    part: Part,
    (columns, rows): (u16, u16),
    format: Format,
    themed: impl FnOnce(Theme) -> Theme,
) -> String {
    let theme = if format == Format::Text { Theme::MONOCHROME } else { Theme::COLOUR };
    let mut screen = Offscreen::new(run, dashboard, themed(theme));
    screen.show(part);
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    screen.draw(&mut buffer);
    match format {
        Format::Text => text(&buffer),
        Format::Ansi => ansi(&buffer),
        Format::Svg => svg::svg(&buffer, screen.0.theme),
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
        picture("run", dashboard, part, size, format, |theme| theme)
    }

    #[test]
    fn every_part_is_drawn_in_every_format_and_size() {
        use Part::*;
        for (part, holds) in [
            (Overview, "importance weights"),
            (Distributions, "probabilities"),
            (Accuracy, "by parameters"),
            (Entropy, "undecided"),
            (Weights, "ESS"),
            (Samples, "loss"),
            (Cell, "normal cell"),
            (Front, "no other one"),
            (Log, "computing on CPU"),
            (Models, "has been trained from scratch"),
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
