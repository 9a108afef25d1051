//! Where everything of a cell stands when its graph is drawn from left to right.
//!
//! A *value* is an input of the cell (0 and 1) or what one of its nodes makes (2 and up). A *layer* is a column: the inputs
//! are in layer 0, a node one layer behind the later of its inputs, the output of the cell behind all. A *lane* is a row
//! that a value keeps: its line runs straight to the right until nobody takes it any more, and from there on the lane may
//! be another's. In the *channel* before a layer a value leaves its line by a vertical *trunk*, for the lanes of the nodes
//! that take it there; trunks that would overlap stand on different *tracks*.
//!
//! Heights are *levels*: lane i has level 2i, on which its node takes one input and its value goes on, and level 2i + 1,
//! on which the node takes the other input.

use crate::space::cells::Cell;

/// Partial layouts that are kept while nodes get their lanes one after the other.
const KEPT: usize = 12;
/// What a crossing costs, in lanes that a trunk runs along. A lane costs as much as one of them.
const CROSSING: usize = 2;

/// The layout of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The layer of every value.
    pub layers: Vec<usize>,
    /// The layer in which each value is taken for the last time; its own where nobody takes it.
    pub ends: Vec<usize>,
    /// The lane of every value.
    pub lanes: Vec<usize>,
    /// For every node, which of its two inputs it takes on the upper level of its lane.
    pub upper: Vec<usize>,
    /// For the channel before each layer of nodes: its tracks from left to right, each with its trunks.
    pub channels: Vec<Vec<Vec<Trunk>>>,
}

/// A vertical line from the line of a value to the levels on which it is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trunk {
    /// The value.
    pub value: usize,
    /// The levels that it leads to.
    pub taps: Vec<usize>,
    /// The topmost level that it touches, and the lowest.
    pub span: (usize, usize),
}

/// Lanes from top to bottom, each with the values that have it.
type Lanes = Vec<Vec<usize>>;

/// What follows from the cell alone.
struct Order<'a> {
    cell: &'a Cell,
    layers: Vec<usize>,
    ends: Vec<usize>,
    depth: usize,
    /// For each layer of nodes, the values that are taken in it, each with its takers.
    taken: Vec<Vec<(usize, Vec<usize>)>>,
}

impl Layout {
    /// Lays out a cell, each of whose nodes takes only what comes before it: with few lanes, short trunks and few
    /// crossings. Nodes get their lanes one after the other, and of all ways so far the best few are followed.
    pub(super) fn new(cell: &Cell) -> Self {
        let order = Order::new(cell);
        let mut nodes: Vec<usize> = (2..order.layers.len()).collect();
        nodes.sort_by_key(|&value| order.layers[value]);
        let mut kept: Vec<Lanes> = vec![vec![vec![0], vec![1]]];
        for value in nodes {
            kept = kept.iter().flat_map(|lanes| order.extended(lanes, value)).collect();
            kept.sort_by_cached_key(|lanes| order.cost(lanes));
            kept.truncate(KEPT);
        }
        let finished = |lanes: Lanes| {
            let layout = order.routed(&lanes);
            let channels = layout.channels.iter().zip(1..);
            let crossings: usize = channels.map(|(tracks, layer)| layout.crossings(tracks, layer)).sum();
            (order.cost(&lanes) + CROSSING * crossings, layout)
        };
        let best = kept.into_iter().map(finished).min_by_key(|(cost, _)| *cost);
        best.map_or_else(|| order.routed(&[vec![0], vec![1]]), |(_, layout)| layout)
    }

    /// How many layers of nodes there are.
    pub(super) fn depth(&self) -> usize {
        self.channels.len()
    }

    /// How many crossings follow from the order of the tracks before a layer.
    fn crossings(&self, tracks: &[Vec<Trunk>], layer: usize) -> usize {
        let trunks = || tracks.iter().enumerate().flat_map(|(at, track)| track.iter().map(move |trunk| (at, trunk)));
        let mut crossings = 0;
        for (here, trunk) in trunks() {
            let crossed = |level: usize| trunk.span.0 < level && level < trunk.span.1;
            for (there, other) in trunks().filter(|(_, other)| other.value != trunk.value) {
                let stops_at_trunk = self.ends[other.value] == layer;
                let own = here < there && stops_at_trunk && crossed(2 * self.lanes[other.value]);
                let taps = if here > there { other.taps.iter().filter(|&&tap| crossed(tap)).count() } else { 0 };
                crossings += usize::from(own) + taps;
            }
        }
        crossings
    }
}

impl<'a> Order<'a> {
    fn new(cell: &'a Cell) -> Self {
        let mut layers = vec![0, 0];
        for node in &cell.nodes {
            let [a, b] = node.inputs.map(|input| layers[input]);
            layers.push(1 + a.max(b));
        }
        let depth = layers.iter().max().copied().unwrap_or(0);
        let mut ends = layers.clone();
        for (value, node) in (2..).zip(&cell.nodes) {
            for input in node.inputs {
                ends[input] = ends[input].max(layers[value]);
            }
            if node.loose {
                ends[value] = depth + 1;
            }
        }
        let taken = (1..=depth).map(|layer| {
            let takers = |input: usize| {
                let takes = |&value: &usize| layers[value] == layer && cell.nodes[value - 2].inputs.contains(&input);
                (2..layers.len()).filter(takes).collect::<Vec<_>>()
            };
            (0..layers.len()).map(|input| (input, takers(input))).filter(|(_, takers)| !takers.is_empty()).collect()
        });
        Self { cell, taken: taken.collect(), layers, ends, depth }
    }

