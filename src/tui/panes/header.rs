//! What the search does, how far it is and how fast.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{LineGauge, Widget};

use crate::engine::State;
use crate::tui::draw::Scene;
use crate::tui::text;
use crate::tui::view::{Request, ended};

/// Rows it takes.
pub(in crate::tui) const HEIGHT: u16 = 2;
/// Columns of the progress bar at least and at most.
const BAR: (u16, u16) = (12, 60);

/// The state in words, with the style that goes with it.
pub(in crate::tui) fn state(scene: &Scene) -> (String, Style) {
    let (dashboard, theme) = (scene.dashboard, scene.theme);
    let (word, style) = match dashboard.state {
        State::Preparing => ("… preparing", theme.waiting()),
        State::Running if dashboard.warm_up || dashboard.iteration == 0 && super::warm_up(scene) > 0 => {
            ("● warm-up", theme.good())
        }
        State::Running => ("● searching", theme.good()),
        State::Paused { .. } => ("‖ paused", theme.waiting()),
        State::Waiting { .. } => ("‖ waiting for the disk", theme.bad()),
        State::Reporting => ("… scoring the modes", theme.waiting()),
        State::Finished => ("✓ finished", theme.good()),
        State::Failed { .. } => ("✗ failed", theme.bad()),
    };
    let suffix = match scene.view.request {
        _ if ended(dashboard) => "",
        _ if !scene.view.connected => ", no longer connected",
        None if scene.view.read_only => ", read-only",
        Some(Request::Pause) => ", pausing…",
        Some(Request::Resume) => ", going on…",
        Some(Request::Stop) if dashboard.state != State::Reporting => ", stopping…",
        _ => "",
    };
    (format!("{word}{suffix}"), style)
}

/// A part of a line, and how much it is wanted.
type Part = (u8, String, Style);

/// Joins the parts that fit, the least wanted left out first.
fn fit(mut parts: Vec<Part>, room: u16) -> Line<'static> {
    let needed = |parts: &[Part]| parts.iter().map(|part| text::width(&part.1) + 2).sum::<usize>();
    while needed(&parts) > usize::from(room) + 2 && parts.len() > 1 {
        let least = parts.iter().enumerate().min_by_key(|(_, part)| part.0).map_or(0, |(index, _)| index);
        parts.remove(least);
    }
    let mut spans = Vec::new();
    for (_, words, style) in parts {
        if !spans.is_empty() {
            spans.push(Span::raw("  "));
        }
        spans.push(Span::styled(words, style));
    }
    Line::from(spans)
}

/// Draws it.
pub(in crate::tui) fn draw(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let (dashboard, theme) = (scene.dashboard, scene.theme);
    let [top, bottom] = [Rect { height: 1, ..area }, Rect { y: area.y + 1, height: 1, ..area }];
    let run = dashboard.started.as_ref().map_or(scene.view.run.as_str(), |started| started.run.as_str());
    let (state, state_style) = state(scene);
    let name = text::cut(&text::clean(run), 32);
    let mut left = vec![(3, " isthmus".into(), theme.key())];
    if !name.is_empty() {
        left.push((7, name, Style::new()));
    }
    if let Some(playback) = scene.view.playback {
        let mark = if playback.playing { '▶' } else { '‖' };
        left.push((8, format!("{mark} replay ×{}", text::coefficient(playback.speed)), theme.key()));
    }
    left.push((9, state, state_style));
    let mut right = Vec::new();
    if let Some(device) = &dashboard.device {
        right.push((2, text::cut(&text::clean(device), 40), theme.dim()));
    }
    if let Some(share) = dashboard.waiting_share() {
        right.push((1, format!("data {} %", text::fixed(100.0 * share, 1)), theme.dim()));
    }
    if scene.view.missed > 0 {
        right.push((3, format!("{} events skipped", text::count(scene.view.missed)), theme.waiting()));
    }
    if dashboard.rate > 0.0 {
        right.push((4, format!("{} architectures/s", text::fixed(dashboard.rate, 1)), Style::new()));
    }
    let left = fit(left, top.width);
    let room = top.width.saturating_sub(left.width() as u16 + 3);
    left.render(top, buffer);
    let right = fit(right, room);
    if right.width() <= usize::from(room) {
        Line::from(right.spans).right_aligned().render(Rect { width: top.width.saturating_sub(1), ..top }, buffer);
    }
    progress(scene, bottom, buffer);
}

fn progress(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let (dashboard, theme) = (scene.dashboard, scene.theme);
    let Some(started) = &dashboard.started else { return };
    let mut parts = vec![(
        9,
        format!(" iteration {}/{}", text::count(dashboard.iteration), text::count(started.iterations)),
        Style::new(),
    )];
    if let Some(epochs) = dashboard.iterations_an_epoch.filter(|&epochs| epochs > 0.0) {
        parts.push((4, format!("epoch {}", text::fixed(dashboard.iteration as f64 / epochs, 1)), Style::new()));
    }
    let mut tail = Vec::new();
    if ended(dashboard) || dashboard.state == State::Reporting {
        tail.push((8, format!("took {}", text::duration(dashboard.seconds)), Style::new()));
    } else {
        tail.push((3, text::duration(dashboard.seconds), theme.dim()));
        if let Some(remaining) = dashboard.remaining() {
            tail.push((8, format!("ETA {}", text::duration(remaining)), theme.key()));
        }
    }
    let room = area.width.saturating_sub(BAR.0 + 4);
    let head = fit(parts, room * 3 / 5);
    let tail = fit(tail, room.saturating_sub(head.width() as u16));
    let (head_width, tail_width) = (head.width() as u16, tail.width() as u16);
    head.render(area, buffer);
    let bar = area.width.saturating_sub(head_width + tail_width + 5).min(BAR.1);
    if bar >= BAR.0 {
        let percent = (dashboard.progress() * 100.0).floor();
        LineGauge::default()
            .label(format!("{percent:>3.0}%"))
            .ratio(dashboard.progress())
            .filled_symbol("━")
            .unfilled_symbol("─")
            .filled_style(theme.good())
            .unfilled_style(theme.dim())
            .render(Rect { x: area.x + head_width + 2, width: bar, ..area }, buffer);
    }
    tail.right_aligned().render(Rect { width: area.width.saturating_sub(1), ..area }, buffer);
}
