//! Trainings of a run take turns: each takes all processors, and two at once would only make both later.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::standing::{Owner, Phase, Standing};
use crate::run::{Lock, LockError, holder};

/// How often it is looked whether the turn has come.
const LOOK: Duration = Duration::from_millis(250);

/// Waits until no other process trains, and none waits that came before this one. Gives the lock that says so, which the
/// others wait for; nothing where `stop` was set meanwhile. `tell` hears once of the process that is waited for.
///
/// # Errors
/// What the system refused.
pub(super) fn wait(
    models: &Path,
    owner: &Owner,
    stop: &AtomicBool,
    mut tell: impl FnMut(Option<u32>),
) -> Result<Option<Lock>, LockError> {
    let mut told = false;
    while !stop.load(Ordering::Relaxed) {
        let before = match earlier(models, owner) {
            Some(process) => Some(process),
            None => match Lock::acquire(models) {
                Ok(lock) => return Ok(Some(lock)),
                Err(LockError::Held { process, .. }) => process,
                Err(error) => return Err(error),
            },
        };
        if !std::mem::replace(&mut told, true) {
            tell(before);
        }
        thread::sleep(LOOK);
    }
    Ok(None)
}

/// A process that waits, and came before this one.
fn earlier(models: &Path, owner: &Owner) -> Option<u32> {
    std::fs::read_dir(models).ok()?.flatten().find_map(|entry| {
        let standing = Standing::read(&entry.path()).ok()??;
        let waits = standing.phase == Phase::Waiting && standing.owner < *owner;
        let process = standing.owner.process;
        (waits && holder(&entry.path()) == Some(Some(process))).then_some(process)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::write_whole;

    #[test]
    fn those_that_came_first_go_first_and_the_dead_hold_nobody_up() {
        let models = tempfile::tempdir().unwrap();
        let go = AtomicBool::new(false);
        let first = Owner { since: 1, process: std::process::id(), host: "h".into() };
        let second = Owner { since: 2, ..first.clone() };
        let folder = models.path().join("a");
        std::fs::create_dir(&folder).unwrap();
        let standing = Standing { owner: first.clone(), ..super::super::watch::tests::standing(Phase::Waiting) };
        write_whole(&folder, super::super::standing::FILE, serde_json::to_string(&standing).unwrap()).unwrap();
        // Nobody holds the network's lock: its process has gone.
        assert!(wait(models.path(), &second, &go, |_| panic!("nobody is waited for")).unwrap().is_some());

        let waiting = Lock::acquire(&folder).unwrap();
        assert!(wait(models.path(), &first, &go, |_| panic!("nobody is waited for")).unwrap().is_some());
        let until_told = |owner: &Owner| {
            let (stop, mut told) = (AtomicBool::new(false), None);
            let turn = wait(models.path(), owner, &stop, |process| {
                told = process;
                stop.store(true, Ordering::Relaxed);
            });
            assert!(turn.unwrap().is_none());
            told
        };
        assert_eq!(until_told(&second), Some(std::process::id()), "the first still waits");
        drop(waiting);
        let _turn = Lock::acquire(models.path()).unwrap();
        assert_eq!(until_told(&second), Some(std::process::id()), "somebody trains");
    }
}
