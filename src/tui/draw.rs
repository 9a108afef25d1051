//! Where everything is.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, Borders, Widget};

use super::keys::{Action, Keys};
use super::panes::{self, Pane, dialog, footer, header, palette, reader};
use super::view::{self, Focus, Overlay, Tab, View};
use super::{Theme, text};
use crate::engine::Dashboard;

/// The least room that the panes are drawn in.
const SMALLEST: (u16, u16) = (60, 16);
/// From so many columns on, panes stand side by side.
const SIDE_BY_SIDE: u16 = 76;
/// From so many rows on, the overview's charts are there at once, else one at a time.
const SEVERAL: u16 = 11;
/// From so many rows on, the curves of a training stand below the networks, else one of the two at a time.
const BELOW: u16 = 12;
/// Columns of the front beside its chart.
const FRONT: u16 = 44;

/// All that drawing depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) dashboard: &'a Dashboard,
    pub(super) view: &'a View,
    pub(super) theme: Theme,
    pub(super) keys: &'a Keys,
}

/// The parts of a screen from the top.
struct Parts {
    header: Rect,
    tabs: Rect,
    body: Rect,
    messages: Rect,
    footer: Rect,
}

fn parts(scene: &Scene, area: Rect) -> Option<Parts> {
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        return None;
    }
    let [header, tabs, body, messages, footer] = Layout::vertical([
        Constraint::Length(header::HEIGHT),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(footer::message_rows(scene, area)),
        Constraint::Length(1),
    ])
    .areas(area);
    Some(Parts { header, tabs, body, messages, footer })
}

/// Draws the whole screen.
pub(super) fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let Some(Parts { header, tabs, body, messages, footer }) = parts(scene, area) else {
        notice(scene, area, buffer);
        return;
    };
    header::draw(scene, header, buffer);
    draw_tabs(scene, tabs, buffer);
    for (focus, area) in arrange(scene, body) {
        framed(scene, focus, area, buffer);
    }
    footer::draw_messages(scene, messages, buffer);
    footer::draw_keys(scene, footer, buffer);
    match &scene.view.overlay {
        Some(Overlay::Help { .. }) => reader::draw(scene, body, buffer),
        Some(Overlay::Palette { .. }) => palette::draw(scene, body, buffer),
        Some(overlay) => dialog::draw(scene, overlay, area, buffer),
        None => {}
    }
}

/// The pages with their places on the bar.
fn tabs(scene: &Scene, bar: Rect) -> Vec<(Tab, String, Rect)> {
    let mut x = bar.x + 1;
    let labels = Tab::ALL.into_iter().map(|tab| {
        let key = scene.keys.all().find(|(binding, _)| binding.action == Action::Show(tab));
        let key = key.and_then(|(_, keys)| keys.first()).map(|key| key.label()).unwrap_or_default();
        let label = format!(" {key} {} ", tab.name());
        let place = Rect { x, width: text::width(&label) as u16, ..bar }.intersection(bar);
        x = place.right();
        (tab, label, place)
    });
    labels.collect()
}

fn draw_tabs(scene: &Scene, bar: Rect, buffer: &mut Buffer) {
    for (tab, label, place) in tabs(scene, bar) {
        let style = if tab == scene.view.tab { scene.theme.selected() } else { scene.theme.dim() };
        buffer.set_stringn(place.x, place.y, label, usize::from(place.width), style);
    }
}

/// The page whose name is at a place.
pub(super) fn tab_at(scene: &Scene, area: Rect, at: Position) -> Option<Tab> {
    let bar = parts(scene, area)?.tabs;
    tabs(scene, bar).into_iter().find(|(.., place)| place.contains(at)).map(|(tab, ..)| tab)
}

/// The pane that is at a place, with its inside.
pub(super) fn pane_at(scene: &Scene, area: Rect, at: Position) -> Option<(Focus, Rect)> {
    let body = parts(scene, area)?.body;
    let (focus, place) = arrange(scene, body).into_iter().find(|(_, place)| place.contains(at))?;
    Some((focus, Block::new().borders(Borders::TOP).inner(place)))
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
    let panes = view.tab.panes();
    if view.zoom || panes.len() == 1 {
        return vec![(view.focus, body)];
    }
    let wide = body.width >= SIDE_BY_SIDE;
    match view.tab {
        Tab::Front if wide => {
            let [table, chart] =
                Layout::horizontal([Constraint::Length(FRONT), Constraint::Min(0)]).spacing(1).areas(body);
            vec![(Focus::Front, table), (Focus::Chart, chart)]
        }
        Tab::Overview => {
            let rows = view::distributions(scene.dashboard).clamp(1, 64) as u16;
            let table = (2 + rows).min((body.height / 3).max(4));
            let [table, rest] = Layout::vertical([Constraint::Length(table), Constraint::Min(0)]).areas(body);
            let mut places = vec![(Focus::Table, table)];
            if wide && rest.height >= SEVERAL {
                places.extend(charts(rest, rows));
            } else {
                // One of the others: that in focus, or the first.
                let other = if view.focus == Focus::Table { panes[1] } else { view.focus };
                places.push((other, rest));
            }
            places
        }
        Tab::Models if body.height >= BELOW => {
            // A rule, the names of the columns, and some rows.
            let rows = (2 + scene.dashboard.trainings.len().min(64) as u16).clamp(5, body.height / 2);
            let [table, curves] = Layout::vertical([Constraint::Length(rows), Constraint::Min(0)]).areas(body);
            vec![(Focus::Models, table), (Focus::Curves, curves)]
        }
        _ => vec![(view.focus, body)],
    }
}

fn charts(area: Rect, distributions: u16) -> [(Focus, Rect); 3] {
    let [chart, right] = Layout::horizontal([Constraint::Percentage(52), Constraint::Min(0)]).spacing(1).areas(area);
    // A caption below the weights where there is room for it.
    let weights = (distributions + if area.height >= 16 { 4 } else { 2 }).min(area.height / 2);
    let [entropy, weights] = Layout::vertical([Constraint::Min(0), Constraint::Length(weights)]).areas(right);
    [(Focus::Chart, chart), (Focus::Entropy, entropy), (Focus::Weights, weights)]
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

/// How far the help can be scrolled.
pub(super) fn longest_scroll(scene: &Scene, area: Rect) -> usize {
    parts(scene, area).map_or(0, |parts| reader::longest_scroll(scene, parts.body))
}
