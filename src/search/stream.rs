//! Randomness that is counted, not stored: every draw of a run comes from a stream keyed by (seed, purpose,
//! iteration), so that a resumed search continues bit for bit with no generator to save.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// What random numbers are for. The numbers are part of what a run replays: never change or reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u64)]
pub enum Purpose {
    /// The pool that weights are trained on.
    WeightPool = 0,
    /// The pool that theta learns from.
    ScorePool = 1,
    /// What a strategy draws while it learns.
    Update = 2,
    /// The order of pictures.
    Batch = 3,
    /// Changes to pictures.
    Augmentation = 4,
    /// First weights.
    Initial = 5,
    /// Noise added to the losses of a table.
    TableNoise = 6,
    /// The order of the pictures that pools are scored on.
    ScoreBatch = 7,
    /// The order of the pictures that statistics are measured on after training.
    StatisticsBatch = 8,
    /// Which paths are left out in training.
    DropPath = 9,
    /// Architectures that what was found is compared with.
    Baseline = 10,
    /// Architectures that a check of ranks trains.
    Ranked = 11,
    /// Which architectures a check of ranks counts again, to see how sure it is.
    Resampling = 12,
    /// The order of the pictures of a folder, which are kept class by class.
    FolderOrder = 20,
    /// Which pictures are mirrored.
    Flip = 21,
    /// Where pictures are blotted out.
    Cutout = 22,
    /// Which part of a picture is cut out.
    Crop = 23,
    /// By which angle pictures are turned.
    Turn = 24,
}

/// The stream of one purpose in one iteration of the run with this seed.
///
/// Seed and purpose are the key of a ChaCha generator and the iteration its stream number, so that no two triples
/// share a stream, where a hash of the three could collide.
pub fn stream(seed: u64, purpose: Purpose, iteration: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream(iteration);
    rng
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::Rng;

    use super::*;

    const PURPOSES: [Purpose; 18] = [
        Purpose::WeightPool,
        Purpose::ScorePool,
        Purpose::Update,
        Purpose::Batch,
        Purpose::Augmentation,
        Purpose::Initial,
        Purpose::TableNoise,
        Purpose::ScoreBatch,
        Purpose::StatisticsBatch,
        Purpose::DropPath,
        Purpose::Baseline,
        Purpose::Ranked,
        Purpose::Resampling,
        Purpose::FolderOrder,
        Purpose::Flip,
        Purpose::Cutout,
        Purpose::Crop,
        Purpose::Turn,
    ];

    #[test]
    fn each_triple_has_a_stream_of_its_own() {
        let mut seen = HashSet::new();
        for seed in [0, 1, 2, u64::MAX] {
            for purpose in PURPOSES {
                for iteration in [0, 1, 2, 3, 1 << 40, u64::MAX] {
                    let mut rng = stream(seed, purpose, iteration);
                    assert!(seen.insert([rng.next_u64(), rng.next_u64()]), "{seed} {purpose:?} {iteration}");
                    let mut again = stream(seed, purpose, iteration);
                    assert_eq!(again.next_u64(), stream(seed, purpose, iteration).next_u64());
                }
            }
        }
    }

    #[test]
    fn streams_are_the_same_in_every_release() {
        let first = |seed, purpose, iteration| stream(seed, purpose, iteration).next_u64();
        assert_eq!(first(0, Purpose::WeightPool, 0), 15_438_444_565_445_410_878);
        assert_eq!(first(7, Purpose::ScorePool, 3), 6_762_461_754_165_009_045);
        assert_eq!(first(u64::MAX, Purpose::TableNoise, u64::MAX), 4_527_350_237_323_409_586);
        assert_eq!(
            [20, 21, 22, 23],
            [Purpose::FolderOrder, Purpose::Flip, Purpose::Cutout, Purpose::Crop].map(|one| one as u64)
        );
    }
}
