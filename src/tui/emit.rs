//! A frame as the bytes that turn what a terminal shows into it: what has changed and nothing else, with the shortest
//! moves and style codes that lead there.
//!
//! ratatui's crossterm backend spends three sequences on a style and an absolute position on every gap, and names the
//! first 16 colours by a code that terminals of 16 colours do not know. termwiz's renderer is no shorter, and needs the
//! terminal's terminfo entry. Everything that is written here, any terminal with an alternate screen understands.

use ratatui::buffer::{Buffer, Cell, CellWidth};
use ratatui::style::{Color, Modifier};

/// Modifiers with the codes that begin and end them.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];
/// Those of the others that leave a blank as it is.
const SEEN_ON_BLANKS: Modifier = Modifier::UNDERLINED
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);
/// The sequence that ends every style.
const PLAIN: &[u8] = b"\x1b[m";

/// Appends what turns a cleared terminal, or one that shows the buffer before, into one that shows the buffer after. Both
/// have the same area. The terminal's style is plain before and after; its cursor may be anywhere.
pub(super) fn emit(before: &Buffer, after: &Buffer, bytes: &mut Vec<u8>) {
    let mut writer = Writer { bytes, pen: Pen::default(), row: None, column: None, width: after.area.width };
    let width = usize::from(after.area.width).max(1);
    for (y, (before, after)) in (0..).zip(before.content.chunks(width).zip(after.content.chunks(width))) {
        // Cells before this one have lost the other half of what was there.
        let mut torn = 0;
        let mut x = 0;
        while x < after.len() {
            let covered = usize::from(after[x].cell_width().max(1));
            if x < torn || !same(&before[x], &after[x]) {
                let old = before[x..].iter().take(covered).enumerate();
                let ends = old.map(|(at, cell)| x + at + usize::from(cell.cell_width()));
                torn = ends.max().unwrap_or(0).max(torn);
                writer.put(x as u16, y, after);
            }
            x += covered;
        }
    }
    if writer.pen != Pen::default() {
        bytes.extend_from_slice(PLAIN);
    }
}

/// A style as the terminal has it.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Pen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Pen {
    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a blank looks the same with both.
    fn same_on_blanks(self, other: Self) -> bool {
        self == other || self.bg == other.bg && !(self.modifier | other.modifier).intersects(SEEN_ON_BLANKS)
    }

    /// Whether a cell looks with this one as it should.
    fn fits(self, cell: &Cell) -> bool {
        let wanted = Self::of(cell);
        self == wanted || cell.symbol() == " " && self.same_on_blanks(wanted)
    }

    /// The sequence that makes another one of this one: what differs, or everything anew where that is shorter.
    fn towards(self, other: Self) -> Vec<u8> {
        if other == Self::default() {
            return PLAIN.into();
        }
        let mut anew = vec![0];
        anew.extend(codes(Self::default(), other));
        let (differing, anew) = (sequence(&codes(self, other)), sequence(&anew));
        if differing.len() <= anew.len() { differing } else { anew }
    }
}

fn codes(from: Pen, to: Pen) -> Vec<u8> {
    let mut codes = Vec::new();
    let mut begun = to.modifier - from.modifier;
    for (modifier, _, end) in MODIFIERS {
        if (from.modifier - to.modifier).contains(modifier) && !codes.contains(&end) {
            codes.push(end);
            // Two modifiers have one end.
            let ended = MODIFIERS.iter().filter(|other| other.2 == end).map(|other| other.0);
            begun |= to.modifier & ended.fold(Modifier::empty(), Modifier::union);
        }
    }
    codes.extend(MODIFIERS.iter().filter(|modifier| begun.contains(modifier.0)).map(|modifier| modifier.1));
    if from.fg != to.fg {
        colour(to.fg, 30, &mut codes);
    }
    if from.bg != to.bg {
        colour(to.bg, 40, &mut codes);
    }
    codes
}

