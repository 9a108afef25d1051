//! The IDX format of MNIST, plain or gzipped.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use super::error::shown;
use super::{DataError, Fault, Pictures, TrainTest};
use crate::config::DataSet;
use crate::space::network::PictureShape;

/// Elements that a file may claim at most: 1 GiB of pixels.
const LARGEST: usize = 1 << 30;
/// The type byte of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// Reads the digits inside the program.
pub(super) fn embedded_digits() -> Result<TrainTest, DataError> {
    let embedded = |name: &str, bytes: &[u8]| parse(&format!("embedded {name}"), bytes);
    join(
        [
            embedded("train images", include_bytes!("../../assets/digits/train-images.idx3-ubyte.gz")),
            embedded("train labels", include_bytes!("../../assets/digits/train-labels.idx1-ubyte.gz")),
        ],
        [
            embedded("test images", include_bytes!("../../assets/digits/test-images.idx3-ubyte.gz")),
            embedded("test labels", include_bytes!("../../assets/digits/test-labels.idx1-ubyte.gz")),
        ],
    )
}

/// Reads the four files of an MNIST-like set.
pub(super) fn folder(folder: &Path) -> Result<TrainTest, DataError> {
    let train = [find(folder, "train-images-idx3-ubyte")?, find(folder, "train-labels-idx1-ubyte")?];
    let test = [find(folder, "t10k-images-idx3-ubyte")?, find(folder, "t10k-labels-idx1-ubyte")?];
    join(train.map(read), test.map(read))
}

/// Where a file is, packed or not.
fn find(folder: &Path, name: &str) -> Result<PathBuf, DataError> {
    let mut candidates = [folder.join(name), folder.join(format!("{name}.gz"))].into_iter();
    candidates.find(|file| file.exists()).ok_or_else(|| DataError::Missing {
        folder: shown(folder),
        missing: format!("{name}, nor {name}.gz"),
        expected: DataSet::Mnist.files().unwrap_or_default(),
    })
}

fn read(file: PathBuf) -> Result<Array, Fault> {
    let system = |cause| Fault::system(&file, &cause);
    let size = fs::metadata(&file).map_err(system)?.len();
    if size > 2 * LARGEST as u64 {
        return Err(Fault::new(shown(&file), format!("has {size} bytes, more than {}", 2 * LARGEST)));
    }
    parse(&shown(&file), &fs::read(&file).map_err(system)?)
}

/// Makes a set of pictures and labels, or says what is wrong with each file.
fn join(train: [Result<Array, Fault>; 2], test: [Result<Array, Fault>; 2]) -> Result<TrainTest, DataError> {
    let good = |files: [Result<Array, Fault>; 2]| match files {
        [Ok(images), Ok(labels)] => Ok([images, labels]),
        files => Err(files.into_iter().filter_map(Result::err).collect::<Vec<Fault>>()),
    };
    let set = |files: [Result<Array, Fault>; 2], classes| {
        good(files).and_then(|[images, labels]| pictures(images, labels, classes).map_err(|fault| vec![fault]))
    };
    let train = set(train, None);
    let classes = train.as_ref().ok().map(|train| train.classes);
    match (train, set(test, classes)) {
        (Ok(train), Ok(test)) if train.shape == test.shape => Ok(TrainTest { train: train.into(), test: test.into() }),
        (Ok(train), Ok(test)) => {
            let [train, test] = [train, test].map(|set| format!("{}x{}", set.shape.height, set.shape.width));
            let problem = format!("training pictures are of {train} pixels, test pictures of {test}");
            Err(DataError::Files { read: 4, faults: vec![Fault::new("t10k-images", problem)] })
        }
        (train, test) => {
            let faults = [train.err(), test.err()].into_iter().flatten().flatten().collect();
            Err(DataError::Files { read: 4, faults })
        }
    }
}

/// An array of bytes with its dimensions.
#[derive(Debug, PartialEq, Eq)]
struct Array {
    file: String,
    dimensions: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    fn malformed(&self, problem: String) -> Fault {
        Fault::new(self.file.as_str(), problem)
    }
}

