//! The page as a whole.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::ReportError;
use super::architectures::architectures;
use super::facts::Facts;
use super::words::{self, UNKNOWN, time};
use super::{charts, tables};
use crate::clean::clean;
use crate::figures::{count, fixed};
use crate::run::{Status, duration};

const STYLE: &str = include_str!("style.css");

/// What a browser may load for the page: nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// The whole page.
pub(super) fn page(facts: &Facts) -> Result<Markup, ReportError> {
    let searched = !facts.dashboard.distributions.is_empty();
    Ok(html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (facts.run) ": Isthmus report" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header { (head(facts)) }
                main {
                    @if searched { (found(facts)) }
                    @if !facts.trained.is_empty() || !facts.unreadable.is_empty() { (trained(facts)) }
                    @if searched {
                        (charts(facts)?)
                        section {
                            h2 { "The architectures" }
                            p.dim { "The mode of each distribution: its most likely architecture, and so its answer." }
                            (architectures(facts))
                        }
                    }
                    (front(facts))
                    section {
                        h2 { "What happened" }
                        p.dim { "Changes that people made while the search ran, warnings and failures." }
                        (tables::happenings(facts))
                    }
                    (again(facts))
                }
                footer {
                    p {
                        "Written " (time(facts.now)) " by isthmus " (env!("CARGO_PKG_VERSION")) ". "
                        "Times are those of the clock of the machine that searched."
                    }
                }
            }
        }
    })
}

/// What was searched and how it went.
fn head(facts: &Facts) -> Markup {
    let (dashboard, started) = (&facts.dashboard, &facts.started);
    let state = match &facts.status {
        Status::Running { .. } => "running".into(),
        other => other.words(),
    };
    html! {
        h1 { (facts.run) }
        p { (words::searched(facts)) " " (words::went(facts)) " " (words::found(facts)) }
        dl {
            dt { "state" } dd { (state) }
            dt { "strategy" } dd { (clean(&started.strategy)) }
            dt { "distributions" } dd { (dashboard.distributions.len()) }
            dt { "space" }
            dd { (words::size(&started.outline.decisions)) " architectures" }
            dt { "iterations" }
            dd {
                (count(dashboard.iteration)) " of " (count(started.iterations))
                @if started.warm_up > 0 { ", " (count(started.warm_up)) " of them warm-up" }
            }
            dt { "begun" } dd { (facts.begun.map_or_else(|| UNKNOWN.into(), time)) }
            dt { "time of work" } dd { (duration(dashboard.seconds)) }
            dt { "device" }
            dd { (dashboard.device.as_deref().map_or_else(|| UNKNOWN.into(), clean)) }
            @if let Some(data) = words::data(facts) { dt { "data" } dd { (data) } }
            dt { "seed" } dd { (started.seed) }
        }
    }
}

/// What each distribution has found.
fn found(facts: &Facts) -> Markup {
    html! {
        section {
            h2 { "What was found" }
            (tables::distributions(facts))
            p.dim {
                "A distribution draws architectures, and learns from how they do; the greater its coefficient, the more it \
                 cares for size. A row is its mode, the most likely architecture. " (words::origin(facts)) " The age is \
                 the number of iterations since the mode was scored on the whole validation set; ~ says that the mode has \
                 changed since. Entropy is 1 where every option is equally likely and 0 where all is decided."
            }
        }
    }
}

/// Networks that were trained from scratch.
fn trained(facts: &Facts) -> Markup {
    html! {
        section {
            h2 { "Found in the search, and trained" }
            @if !facts.trained.is_empty() {
                (tables::trained(facts))
                p.dim {
                    "Trained from scratch, alone, and scored on the test set; ± is the standard error that follows from the \
                     number of test pictures. “Found in the search” is the accuracy on the validation set with the shared \
                     weights. Random architectures and those made by hand are what found ones are to be compared with. \
                     Latencies are medians on one thread of the machine that trained."
                }
            }
            @for what in &facts.unreadable { p { "Could not be read: " (clean(what)) } }
        }
    }
}

fn charts(facts: &Facts) -> Result<Markup, ReportError> {
    Ok(html! {
        section {
            h2 { "Accuracy and cost" }
            (charts::costs(facts)?)
        }
        section {
            h2 { "How the search went" }
            (charts::legend(facts))
            @if facts.history.warm_up > 0 { p.dim { "Grey is the warm-up, in which distributions rest." } }
            @if !facts.dashboard.changes.is_empty() {
                p.dim { "A triangle on an axis is a change that a person made." }
            }
            div.charts {
                (charts::hypervolume(facts)?)
                (charts::entropy(facts)?)
                (charts::ess(facts)?)
                (charts::drawn(facts)?)
            }
        }
    })
}

fn front(facts: &Facts) -> Markup {
    html! {
        section {
            h2 { "The front" }
            @if facts.dashboard.front.is_empty() {
                p { "It begins with the first architecture that is scored on the whole validation set." }
            } @else {
                p.dim {
                    "The scored architectures that no other one beats in both accuracy and " (facts.measure())
                    @if let Some((_, volume)) = facts.dashboard.hypervolume.last() {
                        ". Its hypervolume is " (fixed(volume, 4))
                    }
                    "."
                }
                (tables::front(facts))
            }
        }
    }
}

/// What it takes to do the run again.
fn again(facts: &Facts) -> Markup {
    let run = quoted(&facts.run);
    let train = (!facts.is_of_table())
        .then(|| ("train what a distribution found, alone", format!("isthmus train {run} --distribution 0")));
    let commands = [
        ("search again", "isthmus run config.toml".to_owned()),
        ("play the recorded run on the screen", format!("isthmus replay {run}")),
        ("take an architecture along", format!("isthmus export {run} --to genotype --distribution 0")),
    ];
    html! {
        section {
            h2 { "Doing it again" }
            p {
                "The settings below, kept as config.toml, and the data are all that a search follows from"
                @if !facts.adjustments.is_empty() { ", beside the changes that people made while it ran" }
                ": on the same kind of processor it has the same bits."
            }
            pre { code { @for (what, command) in commands.iter().chain(&train) { "# " (what) "\n" (command) "\n" } } }
            details {
                summary { "Settings" }
                pre { code { (words::lines(&facts.settings)) } }
            }
            dl {
                dt { "made by" } dd { (facts.program.as_deref().map_or_else(|| UNKNOWN.into(), clean)) }
                dt { "format of its database" } dd { (facts.format) }
            }
        }
    }
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if word.chars().all(plain) { word.into() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
