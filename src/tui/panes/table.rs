//! The table of distributions: what each wants, where it is, how far it has decided.

use std::collections::VecDeque;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Cell, Row, StatefulWidget, Table, TableState};

use super::Pane;
use crate::engine::{Dashboard, DistributionView, GpuUsage, Point, Usage};
use crate::search::Aim;
use crate::space::format_amount;
use crate::tui::draw::Scene;
use crate::tui::text;
use crate::tui::view::{View, coefficient, distributions, ended, target};

/// Validations back that the trend looks.
const TREND: usize = 4;
/// A change of cost below this ratio, and one of accuracy below this share, is none.
const SAME: f64 = 0.02;

/// The pane.
pub(super) struct Distributions;

type Column = (&'static str, u16, fn(&Scene, usize) -> Cell<'static>);

/// The columns from the left; those that do not fit are left out from the right.
const SEARCHING: [Column; 9] = [
    ("coefficient", 11, aim_cell),
    ("params", 6, parameters),
    ("MACs", 5, macs),
    ("accuracy", 8, accuracy),
    ("age", 5, age),
    ("entropy", 7, entropy),
    ("ESS", 7, ess),
    ("step", 5, step),
    ("trend", 10, trend),
];
const ENDED: [Column; 6] = [
    ("coefficient", 11, aim_cell),
    ("params", 6, parameters),
    ("MACs", 5, macs),
    ("validation", 10, validation),
    ("test", 6, test),
    ("entropy", 7, entropy),
];

impl Pane for Distributions {
    fn name(&self) -> &'static str {
        "distributions"
    }

    fn detail(&self, scene: &Scene) -> String {
        if ended(scene.dashboard) && scene.dashboard.results.is_some() {
            "results of the modes".into()
        } else {
            scene.dashboard.usage.as_ref().map_or_else(|| "costs and accuracy of each mode".into(), usage)
        }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        scene.dashboard.started.is_none().then(|| "preparing…".into())
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let columns: &[Column] =
            if scene.dashboard.results.is_some() && ended(scene.dashboard) { &ENDED } else { &SEARCHING };
        let spacing = if area.width >= 110 { 3 } else { 1 };
        let mut room = area.width.saturating_sub(4);
        let mut shown = columns.iter().take_while(|(_, width, _)| {
            let fits = room >= width + spacing;
            room = room.saturating_sub(width + spacing);
            fits
        });
        let shown: Vec<&Column> = shown.by_ref().collect();
        let header = Row::new(
            std::iter::once(Cell::from("   #"))
                .chain(shown.iter().map(|(name, ..)| Cell::from(Line::from(*name).right_aligned()))),
        )
        .style(scene.theme.dim());
        let rows = (0..distributions(scene.dashboard)).map(|index| {
            let selected = index == scene.view.distribution;
            let mark = if selected { " ▸ " } else { "   " };
            let name = Line::from(vec![
                Span::raw(mark),
                Span::styled(text::digit(index).to_string(), scene.theme.badge(index)),
            ]);
            let cells = std::iter::once(Cell::from(name)).chain(shown.iter().map(|(_, _, cell)| cell(scene, index)));
            Row::new(cells).style(if selected { Style::new().add_modifier(Modifier::BOLD) } else { Style::new() })
        });
        let widths = std::iter::once(4).chain(shown.iter().map(|&&(_, width, _)| width)).map(Constraint::Length);
        let table = Table::new(rows, widths).header(header).column_spacing(spacing);
        let mut state = TableState::new().with_selected(scene.view.distribution);
        StatefulWidget::render(table, area, buffer, &mut state);
    }

    fn click(&self, row: usize, _inside: Rect, view: &mut View, dashboard: &Dashboard) {
        let wanted = row.saturating_sub(1) as isize - view.distribution as isize;
        view.move_distribution(wanted, dashboard);
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "One row a distribution: its complexity coefficient (… while a change waits for the engine), what its mode \
             costs, that mode's accuracy on the whole validation set (~ where the mode has changed since) and how many \
             iterations ago that was (age), how far it has decided (entropy, 1 to 0), how many samples of the last pool were worth something to it (ESS) and how \
             far it moved (step).",
            "Above it, while the search computes: what it takes of its machine. cpu 150%: one and a half processors; mem: \
             memory of the process; gpu, where it computes on one: how busy, and how much of its memory is in use, by \
             everyone. Measured every five seconds, and shown anew where it has moved.",
            "Trend: cost and accuracy of the mode against four validations ago. A distribution whose cost stays with \
             the one above it wants a greater coefficient; one with a poor accuracy a smaller one.",
        ]
    }
}

