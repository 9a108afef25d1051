//! How two architectures of one space differ, in the words of the space.

use super::cells::{Cell, CellKind};
use super::{Architecture, Outline};

/// One thing that is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An input of a node of a cell.
    Edge {
        /// Of which cell.
        kind: CellKind,
        /// Of which node.
        node: usize,
        /// Where the one takes it from, as in [`Node::inputs`](super::cells::Node::inputs), and by which operation.
        ours: (usize, String),
        /// The same of the other.
        theirs: (usize, String),
    },
    /// A decision, in a space without cells.
    Decision {
        /// Its name.
        name: String,
        /// The option of the one.
        ours: String,
        /// That of the other.
        theirs: String,
    },
}

impl Difference {
    /// How many decisions it is about.
    pub fn decisions(&self) -> usize {
        match self {
            Difference::Edge { ours, theirs, .. } => usize::from(ours.0 != theirs.0) + usize::from(ours.1 != theirs.1),
            Difference::Decision { .. } => 1,
        }
    }
}

impl Outline {
    /// What is different between two architectures; nothing where one of them is not of this space.
    ///
    /// A node adds its two inputs up, so that their order makes no difference; nor does a cell that neither network
    /// depends on, nor a block that not both have, beside the depth that says so.
    pub fn differences(&self, ours: &Architecture, theirs: &Architecture) -> Option<Vec<Difference>> {
        if !ours.fits(&self.decisions) || !theirs.fits(&self.decisions) {
            return None;
        }
        let cells = self.cells(ours);
        if cells.is_empty() {
            let [our_use, their_use] = [ours, theirs].map(|architecture| self.used(architecture));
            let different = self.decisions.iter().enumerate().filter_map(|(at, decision)| {
                let [one, other] = [ours, theirs].map(|architecture| architecture.options()[at]);
                (one != other && our_use[at] && their_use[at]).then(|| {
                    let [ours, theirs] = [one, other].map(|option| decision.options[usize::from(option)].clone());
                    Difference::Decision { name: decision.name.clone(), ours, theirs }
                })
            });
            return Some(different.collect());
        }
        let pairs = cells.iter().zip(self.cells(theirs));
        let used = pairs.filter(|(cell, _)| self.is_active(cell.kind, ours, theirs));
        Some(used.flat_map(|(ours, theirs)| of_cells(ours, &theirs)).collect())
    }

    /// In how many decisions two architectures differ, as [`Outline::differences`] counts them, and of how many that
    /// have a choice and matter to one of the two.
    pub fn distance(&self, ours: &Architecture, theirs: &Architecture) -> Option<(usize, usize)> {
        let differences = self.differences(ours, theirs)?;
        let of_cell = self.nodes.filter(|_| !self.cells(ours).is_empty()).map_or(usize::MAX, |nodes| 4 * nodes);
        let kinds = CellKind::ALL.map(|kind| self.is_active(kind, ours, theirs));
        let [our_use, their_use] = [ours, theirs].map(|architecture| self.used(architecture));
        let active = self.decisions.iter().enumerate().filter(|&(at, decision)| {
            let active = kinds.get(at / of_cell).is_none_or(|&active| active);
            active && (our_use[at] || their_use[at]) && decision.options.len() > 1
        });
        Some((differences.iter().map(Difference::decisions).sum(), active.count()))
    }

    /// Of each decision, whether the network of an architecture of a mobile space has the block that it is about; in any
    /// other space all are used.
    fn used(&self, architecture: &Architecture) -> Vec<bool> {
        self.mobile().map_or_else(|| vec![true; self.decisions.len()], |plan| plan.used(architecture))
    }

    fn is_active(&self, kind: CellKind, ours: &Architecture, theirs: &Architecture) -> bool {
        [ours, theirs].iter().any(|architecture| self.count(architecture, kind).is_none_or(|(_, live)| live > 0))
    }
}

