//! What is drawn can be read back by following the lines, and looks as it should.

use proptest::prelude::*;

use super::glyphs::{DOWN, LEFT, RIGHT, UP};
use super::*;
use crate::space::cells::{Cell, CellSettings, CellSpace, Node, Operation};
use crate::space::network::PictureShape;
use crate::space::{Decision, Space};

/// Any cell, each of whose edges has a name of its own, in letters.
fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![6 => 1usize..=6, 1 => 7usize..=16].prop_flat_map(|nodes| {
        let inputs: Vec<_> = (0..nodes).map(|node| [0..node + 2, 0..node + 2]).collect();
        inputs.prop_map(|inputs| {
            let letters =
                |edge: usize| [edge / 26, edge % 26].iter().map(|&at| char::from(b'a' + at as u8)).collect::<String>();
            let taken = |node: usize| inputs.iter().flatten().any(|&input| input == node + 2);
            let node = |(node, &inputs): (usize, &[usize; 2])| Node {
                inputs,
                operations: [letters(2 * node), letters(2 * node + 1)],
                loose: !taken(node),
            };
            Cell { kind: CellKind::Normal, nodes: inputs.iter().enumerate().map(node).collect() }
        })
    })
}

/// Who finds out what a drawing says.
struct Reader {
    grid: Vec<Vec<char>>,
}

impl Reader {
    fn new(drawing: &Drawing) -> Self {
        Self { grid: drawing.to_string().lines().map(|line| line.chars().collect()).collect() }
    }

    fn at(&self, row: usize, column: usize) -> char {
        self.grid.get(row).and_then(|row| row.get(column)).copied().unwrap_or(' ')
    }

    /// Where a line that runs through here leads to.
    fn directions(&self, row: usize, column: usize) -> u8 {
        let c = self.at(row, column);
        (1..16u8).rev().find(|&bits| c != ' ' && Glyphs::UNICODE.lines[usize::from(bits)] == c).unwrap_or(0)
    }

    fn find(&self, text: &str) -> (usize, usize) {
        let text: Vec<char> = text.chars().collect();
        let places = self.grid.iter().enumerate().flat_map(|(row, line)| {
            line.windows(text.len()).enumerate().filter(|(_, window)| *window == text).map(move |(at, _)| (row, at))
        });
        let places: Vec<_> = places.collect();
        assert_eq!(places.len(), 1, "{text:?}");
        places[0]
    }

    /// From a place leftwards: the letters on the way, and the value that the line comes from.
    fn source(&self, row: usize, column: usize) -> (String, usize) {
        let (mut letters, mut row, mut column) = (String::new(), row, column);
        loop {
            let c = self.at(row, column);
            let directions = self.directions(row, column);
            if c.is_ascii_lowercase() {
                letters.insert(0, c);
            } else if c.is_ascii_digit() {
                return (letters, self.value(row, column));
            } else if let Some(end) = self.door(row, column) {
                return (letters, self.value(row, end));
            } else if directions & RIGHT != 0 && directions & LEFT == 0 {
                // A branch of a trunk: its own line comes in where it leads to the left.
                row =
                    self.trunk(row, column).into_iter().find(|&row| self.directions(row, column) & LEFT != 0).unwrap();
            }
            column -= 1;
        }
    }

    /// Where the number of a box ends whose wall is here; nothing where this is a trunk behind an input that is not taken.
    fn door(&self, row: usize, column: usize) -> Option<usize> {
        let end = (0..column).rev().find(|&before| self.at(row, before) != ' ')?;
        let boxed = self.at(row, column) == '├' && column - end > 1 && self.at(row, end).is_ascii_digit();
        (boxed && self.at(row, end - 1) != '-').then_some(end)
    }

    /// The rows of the vertical line through a place.
    fn trunk(&self, row: usize, column: usize) -> Vec<usize> {
        let (mut top, mut bottom) = (row, row);
        while self.directions(top, column) & UP != 0 {
            top -= 1;
        }
        while self.directions(bottom, column) & DOWN != 0 {
            bottom += 1;
        }
        (top..=bottom).collect()
    }

    /// The value whose name ends here.
    fn value(&self, row: usize, end: usize) -> usize {
        let mut start = end;
        while start > 0 && self.at(row, start - 1).is_ascii_digit() {
            start -= 1;
        }
        let number: usize = self.grid[row][start..=end].iter().collect::<String>().parse().unwrap();
        // `cell-2` is value 0, and `cell-1` value 1.
        if start > 0 && self.at(row, start - 1) == '-' { 2 - number } else { number + 2 }
    }

    /// The edges of a node: letters and value, upper first.
    fn edges(&self, node: usize, spacing: Spacing) -> [(String, usize); 2] {
        let (row, column) = if spacing == Spacing::ROOMY {
            let digits = self.grid.iter().enumerate().find_map(|(row, line)| {
                let name: Vec<char> = format!("▸│ {node} ").chars().collect();
                line.windows(name.len()).position(|window| window == name).map(|at| (row, at - 2))
            });
            digits.unwrap()
        } else {
            let found = self.grid.iter().enumerate().find_map(|(row, line)| {
                let name: Vec<char> = format!("┬▸{node}").chars().collect();
                let found =
                    |at: usize| line[at..].starts_with(&name) && !self.at(row, at + name.len()).is_ascii_digit();
                (0..line.len()).find(|&at| found(at)).map(|at| (row, at))
            });
            found.unwrap()
        };
        assert_eq!([self.at(row, column), self.at(row + 1, column)], ['┬', '╯']);
        [self.source(row, column - 1), self.source(row + 1, column - 1)]
    }

