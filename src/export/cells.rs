//! The cells or stages of an architecture as a drawing program takes them: boxes, and lines between them.

use crate::space::cells::Cell;
use crate::space::drawing::{Glyphs, heading};
use crate::space::mobile::Stage;
use crate::space::network::PictureShape;
use crate::space::{Architecture, Outline, format_amount};

/// What a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// An output of one of the two cells before, or of the stage before.
    Input,
    /// An input that no node takes.
    Unused,
    /// The sum of two operations, or a block.
    Node,
    /// What the cell or the stage gives.
    Output,
}

/// A cell or a stage to draw.
pub(super) struct Drawn {
    /// A word for it that no other has.
    pub name: String,
    /// What stands above it.
    pub heading: String,
    /// What each box is, and what stands in it: the inputs, the nodes, the output.
    pub boxes: Vec<(Role, String)>,
    /// From which box, by which operation, to which; what goes to the output has none.
    pub lines: Vec<(usize, Option<String>, usize)>,
}

/// The cells of an architecture, or its stages: empty where the space has none.
pub(super) fn drawn(outline: &Outline, architecture: &Architecture) -> Vec<Drawn> {
    let cell = |cell: Cell| {
        let taken = |input| cell.nodes.iter().any(|node| node.inputs.contains(&input));
        let role = |input| if taken(input) { Role::Input } else { Role::Unused };
        let inputs = (0..2).map(|input| (role(input), Cell::input_name(input)));
        let nodes = (0..cell.nodes.len()).map(|node| (Role::Node, node.to_string()));
        let boxes: Vec<_> = inputs.chain(nodes).chain([(Role::Output, "output".into())]).collect();
        let lines = cell.nodes.iter().zip(2..).flat_map(|(node, place)| {
            node.inputs
                .iter()
                .zip(&node.operations)
                .map(move |(&from, operation)| (from, Some(operation.clone()), place))
        });
        let loose = cell.nodes.iter().zip(2..).filter(|(node, _)| node.loose);
        let lines = lines.chain(loose.map(|(_, place)| (place, None, boxes.len() - 1))).collect();
        let heading = heading(outline, architecture, cell.kind, &Glyphs::UNICODE);
        Drawn { name: cell.kind.name().into(), heading, boxes, lines }
    };
    let stage = |(number, stage): (usize, Stage)| {
        let before = number.checked_sub(1).map_or_else(|| "stem".into(), |before| format!("stage {before}"));
        let blocks = stage.blocks.iter().map(|block| (Role::Node, block.to_string()));
        let output = (Role::Output, format!("stage {number}"));
        let boxes: Vec<_> = std::iter::once((Role::Input, before)).chain(blocks).chain([output]).collect();
        let lines = (1..boxes.len()).map(|place| (place - 1, None, place)).collect();
        let PictureShape { channels, height, width } = stage.shape;
        let heading = format!("stage {number}: {channels} channels of {height}x{width}");
        Drawn { name: format!("stage{number}"), heading, boxes, lines }
    };
    let stages = outline.stages(architecture).into_iter().enumerate().map(stage);
    outline.cells(architecture).into_iter().map(cell).chain(stages).collect()
}

/// What stands above the whole drawing: whose cells they are, and what they cost.
pub(super) fn title(outline: &Outline, architecture: &Architecture, name: &str) -> String {
    let known = outline.complexity(architecture).unwrap_or_default();
    let costs = [(known.parameters, "parameters"), (known.macs, "MACs")];
    let costs = costs.iter().filter_map(|(cost, unit)| Some(format!("{} {unit}", format_amount((*cost)? as f64))));
    let costs = costs.collect::<Vec<_>>().join(", ");
    if costs.is_empty() { name.into() } else { format!("{name}: {costs}") }
}
