//! The checkpoints of a run: `checkpoints/<iteration>.safetensors` in its folder.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{Checkpoint, CheckpointError, KEY, LENGTH};
use crate::run::FolderError;

/// The folder in that of the run.
const FOLDER: &str = "checkpoints";
const EXTENSION: &str = "safetensors";
/// What a damaged checkpoint's name ends in once another one was continued from.
const ASIDE: &str = "damaged";
/// Larger files are not read: no supernetwork comes near.
const LARGEST: u64 = 1 << 34;
/// What the safetensors format allows a header.
const LARGEST_HEADER: u64 = 100_000_000;

/// What writing one took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Size of the file.
    pub bytes: u64,
    /// Time that it kept a core busy, waiting for the disk not counted.
    pub busy: Duration,
}

/// Why a checkpoint is not on disk.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It cannot be made a file of, which another time does not change.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The system refused.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// Where checkpoints are written. One writer a run.
#[derive(Debug)]
pub struct Checkpoints {
    folder: PathBuf,
    kept: usize,
    best: Option<(f64, u64)>,
}

impl Checkpoints {
    /// Those in this run's folder, of which the newest so many, the best and the first one after the warm-up are kept. The
    /// best is that of the greatest [`Checkpoint::accuracy`].
    ///
    /// # Errors
    /// A folder that cannot be made or read.
    pub fn open(run: &Path, kept: usize) -> Result<Self, FolderError> {
        let folder = run.join(FOLDER);
        let failed = |cause| FolderError::System { path: folder.clone(), cause };
        fs::create_dir_all(&folder).map_err(failed)?;
        let best = best(&folder).map_err(failed)?;
        Ok(Self { folder, kept: kept.max(1), best })
    }

    /// Takes back the checkpoints after an iteration that a search goes on from: they were found to be damaged. They are
    /// renamed, so that they neither count any more nor are lost to who wants to look at them.
    ///
    /// # Errors
    /// What the system refused.
    pub fn rewind(&mut self, iteration: u64) -> Result<(), FolderError> {
        let rename = || {
            for (_, path) in list(&self.folder)?.into_iter().filter(|(later, _)| *later > iteration) {
                fs::rename(&path, path.with_extension(ASIDE))?;
            }
            best(&self.folder)
        };
        self.best = rename().map_err(|cause| FolderError::System { path: self.folder.clone(), cause })?;
        Ok(())
    }

    /// Writes one to the disk, and only then lets go of those that are no longer kept.
    ///
    /// # Errors
    /// What the system refused, and a state that cannot be kept; the checkpoints that were there are there still, and
    /// nothing else.
    pub fn write(&mut self, checkpoint: &Checkpoint) -> Result<Written, WriteError> {
        let path = self.folder.join(format!("{:010}.{EXTENSION}", checkpoint.iteration));
        let start = Instant::now();
        let (header, data, hash) = checkpoint.parts()?;
        let temporary = self.folder.join(".new");
        let place = || {
            let mut file = create(&self.folder, &temporary)?;
            for part in [&header[..], data, &hash] {
                file.write_all(part)?;
            }
            let busy = start.elapsed();
            file.sync_all()?;
            fs::rename(&temporary, &path)?;
            File::open(&self.folder)?.sync_all()?;
            Ok(busy)
        };
        let busy = place().map_err(|cause| {
            // Half a checkpoint takes the room that is missing; where it is none of ours, there is nothing to do.
            let _ = fs::remove_file(&temporary);
            FolderError::System { path: path.clone(), cause }
        })?;
        if let Some(accuracy) = checkpoint.accuracy()
            && self.best.is_none_or(|(best, _)| accuracy >= best)
        {
            self.best = Some((accuracy, checkpoint.iteration));
        }
        if let Err(cause) = self.prune(checkpoint.warm_up) {
            // The next one tries again.
            tracing::warn!("{}: an old checkpoint is still there: {cause}", self.folder.display());
        }
        Ok(Written { bytes: (header.len() + data.len() + hash.len()) as u64, busy })
    }

