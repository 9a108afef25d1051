//! What is told of an architecture around its drawing, the most important first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget};

use super::Portrait;
use super::arrange::{Free, GAP};
use crate::search::Theta;
use crate::space::cells::Cell;
use crate::space::drawing::{Glyphs, plain, short};
use crate::space::{Difference, Part, Share};
use crate::tui::text;

/// Columns of the table of costs: each name and figure, and its count where there is room for it.
pub(super) const NARROWEST: u16 = 7 + 2 * 6;
/// The same with counts, and more air.
const ROOMY: u16 = 8 + 4 + 2 * 7;
/// Columns from which on differences are told, and as many as they take at most.
const DIFFERENCES: (u16, u16) = (24, 44);
/// Characters of one difference at most, since names may come from anywhere.
const LONGEST: usize = 120;
/// Columns from which on costs are told in words.
const IN_WORDS: usize = 30;
/// Columns of the probabilities.
const PROBABILITIES: u16 = 18;

/// Tells as much as there is room for.
pub(super) fn draw(portrait: &Portrait, free: Free, buffer: &mut Buffer) {
    let Free { mut right, mut below } = free;
    for fact in [costs, probabilities, nearest] {
        let lines = fact(portrait, right.width, right.height);
        if !lines.is_empty() {
            let rows = lines.len() as u16;
            Paragraph::new(lines).render(right, buffer);
            let taken = (rows + 1).min(right.height);
            right = Rect { y: right.y + taken, height: right.height - taken, ..right };
            continue;
        }
        let lines = fact(portrait, below.width, below.height);
        if !lines.is_empty() {
            let columns = lines.iter().map(Line::width).max().unwrap_or(0) as u16;
            Paragraph::new(lines).render(below, buffer);
            let taken = columns.saturating_add(GAP).min(below.width);
            below = Rect { x: below.x + taken, width: below.width - taken, ..below };
        }
    }
}

/// Whether the table of costs fits; so too where there is none.
pub(super) fn has_room_for_costs(portrait: &Portrait, free: Free) -> bool {
    let shares = portrait.outline.breakdown(portrait.architecture);
    let fits = |area: Rect| area.width >= NARROWEST && usize::from(area.height) >= shares.len() + 2;
    shares.is_empty() || fits(free.right) || fits(free.below)
}

/// Parameters and MACs by what they go to: as a table, or in words where there is no room for one.
fn costs(portrait: &Portrait, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let shares = portrait.outline.breakdown(portrait.architecture);
    if shares.is_empty() {
        return Vec::new();
    }
    let parameters = shares.iter().map(|share| share.parameters).sum();
    let macs = shares.iter().map(|share| share.macs).sum();
    if columns < NARROWEST || usize::from(rows) < shares.len() + 2 {
        return in_words(portrait, &shares, parameters, columns, rows);
    }
    let roomy = columns >= ROOMY;
    let (before, count, figure) = if roomy { (8, 4, 7) } else { (7, 0, 6) };
    let most = shares.iter().map(|share| share.parameters).max();
    let row = |name: &str, times: String, figures: [String; 2], style: Style| {
        let [parameters, macs] = figures;
        Line::styled(format!("{name:<before$}{times:<count$}{parameters:>figure$}{macs:>figure$}"), style)
    };
    let words = |figure: u64| text::amount(Some(figure as f64));
    let mut lines = vec![row("costs", String::new(), ["params".into(), "MACs".into()], portrait.theme.dim())];
    lines.extend(shares.iter().map(|share| {
        let times =
            if roomy && share.count > 1 { format!("{}{}", portrait.glyphs.times, share.count) } else { String::new() };
        let style = if Some(share.parameters) == most { portrait.theme.key() } else { Style::new() };
        row(&name(portrait, share.part), times, [words(share.parameters), words(share.macs)], style)
    }));
    lines.push(row("total", String::new(), [words(parameters), words(macs)], portrait.theme.dim()));
    lines
}

/// Shares of the parameters, the largest first, as far as there is room.
fn in_words(portrait: &Portrait, shares: &[Share], total: u64, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let columns = usize::from(columns);
    if columns < IN_WORDS || rows == 0 {
        return Vec::new();
    }
    let mut shares: Vec<&Share> = shares.iter().filter(|share| share.parameters > 0).collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.parameters));
    let separator = format!(" {} ", portrait.glyphs.dot);
    let mut line = String::from("parameters: ");
    for (place, share) in shares.into_iter().enumerate() {
        let percent = 100.0 * share.parameters as f64 / total as f64;
        let before = if place == 0 { "" } else { separator.as_str() };
        let piece = format!("{before}{} {percent:.0}%", name(portrait, share.part));
        if line.chars().count() + piece.chars().count() > columns {
            break;
        }
        line.push_str(&piece);
    }
    vec![Line::styled(line, portrait.theme.dim())]
}

