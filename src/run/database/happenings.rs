//! What happened in a search, with the times of the machine's clock.

use super::{Database, DatabaseError};

/// The newest so many are read.
const MOST: i64 = 1_000;

/// A row of `happenings`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happening {
    /// Iterations done at that moment.
    pub iteration: u64,
    /// Milliseconds since 1970, by the clock of the machine.
    pub time: i64,
    /// What it is, in one of the words of `docs/run-database.md`.
    pub kind: String,
    /// What it says.
    pub text: String,
}

impl Database {
    /// What happened beside iterations, validations and changes, in order: the newest thousand.
    ///
    /// # Errors
    /// A damaged file.
    pub fn happenings(&self) -> Result<Vec<Happening>, DatabaseError> {
        let statement = "SELECT iteration, time, kind, text FROM (SELECT * FROM happenings ORDER BY seq DESC LIMIT ?1) \
                         ORDER BY seq";
        self.rows(statement, [MOST], |cells| {
            Ok(Happening {
                iteration: cells.whole(0)?,
                time: cells.signed(1)?,
                kind: cells.text(2)?.to_owned(),
                text: cells.text(3)?.to_owned(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Settings;
    use crate::run::Database;
    use crate::run::database::{Writer, tests};

    #[test]
    fn what_happened_comes_in_its_order_with_its_times() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path(), &Settings::default(), || 7).unwrap();
        writer.write(&tests::timed(&tests::search()), false).unwrap();
        let happenings = Database::open(folder.path()).unwrap().happenings().unwrap();
        assert_eq!((happenings[0].kind.as_str(), happenings[0].iteration), ("started", 0));
        assert_eq!(happenings[0].text, format!("search test with seed {}", u64::MAX));
        assert!(happenings.iter().any(|one| one.kind == "warning"), "{happenings:?}");
        assert!(happenings.is_sorted_by_key(|one| one.time));
    }
}
