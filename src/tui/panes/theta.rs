//! The probabilities of a distribution: decisions down, options across.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Modifier;

use super::{Pane, warm_up};
use crate::engine::{Dashboard, DistributionView};
use crate::space::Decision;
use crate::space::drawing::{Glyphs, short};
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::text;
use crate::tui::view::{View, distributions};

/// Rows that a page key moves.
const PAGE: usize = 10;
/// Columns of the entropy at the end of a row.
const ENTROPY: u16 = 6;
/// Columns of the list of what changed most, where it stands beside the probabilities.
const MOVED: u16 = 44;
/// From so many columns on, that list stands beside, else below.
const BESIDE: u16 = 110;
/// Rows of that list below.
const BELOW: u16 = 4;

/// The pane.
pub(super) struct Theta;

/// A line of the table: the names of options that the decisions below it share, or a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Options(usize),
    Decision(usize),
}

impl Pane for Theta {
    fn name(&self) -> &'static str {
        "probabilities"
    }

    fn detail(&self, scene: &Scene) -> String {
        let shown = scene.dashboard.distributions.get(scene.view.distribution);
        match shown.and_then(|view| view.theta.as_ref()) {
            Some(said) => format!("as of iteration {}", text::count(said.iteration)),
            None => String::new(),
        }
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        let Some(started) = &scene.dashboard.started else { return Some("preparing…".into()) };
        let said = scene.dashboard.distributions.get(scene.view.distribution).is_some_and(|view| view.theta.is_some());
        (!said).then(|| match warm_up(scene) {
            warm_up if scene.dashboard.iteration <= warm_up => {
                format!("every option is equally likely in the warm-up, until iteration {}", text::count(warm_up))
            }
            _ if started.strategy == "shared" || started.strategy == "separate" => {
                "the probabilities are said at intervals (engine.theta_every): these have not been said yet".into()
            }
            _ => "no probabilities have been said (engine.theta_every, or a strategy that has none)".into(),
        })
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let Some(started) = &scene.dashboard.started else { return };
        let decisions = &started.outline.decisions;
        let lines = lines(decisions);
        let one = scene.view.distribution;
        if let Some(other) = other(scene.view, scene.dashboard) {
            let halves = Layout::horizontal([Constraint::Fill(1); 2]).spacing(2).areas::<2>(area);
            for (distribution, half) in [one, other].into_iter().zip(halves) {
                table(scene, decisions, &lines, distribution, half, buffer);
            }
            return;
        }
        let [shown, moved] = if area.width >= BESIDE {
            Layout::horizontal([Constraint::Min(0), Constraint::Length(MOVED)]).spacing(2).areas(area)
        } else {
            let below = if area.height >= 12 { BELOW } else { 0 };
            Layout::vertical([Constraint::Min(0), Constraint::Length(below)]).areas(area)
        };
        table(scene, decisions, &lines, one, shown, buffer);
        if let Some(view) = scene.dashboard.distributions.get(one) {
            changes(scene, decisions, view, moved, buffer);
        }
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        match action {
            Action::Up => select(view, dashboard, |at| at.saturating_sub(1)),
            Action::Down => select(view, dashboard, |at| at + 1),
            Action::PageUp => select(view, dashboard, |at| at.saturating_sub(PAGE)),
            Action::PageDown => select(view, dashboard, |at| at + PAGE),
            Action::First => select(view, dashboard, |_| 0),
            Action::Last => select(view, dashboard, |_| usize::MAX),
            Action::Compare => {
                let known = distributions(dashboard);
                let next = view.beside.map_or(0, |beside| beside + 1);
                let next = (next..known).find(|&next| next != view.distribution);
                view.beside = next;
            }
            Action::Cancel if view.beside.is_some() => view.beside = None,
            _ => return false,
        }
        true
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "Theta of the selected distribution ([ and ] choose it): a row a decision, a column an option, the brighter \
             the likelier. Decisions with the same options stand together below the names of these. At the end of a row \
             is its entropy: 1, all options alike; 0, decided. The option that the mode takes is in bold.",
            "Beside or below: the options whose probability has changed most since theta was said before, which is every \
             engine.theta_every iterations. v sets another distribution beside this one.",
            "Worry when rows decide (entropy near 0) while the accuracies still rise, or when two distributions agree in \
             every row although their coefficients differ.",
        ]
    }
}

