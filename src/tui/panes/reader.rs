//! A page to read on top of the panes: the help.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Widget};

use super::help;
use crate::tui::draw::Scene;
use crate::tui::view::Overlay;

fn place(body: Rect) -> Rect {
    let width = body.width.min(100);
    Rect { x: body.x + (body.width - width) / 2, width, ..body }
}

fn page(scene: &Scene, columns: u16) -> Option<(&'static str, Vec<Line<'static>>, usize)> {
    match scene.view.overlay {
        Some(Overlay::Help { scroll }) => Some((" Help ", help::lines(scene, usize::from(columns)), scroll)),
        _ => None,
    }
}

/// How far the page can be scrolled in a body of this size.
pub(in crate::tui) fn longest_scroll(scene: &Scene, body: Rect) -> usize {
    let inner = place(body);
    let rows = usize::from(inner.height.saturating_sub(2));
    page(scene, inner.width.saturating_sub(4)).map_or(0, |(_, lines, _)| lines.len().saturating_sub(rows))
}

/// Draws the page.
pub(in crate::tui) fn draw(scene: &Scene, body: Rect, buffer: &mut Buffer) {
    let place = place(body);
    let Some((title, lines, scroll)) = page(scene, place.width.saturating_sub(4)) else { return };
    Clear.render(place, buffer);
    let mut block = Block::bordered().border_type(BorderType::Thick).border_style(scene.theme.focus()).title(title);
    let rows = usize::from(place.height.saturating_sub(2));
    if lines.len() > rows {
        let last = lines.len().min(scroll + rows);
        block = block.title_bottom(Line::from(format!(" to line {last} of {} ", lines.len())).right_aligned());
    }
    let inner = block.inner(place);
    block.render(place, buffer);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let shown: Vec<Line> = lines.into_iter().skip(scroll).take(rows).collect();
    Paragraph::new(shown).render(inner, buffer);
}
