//! An architecture in words: text that is copied, kept and read back.
//!
//! It is the JSON that `results.json` holds of every architecture, on one line. In a space of cells:
//!
//! ```json
//! {"normal": {"nodes": [[{"input": "cell-2", "operation": "identity"}, {"input": "cell-1", "operation": "separable-3x3"}],
//!                       [{"input": "node 0", "operation": "identity"}, {"input": "cell-1", "operation": "identity"}]],
//!             "output": ["node 1"]},
//!  "reduction": {"nodes": [], "output": []},
//!  "options": [0, 1]}
//! ```
//!
//! Each cell has its nodes in order, each with its two edges: where from (`cell-2` and `cell-1` are the outputs of the
//! two cells before, `node i` a node before), and by which operation. `output` names the nodes that no other takes,
//! `options` the place of each answer in its decision's list; both follow from the nodes, and may be left out by who
//! writes by hand. In a mobile space an architecture is the blocks of each stage, `k5e6` being one with a kernel of 5x5 that widens
//! its channels six times:
//!
//! ```json
//! {"stages": [["k3e3"], ["k5e6", "k3e3"]], "options": [0, 0, 0, 0, 0, 1, 1, 1, 0, 0]}
//! ```
//!
//! Here `options` also says what was decided of blocks beyond the depth of their stage, which no network has: where it is left
//! out, that is the first option. In any other space an architecture is the option of each decision by name:
//!
//! ```json
//! {"layer 1": "conv 3x3", "layer 2": "skip"}
//! ```

mod mobile;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::{Map, Value};

use super::cells::{Cell, CellKind, genotype};
use super::{Architecture, Decision, Outline};
use crate::clean::clean;
use crate::nearest::nearest;

/// Why a text is no architecture of a space.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenotypeError {
    /// It does not have the shape of one.
    #[error("not a genotype of this space: {reason}")]
    Shape {
        /// What is wrong where.
        reason: String,
    },
    /// A cell with too few nodes, or too many.
    #[error("{place}: a cell of this space has {allowed} nodes, this one {found}")]
    Nodes {
        /// Where.
        place: String,
        /// How many there are.
        found: usize,
        /// How many there must be.
        allowed: usize,
    },
    /// Too few stages or blocks, or too many.
    #[error("{place}: {found} {what}, and this space has {allowed}")]
    Count {
        /// Where.
        place: String,
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        allowed: String,
    },
    /// A word that is not among those that are allowed there.
    #[error("{place}: \"{found}\" is none of {allowed}{hint}")]
    Word {
        /// Where.
        place: String,
        /// The word.
        found: String,
        /// Those that are allowed.
        allowed: String,
        /// What it was probably meant to be, said in words.
        hint: String,
    },
    /// A decision without an answer.
    #[error("\"{decision}\" is missing: one of {allowed}")]
    Missing {
        /// The decision.
        decision: String,
        /// Its options.
        allowed: String,
    },
    /// A decision with two answers.
    #[error("\"{decision}\" is there twice")]
    Twice {
        /// The decision.
        decision: String,
    },
    /// Something that follows from the rest, and is said otherwise.
    #[error("{place}: {found}, but from the rest follows {expected}; correct one of the two, or leave {place} out")]
    Contradiction {
        /// Where.
        place: String,
        /// What is said.
        found: String,
        /// What would be right.
        expected: String,
    },
}

/// The genotype of an architecture, on one line; nothing where the architecture is not of this space.
pub fn write(outline: &Outline, architecture: &Architecture) -> Option<String> {
    if !architecture.fits(&outline.decisions) {
        return None;
    }
    let value = match outline.nodes {
        Some(nodes) if !outline.cells(architecture).is_empty() => genotype(nodes, &outline.decisions, architecture),
        _ => match outline.mobile() {
            Some(plan) => plan.genotype(architecture),
            None => of_decisions(&outline.decisions, architecture),
        },
    };
    Some(value.to_string())
}

/// Reads a genotype of this space.
///
/// Whether a table has a row for the architecture is not known here.
///
/// # Errors
/// The text is no genotype, is one of another space, or contradicts itself.
pub fn read(outline: &Outline, text: &str) -> Result<Architecture, GenotypeError> {
    match outline.nodes {
        Some(nodes) if super::cells::are_cells(nodes, &outline.decisions) => read_cells(outline, nodes, text),
        _ => match outline.mobile() {
            Some(plan) => mobile::read(plan, &outline.decisions, text),
            None => read_decisions(&outline.decisions, text),
        },
    }
}

