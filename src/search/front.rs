//! The best of what a strategy has been told, for any aim it may ever have.
//!
//! Of all architectures told, the front keeps those that no other beats in both loss and complexity. For every
//! coefficient the least loss + coefficient R lies on it, and for every target the least loss within it as well as the
//! least R of all; so that aims may change, and the answer still be the best told, without keeping everything.
//!
//! An architecture that is told again counts with its latest loss. Losses with noise make a front lucky: it holds what
//! was scored too well. That what is drawn again is judged again undoes some of that, not all.
//!
//! Its length is bounded by [`MOST`], so that memory does not grow with the number of iterations: beyond that the one
//! goes that takes least from the area the front dominates, and that is no end of it.

use serde::{Deserialize, Serialize};

use crate::space::Architecture;

use super::{Distribution, Domain, Scored, StrategyError};

/// Points kept at most.
const MOST: usize = 256;

/// An architecture with what was told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    pub architecture: Architecture,
    pub loss: f64,
    pub complexity: f64,
}

impl Told {
    pub fn pair(&self) -> (f64, f64) {
        (self.loss, self.complexity)
    }
}

impl From<&Scored> for Told {
    fn from(scored: &Scored) -> Self {
        Self { architecture: scored.architecture.clone(), loss: scored.loss, complexity: scored.complexity }
    }
}

/// Refuses what cannot have been told of this space.
///
/// # Errors
/// An architecture that does not answer its decisions.
pub(super) fn check_saved(domain: &Domain, told: &[Told]) -> Result<(), StrategyError> {
    if told.iter().all(|told| domain.fits(&told.architecture)) {
        Ok(())
    } else {
        Err(StrategyError::Saved(format!("an architecture does not answer {} decisions", domain.sizes.len())))
    }
}

/// What no other architecture told beats in both, from the cheapest, with the greatest loss, to the dearest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Front(Vec<Told>);

impl Front {
    pub fn tell(&mut self, scored: &[Scored]) {
        scored.iter().for_each(|told| self.insert(told));
    }

    fn insert(&mut self, told: &Scored) {
        self.0.retain(|known| known.architecture != told.architecture);
        let place = self.0.partition_point(|known| known.complexity < told.complexity);
        let beaten = |known: &Told| known.complexity <= told.complexity && known.loss <= told.loss;
        if self.0[..place].last().is_some_and(beaten) || self.0.get(place).is_some_and(beaten) {
            return;
        }
        let worse = self.0[place..].iter().take_while(|known| known.loss >= told.loss).count();
        self.0.splice(place..place + worse, [told.into()]);
        if self.0.len() > MOST {
            self.thin();
        }
    }

    fn thin(&mut self) {
        let area = |three: &[Told]| (three[0].loss - three[1].loss) * (three[2].complexity - three[1].complexity);
        let least = self.0.windows(3).map(area).enumerate().min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((before, _)) = least {
            self.0.remove(before + 1);
        }
    }

    /// The best told for what the distribution aims at; none where nothing was told.
    pub fn best(&self, distribution: &Distribution) -> Option<&Told> {
        self.0.iter().min_by(|a, b| distribution.compare(a.pair(), b.pair()))
    }

    /// The worst pair up to which the area that the front dominates is measured: its ends, and a tenth of what lies
    /// between them beyond each. None where nothing was told.
    pub fn corner(&self) -> Option<(f64, f64)> {
        let (cheapest, dearest) = (self.0.first()?, self.0.last()?);
        let beyond = |worst: f64, best: f64| worst + (worst - best) / 10.0;
        Some((beyond(cheapest.loss, dearest.loss), beyond(dearest.complexity, cheapest.complexity)))
    }

    /// By how much the pair (loss, R) would enlarge the area that the front dominates within the corner.
    pub fn gain(&self, (loss, complexity): (f64, f64), corner: (f64, f64)) -> f64 {
        let cheaper = self.0.partition_point(|known| known.complexity <= complexity);
        let mut height = self.0[..cheaper].last().map_or(corner.0, |known| known.loss.min(corner.0));
        let mut from = complexity;
        let mut area = 0.0;
        let ends = self.0[cheaper..].iter().map(Told::pair).chain([(loss, corner.1)]);
        for (below, to) in ends {
            if height <= loss {
                break;
            }
            area += (to.min(corner.1) - from).max(0.0) * (height - loss);
            (height, from) = (height.min(below), to);
        }
        area
    }

