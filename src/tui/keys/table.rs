//! The one table of actions with their keys.

use crossterm::event::KeyCode;

use super::key::{Key, char, ctrl, key};
use super::{Action, Context};
use crate::tui::view::Tab;

/// A row of the table.
#[derive(Debug)]
pub(in crate::tui) struct Binding {
    /// What it is called in a file of keys.
    pub(in crate::tui) id: &'static str,
    pub(in crate::tui) context: Context,
    pub(in crate::tui) action: Action,
    /// Its keys, unless a person has others.
    pub(in crate::tui) keys: &'static [Key],
    /// How much it is wanted in the footer; 0: not there.
    pub(in crate::tui) footer: u8,
    /// A word or two, for the footer.
    pub(in crate::tui) name: &'static str,
    /// A sentence, for the help and the palette.
    pub(in crate::tui) description: &'static str,
}

macro_rules! table {
    ($($context:ident { $($id:literal $action:expr, [$($key:expr),*], $footer:literal, $name:literal, $description:literal;)* })*) => {
        &[$($(Binding {
            id: $id,
            context: Context::$context,
            action: $action,
            keys: &[$($key),*],
            footer: $footer,
            name: $name,
            description: $description,
        }),*),*]
    };
}

use Action::*;

/// Every action of the screen, in the order of the footer and the help.
#[rustfmt::skip]
pub(in crate::tui) static TABLE: &[Binding] = table! {
    Search {
        "pause" Pause, [char(' ')], 9, "pause", "rest after this iteration, or go on";
        "step" Step, [char('s')], 3, "step", "do one iteration and rest";
        "steps" Steps, [char('S')], 0, "steps", "do so many iterations and rest";
        "checkpoint" Checkpoint, [char('C')], 0, "checkpoint", "keep a checkpoint now";
        "coefficient-up" Raise, [char('+'), char('=')], 7, "steer", "complexity counts for more in the selected distribution: its coefficient times 1.25, or its target divided by it";
        "coefficient-down" Lower, [char('-'), char('_')], 7, "steer", "accuracy counts for more in the selected distribution: its coefficient divided by 1.25, or its target times it";
        "coefficient" Coefficient, [char('c')], 4, "type it", "type the coefficient of the selected distribution";
        "target" Target, [char('t')], 0, "target", "type a limit of complexity for the selected distribution, which its coefficient then adapts to";
        "add" Add, [char('a')], 0, "add", "add a distribution behind the selected one";
        "remove" Remove, [char('X')], 0, "remove", "remove the selected distribution";
        "learning-rate" LearningRate, [char('R')], 0, "learning rate", "type what the learning rate falls from";
        "pool" Samples, [char('N')], 0, "samples", "type how many architectures are drawn from each distribution";
        "validate-every" ValidateEvery, [char('V')], 0, "validation", "type how many iterations lie between two validations of the modes";
        "undo" Undo, [char('u')], 3, "undo", "take the last change back";
    }
    Replay {
        "play" Pause, [char(' ')], 9, "play", "play, or rest";
        "play-step" Step, [char('s')], 5, "step", "show one iteration more and rest";
        "slower" Slower, [char('<'), char(',')], 7, "speed", "play half as fast";
        "faster" Faster, [char('>'), char('.')], 7, "speed", "play twice as fast";
        "back" Back, [key(KeyCode::Left)], 8, "jump", "go back by a fiftieth of the search";
        "forward" Forward, [key(KeyCode::Right)], 8, "jump", "go on by a fiftieth of the search";
        "start" Start, [key(KeyCode::Home)], 3, "ends", "go to the beginning";
        "end" End, [key(KeyCode::End)], 3, "ends", "go to the end of what is recorded";
        "go-to" GoTo, [char('t')], 4, "go to", "type the iteration to go to";
    }
    Theta {
        "beside" Compare, [char('v')], 7, "beside", "set the next distribution beside the selected one, or none";
    }
    Samples {
        "open-sample" Open, [key(KeyCode::Enter)], 7, "its cell", "draw the cells of the selected sample";
        "filter" Find, [char('/')], 7, "filter", "show only the samples that match, such as params<50k source=2 acc>=90% dup sep";
        "order" Order, [char('o')], 7, "sort", "order the samples by the next column";
        "turn-order" TurnOrder, [char('O')], 7, "sort", "turn the order of the samples around";
        "follow" Follow, [char('f')], 7, "follow", "follow the first row, which is the newest sample unless ordered by something else, or hold the selected one";
    }
    Log {
        "find" Find, [char('/')], 7, "find", "show only what has some words";
    }
    Cell {
        "copy" Copy, [char('y')], 6, "copy", "copy the genotype of the architecture, through the terminal's clipboard (OSC 52)";
        "train" Train, [char('T')], 6, "train", "train the architecture from scratch, in a process of its own";
        "save" Save, [char('w')], 6, "write", "write the genotype and the drawing into the run's folder";
    }
    Front {
        "mark" Mark, [char('m')], 6, "mark", "compare the selected architecture with this one from here on, or no more";
        "export-front" Save, [char('w')], 5, "write", "write the genotype and the drawing of the selected architecture into the run's folder";
        "copy-front" Copy, [char('y')], 5, "copy", "copy the genotype of the selected architecture";
        "train-front" Train, [char('T')], 6, "train", "train the selected architecture from scratch, in a process of its own";
        "open-front" Open, [key(KeyCode::Enter)], 7, "its cell", "draw the cells of the selected architecture";
    }
    Models {
        "train-on" Train, [char('T')], 8, "go on", "go on with the training of the selected network, which was interrupted";
        "halt" Halt, [char('x')], 8, "stop it", "stop the training of the selected network, and keep its state";
    }
    Panes {
        "overview" Show(Tab::Overview), [char('1')], 0, "overview", "accuracy and entropy of all distributions";
        "distributions" Show(Tab::Distributions), [char('2')], 0, "distributions", "the probabilities of the selected distribution";
        "samples" Show(Tab::Samples), [char('3')], 0, "samples", "the architectures drawn of late";
        "cell" Show(Tab::Cell), [char('4')], 0, "cell", "the selected architecture, drawn";
        "front" Show(Tab::Front), [char('5')], 0, "front", "the architectures that no other one beats";
        "log" Show(Tab::Log), [char('6'), char('L')], 0, "log", "what happened so far";
        "models" Show(Tab::Models), [char('7')], 0, "models", "the networks that are trained from scratch";
        "next-pane" FocusNext, [key(KeyCode::Tab)], 5, "pane", "move the focus to the next pane";
        "previous-pane" FocusPrevious, [key(KeyCode::BackTab)], 0, "previous pane", "move the focus to the pane before";
        "previous-distribution" DistributionPrevious, [char('[')], 6, "distribution", "select the distribution before";
        "next-distribution" DistributionNext, [char(']')], 6, "distribution", "select the next distribution";
        "up" Up, [key(KeyCode::Up), char('k')], 4, "select", "the row above";
        "down" Down, [key(KeyCode::Down), char('j')], 4, "select", "the row below";
        "left" Left, [char('h'), key(KeyCode::Left)], 0, "left", "what is to the left, or the one before";
        "right" Right, [char('l'), key(KeyCode::Right)], 0, "right", "what is to the right, or the next one";
        "page-up" PageUp, [key(KeyCode::PageUp)], 0, "page up", "ten rows up";
        "page-down" PageDown, [key(KeyCode::PageDown)], 0, "page down", "ten rows down";
        "first" First, [char('g'), key(KeyCode::Home)], 0, "first", "the first row; in the samples and the log: follow the newest";
        "last" Last, [char('G'), key(KeyCode::End)], 0, "last", "the last row";
        "zoom" Zoom, [char('z')], 2, "zoom", "give the pane in focus all the room, or no more";
        "mouse" Mouse, [char('M')], 0, "mouse", "let the mouse choose panes and rows, or leave it to the terminal";
        "palette" Palette, [char(':')], 5, "actions", "find any action by its name";
        "help" Help, [char('?')], 10, "help", "explain the pane in focus, and every key";
        "cancel" Cancel, [key(KeyCode::Esc)], 0, "cancel", "end the filter or the zoom";
        "detach" Detach, [char('d')], 3, "detach", "leave; the search goes on, and `isthmus attach` comes back to it";
        "leave" Leave, [char('q')], 11, "stop", "stop the search, or leave it once it ended";
    }
    Stop {
        "stop-confirm" Confirm, [key(KeyCode::Enter), char('y')], 9, "stop", "stop the search, score the modes and leave";
        "stop-detach" Detach, [char('d')], 9, "detach", "leave and let the search go on without a screen";
        "stop-cancel" Cancel, [key(KeyCode::Esc), char('n')], 9, "go on", "let the search go on";
    }
    Remove {
        "remove-confirm" Confirm, [key(KeyCode::Enter), char('y')], 9, "remove", "remove the distribution";
        "remove-cancel" Cancel, [key(KeyCode::Esc), char('n')], 9, "keep", "keep the distribution";
    }
    Training {
        "training-confirm" Confirm, [key(KeyCode::Enter), char('y')], 9, "yes", "do it";
        "training-cancel" Cancel, [key(KeyCode::Esc), char('n')], 9, "no", "leave it as it is";
    }
    Input {
        "input-confirm" Confirm, [key(KeyCode::Enter)], 9, "apply", "take what is typed";
        "input-cancel" Cancel, [key(KeyCode::Esc)], 9, "cancel", "change nothing";
    }
    Palette {
        "palette-up" Up, [key(KeyCode::Up), ctrl('p')], 5, "select", "the action above";
        "palette-down" Down, [key(KeyCode::Down), ctrl('n')], 5, "select", "the action below";
        "palette-confirm" Confirm, [key(KeyCode::Enter)], 9, "do it", "do the selected action";
        "palette-cancel" Cancel, [key(KeyCode::Esc)], 9, "cancel", "do nothing";
    }
    Reading {
        "read-up" Up, [key(KeyCode::Up), char('k')], 5, "scroll", "a line up";
        "read-down" Down, [key(KeyCode::Down), char('j')], 5, "scroll", "a line down";
        "read-page-up" PageUp, [key(KeyCode::PageUp)], 0, "page up", "ten lines up";
        "read-page-down" PageDown, [key(KeyCode::PageDown), char(' ')], 0, "page down", "ten lines down";
        "read-first" First, [key(KeyCode::Home), char('g')], 0, "top", "the first line";
        "read-last" Last, [key(KeyCode::End), char('G')], 0, "bottom", "the last line";
        "read-close" Cancel, [key(KeyCode::Esc), char('q'), char('?'), key(KeyCode::Enter)], 9, "close", "back to the panes";
    }
    Everywhere {
        "interrupt" Leave, [ctrl('c')], 0, "stop", "the same as q";
        "redraw" Redraw, [ctrl('l')], 0, "redraw", "draw the whole screen anew";
        "suspend" Suspend, [ctrl('z')], 0, "suspend", "back to the shell until `fg`; the search goes on";
    }
};
