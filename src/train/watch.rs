//! Which networks of a run are trained, and how far: read from their folders, and told where that changes.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{io, thread};

use super::standing::{self, Phase, Standing};
use super::{MODELS, Record, record};
use crate::engine::{Tested, Training, TrainingState};
use crate::run::holder;

/// How often is looked.
const EVERY: Duration = Duration::from_secs(2);
/// Networks that are listed at most.
const MOST: usize = 256;

/// The networks of a run, the smallest first. What cannot be read is among them, and says so.
pub fn list(run: &Path) -> Vec<Training> {
    let mut trainings: Vec<Training> = folders(run).iter().filter_map(|folder| look(folder)).collect();
    trainings.sort_by(|a, b| a.parameters.cmp(&b.parameters).then_with(|| a.name.cmp(&b.name)));
    trainings
}

/// Tells the networks of a run, and again whenever they have changed, until `tell` says that nobody listens any more.
///
/// # Errors
/// A thread that cannot be started.
pub fn watch(run: &Path, mut tell: impl FnMut(Vec<Training>) -> bool + Send + 'static) -> io::Result<()> {
    let run = run.to_path_buf();
    let watch = move || {
        let mut before = Vec::new();
        loop {
            let seen = seen(&run);
            // Nothing is known in the beginning, and nothing is nothing new.
            if seen != before && !tell(list(&run)) {
                return;
            }
            before = seen;
            thread::sleep(EVERY);
        }
    };
    thread::Builder::new().name("trainings".into()).spawn(watch)?;
    Ok(())
}

/// The folders of networks, or of what else is there.
fn folders(run: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(run.join(MODELS)).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.truncate(MOST);
    folders
}

/// What has to change where a training does, at the cost of a look: its folder, when its files were written, and who has
/// it in hand.
type Seen = (PathBuf, [Option<SystemTime>; 2], Option<Option<u32>>);

fn seen(run: &Path) -> Vec<Seen> {
    let seen = |folder: PathBuf| {
        let written = [standing::FILE, record::FILE]
            .map(|name| folder.join(name).metadata().and_then(|known| known.modified()).ok());
        let holder = holder(&folder);
        (folder, written, holder)
    };
    folders(run).into_iter().map(seen).collect()
}

/// The network in a folder; none where there is none.
fn look(folder: &Path) -> Option<Training> {
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let (standing, record) = (Standing::read(folder), standing::read::<Record>(folder, record::FILE));
    let unreadable = standing.as_ref().err().or(record.as_ref().err()).cloned();
    let mut training = match standing {
        Ok(Some(standing)) => Training {
            name,
            state: state(&standing, holder(folder)),
            architecture: standing.architecture,
            parameters: standing.parameters,
            macs: standing.macs,
            found_accuracy: standing.found_accuracy,
            step: standing.step,
            steps: standing.steps,
            epochs: standing.epochs,
            seconds: standing.seconds,
            curve: standing.curve,
            command: standing.command,
        },
        Ok(None) | Err(_) => Training { name, ..Training::default() },
    };
    match (record, unreadable) {
        (Ok(Some(record)), _) => {
            training.state = TrainingState::Trained(Tested {
                accuracy: record.test_accuracy,
                standard_error: record.standard_error(),
                latency_ms: record.latency_ms,
            });
            (training.parameters, training.macs) = (record.parameters, record.macs);
            (training.seconds, training.epochs) = (record.seconds, record.settings.epochs);
            training.found_accuracy = record.found_accuracy;
        }
        (_, Some(reason)) => training.state = TrainingState::Failed { reason },
        // A folder of something else.
        (_, None) if training == (Training { name: training.name.clone(), ..Training::default() }) => return None,
        _ => {}
    }
    Some(training)
}

