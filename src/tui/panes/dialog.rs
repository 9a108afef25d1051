//! Questions on top of the panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Widget};

use crate::tui::draw::Scene;
use crate::tui::text;
use crate::tui::view::Overlay;

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
                Line::from(vec![
                    Span::styled("Enter", theme.key()),
                    Span::raw(" or "),
                    Span::styled("y", theme.key()),
                    Span::raw(": stop, score the modes and leave"),
                ]),
                Line::from(vec![Span::styled("d", theme.key()), Span::raw(": leave, and let the search go on")]),
                Line::from(vec![
                    Span::styled("Esc", theme.key()),
                    Span::raw(" or "),
                    Span::styled("n", theme.key()),
                    Span::raw(": go on"),
                ]),
            ],
        ),
        Overlay::Remove { distribution } => (
            format!(" Remove distribution {}? ", text::digit(*distribution)),
            vec![
                Line::from(vec![
                    Span::styled("Enter", theme.key()),
                    Span::raw(" or "),
                    Span::styled("y", theme.key()),
                    Span::raw(": remove it; those behind it move up"),
                ]),
                Line::from(vec![
                    Span::styled("Esc", theme.key()),
                    Span::raw(" or "),
                    Span::styled("n", theme.key()),
                    Span::raw(": keep it"),
                ]),
            ],
        ),
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
