//! What keys do about networks that are trained from scratch: they start trainings and stop them.

use std::path::Path;
use std::thread;

use super::{App, Effect};
use crate::config::{self, Settings, Source, SpaceSettings};
use crate::engine::{Event, Training, TrainingState};
use crate::space::{Architecture, format_amount, genotype};
use crate::train::{self, Subject};
use crate::tui::text;
use crate::tui::view::{self, Focus, Overlay, Start, Subject as Looked};

/// What a screen hears of trainings.
#[derive(Debug)]
pub(in crate::tui) enum News {
    /// Which there are, where that has changed.
    Trainings(Vec<Training>),
    /// One that was started here has failed, and why.
    Ended(String),
}

/// The settings that networks of a run are trained by.
///
/// # Errors
/// Why none can be trained.
pub(in crate::tui) fn recipe(folder: Option<&Path>) -> Result<Box<Settings>, String> {
    if !cfg!(feature = "torch") {
        return Err("this program was built without libtorch and cannot train a network".into());
    }
    let file = folder.ok_or("the run's folder is not known here")?.join("config.toml");
    let settings = config::load(&Source::File(file), &[]).map_err(|error| error.to_string())?;
    match settings.space {
        SpaceSettings::Cells(_) | SpaceSettings::Mobile(_) => Ok(Box::new(settings)),
        SpaceSettings::Table(_) => Err("the architectures of a table have no network that could be trained".into()),
    }
}

impl App {
    /// Takes news of trainings in.
    pub(in crate::tui) fn hear(&mut self, news: News) {
        match news {
            News::Trainings(trainings) => self.dashboard.apply(&Event::Trainings(trainings)),
            News::Ended(why) => self.view.notice = Some(format!("the training has failed: {why}")),
        }
    }

    /// Asks whether to train what is looked at, or to go on with that.
    pub(super) fn ask_to_train(&mut self) -> Effect {
        match self.start_of_what_is_looked_at() {
            Ok(start) => self.view.overlay = Some(Overlay::Train(start)),
            Err(why) => self.view.notice = Some(why),
        }
        Effect::None
    }

    /// Asks whether to stop the training of the selected network.
    pub(super) fn ask_to_halt(&mut self) -> Effect {
        let Some((_, training)) = self.view.model(&self.dashboard) else { return self.refuse("there is no training") };
        let name = &training.name;
        let refused = match (&training.state, training.process()) {
            _ if self.view.read_only => "this screen only looks".into(),
            (TrainingState::Waiting { .. } | TrainingState::Running { .. }, Some(_)) => {
                self.view.overlay = Some(Overlay::Halt { model: name.clone() });
                return Effect::None;
            }
            (TrainingState::Waiting { .. } | TrainingState::Running { .. }, None) => {
                format!("{name} is trained on another machine: stop it there")
            }
            _ => format!("{name} is not being trained"),
        };
        self.refuse(&refused)
    }

    fn start_of_what_is_looked_at(&mut self) -> Result<Start, String> {
        if self.view.read_only {
            return Err("this screen only looks: attach without --read-only to train".into());
        }
        let settings = self.recipe.as_ref().map_err(Clone::clone)?;
        if self.view.focus == Focus::Models {
            let (_, training) = self.view.model(&self.dashboard).ok_or("there is no training to go on with")?;
            return self.going_on(training);
        }
        if self.view.focus == Focus::Front {
            self.view.subject = Looked::Front;
        }
        let (_, architecture, _) = self.view.subject(&self.dashboard).ok_or("nothing is selected")?;
        match view::training(&self.dashboard, architecture) {
            Some(training) => self.going_on(training),
            None => self.beginning(settings, architecture),
        }
    }

    /// A training that begins.
    fn beginning(&self, settings: &Settings, architecture: &Architecture) -> Result<Start, String> {
        let outline = &self.dashboard.started.as_ref().ok_or("the search has not begun")?.outline;
        let known = outline.plan.as_ref().filter(|_| outline.complexity(architecture).is_some());
        let plan = known.ok_or("the recording does not say what network this architecture is part of")?;
        let model = train::name_of(architecture);
        let retraining = &settings.retraining;
        let subject = Subject::found(model.clone(), architecture.clone(), None, retraining, plan, settings.seed)
            .map_err(|error| error.to_string())?;
        let genotype = genotype::write(outline, architecture).ok_or("the architecture has no genotype")?;
        let parameters = format_amount(subject.parameters() as f64);
        let mut facts = vec![format!("{parameters} parameters, {} epochs, from fresh weights.", retraining.epochs)];
        facts.extend(self.circumstances());
        Ok(Start { model, facts, genotype: Some(genotype), command: Vec::new() })
    }

