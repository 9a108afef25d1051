//! A run's settings, typed and documented. `configs/digits.toml` comments each of them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Amount;
use crate::search::Aim;
pub use crate::search::{ComplexityGradient, Utility};
use crate::space::cells::{CellPlan, CellSettings};
use crate::space::mobile::{MobilePlan, MobileSettings};
use crate::space::network::PictureShape;
use crate::space::table::TableSettings;
use crate::space::{Decision, Measure, Normaliser, Plan, Scale};

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

/// `[data]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DataSettings {
    /// Which data set.
    pub set: DataSet,
    /// Folder with the files of the set, relative to the working directory; none for the embedded digits.
    pub path: Option<PathBuf>,
    /// How many classes of a folder are taken, spread evenly over all in the order of their names; all where it is left
    /// out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<usize>,
    /// How many training pictures of each of those classes are taken at most, spread evenly over their names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_pictures: Option<usize>,
    /// Side of the square pictures that those of a folder become.
    pub size: usize,
    /// Megabytes of a folder's decoded pictures that are kept in memory at most.
    pub cache_mb: u64,
    /// Training pictures are moved by up to so many pixels in each direction.
    pub shift: usize,
    /// Whether every second training picture is mirrored.
    pub flip: bool,
    /// Side of a square of each training picture that is blotted out, in pixels. 0: none.
    pub cutout: usize,
    /// The least share of a training picture, in (0, 1], that a part of it has which is scaled up to the whole. 1: the
    /// pictures stay whole.
    pub least_scale: f64,
    /// Training pictures are turned by up to so many degrees in each direction.
    pub rotate: f64,
    /// Share of the training pictures that stand in for the test pictures, in [0, 1): the last ones. 0: none.
    pub hold_out: f64,
    /// Share of the training pictures that is kept for theta: the validation set of the search. In (0, 1).
    pub theta_share: f64,
}

/// The data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSet {
    /// 4,000 + 1,000 handwritten digits inside the program.
    Digits,
    /// The four files of an MNIST-like set in a folder, plain or gzipped.
    Mnist,
    /// CIFAR-10 in its binary version.
    Cifar10,
    /// CIFAR-100 in its binary version.
    Cifar100,
    /// JPEG and PNG pictures in a folder a class, as ImageNet is kept.
    Folder,
}

impl DataSet {
    /// The name used in configurations.
    pub fn name(self) -> &'static str {
        match self {
            DataSet::Digits => "digits",
            DataSet::Mnist => "mnist",
            DataSet::Cifar10 => "cifar10",
            DataSet::Cifar100 => "cifar100",
            DataSet::Folder => "folder",
        }
    }

    /// What is to be in its folder, and where people get that; nothing for what is inside the program.
    pub fn files(self) -> Option<&'static str> {
        match self {
            DataSet::Digits => None,
            DataSet::Mnist => Some(
                "the four files train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and \
                 t10k-labels-idx1-ubyte, plain or gzipped. MNIST: https://ossci-datasets.s3.amazonaws.com/mnist/ has \
                 them; Fashion-MNIST: https://github.com/zalandoresearch/fashion-mnist",
            ),
            DataSet::Cifar10 => Some(
                "data_batch_1.bin to data_batch_5.bin and test_batch.bin, or any train*.bin and test*.bin of the same \
                 records. https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz holds them",
            ),
            DataSet::Cifar100 => Some(
                "train.bin and test.bin, or any train*.bin and test*.bin of the same records. \
                 https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz holds them",
            ),
            DataSet::Folder => Some(
                "JPEG and PNG pictures as train/<class>/*.jpeg and test/<class>/*.jpeg (or val/ in place of test/). \
                 Imagenette, from https://github.com/fastai/imagenette, and ImageNet, from https://image-net.org, are \
                 kept like that",
            ),
        }
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

