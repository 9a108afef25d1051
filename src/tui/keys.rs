//! The one table of keys: it drives dispatch, the help screen and the footer.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Pause,
    Step,
    FocusNext,
    FocusPrevious,
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    DistributionPrevious,
    DistributionNext,
    Raise,
    Lower,
    Edit,
    Zoom,
    Help,
    Log,
    Leave,
    Detach,
    Redraw,
    Suspend,
    Confirm,
    Cancel,
    Slower,
    Faster,
    Back,
    Forward,
    Start,
    End,
}

/// Where a key means it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Context {
    /// The panes, with nothing on top.
    Panes,
    /// The panes of a search that can be steered.
    Search,
    /// The panes of a recorded run.
    Replay,
    /// The question whether to stop.
    Stop,
    /// The line in which a coefficient or an iteration is typed.
    Input,
    /// The help and the log.
    Reading,
    /// All of these.
    Everywhere,
}

/// A key as the terminal reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) code: KeyCode,
    pub(super) modifiers: KeyModifiers,
}

const fn key(code: KeyCode) -> Key {
    Key { code, modifiers: KeyModifiers::NONE }
}

const fn char(c: char) -> Key {
    key(KeyCode::Char(c))
}

const fn ctrl(c: char) -> Key {
    Key { code: KeyCode::Char(c), modifiers: KeyModifiers::CONTROL }
}

impl Key {
    fn matches(self, event: KeyEvent) -> bool {
        // Terminals disagree on whether shift is reported beside the character or the back-tab that it made.
        self.code == event.code && self.modifiers == event.modifiers - KeyModifiers::SHIFT
    }

    /// What stands on the key.
    pub(super) fn label(self) -> String {
        let label = match self.code {
            KeyCode::Char(' ') => "space".into(),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Up => "↑".into(),
            KeyCode::Down => "↓".into(),
            KeyCode::PageUp => "page up".into(),
            KeyCode::PageDown => "page down".into(),
            KeyCode::BackTab => "shift-tab".into(),
            code => code.to_string().to_lowercase(),
        };
        if self.modifiers.contains(KeyModifiers::CONTROL) { format!("ctrl-{label}") } else { label }
    }
}

/// A row of the table.
#[derive(Debug)]
pub(super) struct Binding {
    pub(super) action: Action,
    pub(super) keys: &'static [Key],
    pub(super) context: Context,
    /// A word or two, for the footer.
    pub(super) name: &'static str,
    /// A sentence, for the help.
    pub(super) description: &'static str,
    /// How much it is wanted in the footer; 0: not there.
    pub(super) footer: u8,
}

const fn bind(
    context: Context,
    action: Action,
    keys: &'static [Key],
    footer: u8,
    name: &'static str,
    description: &'static str,
) -> Binding {
    Binding { action, keys, context, name, description, footer }
}

