//! Questions on top of the panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Widget};

use crate::engine::Training;
use crate::tui::draw::Scene;
use crate::tui::view::Overlay;
use crate::tui::{Theme, text};

/// Columns of a question.
const WIDTH: u16 = 60;

/// Draws the question of an overlay.
pub(in crate::tui) fn draw(scene: &Scene, overlay: &Overlay, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let width = WIDTH.min(area.width);
    let columns = usize::from(width.saturating_sub(6));
    let (title, lines) = match overlay {
        Overlay::Stop => (
            " Stop the search? ".into(),
            vec![
                choice(theme, &["Enter", "y"], "stop, score the modes and leave"),
                choice(theme, &["d"], "leave, and let the search go on"),
                choice(theme, &["Esc", "n"], "go on"),
            ],
        ),
        Overlay::Remove { distribution } => (
            format!(" Remove distribution {}? ", text::digit(*distribution)),
            vec![
                choice(theme, &["Enter", "y"], "remove it; those behind it move up"),
                choice(theme, &["Esc", "n"], "keep it"),
            ],
        ),
        Overlay::Train(start) => {
            let facts = start.facts.iter().flat_map(|fact| text::wrap(&text::clean(fact), columns)).map(Line::raw);
            let choices =
                [Line::default(), choice(theme, &["Enter", "y"], "train it"), choice(theme, &["Esc", "n"], "not now")];
            (format!(" Train {}? ", text::cut(&text::clean(&start.model), columns)), facts.chain(choices).collect())
        }
        Overlay::Halt { model } => {
            let mut lines = vec![Line::raw("It keeps its state, and T goes on with it later.")];
            match others(scene, model) {
                0 => {}
                1 => lines.push(Line::raw("Another one of the same command stops as well.")),
                count => lines.push(Line::raw(format!("{count} others of the same command stop as well."))),
            }
            lines.extend([
                Line::default(),
                choice(theme, &["Enter", "y"], "stop it"),
                choice(theme, &["Esc", "n"], "let it go on"),
            ]);
            (format!(" Stop training {}? ", text::cut(&text::clean(model), columns)), lines)
        }
        Overlay::Prompt(prompt) => {
            let (said, style) = match prompt.check(scene.dashboard) {
                Ok((_, said)) => (said, theme.dim()),
                Err(why) => (text::clean(&why), theme.bad()),
            };
            let verdict = text::wrap(&said, columns).into_iter().map(|line| Line::styled(line, style));
            (format!(" {} ", prompt.title()), std::iter::once(typed(&prompt.input, columns)).chain(verdict).collect())
        }
        Overlay::Palette { .. } | Overlay::Help { .. } => return,
    };
    let height = (lines.len() as u16 + 4).min(area.height);
    let place = Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height);
    Clear.render(place, buffer);
    let block = Block::bordered().border_type(BorderType::Thick).border_style(theme.focus()).title(title);
    let inner = block.inner(place);
    block.render(place, buffer);
    let inner = Rect {
        x: inner.x + 2,
        width: inner.width.saturating_sub(4),
        y: inner.y + 1,
        height: inner.height.saturating_sub(2),
    };
    Paragraph::new(lines).render(inner, buffer);
}

/// What keys do.
fn choice(theme: Theme, keys: &[&'static str], words: &'static str) -> Line<'static> {
    let mut spans = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        spans.extend((place > 0).then(|| Span::raw(" or ")));
        spans.push(Span::styled(*key, theme.key()));
    }
    spans.push(Span::raw(format!(": {words}")));
    Line::from(spans)
}

/// How many other networks the process has in hand that trains one.
fn others(scene: &Scene, model: &str) -> usize {
    let trainings = &scene.dashboard.trainings;
    let process = trainings.iter().find(|training| training.name == model).and_then(Training::process);
    let same = |other: &&Training| other.name != model && other.process() == process;
    process.map_or(0, |_| trainings.iter().filter(same).count())
}

/// The typed text, from where on its cursor is in sight; the cursor is drawn, since the terminal's own is hidden.
pub(super) fn typed(input: &tui_input::Input, columns: usize) -> Line<'static> {
    let characters: Vec<char> = input.value().chars().collect();
    let at = input.cursor().min(characters.len());
    let under = characters.get(at).copied().unwrap_or(' ');
    let room = columns.saturating_sub(3);
    let from =
        (0..at).find(|&from| text::width(&characters[from..at].iter().collect::<String>()) <= room).unwrap_or(at);
    Line::from(vec![
        Span::raw(format!("{} {}", if from > 0 { '…' } else { '>' }, characters[from..at].iter().collect::<String>())),
        Span::styled(under.to_string(), Style::new().add_modifier(Modifier::REVERSED)),
        Span::raw(characters.get(at + 1..).unwrap_or_default().iter().collect::<String>()),
    ])
}