/// Appends the codes of a colour: those of text are counted from 30, those of grounds from 40.
fn colour(colour: Color, first: u8, codes: &mut Vec<u8>) {
    let index = match colour {
        Color::Reset => return codes.push(first + 9),
        Color::Rgb(r, g, b) => return codes.extend([first + 8, 2, r, g, b]),
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
    };
    match index {
        0..=7 => codes.push(first + index),
        8..=15 => codes.push(first + 52 + index),
        16.. => codes.extend([first + 8, 5, index]),
    }
}

fn sequence(codes: &[u8]) -> Vec<u8> {
    let codes: Vec<String> = codes.iter().map(u8::to_string).collect();
    format!("\x1b[{}m", codes.join(";")).into()
}

/// Whether two cells look the same.
fn same(a: &Cell, b: &Cell) -> bool {
    a.symbol() == b.symbol() && Pen::of(a).fits(b)
}

/// Whether every terminal moves its cursor by one column for a symbol.
fn is_plain(symbol: &str) -> bool {
    symbol.cell_width() == 1 && symbol.chars().count() == 1
}

/// What is known of the terminal while bytes are appended.
struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    pen: Pen,
    row: Option<u16>,
    /// Not known beside the right edge, where some terminals have wrapped already, and after what is not as wide on all.
    column: Option<u16>,
    width: u16,
}

impl Writer<'_> {
    /// Writes a cell of a row.
    fn put(&mut self, x: u16, y: u16, row: &[Cell]) {
        let cell = &row[usize::from(x)];
        self.go(x, y, row);
        if !self.pen.fits(cell) {
            let pen = Pen::of(cell);
            self.bytes.extend(self.pen.towards(pen));
            self.pen = pen;
        }
        // An emoji of two columns that some terminals draw in one: what was in the other must not stay.
        if cell.symbol().contains('\u{fe0f}') && cell.cell_width() == 2 {
            self.bytes.extend_from_slice(b"  \x08\x08");
        }
        self.bytes.extend_from_slice(cell.symbol().as_bytes());
        (self.row, self.column) = (Some(y), is_plain(cell.symbol()).then_some(x + 1).filter(|&x| x < self.width));
    }

    /// Moves the cursor to a place: by writing what is in between once more, or by the shortest sequence.
    fn go(&mut self, x: u16, y: u16, row: &[Cell]) {
        if (self.row, self.column) == (Some(y), Some(x)) {
            return;
        }
        let way = self.way(x, y);
        let between = self.column.filter(|&column| self.row == Some(y) && column < x);
        let between = between.map_or(&[][..], |column| &row[usize::from(column)..usize::from(x)]);
        let short = between.iter().map(|cell| cell.symbol().len()).sum::<usize>() <= way.len();
        if !between.is_empty() && short && between.iter().all(|cell| is_plain(cell.symbol()) && self.pen.fits(cell)) {
            between.iter().for_each(|cell| self.bytes.extend_from_slice(cell.symbol().as_bytes()));
        } else {
            self.bytes.extend(way);
        }
    }

    /// The shortest sequence from where the cursor is.
    fn way(&self, x: u16, y: u16) -> Vec<u8> {
        let count = |count: u16| if count == 1 { String::new() } else { count.to_string() };
        let there = format!("\x1b[{}{}H", count(y + 1), if x == 0 { String::new() } else { format!(";{}", x + 1) });
        let Some(down) = self.row.and_then(|row| y.checked_sub(row)) else { return there.into() };
        let across = match self.column {
            Some(column) if column == x => String::new(),
            _ if x == 0 => "\r".into(),
            Some(column) if column < x => format!("\x1b[{}C", count(x - column)),
            Some(column) if column - x <= 3 => "\x08".repeat(usize::from(column - x)),
            _ => format!("\x1b[{}G", x + 1),
        };
        let down = if down <= 3 { "\n".repeat(usize::from(down)) } else { format!("\x1b[{down}B") };
        let steps = across + &down;
        if steps.len() < there.len() { steps.into() } else { there.into() }
    }
}
