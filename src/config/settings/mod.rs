//! A run's settings, typed and documented. `configs/digits.toml` comments each of them.

mod data;
mod engine;
mod search;
mod training;

use serde::{Deserialize, Serialize};

pub use data::{DataSet, DataSettings};
pub use engine::{DeviceChoice, EngineSettings, Journal, RunSettings};
pub use search::{SearchSettings, StrategyKind};
pub use training::{RetrainingSettings, TrainingSettings};

pub use crate::search::{ComplexityGradient, Utility};
use crate::space::cells::{CellPlan, CellSettings};
use crate::space::mobile::{MobilePlan, MobileSettings};
use crate::space::network::PictureShape;
use crate::space::table::TableSettings;
use crate::space::{Decision, Plan};

/// Everything that decides a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The name of the run, part of its folder's name.
    pub name: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// The pictures.
    pub data: DataSettings,
    /// The search space.
    pub space: SpaceSettings,
    /// The search method.
    pub search: SearchSettings,
    /// How the shared weights are trained.
    pub training: TrainingSettings,
    /// How architectures that were found are trained from scratch.
    pub retraining: RetrainingSettings,
    /// The loop and the machine.
    pub engine: EngineSettings,
    /// How the run is kept on disk.
    pub run: RunSettings,
}

impl Settings {
    /// These settings as a TOML file that loads back to the same settings.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// One line for people: how many distributions search how large a space for how long.
    pub fn summary(&self) -> String {
        let count = |amount: u64, noun: &str| format!("{amount} {noun}{}", if amount == 1 { "" } else { "s" });
        let networks = |decisions: Vec<Decision>| {
            let architectures: f64 = decisions.iter().map(|decision| decision.options.len() as f64).product();
            let architectures =
                if architectures < 1e6 { architectures.to_string() } else { format!("{architectures:.1e}") };
            format!("{} ({architectures} architectures)", count(decisions.len() as u64, "decision"))
        };
        let space = match &self.space {
            SpaceSettings::Cells(cells) => networks(cells.decisions()),
            SpaceSettings::Mobile(mobile) => networks(mobile.decisions()),
            SpaceSettings::Table(table) => {
                format!("{} of {}", count(table.decisions.len() as u64, "decision"), table.path.display())
            }
        };
        let distributions = count(self.search.distributions() as u64, "distribution");
        format!("{distributions}, {space}, {}", count(self.search.iterations, "iteration"))
    }
}

/// `[space]`, by its `kind`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SpaceSettings {
    /// Normal and reduction cells, as in ENAS.
    Cells(CellSettings),
    /// Stages of inverted residuals, as in MobileNetV2 and ProxylessNAS.
    Mobile(MobileSettings),
    /// A tabular benchmark.
    Table(TableSettings),
}

impl SpaceSettings {
    /// What its networks follow from, for such pictures in so many classes; nothing where it is a table.
    pub fn plan(&self, picture: PictureShape, classes: usize) -> Option<Plan> {
        match self {
            SpaceSettings::Cells(cells) => Some(Plan::Cells(CellPlan { settings: cells.clone(), picture, classes })),
            SpaceSettings::Mobile(mobile) => {
                Some(Plan::Mobile(MobilePlan { settings: mobile.clone(), picture, classes }))
            }
            SpaceSettings::Table(_) => None,
        }
    }

    /// Whether its architectures are networks, whose weights are trained.
    pub fn has_networks(&self) -> bool {
        !matches!(self, SpaceSettings::Table(_))
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "digits".into(),
            seed: 1,
            data: DataSettings::default(),
            space: SpaceSettings::Cells(CellSettings::default()),
            search: SearchSettings::default(),
            training: TrainingSettings::default(),
            retraining: RetrainingSettings::default(),
            engine: EngineSettings::default(),
            run: RunSettings::default(),
        }
    }
}