/// The option of each decision by name.
pub(super) fn of_decisions(decisions: &[Decision], architecture: &Architecture) -> Value {
    let named = decisions.iter().zip(architecture.options()).map(|(decision, &option)| {
        let name = decision.options.get(usize::from(option)).map_or("?", String::as_str);
        (decision.name.clone(), Value::from(name))
    });
    named.collect::<Map<_, _>>().into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellsText {
    normal: CellText,
    reduction: CellText,
    options: Option<Vec<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CellText {
    nodes: Vec<[EdgeText; 2]>,
    output: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EdgeText {
    input: String,
    operation: String,
}

fn read_cells(outline: &Outline, nodes: usize, text: &str) -> Result<Architecture, GenotypeError> {
    let CellsText { normal, reduction, options } = serde_json::from_str(text).map_err(shape)?;
    let texts = [(CellKind::Normal, normal), (CellKind::Reduction, reduction)];
    let mut found = Vec::with_capacity(outline.decisions.len());
    // Decisions stand in the order in which this walks: inputs a and b, then operations a and b of every node.
    let mut decisions = outline.decisions.iter();
    for (kind, cell) in &texts {
        let place = format!("{}.nodes", kind.name());
        if cell.nodes.len() != nodes {
            return Err(GenotypeError::Nodes { place, found: cell.nodes.len(), allowed: nodes });
        }
        for (node, [a, b]) in cell.nodes.iter().enumerate() {
            let inputs = [("0].input", &a.input), ("1].input", &b.input)];
            let operations = [("0].operation", &a.operation), ("1].operation", &b.operation)];
            for ((part, word), decision) in inputs.into_iter().chain(operations).zip(decisions.by_ref()) {
                found.push(option(&format!("{place}[{node}][{part}"), word, &decision.options)?);
            }
        }
    }
    let architecture = Architecture::new(found);
    for ((kind, text), cell) in texts.iter().zip(outline.cells(&architecture)) {
        let loose = cell.nodes.iter().zip(2..).filter(|(node, _)| node.loose);
        let expected: Vec<String> = loose.map(|(_, value)| Cell::input_name(value)).collect();
        agree(&format!("{}.output", kind.name()), text.output.as_deref(), &expected)?;
    }
    agree("options", options.as_deref(), architecture.options())?;
    Ok(architecture)
}

/// What may be left out must agree with the nodes where it is there.
fn agree<T: PartialEq + serde::Serialize>(
    place: &str,
    found: Option<&[T]>,
    expected: &[T],
) -> Result<(), GenotypeError> {
    let words = |list: &[T]| serde_json::to_string(list).map_or_else(|_| "?".into(), |text| told(&text, 200));
    match found {
        Some(found) if found != expected => {
            Err(GenotypeError::Contradiction { place: place.into(), found: words(found), expected: words(expected) })
        }
        _ => Ok(()),
    }
}

/// The members of an object in their order, those that are there twice too.
struct Members(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object with the option of every decision")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

fn read_decisions(decisions: &[Decision], text: &str) -> Result<Architecture, GenotypeError> {
    let Members(members) = serde_json::from_str(text).map_err(shape)?;
    let mut found = vec![None; decisions.len()];
    for (name, word) in &members {
        let Some(at) = decisions.iter().position(|decision| decision.name == *name) else {
            return Err(unknown("decisions", name, decisions.iter().map(|decision| decision.name.as_str())));
        };
        if found[at].replace(option(&told(name, 80), word, &decisions[at].options)?).is_some() {
            return Err(GenotypeError::Twice { decision: told(name, 80) });
        }
    }
    let answers = found.into_iter().zip(decisions).map(|(found, decision)| {
        found.ok_or_else(|| GenotypeError::Missing {
            decision: told(&decision.name, 80),
            allowed: listed(decision.options.iter().map(String::as_str)),
        })
    });
    Ok(Architecture::new(answers.collect::<Result<Vec<u16>, _>>()?))
}

/// The place of a word among the options of a decision.
fn option(place: &str, word: &str, options: &[String]) -> Result<u16, GenotypeError> {
    let found = options.iter().position(|option| option == word).and_then(|at| u16::try_from(at).ok());
    found.ok_or_else(|| unknown(place, word, options.iter().map(String::as_str)))
}

fn unknown<'a>(place: &str, word: &str, allowed: impl Iterator<Item = &'a str> + Clone) -> GenotypeError {
    let hint = nearest(word, allowed.clone()).map(|meant| format!("; is \"{}\" meant?", told(meant, 80)));
    GenotypeError::Word {
        place: place.into(),
        found: told(word, 80),
        allowed: listed(allowed),
        hint: hint.unwrap_or_default(),
    }
}

fn shape(error: serde_json::Error) -> GenotypeError {
    GenotypeError::Shape { reason: told(&error.to_string(), 400) }
}

fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    told(&words.collect::<Vec<_>>().join(", "), 400)
}

/// Text from outside as it stands in a message: clean, and of at most so many characters.
fn told(text: &str, longest: usize) -> String {
    let mut told: String = clean(text).chars().take(longest).collect();
    if text.chars().nth(longest).is_some() {
        told.push('…');
    }
    told
}
