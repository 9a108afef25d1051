//! What the pane looks like, and that it keeps to its area.

use insta::assert_snapshot;
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::space::cells::{CellSettings, CellSpace, Operation};
use crate::space::mobile::{MobilePlan, MobileSettings, MobileSpace};
use crate::space::network::PictureShape;
use crate::space::{Decision, Space};

const SIZES: [(u16, u16); 3] = [(78, 18), (118, 34), (198, 54)];

/// The space of the digits.
fn digits(nodes: usize) -> Outline {
    let settings = CellSettings { nodes, channels: 8, ..CellSettings::default() };
    CellSpace::new(settings, PictureShape { channels: 1, height: 28, width: 28 }, 10).outline()
}

fn table(decisions: usize, option: &str) -> Outline {
    let options = ["skip", "conv 1x1", "conv 3x3", option];
    let decision = |at: usize| Decision {
        name: format!("edge {at}"),
        options: options.iter().map(|option| (*option).into()).collect(),
    };
    let decisions = (0..decisions).map(decision).collect();
    Outline { decisions, parameters: None, macs: None, latency: None, nodes: None, plan: None }
}

fn sampled(outline: &Outline, rng: &mut dyn Rng) -> Architecture {
    let options = outline.decisions.iter().map(|decision| rng.random_range(..decision.options.len()) as u16);
    Architecture::new(options.collect::<Vec<_>>())
}

/// The same with a few decisions taken anew.
fn near(outline: &Outline, architecture: &Architecture, rng: &mut dyn Rng) -> Architecture {
    let mut options = architecture.options().to_vec();
    for _ in 0..4 {
        let at = rng.random_range(..options.len());
        options[at] = rng.random_range(..outline.decisions[at].options.len()) as u16;
    }
    Architecture::new(options)
}

/// What the pane shows in an area of this size; panics where it draws outside of it.
fn drawn(portrait: &Portrait, (width, height): (u16, u16)) -> String {
    let around = Rect::new(0, 0, width + 6, height + 4);
    let area = Rect::new(3, 2, width, height);
    let mut buffer = Buffer::filled(around, ratatui::buffer::Cell::new("#"));
    for position in area.positions() {
        buffer[position].set_symbol(" ");
    }
    portrait.draw(area, &mut buffer);
    let outside = around.positions().filter(|position| !area.contains(*position));
    assert!(outside.into_iter().all(|position| buffer[position].symbol() == "#"));
    let rows = area.rows().map(|row| {
        let line: String = row.positions().map(|position| buffer[position].symbol().to_owned()).collect();
        line.trim_end().to_owned() + "\n"
    });
    rows.collect()
}

/// A sample of a space with two modes, the second near it, and their thetas.
fn sample(outline: &Outline, seed: u64) -> (Architecture, [Architecture; 2], Vec<Theta>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let architecture = sampled(outline, &mut rng);
    let modes = [sampled(outline, &mut rng), near(outline, &architecture, &mut rng)];
    let thetas = modes.iter().map(|mode| {
        let rows = outline.decisions.iter().zip(mode.options()).map(|(decision, &chosen)| {
            let rest = 0.2 / decision.options.len() as f64;
            (0..decision.options.len()).map(|at| if at == usize::from(chosen) { 0.8 + rest } else { rest }).collect()
        });
        Theta::try_from(rows.collect::<Vec<Vec<f64>>>()).unwrap()
    });
    let thetas = thetas.collect();
    (architecture, modes, thetas)
}

fn portrait<'a>(
    outline: &'a Outline,
    (architecture, modes, thetas): &'a (Architecture, [Architecture; 2], Vec<Theta>),
    glyphs: &'a Glyphs,
) -> Portrait<'a> {
    Portrait {
        outline,
        architecture,
        modes: modes.iter().enumerate().collect(),
        thetas: thetas.iter().collect(),
        theme: Theme::COLOUR,
        glyphs,
    }
}