/// What the search takes of its machine.
fn usage(usage: &Usage) -> String {
    let percent = |share: f64| format!("{}%", text::fixed(share.min(99.99) * 100.0, 0));
    let mut parts = vec![format!("cpu {}", percent(usage.processors)), format!("mem {}", text::bytes(usage.memory))];
    if let Some(GpuUsage { busy, used, total }) = usage.gpu {
        parts.push(format!("gpu {} {}/{} GB", percent(busy), text::gigabytes(used), text::gigabytes(total)));
    }
    parts.join("  ")
}

fn right(words: String) -> Cell<'static> {
    Cell::from(Line::from(words).right_aligned())
}

fn known<'a>(scene: &Scene<'a>, index: usize) -> Option<&'a DistributionView> {
    scene.dashboard.distributions.get(index)
}

/// The coefficient, or `≤` the limit that the coefficient adapts to.
fn aim_cell(scene: &Scene, index: usize) -> Cell<'static> {
    let limit = |cost: f64| format!("≤{}", format_amount(cost));
    let now = target(scene.dashboard, index)
        .map(limit)
        .or_else(|| coefficient(scene.dashboard, index).map(text::coefficient));
    let now = now.unwrap_or_else(|| "–".into());
    let asked = scene.view.pending.get(&index).map(|asked| match (*asked, &scene.dashboard.started) {
        (Aim::Target(target), Some(started)) => limit(started.normaliser.unscaled(target)),
        (Aim::Coefficient(asked) | Aim::Target(asked), _) => text::coefficient(asked),
    });
    match asked {
        Some(asked) => {
            let words = text::cut(&format!("{now}→{asked}…"), 11);
            Cell::from(Line::styled(words, scene.theme.waiting()).right_aligned())
        }
        None => right(now),
    }
}

fn parameters(scene: &Scene, index: usize) -> Cell<'static> {
    right(text::amount(known(scene, index).and_then(|view| view.report.complexity.parameters).map(|n| n as f64)))
}

fn macs(scene: &Scene, index: usize) -> Cell<'static> {
    right(text::amount(known(scene, index).and_then(|view| view.report.complexity.macs).map(|n| n as f64)))
}

fn accuracy(scene: &Scene, index: usize) -> Cell<'static> {
    let Some(view) = known(scene, index) else { return right("–".into()) };
    let Some(validated) = &view.validated else { return right("–".into()) };
    let stale = if validated.architecture == view.report.mode { "" } else { "~" };
    right(format!("{stale}{}", text::percent(validated.score.accuracy)))
}

/// Iterations since the mode was validated.
fn age(scene: &Scene, index: usize) -> Cell<'static> {
    let validated = known(scene, index).and_then(|view| view.validated.as_ref());
    let age = validated.map(|validated| scene.dashboard.iteration.saturating_sub(validated.iteration) as f64);
    right(text::amount(age))
}

fn entropy(scene: &Scene, index: usize) -> Cell<'static> {
    right(known(scene, index).map_or_else(|| "–".into(), |view| text::fixed(view.report.entropy, 2)))
}

fn ess(scene: &Scene, index: usize) -> Cell<'static> {
    let figure = known(scene, index).and_then(|view| view.report.ess);
    right(figure.map_or_else(|| "–".into(), |ess| format!("{}/{}", text::fixed(ess, 1), scene.dashboard.pool.len())))
}

fn step(scene: &Scene, index: usize) -> Cell<'static> {
    right(known(scene, index).and_then(|view| view.report.step).map_or_else(|| "–".into(), |step| text::fixed(step, 3)))
}

fn validation(scene: &Scene, index: usize) -> Cell<'static> {
    right(result(scene, index).map_or_else(|| "–".into(), |found| text::percent(found.0)))
}

fn test(scene: &Scene, index: usize) -> Cell<'static> {
    right(result(scene, index).map_or_else(|| "–".into(), |found| text::percent(found.1)))
}

fn result(scene: &Scene, index: usize) -> Option<(f64, f64)> {
    let found = scene.dashboard.results.as_ref()?.distributions.iter().find(|found| found.index == index)?;
    Some((found.validation_accuracy, found.test_accuracy))
}

fn trend(scene: &Scene, index: usize) -> Cell<'static> {
    let Some((cost, accuracy)) = known(scene, index).and_then(|view| direction(&view.trail)) else {
        return right("–".into());
    };
    right(format!("{cost}cost {accuracy}acc"))
}

fn direction(trail: &VecDeque<Point>) -> Option<(char, char)> {
    let last = trail.back()?;
    let before = trail.get(trail.len().saturating_sub(TREND + 1)).filter(|_| trail.len() > 1)?;
    let arrow = |change: f64| match change {
        c if c > SAME => '↑',
        c if c < -SAME => '↓',
        _ => '→',
    };
    Some((arrow(last.complexity / before.complexity - 1.0), arrow((last.accuracy - before.accuracy) * 2.0)))
}
