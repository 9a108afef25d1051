//! Where the drawings of an architecture go, and what room they leave.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{Portrait, facts};
use crate::space::cells::Cell;
use crate::space::drawing::{self, Drawing, Graph, Ink, Spacing};
use crate::tui::Theme;

/// Columns between two things side by side.
pub(super) const GAP: u16 = 4;
/// Columns between a drawing and what is told beside it: few, so that both fit on a small screen.
const BEFORE_FACTS: u16 = 2;

/// The room beside and below what was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Free {
    pub(super) right: Rect,
    pub(super) below: Rect,
}

impl Free {
    /// What is left of an area when so much of it is taken from its upper left corner.
    fn beside(area: Rect, (width, height): (u16, u16)) -> Self {
        let x = width.saturating_add(BEFORE_FACTS).min(area.width);
        let y = height.saturating_add(1).min(area.height);
        let below = Rect { y: area.y + y, height: area.height - y, ..area };
        if area.width - x < facts::NARROWEST {
            return Self { right: Rect { width: 0, ..area }, below };
        }
        // The corner belongs to what is on the right.
        let right = Rect { x: area.x + x, width: area.width - x, ..area };
        Self { right, below: Rect { width, ..below } }
    }
}

/// Draws the cells in the roomiest way that fits, or the stages, or the decisions where there are none.
pub(super) fn draw(portrait: &Portrait, area: Rect, buffer: &mut Buffer) -> Free {
    let cells = portrait.outline.cells(portrait.architecture);
    let taken = match &cells[..] {
        [one, other] => draw_cells(portrait, [one, other], area, buffer),
        _ if portrait.outline.mobile().is_some() => draw_stages(portrait, area, buffer),
        _ => draw_decisions(portrait, area, buffer),
    };
    Free::beside(area, taken)
}

/// The ways to draw a cell, the roomiest first.
fn renditions(portrait: &Portrait, cell: &Cell, columns: u16) -> [Drawing; 4] {
    let Portrait { outline, architecture, glyphs, .. } = portrait;
    let graph = Graph::new(cell);
    let heading = drawing::heading(outline, architecture, cell.kind, glyphs);
    let unused = outline.count(architecture, cell.kind).is_some_and(|(_, live)| live == 0);
    let list = |columns: u16| drawing::listed(cell, usize::from(columns), glyphs);
    [graph.draw(Spacing::ROOMY, glyphs), graph.draw(Spacing::TIGHT, glyphs), list(columns), list(0)].map(|drawing| {
        let drawing = drawing.below(&heading);
        if unused { drawing.unused() } else { drawing }
    })
}

/// Ways to draw the two cells together, as indices of [`renditions`], the best first.
const TOGETHER: [[usize; 2]; 6] = [[0, 0], [1, 1], [1, 2], [2, 1], [2, 2], [3, 3]];

/// Draws both cells, as graphs where they fit together with what the network costs, else as graphs alone, or one or both
/// as a list. Gives the size of what was drawn.
fn draw_cells(portrait: &Portrait, cells: [&Cell; 2], area: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let renditions = cells.map(|cell| renditions(portrait, cell, area.width));
    let ways = TOGETHER[..2].iter().map(|way| (way, true)).chain(TOGETHER.iter().map(|way| (way, false)));
    for (way, with_costs) in ways {
        let drawings = [0, 1].map(|cell| &renditions[cell][way[cell]]);
        for beside in [true, false] {
            let places = places(drawings, beside, area);
            let size = extent(places);
            let fits = size.0 <= area.width && size.1 <= area.height;
            if fits && (!with_costs || facts::has_room_for_costs(portrait, Free::beside(area, size))) {
                for (drawing, (x, y, ..)) in drawings.into_iter().zip(places) {
                    let place = Rect { x: area.x + x, y: area.y + y, ..area }.intersection(area);
                    paint(drawing, place, portrait.theme, buffer);
                }
                return size;
            }
        }
    }
    let [normal, reduction] = renditions.map(|renditions| renditions.into_iter().next_back().unwrap_or_default());
    paint_cut(portrait, &normal.above(reduction), area, buffer);
    (area.width, area.height)
}