fn parse(file: &str, bytes: &[u8]) -> Result<Array, Fault> {
    let malformed = |problem: String| Fault::new(file, problem);
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let limit = LARGEST as u64 + 1024;
        // One that reads on behind the first member, so that nothing behind it goes unnoticed.
        MultiGzDecoder::new(bytes)
            .take(limit)
            .read_to_end(&mut unpacked)
            .map_err(|cause| malformed(format!("damaged gzip data: {cause}")))?;
        &unpacked
    } else {
        bytes
    };
    let [0, 0, kind, rank, rest @ ..] = bytes else {
        return Err(malformed("not in IDX format: it does not begin with two zero bytes".into()));
    };
    if *kind != UNSIGNED_BYTE {
        return Err(malformed(format!("holds elements of type {kind:#04x}; only unsigned bytes (0x08) are read")));
    }
    let header = usize::from(*rank) * 4;
    if rest.len() < header {
        return Err(malformed(format!("ends within its header of {rank} dimensions")));
    }
    let (sizes, rest) = rest.split_at(header);
    let dimensions: Vec<usize> =
        sizes.chunks_exact(4).map(|size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize).collect();
    let elements = dimensions.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
    match elements {
        Some(elements) if elements <= LARGEST && elements == rest.len() => {
            Ok(Array { file: file.into(), dimensions, bytes: rest.into() })
        }
        Some(elements) if elements <= LARGEST => {
            Err(malformed(format!("claims {elements} bytes {dimensions:?} and holds {}", rest.len())))
        }
        _ => Err(malformed(format!("claims dimensions {dimensions:?}, more than {LARGEST} bytes"))),
    }
}

