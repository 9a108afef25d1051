//! Drawn cells.

use isthmus::export::{dot, svg};
use isthmus::space::cells::{CellSettings, CellSpace};
use isthmus::space::{Architecture, Outline, Space as _};
use proptest::prelude::*;

use crate::models::DIGIT;

fn outline(nodes: usize) -> Outline {
    CellSpace::new(CellSettings { nodes, ..CellSettings::default() }, DIGIT, 10).outline()
}

/// Cells in which a value goes far, two edges join the same nodes, and an input is not taken.
fn example() -> (Outline, Architecture) {
    let normal = [0, 1, 3, 1, 2, 2, 4, 0, 0, 3, 3, 2, 1, 0, 0, 3];
    let reduction = [1, 1, 0, 2, 1, 2, 1, 3, 3, 3, 4, 4, 4, 1, 2, 0];
    (outline(4), Architecture::new([normal, reduction].concat()))
}

#[test]
fn dot_has_every_node_and_every_operation() {
    let (outline, architecture) = example();
    insta::assert_snapshot!(dot(&outline, &architecture, "digits, \"distribution\" 2").unwrap());
}

#[test]
fn a_picture_has_a_title_and_both_cells() {
    let (outline, architecture) = example();
    let picture = svg(&outline, &architecture, "digits <2>").unwrap();
    for part in ["digits &lt;2&gt;: ", " parameters, ", ">normal cell ×1<", ">reduction cell ×2<"] {
        assert!(picture.contains(part), "{part}: {picture}");
    }
}

#[test]
fn the_stages_of_a_mobile_network_are_drawn_one_below_the_other() {
    let model = crate::mobile(DIGIT);
    let (outline, architecture) = (model.header().plan.space().outline(), &model.header().architecture);
    insta::assert_snapshot!(dot(&outline, architecture, "mobile").unwrap());
    let picture = svg(&outline, architecture, "mobile").unwrap();
    for part in [">stage 0: 4 channels of 14x14<", ">stage 1: 6 channels of 14x14<"] {
        assert!(picture.contains(part), "{part}: {picture}");
    }
    assert_eq!(["k7e3", "k5e1", "k3e1"].map(|block| count(&picture, block)), [2, 1, 0]);
}

/// How often a picture shows a word in a box.
fn count(picture: &str, word: &str) -> usize {
    picture.matches(&format!(">{word}</text>")).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cells_can_be_drawn_and_are_drawn_the_same_again(nodes in 1_usize..=16, seed: u64) {
        let outline = outline(nodes);
        let option = |(place, options): (usize, usize)| {
            (seed.rotate_left(place as u32 * 7 % 64) % options as u64) as u16
        };
        let options = outline.decisions.iter().map(|decision| decision.options.len()).enumerate().map(option);
        let architecture = Architecture::new(options.collect::<Vec<_>>());
        let picture = svg(&outline, &architecture, "any").unwrap();
        prop_assert_eq!(&picture, &svg(&outline, &architecture, "any").unwrap());
        for operation in &outline.decisions[2].options {
            let cells = outline.cells(&architecture);
            let wanted = cells.iter().flat_map(|cell| &cell.nodes).flat_map(|node| &node.operations);
            prop_assert_eq!(count(&picture, operation), wanted.filter(|known| *known == operation).count());
        }
        prop_assert_eq!(count(&picture, "output"), 2);
    }
}
