//! The stages of a mobile network, a line each.

use super::{Drawing, Glyphs, Ink};
use crate::space::network::PictureShape;
use crate::space::{Architecture, Outline};

/// Characters of what stands before the blocks of a stage.
const BEFORE: usize = 24;
/// Characters that a block takes with the line to the next: `k5e10-`.
const BLOCK: usize = 6;

/// The stages of an architecture, a line each, with as many blocks beside each other as there are columns for: what comes
/// out of a stage, the blocks that it has, and in brackets those beyond its depth. Empty where the space has no stages.
pub fn chain(outline: &Outline, architecture: &Architecture, columns: usize, glyphs: &Glyphs) -> Drawing {
    let stages = outline.stages(architecture);
    let Some(plan) = outline.mobile().filter(|_| !stages.is_empty()) else { return Drawing::default() };
    let caption = format!("{:<BEFORE$}blocks", format!("{:<9}{:>5}{:>8}", "", "chan.", "pixels"));
    let mut lines = vec![vec![(caption, Ink::Caption)]];
    let settings = &plan.settings;
    let stem = plan.picture.strided(settings.stem_stride).with_channels(settings.stem_channels);
    let plain = |name: &str, shape: PictureShape, made: &str| {
        let [name, sizes] = beginning(name, shape);
        vec![name, sizes, (made.to_owned(), Ink::Operation)]
    };
    lines.push(plain("stem", stem, "3x3"));
    let a_line = (columns.saturating_sub(BEFORE) / BLOCK).max(1);
    for (number, stage) in stages.iter().enumerate() {
        let join = glyphs.lines[12].to_string();
        let mut words: Vec<Vec<(String, Ink)>> = Vec::new();
        for (place, block) in stage.blocks.iter().enumerate() {
            let before = if place == 0 { String::new() } else { join.clone() };
            words.push(vec![(before, Ink::Line), (block.to_string(), Ink::Convolution)]);
        }
        for (place, block) in stage.unused.iter().enumerate() {
            let before = if place == 0 { " (" } else { " " };
            let after = if place + 1 == stage.unused.len() { ")" } else { "" };
            words.push(vec![(format!("{before}{block}{after}"), Ink::Unused)]);
        }
        for (row, words) in words.chunks(a_line).enumerate() {
            let mut line = match row {
                0 => beginning(&format!("stage {number}"), stage.shape).to_vec(),
                _ => vec![(" ".repeat(BEFORE - 1), Ink::Line)],
            };
            line.extend(words.iter().flatten().cloned());
            lines.push(line);
        }
    }
    let last = stages.last().map_or(stem, |stage| stage.shape);
    lines.push(plain("1x1 out", last.with_channels(settings.head_channels), "1x1, then head"));
    Drawing::of_words(lines)
}

/// What a line begins with.
fn beginning(name: &str, shape: PictureShape) -> [(String, Ink); 2] {
    let size = format!("{}x{}", shape.height, shape.width);
    [(format!("{name:<9}"), Ink::Name), (format!("{:>5}{size:>8}  ", shape.channels), Ink::Line)]
}
