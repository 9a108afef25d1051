use proptest::prelude::*;

use super::*;
use crate::space::Space;
use crate::space::cells::{CellSettings, CellSpace, Operation};
use crate::space::network::PictureShape;

fn cells(nodes: usize, operations: Vec<Operation>) -> Outline {
    let settings = CellSettings { nodes, operations, ..CellSettings::default() };
    CellSpace::new(settings, PictureShape { channels: 1, height: 28, width: 28 }, 10).outline()
}

fn plain(decisions: &[(&str, &[&str])]) -> Outline {
    let decisions = decisions.iter().map(|(name, options)| Decision {
        name: (*name).into(),
        options: options.iter().map(|option| (*option).into()).collect(),
    });
    Outline { decisions: decisions.collect(), parameters: None, macs: None, latency: None, nodes: None, plan: None }
}

/// Any small space, of cells or of a table, with an architecture of it.
fn outline_and_architecture() -> impl Strategy<Value = (Outline, Architecture)> {
    let operations = proptest::sample::subsequence(Operation::ALL.to_vec(), 1..=5);
    let cells = (1usize..=6, operations).prop_map(|(nodes, operations)| cells(nodes, operations));
    let words = || any::<String>();
    let decision = proptest::collection::hash_set(words(), 1..5).prop_map(|options| options.into_iter().collect());
    let table = proptest::collection::hash_map(words(), decision, 0..8).prop_map(|decisions| {
        let decisions = decisions.into_iter().map(|(name, options)| Decision { name, options });
        Outline { decisions: decisions.collect(), ..plain(&[]) }
    });
    prop_oneof![cells, table].prop_flat_map(|outline| {
        let sizes: Vec<_> = outline.decisions.iter().map(|decision| 0..decision.options.len() as u16).collect();
        (Just(outline), sizes.prop_map(Architecture::new))
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back((outline, architecture) in outline_and_architecture()) {
        let text = write(&outline, &architecture).unwrap();
        prop_assert!(!text.contains('\n'));
        prop_assert_eq!(read(&outline, &text), Ok(architecture));
    }

    #[test]
    fn any_text_is_read_or_refused((outline, _) in outline_and_architecture(), text in any::<String>()) {
        if let Ok(architecture) = read(&outline, &text) {
            prop_assert!(architecture.fits(&outline.decisions));
        }
    }

    #[test]
    fn a_text_that_was_changed_is_refused_or_another_way_to_write_an_architecture(
        (outline, architecture) in outline_and_architecture(),
        at in any::<prop::sample::Index>(),
        c in any::<char>(),
    ) {
        let mut text: Vec<char> = write(&outline, &architecture).unwrap().chars().collect();
        let at = at.index(text.len());
        text[at] = c;
        if let Ok(read_back) = read(&outline, &text.into_iter().collect::<String>()) {
            prop_assert!(read_back.fits(&outline.decisions));
        }
    }
}

fn two_nodes() -> (Outline, Value) {
    let outline = cells(2, Operation::ALL.to_vec());
    let architecture = Architecture::new([0, 1, 0, 3, 2, 1, 0, 0].repeat(2));
    let value = serde_json::from_str(&write(&outline, &architecture).unwrap()).unwrap();
    (outline, value)
}

/// What is said of a genotype after a change.
fn refused(change: impl FnOnce(&mut Value)) -> String {
    let (outline, mut value) = two_nodes();
    change(&mut value);
    read(&outline, &value.to_string()).unwrap_err().to_string()
}

#[test]
fn what_follows_from_the_nodes_may_be_left_out() {
    let (outline, mut value) = two_nodes();
    let architecture = read(&outline, &value.to_string()).unwrap();
    value.as_object_mut().unwrap().remove("options");
    for kind in ["normal", "reduction"] {
        value[kind].as_object_mut().unwrap().remove("output");
    }
    assert_eq!(read(&outline, &value.to_string()), Ok(architecture));
}

#[test]
fn errors_of_cells_name_the_place_and_what_is_allowed() {
    assert_eq!(
        refused(|value| value["normal"]["nodes"][1][0]["operation"] = "seperable-3x3".into()),
        "normal.nodes[1][0].operation: \"seperable-3x3\" is none of identity, average-pool-3x3, max-pool-3x3, \
         separable-3x3, separable-5x5; is \"separable-3x3\" meant?"
    );
    assert_eq!(
        refused(|value| value["reduction"]["nodes"][0][1]["input"] = "node 0".into()),
        "reduction.nodes[0][1].input: \"node 0\" is none of cell-2, cell-1"
    );
    assert_eq!(
        refused(|value| value["normal"]["nodes"].as_array_mut().unwrap().truncate(1)),
        "normal.nodes: a cell of this space has 2 nodes, this one 1"
    );
    assert_eq!(
        refused(|value| value["normal"]["output"] = serde_json::json!(["node 0"])),
        "normal.output: [\"node 0\"], but from the rest follows [\"node 1\"]; correct one of the two, or leave \
         normal.output out"
    );
    let options = refused(|value| value["options"][0] = 1.into());
    assert!(options.starts_with("options: [1,1,0,3,2,1,0,0,"), "{options}");
    let unknown = refused(|value| value["normal"]["edges"] = Value::Null);
    assert!(unknown.contains("unknown field `edges`, expected `nodes` or `output`"), "{unknown}");
    let missing = refused(|value| drop(value.as_object_mut().unwrap().remove("reduction")));
    assert!(missing.contains("missing field `reduction`"), "{missing}");
}

#[test]
fn errors_of_decisions_name_them_and_what_is_allowed() {
    let outline = plain(&[("layer 1", &["conv", "skip"]), ("layer 2", &["conv", "pool"])]);
    let refused = |text: &str| read(&outline, text).unwrap_err().to_string();
    assert_eq!(refused("{\"layer 1\":\"skip\"}"), "\"layer 2\" is missing: one of conv, pool");
    assert_eq!(refused("{\"layer 1\":\"skip\",\"layer 2\":\"skip\"}"), "layer 2: \"skip\" is none of conv, pool");
    assert_eq!(
        refused("{\"layer_1\":\"skip\"}"),
        "decisions: \"layer_1\" is none of layer 1, layer 2; is \"layer 1\" meant?"
    );
    assert_eq!(refused("{\"layer 1\":\"skip\",\"layer 1\":\"conv\"}"), "\"layer 1\" is there twice");
    assert!(refused("[]").contains("expected an object with the option of every decision"));
}

#[test]
fn nothing_from_outside_steers_the_terminal() {
    let message = read(&plain(&[("a", &["b"])]), "{\"\\u001b[2Jx\": \"b\"}").unwrap_err().to_string();
    assert!(message.contains("[2Jx") && !message.contains('\u{1b}'), "{message}");
}
