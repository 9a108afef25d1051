//! Numbers as SQLite holds them, and cells whose contents may be anything.

use rusqlite::Row;
use rusqlite::types::ValueRef;

/// A count; one that SQLite cannot hold becomes the greatest it can.
pub(super) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn maybe(amount: Option<u64>) -> Option<i64> {
    amount.map(count)
}

/// A number as it is stored: one that is not a number becomes NULL, as SQLite has it; infinities stay.
pub(super) fn finite(number: f64) -> Option<f64> {
    (!number.is_nan()).then_some(number)
}

/// A row of a file that may hold anything. Errors say which column makes no sense.
pub(super) struct Cells<'a, 'b>(pub(super) &'a Row<'b>);

type Cell<T> = Result<T, String>;

impl Cells<'_, '_> {
    fn get(&self, index: usize) -> Cell<ValueRef<'_>> {
        self.0.get_ref(index).map_err(|cause| cause.to_string())
    }

    fn wrong<T>(&self, index: usize, wanted: &str) -> Cell<T> {
        let name = self.0.as_ref().column_name(index).unwrap_or("?").to_owned();
        Err(format!("`{name}` is not {wanted}"))
    }

    pub(super) fn whole(&self, index: usize) -> Cell<u64> {
        match self.get(index)? {
            ValueRef::Integer(number) if number >= 0 => Ok(number.cast_unsigned()),
            _ => self.wrong(index, "a whole number of at least 0"),
        }
    }

    pub(super) fn maybe_whole(&self, index: usize) -> Cell<Option<u64>> {
        match self.get(index)? {
            ValueRef::Null => Ok(None),
            _ => self.whole(index).map(Some),
        }
    }

    /// A whole number of any sign.
    pub(super) fn signed(&self, index: usize) -> Cell<i64> {
        match self.get(index)? {
            ValueRef::Integer(number) => Ok(number),
            _ => self.wrong(index, "a whole number"),
        }
    }

    /// A number; NULL is one that is not a number.
    pub(super) fn number(&self, index: usize) -> Cell<f64> {
        Ok(self.maybe_number(index)?.unwrap_or(f64::NAN))
    }

    pub(super) fn maybe_number(&self, index: usize) -> Cell<Option<f64>> {
        match self.get(index)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number as f64)),
            ValueRef::Real(number) => Ok(Some(number)),
            _ => self.wrong(index, "a number"),
        }
    }

    pub(super) fn text(&self, index: usize) -> Cell<&str> {
        match self.get(index)? {
            ValueRef::Text(text) => std::str::from_utf8(text).or_else(|_| self.wrong(index, "text in UTF-8")),
            _ => self.wrong(index, "text"),
        }
    }

    pub(super) fn maybe_text(&self, index: usize) -> Cell<Option<&str>> {
        match self.get(index)? {
            ValueRef::Null => Ok(None),
            _ => self.text(index).map(Some),
        }
    }

    pub(super) fn blob(&self, index: usize) -> Cell<&[u8]> {
        match self.get(index)? {
            ValueRef::Blob(bytes) => Ok(bytes),
            _ => self.wrong(index, "a blob"),
        }
    }
}