    fn prune(&self, warm_up: u64) -> io::Result<()> {
        let files = list(&self.folder)?;
        let first = first_after(warm_up, &files);
        for (iteration, path) in files.iter().skip(self.kept) {
            let is_best = self.best.is_some_and(|(_, best)| best == *iteration);
            if !is_best && first.is_none_or(|first| first != path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Makes a file in a folder, and that one too where somebody has removed it to make room.
fn create(folder: &Path, file: &Path) -> io::Result<File> {
    match File::create(file) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
            fs::create_dir(folder)?;
            File::create(file)
        }
        created => created,
    }
}

/// A checkpoint that could not be used.
#[derive(Debug)]
pub struct Skipped {
    /// Its file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub why: String,
}

/// What there is to continue from.
#[derive(Debug, Default)]
pub struct Found {
    /// The newest checkpoint that is whole.
    pub checkpoint: Option<Checkpoint>,
    /// The damaged ones that are newer, the newest first.
    pub skipped: Vec<Skipped>,
}

/// The newest whole checkpoint of a run.
///
/// # Errors
/// A folder or file that cannot be read; a checkpoint of a later program.
pub fn newest(run: &Path) -> Result<Found, FolderError> {
    let mut found = Found::default();
    for (iteration, path) in listed(run)? {
        let why = match read(&path) {
            Ok(Ok(checkpoint)) if checkpoint.iteration == iteration => {
                found.checkpoint = Some(checkpoint);
                break;
            }
            Ok(Ok(checkpoint)) => format!("it is of iteration {}: its file was renamed", checkpoint.iteration),
            Ok(Err(error @ CheckpointError::Newer { .. })) => {
                return Err(FolderError::System { path, cause: io::Error::other(error) });
            }
            Ok(Err(error)) => error.to_string(),
            Err(cause) => return Err(FolderError::System { path, cause }),
        };
        found.skipped.push(Skipped { path, why });
    }
    Ok(found)
}

/// The first checkpoint after the warm-up, whose weights have learned from all architectures alike; nothing where there was no
/// warm-up, or it still goes on.
///
/// # Errors
/// A folder or file that cannot be read; that checkpoint is damaged, or of a later program.
pub fn after_warm_up(run: &Path) -> Result<Option<Checkpoint>, FolderError> {
    let files = listed(run)?;
    let warm_up = files.iter().find_map(|(_, path)| peek(path)).map_or(0, |newest| newest.warm_up);
    let Some(path) = first_after(warm_up, &files) else { return Ok(None) };
    let failed = |cause| FolderError::System { path: path.clone(), cause };
    Ok(Some(read(path).map_err(failed)?.map_err(|error| failed(io::Error::other(error)))?))
}

/// Of files with the newest first, the first one after a warm-up.
fn first_after(warm_up: u64, files: &[(u64, PathBuf)]) -> Option<&PathBuf> {
    let after = files.iter().rev().find(|(iteration, _)| warm_up > 0 && *iteration >= warm_up);
    after.map(|(_, path)| path)
}

/// The greatest accuracy, and the latest iteration that has it.
fn best(folder: &Path) -> io::Result<Option<(f64, u64)>> {
    let known = list(folder)?.into_iter();
    let known = known.filter_map(|(iteration, path)| peek(&path)?.accuracy().map(|accuracy| (accuracy, iteration)));
    Ok(known.max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))))
}

/// The files of a run's checkpoints with their iterations, the newest first; none where it has no folder of them.
fn listed(run: &Path) -> Result<Vec<(u64, PathBuf)>, FolderError> {
    let folder = run.join(FOLDER);
    match list(&folder) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        files => files.map_err(|cause| FolderError::System { path: folder, cause }),
    }
}

/// The files of checkpoints with their iterations, the newest first.
fn list(folder: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let digits =
            path.file_stem().and_then(|stem| stem.to_str()).filter(|_| path.extension() == Some(EXTENSION.as_ref()));
        let plain = |digits: &&str| digits.bytes().all(|byte| byte.is_ascii_digit());
        // A device or a pipe of that name would be waited for.
        if let Some(Ok(iteration)) = digits.filter(plain).map(str::parse)
            && entry.file_type()?.is_file()
        {
            files.push((iteration, path));
        }
    }
    files.sort_by(|a, b| b.cmp(a));
    Ok(files)
}

fn read(path: &Path) -> io::Result<Result<Checkpoint, CheckpointError>> {
    let file = File::open(path)?;
    let bytes = match allocate(&file, LARGEST)? {
        Ok(mut bytes) => {
            file.take(LARGEST).read_to_end(&mut bytes)?;
            bytes
        }
        Err(error) => return Ok(Err(error)),
    };
    Ok(Checkpoint::from_bytes(&bytes))
}

/// Room for a whole file, where it is not above a size and the memory is there.
fn allocate(file: &File, largest: u64) -> io::Result<Result<Vec<u8>, CheckpointError>> {
    let size = file.metadata()?.len();
    if size > largest {
        return Ok(Err(CheckpointError::Damaged(format!("its {size} bytes are more than a checkpoint can have"))));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(size).map_err(io::Error::other)?).map_err(io::Error::other)?;
    Ok(Ok(bytes))
}

/// All of a checkpoint but the evaluator, without looking at the hash; nothing where it cannot be read.
fn peek(path: &Path) -> Option<Checkpoint> {
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let mut length = [0; LENGTH];
    file.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    if length > size.min(LARGEST_HEADER) {
        return None;
    }
    let mut header = Vec::new();
    file.take(length).read_to_end(&mut header).ok()?;
    let metadata: serde_json::Value = serde_json::from_slice(&header).ok()?;
    serde_json::from_str(metadata.get("__metadata__")?.get(KEY)?.as_str()?).ok()
}
