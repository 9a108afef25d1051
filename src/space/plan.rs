//! What networks follow from, whichever space they are of.

use std::fmt::Debug;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::cells::{self, CellPlan, CellSettings, CellSpace};
use super::mobile::{MobilePlan, MobileSettings, MobileSpace};
use super::network::PictureShape;
use super::{Architecture, Complexity, Decision, NetworkSpace, Share};

/// A space of networks without its weights; small, so that it can travel.
///
/// Written down, a plan of cells is that alone, as it was before there were others; every other has a `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, try_from = "Written")]
pub enum Plan {
    /// Of cells.
    Cells(CellPlan),
    /// Of stages of blocks.
    Mobile(MobilePlan),
}

/// Why something is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Its settings.
    #[error("settings: {0}")]
    Settings(#[from] serde_json::Error),
    /// A space that is not known.
    #[error("kind: \"{0}\" is none of cells, mobile")]
    Kind(String),
}

/// A plan as it is read.
#[derive(Deserialize)]
struct Written {
    kind: Option<String>,
    settings: serde_json::Value,
    picture: PictureShape,
    classes: usize,
}

impl TryFrom<Written> for Plan {
    type Error = PlanError;

    fn try_from(Written { kind, settings, picture, classes }: Written) -> Result<Self, PlanError> {
        match kind.as_deref() {
            None | Some("cells") => {
                let settings: CellSettings = serde_json::from_value(settings)?;
                Ok(Self::Cells(CellPlan { settings, picture, classes }))
            }
            Some("mobile") => {
                let settings: MobileSettings = serde_json::from_value(settings)?;
                Ok(Self::Mobile(MobilePlan { settings, picture, classes }))
            }
            Some(other) => Err(PlanError::Kind(other.into())),
        }
    }
}

impl Plan {
    /// All of it that is of the space alone.
    pub fn settings(&self) -> &dyn Debug {
        match self {
            Self::Cells(plan) => &plan.settings,
            Self::Mobile(plan) => &plan.settings,
        }
    }

    /// The shape of the pictures.
    pub fn picture(&self) -> PictureShape {
        match self {
            Self::Cells(plan) => plan.picture,
            Self::Mobile(plan) => plan.picture,
        }
    }

    /// How many classes they are in.
    pub fn classes(&self) -> usize {
        match self {
            Self::Cells(plan) => plan.classes,
            Self::Mobile(plan) => plan.classes,
        }
    }

    /// Whether batch normalisation has a trainable scale and shift.
    pub fn is_affine(&self) -> bool {
        match self {
            Self::Cells(plan) => plan.settings.affine,
            Self::Mobile(plan) => plan.settings.affine,
        }
    }