fn name(portrait: &Portrait, part: Part) -> String {
    match part {
        Part::Stem => "stem".into(),
        Part::Input => "1x1 in".into(),
        Part::Operation(operation) => short(operation.name(), portrait.glyphs),
        Part::Stage(stage) => format!("stage {stage}"),
        Part::Output => "1x1 out".into(),
        Part::Classifier => "head".into(),
    }
}

/// The probability under each distribution, the greatest first.
fn probabilities(portrait: &Portrait, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let of = |theta: &Theta| theta.log10_probability(portrait.architecture);
    let mut known: Vec<(usize, f64)> =
        portrait.thetas.iter().enumerate().filter_map(|(index, theta)| Some((index, of(theta)?))).collect();
    known.sort_by(|a, b| b.1.total_cmp(&a.1));
    if known.is_empty() || columns < PROBABILITIES || rows < 3 {
        return Vec::new();
    }
    let sizes: Vec<usize> = portrait.outline.decisions.iter().map(|decision| decision.options.len()).collect();
    let words = |log10: f64| if log10.is_finite() { format!("10^{log10:.1}") } else { "0".into() };
    let heading = Line::styled("probability under", portrait.theme.dim());
    let uniform = of(&Theta::uniform(&sizes)).map(words).unwrap_or_default();
    let shown = usize::from(rows) - 2;
    let mut lines = vec![heading];
    lines.extend(known.into_iter().take(shown).map(|(index, log10)| {
        let digit = Span::styled(format!("{:>7}", text::digit(index)), portrait.theme.distribution(index));
        Line::from(vec![digit, Span::raw(format!("{:>11}", words(log10)))])
    }));
    lines.push(Line::styled(format!("uniform{uniform:>11}"), portrait.theme.dim()));
    lines
}

/// The mode that differs in the fewest decisions, and in which.
fn nearest(portrait: &Portrait, columns: u16, rows: u16) -> Vec<Line<'static>> {
    let Portrait { outline, architecture, modes, glyphs, theme, .. } = portrait;
    let (columns, rows) = (columns.min(DIFFERENCES.1), usize::from(rows));
    let distances = modes.iter().filter_map(|&(index, mode)| {
        let (distance, of) = outline.distance(architecture, mode)?;
        Some((distance, of, index, mode))
    });
    let Some((distance, of, index, mode)) = distances.min_by_key(|&(distance, ..)| distance) else { return Vec::new() };
    if columns < DIFFERENCES.0 || rows < 2 {
        return Vec::new();
    }
    let told = match distance {
        0 => "the same architecture".into(),
        _ => format!("{distance} of {of} decisions differ"),
    };
    let mut heading = Line::from(vec![
        Span::styled("nearest mode ", theme.dim()),
        Span::styled(text::digit(index).to_string(), theme.distribution(index)),
    ]);
    let mut lines = Vec::new();
    if heading.width() + 2 + told.len() <= usize::from(columns) {
        heading.push_span(format!(": {told}"));
        lines.push(heading);
    } else {
        lines.extend([heading, told.into()]);
    }
    let mut kind = None;
    for difference in outline.differences(architecture, mode).unwrap_or_default() {
        if let Difference::Edge { kind: next, .. } = &difference
            && kind.replace(*next) != Some(*next)
        {
            lines.push(Line::styled(format!("{} cell", next.name()), theme.dim()));
        }
        let told = plain(&words(&difference, glyphs), LONGEST, glyphs);
        let wrapped = text::wrap(&told, usize::from(columns) - 2).into_iter().enumerate();
        lines.extend(wrapped.map(|(at, line)| Line::from(if at == 0 { line } else { format!("  {line}") })));
    }
    if lines.len() > rows {
        let missing = lines.len() - rows + 1;
        lines.truncate(rows - 1);
        lines.push(Line::styled(format!("{} {missing} lines more", glyphs.ellipsis), theme.dim()));
    }
    lines
}

/// A difference in words.
pub(in crate::tui::panes) fn words(difference: &Difference, glyphs: &Glyphs) -> String {
    match difference {
        Difference::Edge { node, ours, theirs, .. } => {
            let to = glyphs.to;
            let edge = |input: usize| {
                format!("{}{to}{node}", Cell::input_name(input).replace("node ", "").replace("cell", "c"))
            };
            let [one, other] = [ours, theirs].map(|(_, operation)| short(operation, glyphs));
            match (ours.0 == theirs.0, ours.1 == theirs.1) {
                (true, _) => format!("{} {one} instead of {other}", edge(ours.0)),
                (_, true) => format!("{} instead of {} {one}", edge(ours.0), edge(theirs.0)),
                _ => format!("{} {one} instead of {} {other}", edge(ours.0), edge(theirs.0)),
            }
        }
        Difference::Decision { name, ours, theirs } => format!("{name}: {ours} instead of {theirs}"),
    }
}