    /// A training that goes on, where it is one that can.
    fn going_on(&self, training: &Training) -> Result<Start, String> {
        let name = &training.name;
        match &training.state {
            TrainingState::Waiting { .. } => return Err(format!("{name} waits for its turn already: 7 shows it")),
            TrainingState::Running { .. } => return Err(format!("{name} is being trained already: 7 shows it")),
            TrainingState::Trained(_) => {
                return Err(format!("{name} is trained already; `isthmus train --again` trains it anew"));
            }
            TrainingState::Failed { reason } if training.parameters == 0 => return Err(format!("{name}: {reason}")),
            TrainingState::Failed { .. } | TrainingState::Interrupted => {}
        }
        let (done, all) = (text::fixed(training.epoch(), 1), training.epochs);
        let from = if training.steps == 0 { "its beginning".into() } else { format!("epoch {done} of {all}") };
        let mut facts = vec![format!("It goes on from {from}.")];
        // Of one that a screen has begun there is nothing more to say; any other command is shown whole.
        if !matches!(&training.command[..], [file] if file.starts_with("--architecture=")) {
            let command = training.command.join(" ");
            facts.push(format!("All of its command does: isthmus train {} {command}", self.view.run));
        }
        facts.extend(self.circumstances());
        Ok(Start { model: name.clone(), facts, genotype: None, command: training.command.clone() })
    }

    /// What a person should know before a training begins.
    fn circumstances(&self) -> Vec<String> {
        let mut facts = vec!["It has a process of its own, and goes on when this screen is left.".to_owned()];
        let others = self.dashboard.trainings.iter();
        let others = others
            .filter(|training| matches!(training.state, TrainingState::Running { .. } | TrainingState::Waiting { .. }));
        match others.count() {
            0 => {}
            1 => facts.push("It waits until the one is trained that is being trained.".into()),
            count => facts.push(format!("It waits until the {count} are trained that came before it.")),
        }
        if self.dashboard.state.works() && self.view.playback.is_none() && self.view.connected {
            facts.push("It shares the processors with the search, so that both become slower.".into());
        }
        facts
    }

    /// Starts a training, and says so.
    pub(in crate::tui) fn start(&mut self, start: &Start) {
        let Some(folder) = self.folder.clone() else { return };
        let launched = self.prepared(&folder, start).and_then(|command| {
            let launched = train::launch(&folder, &command).map_err(|error| error.to_string())?;
            Ok((launched.process(), launched))
        });
        self.view.notice = Some(match launched {
            Ok((process, launched)) => {
                if let Some(news) = self.news.clone() {
                    let end = move || {
                        if let Some(why) = launched.wait() {
                            // A screen that has gone hears nothing.
                            let _ = news.blocking_send(News::Ended(why));
                        }
                    };
                    // Without it the process is known by its networks alone.
                    let _ = thread::Builder::new().name("training".into()).spawn(end);
                }
                format!("process {process} trains {}: 7 shows it", start.model)
            }
            Err(why) => why,
        });
    }

    /// Writes down what the process needs that trains, and gives what is said to it.
    fn prepared(&self, folder: &Path, start: &Start) -> Result<Vec<String>, String> {
        let Some(genotype) = &start.genotype else { return Ok(start.command.clone()) };
        let word = train::written(folder, &start.model, genotype).map_err(|error| error.to_string())?;
        Ok(vec![word])
    }

    /// Asks who trains a network to stop, and says so.
    pub(in crate::tui) fn halt(&mut self, model: &str) {
        let Some(folder) = &self.folder else { return };
        self.view.notice = Some(match train::stop(folder, model) {
            Ok(process) => format!("process {process} is asked to stop; T goes on with {model}"),
            Err(error) => error.to_string(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_trained_by_the_settings_of_the_run_where_they_can_be_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let keep = |text: &str| std::fs::write(folder.path().join("config.toml"), text).unwrap();
        keep("[retraining]\nepochs = 7\n");
        let known = recipe(Some(folder.path()));
        if cfg!(feature = "torch") {
            assert_eq!(known.unwrap().retraining.epochs, 7);
            assert!(recipe(None).unwrap_err().contains("not known"));
            keep("[retraining]\nepochs = 0\n");
            assert!(recipe(Some(folder.path())).unwrap_err().contains("retraining.epochs"));
        } else {
            assert!(known.unwrap_err().contains("without libtorch"));
        }
    }
}
