//! The list of distributions of a search: how it starts, how people change it, and what of it may be restored.

use std::cmp::Ordering;

use rand::Rng;

use super::{Adjustment, Aim, Distribution, Domain, Proposal, StrategyError, Theta, multiplier};

/// Distributions in one search at most.
pub const MOST: usize = 64;

impl Distribution {
    fn aimed(aim: Aim, theta: Theta) -> Self {
        match aim {
            Aim::Coefficient(coefficient) => Self { coefficient, target: None, theta },
            Aim::Target(target) => Self { coefficient: multiplier::UNSTARTED, target: Some(target), theta },
        }
    }

    /// Which of two pairs (loss, R) serves the aim better, `Less` being the better one.
    ///
    /// With a coefficient it is the one with less loss + coefficient R. With a target it is the one within it, of two
    /// within it the one with less loss, of two over it the one with less R. Ties go to less R, then to less loss.
    pub(super) fn compare(&self, a: (f64, f64), b: (f64, f64)) -> Ordering {
        let key = |(loss, complexity): (f64, f64)| match self.target {
            None => loss + self.coefficient * complexity,
            Some(target) if complexity <= target => loss,
            Some(_) => f64::INFINITY,
        };
        key(a).total_cmp(&key(b)).then(a.1.total_cmp(&b.1)).then(a.0.total_cmp(&b.0))
    }
}

/// One uniform distribution an aim.
///
/// # Errors
/// No aim, more than [`MOST`], one outside what is allowed.
pub(super) fn uniform(domain: &Domain, aims: &[Aim]) -> Result<Vec<Distribution>, StrategyError> {
    if aims.is_empty() {
        return Err(StrategyError::refused("the number of distributions", "at least 1", 0));
    }
    if aims.len() > MOST {
        return Err(StrategyError::TooManyDistributions(MOST));
    }
    let theta = Theta::uniform(&domain.sizes);
    aims.iter().map(|&aim| aim.check().map(|()| Distribution::aimed(aim, theta.clone()))).collect()
}

/// So many legal architectures from each, in order.
pub(super) fn sample(
    distributions: &[Distribution],
    per_distribution: usize,
    domain: &Domain,
    redrawn: &mut u64,
    rng: &mut dyn Rng,
) -> Vec<Proposal> {
    let mut pool = Vec::with_capacity(per_distribution * distributions.len());
    for (source, distribution) in distributions.iter().enumerate() {
        let draws = (0..per_distribution).filter_map(|_| domain.draw(redrawn, || distribution.theta.sample(rng)));
        pool.extend(draws.map(|architecture| Proposal { architecture, source }));
    }
    pool
}

/// Changes one of the distributions, or their number. A new one starts halfway between its neighbours, where what the
/// search has learned for them is of use to it.
///
/// # Errors
/// A change that is not allowed; nothing has changed then.
pub(super) fn adjust(distributions: &mut Vec<Distribution>, change: &Adjustment) -> Result<(), StrategyError> {
    let last = distributions.len() - 1;
    let known = |index: usize| {
        if index <= last { Ok(index) } else { Err(StrategyError::NoSuchDistribution { index, last }) }
    };
    match *change {
        Adjustment::Coefficient { distribution, coefficient } => {
            Aim::Coefficient(coefficient).check()?;
            let distribution = &mut distributions[known(distribution)?];
            (distribution.coefficient, distribution.target) = (coefficient, None);
        }
        Adjustment::Target { distribution, target } => {
            Aim::Target(target).check()?;
            let distribution = &mut distributions[known(distribution)?];
            // A coefficient that was given, or that another target needed, says nothing of what this one needs.
            (distribution.coefficient, distribution.target) = (multiplier::UNSTARTED, Some(target));
        }
        Adjustment::Add { distribution: index, aim } => {
            aim.check()?;
            check_room(distributions, index)?;
            let (before, after) = (&distributions[index.saturating_sub(1)], &distributions[index.min(last)]);
            let between = Distribution::aimed(aim, before.theta.midway(&after.theta));
            distributions.insert(index, between);
        }
        Adjustment::Remove { distribution } => {
            known(distribution)?;
            if last == 0 {
                return Err(StrategyError::LastDistribution);
            }
            distributions.remove(distribution);
        }
    }
    Ok(())
}

/// Puts a distribution back that was removed, as it was.
///
/// # Errors
/// A place that there is none, a distribution of another space; nothing has changed then.
pub(super) fn put_back(
    distributions: &mut Vec<Distribution>,
    index: usize,
    saved: Distribution,
    domain: &Domain,
) -> Result<(), StrategyError> {
    check_room(distributions, index)?;
    check_saved(domain, std::slice::from_ref(&saved))?;
    distributions.insert(index, saved);
    Ok(())
}

/// Refuses a place that no further distribution can have.
fn check_room(distributions: &[Distribution], index: usize) -> Result<(), StrategyError> {
    let last = distributions.len();
    match index {
        _ if last >= MOST => Err(StrategyError::TooManyDistributions(MOST)),
        _ if index > last => Err(StrategyError::NoSuchDistribution { index, last }),
        _ => Ok(()),
    }
}

/// Refuses saved distributions that are not of this space.
///
/// # Errors
/// None or too many of them, a coefficient or target outside what is allowed, other decisions, a probability of 0.
pub(super) fn check_saved(domain: &Domain, saved: &[Distribution]) -> Result<(), StrategyError> {
    let misfit = |why: String| Err(StrategyError::Saved(why));
    if !(1..=MOST).contains(&saved.len()) {
        return misfit(format!("it has {} distributions", saved.len()));
    }
    for (k, distribution) in saved.iter().enumerate() {
        let aims = [Some(Aim::Coefficient(distribution.coefficient)), distribution.target.map(Aim::Target)];
        for aim in aims.into_iter().flatten() {
            aim.check().map_err(|error| StrategyError::Saved(format!("distribution {k}: {error}")))?;
        }
        if !distribution.theta.sizes().eq(domain.sizes.iter().copied()) {
            return misfit(format!("distribution {k} is over other decisions than this space has"));
        }
        if distribution.theta.values().contains(&0.0) {
            return misfit(format!("distribution {k} has an option of probability 0"));
        }
    }
    Ok(())
}
