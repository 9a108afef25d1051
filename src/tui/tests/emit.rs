//! That a terminal shows what was drawn, whatever it showed before.

use std::num::NonZeroU16;

use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use vt100::Parser;

use crate::tui::emit::emit;

const AREA: Rect = Rect::new(0, 0, 23, 5);

/// How a cell looks: its symbol, text and ground, and bold, dim, italic, underlined and reversed.
type Look = (String, vt100::Color, vt100::Color, [bool; 5]);

fn named(colour: Color) -> vt100::Color {
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Indexed(index) => vt100::Color::Idx(index),
        Color::Rgb(r, g, b) => vt100::Color::Rgb(r, g, b),
        few => vt100::Color::Idx(FEW.iter().position(|&known| known == few).unwrap() as u8),
    }
}

const FEW: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// Text colours and weights do not show on a blank.
fn seen((symbol, fg, bg, modifiers): Look) -> Look {
    let [.., underlined, reversed] = modifiers;
    match symbol.as_str() {
        "" | " " if !underlined && !reversed => (" ".into(), vt100::Color::Default, bg, [false; 5]),
        "" => (" ".into(), fg, bg, modifiers),
        _ => (symbol, fg, bg, modifiers),
    }
}

fn wanted(cell: &Cell) -> Look {
    use Modifier as M;
    let modifiers = [M::BOLD, M::DIM, M::ITALIC, M::UNDERLINED, M::REVERSED].map(|m| cell.modifier.contains(m));
    seen((cell.symbol().into(), named(cell.fg), named(cell.bg), modifiers))
}

fn shown(cell: &vt100::Cell) -> Look {
    let modifiers = [cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse()];
    seen((cell.contents().into(), cell.fgcolor(), cell.bgcolor(), modifiers))
}

fn terminal() -> Parser {
    let size = |count| NonZeroU16::new(count).unwrap();
    Parser::new(size(AREA.height), size(AREA.width), 0)
}

fn assert_shows(terminal: &Parser, buffer: &Buffer) {
    for y in 0..AREA.height {
        let mut x = 0;
        while x < AREA.width {
            let cell = &buffer[(x, y)];
            let found = terminal.screen().cell(y, x).unwrap();
            assert_eq!(shown(found), wanted(cell), "column {x}, row {y} of {buffer:?}");
            x += cell.cell_width().max(1);
        }
    }
    assert_eq!(terminal.screen().attributes_formatted(), Parser::default().screen().attributes_formatted());
}

fn colour() -> impl Strategy<Value = Color> {
    prop_oneof![
        3 => Just(Color::Reset),
        2 => prop::sample::select(FEW.to_vec()),
        2 => prop::sample::select(vec![Color::Indexed(0), Color::Indexed(9), Color::Indexed(74), Color::Indexed(255)]),
        1 => Just(Color::Rgb(1, 20, 255)),
    ]
}

fn style(coloured: bool) -> impl Strategy<Value = Style> {
    let weight = prop::sample::select(vec![Modifier::empty(), Modifier::BOLD, Modifier::DIM]);
    let rest = [Modifier::ITALIC, Modifier::UNDERLINED, Modifier::REVERSED];
    let rest = prop::sample::subsequence(rest.to_vec(), 0..=2);
    (colour(), colour(), weight, rest).prop_map(move |(fg, bg, weight, rest)| {
        let style = Style::new().add_modifier(rest.into_iter().fold(weight, Modifier::union));
        if coloured { style.fg(fg).bg(bg) } else { style }
    })
}

/// Writes some words in some places, over each other.
fn words(coloured: bool) -> impl Strategy<Value = Vec<(u16, u16, String, Style)>> {
    let symbols = vec!["a", "b", " ", " ", "─", "⣿", "コ", "字", "e\u{301}"];
    let word = proptest::collection::vec(prop::sample::select(symbols), 1..12).prop_map(|word| word.concat());
    proptest::collection::vec((0..AREA.width, 0..AREA.height, word, style(coloured)), 0..9)
}

