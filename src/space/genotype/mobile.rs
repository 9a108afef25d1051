//! Genotypes of a mobile space.

use serde::Deserialize;

use super::{GenotypeError, agree, shape, told, unknown};
use crate::space::mobile::MobilePlan;
use crate::space::{Architecture, Decision};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    stages: Vec<Vec<String>>,
    options: Option<Vec<u16>>,
}

/// Reads a genotype of the space of this plan, which fits the decisions.
pub(super) fn read(plan: &MobilePlan, decisions: &[Decision], text: &str) -> Result<Architecture, GenotypeError> {
    let Text { stages, options } = serde_json::from_str(text).map_err(shape)?;
    let settings = &plan.settings;
    let count = |place: String, what: &'static str, found: usize, allowed: String| {
        Err(GenotypeError::Count { place, what, found, allowed })
    };
    let known = settings.stage_blocks.len();
    if stages.len() != known {
        return count("stages".into(), "stages", stages.len(), known.to_string());
    }
    let words: Vec<String> = settings.blocks().map(|block| block.to_string()).collect();
    // What the options say of blocks that are not there stands; what they do not say is the first option.
    let given = |place: usize| options.as_ref().and_then(|options| options.get(place)).copied().unwrap_or(0);
    let mut found: Vec<u16> = Vec::with_capacity(decisions.len());
    for (number, (stage, &most)) in stages.iter().zip(&settings.stage_blocks).enumerate() {
        let (place, fewest) = (format!("stages[{number}]"), settings.fewest(most));
        if !(fewest..=most).contains(&stage.len()) {
            let allowed = if fewest == most { most.to_string() } else { format!("{fewest} to {most}") };
            return count(place, "blocks", stage.len(), allowed);
        }
        found.push((stage.len() - fewest) as u16);
        for (place_of_block, word) in stage.iter().enumerate() {
            let Some(at) = words.iter().position(|known| known == word) else {
                let place = format!("{place}[{place_of_block}]");
                return Err(unknown(&place, word, words.iter().map(String::as_str)));
            };
            let expansions = settings.expansions.len();
            found.extend([(at / expansions) as u16, (at % expansions) as u16]);
        }
        for _ in 2 * stage.len()..2 * most {
            let at = found.len();
            let allowed = decisions.get(at).map_or(0, |decision| decision.options.len());
            let option = given(at);
            if usize::from(option) >= allowed {
                return Err(GenotypeError::Contradiction {
                    place: told(&format!("options[{at}]"), 80),
                    found: option.to_string(),
                    expected: format!("a number below {allowed}"),
                });
            }
            found.push(option);
        }
    }
    agree("options", options.as_deref(), &found)?;
    Ok(Architecture::new(found))
}
