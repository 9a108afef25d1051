//! Text that came from outside, made fit to be shown, and places in it.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Longest value that is quoted in a sentence, and longest marked part of an excerpt, in columns.
const QUOTE: usize = 60;
/// Columns of an excerpt before and after its marked part.
const AROUND: usize = 50;

/// A text without what a terminal would obey rather than show: control characters, and the invisible ones that
/// reorder or hide others.
pub(super) fn clean(text: &str) -> String {
    let hidden = |c: char| matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    text.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|&c| !c.is_control() && !hidden(c)).collect()
}

/// A clean text, cut to the length of a quotation.
pub(super) fn quotation(text: &str) -> String {
    first_columns(&clean(text), QUOTE)
}

fn first_columns(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.into();
    }
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used < columns
    });
    kept.chain(['…']).collect()
}

fn last_columns(text: &str, columns: usize) -> String {
    let backwards: String = text.chars().rev().collect();
    first_columns(&backwards, columns).chars().rev().collect()
}

/// A text that settings were read from.
#[derive(Debug)]
pub(super) struct Text {
    name: String,
    body: String,
    has_lines: bool,
}

/// One line of a text with a part of it marked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The number of the line, where the text has several.
    pub number: Option<usize>,
    /// The line, or the part of a long one around the mark.
    pub line: String,
    /// Columns before the mark.
    pub indent: usize,
    /// Columns of the mark, at least one.
    pub length: usize,
}

impl Text {
    pub(super) fn file(name: &str, body: &str) -> Self {
        Self { name: clean(name), body: body.into(), has_lines: true }
    }

    pub(super) fn set(body: &str) -> Self {
        Self { name: format!("--set {}", quotation(body)), body: body.into(), has_lines: false }
    }

    /// What to call a place, and the line around it.
    pub(super) fn locate(&self, span: Range<usize>) -> (String, Excerpt) {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end.max(start));
        let line_start = self.body[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.body[start..].find('\n').map_or(self.body.len(), |newline| start + newline);
        let end = end.min(line_end);

        let number = 1 + self.body[..line_start].matches('\n').count();
        let column = 1 + self.body[line_start..start].chars().count();
        let name = if self.has_lines { format!("{}:{number}:{column}", self.name) } else { self.name.clone() };

        let before = last_columns(&clean(&self.body[line_start..start]), AROUND);
        let marked = first_columns(&clean(&self.body[start..end]), QUOTE);
        let after = first_columns(&clean(&self.body[end..line_end]), AROUND);
        let excerpt = Excerpt {
            number: self.has_lines.then_some(number),
            indent: before.width(),
            length: marked.width().max(1),
            line: format!("{before}{marked}{after}").trim_end().into(),
        };
        (name, excerpt)
    }

    fn boundary(&self, offset: usize) -> usize {
        let mut offset = offset.min(self.body.len());
        while !self.body.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_under_wide_characters_and_after_removed_ones() {
        let body = "a = 1\n数 = \"\u{1b}[31mred\"\r\n";
        let start = body.find('"').unwrap();
        let (name, excerpt) = Text::file("x.toml", body).locate(start..start + 9);
        assert_eq!(name, "x.toml:2:5");
        let expected =
            Excerpt { number: Some(2), line: "数 = \"[31mred\"".into(), indent: 5, length: "\"[31mred".len() };
        assert_eq!(excerpt, expected);
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let body = format!("{}mark{}", "x".repeat(500), "y".repeat(500));
        let (_, excerpt) = Text::file("x.toml", &body).locate(500..504);
        assert!(excerpt.line.width() <= 2 * AROUND + 4);
        assert_eq!(&excerpt.line.chars().skip(excerpt.indent).take(4).collect::<String>(), "mark");
    }

    #[test]
    fn any_span_is_located() {
        let text = Text::file("x.toml", "é\n");
        for (start, end) in [(0, 99), (1, 1), (3, 2), (99, 0)] {
            text.locate(start..end);
        }
    }
}
