//! What a person has chosen to see: all of the screen that is not the search's.

use std::collections::BTreeMap;

use tui_input::Input;

use crate::engine::{Dashboard, Sample, State};

/// The panes, in the order in which the focus moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Focus {
    Distributions,
    Chart,
    Entropy,
    Weights,
    Samples,
    Cells,
}

impl Focus {
    pub(super) const ALL: [Focus; 6] =
        [Focus::Distributions, Focus::Chart, Focus::Entropy, Focus::Weights, Focus::Samples, Focus::Cells];

    /// Whether it is on the second page of a screen too small for all panes.
    pub(super) fn is_second_page(self) -> bool {
        matches!(self, Focus::Samples | Focus::Cells)
    }

    fn moved(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|&focus| focus == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }

    pub(super) fn next(self) -> Self {
        self.moved(1)
    }

    pub(super) fn previous(self) -> Self {
        self.moved(Self::ALL.len() - 1)
    }
}

/// Whose cells are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The selected distribution's mode.
    Mode,
    /// The selected sample.
    Sample,
}

/// What lies on top of the panes.
#[derive(Clone, Debug)]
pub(super) enum Overlay {
    /// Keys, and what the figures mean; scrolled by so many lines.
    Help { scroll: usize },
    /// The log; scrolled by so many lines.
    Log { scroll: usize },
    /// Whether to stop.
    Stop,
    /// A coefficient being typed, for a distribution.
    Coefficient { distribution: usize, input: Input },
    /// The iteration of a replay being typed.
    Iteration { input: Input },
}

/// How a recorded run is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Playback {
    pub(super) playing: bool,
    /// Times the pace of the search.
    pub(super) speed: f64,
    /// Where it was asked to go, until it is there.
    pub(super) target: Option<u64>,
}

/// What was asked of the engine and is not answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Request {
    Pause,
    Resume,
    Stop,
}

/// The view's own state.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The run's name, known before the search is.
    pub(super) run: String,
    pub(super) focus: Focus,
    /// The pane below the distributions where there is room for one: the last other one in focus.
    pub(super) other: Focus,
    pub(super) distribution: usize,
    /// The number of the sample that is held; the newest is followed otherwise.
    pub(super) sample: Option<u64>,
    pub(super) subject: Subject,
    pub(super) zoom: bool,
    pub(super) overlay: Option<Overlay>,
    pub(super) request: Option<Request>,
    /// Coefficients asked for, by distribution.
    pub(super) pending: BTreeMap<usize, f64>,
    /// Something to say to the person at the keys, until the next one.
    pub(super) notice: Option<String>,
    /// Whether the engine is still there.
    pub(super) connected: bool,
    /// Events that came too fast for this screen and were left out.
    pub(super) missed: u64,
    /// Whether keys only look.
    pub(super) read_only: bool,
    /// Where the accuracy axis of the chart begins.
    pub(super) floor: f64,
    /// How it is played, where this is a recorded run.
    pub(super) playback: Option<Playback>,
}

/// Where an accuracy axis may begin.
const FLOORS: [f64; 7] = [0.0, 0.2, 0.5, 0.7, 0.8, 0.9, 0.95];
/// Of so many recent samples the chart's axis leaves the worst tenth out.
const AXIS_SAMPLES: usize = 64;

impl View {
    pub(super) fn new(run: String) -> Self {
        Self {
            run,
            focus: Focus::Distributions,
            other: Focus::Chart,
            distribution: 0,
            sample: None,
            subject: Subject::Mode,
            zoom: false,
            overlay: None,
            request: None,
            pending: BTreeMap::new(),
            notice: None,
            connected: true,
            read_only: false,
            missed: 0,
            floor: 0.0,
            playback: None,
        }
    }

    pub(super) fn set_focus(&mut self, focus: Focus) {
        self.focus = focus;
        match focus {
            Focus::Distributions => self.subject = Subject::Mode,
            Focus::Samples => self.subject = Subject::Sample,
            _ => {}
        }
        if focus != Focus::Distributions {
            self.other = focus;
        }
    }

