//! The IDX format of MNIST, plain or gzipped.

use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;

use super::{DataError, Pictures, TrainTest};
use crate::space::network::PictureShape;

/// Elements that a file may claim at most: 1 GiB of pixels.
const LARGEST: usize = 1 << 30;
/// The type byte of unsigned bytes.
const UNSIGNED_BYTE: u8 = 0x08;

/// Reads the digits inside the program.
pub(super) fn embedded_digits() -> Result<TrainTest, DataError> {
    let embedded = |name: &str, bytes: &[u8]| parse(&format!("embedded {name}"), bytes);
    Ok(TrainTest {
        train: pictures(
            embedded("train images", include_bytes!("../../assets/digits/train-images.idx3-ubyte.gz"))?,
            embedded("train labels", include_bytes!("../../assets/digits/train-labels.idx1-ubyte.gz"))?,
            None,
        )?,
        test: pictures(
            embedded("test images", include_bytes!("../../assets/digits/test-images.idx3-ubyte.gz"))?,
            embedded("test labels", include_bytes!("../../assets/digits/test-labels.idx1-ubyte.gz"))?,
            None,
        )?,
    })
}

/// Reads the four files of an MNIST-like set.
pub(super) fn folder(folder: &Path) -> Result<TrainTest, DataError> {
    let train = pictures(find(folder, "train-images-idx3-ubyte")?, find(folder, "train-labels-idx1-ubyte")?, None)?;
    let classes = Some(train.classes);
    let test = pictures(find(folder, "t10k-images-idx3-ubyte")?, find(folder, "t10k-labels-idx1-ubyte")?, classes)?;
    Ok(TrainTest { train, test })
}

fn find(folder: &Path, name: &'static str) -> Result<Array, DataError> {
    for candidate in [folder.join(name), folder.join(format!("{name}.gz"))] {
        let file = candidate.display().to_string();
        match fs::read(&candidate) {
            Ok(bytes) => return parse(&file, &bytes),
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
            Err(cause) => return Err(DataError::Unreadable { file, cause }),
        }
    }
    Err(DataError::Missing { folder: folder.into(), name })
}

/// An array of bytes with its dimensions.
#[derive(Debug, PartialEq, Eq)]
struct Array {
    file: String,
    dimensions: Vec<usize>,
    bytes: Vec<u8>,
}

impl Array {
    fn malformed(&self, problem: String) -> DataError {
        DataError::Malformed { file: self.file.clone(), problem }
    }
}

fn parse(file: &str, bytes: &[u8]) -> Result<Array, DataError> {
    let malformed = |problem: String| DataError::Malformed { file: file.into(), problem };
    let mut unpacked = Vec::new();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        let limit = LARGEST as u64 + 1024;
        GzDecoder::new(bytes)
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
fn pictures(images: Array, labels: Array, classes: Option<usize>) -> Result<Pictures, DataError> {
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
    if highest >= classes {
        return Err(labels.malformed(format!("has the label {highest}; the training set has labels below {classes}")));
    }
    let shape = PictureShape { channels: 1, height, width };
    Ok(Pictures { shape, classes, pixels: images.bytes, labels: labels.bytes })
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
        assert!(parse("a", &gzipped[..gzipped.len() - 9]).unwrap_err().to_string().contains("damaged gzip"));
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
        assert!(message.contains("train-images-idx3-ubyte") && message.contains(".gz"), "{message}");
    }

    #[test]
    fn test_labels_beyond_the_training_classes_are_refused() {
        let images = || parse("images", &idx(&[1, 1, 1], &[9])).unwrap();
        let labels = parse("labels", &idx(&[1], &[7])).unwrap();
        let message = pictures(images(), labels, Some(5)).unwrap_err().to_string();
        assert_eq!(message, "labels: has the label 7; the training set has labels below 5");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse("noise", &bytes);
            let _ = parse("noise", &[&[0, 0, 8][..], &bytes].concat());
        }
    }
}