/// Every key of the screen, in the order of the footer and the help.
pub(super) static TABLE: &[Binding] = &[
    bind(Context::Search, Action::Pause, &[char(' ')], 8, "pause", "rest after this iteration, or go on"),
    bind(Context::Search, Action::Step, &[char('s')], 5, "step", "do one iteration and rest"),
    bind(Context::Replay, Action::Pause, &[char(' ')], 8, "play", "play, or rest"),
    bind(Context::Replay, Action::Step, &[char('s')], 5, "step", "show one iteration more and rest"),
    bind(Context::Replay, Action::Slower, &[char('<'), char(',')], 7, "speed", "play half as fast"),
    bind(Context::Replay, Action::Faster, &[char('>'), char('.')], 7, "speed", "play twice as fast"),
    bind(Context::Replay, Action::Back, &[key(KeyCode::Left)], 7, "jump", "go back by a fiftieth of the search"),
    bind(Context::Replay, Action::Forward, &[key(KeyCode::Right)], 7, "jump", "go on by a fiftieth of the search"),
    bind(Context::Replay, Action::Start, &[key(KeyCode::Home)], 3, "ends", "go to the beginning"),
    bind(Context::Replay, Action::End, &[key(KeyCode::End)], 3, "ends", "go to the end of what is recorded"),
    bind(Context::Replay, Action::Edit, &[key(KeyCode::Enter)], 4, "go to", "type the iteration to go to"),
    bind(Context::Panes, Action::FocusNext, &[key(KeyCode::Tab)], 7, "pane", "move the focus to the next pane"),
    bind(
        Context::Panes,
        Action::FocusPrevious,
        &[key(KeyCode::BackTab)],
        0,
        "previous pane",
        "move the focus to the pane before",
    ),
    bind(
        Context::Panes,
        Action::DistributionPrevious,
        &[char('[')],
        6,
        "distribution",
        "select the distribution before; the cell pane shows its mode",
    ),
    bind(
        Context::Panes,
        Action::DistributionNext,
        &[char(']')],
        6,
        "distribution",
        "select the next distribution; the cell pane shows its mode",
    ),
    bind(
        Context::Search,
        Action::Raise,
        &[char('+'), char('=')],
        6,
        "coefficient",
        "coefficient of the selected distribution times 1.25: cheaper architectures",
    ),
    bind(
        Context::Search,
        Action::Lower,
        &[char('-'), char('_')],
        6,
        "coefficient",
        "coefficient divided by 1.25: accuracy counts for more",
    ),
    bind(Context::Search, Action::Edit, &[key(KeyCode::Enter)], 4, "type it", "type the coefficient"),
    bind(
        Context::Panes,
        Action::Up,
        &[key(KeyCode::Up), char('k')],
        4,
        "select",
        "select a newer sample (in the distributions: the one above)",
    ),
    bind(
        Context::Panes,
        Action::Down,
        &[key(KeyCode::Down), char('j')],
        4,
        "select",
        "select an older sample (in the distributions: the one below)",
    ),
    bind(Context::Panes, Action::PageUp, &[key(KeyCode::PageUp)], 0, "page up", "ten rows up"),
    bind(Context::Panes, Action::PageDown, &[key(KeyCode::PageDown)], 0, "page down", "ten rows down"),
    bind(Context::Panes, Action::First, &[char('g')], 0, "newest", "the first row; in the samples: follow the newest"),
    bind(Context::Panes, Action::Last, &[char('G')], 0, "oldest", "the last row"),
    bind(Context::Search, Action::First, &[key(KeyCode::Home)], 0, "newest", "the same as g"),
    bind(Context::Search, Action::Last, &[key(KeyCode::End)], 0, "oldest", "the same as G"),
    bind(Context::Panes, Action::Zoom, &[char('z')], 3, "zoom", "give the pane in focus all the room, or no more"),
    bind(Context::Panes, Action::Cancel, &[key(KeyCode::Esc)], 0, "unzoom", "end the zoom"),
    bind(Context::Panes, Action::Log, &[char('L')], 2, "log", "read what happened so far"),
    bind(Context::Panes, Action::Help, &[char('?')], 9, "help", "explain the pane in focus, and every key"),
    bind(
        Context::Panes,
        Action::Detach,
        &[char('d')],
        3,
        "detach",
        "leave; the search goes on, and `isthmus attach` comes back to it",
    ),
    bind(Context::Panes, Action::Leave, &[char('q')], 10, "stop", "stop the search, or leave it once it ended"),
    bind(
        Context::Stop,
        Action::Confirm,
        &[key(KeyCode::Enter), char('y')],
        9,
        "stop",
        "stop the search, score the modes and leave",
    ),
    bind(Context::Stop, Action::Detach, &[char('d')], 9, "detach", "leave and let the search go on without a screen"),
    bind(Context::Stop, Action::Cancel, &[key(KeyCode::Esc), char('n')], 9, "go on", "let the search go on"),
    bind(Context::Input, Action::Confirm, &[key(KeyCode::Enter)], 9, "apply", "take what is typed"),
    bind(Context::Input, Action::Cancel, &[key(KeyCode::Esc)], 9, "cancel", "change nothing"),
    bind(Context::Reading, Action::Up, &[key(KeyCode::Up), char('k')], 5, "scroll", "a line up"),
    bind(Context::Reading, Action::Down, &[key(KeyCode::Down), char('j')], 5, "scroll", "a line down"),
    bind(Context::Reading, Action::PageUp, &[key(KeyCode::PageUp)], 0, "page up", "ten lines up"),
    bind(Context::Reading, Action::PageDown, &[key(KeyCode::PageDown), char(' ')], 0, "page down", "ten lines down"),
    bind(Context::Reading, Action::First, &[key(KeyCode::Home), char('g')], 0, "top", "the first line"),
    bind(Context::Reading, Action::Last, &[key(KeyCode::End), char('G')], 0, "bottom", "the last line"),
    bind(
        Context::Reading,
        Action::Cancel,
        &[key(KeyCode::Esc), char('q'), char('?'), char('L'), key(KeyCode::Enter)],
        9,
        "close",
        "back to the panes",
    ),
    bind(Context::Everywhere, Action::Leave, &[ctrl('c')], 0, "stop", "the same as q"),
    bind(Context::Everywhere, Action::Redraw, &[ctrl('l')], 0, "redraw", "draw the whole screen anew"),
    bind(
        Context::Everywhere,
        Action::Suspend,
        &[ctrl('z')],
        0,
        "suspend",
        "back to the shell until `fg`; the search rests",
    ),
];