    /// Keeps what is selected inside what there is, and the axis where the points are.
    pub(super) fn follow(&mut self, dashboard: &Dashboard) {
        self.distribution = self.distribution.min(distributions(dashboard).saturating_sub(1));
        if let (Some(held), Some(oldest)) = (self.sample, oldest(dashboard)) {
            self.sample = (held < dashboard.sampled).then_some(held.max(oldest));
        }
        self.floor = floor(self.floor, dashboard);
    }

    /// Selects a distribution by so many rows from here, without leaving either end.
    pub(super) fn move_distribution(&mut self, by: isize, dashboard: &Dashboard) {
        let last = distributions(dashboard).saturating_sub(1);
        self.distribution = self.distribution.saturating_add_signed(by).min(last);
        self.subject = Subject::Mode;
    }

    /// Selects an older sample by so many rows (negative: a newer one); beyond the newest it is followed.
    pub(super) fn move_sample(&mut self, by: i64, dashboard: &Dashboard) {
        let Some(oldest) = oldest(dashboard) else { return };
        let newest = dashboard.sampled;
        let wanted = self.sample.unwrap_or(newest).saturating_add_signed(by.saturating_neg());
        self.sample = (wanted < newest).then_some(wanted.max(oldest));
        self.subject = Subject::Sample;
    }

    /// The selected sample with its number.
    pub(super) fn selected<'a>(&self, dashboard: &'a Dashboard) -> Option<(u64, &'a Sample)> {
        let number = self.sample.unwrap_or(dashboard.sampled);
        let back = usize::try_from(dashboard.sampled.checked_sub(number)?).ok()?;
        let index = dashboard.samples.len().checked_sub(back + 1)?;
        Some((number, dashboard.samples.get(index)?))
    }

    /// The coefficient that the next step starts from.
    pub(super) fn coefficient(&self, dashboard: &Dashboard) -> Option<f64> {
        self.pending.get(&self.distribution).copied().or_else(|| coefficient(dashboard, self.distribution))
    }
}

/// How many distributions there are, known from the first event on.
pub(super) fn distributions(dashboard: &Dashboard) -> usize {
    match (dashboard.distributions.len(), &dashboard.started) {
        (0, Some(started)) => started.coefficients.len(),
        (known, _) => known,
    }
}

/// A distribution's coefficient as the engine last gave it.
pub(super) fn coefficient(dashboard: &Dashboard, distribution: usize) -> Option<f64> {
    match dashboard.distributions.get(distribution) {
        Some(view) => Some(view.report.coefficient),
        None => dashboard.started.as_ref()?.coefficients.get(distribution).copied(),
    }
}

/// Whether the search has ended, one way or the other.
pub(super) fn ended(dashboard: &Dashboard) -> bool {
    matches!(dashboard.state, State::Finished | State::Failed { .. })
}

/// The number of the oldest sample that is still there.
fn oldest(dashboard: &Dashboard) -> Option<u64> {
    let kept = u64::try_from(dashboard.samples.len()).ok().filter(|&kept| kept > 0)?;
    Some(dashboard.sampled.saturating_sub(kept - 1))
}

/// The highest start of the accuracy axis that leaves nearly everything of now above it. It rises only where there
/// is some way to spare, so that samples about a limit do not make the axis flicker.
fn floor(before: f64, dashboard: &Dashboard) -> f64 {
    let mut recent: Vec<f64> =
        dashboard.samples.iter().rev().take(AXIS_SAMPLES).map(|sample| sample.score.accuracy).collect();
    recent.retain(|accuracy| accuracy.is_finite());
    recent.sort_by(f64::total_cmp);
    let validated = dashboard.distributions.iter().filter_map(|view| view.validated.as_ref()).map(|v| v.score.accuracy);
    let lowest = recent.get(recent.len() / 10).copied().into_iter().chain(validated).reduce(f64::min).unwrap_or(0.0);
    let fits = |&limit: &f64| lowest >= limit && (limit <= before || lowest >= limit + 0.15 * (1.0 - limit));
    FLOORS.into_iter().rev().find(fits).unwrap_or(0.0)
}
