//! What happened last, and the keys of the moment.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::engine::{LogEntry, LogKind, State};
use crate::tui::app::place;
use crate::tui::draw::Scene;
use crate::tui::keys::{Action, Context};
use crate::tui::text;
use crate::tui::view::ended;

/// Why the search rests or failed: it must not be cut, and stays in sight.
fn reason<'a>(scene: &Scene<'a>) -> Option<(&'static str, &'a str)> {
    match &scene.dashboard.state {
        State::Failed { reason } => Some(("failed", reason)),
        State::Paused { reason: Some(reason) } => Some(("paused", reason)),
        State::Waiting { reason } => Some(("waiting", reason)),
        _ => None,
    }
}

fn reason_lines(scene: &Scene, columns: u16) -> Vec<String> {
    let Some((what, why)) = reason(scene) else { return Vec::new() };
    let mut lines = text::wrap(&format!("{what}: {}", text::clean(why)), usize::from(columns.saturating_sub(3)));
    lines.truncate(4);
    lines
}

/// Rows that messages take, the more the higher the screen.
pub(in crate::tui) fn message_rows(scene: &Scene, area: Rect) -> u16 {
    let usual = match area.height {
        ..=31 => 1,
        32..=47 => 2,
        _ => 4,
    };
    usual.max(reason_lines(scene, area.width).len() as u16)
}

/// A log entry as one line.
pub(in crate::tui) fn entry(scene: &Scene, entry: &LogEntry) -> Line<'static> {
    let (mark, style) = match entry.kind {
        LogKind::Stage => ("·", scene.theme.dim()),
        LogKind::Adjustment => ("±", Style::new()),
        LogKind::Warning => ("!", scene.theme.bad()),
        LogKind::Output => ("›", scene.theme.dim()),
    };
    Line::from(vec![
        Span::styled(format!(" {mark} "), style),
        Span::styled(format!("{:>6}  ", text::count(entry.iteration)), scene.theme.dim()),
        Span::styled(text::clean(&entry.text), if entry.kind == LogKind::Stage { Style::new() } else { style }),
    ])
}

/// Draws the last messages, the newest at the bottom; a reason to rest or fail, or an answer to a key, takes their
/// place.
pub(in crate::tui) fn draw_messages(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let style =
        if matches!(scene.dashboard.state, State::Failed { .. }) { scene.theme.bad() } else { scene.theme.waiting() };
    let mut lines: Vec<Line> =
        reason_lines(scene, area.width).into_iter().map(|line| Line::styled(format!(" ! {line}"), style)).collect();
    let room = usize::from(area.height).saturating_sub(lines.len());
    let skip = scene.dashboard.log.len().saturating_sub(room);
    let log: Vec<Line> = scene.dashboard.log.iter().skip(skip).map(|known| entry(scene, known)).collect();
    lines.splice(0..0, log);
    if let (Some(notice), Some(last)) = (&scene.view.notice, lines.last_mut()) {
        *last = Line::styled(format!(" {}", text::clean(notice)), scene.theme.waiting());
    }
    let above = usize::from(area.height).saturating_sub(lines.len());
    for (row, line) in area.rows().skip(above).zip(lines) {
        line.render(row, buffer);
    }
}

/// Draws the keys, the most wanted ones where not all fit.
pub(in crate::tui) fn draw_keys(scene: &Scene, area: Rect, buffer: &mut Buffer) {
    let ended = ended(scene.dashboard);
    let steers = !ended && !scene.view.read_only && scene.view.connected;
    let one = scene.view.tab.panes().len() == 1;
    let mut rows = scene.keys.footer(place(scene.view), |binding| match (binding.context, binding.action) {
        (Context::Search, _) => steers,
        (_, Action::Detach) => !ended && scene.view.playback.is_none() && !scene.view.read_only,
        (_, Action::FocusNext | Action::Zoom) => !one,
        (_, Action::Train | Action::Halt) => !scene.view.read_only,
        _ => true,
    });
    for (_, name, _) in &mut rows {
        *name = match (*name, &scene.dashboard.state) {
            ("pause", State::Paused { .. }) => "go on",
            ("stop", State::Finished | State::Failed { .. }) => "leave",
            ("stop", _) if !scene.view.connected || scene.view.read_only || scene.view.playback.is_some() => "leave",
            ("play", _) if scene.view.playback.is_some_and(|playback| playback.playing) => "rest",
            (name, _) => name,
        };
    }
    let width = |rows: &[(String, &str, u8)]| {
        rows.iter().map(|(keys, name, _)| text::width(keys) + 1 + text::width(name) + 2).sum::<usize>()
    };
    while width(&rows) > usize::from(area.width) + 1 && rows.len() > 1 {
        let least = rows.iter().enumerate().rev().min_by_key(|(_, row)| row.2).map_or(0, |(index, _)| index);
        rows.remove(least);
    }
    let mut spans = vec![Span::raw(" ")];
    for (keys, name, _) in rows {
        spans.push(Span::styled(keys, scene.theme.key()));
        spans.push(Span::styled(format!(" {name}  "), scene.theme.dim()));
    }
    Line::from(spans).render(area, buffer);
}