impl Context {
    /// Whether the keys of `other` are heeded here, in a replay or in a search.
    fn heeds(self, other: Context, replay: bool) -> bool {
        let panes = if replay { Context::Replay } else { Context::Search };
        other == self || other == Context::Everywhere || self == Context::Panes && other == panes
    }
}

/// What a key does in a context, if anything.
pub(super) fn lookup(context: Context, replay: bool, event: KeyEvent) -> Option<Action> {
    TABLE
        .iter()
        .filter(|binding| context.heeds(binding.context, replay))
        .find(|binding| binding.keys.iter().any(|key| key.matches(event)))
        .map(|binding| binding.action)
}

/// The rows of a context that the footer names, neighbours of one name as one: keys, name, how much it is wanted.
pub(super) fn footer(context: Context, replay: bool) -> Vec<(String, &'static str, u8)> {
    let mut rows: Vec<(String, &'static str, u8)> = Vec::new();
    for binding in TABLE.iter().filter(|binding| binding.footer > 0 && context.heeds(binding.context, replay)) {
        let label = binding.keys.first().map(|key| key.label()).unwrap_or_default();
        match rows.last_mut() {
            Some((keys, name, _)) if *name == binding.name => {
                keys.push(' ');
                keys.push_str(&label);
            }
            _ => rows.push((label, binding.name, binding.footer)),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_context() {
        for context in [Context::Panes, Context::Stop, Context::Input, Context::Reading] {
            for replay in [false, true] {
                let mut seen = HashSet::new();
                for binding in TABLE.iter().filter(|binding| context.heeds(binding.context, replay)) {
                    for key in binding.keys {
                        assert!(seen.insert(key.label()), "{} means two things in {context:?}", key.label());
                    }
                }
            }
        }
    }

    #[test]
    fn shift_makes_no_difference_to_a_character() {
        for modifiers in [KeyModifiers::NONE, KeyModifiers::SHIFT] {
            assert_eq!(
                lookup(Context::Panes, false, KeyEvent::new(KeyCode::Char('+'), modifiers)),
                Some(Action::Raise)
            );
            assert_eq!(
                lookup(Context::Panes, false, KeyEvent::new(KeyCode::BackTab, modifiers)),
                Some(Action::FocusPrevious)
            );
        }
        let control = KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL);
        assert_eq!(lookup(Context::Panes, false, control), None);
    }
}