/// Where two drawings stand, beside each other or one below the other: column, row, width and height of each.
fn places([first, second]: [&Drawing; 2], beside: bool, area: Rect) -> [(u16, u16, u16, u16); 2] {
    let [(w1, h1), (w2, h2)] = [first, second].map(|drawing| (short(drawing.width()), short(drawing.height())));
    let gap = u16::from(h1.saturating_add(h2) < area.height);
    let (x, y) = if beside { (w1.saturating_add(GAP), 0) } else { (0, h1.saturating_add(gap)) };
    [(0, 0, w1, h1), (x, y, w2, h2)]
}

fn extent(places: [(u16, u16, u16, u16); 2]) -> (u16, u16) {
    let [first, second] = places.map(|(x, y, width, height)| (x.saturating_add(width), y.saturating_add(height)));
    (first.0.max(second.0), first.1.max(second.1))
}

fn short(size: usize) -> u16 {
    u16::try_from(size).unwrap_or(u16::MAX)
}

/// Draws the stages, in few enough columns for what the network costs where there is room for both. Gives the size of what
/// was drawn.
fn draw_stages(portrait: &Portrait, area: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let drawn =
        |columns: u16| drawing::chain(portrait.outline, portrait.architecture, usize::from(columns), portrait.glyphs);
    let fits = |columns: &u16| {
        let drawing = drawn(*columns);
        let size = (short(drawing.width()), short(drawing.height()));
        size.0 <= area.width && size.1 <= area.height && facts::has_room_for_costs(portrait, Free::beside(area, size))
    };
    let narrower = area.width.saturating_sub(facts::NARROWEST + BEFORE_FACTS);
    let drawing = drawn([area.width, narrower].into_iter().find(fits).unwrap_or(area.width));
    paint_cut(portrait, &drawing, area, buffer);
    (short(drawing.width()).min(area.width), short(drawing.height()).min(area.height))
}

/// Draws the decisions, in as many columns as it takes and as there is room for. Gives the size of what was drawn.
fn draw_decisions(portrait: &Portrait, area: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let list = drawing::decisions(portrait.outline, portrait.architecture, portrait.glyphs);
    let (width, height) = (short(list.width()), short(list.height()));
    let step = width.saturating_add(GAP);
    let needed = height.div_ceil(area.height.max(1)).max(1);
    let columns = needed.min((area.width.saturating_add(GAP) / step).max(1));
    let rows = height.div_ceil(columns).min(area.height);
    for column in 0..columns {
        let place = Rect { x: area.x + column * step, height: rows, ..area }.intersection(area);
        let part = list.from_row(usize::from(column * rows));
        if column + 1 < columns {
            paint(&part, place, portrait.theme, buffer);
        } else {
            paint_cut(portrait, &part, place, buffer);
        }
    }
    ((columns - 1) * step + width, rows)
}

/// Draws as much as there is room for, and says how much there is not.
fn paint_cut(portrait: &Portrait, drawing: &Drawing, area: Rect, buffer: &mut Buffer) {
    let missing = drawing.height().saturating_sub(usize::from(area.height));
    paint(drawing, area, portrait.theme, buffer);
    if missing > 0 && area.height > 1 {
        let words = format!("{} {} lines more", portrait.glyphs.ellipsis, missing + 1);
        let words = format!("{words:<columns$}", columns = usize::from(area.width));
        buffer.set_stringn(area.x, area.bottom() - 1, words, usize::from(area.width), portrait.theme.dim());
    }
}

fn paint(drawing: &Drawing, area: Rect, theme: Theme, buffer: &mut Buffer) {
    for (row, pieces) in (area.y..area.bottom()).zip(drawing.rows()) {
        let mut x = area.x;
        for (words, ink) in pieces {
            let room = usize::from(area.right().saturating_sub(x));
            (x, _) = buffer.set_stringn(x, row, words, room, style(ink, theme));
        }
    }
}

fn style(ink: Ink, theme: Theme) -> Style {
    match ink {
        Ink::Line | Ink::Caption => theme.dim(),
        Ink::Name => theme.key(),
        Ink::Operation => Style::new(),
        Ink::Convolution => theme.good(),
        Ink::Output => theme.focus(),
        Ink::Unused => theme.dim().add_modifier(Modifier::DIM),
    }
}