    /// The values that make the output.
    fn output(&self, spacing: Spacing) -> Vec<usize> {
        let arrow = if spacing == Spacing::ROOMY { "─▸ output" } else { "▸output" };
        let (row, column) = self.find(arrow);
        let column = column - 1;
        let mut values: Vec<usize> = self
            .trunk(row, column)
            .into_iter()
            .filter(|&row| self.directions(row, column) & LEFT != 0)
            .map(|row| self.source(row, column - 1).1)
            .collect();
        values.sort_unstable();
        values
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn following_the_lines_gives_the_cell_back(cell in cell()) {
        for spacing in [Spacing::TIGHT, Spacing::ROOMY] {
            let drawing = Graph::new(&cell).draw(spacing, &Glyphs::UNICODE);
            let reader = Reader::new(&drawing);
            for (index, node) in cell.nodes.iter().enumerate() {
                let mut edges = [0, 1].map(|side| (node.operations[side].clone(), node.inputs[side]));
                edges.sort();
                let mut found = reader.edges(index, spacing);
                found.sort();
                prop_assert_eq!(&found, &edges, "node {} in\n{}", index, drawing);
            }
            let loose: Vec<usize> = (2..).zip(&cell.nodes).filter(|(_, node)| node.loose).map(|(value, _)| value).collect();
            prop_assert_eq!(reader.output(spacing), loose, "the output in\n{}", drawing);
        }
    }

    #[test]
    fn a_drawing_in_ascii_has_the_same_shape(cell in cell()) {
        for spacing in [Spacing::TIGHT, Spacing::ROOMY] {
            let unicode = Graph::new(&cell).draw(spacing, &Glyphs::UNICODE);
            let ascii = Graph::new(&cell).draw(spacing, &Glyphs::ASCII);
            prop_assert!(ascii.to_string().is_ascii());
            let inks = |drawing: &Drawing| drawing.rows.iter().map(|row| row.iter().map(|(_, ink)| *ink).collect()).collect::<Vec<Vec<_>>>();
            prop_assert_eq!(inks(&ascii), inks(&unicode));
        }
    }

    #[test]
    fn any_name_keeps_to_one_column_a_character(name in any::<String>(), node in any::<bool>()) {
        let node = Node { inputs: [0, usize::from(node)], operations: [name.clone(), name], loose: true };
        let cell = Cell { kind: CellKind::Normal, nodes: vec![node] };
        for glyphs in [Glyphs::UNICODE, Glyphs::ASCII] {
            let drawing = Graph::new(&cell).draw(Spacing::TIGHT, &glyphs);
            prop_assert!(drawing.width() <= 50 && drawing.height() <= 4);
            prop_assert!(drawing.rows.iter().flatten().all(|(c, _)| c.width() == Some(1)));
        }
    }
}

fn outline(nodes: usize, cells: usize) -> Outline {
    let settings = CellSettings { nodes, cells, operations: Operation::ALL.to_vec(), ..CellSettings::default() };
    CellSpace::new(settings, PictureShape { channels: 1, height: 28, width: 28 }, 10).outline()
}

const MIXED: [u16; 32] = [
    0, 1, 3, 0, 1, 2, 4, 3, 2, 2, 1, 2, 0, 3, 0, 4, /* reduction */ 1, 1, 3, 3, 2, 1, 0, 2, 1, 3, 4, 0, 2, 1, 3, 2,
];

#[test]
fn a_saved_drawing_in_unicode() {
    insta::assert_snapshot!(text(&outline(4, 3), &Architecture::new(MIXED), &Glyphs::UNICODE));
}

#[test]
fn a_saved_drawing_in_ascii() {
    insta::assert_snapshot!(text(&outline(4, 3), &Architecture::new(MIXED), &Glyphs::ASCII));
}

#[test]
fn lists_get_shorter_where_there_is_less_room() {
    let cells = outline(4, 3).cells(&Architecture::new(MIXED));
    let lists = [60, 48, 30].map(|columns| listed(&cells[0], columns, &Glyphs::UNICODE).to_string());
    insta::assert_snapshot!(lists.join("\n"));
}

#[test]
fn a_space_without_cells_is_drawn_as_its_decisions() {
    let decision = |name: &str| Decision { name: name.into(), options: vec!["skip".into(), "conv\u{1b}[2J".into()] };
    let decisions = vec![decision("first"), decision("a longer name")];
    let outline = Outline { decisions, parameters: None, macs: None, latency: None, nodes: None, plan: None };
    let drawn = text(&outline, &Architecture::new([0, 1]), &Glyphs::UNICODE);
    assert_eq!(drawn, "first         = skip\na longer name = conv?[2J\n");
    assert_eq!(text(&outline, &Architecture::new([0, 2]), &Glyphs::UNICODE), "");
}

#[test]
fn the_heading_says_what_the_network_does_not_use() {
    let words = |cells: usize, inputs: [u16; 2], kind: CellKind| {
        let architecture = Architecture::new(inputs.map(|input| [input, input, 0, 0]).concat());
        heading(&outline(1, cells), &architecture, kind, &Glyphs::UNICODE)
    };
    assert_eq!(words(3, [1, 1], CellKind::Reduction), "reduction cell ×2");
    assert_eq!(words(3, [0, 0], CellKind::Reduction), "reduction cell ×2, 1 of them unused");
    assert_eq!(words(5, [0, 0], CellKind::Reduction), "reduction cell ×2, unused");
    assert_eq!(words(1, [0, 0], CellKind::Normal), "normal cell, not in this network");
}