fn state(standing: &Standing, holder: Option<Option<u32>>) -> TrainingState {
    let owner = &standing.owner;
    // The number of a process means something on its own machine alone.
    let process = holder.flatten().filter(|&process| process == owner.process && owner.host == standing::host());
    match &standing.phase {
        Phase::Waiting if holder.is_some() => TrainingState::Waiting { process },
        _ if holder.is_some() => TrainingState::Running { process },
        Phase::Failed(reason) => TrainingState::Failed { reason: reason.clone() },
        Phase::Waiting | Phase::Running => TrainingState::Interrupted,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::standing::Owner;
    use super::*;
    use crate::engine::Epoch;
    use crate::run::{Lock, write_whole};

    pub(in crate::train) fn standing(phase: Phase) -> Standing {
        Standing {
            phase,
            owner: Owner::this(),
            command: vec!["--distribution=0".into()],
            architecture: Some("architecture-1".into()),
            parameters: 20_000,
            macs: 1_000_000,
            found_accuracy: Some(0.9),
            step: 30,
            steps: 40,
            epochs: 4,
            seconds: 60.0,
            curve: vec![Epoch { epoch: 1, loss: 2.0, accuracy: 0.4 }],
        }
    }

    fn write(run: &Path, name: &str, file: &str, text: &str) -> PathBuf {
        let folder = run.join(MODELS).join(name);
        std::fs::create_dir_all(&folder).unwrap();
        write_whole(&folder, file, text).unwrap();
        folder
    }

    fn keep(run: &Path, name: &str, standing: &Standing) -> PathBuf {
        write(run, name, super::standing::FILE, &serde_json::to_string(standing).unwrap())
    }

    #[test]
    fn what_becomes_of_a_network_follows_from_its_files_and_from_who_holds_its_lock() {
        let run = tempfile::tempdir().unwrap();
        assert_eq!(list(run.path()), []);
        let folder = keep(run.path(), "a", &standing(Phase::Waiting));
        std::fs::create_dir(run.path().join(MODELS).join("something")).unwrap();
        let state = || list(run.path()).remove(0).state;
        assert_eq!(state(), TrainingState::Interrupted, "nobody is there");
        let lock = Lock::acquire(&folder).unwrap();
        let process = Some(std::process::id());
        assert_eq!(state(), TrainingState::Waiting { process });
        keep(run.path(), "a", &standing(Phase::Running));
        assert_eq!(state(), TrainingState::Running { process });
        let [training] = list(run.path()).try_into().unwrap();
        assert_eq!((training.epoch(), training.remaining(), training.parameters), (3.0, Some(20.0), 20_000));
        let elsewhere = Owner { host: "elsewhere".into(), ..Owner::this() };
        keep(run.path(), "a", &Standing { owner: elsewhere, ..standing(Phase::Running) });
        assert_eq!(state(), TrainingState::Running { process: None });
        drop(lock);
        assert_eq!(state(), TrainingState::Interrupted);
        keep(run.path(), "a", &standing(Phase::Failed("why".into())));
        assert_eq!(state(), TrainingState::Failed { reason: "why".into() });
        let record = serde_json::to_string(&record::tests::record("a", 21_000)).unwrap();
        write(run.path(), "a", record::FILE, &record);
        let [training] = list(run.path()).try_into().unwrap();
        assert!(matches!(training.state, TrainingState::Trained(tested) if tested.accuracy == 0.98));
        assert_eq!((training.parameters, training.curve.len()), (21_000, 1));
    }

    #[test]
    fn files_that_come_from_anywhere_are_bounded_and_named() {
        let run = tempfile::tempdir().unwrap();
        let curve = vec![Epoch { epoch: 1, loss: 0.0, accuracy: 0.0 }; super::standing::LONGEST as usize + 1];
        for (text, said) in [
            ("{".to_owned(), "progress.json: EOF"),
            (" ".repeat(2 << 20), "no such file of ours"),
            (serde_json::to_string(&Standing { curve, ..standing(Phase::Running) }).unwrap(), "more entries"),
        ] {
            write(run.path(), "a", super::standing::FILE, &text);
            let state = list(run.path()).remove(0).state;
            assert!(matches!(&state, TrainingState::Failed { reason } if reason.contains(said)), "{state:?}");
        }
        std::fs::remove_file(run.path().join(MODELS).join("a").join(super::standing::FILE)).unwrap();
        std::os::unix::fs::symlink("/dev/zero", run.path().join(MODELS).join("a").join(super::standing::FILE)).unwrap();
        assert!(matches!(list(run.path()).remove(0).state, TrainingState::Failed { .. }));
    }

    #[test]
    fn nothing_is_told_until_something_changes() {
        let run = tempfile::tempdir().unwrap();
        let (sender, receiver) = std::sync::mpsc::channel();
        keep(run.path(), "a", &standing(Phase::Running));
        watch(run.path(), move |trainings| sender.send(trainings).is_ok()).unwrap();
        assert_eq!(receiver.recv().unwrap().len(), 1);
        keep(run.path(), "b", &standing(Phase::Running));
        assert_eq!(receiver.recv().unwrap().len(), 2);
        assert_eq!(receiver.recv_timeout(2 * EVERY), Err(std::sync::mpsc::RecvTimeoutError::Timeout));
    }
}
