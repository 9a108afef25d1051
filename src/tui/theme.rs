//! Colours, and what stands in for them where there are none.
//!
//! The distributions' hues are those of Okabe and Ito, which colour-blind eyes tell apart, as the nearest fixed
//! entries of the 256-colour table: those look the same in every terminal and through tmux. Grounds and ordinary text
//! stay the terminal's own, so that dark and light ones both work. Nothing is told by colour alone: distributions
//! carry their digit, the focus a thicker rule, weights a number or a denser glyph.

use ratatui::style::{Color, Modifier, Style};

/// Hues in the order in which distributions get them, those that read well on any ground first.
const HUES: [u8; 7] = [74, 214, 36, 175, 166, 32, 185];
/// Grounds from the least to the greatest importance weight, with text that reads on them.
const HEAT: [(u8, u8); 6] = [(236, 250), (24, 255), (30, 255), (71, 16), (149, 16), (227, 16)];
/// The same without colour.
const DENSITY: [&str; 6] = [" ", "·", "░", "▒", "▓", "█"];

/// How the screen is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// With 256 colours.
    Colour,
    /// With bold, dim and reversed text alone.
    Monochrome,
}

impl Theme {
    /// Monochrome where `NO_COLOR` is set, as <https://no-color.org> asks.
    pub fn from_environment() -> Self {
        match std::env::var_os("NO_COLOR") {
            Some(value) if !value.is_empty() => Theme::Monochrome,
            _ => Theme::Colour,
        }
    }

    fn hue(self, index: u8) -> Color {
        match self {
            Theme::Colour => Color::Indexed(index),
            Theme::Monochrome => Color::Reset,
        }
    }

    /// The colour of a distribution, for shapes.
    pub(super) fn distribution_colour(self, index: usize) -> Color {
        self.hue(HUES[index % HUES.len()])
    }

    /// A distribution's digit in a table or at the end of a line.
    pub(super) fn distribution(self, index: usize) -> Style {
        Style::new().fg(self.distribution_colour(index)).add_modifier(Modifier::BOLD)
    }

    /// A distribution's digit where it must stand out from dots and lines.
    pub(super) fn badge(self, index: usize) -> Style {
        match self {
            Theme::Colour => {
                Style::new().bg(self.distribution_colour(index)).fg(Color::Indexed(16)).add_modifier(Modifier::BOLD)
            }
            Theme::Monochrome => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
        }
    }

    /// What recedes: rules, axes, captions.
    pub(super) fn dim(self) -> Style {
        match self {
            Theme::Colour => Style::new().fg(Color::Indexed(244)),
            Theme::Monochrome => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// The colour of what recedes, for shapes.
    pub(super) fn dim_colour(self) -> Color {
        self.hue(244)
    }

    /// The colour of the front.
    pub(super) fn front_colour(self) -> Color {
        self.hue(250)
    }

    /// The focused pane's rule and title.
    pub(super) fn focus(self) -> Style {
        Style::new().fg(self.hue(74)).add_modifier(Modifier::BOLD)
    }

    /// The selected row.
    pub(super) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What is well.
    pub(super) fn good(self) -> Style {
        Style::new().fg(self.hue(36)).add_modifier(Modifier::BOLD)
    }

    /// What rests, or waits for an answer.
    pub(super) fn waiting(self) -> Style {
        Style::new().fg(self.hue(214)).add_modifier(Modifier::BOLD)
    }

    /// What went wrong.
    pub(super) fn bad(self) -> Style {
        Style::new().fg(self.hue(166)).add_modifier(Modifier::BOLD)
    }

    /// A key's name.
    pub(super) fn key(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A share of the greatest weight as a ground, and the glyph that fills it where there is no colour.
    pub(super) fn heat(self, share: f64) -> (Style, &'static str) {
        let last = HEAT.len() - 1;
        let level = if share.is_finite() { (share.clamp(0.0, 1.0) * last as f64).round() as usize } else { 0 };
        match self {
            Theme::Colour => {
                let (ground, text) = HEAT[level];
                (Style::new().bg(Color::Indexed(ground)).fg(Color::Indexed(text)), " ")
            }
            Theme::Monochrome => (Style::new(), DENSITY[level]),
        }
    }
}
