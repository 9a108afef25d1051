//! From an architecture to its network: the layers that its output depends on, and their weights.
//!
//! The list of all weights and the network of one architecture come out of the same code, so their names and shapes
//! cannot differ.

use super::graph::{loose_ends, node_options};
use super::{CellKind, CellPlan, CellSettings, CellSpace, Operation};
use crate::space::Architecture;
use crate::space::lowering::{Lowering, Weights};
use crate::space::network::{Initial, Layer, Network, PictureShape};

/// The names of the two sides of a node, as they stand in the names of weights.
const SIDES: [&str; 2] = ["a", "b"];

/// The shapes of the values that cells pass on.
pub(super) struct Geometry {
    /// What each convolution of the stem makes.
    pub stem: Vec<PictureShape>,
    /// The two of them that the first cell takes.
    inputs: [PictureShape; 2],
    /// What each cell makes.
    pub cells: Vec<PictureShape>,
}

impl Geometry {
    pub(super) fn new(settings: &CellSettings, picture: PictureShape) -> Self {
        let stem = settings.stem_shapes(picture);
        let inputs = settings.stem.inputs().map(|place| stem[place]);
        let mut shape = inputs[1].with_channels(settings.channels);
        let mut cells = Vec::with_capacity(settings.cells);
        for cell in 0..settings.cells {
            if cell == settings.cells / 3 || cell == 2 * settings.cells / 3 {
                shape = shape.strided(2).with_channels(2 * shape.channels);
            }
            cells.push(shape);
        }
        Self { stem, inputs, cells }
    }

    /// The shape of an input of a cell: 0 the cell before the last, 1 the last.
    pub(super) fn input(&self, cell: usize, which: usize) -> PictureShape {
        match (cell + which).checked_sub(2) {
            Some(source) => self.cells[source],
            None => self.inputs[cell + which],
        }
    }

    /// Whether an input is halved on its way in, because the other one is half its size.
    pub(super) fn halved(&self, cell: usize, which: usize) -> bool {
        which == 0 && self.input(cell, 0).area() != self.input(cell, 1).area()
    }
}

/// Every weight of a space, with those of an auxiliary head after all others, where it is asked for.
pub(super) fn weights(settings: &CellSettings, picture: PictureShape, classes: usize, auxiliary: bool) -> Weights {
    Weights::asked_for(picture, settings.affine, |all| {
        let geometry = Geometry::new(settings, picture);
        let mut outputs = all.stem(&geometry, settings, true).to_vec();
        for (cell, &shape) in geometry.cells.iter().enumerate() {
            let prefix = format!("cell{cell}");
            let reduction = shape.area() != geometry.input(cell, 1).area();
            let prepared = [0, 1].map(|which| all.prepare(&prefix, &geometry, cell, which, outputs[cell + which]));
            let mut nodes = Vec::new();
            for node in 0..settings.nodes {
                let mut last = prepared[1];
                for side in SIDES {
                    for &operation in &settings.operations {
                        let stride = if reduction { 2 } else { 1 };
                        last = all.operation(&format!("{prefix}.node{node}.{side}"), operation, prepared[1], stride);
                    }
                }
                nodes.push((node, last));
            }
            outputs.push(all.output(&prefix, &nodes));
        }
        all.classifier(outputs[settings.cells + 1], classes);
        if let Some(cell) = auxiliary_cell(settings.cells).filter(|_| auxiliary) {
            all.auxiliary(outputs[cell + 2], classes);
        }
    })
}

