//! Comma-separated values.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use super::{Cell, Column, Sink};

/// A file of comma-separated values.
pub(super) struct Csv(csv::Writer<BufWriter<File>>);

impl Csv {
    pub(super) fn new(columns: &[Column], file: BufWriter<File>) -> io::Result<Self> {
        let mut writer = csv::Writer::from_writer(file);
        writer.write_record(columns.iter().map(|column| &column.name))?;
        Ok(Self(writer))
    }
}

impl Sink for Csv {
    fn row(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        for cell in row {
            match cell {
                Cell::None => self.0.write_field("")?,
                Cell::Whole(amount) => self.0.write_field(amount.to_string())?,
                Cell::Number(number) => self.0.write_field(number.to_string())?,
                Cell::Flag(flag) => self.0.write_field(flag.to_string())?,
                Cell::Text(text) => self.0.write_field(text.as_bytes())?,
            }
        }
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.into_inner().map_err(csv::IntoInnerError::into_error)?.flush()
    }
}
