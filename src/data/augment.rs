//! How training pictures are changed, each time in another way: a part of them scaled up, turned, moved, mirrored,
//! blotted out.
//!
//! Each change has a counted stream of its own, and draws as many numbers for one picture as for any other, so that none
//! depends on which of the others are asked for.

use std::ops::Range;

use rand::{Rng, RngExt};

use super::Picture;
use crate::config::{DataSettings, RetrainingSettings};
use crate::search::{Purpose, stream};
use crate::space::network::PictureShape;

/// What is done to training pictures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Augmentation {
    /// They are moved by up to so many pixels in each direction, with black coming in.
    pub shift: usize,
    /// Every second one is mirrored, on average.
    pub flip: bool,
    /// A square of this side is blotted out, with the mean of all pixels; 0: none.
    pub cutout: usize,
    /// A part of this share of the area at least is scaled up to the whole; 1: they stay whole.
    pub least_scale: f64,
    /// They are turned by up to so many degrees in each direction, with black coming in.
    pub rotate: f64,
}

impl Augmentation {
    /// Pictures as they are.
    pub const NONE: Self = Self { shift: 0, flip: false, cutout: 0, least_scale: 1.0, rotate: 0.0 };

    /// The changes when an architecture is trained from scratch: those of the search, or what replaces them.
    pub fn of_retraining(data: &DataSettings, retraining: &RetrainingSettings) -> Self {
        let searched = Self::from(data);
        Self {
            shift: retraining.shift.unwrap_or(searched.shift),
            flip: retraining.flip.unwrap_or(searched.flip),
            cutout: retraining.cutout.unwrap_or(searched.cutout),
            least_scale: retraining.least_scale.unwrap_or(searched.least_scale),
            rotate: retraining.rotate.unwrap_or(searched.rotate),
        }
    }

    /// The changes of so many pictures of one batch.
    pub(super) fn draw(&self, seed: u64, iteration: u64, count: usize, shape: PictureShape) -> Vec<Change> {
        let random = |purpose| stream(seed, purpose, iteration);
        let (mut moves, mut flips) = (random(Purpose::Augmentation), random(Purpose::Flip));
        let (mut holes, mut crops) = (random(Purpose::Cutout), random(Purpose::Crop));
        let mut turns = random(Purpose::Turn);
        let reach = self.shift as i32;
        let mut one = |_| Change {
            shift: [0; 2].map(|_: i32| moves.random_range(-reach..=reach)),
            mirrored: self.flip && flips.random(),
            hole: (self.cutout > 0).then(|| Hole::draw(self.cutout, shape, &mut holes)),
            turn: (self.rotate > 0.0).then(|| turns.random_range(-self.rotate..=self.rotate).to_radians()),
            crop: (self.least_scale < 1.0).then(|| Crop::draw(self.least_scale, &mut crops)),
        };
        (0..count).map(&mut one).collect()
    }
}

impl From<&DataSettings> for Augmentation {
    fn from(settings: &DataSettings) -> Self {
        let &DataSettings { shift, flip, cutout, least_scale, rotate, .. } = settings;
        Self { shift, flip, cutout, least_scale, rotate }
    }
}

/// What is done to one picture, in the order of its fields from the last to the first.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Change {
    /// What is blotted out.
    pub hole: Option<Hole>,
    /// Whether it is mirrored, left to right.
    pub mirrored: bool,
    /// By how many rows and columns it is moved.
    pub shift: [i32; 2],
    /// By which angle it is turned around its middle, in radians, clockwise.
    pub turn: Option<f64>,
    /// Which part of it is scaled up.
    pub crop: Option<Crop>,
}

/// A square, clipped at the border, as rows and columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
}

impl Hole {
    /// Around any pixel, as DeVries and Taylor do (arXiv 1708.04552).
    fn draw(side: usize, shape: PictureShape, random: &mut impl Rng) -> Self {
        let mut along = |length: usize| {
            let first = random.random_range(0..length) as i64 - (side / 2) as i64;
            let within = |place: i64| place.clamp(0, length as i64) as usize;
            within(first)..within(first + side as i64)
        };
        Self { rows: along(shape.height), columns: along(shape.width) }
    }
}

/// The ratio of width to height of a part at most; at least, one through it.
const RATIO: f64 = 4.0 / 3.0;

/// A part of a picture whose size is not known yet: four numbers between 0 and 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Crop {
    /// Its share of the area.
    share: f64,
    /// Width by height.
    ratio: f64,
    /// Where it lies in what remains: 0 above or left, 1 below or right.
    place: [f64; 2],
}

/// A part of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub top: f64,
    pub left: f64,
    pub height: f64,
    pub width: f64,
}

impl Crop {
    fn draw(least: f64, random: &mut impl Rng) -> Self {
        let mut unit = || random.random::<f64>();
        let share = least + (1.0 - least) * unit();
        let ratio = RATIO.powf(2.0 * unit() - 1.0);
        Self { share, ratio, place: [unit(), unit()] }
    }

