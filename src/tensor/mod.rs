//! What networks run on: tensors, devices, threads. Here, in `evaluate::supernet` and in `train` alone is libtorch named.

mod device;
mod forward;
mod layout;
mod place;
mod sgd;
mod workers;

pub use device::choose;
pub(crate) use device::{explain, name};
pub(crate) use forward::{Passage, Statistics, UsedWeights, forward};
pub(crate) use layout::channels_last;
pub(crate) use place::{batch, initial, numbers, placed};
pub(crate) use sgd::{Sgd, learning_rate};
pub(crate) use workers::{Answer, Job, Lesson, Workers, mean_gradients, single_threaded};
