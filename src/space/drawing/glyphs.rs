//! The characters that drawings are made of.

/// Up, as a bit of an index into [`Glyphs::lines`].
pub(super) const UP: u8 = 1;
/// Down.
pub(super) const DOWN: u8 = 2;
/// Left.
pub(super) const LEFT: u8 = 4;
/// Right.
pub(super) const RIGHT: u8 = 8;

/// One set of characters, each a column wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Lines by where they lead to: up is 1, down 2, left 4, right 8.
    pub lines: [char; 16],
    /// Where a line leads into something.
    pub arrow: char,
    /// Where something was cut off.
    pub ellipsis: char,
    /// How often there is something.
    pub times: char,
    /// Between two things of a row.
    pub dot: char,
    /// In place of a figure that there is none of.
    pub dash: char,
    /// From one to another, in a text.
    pub to: &'static str,
}

impl Glyphs {
    /// Box drawing.
    pub const UNICODE: Glyphs = Glyphs {
        lines: [' ', '│', '│', '│', '─', '╯', '╮', '┤', '─', '╰', '╭', '├', '─', '┴', '┬', '┼'],
        arrow: '▸',
        ellipsis: '…',
        times: '×',
        dot: '·',
        dash: '–',
        to: "→",
    };

    /// For terminals and files that know no others than those of ASCII.
    pub const ASCII: Glyphs = Glyphs {
        lines: [' ', '|', '|', '|', '-', '+', '+', '+', '-', '+', '+', '+', '-', '+', '+', '+'],
        arrow: '>',
        ellipsis: '~',
        times: 'x',
        dot: '-',
        dash: '-',
        to: "->",
    };

    pub(super) fn is_ascii(&self) -> bool {
        self.ellipsis.is_ascii()
    }
}
