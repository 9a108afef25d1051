//! What keys do: one table of actions drives dispatch, the footer, the help and the palette, and people may give the
//! actions other keys.

mod bindings;
mod key;
mod table;

pub use bindings::{Keys, KeysError};
pub(super) use key::Key;
pub(super) use table::{Binding, TABLE};

use super::view::{Focus, Tab};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Pause,
    Step,
    Steps,
    Checkpoint,
    Raise,
    Lower,
    Coefficient,
    Target,
    Add,
    Remove,
    LearningRate,
    Samples,
    ValidateEvery,
    Undo,
    Show(Tab),
    FocusNext,
    FocusPrevious,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    DistributionPrevious,
    DistributionNext,
    Open,
    Compare,
    Mark,
    Copy,
    Save,
    Train,
    Halt,
    Find,
    Order,
    TurnOrder,
    Follow,
    Zoom,
    Mouse,
    Palette,
    Help,
    Leave,
    Detach,
    Redraw,
    Suspend,
    Confirm,
    Cancel,
    Slower,
    Faster,
    Back,
    Forward,
    Start,
    End,
    GoTo,
}

/// Where a key means it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Context {
    /// The panes, with nothing on top.
    Panes,
    /// The panes of a search that can be steered.
    Search,
    /// The panes of a recorded run.
    Replay,
    /// The pane of the probabilities.
    Theta,
    /// The pane of the samples.
    Samples,
    /// The pane of the cell.
    Cell,
    /// The pane of the front.
    Front,
    /// The pane of the log.
    Log,
    /// The pane of the networks that are trained.
    Models,
    /// The question whether to stop.
    Stop,
    /// The question whether to remove a distribution.
    Remove,
    /// The question whether to train, or to stop that.
    Training,
    /// A line in which something is typed.
    Input,
    /// The palette of actions.
    Palette,
    /// The help.
    Reading,
    /// All of these.
    Everywhere,
}

impl Context {
    /// The pane that alone has these keys, and the words for where they are.
    pub(super) fn pane(self) -> Option<Focus> {
        match self {
            Context::Theta => Some(Focus::Theta),
            Context::Samples => Some(Focus::Samples),
            Context::Cell => Some(Focus::Cells),
            Context::Front => Some(Focus::Front),
            Context::Log => Some(Focus::Log),
            Context::Models => Some(Focus::Models),
            _ => None,
        }
    }
}

/// Where the keys go at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// [`Context::Panes`], or what lies on top of them.
    pub(super) context: Context,
    pub(super) focus: Focus,
    /// Whether this is a recorded run.
    pub(super) replay: bool,
}

impl Place {
    /// How early the keys of a context are heeded here; not at all where there is none. The keys of a replay come before
    /// those of a pane, since arrows move through its time.
    fn rank(self, context: Context) -> Option<usize> {
        let panes = self.context == Context::Panes;
        let among_panes = |holds: bool, rank| (panes && holds).then_some(rank);
        match context {
            Context::Everywhere => Some(0),
            Context::Replay => among_panes(self.replay, 1),
            Context::Search => among_panes(!self.replay, 1),
            other if other.pane().is_some() => among_panes(other.pane() == Some(self.focus), 2),
            other => (other == self.context).then_some(3),
        }
    }
}