    /// Where it lies in a picture. What would be wider or higher than the picture is as wide or high as it.
    pub(super) fn window(&self, height: usize, width: usize) -> Window {
        let (most_high, most_wide) = (height as f64, width as f64);
        let area = most_high * most_wide * self.share;
        let high = (area / self.ratio).sqrt().min(most_high);
        let wide = (area * self.ratio).sqrt().min(most_wide);
        let [down, right] = self.place;
        Window { top: (most_high - high) * down, left: (most_wide - wide) * right, height: high, width: wide }
    }
}

/// The middle of a picture, or a part of it scaled to a shape. The picture is at least as large as the shape.
pub(super) fn view<'a>(
    picture: &'a Picture<'_>,
    shape: PictureShape,
    crop: Option<&Crop>,
) -> std::borrow::Cow<'a, [u8]> {
    let (height, width) = (picture.height, picture.width);
    let planes = picture.pixels.chunks_exact(height * width);
    if let Some(crop) = crop {
        let window = crop.window(height, width);
        return planes.flat_map(|plane| scaled(plane, [height, width], window, shape)).collect::<Vec<u8>>().into();
    }
    if (height, width) == (shape.height, shape.width) {
        return (&*picture.pixels).into();
    }
    let (top, left) = ((height - shape.height) / 2, (width - shape.width) / 2);
    let middle = planes.flat_map(|plane| {
        let rows = plane.chunks_exact(width).skip(top).take(shape.height);
        rows.flat_map(move |row| &row[left..left + shape.width])
    });
    middle.copied().collect::<Vec<u8>>().into()
}

/// A part of a plane, scaled by linear interpolation between the four nearest pixels.
fn scaled(plane: &[u8], [height, width]: [usize; 2], window: Window, shape: PictureShape) -> Vec<u8> {
    let along = |first: f64, length: f64, steps: usize, most: usize| -> Vec<(usize, usize, f32)> {
        let place = |step: usize| {
            let at = (first + (step as f64 + 0.5) * length / steps as f64 - 0.5).clamp(0.0, (most - 1) as f64);
            (at as usize, (at as usize + 1).min(most - 1), at.fract() as f32)
        };
        (0..steps).map(place).collect()
    };
    let rows = along(window.top, window.height, shape.height, height);
    let columns = along(window.left, window.width, shape.width, width);
    let mut out = Vec::with_capacity(shape.area());
    for (above, below, down) in rows {
        let (above, below) = (&plane[above * width..][..width], &plane[below * width..][..width]);
        out.extend(columns.iter().map(|&(left, right, across)| {
            let mix = |a: u8, b: u8, share: f32| f32::from(a) + (f32::from(b) - f32::from(a)) * share;
            let (upper, lower) = (mix(above[left], above[right], across), mix(below[left], below[right], across));
            (upper + (lower - upper) * down).round() as u8
        }));
    }
    out
}

