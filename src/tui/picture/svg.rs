//! A drawn screen as SVG. Every piece of text is given its width, so that columns stand below each other in any font.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::tui::{Ground, Theme};

/// Width and height of a cell, and how far its text stands above its lower edge.
const CELL: (f64, f64) = (8.4, 18.0);
const BASE: f64 = 4.5;
/// The space around the screen.
const MARGIN: f64 = 10.0;
/// The first 16 colours, which terminals show each in their own way.
const FIRST: [u32; 16] = [
    0x000000, 0xcd3131, 0x0dbc79, 0xc5a332, 0x2472c8, 0xbc3fbc, 0x11a8cd, 0xc8c8c8, 0x666666, 0xf14c4c, 0x23d18b,
    0xe5c04b, 0x3b8eea, 0xd670d6, 0x29b8db, 0xffffff,
];

/// Draws a buffer in the colours of a theme.
pub(super) fn svg(buffer: &Buffer, theme: Theme) -> String {
    let (ground, ink) = match theme.ground {
        Ground::Dark => (0x16181c, 0xd0d0d0),
        Ground::Light => (0xfafafa, 0x222222),
    };
    let (columns, rows) = (f64::from(buffer.area.width), f64::from(buffer.area.height));
    let (width, height) = (columns * CELL.0 + 2.0 * MARGIN, rows * CELL.1 + 2.0 * MARGIN);
    let mut grounds = String::new();
    let mut texts = String::new();
    for (y, row) in buffer.content().chunks(usize::from(buffer.area.width).max(1)).enumerate() {
        let mut x = 0;
        let alike = |a: &Cell, b: &Cell| a.style() == b.style() && a.symbol().is_ascii() == b.symbol().is_ascii();
        for run in row.chunk_by(alike) {
            // Writing to a String cannot fail.
            let _ = piece(run, (x, y), (ground, ink), &mut grounds, &mut texts);
            x += run.len();
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.1} {height:.1}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n{grounds}\
         <g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n{texts}</g>\n</svg>\n",
        hex(ground)
    )
}

/// Draws neighbours of one style.
fn piece(
    run: &[Cell],
    (x, y): (usize, usize),
    (ground, ink): (u32, u32),
    grounds: &mut String,
    texts: &mut String,
) -> std::fmt::Result {
    let style = run[0].style();
    let (mut front, mut back) = (colour(style.fg).unwrap_or(ink), colour(style.bg));
    if style.add_modifier.contains(Modifier::REVERSED) {
        (front, back) = (back.unwrap_or(ground), Some(front));
    }
    let (left, top) = (MARGIN + x as f64 * CELL.0, MARGIN + y as f64 * CELL.1);
    let width = run.len() as f64 * CELL.0;
    if let Some(back) = back {
        let (fill, high) = (hex(back), CELL.1);
        writeln!(
            grounds,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{high}\" fill=\"{fill}\"/>"
        )?;
    }
    let words: String = run.iter().map(Cell::symbol).collect();
    // What is empty at both ends is not drawn; the rest is moved by what was empty before it.
    let drawn = words.trim();
    if drawn.is_empty() {
        return Ok(());
    }
    let before = words.chars().take_while(|c| c.is_whitespace()).count() as f64;
    let (left, width) = (left + before * CELL.0, drawn.chars().count() as f64 * CELL.0);
    let weight = if style.add_modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let faint = if style.add_modifier.contains(Modifier::DIM) { " opacity=\"0.6\"" } else { "" };
    let base = top + CELL.1 - BASE;
    write!(
        texts,
        "<text x=\"{left:.1}\" y=\"{base:.1}\" textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{weight}{faint}>",
        hex(front)
    )?;
    for c in drawn.chars() {
        match c {
            '<' => texts.push_str("&lt;"),
            '>' => texts.push_str("&gt;"),
            '&' => texts.push_str("&amp;"),
            // Several spaces in a row are one to many browsers, whatever they are told.
            ' ' => texts.push('\u{a0}'),
            c => texts.push(c),
        }
    }
    texts.push_str("</text>\n");
    Ok(())
}

fn hex(colour: u32) -> String {
    format!("#{colour:06x}")
}

/// A colour of the 256-colour table; none for the terminal's own.
fn colour(colour: Option<Color>) -> Option<u32> {
    let index = match colour? {
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Rgb(red, green, blue) => return Some(u32::from_be_bytes([0, red, green, blue])),
        Color::Reset => return None,
    };
    Some(match index {
        0..=15 => FIRST[usize::from(index)],
        // A cube of six steps a channel.
        16..=231 => {
            let step = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
            let place = index - 16;
            u32::from_be_bytes([0, step(place / 36), step(place / 6 % 6), step(place % 6)])
        }
        _ => {
            let grey = 8 + 10 * (index - 232);
            u32::from_be_bytes([0, grey, grey, grey])
        }
    })
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn colours_are_those_of_the_table() {
        for (index, known) in [(16, 0), (231, 0xffffff), (74, 0x5fafd7), (214, 0xffaf00), (244, 0x808080)] {
            assert_eq!(colour(Some(Color::Indexed(index))), Some(known), "{index}");
        }
        assert_eq!(colour(Some(Color::Reset)), None);
    }

    #[test]
    fn text_is_escaped_placed_and_given_its_width() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 14, 1));
        buffer.set_string(1, 0, "<a&b>", Style::new());
        buffer.set_string(6, 0, "⣿─", Style::new().fg(Color::Indexed(74)));
        buffer.set_string(8, 0, "1    2", Style::new());
        let drawn = svg(&buffer, Theme::COLOUR);
        assert!(drawn.contains(">1\u{a0}\u{a0}\u{a0}\u{a0}2</text>"), "{drawn}");
        assert!(drawn.contains("x=\"18.4\"") && drawn.contains("textLength=\"42.0\""), "{drawn}");
        assert!(drawn.contains(">&lt;a&amp;b&gt;</text>") && drawn.contains(">⣿─</text>"), "{drawn}");
    }
}
