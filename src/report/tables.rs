//! The tables of a report.

use maud::{Markup, html};

use super::charts::badge;
use super::facts::Facts;
use super::words::{UNKNOWN, aim, amount, percent, time};
use crate::clean::clean;
use crate::figures::{count, fixed};
use crate::run::duration;
use crate::space::Complexity;

/// A table that scrolls by itself where it is wider than the page. Numbers stand right; the first column is words.
fn table(heads: &[&str], rows: impl IntoIterator<Item = Vec<Markup>>) -> Markup {
    html! {
        div.wide tabindex="0" {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody {
                    @for row in rows { tr { @for cell in row { td { (cell) } } } }
                }
            }
        }
    }
}

fn cell(text: impl AsRef<str>) -> Markup {
    html! { (text.as_ref()) }
}

/// Parameters, MACs and, where any is known, latency.
fn costs(known: &Complexity, latency: bool) -> Vec<Markup> {
    let whole = |cost: Option<u64>| cell(amount(cost.map(|cost| cost as f64)));
    let mut cells = vec![whole(known.parameters), whole(known.macs)];
    if latency {
        cells.push(cell(known.latency.map_or_else(|| UNKNOWN.into(), |ms| format!("{} ms", fixed(ms, 2)))));
    }
    cells
}

fn cost_heads(latency: bool) -> &'static [&'static str] {
    if latency { &["parameters", "MACs", "latency"] } else { &["parameters", "MACs"] }
}

/// The distributions: what each aims at, and what its mode is worth.
pub(super) fn distributions(facts: &Facts) -> Markup {
    let views = &facts.dashboard.distributions;
    let latency = views.iter().any(|view| view.report.complexity.latency.is_some());
    let aims =
        if views.iter().any(|view| view.report.target.is_some()) { "coefficient or target" } else { "coefficient" };
    let mut heads = vec!["distribution", aims];
    heads.extend(cost_heads(latency));
    heads.extend(["validation accuracy", "its age", "test accuracy", "entropy"]);
    let rows = views.iter().enumerate().map(|(index, view)| {
        let mut row = vec![badge(index), cell(aim(facts, &view.report))];
        row.extend(costs(&view.report.complexity, latency));
        row.extend(match &view.validated {
            Some(known) => {
                let age = facts.dashboard.iteration.saturating_sub(known.iteration);
                let other = if known.architecture == view.report.mode { "" } else { "~" };
                [percent(known.score.accuracy), format!("{other}{}", count(age))].map(cell)
            }
            None => [UNKNOWN; 2].map(cell),
        });
        row.push(cell(facts.test_accuracy(index).map_or_else(|| UNKNOWN.into(), percent)));
        row.push(cell(fixed(view.report.entropy, 3)));
        row
    });
    table(&heads, rows)
}

/// The architectures that no other beats, numbered as `--front` takes them.
pub(super) fn front(facts: &Facts) -> Markup {
    let front = &facts.dashboard.front;
    let latency = front.iter().any(|known| known.complexity.latency.is_some());
    let mut heads = vec!["front"];
    heads.extend(cost_heads(latency));
    heads.extend(["validation accuracy", "found by", "in iteration"]);
    let rows = front.iter().enumerate().map(|(index, known)| {
        let mut row = vec![cell(index.to_string())];
        row.extend(costs(&known.complexity, latency));
        row.push(cell(percent(known.score.accuracy)));
        row.push(badge(known.distribution));
        row.push(cell(count(known.iteration)));
        row
    });
    table(&heads, rows)
}

/// How the networks did that were trained from scratch.
pub(super) fn trained(facts: &Facts) -> Markup {
    let heads = [
        "network",
        "parameters",
        "MACs",
        "found in the search",
        "trained",
        "latency of 1 picture",
        "of 64",
        "seed",
        "training took",
    ];
    let rows = facts.trained.iter().map(|record| {
        let trained = format!("{:.2} ± {:.2} %", 100.0 * record.test_accuracy, 100.0 * record.standard_error());
        [
            clean(&record.name),
            amount(Some(record.parameters as f64)),
            amount(Some(record.macs as f64)),
            record.found_accuracy.map_or_else(|| UNKNOWN.into(), percent),
            trained,
            format!("{:.2} ms", record.latency_ms[0]),
            format!("{:.1} ms", record.latency_ms[1]),
            record.seed.to_string(),
            duration(record.seconds),
        ]
        .map(cell)
        .into()
    });
    table(&heads, rows)
}

/// The option of every decision, side by side.
pub(super) fn decisions(facts: &Facts) -> Markup {
    let views = &facts.dashboard.distributions;
    html! {
        div.wide tabindex="0" {
            table.words {
                thead {
                    tr {
                        th scope="col" { "decision" }
                        @for index in 0..views.len() { th scope="col" { (badge(index)) } }
                    }
                }
                tbody {
                    @for (place, decision) in facts.started.outline.decisions.iter().enumerate() {
                        tr {
                            td { (clean(&decision.name)) }
                            @for view in views {
                                @let option = view.report.mode.options().get(place);
                                @let name = option.and_then(|&option| decision.options.get(usize::from(option)));
                                td { (name.map_or_else(|| UNKNOWN.into(), |name| clean(name))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Kinds of happenings that only say how far a search is.
const STAGES: [&str; 3] = ["preparing", "running", "reporting"];

/// What people changed, and what a person should know, in order.
pub(super) fn happenings(facts: &Facts) -> Markup {
    // A change's words are the dashboard's, which keeps the newest; its time is the database's.
    let skipped = facts.adjustments.len().saturating_sub(facts.dashboard.changes.len());
    let changes = facts.adjustments.iter().skip(skipped).zip(&facts.dashboard.changes);
    let changes = changes.map(|(adjusted, mark)| (mark.iteration, adjusted.time, "change", mark.text.as_str()));
    let told = facts.happenings.iter().filter(|one| !one.text.is_empty() && !STAGES.contains(&one.kind.as_str()));
    let told = told.map(|one| (one.iteration, one.time, one.kind.as_str(), one.text.as_str()));
    let mut rows: Vec<_> = changes.chain(told).collect();
    rows.sort_by_key(|&(iteration, time, ..)| (iteration, time));
    html! {
        div.wide tabindex="0" {
            table.log {
                thead { tr { @for head in ["time", "iteration", "kind", "what"] { th scope="col" { (head) } } } }
                tbody {
                    @for (iteration, at, kind, text) in rows {
                        tr {
                            td { (time(at)) }
                            td.number { (count(iteration)) }
                            td { (clean(kind)) }
                            td { (clean(text)) }
                        }
                    }
                }
            }
        }
    }
}
