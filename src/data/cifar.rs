//! CIFAR-10 and CIFAR-100 in their binary versions: records of one or two label bytes and 32x32 pixels, the red ones
//! first, then the green, then the blue.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::shown;
use super::{DataError, Fault, Pictures, TrainTest};
use crate::config::DataSet;
use crate::space::network::PictureShape;

const SHAPE: PictureShape = PictureShape { channels: 3, height: 32, width: 32 };
/// Bytes of the pixels of a record.
const PIXELS: usize = 3 * 32 * 32;
/// Bytes of a file at most: larger ones are no part of these sets.
const LARGEST: u64 = 1 << 30;
/// Bytes of a list of names at most.
const LARGEST_NAMES: u64 = 1 << 16;

/// What tells the two sets apart.
#[derive(Clone, Copy, Debug)]
struct Layout {
    set: DataSet,
    classes: usize,
    /// Bytes before the pixels; the last of them is the label, and another before it that of a coarser class.
    labels: usize,
    /// The file with the names of the classes.
    names: &'static str,
}

const CIFAR_10: Layout = Layout { set: DataSet::Cifar10, classes: 10, labels: 1, names: "batches.meta.txt" };
const CIFAR_100: Layout = Layout { set: DataSet::Cifar100, classes: 100, labels: 2, names: "fine_label_names.txt" };

/// Reads CIFAR-10.
pub(super) fn cifar10(folder: &Path) -> Result<TrainTest, DataError> {
    CIFAR_10.read(folder)
}

/// Reads CIFAR-100.
pub(super) fn cifar100(folder: &Path) -> Result<TrainTest, DataError> {
    CIFAR_100.read(folder)
}

impl Layout {
    fn read(self, folder: &Path) -> Result<TrainTest, DataError> {
        let found = self.find(folder)?;
        let names = folder.join(self.names);
        let names = if names.exists() { self.class_names(&names) } else { Ok(Vec::new()) };
        let mut faults = Vec::new();
        let mut read = |files: &[PathBuf]| {
            let mut pictures =
                Pictures { shape: SHAPE, classes: self.classes, names: Vec::new(), pixels: vec![], labels: vec![] };
            faults.extend(files.iter().filter_map(|file| self.records(file, &mut pictures).err()));
            pictures
        };
        let (mut train, mut test) = (read(&found.train), read(&found.test));
        match names {
            Ok(names) => {
                test.names.clone_from(&names);
                train.names = names;
            }
            Err(fault) => faults.push(fault),
        }
        if !faults.is_empty() {
            let read = found.train.len() + found.test.len() + usize::from(folder.join(self.names).exists());
            return Err(DataError::Files { read, faults });
        }
        Ok(TrainTest { train: train.into(), test: test.into() })
    }

    /// The files of the set: all of the official ones, or those that are named alike.
    fn find(self, folder: &Path) -> Result<Found, DataError> {
        let missing = |missing: &str| DataError::Missing {
            folder: shown(folder),
            missing: missing.into(),
            expected: self.set.files().unwrap_or_default(),
        };
        let system = |cause| DataError::Files { read: 1, faults: vec![Fault::system(folder, &cause)] };
        let mut names: Vec<String> = Vec::new();
        for entry in fs::read_dir(folder).map_err(system)? {
            names.extend(entry.map_err(system)?.file_name().into_string());
        }
        names.sort_unstable();
        let named = |start: &str| -> Vec<PathBuf> {
            let alike = names.iter().filter(|name| name.starts_with(start) && name.ends_with(".bin"));
            alike.map(|name| folder.join(name)).collect()
        };
        let official = (1..=5).map(|number| format!("data_batch_{number}.bin"));
        let official: Vec<String> = if matches!(self.set, DataSet::Cifar10) { official.collect() } else { Vec::new() };
        let train = if official.iter().any(|name| names.contains(name)) {
            if let Some(name) = official.iter().find(|name| !names.contains(name)) {
                return Err(missing(name));
            }
            official.iter().map(|name| folder.join(name)).collect()
        } else {
            named("train")
        };
        if train.is_empty() {
            return Err(missing(official.first().map_or("train.bin", String::as_str)));
        }
        let test = named("test");
        if test.is_empty() {
            return Err(missing(if official.is_empty() { "test.bin" } else { "test_batch.bin" }));
        }
        Ok(Found { train, test })
    }

    /// Adds the records of a file, or none of them.
    fn records(self, file: &Path, pictures: &mut Pictures) -> Result<(), Fault> {
        let bytes = read_whole(file, LARGEST)?;
        let fault = |problem: String| Fault::new(shown(file), problem);
        let record = self.labels + PIXELS;
        let count = bytes.len() / record;
        match bytes.len() % record {
            _ if bytes.is_empty() => return Err(fault("is empty".into())),
            0 => {}
            rest => {
                return Err(fault(format!(
                    "ends {rest} bytes behind the last of {count} records of {record} bytes: it is truncated, or not of \
                     {}",
                    self.set.name()
                )));
            }
        }
        let labels = || bytes.chunks_exact(record).map(|record| record[self.labels - 1]);
        let mut wrong = labels().enumerate().filter(|(_, label)| usize::from(*label) >= self.classes);
        if let Some((place, label)) = wrong.next() {
            return Err(fault(format!(
                "{} of {count} labels are not below {}: the first is {label}, of record {}",
                1 + wrong.count(),
                self.classes,
                place + 1
            )));
        }
        pictures.labels.extend(labels());
        pictures.pixels.reserve(count * PIXELS);
        bytes.chunks_exact(record).for_each(|record| pictures.pixels.extend_from_slice(&record[self.labels..]));
        Ok(())
    }

    fn class_names(self, file: &Path) -> Result<Vec<String>, Fault> {
        let text = read_whole(file, LARGEST_NAMES)?;
        let text = String::from_utf8_lossy(&text);
        let lines = text.lines().map(str::trim).filter(|name| !name.is_empty());
        let names: Vec<String> = lines.map(crate::clean::clean).collect();
        match names.len() {
            count if count == self.classes => Ok(names),
            count => Err(Fault::new(shown(file), format!("names {count} classes, and there are {}", self.classes))),
        }
    }
}

/// The files of a set, in their order.
struct Found {
    train: Vec<PathBuf>,
    test: Vec<PathBuf>,
}

fn read_whole(file: &Path, largest: u64) -> Result<Vec<u8>, Fault> {
    let system = |cause| Fault::system(file, &cause);
    let size = fs::metadata(file).map_err(system)?.len();
    if size > largest {
        return Err(Fault::new(shown(file), format!("has {size} bytes, more than {largest}")));
    }
    fs::read(file).map_err(system)
}

#[cfg(test)]
mod tests;