#[test]
fn the_default_space() {
    let outline = digits(4);
    for (width, height) in SIZES {
        let sample = sample(&outline, 3);
        assert_snapshot!(
            format!("digits-{width}x{height}"),
            drawn(&portrait(&outline, &sample, &Glyphs::UNICODE), (width, height))
        );
    }
}

/// A mobile space of three stages.
fn mobile() -> Outline {
    let settings = MobileSettings { stage_blocks: vec![2, 4, 4], ..MobileSettings::default() };
    let picture = PictureShape { channels: 1, height: 28, width: 28 };
    MobileSpace::new(MobilePlan { settings, picture, classes: 10 }).outline()
}

#[test]
fn a_mobile_network_is_a_line_a_stage() {
    let outline = mobile();
    let sample = sample(&outline, 6);
    for (width, height) in [SIZES[0], SIZES[1], (40, 18)] {
        assert_snapshot!(
            format!("mobile-{width}x{height}"),
            drawn(&portrait(&outline, &sample, &Glyphs::UNICODE), (width, height))
        );
    }
    let text = drawn(&portrait(&outline, &sample, &Glyphs::ASCII), SIZES[0]);
    assert!(text.is_ascii() && text.contains("k3e6-k"), "{text}");
}

#[test]
fn in_ascii() {
    let outline = digits(4);
    let sample = sample(&outline, 3);
    let text = drawn(&portrait(&outline, &sample, &Glyphs::ASCII), SIZES[1]);
    assert!(text.is_ascii());
    assert_snapshot!("ascii-118x34", text);
}

#[test]
fn many_nodes_become_lists_where_graphs_do_not_fit() {
    let outline = digits(7);
    let sample = sample(&outline, 1);
    let portrait = portrait(&outline, &sample, &Glyphs::UNICODE);
    for size in [(78, 18), (47, 14), (198, 54)] {
        assert_snapshot!(format!("seven-{}x{}", size.0, size.1), drawn(&portrait, size));
    }
}

#[test]
fn a_table_is_a_list_of_decisions() {
    let outline = table(26, "pool");
    let sample = sample(&outline, 1);
    let portrait = portrait(&outline, &sample, &Glyphs::UNICODE);
    for size in [(78, 18), (48, 10)] {
        assert_snapshot!(format!("table-{}x{}", size.0, size.1), drawn(&portrait, size));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_drawn_outside_of_any_area(
        nodes in 1usize..=9,
        seed in any::<u64>(),
        size in (prop_oneof![1u16..30, 30u16..220], prop_oneof![1u16..20, 20u16..70]),
        ascii in any::<bool>(),
        name in any::<String>(),
        kind in 0..3,
    ) {
        let outline = match kind {
            0 => table(5 * nodes, &name),
            1 => mobile(),
            _ => digits(nodes),
        };
        let sample = sample(&outline, seed);
        let glyphs = if ascii { Glyphs::ASCII } else { Glyphs::UNICODE };
        let text = drawn(&portrait(&outline, &sample, &glyphs), size);
        prop_assert!(!ascii || text.is_ascii());
    }

    #[test]
    fn both_graphs_of_the_default_space_fit_on_a_small_screen(seed in any::<u64>()) {
        let outline = digits(4);
        let text = drawn(&portrait(&outline, &sample(&outline, seed), &Glyphs::UNICODE), SIZES[0]);
        prop_assert_eq!(text.matches("▸output").count() + text.matches("▸ output").count(), 2, "{}", text);
    }
}

#[test]
fn operations_with_long_names_are_cut() {
    let mut outline = digits(4);
    for decision in &mut outline.decisions {
        let operations = decision.options.len() == Operation::ALL.len() && decision.name.contains("operation");
        decision.options.iter_mut().filter(|_| operations).for_each(|name| name.push_str("-with-a-name-without-end"));
    }
    let sample = sample(&outline, 3);
    let portrait = portrait(&outline, &sample, &Glyphs::UNICODE);
    assert_snapshot!("long-names-118x34", drawn(&portrait, SIZES[1]));
    for size in [(1, 1), (2, 30), (100, 1), (78, 18)] {
        drawn(&portrait, size);
    }
}