/// Joins pictures with labels; with `classes` given, labels must be below, else the highest label decides.
fn pictures(images: Array, labels: Array, classes: Option<usize>) -> Result<Pictures, Fault> {
    let [count, height, width] = images.dimensions[..] else {
        return Err(images.malformed(format!("has dimensions {:?}; pictures have three", images.dimensions)));
    };
    if count == 0 || height == 0 || width == 0 {
        return Err(images.malformed(format!("holds no pixel: {count} pictures of {height}x{width}")));
    }
    if labels.dimensions != [count] {
        return Err(labels.malformed(format!("has dimensions {:?} beside {count} pictures", labels.dimensions)));
    }
    let highest = labels.bytes.iter().copied().max().map_or(0, usize::from);
    let classes = classes.unwrap_or(highest + 1);
    let mut wrong = labels.bytes.iter().enumerate().filter(|(_, label)| usize::from(**label) >= classes);
    if let Some((place, label)) = wrong.next() {
        let problem = format!(
            "{} of {count} labels are not below {classes}, as all are in the training set: the first is {label}, of \
             picture {}",
            1 + wrong.count(),
            place + 1
        );
        return Err(labels.malformed(problem));
    }
    let shape = PictureShape { channels: 1, height, width };
    Ok(Pictures { shape, classes, names: Vec::new(), pixels: images.bytes, labels: labels.bytes })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn idx(dimensions: &[u32], bytes: &[u8]) -> Vec<u8> {
        let mut file = vec![0, 0, UNSIGNED_BYTE, dimensions.len() as u8];
        for size in dimensions {
            file.extend(size.to_be_bytes());
        }
        file.extend(bytes);
        file
    }

    fn problem(images: &[u8], labels: &[u8]) -> String {
        let joined = parse("images", images).and_then(|images| pictures(images, parse("labels", labels)?, None));
        joined.unwrap_err().to_string()
    }

    #[test]
    fn plain_and_gzipped_files_read_alike() {
        let plain = idx(&[2, 1, 2], &[1, 2, 3, 4]);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&plain).unwrap();
        let gzipped = encoder.finish().unwrap();
        assert_eq!(parse("a", &plain).unwrap(), parse("a", &gzipped).unwrap());
        for damaged in [&gzipped[..gzipped.len() - 9], &[&gzipped[..], b"and more"].concat()] {
            let message = parse("a", damaged).unwrap_err().to_string();
            assert!(message.starts_with("a: damaged gzip data: "), "{message}");
        }
    }

    #[test]
    fn each_fault_of_a_file_is_named() {
        let images = idx(&[2, 1, 2], &[1, 2, 3, 4]);
        let labels = idx(&[2], &[0, 1]);
        assert_eq!(problem(&images[..9], &labels), "images: ends within its header of 3 dimensions");
        assert_eq!(problem(&images[..18], &labels), "images: claims 4 bytes [2, 1, 2] and holds 2");
        assert_eq!(problem(b"\x89PNG", &labels), "images: not in IDX format: it does not begin with two zero bytes");
        assert_eq!(problem(&images, &idx(&[3], &[0, 1, 1])), "labels: has dimensions [3] beside 2 pictures");
        assert_eq!(problem(&labels, &labels), "images: has dimensions [2]; pictures have three");
        assert_eq!(problem(&idx(&[0, 1, 2], &[]), &labels), "images: holds no pixel: 0 pictures of 1x2");
        let claim = problem(&idx(&[u32::MAX, u32::MAX, u32::MAX], &[]), &labels);
        assert!(claim.ends_with("more than 1073741824 bytes"), "{claim}");
        let mut floats = images.clone();
        floats[2] = 0x0d;
        assert!(problem(&floats, &labels).contains("type 0x0d"));
    }

    #[test]
    fn a_folder_without_the_files_says_which_are_expected() {
        let empty = tempfile::tempdir().unwrap();
        let message = folder(empty.path()).unwrap_err().to_string();
        assert!(message.contains("has no train-images-idx3-ubyte, nor train-images-idx3-ubyte.gz"), "{message}");
        assert!(message.contains("t10k-labels-idx1-ubyte") && message.contains("https://"), "{message}");
    }

    /// A folder with the four files, of two pictures each.
    fn set(train: [&[u8]; 2], test: [&[u8]; 2]) -> tempfile::TempDir {
        let made = tempfile::tempdir().unwrap();
        for (name, [images, labels]) in [("train", train), ("t10k", test)] {
            fs::write(made.path().join(format!("{name}-images-idx3-ubyte")), images).unwrap();
            fs::write(made.path().join(format!("{name}-labels-idx1-ubyte")), labels).unwrap();
        }
        made
    }

    #[test]
    fn every_file_of_a_set_that_is_wrong_is_named_with_the_count() {
        let (images, labels) = (idx(&[2, 1, 2], &[1, 2, 3, 4]), idx(&[2], &[0, 1]));
        let good = set([&images, &labels], [&images, &labels]);
        assert_eq!(folder(good.path()).unwrap().train.len(), 2);
        let bad = set([&images[..9], &labels], [&images, &labels[..8]]);
        let message = folder(bad.path()).unwrap_err().to_string();
        assert!(message.starts_with("2 of 4 files cannot be used: "), "{message}");
        assert!(message.contains("train-images-idx3-ubyte: ends within its header"), "{message}");
        assert!(message.contains("t10k-labels-idx1-ubyte: claims 2 bytes [2] and holds 0"), "{message}");
        let wide = idx(&[2, 2, 1], &[1, 2, 3, 4]);
        let message = folder(set([&images, &labels], [&wide, &labels]).path()).unwrap_err().to_string();
        assert!(message.contains("training pictures are of 1x2 pixels, test pictures of 2x1"), "{message}");
    }

    #[test]
    fn files_that_are_too_large_or_not_files_are_named() {
        let (images, labels) = (idx(&[2, 1, 2], &[1, 2, 3, 4]), idx(&[2], &[0, 1]));
        let made = set([&images, &labels], [&images, &labels]);
        let large = fs::File::options().write(true).open(made.path().join("train-images-idx3-ubyte")).unwrap();
        large.set_len(2 * LARGEST as u64 + 1).unwrap();
        fs::remove_file(made.path().join("t10k-labels-idx1-ubyte")).unwrap();
        fs::create_dir(made.path().join("t10k-labels-idx1-ubyte")).unwrap();
        let message = folder(made.path()).unwrap_err().to_string();
        assert!(message.starts_with("2 of 4 files cannot be used: "), "{message}");
        assert!(message.contains("train-images-idx3-ubyte: has 2147483649 bytes, more than 2147483648"), "{message}");
        assert!(message.contains("t10k-labels-idx1-ubyte: Is a directory"), "{message}");
    }

    #[test]
    fn test_labels_beyond_the_training_classes_are_refused() {
        let images = || parse("images", &idx(&[1, 1, 1], &[9])).unwrap();
        let labels = parse("labels", &idx(&[1], &[7])).unwrap();
        let message = pictures(images(), labels, Some(5)).unwrap_err().to_string();
        let said =
            "labels: 1 of 1 labels are not below 5, as all are in the training set: the first is 7, of picture 1";
        assert_eq!(message, said);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse("noise", &bytes);
            let _ = parse("noise", &[&[0, 0, 8][..], &bytes].concat());
        }
    }
}
