//! What a person has chosen to see: all of the screen that is not the search's.

use std::collections::BTreeMap;

use tui_input::Input;

use super::listing::Listing;
use super::prompt::Prompt;
use super::text;
use crate::engine::{Change, Dashboard, State, Training};
use crate::search::Aim;
use crate::space::{Architecture, Complexity};
use crate::train;

/// A page of the screen, with the panes that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tab {
    Overview,
    Distributions,
    Samples,
    Cell,
    Front,
    Log,
    Models,
}

impl Tab {
    pub(super) const ALL: [Tab; 7] =
        [Tab::Overview, Tab::Distributions, Tab::Samples, Tab::Cell, Tab::Front, Tab::Log, Tab::Models];

    /// What it is called.
    pub(super) fn name(self) -> &'static str {
        match self {
            Tab::Overview => "overview",
            Tab::Distributions => "distributions",
            Tab::Samples => "samples",
            Tab::Cell => "cell",
            Tab::Front => "front",
            Tab::Log => "log",
            Tab::Models => "models",
        }
    }

    /// Its panes, in the order in which the focus moves.
    pub(super) fn panes(self) -> &'static [Focus] {
        match self {
            Tab::Overview => &[Focus::Table, Focus::Chart, Focus::Entropy, Focus::Weights],
            Tab::Distributions => &[Focus::Theta],
            Tab::Samples => &[Focus::Samples],
            Tab::Cell => &[Focus::Cells],
            Tab::Front => &[Focus::Front, Focus::Chart],
            Tab::Log => &[Focus::Log],
            Tab::Models => &[Focus::Models, Focus::Curves],
        }
    }
}

/// A pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Focus {
    /// The distributions as a table.
    Table,
    Chart,
    Entropy,
    Weights,
    /// The probabilities of a distribution.
    Theta,
    Samples,
    Cells,
    Front,
    Log,
    /// The networks that are trained from scratch.
    Models,
    /// How the training of the selected one went.
    Curves,
}

impl Focus {
    pub(super) const ALL: [Focus; 11] = [
        Focus::Table,
        Focus::Chart,
        Focus::Entropy,
        Focus::Weights,
        Focus::Theta,
        Focus::Samples,
        Focus::Cells,
        Focus::Front,
        Focus::Log,
        Focus::Models,
        Focus::Curves,
    ];
}

/// Whose cells are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The selected distribution's mode.
    Mode,
    /// The selected sample.
    Sample,
    /// The selected member of the front.
    Front,
}

/// What lies on top of the panes.
#[derive(Clone, Debug)]
pub(super) enum Overlay {
    /// Keys, and what the figures mean; scrolled by so many lines.
    Help { scroll: usize },
    /// Whether to stop.
    Stop,
    /// Whether to remove a distribution.
    Remove { distribution: usize },
    /// Whether to train a network.
    Train(Start),
    /// Whether to stop a training.
    Halt {
        /// Of which network.
        model: String,
    },
    /// Something being typed.
    Prompt(Prompt),
    /// An action being looked for, and the one that is selected of those that match.
    Palette { input: Input, selected: usize },
}

