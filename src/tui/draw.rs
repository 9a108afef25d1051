//! Where everything is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Widget};

use super::panes::{self, Pane, dialog, footer, header, reader};
use super::view::{self, Focus, Overlay, View};
use super::{Theme, text};
use crate::engine::Dashboard;

/// The least room that the panes are drawn in.
const SMALLEST: (u16, u16) = (60, 16);
/// From so many columns on, panes stand side by side.
const SIDE_BY_SIDE: u16 = 76;
/// From so many rows on, all panes are there at once.
const ALL_PANES: u16 = 26;
/// From so many rows on, there are two pages of panes, else one pane at a time.
const TWO_PAGES: u16 = 11;

/// All that drawing depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) dashboard: &'a Dashboard,
    pub(super) view: &'a View,
    pub(super) theme: Theme,
}

/// Draws the whole screen.
pub(super) fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        notice(scene, area, buffer);
        return;
    }
    let [header, body, messages, footer] = Layout::vertical([
        Constraint::Length(header::HEIGHT),
        Constraint::Min(0),
        Constraint::Length(footer::message_rows(scene, area)),
        Constraint::Length(1),
    ])
    .areas(area);
    header::draw(scene, header, buffer);
    for (focus, area) in arrange(scene, body) {
        framed(scene, focus, area, buffer);
    }
    footer::draw_messages(scene, messages, buffer);
    footer::draw_keys(scene, footer, buffer);
    match &scene.view.overlay {
        Some(Overlay::Help { .. } | Overlay::Log { .. }) => reader::draw(scene, body, buffer),
        Some(overlay) => dialog::draw(scene, overlay, area, buffer),
        None => {}
    }
}

/// What a terminal too small for panes says. The question whether to stop still shows, since its keys work.
fn notice(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let lines = match scene.view.overlay {
        Some(Overlay::Stop) => vec!["Stop the search?".into(), "y stops, n goes on".into()],
        _ => vec![
            format!("isthmus: {}", header::state(scene).0),
            format!("{}x{} is too small,", area.width, area.height),
            format!("{}x{} is needed", SMALLEST.0, SMALLEST.1),
            "q leaves".into(),
        ],
    };
    let top = area.y + area.height.saturating_sub(lines.len() as u16) / 2;
    for (row, line) in (top..area.bottom()).zip(lines) {
        let line = text::cut(&line, usize::from(area.width));
        let left = (usize::from(area.width) - text::width(&line)) / 2;
        buffer.set_stringn(area.x + left as u16, row, &line, usize::from(area.width), ratatui::style::Style::new());
    }
}

/// The panes that are seen, each with its place.
fn arrange(scene: &Scene, body: Rect) -> Vec<(Focus, Rect)> {
    let view = scene.view;
    if view.zoom {
        return vec![(view.focus, body)];
    }
    let rows = view::distributions(scene.dashboard).clamp(1, 64) as u16;
    let table = (2 + rows).min((body.height / 3).max(4));
    let [table, rest] = Layout::vertical([Constraint::Length(table), Constraint::Min(0)]).areas(body);
    let mut places = vec![(Focus::Distributions, table)];
    if rest.width < SIDE_BY_SIDE || rest.height < TWO_PAGES {
        places.push((view.other, rest));
    } else if rest.height >= ALL_PANES {
        let second = (rest.height * 9 / 20).max(14);
        let [first, second] = Layout::vertical([Constraint::Min(0), Constraint::Length(second)]).areas(rest);
        places.extend(first_page(first, rows));
        places.extend(second_page(second));
    } else if view.other.is_second_page() {
        places.extend(second_page(rest));
    } else {
        places.extend(first_page(rest, rows));
    }
    places
}

fn first_page(area: Rect, distributions: u16) -> [(Focus, Rect); 3] {
    let [chart, right] = Layout::horizontal([Constraint::Percentage(52), Constraint::Min(0)]).spacing(1).areas(area);
    // A caption below the weights where there is room for it.
    let weights = (distributions + if area.height >= 16 { 4 } else { 2 }).min(area.height / 2);
    let [entropy, weights] = Layout::vertical([Constraint::Min(0), Constraint::Length(weights)]).areas(right);
    [(Focus::Chart, chart), (Focus::Entropy, entropy), (Focus::Weights, weights)]
}

fn second_page(area: Rect) -> [(Focus, Rect); 2] {
    let samples = (area.width * 2 / 5).clamp(32, 60);
    let [samples, cells] = Layout::horizontal([Constraint::Length(samples), Constraint::Min(0)]).spacing(1).areas(area);
    [(Focus::Samples, samples), (Focus::Cells, cells)]
}

/// Draws a pane below its rule, which is thicker where the focus is.
fn framed(scene: &Scene, focus: Focus, area: Rect, buffer: &mut Buffer) {
    let pane: &dyn Pane = panes::pane(focus);
    let focused = scene.view.focus == focus;
    let style = if focused { scene.theme.focus() } else { scene.theme.dim() };
    let room = usize::from(area.width);
    let name = format!(" {} ", pane.name());
    let mut block = Block::new().borders(Borders::TOP).border_style(style).border_type(if focused {
        ratatui::widgets::BorderType::Thick
    } else {
        ratatui::widgets::BorderType::Plain
    });
    let detail = pane.detail(scene);
    let left = room.saturating_sub(text::width(&name) + 3);
    block = block.title_top(Line::styled(name, style));
    if !detail.is_empty() && left > 6 {
        let detail = text::cut(&text::clean(&detail), left);
        block = block.title_top(Line::styled(format!(" {detail} "), scene.theme.dim()).right_aligned());
    }
    let inner = block.inner(area);
    block.render(area, buffer);
    match pane.empty(scene) {
        Some(why) => {
            let lines = text::wrap(&why, usize::from(inner.width.saturating_sub(4)));
            let top = inner.y + inner.height.saturating_sub(lines.len() as u16) / 2;
            for (row, line) in (top..inner.bottom()).zip(lines) {
                let left = usize::from(inner.width).saturating_sub(text::width(&line)) / 2;
                buffer.set_stringn(inner.x + left as u16, row, &line, usize::from(inner.width), scene.theme.dim());
            }
        }
        None => pane.draw(scene, inner, buffer),
    }
}

/// How far the help or the log can be scrolled.
pub(super) fn longest_scroll(scene: &Scene, area: Rect) -> usize {
    let rows = area.height.saturating_sub(header::HEIGHT + 1 + footer::message_rows(scene, area));
    reader::longest_scroll(scene, Rect { height: rows, ..area })
}
