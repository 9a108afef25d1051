//! The search loop on its worker thread: commands in, events out, and the dashboard that events fold into.

mod command;
mod dashboard;
mod event;
mod hub;

pub use command::Command;
pub use dashboard::{Dashboard, DistributionView, LogEntry, LogKind, Point, Series};
pub use event::{DistributionReport, Event, Iteration, Sample, Started, State, Validated};
pub use hub::{Frame, Hub, Viewer};