/// `[search]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchSettings {
    /// The method.
    pub strategy: StrategyKind,
    /// The complexity coefficient of each distribution, at least one, each at least 0; none where there are targets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coefficients: Option<Vec<f64>>,
    /// The complexity that each distribution is to stay at or below, in place of coefficients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Amount>>,
    /// Iterations in all.
    pub iterations: u64,
    /// Share of the iterations, in [0, 1), in which theta rests and architectures are drawn uniformly.
    pub warm_up: f64,
    /// Architectures a distribution in the pool that the weights learn from.
    pub weight_samples: usize,
    /// Steps of the weights an iteration: the pool is dealt out to so many, each with a batch of its own.
    pub weight_steps: usize,
    /// Architectures a distribution in the pool that theta learns from.
    pub score_samples: usize,
    /// How losses become coefficients of the natural gradient.
    pub utility: Utility,
    /// How complexity enters the gradient.
    pub complexity_gradient: ComplexityGradient,
    /// Unscored architectures a distribution for `complexity_gradient = "sampled"`.
    pub complexity_samples: usize,
    /// What complexity is measured in.
    pub complexity: Measure,
    /// How complexity is scaled to [0, 1].
    pub complexity_scale: Scale,
    /// First length of a step of theta in the Fisher metric (delta0 of ASNG).
    pub initial_step: f64,
    /// The signal-to-noise ratio that ASNG's steps adapt to (alpha), above 1.
    pub signal_to_noise: f64,
    /// Pools that `shared-archive` learns from at once, the newest among them.
    pub pools: usize,
    /// Share of the weighted samples that `shared-archive` counts as the best, and as the worst.
    pub elite: f64,
    /// Share of samples that `shared-archive` draws from between neighbouring distributions.
    pub between: f64,
    /// Candidates that `shared-archive` chooses each sample among.
    pub candidates: usize,
    /// Architectures that `shared-archive` remembers.
    pub memory: usize,
    /// Members of each population of `regularised-evolution` and of that of `nsga2`.
    pub population: usize,
    /// Members that `regularised-evolution` chooses a parent among.
    pub tournament: usize,
    /// Least probability of an option; by default that of ASNG, 1 / (decisions * (options - 1)).
    pub least_probability: Option<f64>,
}

/// The search methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StrategyKind {
    /// K distributions that learn from each other's samples.
    Shared,
    /// The same with an archive of what was scored, for tables.
    SharedArchive,
    /// The same K distributions, each learning from its own samples.
    Separate,
    /// Uniform sampling.
    Random,
    /// Regularised evolution, one population a distribution.
    RegularisedEvolution,
    /// NSGA-II, one population for the whole front.
    Nsga2,
}

/// `[training]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingSettings {
    /// Pictures in a batch, of a weight step as of a score.
    pub batch: usize,
    /// First learning rate.
    pub learning_rate: f64,
    /// Learning rate at the end of the cosine.
    pub final_learning_rate: f64,
    /// Momentum of SGD, in [0, 1).
    pub momentum: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Largest norm of the gradient; longer ones are shortened to it. 0: never.
    pub clip: f64,
}

/// `[retraining]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetrainingSettings {
    /// Cells in a row; as in the search where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cells: Option<usize>,
    /// Channels of the first cells; as in the search where neither this nor a limit is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<usize>,
    /// The most parameters that a network may have: it gets as many channels as fit, each network its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_parameters: Option<Amount>,
    /// The same of multiply-accumulates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_macs: Option<Amount>,
    /// Stride of a single stem's convolution; as in the search where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stem_stride: Option<usize>,
    /// How training pictures are changed; each as in `[data]` where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<usize>,
    /// See [`DataSettings::flip`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip: Option<bool>,
    /// See [`DataSettings::cutout`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutout: Option<usize>,
    /// See [`DataSettings::least_scale`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least_scale: Option<f64>,
    /// See [`DataSettings::rotate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f64>,
    /// Passes over all training pictures.
    pub epochs: u64,
    /// Pictures in a batch.
    pub batch: usize,
    /// Parts of a batch, each normalised by itself and computed by a thread of its own.
    pub parts: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Epochs in which the learning rate rises to it, before it falls along a cosine to 0.
    pub warm_up_epochs: u64,
    /// Momentum of SGD, in [0, 1).
    pub momentum: f64,
    /// Weight decay.
    pub weight_decay: f64,
    /// Largest norm of the gradient; longer ones are shortened to it. 0: never.
    pub clip: f64,
    /// Share of a label that is spread over all classes, in [0, 1).
    pub label_smoothing: f64,
    /// The probability that a path of a cell is left out, at the end of training; it rises from 0. In [0, 1).
    pub drop_path: f64,
    /// The weight of an auxiliary head's loss; 0: there is none.
    pub auxiliary: f64,
    /// What the average of the weights, which is the model, keeps of itself in a step, in [0, 1). 0: the model is the
    /// weights of the last step.
    pub average: f64,
}

/// `[engine]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EngineSettings {
    /// Where to compute.
    pub device: DeviceChoice,
    /// Threads that share the architectures of a pool, each computing with one core. 0: one a core.
    pub workers: usize,
    /// Iterations between two validations of the modes. 0: only at the end.
    pub validate_every: u64,
    /// Iterations between two records of every probability. 0: never.
    pub theta_every: u64,
    /// Seconds between two checkpoints. 0: only at the end, and when one is asked for.
    pub checkpoint_seconds: f64,
    /// Checkpoints that are kept, beside the best.
    pub checkpoints_kept: usize,
    /// Iterations a second at most, so that a fast search can be watched. 0: as fast as it goes.
    pub max_iterations_per_second: f64,
}

