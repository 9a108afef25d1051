//! Batches: in which order pictures come, how they are changed, and their numbers.

use std::iter::repeat_n;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rand::seq::SliceRandom;

use super::ahead::Ahead;
use super::augment::{Change, turned, view};
use super::{Augmentation, DataError, Normalisation, Part, Picture};
use crate::search::{Purpose, stream};
use crate::space::network::PictureShape;

/// Batches that are made ahead at most.
const DEPTH: u64 = 4;
/// Bytes that they may take.
const AHEAD_BYTES: usize = 128 << 20;

/// Normalised pictures with their labels.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// Numbers, picture by picture, channels first.
    pub values: Vec<f32>,
    /// One label a picture.
    pub labels: Vec<i64>,
    /// The shape of a picture.
    pub shape: PictureShape,
}

impl Batch {
    /// How many pictures.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Batches of some pictures by their number: the same for the same number, whatever was asked for before.
///
/// Those of a set that decodes are made on threads, ahead of who asks for them in the order of their numbers. Those of a
/// set in memory are made when they are asked for, which takes less time than it would take to wake a thread.
pub struct Batches {
    recipe: Arc<Recipe>,
    ahead: Option<Ahead>,
    waited: Duration,
}

impl Batches {
    /// Endless shuffled batches of `size` pictures, in an order that is drawn for `purpose`, changed as `augmentation`
    /// says.
    pub fn shuffled(
        part: Part,
        size: usize,
        normalisation: &Normalisation,
        (seed, purpose): (u64, Purpose),
        augmentation: Augmentation,
    ) -> Self {
        let order = Order::Shuffled { seed, purpose, augmentation, epochs: Mutex::default() };
        Self::new(part, size, normalisation, order)
    }

    /// Batches of all pictures as they are and in their own order, `size` of them in each but the last. Behind the last
    /// number comes the first again.
    pub fn in_order(part: Part, size: usize, normalisation: &Normalisation) -> Self {
        Self::new(part, size, normalisation, Order::Own)
    }

    fn new(part: Part, size: usize, normalisation: &Normalisation, order: Order) -> Self {
        let recipe = Recipe { part, size, tables: normalisation.tables(), order };
        Self { recipe: Arc::new(recipe), ahead: None, waited: Duration::ZERO }
    }

    /// Batches in one pass over the pictures. Shuffled ones that do not fill the last one wait for the next pass.
    pub fn an_epoch(&self) -> u64 {
        self.recipe.an_epoch()
    }

    /// The batch of a number.
    ///
    /// # Errors
    /// A picture that cannot be read any more, threads that cannot start.
    pub fn batch(&mut self, number: u64) -> Result<Batch, DataError> {
        let start = Instant::now();
        let batch = if self.recipe.part.set().is_slow() {
            let ahead = match self.ahead.take() {
                Some(ahead) => ahead,
                None => Recipe::ahead(&self.recipe)?,
            };
            self.ahead.insert(ahead).get(number)
        } else {
            self.recipe.make(number)
        };
        self.waited += start.elapsed();
        batch
    }

    /// How long those who asked for batches have waited for them, in all.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}

/// The number of an epoch, and the order of the pictures in it.
type Epoch = (u64, Arc<[u32]>);

/// In which order pictures come.
enum Order {
    Own,
    Shuffled {
        seed: u64,
        purpose: Purpose,
        augmentation: Augmentation,
        /// The permutations of the last epochs that were asked for, since batches of two are made at a time.
        epochs: Mutex<Vec<Epoch>>,
    },
}

/// All that a batch follows from, beside its number.
struct Recipe {
    part: Part,
    size: usize,
    tables: Vec<[f32; 256]>,
    order: Order,
}

impl Recipe {
    fn ahead(recipe: &Arc<Self>) -> Result<Ahead, DataError> {
        let shape = recipe.part.shape();
        let bytes = recipe.size * shape.channels * shape.area() * size_of::<f32>();
        let depth = ((AHEAD_BYTES / bytes.max(1)) as u64).clamp(1, DEPTH);
        let cycle = matches!(recipe.order, Order::Own).then(|| recipe.an_epoch());
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let recipe = Arc::clone(recipe);
        Ahead::start(threads, depth, cycle, move |number| recipe.make(number))
    }

