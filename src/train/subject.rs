//! What is trained: architectures that a search found, one that a person brings, and what they are compared with. Pure.

use rand::{Rng, RngExt};

use super::recipe::{self, RecipeError, parameters};
use super::residual;
use crate::config::RetrainingSettings;
use crate::model::Header;
use crate::search::{Purpose, stream};
use crate::space::network::{Network, PictureShape, Weight};
use crate::space::{Architecture, Decision, Measure, Plan};

/// How much the parameters of a random architecture may differ from those of the found one: 5 %.
pub const SIMILAR: f64 = 0.05;
/// Random architectures that are looked at for one of the right size.
const DRAWS: u64 = 40_000;
/// So many of them must have the right size with the width of the found one; later ones get a width of their own.
const ALIKE: u64 = 20_000;
/// So many of those, the last ones, are looked for by a walk, since uniform sampling hardly ever finds the smallest of a
/// space.
const WALKS: u64 = 50;
/// Steps of a walk.
const STEPS: usize = 1_000;

/// A network to train.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// What it is called, and its folder: `distribution-0`, `distribution-0-random-1`.
    pub name: String,
    /// What its network follows from; nothing where it was made by hand.
    pub plan: Option<(Plan, Architecture)>,
    /// Accuracy in the search, with the shared weights, where it was found there.
    pub found: Option<f64>,
    /// The seed of its first weights and of its batches.
    pub seed: u64,
    /// Parameters that one made by hand comes near to.
    near: u64,
}

/// The pictures that networks are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pictured {
    /// Their shape.
    pub picture: PictureShape,
    /// How many classes they are in.
    pub classes: usize,
    /// Strides of the stem's convolutions.
    pub stem_strides: &'static [usize],
}

impl Subject {
    /// An architecture with the depth and width that the settings give it.
    ///
    /// # Errors
    /// A limit that no width keeps.
    pub fn found(
        name: String,
        architecture: Architecture,
        found: Option<f64>,
        settings: &RetrainingSettings,
        searched: &Plan,
        seed: u64,
    ) -> Result<Self, RecipeError> {
        let plan = recipe::widened(settings, searched, &architecture)?;
        let near = parameters(&plan, &architecture);
        Ok(Self { name, plan: Some((plan, architecture)), found, seed, near })
    }

    /// Its parameters, of one made by hand about.
    pub fn parameters(&self) -> u64 {
        self.near
    }

    /// The channels of its first cells; nothing where it was made by hand.
    pub fn channels(&self) -> Option<usize> {
        self.plan.as_ref().map(|(plan, _)| plan.channels())
    }

    /// The same with another seed.
    pub fn seeded(&self, seed: u64) -> Self {
        Self { name: format!("{}-seed-{seed}", self.name), seed, ..self.clone() }
    }

    /// Random architectures of its depth whose parameters are within 5 % of its own, of its width too where the space has
    /// such; fewer where there are too few.
    pub fn random(&self, count: usize, seed: u64) -> Vec<Self> {
        let Some((plan, found)) = &self.plan else { return Vec::new() };
        let decisions = plan.decisions();
        let mut subjects: Vec<Self> = Vec::new();
        for draw in 0..DRAWS {
            if subjects.len() == count {
                break;
            }
            let mut random = stream(seed, Purpose::Baseline, draw);
            let mut options = uniform(&decisions, &mut random);
            if (ALIKE - WALKS..ALIKE).contains(&draw) {
                self.walk(plan, &decisions, &mut options, &mut random);
            }
            let architecture = Architecture::new(options);
            let most = self.near as f64 * (1.0 + SIMILAR);
            let wide = match draw {
                ..ALIKE => Some(plan.clone()),
                _ => recipe::widest(plan, (Measure::Parameters, most), &architecture),
            };
            let Some(plan) = wide else { continue };
            let near = parameters(&plan, &architecture);
            let known = subjects.iter().any(|subject| subject.plan.as_ref().is_some_and(|(_, a)| *a == architecture));
            if self.off(near) <= SIMILAR && architecture != *found && !known {
                let name = format!("{}-random-{}", self.name, subjects.len() + 1);
                subjects.push(Self { name, plan: Some((plan, architecture)), found: None, seed: self.seed, near });
            }
        }
        subjects
    }

