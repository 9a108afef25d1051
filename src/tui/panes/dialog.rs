//! Questions on top of the panes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Widget};

use crate::tui::draw::Scene;
use crate::tui::text;
use crate::tui::view::Overlay;

/// Draws the question of an overlay.
pub(in crate::tui) fn draw(scene: &Scene, overlay: &Overlay, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
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
            let verdict = match prompt.check(scene.dashboard) {
                Ok((_, said)) => Line::styled(said, theme.dim()),
                Err(why) => Line::styled(text::clean(&why), theme.bad()),
            };
            (format!(" {} ", prompt.title()), vec![typed(&prompt.input), verdict])
        }
        Overlay::Palette { .. } | Overlay::Help { .. } => return,
    };
    let width = 60.min(area.width);
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

/// The typed text with its cursor drawn, since the terminal's own is hidden.
pub(super) fn typed(input: &tui_input::Input) -> Line<'static> {
    let characters: Vec<char> = input.value().chars().collect();
    let at = input.cursor().min(characters.len());
    let under = characters.get(at).copied().unwrap_or(' ');
    Line::from(vec![
        Span::raw(format!("> {}", characters[..at].iter().collect::<String>())),
        Span::styled(under.to_string(), Style::new().add_modifier(Modifier::REVERSED)),
        Span::raw(characters.get(at + 1..).unwrap_or_default().iter().collect::<String>()),
    ])
}
