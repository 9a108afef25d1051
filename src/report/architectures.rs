//! The architectures of a report: cells as drawings, other spaces as a table, each with its genotype.

use maud::{Markup, PreEscaped, html};

use super::charts::badge;
use super::facts::Facts;
use super::tables;
use super::words::amount;
use crate::clean::clean;
use crate::export::{ARROW, Picture, picture};
use crate::space::genotype;

/// The mode of every distribution.
pub(super) fn architectures(facts: &Facts) -> Markup {
    let outline = &facts.started.outline;
    let modes: Vec<_> = facts.dashboard.distributions.iter().map(|view| &view.report).enumerate().collect();
    let pictures: Vec<Option<Picture>> = modes.iter().map(|(_, report)| picture(outline, &report.mode, 0.0)).collect();
    let drawn = pictures.iter().any(Option::is_some);
    html! {
        @if drawn {
            // What the lines of all drawings end in.
            svg.hidden width="0" height="0" aria-hidden="true" { defs { (PreEscaped(ARROW)) } }
        } @else {
            (tables::decisions(facts))
        }
        @for ((index, report), picture) in modes.iter().zip(&pictures) {
            article {
                @if let Some(Picture { width, height, body }) = picture {
                    h3 {
                        (badge(*index))
                        " " (amount(report.complexity.get(facts.started.normaliser.measure))) " " (facts.measure())
                    }
                    div.wide tabindex="0" {
                        svg.cells role="img" width=(format!("{width:.0}")) height=(format!("{height:.0}"))
                            viewBox=(format!("0 0 {width:.0} {height:.0}")) {
                            title { "The cells of the mode of distribution " (index) }
                            // Elements that the drawing has made, with its texts escaped.
                            (PreEscaped(body))
                        }
                    }
                }
                @if let Some(words) = genotype::write(outline, &report.mode) {
                    details {
                        summary { "Genotype of distribution " (index) }
                        pre { code { (clean(&words)) } }
                    }
                }
            }
        }
    }
}
