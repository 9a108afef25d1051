//! From the bytes of a file to a picture that is not much larger than those of a batch.

use std::io::Cursor;

use image::{DynamicImage, ImageReader, RgbImage, imageops};

use super::cache::Decoded;
use super::header;

/// The shorter side of a decoded picture, as a share of the side of those of a batch: what remains for parts of different
/// size and place.
const MARGIN: f64 = 1.15;
/// The longer side at most, as a multiple of the shorter.
const MOST_RATIO: u32 = 8;

/// Decodes a JPEG or PNG, and makes its shorter side a little longer than `side`.
pub(super) fn decode(bytes: &[u8], side: usize) -> Result<Decoded, String> {
    header::examine(Cursor::new(bytes))?;
    let read = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let picture = read.decode().map_err(|error| format!("cannot be decoded: {error}"))?;
    let whole = match picture {
        DynamicImage::ImageRgb8(whole) => whole,
        other => other.to_rgb8(),
    };
    let whole = middle(whole);
    let (width, height) = size(whole.width(), whole.height(), side);
    let small = if (width, height) == whole.dimensions() {
        whole
    } else {
        imageops::resize(&whole, width, height, imageops::FilterType::Triangle)
    };
    Ok(Decoded { height: height as usize, width: width as usize, pixels: planes(&small).into() })
}

/// Width and height with the shorter of them as long as it should be.
fn size(width: u32, height: u32, side: usize) -> (u32, u32) {
    let short = (side as f64 * MARGIN).ceil();
    let scale = short / f64::from(width.min(height));
    let scaled = |length: u32| (f64::from(length) * scale).round().max(short) as u32;
    (scaled(width), scaled(height))
}

/// The picture, or of a strip its middle: scaled up as a whole, it could need more memory than there is.
fn middle(picture: RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let most = MOST_RATIO.saturating_mul(width.min(height));
    if width.max(height) <= most {
        return picture;
    }
    let (wide, high) = (width.min(most), height.min(most));
    imageops::crop_imm(&picture, (width - wide) / 2, (height - high) / 2, wide, high).to_image()
}

/// All red bytes, then all green ones, then all blue ones.
fn planes(picture: &RgbImage) -> Vec<u8> {
    let bytes = picture.as_raw();
    (0..3).flat_map(|channel| bytes.iter().skip(channel).step_by(3).copied()).collect()
}

#[cfg(test)]
mod tests {
    use image::ImageFormat;
    use proptest::prelude::*;

    use super::*;

    fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_kind_of_pixel_becomes_three_planes() {
        let flat = RgbImage::from_pixel(64, 48, image::Rgb([200, 100, 50]));
        let flat = DynamicImage::ImageRgb8(flat);
        let cases = [
            (flat.clone(), ImageFormat::Jpeg, [200, 100, 50]),
            (flat.clone(), ImageFormat::Png, [200, 100, 50]),
            (flat.to_rgba16().into(), ImageFormat::Png, [200, 100, 50]),
            (flat.to_luma8().into(), ImageFormat::Jpeg, [118, 118, 118]),
            (flat.to_luma_alpha8().into(), ImageFormat::Png, [118, 118, 118]),
        ];
        for (picture, format, expected) in cases {
            let decoded = decode(&encoded(&picture, format), 20).unwrap();
            assert_eq!((decoded.height, decoded.width), (23, 31));
            let planes: Vec<u8> = decoded.pixels.chunks(23 * 31).map(|plane| plane[300]).collect();
            let near = planes.iter().zip(expected).all(|(&found, wanted): (&u8, u8)| found.abs_diff(wanted) < 4);
            assert!(near, "{format:?}: {planes:?} is not {expected:?}");
        }
    }

    #[test]
    fn a_truncated_picture_is_an_error_although_decoders_make_up_the_rest() {
        let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(90, 90, |x, y| image::Rgb([x as u8, y as u8, 0])));
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let whole = encoded(&picture, format);
            assert!(decode(&whole[..whole.len() * 3 / 4], 20).unwrap_err().contains("truncated"));
        }
        let mut damaged = encoded(&picture, ImageFormat::Png);
        let middle = damaged.len() / 2;
        damaged[middle] ^= 0xff;
        assert!(decode(&damaged, 20).unwrap_err().starts_with("cannot be decoded"));
    }

    #[test]
    fn of_a_strip_the_middle_is_kept() {
        let strip = RgbImage::from_fn(1000, 2, |x, _| image::Rgb([if (492..508).contains(&x) { 255 } else { 0 }; 3]));
        let decoded = decode(&encoded(&strip.into(), ImageFormat::Png), 10).unwrap();
        assert_eq!((decoded.height, decoded.width), (12, 96));
        assert!(decoded.pixels.iter().all(|&byte| byte == 255));
    }

    proptest! {
        #[test]
        fn the_shorter_side_holds_the_batch_and_the_ratio_stays(width in 1..5000u32, height in 1..5000u32, side in 8..400usize) {
            let (wide, high) = size(width, height, side);
            prop_assert_eq!(f64::from(wide.min(high)), (side as f64 * MARGIN).ceil());
            let (before, after) = (f64::from(width) / f64::from(height), f64::from(wide) / f64::from(high));
            prop_assert!((before / after - 1.0).abs() < 0.1);
        }
    }
}
