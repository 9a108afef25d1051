//! What stands for the characters of the screen where there is nothing but ASCII.

use ratatui::buffer::Buffer;

/// Replaces everything that is not ASCII by what looks most like it.
pub(super) fn flatten(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let symbol = cell.symbol();
        if symbol.is_ascii() {
            continue;
        }
        let plain = symbol.chars().next().map_or(' ', plain);
        cell.set_char(plain);
    }
}

fn plain(c: char) -> char {
    match c {
        '─' | '╌' | '┄' | '–' | '╴' | '╶' => '-',
        '━' | '═' => '=',
        '│' | '┃' | '╎' | '┆' | '║' => '|',
        // All that joins lines.
        '┌'..='╿' => '+',
        '←' | '◀' | '◂' => '<',
        '→' | '▶' | '▸' | '›' => '>',
        '↑' | '▲' | '▴' => '^',
        '↓' | '▼' | '▾' => 'v',
        '·' | '░' => '.',
        '▒' => ':',
        '▓' => '+',
        '█' => '#',
        '≤' => '<',
        '≥' => '>',
        '×' => 'x',
        '±' | '◆' | '●' | '✓' => '*',
        '✗' => 'x',
        '…' => '.',
        '‖' => '"',
        '∞' => '8',
        '\u{2800}' => ' ',
        // A cell of eight dots: by how many there are, and whether they are high or low.
        '\u{2801}'..='\u{28ff}' => {
            let dots = u32::from(c) - 0x2800;
            let low = dots & 0b1110_0100;
            match dots.count_ones() {
                1 | 2 if low == 0 => '\'',
                1 | 2 if low == dots => '.',
                1..=3 => ':',
                4..=5 => 'o',
                _ => '#',
            }
        }
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn nothing_but_ascii_is_left() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 1));
        buffer.set_string(0, 0, "┌─┤⠁⣀⣿⠀ 宽e\u{301} ≤20k…", ratatui::style::Style::new());
        flatten(&mut buffer);
        let text: String = buffer.content().iter().map(|cell| cell.symbol()).collect();
        assert!(text.is_ascii(), "{text}");
        assert!(text.starts_with("+-+'.#  ?"), "{text}");
    }
}