/// A training that a person may start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// The network's name.
    pub(super) model: String,
    /// What will be done, a paragraph an item.
    pub(super) facts: Vec<String>,
    /// The architecture in words, where it is not in the network's folder yet.
    pub(super) genotype: Option<String>,
    /// What is said to `isthmus train` behind the run, where that is known by now.
    pub(super) command: Vec<String>,
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
    pub(super) tab: Tab,
    pub(super) focus: Focus,
    /// The focus that each other tab had.
    focuses: [Focus; Tab::ALL.len()],
    pub(super) distribution: usize,
    /// The number of the sample that is held; the first of the list is followed otherwise.
    pub(super) sample: Option<u64>,
    /// The samples that are listed.
    pub(super) listing: Listing,
    pub(super) subject: Subject,
    pub(super) zoom: bool,
    pub(super) overlay: Option<Overlay>,
    pub(super) request: Option<Request>,
    /// Aims asked for, by distribution.
    pub(super) pending: BTreeMap<usize, Aim>,
    /// What was asked for to take a change back.
    pub(super) undoing: Option<Change>,
    /// The distribution whose probabilities stand beside those of the selected one.
    pub(super) beside: Option<usize>,
    /// The selected decision.
    pub(super) decision: usize,
    /// The architecture that the selected one of the front is compared with.
    pub(super) marked: Option<Architecture>,
    /// Which member of the front is selected, by complexity.
    pub(super) front: usize,
    /// The network that is selected among those that are trained; the first where there is no such one.
    pub(super) model: Option<String>,
    /// Lines of the log above the newest that are at the bottom of its pane.
    pub(super) log: usize,
    /// Words that an entry of the log has to have.
    pub(super) find: String,
    /// Whether the mouse is listened to.
    pub(super) mouse: bool,
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
            tab: Tab::Overview,
            focus: Focus::Table,
            focuses: Tab::ALL.map(|tab| tab.panes()[0]),
            distribution: 0,
            sample: None,
            listing: Listing::new(),
            subject: Subject::Mode,
            zoom: false,
            overlay: None,
            request: None,
            pending: BTreeMap::new(),
            undoing: None,
            marked: None,
            beside: None,
            decision: 0,
            front: 0,
            model: None,
            log: 0,
            find: String::new(),
            mouse: false,
            notice: None,
            connected: true,
            read_only: false,
            missed: 0,
            floor: 0.0,
            playback: None,
        }
    }

    /// Shows a page, with the focus where it was there.
    pub(super) fn show(&mut self, tab: Tab) {
        self.tab = tab;
        self.focus = self.focuses[tab as usize];
        self.zoom = false;
    }

    /// Gives a pane of this page the focus, or goes to the page that has it.
    pub(super) fn set_focus(&mut self, focus: Focus) {
        if !self.tab.panes().contains(&focus)
            && let Some(tab) = Tab::ALL.into_iter().find(|tab| tab.panes().contains(&focus))
        {
            self.tab = tab;
        }
        self.focus = focus;
        self.focuses[self.tab as usize] = focus;
    }

    /// Moves the focus to another pane of this page.
    pub(super) fn move_focus(&mut self, forward: bool) {
        let panes = self.tab.panes();
        let at = panes.iter().position(|&pane| pane == self.focus).unwrap_or(0);
        let by = if forward { 1 } else { panes.len() - 1 };
        self.set_focus(panes[(at + by) % panes.len()]);
    }

    /// Keeps what is selected inside what there is, and the axis where the points are.
    pub(super) fn follow(&mut self, dashboard: &Dashboard) {
        self.distribution = self.distribution.min(distributions(dashboard).saturating_sub(1));
        self.sample = self.sample.filter(|&held| held <= dashboard.sampled);
        self.listing.outdate();
        self.front = self.front.min(dashboard.front.len().saturating_sub(1));
        self.floor = floor(self.floor, dashboard);
    }

    /// Selects a member of the front by so many rows from here, without leaving either end.
    pub(super) fn move_front(&mut self, by: isize, dashboard: &Dashboard) {
        let last = dashboard.front.len().saturating_sub(1);
        self.front = self.front.saturating_add_signed(by).min(last);
        self.subject = Subject::Front;
    }

    /// Which of the networks that are trained is selected, and that one.
    pub(super) fn model<'a>(&self, dashboard: &'a Dashboard) -> Option<(usize, &'a Training)> {
        let named = |training: &Training| self.model.as_ref() == Some(&training.name);
        let place = dashboard.trainings.iter().position(named).unwrap_or(0);
        Some((place, dashboard.trainings.get(place)?))
    }

    /// Selects one of them by so many rows from here, without leaving either end.
    pub(super) fn move_model(&mut self, by: isize, dashboard: &Dashboard) {
        let Some((place, _)) = self.model(dashboard) else { return };
        let place = place.saturating_add_signed(by).min(dashboard.trainings.len() - 1);
        self.model = Some(dashboard.trainings[place].name.clone());
    }

    /// Selects a distribution by so many rows from here, without leaving either end.
    pub(super) fn move_distribution(&mut self, by: isize, dashboard: &Dashboard) {
        let last = distributions(dashboard).saturating_sub(1);
        self.distribution = self.distribution.saturating_add_signed(by).min(last);
        self.subject = Subject::Mode;
    }

    /// The architecture that is looked at: in words, itself, what it costs.
    pub(super) fn subject<'a>(&self, dashboard: &'a Dashboard) -> Option<(String, &'a Architecture, &'a Complexity)> {
        match self.subject {
            Subject::Mode => {
                let report = &dashboard.distributions.get(self.distribution)?.report;
                Some((format!("mode of {}", text::digit(self.distribution)), &report.mode, &report.complexity))
            }
            Subject::Sample => {
                let (number, sample) = self.selected(dashboard)?;
                Some((format!("sample {number}"), &sample.architecture, &sample.complexity))
            }
            Subject::Front => {
                let known = dashboard.front.get(self.front)?;
                Some((format!("{} on the front", self.front + 1), &known.architecture, &known.complexity))
            }
        }
    }

    /// The aim of the selected distribution that the next step starts from.
    pub(super) fn aim(&self, dashboard: &Dashboard) -> Option<Aim> {
        let report = dashboard.distributions.get(self.distribution).map(|view| &view.report);
        let target = report.and_then(|report| report.target).map(Aim::Target);
        let known = || target.or_else(|| coefficient(dashboard, self.distribution).map(Aim::Coefficient));
        self.pending.get(&self.distribution).copied().or_else(known)
    }
}

/// How many distributions there are, known from the first event on.
pub(super) fn distributions(dashboard: &Dashboard) -> usize {
    match (dashboard.distributions.len(), &dashboard.started) {
        (0, Some(started)) => started.coefficients.len(),
        (known, _) => known,
    }
}

/// The training of an architecture, where there is one.
pub(super) fn training<'a>(dashboard: &'a Dashboard, architecture: &Architecture) -> Option<&'a Training> {
    if dashboard.trainings.is_empty() {
        return None;
    }
    let name = train::name_of(architecture);
    dashboard.trainings.iter().find(|training| training.architecture.as_ref() == Some(&name))
}

/// A distribution's coefficient as the engine last gave it.
pub(super) fn coefficient(dashboard: &Dashboard, distribution: usize) -> Option<f64> {
    match dashboard.distributions.get(distribution) {
        Some(view) => Some(view.report.coefficient),
        None => dashboard.started.as_ref()?.coefficients.get(distribution).copied(),
    }
}

/// The limit of complexity of a distribution, in the measure of the search.
pub(super) fn target(dashboard: &Dashboard, distribution: usize) -> Option<f64> {
    let target = dashboard.distributions.get(distribution)?.report.target?;
    dashboard.started.as_ref().map(|started| started.normaliser.unscaled(target))
}

/// Whether the search has ended, one way or the other.
pub(super) fn ended(dashboard: &Dashboard) -> bool {
    matches!(dashboard.state, State::Finished | State::Failed { .. })
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
