//! What is typed: answers to questions, and words to find an action by.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::InputRequest;

use super::{App, Effect};
use crate::engine::Command;
use crate::tui::keys::Action;
use crate::tui::panes::palette;
use crate::tui::prompt::Answer;
use crate::tui::view::Overlay;

/// Characters that an answer has at most.
const LONGEST: usize = 200;

impl App {
    pub(super) fn edit(&mut self, key: KeyEvent) -> Effect {
        let input = match &mut self.view.overlay {
            Some(Overlay::Prompt(prompt)) => &mut prompt.input,
            Some(Overlay::Palette { input, selected }) => {
                *selected = 0;
                input
            }
            _ => return Effect::None,
        };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
        let request = match key.code {
            KeyCode::Char('u') if control => InputRequest::DeleteFromStart,
            KeyCode::Char('k') if control => InputRequest::DeleteTillEnd,
            KeyCode::Char('w') if control => InputRequest::DeletePrevWord,
            KeyCode::Char('a') if control => InputRequest::GoToStart,
            KeyCode::Char('e') if control => InputRequest::GoToEnd,
            KeyCode::Char(c) if plain && !c.is_control() && input.value().len() < LONGEST => {
                InputRequest::InsertChar(c)
            }
            KeyCode::Backspace => InputRequest::DeletePrevChar,
            KeyCode::Delete => InputRequest::DeleteNextChar,
            KeyCode::Left => InputRequest::GoToPrevChar,
            KeyCode::Right => InputRequest::GoToNextChar,
            KeyCode::Home => InputRequest::GoToStart,
            KeyCode::End => InputRequest::GoToEnd,
            _ => return Effect::None,
        };
        input.handle(request);
        Effect::None
    }

    /// Takes an answer that is sound; one that is not stays to be mended.
    pub(super) fn finish_input(&mut self, action: Action) -> Effect {
        let Some(Overlay::Prompt(prompt)) = &self.view.overlay else { return Effect::None };
        if action != Action::Confirm {
            self.view.overlay = None;
            return Effect::None;
        }
        let Ok((answer, _)) = prompt.check(&self.dashboard) else { return Effect::None };
        self.view.overlay = None;
        match (answer, self.view.playback) {
            (Answer::Send(Command::Adjust(change)), _) => self.adjust(change),
            (Answer::Send(command), _) => self.command(command),
            (Answer::GoTo(iteration), Some(playback)) => self.go_to(playback, iteration),
            (Answer::GoTo(_), None) => Effect::None,
            (Answer::Filter(filter), _) => {
                self.view.listing.set_filter(filter);
                Effect::None
            }
            (Answer::Find(words), _) => {
                self.view.find = words;
                self.view.log = 0;
                Effect::None
            }
        }
    }

    /// Moves through the palette, or does what is selected there, in the pane that knows it.
    pub(super) fn choose(&mut self, action: Action) -> Effect {
        let found = palette::found(&self.scene()).into_iter();
        let found: Vec<_> = found.map(|(binding, _)| (binding.context, binding.action)).collect();
        let Some(Overlay::Palette { selected, .. }) = &mut self.view.overlay else { return Effect::None };
        let last = found.len().saturating_sub(1);
        match action {
            Action::Up => *selected = (*selected).min(last).saturating_sub(1),
            Action::Down => *selected = (*selected + 1).min(last),
            Action::Confirm => {
                let chosen = found.get(*selected).copied();
                self.view.overlay = None;
                let Some((context, action)) = chosen else { return self.refuse("there is no such action") };
                if let Some(pane) = context.pane() {
                    self.view.set_focus(pane);
                }
                return self.perform(action);
            }
            _ => self.view.overlay = None,
        }
        Effect::None
    }
}
