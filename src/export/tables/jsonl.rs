//! A JSON object a line.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};

use serde::ser::{SerializeMap as _, Serializer as _};

use super::{Cell, Column, Sink};

/// A file of JSON lines. Infinity, which JSON does not have, is null.
pub(super) struct Jsonl {
    columns: Vec<Column>,
    file: BufWriter<File>,
}

impl Jsonl {
    pub(super) fn new(columns: Vec<Column>, file: BufWriter<File>) -> Self {
        Self { columns, file }
    }
}

impl Sink for Jsonl {
    fn row(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        let mut writer = serde_json::Serializer::new(&mut self.file);
        let mut object = writer.serialize_map(Some(row.len()))?;
        for (column, cell) in self.columns.iter().zip(row) {
            match cell {
                Cell::None => object.serialize_entry(&column.name, &())?,
                Cell::Whole(amount) => object.serialize_entry(&column.name, amount)?,
                Cell::Number(number) => object.serialize_entry(&column.name, number)?,
                Cell::Flag(flag) => object.serialize_entry(&column.name, flag)?,
                Cell::Text(text) => object.serialize_entry(&column.name, text)?,
            }
        }
        object.end()?;
        self.file.write_all(b"\n")
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        self.file.flush()
    }
}
