//! `isthmus train`: from what a person asks for to networks to train, and how they did.

use std::collections::HashSet;
use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr as _, bail, eyre};
use indicatif::{ProgressBar, ProgressStyle};
use isthmus::config::{self, Settings, Source};
use isthmus::data::{self, Augmentation, Normalisation};
use isthmus::engine::{Dashboard, Started};
use isthmus::process::{log_panics, quit, say};
use isthmus::run::{self, Database, RunFolder, duration};
use isthmus::space::{Architecture, Plan, genotype};
use isthmus::train::{self, Common, Pictured, Progress, Record, Subject};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::{RUNS, Train};
use crate::print;

/// Larger files are no genotypes.
const LARGEST: u64 = 1 << 20;
/// Progress of one network is said so many times where there is no bar.
const LINES: u64 = 10;

/// Trains what a run has found.
///
/// # Errors
/// Nothing to train, settings that do not go together, a network that cannot be trained.
pub fn train(asked: &Train) -> Result<()> {
    if !asked.background {
        return train_all(asked);
    }
    // Whoever says so in a shell leads a session or a group already.
    let _ = rustix::process::setsid();
    train_all(asked).map_err(|report| {
        let said = format!("{report:#}");
        match said.split_once('\n') {
            // The screen that started it shows the last line.
            Some((first, _)) => {
                say(&said);
                eyre!("{first}")
            }
            None => report,
        }
    })
}

fn train_all(asked: &Train) -> Result<()> {
    let prepared = Prepared::new(asked.run.as_deref(), &asked.sets.sets)?;
    let subjects = subjects(asked, &prepared.settings, &prepared.dashboard, &prepared.plan)?;
    let stop = stop_on_signals()?;
    let mut bar = Bar::new(subjects.len());
    let trained = prepared.train(&subjects, asked.command(), asked.again, &stop, &mut bar);
    bar.end();
    let trained = trained?;
    match (asked.json, trained.is_empty()) {
        (true, _) => print((serde_json::to_string_pretty(&trained)? + "\n").as_bytes())?,
        (false, true) => {}
        (false, false) => print(train::table(&trained).as_bytes())?,
    }
    if trained.len() < subjects.len() {
        let (done, all) = (trained.len(), subjects.len());
        say(format_args!("Stopped with {done} of {all} networks trained. The same command goes on where it was."));
    }
    say(format_args!("\nKept in {}", prepared.folder.path().join(train::MODELS).display()));
    Ok(())
}

/// A run whose networks are trained: its settings, what it has found, and its pictures.
pub(crate) struct Prepared {
    pub folder: RunFolder,
    pub settings: Settings,
    pub dashboard: Dashboard,
    pub plan: Plan,
    pictured: Pictured,
    common: Common,
}

impl Prepared {
    /// The run that a person means, with some settings replaced.
    ///
    /// # Errors
    /// No such run, settings that are wrong, pictures that cannot be read, a table.
    pub fn new(run: Option<&Path>, sets: &[String]) -> Result<Self> {
        let folder = RunFolder::open(&run::find(Path::new(RUNS), run)?)?;
        let settings = config::load(&Source::File(folder.path().join("config.toml")), sets)?;
        let dashboard = Database::open(folder.path())?.dashboard_at(u64::MAX)?;
        let data = data::load(&settings.data)?;
        if settings.data.hold_out > 0.0 {
            let held_out = data.test.len();
            say(format_args!("data.hold_out: {held_out} training pictures stand in for the test pictures"));
        }
        let (picture, classes) = (data.train.shape(), data.train.classes());
        let Some(plan) = settings.space.plan(picture, classes) else {
            bail!("{}: the architectures of a table have no network that could be trained", folder.name());
        };
        let normalisation = Normalisation::of(&data.train)?;
        let stem_strides = plan.stem_strides(settings.retraining.stem_stride);
        let pictured = Pictured { picture, classes, stem_strides };
        let common = Common {
            retraining: settings.retraining.clone(),
            augmentation: Augmentation::of_retraining(&settings.data, &settings.retraining),
            device: settings.engine.device,
            workers: settings.engine.workers,
            fingerprint: train::fingerprint(&data),
            command: Vec::new(),
            data,
            normalisation,
        };
        log_panics();
        Ok(Self { folder, settings, dashboard, plan, pictured, common })
    }