/// Selects another decision, by the order in which they stand.
fn select(view: &mut View, dashboard: &Dashboard, to: impl Fn(usize) -> usize) {
    let Some(started) = &dashboard.started else { return };
    let order: Vec<usize> = lines(&started.outline.decisions)
        .into_iter()
        .filter_map(|line| match line {
            Line::Decision(decision) => Some(decision),
            Line::Options(_) => None,
        })
        .collect();
    let at = order.iter().position(|&decision| decision == view.decision).unwrap_or(0);
    if let Some(&decision) = order.get(to(at).min(order.len().saturating_sub(1))) {
        view.decision = decision;
    }
}

/// The distribution that is shown beside the selected one.
fn other(view: &View, dashboard: &Dashboard) -> Option<usize> {
    view.beside.filter(|&beside| beside != view.distribution && beside < distributions(dashboard))
}

/// The lines of the table: decisions with the same options follow each other.
fn lines(decisions: &[Decision]) -> Vec<Line> {
    let mut groups: Vec<(&[String], Vec<usize>)> = Vec::new();
    for (index, decision) in decisions.iter().enumerate() {
        match groups.iter_mut().find(|(options, _)| *options == decision.options) {
            Some((_, members)) => members.push(index),
            None => groups.push((&decision.options, vec![index])),
        }
    }
    let lines = groups.into_iter().flat_map(|(_, members)| {
        let head = Line::Options(members[0]);
        std::iter::once(head).chain(members.into_iter().map(Line::Decision))
    });
    lines.collect()
}

/// The entropy of a row as a share of the greatest that it can have.
fn entropy(row: &[f64]) -> f64 {
    if row.len() < 2 {
        return 0.0;
    }
    let sum: f64 = row.iter().filter(|&&p| p > 0.0).map(|p| -p * p.ln()).sum();
    sum / (row.len() as f64).ln()
}

/// The end of a name, which tells it from its neighbours, in so many columns.
fn name_end(name: &str, columns: usize) -> String {
    if text::width(name) <= columns {
        return name.to_owned();
    }
    let mut kept = String::new();
    for c in name.chars().rev() {
        let longer = format!("{c}{kept}");
        if text::width(&longer) + 1 > columns {
            break;
        }
        kept = longer;
    }
    format!("…{kept}")
}

/// A probability in so many columns.
fn figure(probability: f64, columns: u16) -> String {
    match columns {
        _ if !probability.is_finite() => String::new(),
        0..=2 => String::new(),
        3 => format!("{:.0}", (probability * 100.0).clamp(0.0, 99.0)),
        4 if probability < 0.995 => format!("{probability:.2}").trim_start_matches('0').to_owned(),
        _ => format!("{probability:.2}"),
    }
}