    /// Strides of the stem's convolutions, with `stride` in place of the setting where it is given.
    pub fn stem_strides(&self, stride: Option<usize>) -> &'static [usize] {
        match self {
            Self::Cells(plan) => {
                let stem_stride = stride.unwrap_or(plan.settings.stem_stride);
                CellSettings { stem_stride, ..plan.settings.clone() }.stem_strides()
            }
            Self::Mobile(plan) => match stride.unwrap_or(plan.settings.stem_stride) {
                1 => &[1],
                _ => &[2],
            },
        }
    }

    /// Channels of the first cells or of the first stage.
    pub fn channels(&self) -> usize {
        match self {
            Self::Cells(plan) => plan.settings.channels,
            Self::Mobile(plan) => plan.settings.stage_channels.first().copied().unwrap_or_default(),
        }
    }

    /// Whether its sizes are such that networks can be made and their complexities counted.
    pub fn is_bounded(&self) -> bool {
        match self {
            Self::Cells(plan) => plan.is_bounded(),
            Self::Mobile(plan) => plan.is_bounded(),
        }
    }

    /// The decisions of its space.
    pub fn decisions(&self) -> Vec<Decision> {
        match self {
            Self::Cells(plan) => plan.settings.decisions(),
            Self::Mobile(plan) => plan.settings.decisions(),
        }
    }

    /// The exact parameters and MACs of an architecture of its space.
    pub fn complexity(&self, architecture: &Architecture) -> Complexity {
        match self {
            Self::Cells(plan) => plan.complexity(architecture),
            Self::Mobile(plan) => plan.complexity(architecture),
        }
    }

    /// The same by what they go to, in the order in which a picture passes; nothing that the network does not have.
    pub fn breakdown(&self, architecture: &Architecture) -> Vec<Share> {
        match self {
            Self::Cells(plan) => plan.breakdown(architecture),
            Self::Mobile(plan) => plan.breakdown(architecture),
        }
    }

    /// An architecture of its space in words.
    pub fn genotype(&self, architecture: &Architecture) -> serde_json::Value {
        match self {
            Self::Cells(plan) => cells::genotype(plan.settings.nodes, &self.decisions(), architecture),
            Self::Mobile(plan) => plan.genotype(architecture),
        }
    }

    /// The same so wide: in cells the channels of the first of them; in a mobile space all channels are multiplied, by
    /// `width / 64`. Parameters do not fall where the width rises.
    #[must_use]
    pub fn of_width(&self, width: usize) -> Self {
        match self {
            Self::Cells(plan) => {
                let settings = CellSettings { channels: width, ..plan.settings.clone() };
                Self::Cells(CellPlan { settings, ..*plan })
            }
            Self::Mobile(plan) => Self::Mobile(MobilePlan { settings: plan.settings.of_width(width), ..*plan }),
        }
    }

    /// The space with its weights.
    pub fn space(&self) -> Arc<dyn NetworkSpace> {
        match self {
            Self::Cells(plan) => Arc::new(CellSpace::new(plan.settings.clone(), plan.picture, plan.classes)),
            Self::Mobile(plan) => Arc::new(MobileSpace::new(plan.clone())),
        }
    }

    /// The same with an auxiliary head in its networks, where they can have one: to train them from scratch.
    pub fn space_with_auxiliary(&self) -> Arc<dyn NetworkSpace> {
        match self {
            Self::Cells(plan) => Arc::new(CellSpace::with_auxiliary(plan.settings.clone(), plan.picture, plan.classes)),
            Self::Mobile(_) => self.space(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: PictureShape = PictureShape { channels: 1, height: 28, width: 28 };

    #[test]
    fn a_plan_of_cells_is_written_and_read_as_before_there_were_others() {
        let plan = CellPlan { settings: CellSettings::default(), picture: PICTURE, classes: 10 };
        let written = serde_json::to_string(&Plan::Cells(plan.clone())).unwrap();
        assert_eq!(written, serde_json::to_string(&plan).unwrap());
        assert_eq!(serde_json::from_str::<Plan>(&written).unwrap(), Plan::Cells(plan));
        // As recordings, checkpoints and models of old have it.
        let old = r#"{"settings":{"nodes":2,"cells":3,"channels":8,"stem_multiplier":1,"stem_stride":2,
            "operations":["identity","separable-3x3"],"affine":true},
            "picture":{"channels":3,"height":32,"width":30},"classes":100}"#;
        let read: Plan = serde_json::from_str(old).unwrap();
        assert_eq!((read.classes(), read.picture().width, read.channels(), read.is_affine()), (100, 30, 8, true));
    }

    #[test]
    fn a_mobile_plan_says_its_kind() {
        let plan = Plan::Mobile(MobilePlan { settings: MobileSettings::default(), picture: PICTURE, classes: 10 });
        let written = serde_json::to_value(&plan).unwrap();
        assert_eq!(written["kind"], "mobile");
        assert_eq!(serde_json::from_value::<Plan>(written).unwrap(), plan);
    }

    #[test]
    fn what_is_no_plan_is_told_why() {
        let why = |text: &str| serde_json::from_str::<Plan>(text).unwrap_err().to_string();
        let rest = r#""picture":{"channels":3,"height":32,"width":30},"classes":100"#;
        assert!(why(&format!(r#"{{"kind":"round","settings":{{}},{rest}}}"#)).contains("\"round\" is none of"));
        assert!(why(&format!(r#"{{"settings":{{"node":1}},{rest}}}"#)).contains("unknown field `node`"));
        assert!(why(r#"{"settings":{}}"#).contains("picture"));
    }
}