    /// By which share of its size another one differs from it.
    fn off(&self, parameters: u64) -> f64 {
        (parameters as f64 / self.near as f64 - 1.0).abs()
    }

    /// Draws decisions anew one by one, and keeps them where the size comes nearer or is near enough: what is left is a
    /// random architecture of about its size, if there is a way to one.
    fn walk(&self, plan: &Plan, decisions: &[Decision], here: &mut [u16], random: &mut impl Rng) {
        let mut off = f64::INFINITY;
        for _ in 0..STEPS {
            let place = random.random_range(0..decisions.len());
            let before = here[place];
            here[place] = random.random_range(0..decisions[place].options.len() as u16);
            let now = self.off(parameters(plan, &Architecture::new(&*here)));
            if now <= off.max(SIMILAR) {
                off = now;
            } else {
                here[place] = before;
            }
        }
    }

    /// A network made by hand with about as many parameters.
    pub fn by_hand(&self) -> Self {
        Self { name: format!("{}-resnet", self.name), plan: None, found: None, ..self.clone() }
    }

    /// Its network, with the weights that its ids are of.
    pub fn network(&self, settings: &RetrainingSettings, pictured: Pictured) -> (Network, Vec<Weight>) {
        let Pictured { picture, classes, stem_strides } = pictured;
        match &self.plan {
            Some((plan, architecture)) => {
                let space = recipe::space(settings, plan);
                (space.network(architecture), space.weights().to_vec())
            }
            None => residual::nearest(picture, stem_strides, classes, self.near),
        }
    }

    /// The header of its model; none for one that was made by hand, which is there to be compared with alone.
    pub fn header(&self, normalisation: crate::data::Normalisation, test_accuracy: f64) -> Option<Header> {
        let (plan, architecture) = self.plan.clone()?;
        Some(Header { plan, architecture, normalisation, test_accuracy: Some(test_accuracy) })
    }

    /// The architecture in words; nothing for one that was made by hand.
    pub fn genotype(&self) -> Option<serde_json::Value> {
        let (plan, architecture) = self.plan.as_ref()?;
        Some(plan.genotype(architecture))
    }
}

/// What the network of an architecture is called that a person brings.
pub fn name_of(architecture: &Architecture) -> String {
    let options: Vec<u8> = architecture.options().iter().flat_map(|option| option.to_le_bytes()).collect();
    format!("architecture-{}", &blake3::hash(&options).to_hex()[..8])
}