    /// Refuses a front that is not of this space, or in no order.
    ///
    /// # Errors
    /// An architecture that does not fit, too many, or one that another beats.
    pub fn check_saved(&self, domain: &Domain) -> Result<(), StrategyError> {
        check_saved(domain, &self.0)?;
        let sorted = self.0.windows(2).all(|two| two[0].complexity < two[1].complexity && two[0].loss > two[1].loss);
        if sorted && self.0.len() <= MOST {
            Ok(())
        } else {
            Err(StrategyError::Saved("its front is broken".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::{Theta, tests::rugged};

    fn scored(place: u16, loss: f64, complexity: f64) -> Scored {
        Scored { architecture: Architecture::new([place]), source: 0, loss, complexity }
    }

    fn aimed(coefficient: f64, target: Option<f64>) -> Distribution {
        Distribution { coefficient, target, theta: Theta::uniform(&[3]) }
    }

    #[test]
    fn the_best_of_all_told_is_kept_for_every_aim() {
        let all: Vec<Scored> =
            (0..400).map(|i| scored(i, rugged(&Architecture::new([i])), f64::from(i * 7 % 50) / 50.0)).collect();
        let mut front = Front::default();
        front.tell(&all);
        let targets = [0.0, 0.01, 0.3, 0.99, 1.0].map(|target| aimed(0.0, Some(target)));
        for distribution in [0.0, 0.1, 0.5, 3.0, 1e9].map(|coefficient| aimed(coefficient, None)).iter().chain(&targets)
        {
            let pair = |told: &Scored| (told.loss, told.complexity);
            let best = all.iter().min_by(|a, b| distribution.compare(pair(a), pair(b))).unwrap();
            assert_eq!(front.best(distribution).unwrap().pair(), pair(best), "{distribution:?}");
        }
    }

    #[test]
    fn what_is_told_again_counts_with_its_latest_loss() {
        let mut front = Front::default();
        front.tell(&[scored(0, 0.1, 0.5), scored(1, 0.3, 0.2)]);
        front.tell(&[scored(0, 0.4, 0.5)]);
        assert_eq!(front.best(&aimed(0.0, None)).unwrap().architecture.options(), [1]);
    }

    #[test]
    fn what_a_pair_would_add_is_what_it_adds() {
        let area = |front: &Front, (loss, complexity): (f64, f64)| {
            let corners = front.0.iter().map(|told| told.complexity.min(complexity)).skip(1).chain([complexity]);
            let slice = |(told, to): (&Told, f64)| (to - told.complexity).max(0.0) * (loss - told.loss).max(0.0);
            front.0.iter().zip(corners).map(slice).sum::<f64>()
        };
        let mut front = Front::default();
        assert_eq!(front.corner(), None);
        front.tell(&[scored(0, 0.9, 0.1), scored(1, 0.5, 0.3), scored(2, 0.1, 0.7)]);
        let corner = front.corner().unwrap();
        assert!((corner.0 - 0.98).abs() < 1e-12 && (corner.1 - 0.76).abs() < 1e-12);
        for i in 0..300 {
            let share = |j| rugged(&Architecture::new([i, j])) * 1.2 - 0.1;
            let pair = (share(0), share(1));
            let mut larger = front.clone();
            larger.tell(&[scored(9, pair.0, pair.1)]);
            let added = area(&larger, corner) - area(&front, corner);
            assert!((front.gain(pair, corner) - added).abs() < 1e-12, "{pair:?}");
        }
    }

    #[test]
    fn a_front_does_not_grow_without_bound() {
        let mut front = Front::default();
        for i in 0..2_000_u16 {
            let share = f64::from(i * 7 % 2_000) / 2_000.0;
            front.tell(&[scored(i, 1.0 - share, share)]);
        }
        assert_eq!(front.0.len(), MOST);
        assert_eq!((front.0[0].complexity, front.0[MOST - 1].complexity), (0.0, 1_999.0 / 2_000.0));
        front.check_saved(&Domain::new(&[2_000], std::sync::Arc::new(|_| 0.0))).unwrap();
    }
}