fn table(scene: &Scene, decisions: &[Decision], lines: &[Line], distribution: usize, area: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let Some(view) = scene.dashboard.distributions.get(distribution) else { return };
    if area.width < 20 || area.height < 2 {
        return;
    }
    let digit = text::digit(distribution).to_string();
    buffer.set_string(area.x + 1, area.y, digit, theme.badge(distribution));
    let Some(said) = &view.theta else {
        buffer.set_stringn(area.x + 3, area.y, "not said yet", usize::from(area.width - 3), theme.dim());
        return;
    };
    let most = decisions.iter().map(|decision| decision.options.len()).max().unwrap_or(1).clamp(1, 512) as u16;
    let longest = decisions.iter().map(|decision| text::width(&decision.name)).max().unwrap_or(0) as u16;
    let name = longest.min(area.width * 2 / 5).max(4);
    let wide = (area.width.saturating_sub(name + 2 + ENTROPY) / most).clamp(1, 9);
    let shown = area.width.saturating_sub(name + 2 + ENTROPY) / wide;
    let first = area.x + name + 2;
    let end = first + shown.min(most) * wide;
    buffer.set_stringn(end, area.y, "entropy", usize::from(area.right().saturating_sub(end)), theme.dim());
    let rows = usize::from(area.height - 1);
    let selected = lines.iter().position(|line| *line == Line::Decision(scene.view.decision)).unwrap_or(0);
    let top = (selected + 1).saturating_sub(rows / 2).min(lines.len().saturating_sub(rows));
    for (y, line) in (area.y + 1..area.bottom()).zip(&lines[top..]) {
        match *line {
            Line::Options(decision) => {
                for (option, x) in decisions[decision].options.iter().zip(0..shown) {
                    let label =
                        text::cut(&text::clean(&short(option, &Glyphs::UNICODE)), usize::from(wide.saturating_sub(1)));
                    buffer.set_string(first + x * wide, y, label, theme.dim());
                }
            }
            Line::Decision(decision) => {
                let label = name_end(&text::clean(&decisions[decision].name), usize::from(name));
                let here = decision == scene.view.decision;
                let style = if here { theme.key() } else { ratatui::style::Style::new() };
                buffer.set_string(area.x, y, if here { "▸" } else { " " }, theme.key());
                buffer.set_stringn(area.x + 1, y, label, usize::from(name), style);
                if decision >= said.theta.decisions() {
                    continue;
                }
                let row = said.theta.row(decision);
                let taken = view.report.mode.options().get(decision).map(|&option| usize::from(option));
                for ((option, &p), x) in row.iter().enumerate().zip(0..shown) {
                    let (style, glyph) = theme.heat(p);
                    let words = figure(p, wide);
                    let words = if words.is_empty() {
                        glyph.repeat(usize::from(wide))
                    } else {
                        let columns = usize::from(wide.saturating_sub(1));
                        format!("{words:>columns$}{glyph}")
                    };
                    let bold = if taken == Some(option) { Modifier::BOLD } else { Modifier::empty() };
                    let style = style.add_modifier(bold);
                    buffer.set_stringn(first + x * wide, y, words, usize::from(wide), style);
                }
                let words = text::fixed(entropy(row), 2);
                buffer.set_stringn(end + 2, y, words, usize::from(area.right().saturating_sub(end + 2)), theme.dim());
            }
        }
    }
}

/// What changed most between the last two times that theta was said.
fn changes(scene: &Scene, decisions: &[Decision], view: &DistributionView, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let columns = usize::from(area.width);
    let moved = view.moved(usize::from(area.height.saturating_sub(1)));
    let since = view.theta_before.as_ref().map(|before| text::count(before.iteration));
    let head = match since {
        Some(since) if !moved.is_empty() => format!("changed most since iteration {since}"),
        _ => "what changed most shows once theta was said twice".into(),
    };
    buffer.set_stringn(area.x, area.y, text::cut(&head, columns), columns, scene.theme.dim());
    for (y, moved) in (area.y + 1..area.bottom()).zip(moved) {
        let Some(decision) = decisions.get(moved.decision) else { continue };
        let option = decision.options.get(moved.option).map_or("–", String::as_str);
        let figures = format!("{:.2} → {:.2}", moved.before, moved.after);
        let room = columns.saturating_sub(text::width(&figures) + 2);
        let words = text::cut(&text::clean(&format!("{}: {option}", decision.name)), room);
        let padding = room - text::width(&words);
        buffer.set_stringn(area.x, y, format!("{words}{:padding$}  {figures}", ""), columns, scene.theme.key());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_with_the_same_options_stand_together() {
        let decision = |name: &str, options: &[&str]| Decision {
            name: name.into(),
            options: options.iter().map(|&option| option.to_owned()).collect(),
        };
        let decisions = [decision("a", &["x", "y"]), decision("b", &["z"]), decision("c", &["x", "y"])];
        use Line::{Decision as D, Options as O};
        assert_eq!(lines(&decisions), [O(0), D(0), D(2), O(1), D(1)]);
    }

    #[test]
    fn of_a_long_name_the_end_is_kept() {
        assert_eq!(
            [name_end("normal.0.input_a", 10), name_end("input_a", 7), name_end("宽宽", 3)],
            ["…0.input_a", "input_a", "…宽"]
        );
    }

    #[test]
    fn figures_fit_their_columns() {
        for (p, columns, said) in [(0.5, 3, "50"), (1.0, 3, "99"), (0.25, 4, ".25"), (1.0, 5, "1.00"), (0.3, 2, "")] {
            assert_eq!(figure(p, columns), said);
        }
        assert!((entropy(&[0.5, 0.5]) - 1.0).abs() < 1e-12);
        assert_eq!(entropy(&[1.0]), 0.0);
    }
}