/// An option of each decision, every one as likely as the others.
pub(super) fn uniform(decisions: &[Decision], random: &mut impl Rng) -> Vec<u16> {
    decisions.iter().map(|decision| random.random_range(0..decision.options.len() as u16)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::cells::{CellPlan, CellSettings};
    use crate::space::mobile::{MobilePlan, MobileSettings};

    const PICTURED: Pictured =
        Pictured { picture: PictureShape { channels: 1, height: 28, width: 28 }, classes: 10, stem_strides: &[2] };

    fn plan() -> Plan {
        let Pictured { picture, classes, .. } = PICTURED;
        Plan::Cells(CellPlan { settings: CellSettings::default(), picture, classes })
    }

    fn plan_of(subject: &Subject) -> Plan {
        subject.plan.as_ref().unwrap().0.clone()
    }

    fn subject() -> Subject {
        let architecture = Architecture::new([0, 1, 3, 1].repeat(8));
        Subject::found("it".into(), architecture, None, &RetrainingSettings::default(), &plan(), 7).unwrap()
    }

    #[test]
    fn random_ones_are_of_its_size_and_all_different() {
        let subject = subject();
        let random = subject.random(5, 7);
        assert_eq!(random.len(), 5);
        for other in &random {
            let ratio = other.parameters() as f64 / subject.parameters() as f64;
            assert!((0.95..=1.05).contains(&ratio));
            let (network, weights) = other.network(&RetrainingSettings::default(), PICTURED);
            assert_eq!(network.complexity(&weights).parameters, Some(other.parameters()));
        }
        let mut architectures: Vec<_> = random.iter().map(|subject| &subject.plan.as_ref().unwrap().1).collect();
        architectures.dedup();
        assert_eq!(architectures.len(), 5);
        assert_eq!(subject.random(5, 7), random);
    }

    #[test]
    fn random_ones_of_the_smallest_are_as_wide_as_it() {
        // In both cells every node takes the one before it twice and pools it: one output, and no convolution.
        let cell = (1..=4).flat_map(|before| [before, before, 1, 1]);
        let architecture = Architecture::new(cell.clone().chain(cell).collect::<Vec<u16>>());
        let retraining = RetrainingSettings { channels: Some(16), ..RetrainingSettings::default() };
        let small = Subject::found("it".into(), architecture, None, &retraining, &plan(), 7).unwrap();
        let random = small.random(5, 7);
        assert_eq!(random.len(), 5);
        for (number, other) in random.iter().enumerate() {
            assert_eq!(other.plan.as_ref().unwrap().0, plan_of(&small), "{number}");
            assert!((other.parameters() as f64 / small.parameters() as f64 - 1.0).abs() <= SIMILAR);
            assert!(random[..number].iter().all(|before| before.plan != other.plan));
        }
        assert_eq!(small.random(5, 7), random);
    }

    #[test]
    fn random_mobile_ones_are_of_its_size_too() {
        let Pictured { picture, classes, .. } = PICTURED;
        let searched = Plan::Mobile(MobilePlan { settings: MobileSettings::default(), picture, classes });
        let settings = RetrainingSettings::default();
        let found = Subject::found("it".into(), Architecture::new([0; 19]), None, &settings, &searched, 7).unwrap();
        let random = found.random(3, 7);
        assert_eq!(random.len(), 3);
        for other in &random {
            let ratio = other.parameters() as f64 / found.parameters() as f64;
            assert!((0.95..=1.05).contains(&ratio), "{ratio}");
            let (network, weights) = other.network(&settings, PICTURED);
            assert_eq!(network.complexity(&weights).parameters, Some(other.parameters()));
        }
        let by_hand = found.by_hand().network(&settings, PICTURED);
        assert!(by_hand.0.complexity(&by_hand.1).parameters.unwrap() > found.parameters() / 2);
    }

    #[test]
    fn one_made_by_hand_is_about_as_large_and_is_no_model() {
        let by_hand = subject().by_hand();
        let (network, weights) = by_hand.network(&RetrainingSettings::default(), PICTURED);
        let parameters = network.complexity(&weights).parameters.unwrap() as f64;
        assert!((parameters / subject().parameters() as f64 - 1.0).abs() < 0.2);
        let normalisation = crate::data::Normalisation { mean: vec![0.0], deviation: vec![1.0] };
        assert_eq!(by_hand.header(normalisation, 0.9), None);
    }

    #[test]
    fn an_auxiliary_head_is_in_the_network_and_not_in_its_size() {
        let settings = RetrainingSettings { auxiliary: 0.4, cells: Some(6), ..RetrainingSettings::default() };
        let architecture = subject().plan.unwrap().1;
        let deep = Subject::found("it".into(), architecture, None, &settings, &plan(), 7).unwrap();
        let (network, weights) = deep.network(&settings, PICTURED);
        assert!(network.auxiliary.is_some());
        assert!(network.complexity(&weights).parameters > Some(deep.parameters()));
        let (plain, weights) = deep.network(&RetrainingSettings { auxiliary: 0.0, ..settings }, PICTURED);
        assert_eq!(plain.complexity(&weights).parameters, Some(deep.parameters()));
        assert!(!plain.paths.is_empty());
    }
}
