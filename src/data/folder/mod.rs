//! Pictures in a folder a class, as ImageNet is kept: `train/<class>/*.jpeg` and `test/<class>/*.jpeg`, or `val` in place
//! of `test`.
//!
//! Every file is looked at before a search begins: whether it is a JPEG or PNG, of a size that can be decoded, and whole.
//! Pixels are decoded when they are asked for. Files whose names begin with a dot are no part of a set; any other that
//! is no picture is an error.

mod cache;
mod decode;
mod header;

use std::fs::{self, File};
use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use blake3::Hasher;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use self::cache::Cache;
use super::error::shown;
use super::{DataError, Dataset, Fault, Part, Picture, Pixels, TrainTest};
use crate::clean::clean;
use crate::config::{DataSet, DataSettings};
use crate::search::{Purpose, stream};
use crate::space::network::PictureShape;

/// Bytes of a file at most.
const LARGEST: u64 = 1 << 28;
/// What names of pictures end in.
const ENDINGS: [&str; 3] = ["jpeg", "jpg", "png"];
/// Where the pictures for the final report are, the first that is there.
const TESTS: [&str; 2] = ["test", "val"];

/// A picture on disk.
#[derive(Clone, Debug)]
struct Entry {
    path: PathBuf,
    label: usize,
    bytes: u64,
}

/// The pictures of one half of a set.
#[derive(Debug)]
struct Folder {
    /// The folder of the whole set: names are told apart from there on.
    root: PathBuf,
    entries: Vec<Entry>,
    names: Arc<[String]>,
    side: usize,
    cache: Arc<Cache>,
    /// The number of the first picture in the cache, which both halves share.
    first: usize,
}

/// Lists and looks at every file of a set.
pub(super) fn open(root: &Path, settings: &DataSettings) -> Result<TrainTest, DataError> {
    let missing = |missing: &str| DataError::Missing {
        folder: shown(root),
        missing: missing.into(),
        expected: DataSet::Folder.files().unwrap_or_default(),
    };
    if !root.join("train").is_dir() {
        return Err(missing("folder train"));
    }
    let test = TESTS.into_iter().map(|name| root.join(name)).find(|folder| folder.is_dir());
    let test = test.ok_or_else(|| missing("folder test, nor val"))?;

    let mut faults = Vec::new();
    let known = classes(&root.join("train"), &mut faults)?;
    if known.len() < 2 {
        return Err(missing("two or more folders of classes in train"));
    }
    let mut tested = classes(&test, &mut faults)?;
    let unknown = tested.iter().filter(|class| !known.iter().any(|other| other.name == class.name));
    faults.extend(unknown.map(|class| Fault::new(shown(&class.path), "is the folder of a class that is not in train")));
    if let Some(asked) = settings.classes.filter(|&asked| asked > known.len()) {
        return Err(DataError::Classes { asked, known: known.len(), folder: shown(&root.join("train")) });
    }
    let chosen = spread(known, settings.classes);
    let label = |class: &Class| chosen.iter().position(|known| known.name == class.name);
    tested.retain(|class| label(class).is_some());
    let mut labelled = |classes: &[Class], most| -> Vec<(PathBuf, usize)> {
        let files = |class| label(class).map(|label| (spread(pictures(class, &mut faults), most), label));
        let files = classes.iter().filter_map(files);
        files.flat_map(|(files, label)| files.into_iter().map(move |file| (file, label))).collect()
    };
    let train = labelled(&chosen, settings.class_pictures);
    let tested = labelled(&tested, None);
    let names: Vec<String> = chosen.into_iter().map(|class| class.name).collect();
    let read = train.len() + tested.len();
    let [train, tested] = [train, tested].map(|files| -> Vec<Result<Entry, Fault>> {
        files.into_par_iter().map(|(path, label)| look(path, label)).collect()
    });
    let mut keep = |looked: Vec<Result<Entry, Fault>>, half: u64| {
        let mut entries = Vec::with_capacity(looked.len());
        for one in looked {
            match one {
                Ok(entry) => entries.push(entry),
                Err(fault) => faults.push(fault),
            }
        }
        // A part of a set, and a batch that is scored, are to hold all classes.
        entries.shuffle(&mut stream(0, Purpose::FolderOrder, half));
        entries
    };
    let (train, tested) = (keep(train, 0), keep(tested, 1));
    if !faults.is_empty() {
        faults.sort_by(|a, b| a.file.cmp(&b.file));
        return Err(DataError::Files { read: read.max(faults.len()), faults });
    }
    let (names, cache): (Arc<[String]>, _) = (names.into(), Arc::new(Cache::new(settings.cache_mb)));
    let half = |entries: Vec<Entry>, first| {
        let (root, names, cache) = (root.to_path_buf(), Arc::clone(&names), Arc::clone(&cache));
        Part::whole(Arc::new(Folder { root, entries, names, side: settings.size, cache, first }))
    };
    let first = train.len();
    Ok(TrainTest { train: half(train, 0), test: half(tested, first) })
}