/// The network of one architecture, and the name of each node's value in it.
pub(super) fn network(space: &CellSpace, architecture: &Architecture) -> (Network, Vec<(usize, String)>) {
    let CellSpace { plan: plan @ CellPlan { settings, picture, classes }, weights, auxiliary, .. } = space;
    let nodes = settings.nodes;
    let geometry = Geometry::new(settings, *picture);
    let live = live(plan, architecture);
    let mut look_up = weights.look_up();
    let mut lowering = Lowering::new(*picture, settings.affine, &mut look_up);
    let mut named = Vec::new();
    // Value 0 is the picture, which no cell takes: it stands for "not made".
    let mut outputs = lowering.stem(&geometry, settings, live[1]).to_vec();
    for cell in 0..settings.cells {
        if !live[cell + 2] {
            outputs.push(0);
            continue;
        }
        let prefix = format!("cell{cell}");
        let reduction = plan.is_reduction(cell);
        let kind = if reduction { CellKind::Reduction } else { CellKind::Normal };
        let uses = used_inputs(nodes, architecture, kind);
        let mut values = Vec::with_capacity(nodes + 2);
        for which in 0..2 {
            values.push(if uses[which] {
                lowering.prepare(&prefix, &geometry, cell, which, outputs[cell + which])
            } else {
                0
            });
        }
        for node in 0..nodes {
            let [a, b, operation_a, operation_b] = node_options(nodes, architecture, kind, node);
            let sides = [(a, operation_a), (b, operation_b)];
            let mut halves = [0; 2];
            for (half, ((input, operation), side)) in halves.iter_mut().zip(sides.into_iter().zip(SIDES)) {
                let stride = if reduction && input < 2 { 2 } else { 1 };
                let name = format!("{prefix}.node{node}.{side}");
                *half = lowering.operation(&name, settings.operations[operation], values[input], stride);
                if *half != values[input] && !lowering.network.paths.contains(half) {
                    lowering.network.paths.push(*half);
                }
            }
            let shape = lowering.network.shape(halves[0]);
            let value = lowering.network.push(Layer::Add, halves.to_vec(), shape);
            named.push((value, format!("{prefix}.node{node}")));
            values.push(value);
        }
        let loose = loose_ends(nodes, architecture, kind);
        let ends: Vec<(usize, usize)> = (0..nodes).filter(|&n| loose[n]).map(|n| (n, values[n + 2])).collect();
        outputs.push(lowering.output(&prefix, &ends));
    }
    if let Some(cell) = auxiliary_cell(settings.cells).filter(|&cell| *auxiliary && live[cell + 2]) {
        lowering.auxiliary(outputs[cell + 2], *classes);
    }
    lowering.classifier(outputs[settings.cells + 1], *classes);
    (lowering.network, named)
}

/// Which of its two inputs a cell takes.
pub(super) fn used_inputs(nodes: usize, architecture: &Architecture, kind: CellKind) -> [bool; 2] {
    let mut uses = [false; 2];
    for node in 0..nodes {
        let [a, b, ..] = node_options(nodes, architecture, kind, node);
        for input in [a, b] {
            if input < 2 {
                uses[input] = true;
            }
        }
    }
    uses
}

/// Which values the output of the network depends on, of those that cells take: the two of the stem, then the cells' own.
/// The first of the stem is always there.
pub(super) fn live(plan: &CellPlan, architecture: &Architecture) -> Vec<bool> {
    let uses = CellKind::ALL.map(|kind| used_inputs(plan.settings.nodes, architecture, kind));
    let mut live = vec![false; plan.settings.cells + 2];
    if let Some(last) = live.last_mut() {
        *last = true;
    }
    for cell in (0..plan.settings.cells).rev() {
        let taken = uses[usize::from(plan.is_reduction(cell))];
        for (which, taken) in taken.into_iter().enumerate() {
            live[cell + which] |= live[cell + 2] && taken;
        }
    }
    live
}

/// Which cells the output of the network depends on.
pub(super) fn live_cells(plan: &CellPlan, architecture: &Architecture) -> Vec<bool> {
    live(plan, architecture).split_off(2)
}

/// The cell whose output an auxiliary head reads: the second reduction, where any cell comes after it.
fn auxiliary_cell(cells: usize) -> Option<usize> {
    let cell = 2 * cells / 3;
    (cell + 1 < cells).then_some(cell)
}

