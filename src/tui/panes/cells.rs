//! The selected architecture: its cells as graphs, and around them what it costs, how likely it is and what it is near.

mod arrange;
pub(super) mod facts;
#[cfg(test)]
mod tests;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Pane, before_data, models};
use crate::engine::Dashboard;
use crate::search::Theta;
use crate::space::drawing::Glyphs;
use crate::space::{Architecture, Outline};
use crate::tui::draw::Scene;
use crate::tui::keys::Action;
use crate::tui::view::{Subject, View, training};
use crate::tui::{Theme, text};

/// The pane.
pub(super) struct Cells;

/// All that is drawn, and how.
struct Portrait<'a> {
    outline: &'a Outline,
    architecture: &'a Architecture,
    /// What it is compared with: modes, each with the number of its distribution.
    modes: Vec<(usize, &'a Architecture)>,
    /// One a distribution, where they are known.
    thetas: Vec<&'a Theta>,
    theme: Theme,
    glyphs: &'a Glyphs,
}

impl Pane for Cells {
    fn name(&self) -> &'static str {
        "cell"
    }

    fn detail(&self, scene: &Scene) -> String {
        let Some((words, architecture, complexity)) = scene.view.subject(scene.dashboard) else { return String::new() };
        let mut detail = words;
        if let Some(parameters) = complexity.parameters {
            detail.push_str(&format!(" · {} params", text::amount(Some(parameters as f64))));
        }
        if let Some(macs) = complexity.macs {
            detail.push_str(&format!(", {} MACs", text::amount(Some(macs as f64))));
        }
        if let Some(training) = training(scene.dashboard, architecture) {
            detail.push_str(&format!(" · trained: {}", models::outcome(training)));
        }
        detail
    }

    fn empty(&self, scene: &Scene) -> Option<String> {
        before_data(scene).or_else(|| {
            let Some((_, architecture, _)) = scene.view.subject(scene.dashboard) else {
                return Some("nothing is selected".into());
            };
            let fits =
                scene.dashboard.started.as_ref().is_some_and(|started| architecture.fits(&started.outline.decisions));
            (!fits).then(|| "the selected architecture is not of this space".into())
        })
    }

    fn draw(&self, scene: &Scene, area: Rect, buffer: &mut Buffer) {
        let Some((_, architecture, _)) = scene.view.subject(scene.dashboard) else { return };
        let Some(started) = &scene.dashboard.started else { return };
        let modes = scene.dashboard.distributions.iter().map(|view| &view.report.mode).enumerate();
        let own = (scene.view.subject == Subject::Mode).then_some(scene.view.distribution);
        // All of them, or none.
        let thetas = scene.dashboard.distributions.iter().map(|view| view.theta.as_ref().map(|said| &said.theta));
        let thetas: Vec<&Theta> = thetas.collect::<Option<_>>().unwrap_or_default();
        let portrait = Portrait {
            outline: &started.outline,
            architecture,
            modes: modes.filter(|(index, _)| Some(*index) != own).collect(),
            thetas,
            theme: scene.theme,
            glyphs: if scene.theme.ascii { &Glyphs::ASCII } else { &Glyphs::UNICODE },
        };
        portrait.draw(area, buffer);
    }

    fn act(&self, action: Action, view: &mut View, dashboard: &Dashboard) -> bool {
        const KINDS: [Subject; 3] = [Subject::Mode, Subject::Sample, Subject::Front];
        let by = match action {
            Action::Left | Action::Up => -1,
            Action::Right | Action::Down => 1,
            _ => return false,
        };
        match (action, view.subject) {
            (Action::Up | Action::Down, subject) => {
                let at = KINDS.iter().position(|&kind| kind == subject).unwrap_or(0) as isize;
                view.subject = KINDS[(at + by).rem_euclid(KINDS.len() as isize) as usize];
            }
            (_, Subject::Mode) => view.move_distribution(by, dashboard),
            (_, Subject::Sample) => view.move_sample(by, dashboard),
            (_, Subject::Front) => view.move_front(by, dashboard),
        }
        true
    }

    fn about(&self) -> &'static [&'static str] {
        &[
            "The normal and the reduction cell of the selected distribution's mode, of the selected sample, or of the \
             selected one of the front: ↑ and ↓ go from one kind to the other, h and l (or ← and →) to the next one of \
             its kind, y copies its genotype, w writes it with this drawing into the run's folder. Read it from left to right: cell-1 and cell-2 are the outputs of the last \
             cell and of the one before it; each node, a number, is the sum of two operations on what comes in from the \
             left. Nodes that no other node takes make up the output. Where lines cross, the one that runs down passes \
             over the other; only ├ ┬ ┼ join. An input that is not taken, and a cell that the network does not use, are \
             dim. With little room, cells are lists.",
            "sep3x3 is a separable convolution over 3x3, avg and max are pooling, id passes its input on. Separable \
             convolutions are what costs.",
            "In a mobile space there is a line a stage: the channels and the size of what comes out of it, and its blocks. \
             k5e6 is an inverted residual with a depthwise convolution over 5x5 that widens its channels six times inside. \
             Blocks in brackets are beyond the depth of their stage: no network has them.",
            "costs: parameters and MACs by what they go to, over all cells of the network; the most expensive is bold. \
             1x1 in brings the inputs of a cell to its channels, 1x1 out makes its output of its loose nodes, head is \
             the classifier. In a mobile space they go by stages.",
            "nearest mode: the distribution whose mode differs in the fewest decisions, and in which. The order of a \
             node's two inputs does not count, nor do cells that neither network uses.",
        ]
    }
}

impl Portrait<'_> {
    fn draw(&self, area: Rect, buffer: &mut Buffer) {
        let free = arrange::draw(self, area, buffer);
        facts::draw(self, free, buffer);
    }
}
