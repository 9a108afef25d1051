//! What networks run on: tensors, devices, threads. Here, in `evaluate::supernet`, in `train` and in the
//! export of TorchScript alone is libtorch named.

mod device;
mod forward;
mod layout;
mod loaded;
mod place;
mod sgd;
mod workers;

pub use device::choose;
pub(crate) use device::{explain, name};
pub(crate) use forward::{Passage, Statistics, UsedWeights, forward};
pub(crate) use layout::channels_last;
pub(crate) use loaded::Loaded;
pub(crate) use place::{batch, initial, numbers, placed};
pub(crate) use sgd::{Sgd, learning_rate};
pub(crate) use workers::{Answer, Job, Lesson, Workers, mean_gradients, single_threaded};