/// Makes one of what several words left: a symbol whose other half was written over loses its own, and the emulator
/// knows one of bold and dim at a time.
fn mend(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.modifier.contains(Modifier::BOLD) {
            cell.modifier.remove(Modifier::DIM);
        }
    }
    for row in buffer.content.chunks_mut(usize::from(AREA.width)) {
        for x in 0..row.len() {
            let half = row.get(x + 1).is_none_or(|next| next.symbol() != " ");
            if row[x].cell_width() == 2 && half {
                row[x].set_symbol("+");
            }
        }
    }
}

proptest! {
    #[test]
    fn a_terminal_shows_each_of_a_sequence_of_frames(
        frames in any::<bool>().prop_flat_map(|coloured| proptest::collection::vec((words(coloured), any::<bool>()), 1..8))
    ) {
        let mut terminal = terminal();
        let mut before = Buffer::empty(AREA);
        for (words, over) in frames {
            let mut after = if over { before.clone() } else { Buffer::empty(AREA) };
            for (x, y, word, style) in words {
                after.set_string(x, y, word, style);
            }
            mend(&mut after);
            let mut bytes = Vec::new();
            emit(&before, &after, &mut bytes);
            terminal.process(&bytes);
            assert_shows(&terminal, &after);
            before = after;
        }
    }
}

fn bytes(before: &Buffer, after: &Buffer) -> String {
    let mut bytes = Vec::new();
    emit(before, after, &mut bytes);
    String::from_utf8(bytes).unwrap().replace('\u{1b}', "^")
}
fn frame(rows: [&str; 5], style: impl Fn(u16, u16) -> Style) -> Buffer {
    let mut buffer = Buffer::empty(AREA);
    for (y, row) in (0..).zip(rows) {
        buffer.set_string(0, y, row, Style::new());
        for x in 0..AREA.width {
            buffer[(x, y)].set_style(style(x, y));
        }
    }
    buffer
}

#[test]
fn what_lies_near_is_reached_by_the_shortest_way() {
    let empty = Buffer::empty(AREA);
    let plain = |rows| frame(rows, |_, _| Style::new());
    assert_eq!(bytes(&empty, &plain(["ab", "c", "  d", "", ""])), "^[Hab\r\nc^[C\nd");
    let rows = ["a few words of text", "x", "", "", ""];
    // Blanks and letters in between are shorter than a move.
    assert_eq!(bytes(&plain(rows), &plain(["a fEw Words of texT", "x", "", "", ""])), "^[;4HEw W^[11CT");
    assert_eq!(bytes(&plain(rows), &plain(["a few words of tex.", "y", "", "", "x"])), "^[;19H.\r\ny^[5Hx");
    // At the right edge nobody knows where the cursor is.
    let edge = format!("{:>23}", "e");
    assert_eq!(bytes(&empty, &plain([&edge, &edge, "", "", ""])), "^[;23He^[23G\ne");
    assert_eq!(bytes(&plain(rows), &plain(rows)), "");
}

#[test]
fn styles_follow_each_other_in_one_sequence() {
    let colour = |fg| Style::new().fg(fg);
    let styles = [
        colour(Color::Indexed(74)).bold(),
        colour(Color::Indexed(74)).bold(),
        colour(Color::LightRed),
        colour(Color::Red).bg(Color::Indexed(12)),
        colour(Color::Indexed(36)).bold().dim(),
        colour(Color::Indexed(36)).dim(),
    ];
    let row = |x: u16, y: u16| {
        if y == 0 { styles.get(usize::from(x)).copied().unwrap_or_default() } else { Style::new() }
    };
    let after = frame(["abcdefg", "", "", "", ""], row);
    let expected = "^[H^[1;38;5;74mab^[0;91mc^[31;104md^[0;1;2;38;5;36me^[22;2mf^[mg";
    assert_eq!(bytes(&Buffer::empty(AREA), &after), expected);
}

#[test]
fn an_emoji_that_may_be_narrow_leaves_nothing_beside_it() {
    let mut before = Buffer::empty(AREA);
    before.set_string(0, 0, "abcd", Style::new());
    let mut after = before.clone();
    after.set_string(0, 0, "⌨\u{fe0f}", Style::new());
    after.set_string(2, 0, "x", Style::new());
    assert_eq!(bytes(&before, &after), "^[H  \u{8}\u{8}⌨\u{fe0f}^[3Gx");
}