/// `[run]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunSettings {
    /// How the database makes sure that a change is written entirely or not at all.
    pub journal: Journal,
    /// Megabytes of samples that are kept at most; beyond it older ones are thinned. 0: all are kept.
    pub history_mb: u64,
}

/// SQLite's journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Journal {
    /// A log beside the database: fast, and read while it is written. It needs memory that processes share, which
    /// network file systems do not have.
    Wal,
    /// A copy of what is about to change, deleted once it has: works on any file system.
    Delete,
}

/// Where to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// CUDA where there is a device, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The first CUDA device.
    Cuda,
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

impl StrategyKind {
    /// The name used in configurations and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            StrategyKind::Shared => "shared",
            StrategyKind::SharedArchive => "shared-archive",
            StrategyKind::Separate => "separate",
            StrategyKind::Random => "random",
            StrategyKind::RegularisedEvolution => "regularised-evolution",
            StrategyKind::Nsga2 => "nsga2",
        }
    }
}

/// The coefficients of a search that names neither them nor targets.
const COEFFICIENTS: [f64; 4] = [0.0, 0.3, 1.0, 3.0];

impl SearchSettings {
    /// Writes down the coefficients that a search has which names neither them nor targets.
    pub(super) fn choose_aims(&mut self) {
        if self.targets.is_none() {
            self.coefficients.get_or_insert_with(|| COEFFICIENTS.into());
        }
    }

    /// How many distributions there are at the start.
    pub fn distributions(&self) -> usize {
        match (&self.targets, &self.coefficients) {
            (Some(targets), _) => targets.len(),
            (None, Some(coefficients)) => coefficients.len(),
            (None, None) => COEFFICIENTS.len(),
        }
    }

    /// What each distribution aims at, with targets as R.
    pub fn aims(&self, normaliser: &Normaliser) -> Vec<Aim> {
        match (&self.targets, &self.coefficients) {
            (Some(targets), _) => targets.iter().map(|target| Aim::Target(normaliser.scaled(target.value()))).collect(),
            (None, Some(coefficients)) => coefficients.iter().map(|&c| Aim::Coefficient(c)).collect(),
            (None, None) => COEFFICIENTS.into_iter().map(Aim::Coefficient).collect(),
        }
    }
}

impl Default for DataSettings {
    fn default() -> Self {
        Self {
            set: DataSet::Digits,
            path: None,
            classes: None,
            class_pictures: None,
            size: 64,
            cache_mb: 1024,
            shift: 2,
            flip: false,
            cutout: 0,
            least_scale: 1.0,
            rotate: 0.0,
            hold_out: 0.0,
            theta_share: 0.5,
        }
    }
}

impl Default for SearchSettings {
    fn default() -> Self {
        Self {
            strategy: StrategyKind::Shared,
            coefficients: None,
            targets: None,
            iterations: 1_000,
            warm_up: 0.4,
            weight_samples: 1,
            weight_steps: 1,
            score_samples: 1,
            utility: Utility::Wquant,
            complexity_gradient: ComplexityGradient::Pool,
            complexity_samples: 32,
            complexity: Measure::Parameters,
            complexity_scale: Scale::Log,
            initial_step: 1.0,
            signal_to_noise: 1.5,
            pools: 8,
            elite: 0.125,
            between: 0.5,
            candidates: 16,
            memory: 4096,
            population: 20,
            tournament: 5,
            least_probability: None,
        }
    }
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self { batch: 64, learning_rate: 0.05, final_learning_rate: 0.0, momentum: 0.9, weight_decay: 3e-4, clip: 5.0 }
    }
}

impl Default for RetrainingSettings {
    fn default() -> Self {
        Self {
            cells: None,
            channels: None,
            most_parameters: None,
            most_macs: None,
            stem_stride: None,
            shift: None,
            flip: None,
            cutout: None,
            least_scale: None,
            rotate: None,
            epochs: 60,
            batch: 64,
            parts: 2,
            learning_rate: 0.1,
            warm_up_epochs: 2,
            momentum: 0.9,
            weight_decay: 3e-4,
            clip: 5.0,
            label_smoothing: 0.1,
            drop_path: 0.0,
            auxiliary: 0.0,
            average: 0.995,
        }
    }
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            device: DeviceChoice::Auto,
            workers: 0,
            validate_every: 50,
            theta_every: 250,
            checkpoint_seconds: 60.0,
            checkpoints_kept: 3,
            max_iterations_per_second: 0.0,
        }
    }
}

impl Default for RunSettings {
    fn default() -> Self {
        Self { journal: Journal::Wal, history_mb: 6 }
    }
}
