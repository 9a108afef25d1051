//! What a picture's file says of itself, found without decoding it: its size, and whether its end is there.
//!
//! Decoders make up what is missing of a truncated JPEG, so that its end is looked for here.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// Pixels that a picture may have at most: three bytes each are in memory while it is decoded.
const MOST_PIXELS: u64 = 1 << 26;
/// Bytes at the end of a file in which its end marker usually is.
const TAIL: u64 = 1 << 10;

const PNG: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Rows and columns of a whole JPEG or PNG, or what is wrong with it.
pub(super) fn examine(mut file: impl Read + Seek) -> Result<(u32, u32), String> {
    let mut begin = Vec::new();
    file.by_ref().take(PNG.len() as u64).read_to_end(&mut begin).map_err(said)?;
    let (height, width) = match *begin {
        [] => return Err("is empty".into()),
        [0xff, 0xd8, ..] => jpeg(&mut file)?,
        _ if begin == PNG => png(&mut file)?,
        _ => return Err("is neither a JPEG nor a PNG".into()),
    };
    match u64::from(height) * u64::from(width) {
        0 => Err(format!("is a picture of {width}x{height} pixels")),
        pixels if pixels > MOST_PIXELS => {
            Err(format!("is a picture of {width}x{height} pixels, more than {MOST_PIXELS} in all"))
        }
        _ => Ok((height, width)),
    }
}

fn said(error: io::Error) -> String {
    match error.kind() {
        ErrorKind::UnexpectedEof => "ends within its header: it is truncated".into(),
        _ => error.to_string(),
    }
}

fn bytes<const N: usize>(file: &mut impl Read) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes).map_err(said)?;
    Ok(bytes)
}

fn png(file: &mut (impl Read + Seek)) -> Result<(u32, u32), String> {
    let [.., a, b, c, d, e, f, g, h] = bytes::<16>(file)?;
    ends(file, b"IEND")?;
    Ok((u32::from_be_bytes([e, f, g, h]), u32::from_be_bytes([a, b, c, d])))
}

/// Goes from segment to segment until the pixels begin.
fn jpeg(file: &mut (impl Read + Seek)) -> Result<(u32, u32), String> {
    file.seek(SeekFrom::Start(2)).map_err(said)?;
    let mut size = None;
    loop {
        let [mark, mut kind] = bytes(file)?;
        if mark != 0xff {
            return Err("is a damaged JPEG: a segment does not begin where it should".into());
        }
        while kind == 0xff {
            [kind] = bytes(file)?;
        }
        match kind {
            0x01 | 0xd0..=0xd7 => continue,
            0xd9 => return Err("is a JPEG without a picture".into()),
            _ => {}
        }
        let length = u16::from_be_bytes(bytes(file)?);
        let mut rest = i64::from(length) - 2;
        if rest < 0 {
            return Err("is a damaged JPEG: a segment is shorter than its length".into());
        }
        let is_frame = matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc);
        if is_frame && rest >= 5 {
            let [_, a, b, c, d] = bytes(file)?;
            size = Some((u16::from_be_bytes([a, b]).into(), u16::from_be_bytes([c, d]).into()));
            rest -= 5;
        }
        file.seek(SeekFrom::Current(rest)).map_err(said)?;
        if kind == 0xda {
            break;
        }
    }
    ends(file, &[0xff, 0xd9])?;
    size.ok_or_else(|| "is a JPEG that does not say its size".into())
}

/// Looks for the end marker behind the present place: near the end of the file, then everywhere, since some programs
/// write more behind a picture.
fn ends(file: &mut (impl Read + Seek), marker: &[u8]) -> Result<(), String> {
    let here = file.stream_position().map_err(said)?;
    let end = file.seek(SeekFrom::End(0)).map_err(said)?;
    for from in [here.max(end.saturating_sub(TAIL)), here] {
        let mut rest = Vec::new();
        file.seek(SeekFrom::Start(from)).map_err(said)?;
        file.read_to_end(&mut rest).map_err(said)?;
        if rest.windows(marker.len()).any(|bytes| bytes == marker) {
            return Ok(());
        }
    }
    Err("ends before its picture does: it is truncated".into())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, RgbImage};
    use proptest::prelude::*;

    use super::*;

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let picture = RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 99]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn look(bytes: &[u8]) -> Result<(u32, u32), String> {
        examine(Cursor::new(bytes))
    }

    #[test]
    fn whole_pictures_say_their_size_also_with_something_behind_them() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let whole = encoded(format);
            assert_eq!(look(&whole), Ok((30, 40)));
            assert_eq!(look(&[&whole[..], &[7; 5000]].concat()), Ok((30, 40)));
        }
    }

    #[test]
    fn wherever_a_picture_is_cut_off_it_is_noticed() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let whole = encoded(format);
            let end = if format == ImageFormat::Png { whole.len() - 8 } else { whole.len() };
            for length in 0..end {
                assert!(look(&whole[..length]).is_err(), "{format:?} of {length} bytes");
            }
        }
        assert_eq!(look(&[]), Err("is empty".into()));
        assert_eq!(look(b"some text"), Err("is neither a JPEG nor a PNG".into()));
        let jpeg = encoded(ImageFormat::Jpeg);
        assert_eq!(look(&jpeg[..jpeg.len() / 2]).unwrap_err(), "ends within its header: it is truncated");
        assert_eq!(look(&jpeg[..jpeg.len() - 9]).unwrap_err(), "ends before its picture does: it is truncated");
    }

    #[test]
    fn a_picture_that_claims_too_many_pixels_is_refused() {
        let mut png = encoded(ImageFormat::Png);
        png[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
        assert_eq!(look(&png).unwrap_err(), "is a picture of 32768x32768 pixels, more than 67108864 in all");
        png[16..24].copy_from_slice(&[0, 0, 0, 9, 0, 0, 0, 0]);
        assert_eq!(look(&png).unwrap_err(), "is a picture of 9x0 pixels");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = look(&bytes);
            let _ = look(&[&[0xff, 0xd8, 0xff][..], &bytes].concat());
            let _ = look(&[&PNG[..], &bytes].concat());
        }
    }
}
