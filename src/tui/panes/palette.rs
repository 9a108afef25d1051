//! Every action by its name, found by typing some of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear, Paragraph, Widget};

use super::dialog::typed;
use crate::tui::draw::Scene;
use crate::tui::keys::{Action, Binding, Context, Key};
use crate::tui::text;
use crate::tui::view::Overlay;

/// Columns of an action's name and of its keys.
const NAME: usize = 22;
const KEYS: usize = 12;

/// The actions that the typed words are in, those that have them in their names first.
pub(in crate::tui) fn found<'a>(scene: &Scene<'a>) -> Vec<(&'static Binding, &'a [Key])> {
    let Some(Overlay::Palette { input, .. }) = &scene.view.overlay else { return Vec::new() };
    let words: Vec<String> = input.value().to_lowercase().split_whitespace().map(str::to_owned).collect();
    let replay = scene.view.playback.is_some();
    let offered = |binding: &Binding| match binding.context {
        Context::Search => !replay,
        Context::Replay => replay,
        // What has moved to the palette already.
        Context::Panes => binding.action != Action::Palette,
        Context::Everywhere => binding.action != Action::Leave,
        other => other.pane().is_some(),
    };
    let mut found: Vec<_> = scene.keys.all().filter(|(binding, _)| offered(binding)).collect();
    found.retain(|(binding, _)| {
        let text = format!("{} {} {}", binding.id, binding.name, binding.description).to_lowercase();
        words.iter().all(|word| text.contains(word))
    });
    found.sort_by_key(|(binding, _)| !words.iter().all(|word| binding.id.contains(word)));
    found
}

/// Draws the palette.
pub(in crate::tui) fn draw(scene: &Scene, body: Rect, buffer: &mut Buffer) {
    let Some(Overlay::Palette { input, selected }) = &scene.view.overlay else { return };
    let width = body.width.min(100);
    let place = Rect { x: body.x + (body.width - width) / 2, width, ..body };
    Clear.render(place, buffer);
    let found = found(scene);
    let block = Block::bordered()
        .border_type(BorderType::Thick)
        .border_style(scene.theme.focus())
        .title(" Actions ")
        .title_top(Line::from(format!(" {} ", found.len())).right_aligned());
    let inner = block.inner(place);
    block.render(place, buffer);
    let rows = usize::from(inner.height.saturating_sub(2));
    let columns = usize::from(inner.width.saturating_sub(2));
    let selected = (*selected).min(found.len().saturating_sub(1));
    let top = (selected + 1).saturating_sub(rows);
    let mut lines = vec![typed(input, columns), Line::default()];
    if found.is_empty() {
        lines.push(Line::styled("no action has these words", scene.theme.dim()));
    }
    for (index, (binding, keys)) in found.iter().enumerate().skip(top).take(rows) {
        let labels: Vec<String> = keys.iter().map(|key| key.label()).collect();
        let labels = text::cut(&labels.join(" "), KEYS);
        let room = columns.saturating_sub(NAME + KEYS + 2);
        let style = if index == selected { scene.theme.selected() } else { Style::new() };
        lines.push(
            Line::from(vec![
                Span::raw(format!("{:<NAME$} ", binding.id)),
                Span::styled(format!("{labels:<KEYS$} "), scene.theme.key()),
                Span::styled(text::cut(binding.description, room), scene.theme.dim()),
            ])
            .style(style),
        );
    }
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    Paragraph::new(lines).render(inner, buffer);
}
