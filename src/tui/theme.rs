//! Colours, and what stands in for them where there are none.
//!
//! The distributions' hues are those of Okabe and Ito, which colour-blind eyes tell apart, as the nearest fixed
//! entries of the 256-colour table: those look the same in every terminal and through tmux. Grounds and ordinary text
//! stay the terminal's own, so that dark and light ones both work. Nothing is told by colour alone: distributions
//! carry their digit, the focus a thicker rule, weights a number or a denser glyph.

use ratatui::style::{Color, Modifier, Style};

/// Hues in the order in which distributions get them, those that read well on any ground first.
const HUES: [u8; 7] = [74, 214, 36, 175, 166, 32, 185];
/// The same, darker, for light grounds.
const HUES_ON_LIGHT: [u8; 7] = [25, 166, 29, 127, 124, 31, 94];
/// The nearest of the first 16 colours, which every terminal may show in its own way.
const FEW: [Color; 7] = [
    Color::LightBlue,
    Color::LightYellow,
    Color::LightGreen,
    Color::LightMagenta,
    Color::LightRed,
    Color::LightCyan,
    Color::White,
];
/// The same, darker.
const FEW_ON_LIGHT: [Color; 7] =
    [Color::Blue, Color::Yellow, Color::Green, Color::Magenta, Color::Red, Color::Cyan, Color::Black];
/// Grounds from the least to the greatest importance weight, with text that reads on them.
const HEAT: [(u8, u8); 6] = [(236, 250), (24, 255), (30, 255), (71, 16), (149, 16), (227, 16)];
/// The same for light grounds: the greatest is the darkest.
const HEAT_ON_LIGHT: [(u8, u8); 6] = [(255, 238), (195, 16), (116, 16), (73, 16), (31, 255), (18, 255)];
/// The same without colour.
const DENSITY: [&str; 6] = [" ", "·", "░", "▒", "▓", "█"];

/// How many colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// The fixed entries of the 256-colour table.
    Many,
    /// The first 16, whose look the terminal decides.
    Few,
    /// None: bold, dim and reversed text alone.
    None,
}

/// What the screen is drawn on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Ground {
    /// A dark one.
    #[default]
    Dark,
    /// A light one.
    Light,
}

/// How the screen looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// How many colours there are.
    pub colours: Colours,
    /// What it is drawn on.
    pub ground: Ground,
    /// Whether nothing but ASCII is drawn.
    pub ascii: bool,
}

impl Theme {
    /// 256 colours on a dark ground.
    pub const COLOUR: Self = Self { colours: Colours::Many, ground: Ground::Dark, ascii: false };
    /// No colour.
    pub const MONOCHROME: Self = Self { colours: Colours::None, ..Self::COLOUR };

    /// What the environment says of the terminal, which is never asked: `NO_COLOR` (<https://no-color.org>), `COLORTERM`
    /// and `TERM` for the colours, `COLORFGBG` for the ground, and the locale for ASCII. A locale that is not set says
    /// nothing.
    pub fn from_environment() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let colours = match supports_color::on(supports_color::Stream::Stdout) {
            None => Colours::None,
            Some(level) if level.has_256 || level.has_16m => Colours::Many,
            Some(_) => Colours::Few,
        };
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        Self {
            colours,
            ground: set("COLORFGBG").map_or(Ground::Dark, |colours| ground(&colours)),
            ascii: locale.is_some_and(|locale| !is_utf8(&locale)),
        }
    }

    fn hue(self, index: u8, few: Color) -> Color {
        match self.colours {
            Colours::Many => Color::Indexed(index),
            Colours::Few => few,
            Colours::None => Color::Reset,
        }
    }

    /// One of two, by the ground.
    fn by_ground<T>(self, dark: T, light: T) -> T {
        match self.ground {
            Ground::Dark => dark,
            Ground::Light => light,
        }
    }

    /// The colour of a distribution, for shapes.
    pub(super) fn distribution_colour(self, index: usize) -> Color {
        let place = index % HUES.len();
        self.hue(self.by_ground(HUES, HUES_ON_LIGHT)[place], self.by_ground(FEW, FEW_ON_LIGHT)[place])
    }

    /// A distribution's digit in a table or at the end of a line.
    pub(super) fn distribution(self, index: usize) -> Style {
        Style::new().fg(self.distribution_colour(index)).add_modifier(Modifier::BOLD)
    }

    /// A distribution's digit where it must stand out from dots and lines.
    pub(super) fn badge(self, index: usize) -> Style {
        let text = self.by_ground((16, Color::Black), (231, Color::White));
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED),
            _ => {
                let style = Style::new().bg(self.distribution_colour(index)).fg(self.hue(text.0, text.1));
                style.add_modifier(Modifier::BOLD)
            }
        }
    }

    /// What recedes: rules, axes, captions.
    pub(super) fn dim(self) -> Style {
        match self.colours {
            Colours::None => Style::new().add_modifier(Modifier::DIM),
            _ => Style::new().fg(self.dim_colour()),
        }
    }

    /// The colour of what recedes, for shapes.
    pub(super) fn dim_colour(self) -> Color {
        self.hue(self.by_ground(244, 243), self.by_ground(Color::Gray, Color::DarkGray))
    }

    /// The colour of the front.
    pub(super) fn front_colour(self) -> Color {
        self.hue(self.by_ground(250, 238), self.by_ground(Color::White, Color::Black))
    }

    /// The focused pane's rule and title.
    pub(super) fn focus(self) -> Style {
        Style::new().fg(self.distribution_colour(0)).add_modifier(Modifier::BOLD)
    }

    /// The selected row.
    pub(super) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// What is well.
    pub(super) fn good(self) -> Style {
        Style::new().fg(self.distribution_colour(2)).add_modifier(Modifier::BOLD)
    }

    /// What rests, or waits for an answer.
    pub(super) fn waiting(self) -> Style {
        Style::new().fg(self.distribution_colour(1)).add_modifier(Modifier::BOLD)
    }

    /// What went wrong.
    pub(super) fn bad(self) -> Style {
        Style::new().fg(self.distribution_colour(4)).add_modifier(Modifier::BOLD)
    }

    /// A key's name.
    pub(super) fn key(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// A share of the greatest weight as a ground, and the glyph that fills it where there is no colour.
    pub(super) fn heat(self, share: f64) -> (Style, &'static str) {
        let last = HEAT.len() - 1;
        let level = if share.is_finite() { (share.clamp(0.0, 1.0) * last as f64).round() as usize } else { 0 };
        match self.colours {
            Colours::Many => {
                let (ground, text) = self.by_ground(HEAT, HEAT_ON_LIGHT)[level];
                (Style::new().bg(Color::Indexed(ground)).fg(Color::Indexed(text)), " ")
            }
            // Too few steps for grounds.
            Colours::Few | Colours::None => (Style::new(), DENSITY[level]),
        }
    }
}

/// The ground that `COLORFGBG` names, as `15;0` or `0;default;15`: the last number is its colour.
fn ground(colours: &str) -> Ground {
    match colours.rsplit(';').next().and_then(|ground| ground.parse::<u8>().ok()) {
        Some(7 | 9..=15) => Ground::Light,
        _ => Ground::Dark,
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_tells_the_ground_and_the_characters() {
        assert_eq!(["15;0", "0;15", "0;default;15", "7", "x", ""].map(ground), {
            use Ground::{Dark, Light};
            [Dark, Light, Light, Light, Dark, Dark]
        });
        assert_eq!(["C", "POSIX", "en_GB.UTF-8", "C.utf8", "de_DE"].map(is_utf8), [false, false, true, true, false]);
    }
}