    fn takes(&self, value: usize, input: usize) -> bool {
        value >= 2 && self.cell.nodes[value - 2].inputs.contains(&input)
    }

    /// All ways to give a value a lane, in lanes that are there or in a new one.
    ///
    /// A lane is free behind the last layer in which its values are taken. In that very layer only the taker itself may
    /// have it: its line then goes straight on, and no other line has to get past the end of the first.
    fn extended(&self, lanes: &Lanes, value: usize) -> Vec<Lanes> {
        let layer = self.layers[value];
        let free =
            |before: &usize| self.ends[*before] < layer || self.ends[*before] == layer && self.takes(value, *before);
        let shared = (0..lanes.len()).filter(|&lane| lanes[lane].iter().all(free)).map(|lane| {
            let mut lanes = lanes.clone();
            lanes[lane].push(value);
            lanes
        });
        let inserted = (0..=lanes.len()).map(|lane| {
            let mut lanes = lanes.clone();
            lanes.insert(lane, vec![value]);
            lanes
        });
        shared.chain(inserted).collect()
    }

    /// What a partial layout costs, as far as the order of tracks does not matter.
    fn cost(&self, lanes: &[Vec<usize>]) -> usize {
        let mut lane_of = vec![None; self.layers.len()];
        for (lane, values) in lanes.iter().enumerate() {
            values.iter().for_each(|&value| lane_of[value] = Some(lane));
        }
        let mut cost = lanes.len();
        for (taken, layer) in self.taken.iter().zip(1..) {
            let passes = |other: usize, lane: usize| {
                let straight = || {
                    taken.iter().any(|(input, takers)| {
                        *input == other && takers.iter().any(|&taker| lane_of[taker] == Some(lane))
                    })
                };
                self.layers[other] < layer && (self.ends[other] > layer || straight())
            };
            for (value, takers) in taken {
                let reached = || takers.iter().chain([value]).filter_map(|&end| lane_of[end]);
                let (Some(top), Some(bottom)) = (reached().min(), reached().max()) else { continue };
                let crossed = (top + 1..bottom)
                    .filter(|&lane| lanes[lane].iter().any(|&other| other != *value && passes(other, lane)));
                cost += bottom - top + CROSSING * crossed.count();
            }
        }
        let loose =
            || (2..lane_of.len()).filter(|&value| self.ends[value] > self.depth).filter_map(|value| lane_of[value]);
        cost + loose().max().unwrap_or(0) - loose().min().unwrap_or(0)
    }

    /// The layout with these lanes.
    fn routed(&self, lanes: &[Vec<usize>]) -> Layout {
        let mut lane_of = vec![0; self.layers.len()];
        for (lane, values) in lanes.iter().enumerate() {
            values.iter().for_each(|&value| lane_of[value] = lane);
        }
        // An input in the node's own lane goes straight in, else the upper input comes in above the lower.
        let upper = (2..).zip(&self.cell.nodes).map(|(value, node)| {
            let [a, b] = node.inputs.map(|input| (lane_of[input] != lane_of[value], lane_of[input]));
            usize::from(b < a)
        });
        let mut layout = Layout {
            upper: upper.collect(),
            layers: self.layers.clone(),
            ends: self.ends.clone(),
            lanes: lane_of,
            channels: Vec::new(),
        };
        layout.channels = (1..=self.depth).map(|layer| self.tracks(&layout, layer)).collect();
        layout
    }

    /// The tracks before a layer.
    fn tracks(&self, layout: &Layout, layer: usize) -> Vec<Vec<Trunk>> {
        let mut tracks: Vec<Vec<Trunk>> = Vec::new();
        for value in 0..self.layers.len() {
            let own = 2 * layout.lanes[value];
            let takers = (2..self.layers.len()).filter(|&taker| self.layers[taker] == layer);
            let taps: Vec<usize> = takers
                .flat_map(|taker| {
                    let (node, upper) = (&self.cell.nodes[taker - 2], layout.upper[taker - 2]);
                    let level = 2 * layout.lanes[taker];
                    [(node.inputs[upper], level), (node.inputs[1 - upper], level + 1)]
                })
                .filter(|&(input, level)| input == value && level != own)
                .map(|(_, level)| level)
                .collect();
            if let (Some(&first), Some(&last)) = (taps.iter().min(), taps.iter().max()) {
                let trunk = Trunk { value, span: (first.min(own), last.max(own)), taps };
                let ways = (0..=tracks.len()).map(|at| {
                    let mut tracks = tracks.clone();
                    tracks.insert(at, vec![trunk.clone()]);
                    tracks
                });
                tracks = ways.min_by_key(|tracks| layout.crossings(tracks, layer)).unwrap_or_default();
            }
        }
        // Neighbours that do not overlap share a track.
        let mut at = 1;
        while at < tracks.len() {
            let apart = |a: &Trunk, b: &Trunk| a.span.1 < b.span.0 || b.span.1 < a.span.0;
            if tracks[at].iter().all(|a| tracks[at - 1].iter().all(|b| apart(a, b))) {
                let track = tracks.remove(at);
                tracks[at - 1].extend(track);
            } else {
                at += 1;
            }
        }
        tracks
    }
}