fn of_cells(ours: &Cell, theirs: &Cell) -> Vec<Difference> {
    let nodes = ours.nodes.iter().zip(&theirs.nodes).enumerate();
    let differences = nodes.flat_map(|(node, (one, other))| {
        let paired = |swapped: usize| {
            [0, 1].map(|side| {
                let edge = |of: &crate::space::cells::Node, side: usize| (of.inputs[side], of.operations[side].clone());
                Difference::Edge { kind: ours.kind, node, ours: edge(one, side), theirs: edge(other, side ^ swapped) }
            })
        };
        let decisions = |pair: &[Difference; 2]| pair.iter().map(Difference::decisions).sum::<usize>();
        let (straight, swapped) = (paired(0), paired(1));
        if decisions(&swapped) < decisions(&straight) { swapped } else { straight }
    });
    differences.filter(|difference| difference.decisions() > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::cells::{CellSettings, CellSpace};
    use crate::space::network::PictureShape;
    use crate::space::{Decision, Space};

    fn outline(cells: usize) -> Outline {
        let settings = CellSettings { nodes: 2, cells, ..CellSettings::default() };
        CellSpace::new(settings, PictureShape { channels: 1, height: 28, width: 28 }, 10).outline()
    }

    fn architecture(normal: [u16; 8], reduction: [u16; 8]) -> Architecture {
        Architecture::new([normal, reduction].concat())
    }

    #[test]
    fn an_edge_is_told_with_what_it_is_instead() {
        let outline = outline(3);
        let ours = architecture([0, 1, 3, 0, 2, 1, 3, 4], [0; 8]);
        let theirs = architecture([0, 1, 2, 0, 0, 1, 3, 0], [0; 8]);
        let differences = outline.differences(&ours, &theirs).unwrap();
        let edge = |node, ours: (usize, &str), theirs: (usize, &str)| Difference::Edge {
            kind: CellKind::Normal,
            node,
            ours: (ours.0, ours.1.into()),
            theirs: (theirs.0, theirs.1.into()),
        };
        let expected = [
            edge(0, (0, "separable-3x3"), (0, "max-pool-3x3")),
            edge(1, (2, "separable-3x3"), (0, "separable-3x3")),
            edge(1, (1, "separable-5x5"), (1, "identity")),
        ];
        assert_eq!(differences, expected);
        assert_eq!(outline.distance(&ours, &theirs), Some((3, 16)));
    }

    #[test]
    fn the_order_of_the_inputs_of_a_node_makes_no_difference() {
        let outline = outline(3);
        let ours = architecture([0, 1, 3, 0, 0, 2, 1, 4], [0, 1, 2, 2, 2, 2, 0, 1]);
        let theirs = architecture([1, 0, 0, 3, 2, 0, 4, 1], [1, 0, 2, 2, 2, 2, 1, 0]);
        assert_eq!(outline.differences(&ours, &theirs), Some(Vec::new()));
    }

    #[test]
    fn a_cell_that_neither_network_has_makes_no_difference() {
        // The only cell is a reduction.
        let ours = architecture([0; 8], [1; 8]);
        let theirs = architecture([1; 8], [1; 8]);
        assert_eq!(outline(1).distance(&ours, &theirs), Some((0, 8)));
        assert_eq!(outline(3).distance(&ours, &theirs), Some((8, 16)));
    }

    #[test]
    fn without_cells_decisions_differ() {
        let decision = |name: &str| Decision { name: name.into(), options: vec!["x".into(), "y".into()] };
        let outline = Outline { decisions: vec![decision("a"), decision("b")], nodes: None, plan: None, ..outline(1) };
        let [ours, theirs] = [[0, 1], [0, 0]].map(Architecture::new);
        let expected = Difference::Decision { name: "b".into(), ours: "y".into(), theirs: "x".into() };
        assert_eq!(outline.differences(&ours, &theirs), Some(vec![expected]));
        assert_eq!(outline.distance(&ours, &theirs), Some((1, 2)));
        assert_eq!(outline.distance(&ours, &Architecture::new([2, 0])), None);
    }
}