    fn an_epoch(&self) -> u64 {
        let batches = match self.order {
            Order::Own => self.part.len().div_ceil(self.size),
            Order::Shuffled { .. } => self.part.len() / self.size,
        };
        batches.max(1) as u64
    }

    fn make(&self, number: u64) -> Result<Batch, DataError> {
        let each = self.an_epoch();
        let (epoch, place) = (number / each, (number % each) as usize);
        let first = place * self.size;
        let last = self.part.len().min(first + self.size);
        match &self.order {
            Order::Own => self.gather((first..last).map(|index| (index, Change::default()))),
            Order::Shuffled { seed, purpose, augmentation, epochs } => {
                let order = permutation(epochs, epoch, self.part.len(), *seed, *purpose);
                let chosen = &order[first..last];
                let changes = augmentation.draw(*seed, number, chosen.len(), self.part.shape());
                self.gather(chosen.iter().map(|&index| index as usize).zip(changes))
            }
        }
    }

    fn gather(&self, chosen: impl Iterator<Item = (usize, Change)>) -> Result<Batch, DataError> {
        let shape = self.part.shape();
        let values = Vec::with_capacity(self.size.min(self.part.len()) * shape.channels * shape.area());
        let mut batch = Batch { values, labels: Vec::new(), shape };
        for (index, change) in chosen {
            batch.labels.push(self.part.label(index) as i64);
            self.add(&self.part.picture(index)?, &change, &mut batch.values);
        }
        Ok(batch)
    }

    /// Adds the numbers of one picture.
    fn add(&self, picture: &Picture<'_>, change: &Change, values: &mut Vec<f32>) {
        let shape = self.part.shape();
        let [down, right] = change.shift;
        let within = |place: i32| place.clamp(0, shape.width as i32) as usize;
        // Black, then what is still seen of the row, then black.
        let seen = within(-right)..within(shape.width as i32 - right);
        let (before, behind) = (within(right), within(-right));
        let first = values.len();
        let mut bytes = view(picture, shape, change.crop.as_ref());
        if let Some(radians) = change.turn {
            bytes = turned(&bytes, shape, radians).into();
        }
        for (plane, table) in bytes.chunks_exact(shape.area()).zip(&self.tables) {
            let number = |byte: &u8| table[usize::from(*byte)];
            for row in 0..shape.height as i32 {
                let start = values.len();
                match usize::try_from(row - down).ok().and_then(|row| plane.chunks_exact(shape.width).nth(row)) {
                    Some(line) => {
                        values.extend(repeat_n(table[0], before));
                        values.extend(line[seen.clone()].iter().map(number));
                        values.extend(repeat_n(table[0], behind));
                    }
                    None => values.extend(repeat_n(table[0], shape.width)),
                }
                if change.mirrored {
                    values[start..].reverse();
                }
            }
        }
        if let Some(hole) = &change.hole {
            for plane in values[first..].chunks_exact_mut(shape.area()) {
                for row in plane.chunks_exact_mut(shape.width).take(hole.rows.end).skip(hole.rows.start) {
                    row[hole.columns.clone()].fill(0.0);
                }
            }
        }
    }
}

/// The order of the pictures in an epoch.
fn permutation(epochs: &Mutex<Vec<Epoch>>, epoch: u64, count: usize, seed: u64, purpose: Purpose) -> Arc<[u32]> {
    let mut epochs = epochs.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, order)) = epochs.iter().find(|(known, _)| *known == epoch) {
        return Arc::clone(order);
    }
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.shuffle(&mut stream(seed, purpose, epoch));
    let order: Arc<[u32]> = order.into();
    if epochs.len() == 2 {
        epochs.remove(0);
    }
    epochs.push((epoch, Arc::clone(&order)));
    order
}

#[cfg(test)]
mod tests;
