//! What a person takes away: a genotype in the clipboard, a genotype with its drawing in the run's folder.

use std::fs::File;
use std::io::{ErrorKind, Write as _};

use super::{App, Effect};
use crate::space::drawing::{self, Glyphs};
use crate::space::genotype;
use crate::tui::text;
use crate::tui::view::{Focus, Subject};

/// The folder in that of the run that drawings are written to.
const FOLDER: &str = "architectures";

/// What is taken of an architecture.
struct Taken {
    /// Which one it is, in words.
    words: String,
    genotype: String,
    drawing: String,
}

impl App {
    /// Copies the genotype of the architecture that is looked at.
    pub(super) fn copy(&mut self) -> Effect {
        let Some(taken) = self.taken() else { return self.refuse("nothing is selected that has a genotype") };
        self.view.notice = Some(format!("copied the genotype: {}", taken.words));
        Effect::Copy(taken.genotype)
    }

    /// Writes the genotype and the drawing of the architecture that is looked at.
    pub(super) fn save_drawing(&mut self) -> Effect {
        let Some(taken) = self.taken() else { return self.refuse("nothing is selected that has a genotype") };
        let name = format!("{}-at-{}", taken.words.replace(' ', "-"), self.dashboard.iteration);
        Effect::Save { name, text: format!("{}\n\n{}", taken.genotype, taken.drawing) }
    }

    fn taken(&mut self) -> Option<Taken> {
        // On the page of the front, its selected member is looked at.
        if self.view.focus == Focus::Front {
            self.view.subject = Subject::Front;
        }
        let (words, architecture, _) = self.view.subject(&self.dashboard)?;
        let outline = &self.dashboard.started.as_ref()?.outline;
        let glyphs = if self.theme.ascii { &Glyphs::ASCII } else { &Glyphs::UNICODE };
        let drawing = drawing::text(outline, architecture, glyphs);
        Some(Taken { words, genotype: genotype::write(outline, architecture)?, drawing })
    }

    /// Writes a text into the run's folder, and says so.
    pub(in crate::tui) fn save(&mut self, name: &str, text: &str) {
        let Some(folder) = &self.folder else {
            self.view.notice = Some("the run's folder is not known here".into());
            return;
        };
        let path = folder.join(FOLDER).join(format!("{name}.txt"));
        // A run's folder may come from anywhere: only what is new is written, so that no link in it leads to another file.
        let written = std::fs::create_dir_all(folder.join(FOLDER))
            .and_then(|()| File::create_new(&path))
            .and_then(|mut file| file.write_all(text.as_bytes()));
        let place = text::clean(&path.display().to_string());
        self.view.notice = Some(match written {
            Ok(()) => format!("written: {place}"),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => format!("there already: {place}"),
            Err(error) => format!("{place}: {error}"),
        });
    }
}