/// The planes of pictures of a shape, turned clockwise around their middle by linear interpolation between the four nearest
/// pixels, of which those outside are black.
pub(super) fn turned(pixels: &[u8], shape: PictureShape, radians: f64) -> Vec<u8> {
    let PictureShape { height, width, .. } = shape;
    let (sine, cosine) = radians.sin_cos();
    let [middle_down, middle_right] = [height, width].map(|length| (length as f64 - 1.0) / 2.0);
    let mut out = Vec::with_capacity(pixels.len());
    for plane in pixels.chunks_exact(shape.area()) {
        let at = |row: i64, column: i64| {
            let inside = (0..height as i64).contains(&row) && (0..width as i64).contains(&column);
            if inside { f64::from(plane[row as usize * width + column as usize]) } else { 0.0 }
        };
        for place in 0..shape.area() {
            let (down, right) = ((place / width) as f64 - middle_down, (place % width) as f64 - middle_right);
            let (from_down, from_right) =
                (middle_down + cosine * down - sine * right, middle_right + sine * down + cosine * right);
            let (row, column) = (from_down.floor(), from_right.floor());
            let (lower, further) = (from_down - row, from_right - column);
            let (row, column) = (row as i64, column as i64);
            let mix = |row| at(row, column) * (1.0 - further) + at(row, column + 1) * further;
            out.push((mix(row) * (1.0 - lower) + mix(row + 1) * lower).round() as u8);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::data::Pixels;

    fn shape(height: usize, width: usize) -> PictureShape {
        PictureShape { channels: 1, height, width }
    }

    proptest! {
        #[test]
        fn parts_lie_inside_of_their_picture(
            height in 1..300usize, width in 1..300usize, least in 0.01..1.0f64, seed in any::<u64>(),
        ) {
            let crop = Crop::draw(least, &mut stream(seed, Purpose::Crop, 0));
            let Window { top, left, height: high, width: wide } = crop.window(height, width);
            prop_assert!(top >= 0.0 && left >= 0.0 && high > 0.0 && wide > 0.0);
            prop_assert!(top + high <= height as f64 + 1e-9 && left + wide <= width as f64 + 1e-9);
            prop_assert!(high * wide <= crop.share * (height * width) as f64 + 1e-6 && crop.share >= least);
        }

        #[test]
        fn a_scaled_part_has_no_value_that_is_not_between_those_of_its_picture(
            bytes in proptest::collection::vec(40..200u8, 63), seed in any::<u64>(),
        ) {
            let picture = Picture { height: 7, width: 9, pixels: Pixels::Borrowed(&bytes) };
            let crop = Crop::draw(0.1, &mut stream(seed, Purpose::Crop, 1));
            let part = view(&picture, shape(5, 6), Some(&crop));
            prop_assert_eq!(part.len(), 30);
            let (least, most) = (bytes.iter().min().unwrap(), bytes.iter().max().unwrap());
            prop_assert!(part.iter().all(|byte| (least..=most).contains(&byte)));
        }

        #[test]
        fn holes_are_squares_clipped_at_the_border(
            height in 1..60usize, width in 1..60usize, side in 1..80usize, seed in any::<u64>(),
        ) {
            let Hole { rows, columns } = Hole::draw(side, shape(height, width), &mut stream(seed, Purpose::Cutout, 0));
            for (range, length) in [(rows, height), (columns, width)] {
                prop_assert!(range.end <= length && range.len() <= side && !range.is_empty());
                let is_clipped = range.start == 0 || range.end == length;
                prop_assert!(range.len() == side || is_clipped);
            }
        }
    }

    #[test]
    fn a_part_that_is_the_whole_is_the_picture() {
        let bytes: Vec<u8> = (0..20).map(|i| i * 7).collect();
        let picture = Picture { height: 4, width: 5, pixels: Pixels::Borrowed(&bytes) };
        let all = Crop { share: 1.0, ratio: 1.25, place: [0.3, 0.6] };
        assert_eq!(*view(&picture, shape(4, 5), Some(&all)), bytes[..]);
        assert_eq!(*view(&picture, shape(4, 5), None), bytes[..]);
        assert_eq!(*view(&picture, shape(2, 3), None), [6, 7, 8, 11, 12, 13].map(|i| i * 7));
    }

    #[test]
    fn a_quarter_turn_goes_clockwise_around_the_middle() {
        let quarter = std::f64::consts::FRAC_PI_2;
        let two_planes = PictureShape { channels: 2, height: 3, width: 3 };
        let planes: Vec<u8> = (1..=18).collect();
        let once = turned(&planes, two_planes, quarter);
        assert_eq!(once, [7, 4, 1, 8, 5, 2, 9, 6, 3, 16, 13, 10, 17, 14, 11, 18, 15, 12]);
        assert_eq!(turned(&once, two_planes, -quarter), planes);
        assert_eq!(turned(&[10, 20, 30, 40], shape(2, 2), 0.0), [10, 20, 30, 40]);
        // Turned a little, the corners of a bright picture take black in, and its middle none.
        let little = turned(&[200; 81], shape(9, 9), 0.2);
        assert!(little[0] < 200 && little[80] < 200 && little[40] == 200, "{little:?}");
    }

    #[test]
    fn training_from_scratch_changes_pictures_as_the_search_does_unless_it_says_otherwise() {
        let data = DataSettings { cutout: 3, rotate: 4.0, ..DataSettings::default() };
        let mut retraining = RetrainingSettings::default();
        assert_eq!(Augmentation::of_retraining(&data, &retraining), Augmentation::from(&data));
        retraining.cutout = Some(0);
        retraining.flip = Some(true);
        let changed = Augmentation { cutout: 0, flip: true, ..Augmentation::from(&data) };
        assert_eq!(Augmentation::of_retraining(&data, &retraining), changed);
    }

    #[test]
    fn one_change_does_not_depend_on_the_others() {
        let all = Augmentation { shift: 3, flip: true, cutout: 4, least_scale: 0.2, rotate: 9.0 };
        let draw = |augmentation: Augmentation| augmentation.draw(5, 9, 40, shape(20, 20));
        let whole = draw(all);
        let moved = draw(Augmentation { shift: 3, ..Augmentation::NONE });
        let flipped = draw(Augmentation { flip: true, ..Augmentation::NONE });
        let cut = draw(Augmentation { cutout: 4, ..Augmentation::NONE });
        let cropped = draw(Augmentation { least_scale: 0.2, ..Augmentation::NONE });
        let turned = draw(Augmentation { rotate: 9.0, ..Augmentation::NONE });
        for (i, one) in whole.iter().enumerate() {
            assert_eq!((one.shift, one.mirrored), (moved[i].shift, flipped[i].mirrored));
            assert_eq!((&one.hole, &one.crop, one.turn), (&cut[i].hole, &cropped[i].crop, turned[i].turn));
            assert!(one.turn.unwrap().abs() <= 9.0f64.to_radians());
        }
        assert!(draw(Augmentation::NONE).iter().all(|one| *one == Change::default()));
        let mirrored = whole.iter().filter(|one| one.mirrored).count();
        assert!((8..32).contains(&mirrored), "{mirrored} of 40 are mirrored");
    }
}