    /// An architecture as it is trained now.
    ///
    /// # Errors
    /// A limit that no width keeps.
    pub fn subject(&self, name: &str, architecture: &Architecture) -> Result<Subject> {
        let Self { settings, plan, .. } = self;
        Ok(Subject::found(name.into(), architecture.clone(), None, &settings.retraining, plan, settings.seed)?)
    }

    /// What tells the pictures that networks are trained on, and how they are changed, from others.
    pub fn pictures(&self) -> String {
        self.common.pictures()
    }

    /// Trains networks that are not trained yet, and gives the records of all; fewer where `stop` was set. `command` is what
    /// is said to `isthmus train` to go on with them.
    ///
    /// # Errors
    /// A network that cannot be trained.
    pub fn train(
        &self,
        subjects: &[Subject],
        command: Vec<String>,
        again: bool,
        stop: &AtomicBool,
        bar: &mut Bar,
    ) -> Result<Vec<Record>> {
        let common = Common { command, ..self.common.clone() };
        let show = |progress| bar.show(progress);
        Ok(train::train(self.folder.path(), subjects, self.pictured, &common, again, stop, show)?)
    }
}

/// The networks that are asked for.
fn subjects(asked: &Train, settings: &Settings, dashboard: &Dashboard, plan: &Plan) -> Result<Vec<Subject>> {
    let mut found = Vec::new();
    let whole = asked.distribution.is_empty() && asked.architecture.is_none() && asked.front.is_none();
    let known = dashboard.distributions.len();
    let chosen = if whole { (0..known).collect() } else { asked.distribution.clone() };
    for k in chosen {
        let view = dashboard.distributions.get(k);
        let view = view.ok_or_else(|| eyre!("there is no distribution {k}: 0 to {}", known.saturating_sub(1)))?;
        let validated = view.validated.as_ref().filter(|known| known.architecture == view.report.mode);
        let accuracy = validated.map(|known| known.score.accuracy);
        found.push((format!("distribution-{k}"), view.report.mode.clone(), accuracy));
    }
    if let Some(asked) = &asked.front {
        let front = &dashboard.front;
        let chosen = if asked.is_empty() { (0..front.len()).collect() } else { asked.clone() };
        for place in chosen {
            let known = front.get(place).ok_or_else(|| match front.len() {
                0 => eyre!("the front is empty: it begins with the first validation"),
                count => eyre!("there is no architecture {place} on the front: 0 to {}", count - 1),
            })?;
            found.push((format!("front-{place}"), known.architecture.clone(), Some(known.score.accuracy)));
        }
    }
    if let (Some(file), Some(Started { outline, .. })) = (&asked.architecture, &dashboard.started) {
        let place = || file.display().to_string();
        let mut text = String::new();
        let size = File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_string(&mut text));
        if size.wrap_err_with(place)? as u64 > LARGEST {
            bail!("{}: too large for a genotype", place());
        }
        let architecture = genotype::read(outline, &text).wrap_err_with(place)?;
        let accuracy = dashboard.front.iter().find(|known| known.architecture == architecture);
        let accuracy = accuracy.map(|known| known.score.accuracy);
        found.push((train::name_of(&architecture), architecture, accuracy));
    }
    // Asked for twice, and trained once.
    let mut names = HashSet::new();
    found.retain(|(name, ..)| names.insert(name.clone()));
    if found.is_empty() {
        bail!("nothing to train: the run has found nothing yet");
    }
    let seeds = settings.seed..settings.seed.saturating_add(asked.seeds);
    let mut subjects = Vec::new();
    for (name, architecture, accuracy) in found {
        if !architecture.fits(dashboard.started.as_ref().map_or(&[][..], |started| &started.outline.decisions)) {
            bail!("{name}: the recorded architecture is none of the run's space");
        }
        let subject = Subject::found(name, architecture, accuracy, &settings.retraining, plan, settings.seed)?;
        let mut alike = vec![subject.clone()];
        if asked.baselines > 0 {
            let random = subject.random(asked.baselines, settings.seed);
            if random.len() < asked.baselines {
                let (found, name) = (random.len(), &subject.name);
                say(format_args!("{name}: only {found} random architectures of its size were found"));
            }
            alike.extend(random);
            alike.push(subject.by_hand());
        }
        for subject in alike {
            let others = seeds.clone().skip(1).map(|seed| subject.seeded(seed)).collect::<Vec<_>>();
            subjects.push(subject);
            subjects.extend(others);
        }
    }
    Ok(subjects)
}

