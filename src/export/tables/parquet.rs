//! Apache Parquet, by the crate `parquet` without Arrow.

use std::fs::File;
use std::io::{self, BufWriter};
use std::sync::Arc;

use parquet::basic::{Compression, ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use super::{Cell, Column, Kind, Sink};

/// Rows that are in memory at once, and in one group of the file.
const GROUP: usize = 16_384;

/// A Parquet file.
pub(super) struct Parquet {
    writer: SerializedFileWriter<BufWriter<File>>,
    columns: Vec<Values>,
    rows: usize,
}

/// The values of a column; of each row whether it has one.
struct Values {
    there: Vec<i16>,
    numbers: Numbers,
}

/// Values of one kind.
enum Numbers {
    Whole(Vec<i64>),
    Number(Vec<f64>),
    Flag(Vec<bool>),
    Text(Vec<ByteArray>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        let numbers = match kind {
            Kind::Whole => Numbers::Whole(Vec::new()),
            Kind::Number => Numbers::Number(Vec::new()),
            Kind::Flag => Numbers::Flag(Vec::new()),
            Kind::Text => Numbers::Text(Vec::new()),
        };
        Self { there: Vec::new(), numbers }
    }

    /// Adds a cell; one of another kind counts as none.
    fn push(&mut self, cell: &Cell<'_>) {
        self.there.push(1);
        match (&mut self.numbers, cell) {
            // What a database can hold is below 2^63.
            (Numbers::Whole(all), Cell::Whole(amount)) => all.push(i64::try_from(*amount).unwrap_or(i64::MAX)),
            (Numbers::Number(all), Cell::Number(number)) => all.push(*number),
            (Numbers::Flag(all), Cell::Flag(flag)) => all.push(*flag),
            (Numbers::Text(all), Cell::Text(text)) => all.push(text.as_bytes().to_vec().into()),
            _ => *self.there.last_mut().unwrap_or(&mut 0) = 0,
        }
    }

    fn write(self, mut column: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        fn all<T: DataType>(
            column: &mut SerializedColumnWriter<'_>,
            values: &[T::T],
            there: &[i16],
        ) -> Result<(), ParquetError> {
            column.typed::<T>().write_batch(values, Some(there), None).map(|_| ())
        }
        match &self.numbers {
            Numbers::Whole(values) => all::<Int64Type>(&mut column, values, &self.there)?,
            Numbers::Number(values) => all::<DoubleType>(&mut column, values, &self.there)?,
            Numbers::Flag(values) => all::<BoolType>(&mut column, values, &self.there)?,
            Numbers::Text(values) => all::<ByteArrayType>(&mut column, values, &self.there)?,
        }
        column.close()
    }
}

impl Parquet {
    pub(super) fn new(columns: Vec<Column>, file: BufWriter<File>) -> io::Result<Self> {
        let fields = columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<_, _>>()?;
        let schema = Type::group_type_builder("row").with_fields(fields).build()?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?;
        let columns = columns.iter().map(|column| Values::new(column.kind)).collect();
        Ok(Self { writer, columns, rows: 0 })
    }

    fn write_group(&mut self) -> io::Result<()> {
        self.rows = 0;
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.columns {
            let empty = Values { there: Vec::new(), numbers: values.numbers.empty() };
            if let Some(column) = group.next_column()? {
                std::mem::replace(values, empty).write(column)?;
            }
        }
        group.close()?;
        Ok(())
    }
}

impl Numbers {
    /// None of the same kind.
    fn empty(&self) -> Self {
        match self {
            Self::Whole(_) => Self::Whole(Vec::new()),
            Self::Number(_) => Self::Number(Vec::new()),
            Self::Flag(_) => Self::Flag(Vec::new()),
            Self::Text(_) => Self::Text(Vec::new()),
        }
    }
}

impl Sink for Parquet {
    fn row(&mut self, row: &[Cell<'_>]) -> io::Result<()> {
        self.columns.iter_mut().zip(row).for_each(|(column, cell)| column.push(cell));
        self.rows += 1;
        if self.rows == GROUP { self.write_group() } else { Ok(()) }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        io::Write::flush(&mut self.writer.into_inner()?)
    }
}

fn field(column: &Column) -> Result<Type, ParquetError> {
    let physical = match column.kind {
        Kind::Whole => Physical::INT64,
        Kind::Number => Physical::DOUBLE,
        Kind::Flag => Physical::BOOLEAN,
        Kind::Text => Physical::BYTE_ARRAY,
    };
    let field = Type::primitive_type_builder(&column.name, physical).with_repetition(Repetition::OPTIONAL);
    match column.kind {
        Kind::Text => {
            field.with_converted_type(ConvertedType::UTF8).with_logical_type(Some(LogicalType::String)).build()
        }
        _ => field.build(),
    }
}