impl Lowering<'_> {
    /// The two values of the stem that cells take, the second only where it is asked for.
    fn stem(&mut self, geometry: &Geometry, settings: &CellSettings, second: bool) -> [usize; 2] {
        let mut values: Vec<usize> = Vec::new();
        let layers = settings.stem.names().iter().zip(settings.stem_strides()).zip(&geometry.stem);
        for ((name, &stride), shape) in layers.take(settings.stem.length(second)) {
            let input = values.last().map_or(0, |&value| self.relu(value));
            let convolved = self.convolution(&format!("{name}.convolution"), input, shape.channels, 3, stride);
            values.push(self.batch_norm(&format!("{name}.batch_norm"), convolved));
        }
        settings.stem.inputs().map(|place| values.get(place).copied().unwrap_or_default())
    }

    /// Brings an input of a cell to the cell's channels, and to the size of its other input.
    fn prepare(&mut self, prefix: &str, geometry: &Geometry, cell: usize, which: usize, input: usize) -> usize {
        let channels = geometry.cells[cell].channels;
        let name = format!("{prefix}.input{which}");
        if geometry.halved(cell, which) {
            return self.factorised_reduction(&name, input, channels);
        }
        let activated = self.relu(input);
        let convolved = self.convolution(&format!("{name}.convolution"), activated, channels, 1, 1);
        self.batch_norm(&format!("{name}.batch_norm"), convolved)
    }

    /// Halves a picture by two 1x1 convolutions of stride 2, the second on the pixels that the first leaves out; one channel
    /// has the second alone.
    fn factorised_reduction(&mut self, name: &str, input: usize, channels: usize) -> usize {
        let activated = self.relu(input);
        let from = self.network.shape(activated);
        let half = channels / 2;
        let even = (half > 0).then(|| self.convolution(&format!("{name}.even"), activated, half, 1, 2));
        let shifted = self.network.push(Layer::Shift, vec![activated], from);
        let odd = self.convolution(&format!("{name}.odd"), shifted, channels - half, 1, 2);
        let shape = from.strided(2).with_channels(channels);
        let joined = even.map_or(odd, |even| self.network.push(Layer::Concatenate, vec![even, odd], shape));
        self.batch_norm(&format!("{name}.batch_norm"), joined)
    }

    fn operation(&mut self, name: &str, operation: Operation, input: usize, stride: usize) -> usize {
        let from = self.network.shape(input);
        let name = format!("{name}.{}", operation.name());
        match operation {
            Operation::Identity if stride == 1 => input,
            Operation::Identity => self.factorised_reduction(&name, input, from.channels),
            Operation::AveragePool3x3 => {
                self.network.push(Layer::AveragePool { stride }, vec![input], from.strided(stride))
            }
            Operation::MaxPool3x3 => self.network.push(Layer::MaxPool { stride }, vec![input], from.strided(stride)),
            Operation::Separable3x3 => self.separable(&name, input, 3, stride),
            Operation::Separable5x5 => self.separable(&name, input, 5, stride),
        }
    }

    fn separable(&mut self, name: &str, input: usize, kernel: usize, stride: usize) -> usize {
        let channels = self.network.shape(input).channels;
        [("first", stride), ("second", 1)].into_iter().fold(input, |value, (part, stride)| {
            let activated = self.relu(value);
            let depthwise = self.depthwise(&format!("{name}.{part}.depthwise"), activated, kernel, stride);
            let pointwise = self.convolution(&format!("{name}.{part}.pointwise"), depthwise, channels, 1, 1);
            self.batch_norm(&format!("{name}.{part}.batch_norm"), pointwise)
        })
    }

    /// The output of a cell from its loose ends. Each node has its own block of columns of the 1x1 convolution. The
    /// ReLU comes before the concatenation: the same numbers, and gradients that need no copy.
    fn output(&mut self, prefix: &str, ends: &[(usize, usize)]) -> usize {
        let shape = self.network.shape(ends[0].1);
        let mut activated = Vec::with_capacity(ends.len());
        let mut weights = Vec::with_capacity(ends.len());
        for &(node, value) in ends {
            activated.push(self.relu(value));
            let name = format!("{prefix}.output.node{node}");
            weights.push((self.weight)(name, vec![shape.channels, shape.channels, 1, 1], Initial::HeNormal));
        }
        let joined = match activated[..] {
            [single] => single,
            _ => {
                let wide = shape.with_channels(shape.channels * activated.len());
                self.network.push(Layer::Concatenate, activated, wide)
            }
        };
        let layer = Layer::Convolution { weights, kernel: 1, stride: 1, groups: 1 };
        let convolved = self.network.push(layer, vec![joined], shape);
        self.batch_norm(&format!("{prefix}.output.batch_norm"), convolved)
    }

    fn classifier(&mut self, input: usize, classes: usize) -> usize {
        self.head("classifier", input, classes)
    }

    /// A second classifier, which gives the weights far from the end a gradient of their own while they are trained. That
    /// of the DARTS family, with the mean over the whole picture in place of its two poolings.
    fn auxiliary(&mut self, input: usize, classes: usize) {
        const CHANNELS: usize = 128;
        let activated = self.relu(input);
        let widened = self.convolution("auxiliary.convolution", activated, CHANNELS, 1, 1);
        let normalised = self.batch_norm("auxiliary.batch_norm", widened);
        let logits = self.head("auxiliary", normalised, classes);
        self.network.auxiliary = Some(logits);
    }
}