/// The folder of a class.
struct Class {
    name: String,
    path: PathBuf,
}

/// The classes in a folder in the order of their names; what does not belong there is a fault.
fn classes(folder: &Path, faults: &mut Vec<Fault>) -> Result<Vec<Class>, DataError> {
    let all = entries(folder).map_err(|fault| DataError::Files { read: 1, faults: vec![fault] })?;
    let (folders, others): (Vec<PathBuf>, Vec<PathBuf>) = all.into_iter().partition(|path| path.is_dir());
    faults.extend(others.iter().map(|path| Fault::new(shown(path), "is not in the folder of a class")));
    let class = |path: PathBuf| {
        let name = clean(&path.file_name().unwrap_or_default().to_string_lossy());
        Class { name, path }
    };
    Ok(folders.into_iter().map(class).collect())
}

/// The files of a class in the order of their names; what does not belong there is a fault.
fn pictures(class: &Class, faults: &mut Vec<Fault>) -> Vec<PathBuf> {
    let files = match entries(&class.path) {
        Ok(files) => files,
        Err(fault) => {
            faults.push(fault);
            return Vec::new();
        }
    };
    if files.is_empty() {
        faults.push(Fault::new(shown(&class.path), "is the folder of a class without a picture"));
    }
    let (pictures, others): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| is_picture(file));
    faults.extend(others.iter().map(|file| {
        let problem = if file.is_dir() {
            "is a folder in the folder of a class"
        } else {
            "is no picture by its name, which should end in .jpeg, .jpg or .png"
        };
        Fault::new(shown(file), problem)
    }));
    pictures
}

/// So many of a list, at equal distances and in their order; all where there are no more, or no number is given.
fn spread<T>(all: Vec<T>, count: Option<usize>) -> Vec<T> {
    let length = all.len();
    let count = count.map_or(length, |count| count.min(length));
    let before = |place: usize| (place * count).div_ceil(length);
    let places = all.into_iter().enumerate();
    places.filter(|(place, _)| before(*place) < before(place + 1)).map(|(_, one)| one).collect()
}

/// What is in a folder, by name, without what is hidden.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let list = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>();
    let mut all = list().map_err(|cause| Fault::system(folder, &cause))?;
    all.retain(|path| path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.')));
    all.sort_unstable();
    Ok(all)
}

fn is_picture(file: &Path) -> bool {
    let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    ENDINGS.contains(&ending.as_str()) && !file.is_dir()
}

/// Looks at a file without decoding it.
fn look(path: PathBuf, label: usize) -> Result<Entry, Fault> {
    let system = |cause| Fault::system(&path, &cause);
    let file = File::open(&path).map_err(system)?;
    let bytes = file.metadata().map_err(system)?.len();
    if bytes > LARGEST {
        return Err(Fault::new(shown(&path), format!("has {bytes} bytes, more than {LARGEST}")));
    }
    header::examine(BufReader::new(file)).map_err(|problem| Fault::new(shown(&path), problem))?;
    Ok(Entry { path, label, bytes })
}

impl Dataset for Folder {
    fn shape(&self) -> PictureShape {
        PictureShape { channels: 3, height: self.side, width: self.side }
    }

    fn classes(&self) -> usize {
        self.names.len()
    }

    fn class_names(&self) -> &[String] {
        &self.names
    }

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn label(&self, index: usize) -> usize {
        self.entries[index].label
    }

    fn picture(&self, index: usize) -> Result<Picture<'_>, DataError> {
        let number = self.first + index;
        let decoded = match self.cache.get(number) {
            Some(decoded) => decoded,
            None => {
                let path = &self.entries[index].path;
                let fault = |problem: String| DataError::Picture(Fault::new(shown(path), problem));
                let bytes = fs::read(path).map_err(|cause| fault(cause.to_string()))?;
                let decoded = decode::decode(&bytes, self.side).map_err(fault)?;
                self.cache.offer(number, &decoded);
                decoded
            }
        };
        let cache::Decoded { height, width, pixels } = decoded;
        Ok(Picture { height, width, pixels: Pixels::Shared(pixels) })
    }

    fn is_slow(&self) -> bool {
        true
    }

    /// By the names and sizes of the files: their pixels may be too many to read.
    fn identify(&self, indices: Range<usize>, hasher: &mut Hasher) {
        for entry in &self.entries[indices] {
            let name = entry.path.strip_prefix(&self.root).unwrap_or(&entry.path);
            hasher.update(name.as_os_str().as_encoded_bytes()).update(&[0]).update(&entry.bytes.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests;