/// A flag that the first interrupt or termination sets; the second ends the program.
pub(crate) fn stop_on_signals() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let (set, mut signals) = (Arc::clone(&stop), Signals::new([SIGINT, SIGTERM])?);
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if set.swap(true, Ordering::Relaxed) {
                quit(u8::try_from(128 + signal).unwrap_or(1));
            }
            say("stopping: the state is kept; once more ends at once");
        }
    })?;
    Ok(stop)
}

/// How far the training is, on standard error: a bar on a terminal, else lines.
pub(crate) struct Bar {
    bar: ProgressBar,
    networks: usize,
    /// Networks begun or known.
    seen: usize,
    name: String,
    steps: u64,
    steps_an_epoch: u64,
    /// The mean loss and accuracy since the last that was said.
    recent: (f64, f64, u64),
}

impl Bar {
    /// Of so many networks.
    pub fn new(networks: usize) -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(0) } else { ProgressBar::hidden() };
        let template = "{prefix} {wide_bar} {msg}  {eta} left";
        bar.set_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.enable_steady_tick(Duration::from_secs(1));
        Self { bar, networks, seen: 0, name: String::new(), steps: 0, steps_an_epoch: 1, recent: (0.0, 0.0, 0) }
    }

    /// Takes it off the terminal.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| say(text));
    }

    fn show(&mut self, progress: Progress) {
        match progress {
            Progress::Waits { process } => {
                let by = process.map_or_else(|| "another process".into(), |process| format!("process {process}"));
                self.say(&format!("waiting for {by}, which trains networks of this run"));
            }
            Progress::Begun { name, done, steps, steps_an_epoch } => {
                self.seen += 1;
                (self.name, self.steps, self.steps_an_epoch) = (name, steps, steps_an_epoch);
                let place = format!("{} of {}", self.seen, self.networks);
                if self.bar.is_hidden() {
                    let from = if done > 0 { format!(", goes on after {done}") } else { String::new() };
                    say(format_args!("{}: network {place}, {steps} steps{from}", self.name));
                }
                self.bar.set_length(steps);
                self.bar.set_position(done);
                self.bar.reset_eta();
                self.bar.set_prefix(format!("{place}: {}", self.name));
            }
            Progress::Step { done, loss, accuracy } => {
                let (losses, accuracies, count) = self.recent;
                self.recent = (losses + loss, accuracies + accuracy, count + 1);
                self.bar.set_position(done);
                let every = if self.bar.is_hidden() { (self.steps / LINES).max(1) } else { self.steps_an_epoch };
                if done % every == 0 || done == self.steps {
                    let (losses, accuracies, count) = std::mem::take(&mut self.recent);
                    let (loss, accuracy) = (losses / count as f64, 100.0 * accuracies / count as f64);
                    let epoch = done / self.steps_an_epoch;
                    let of = self.steps / self.steps_an_epoch;
                    let text = format!("epoch {epoch}/{of}  loss {loss:.3}  training accuracy {accuracy:.1} %");
                    self.bar.set_message(text.clone());
                    if self.bar.is_hidden() {
                        say(format_args!("{}: {text}", self.name));
                    }
                }
            }
            Progress::Trained(record) => self.say(&finished(&record)),
            Progress::Known(record) => {
                self.seen += 1;
                self.say(&format!("{}, already", finished(&record)));
            }
            Progress::Unusable { name, why } => self.say(&format!("{name}: trained from the start, since {why}")),
        }
    }
}

fn finished(record: &Record) -> String {
    let (accuracy, time) = (100.0 * record.test_accuracy, duration(record.seconds));
    format!("{}: {accuracy:.2} % on the test set after {time}", record.name)
}
