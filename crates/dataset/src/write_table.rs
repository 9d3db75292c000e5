//! Writes annotations as a table that wildlife-datasets, spreadsheets and resight itself read.
//!
//! A cell of text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, tab or carriage
//! return and is no plain number) gets an apostrophe before it, which spreadsheets hide. Reading takes
//! exactly that apostrophe away again, so every id comes back as it was.

use std::io::Write;
use std::path::{Path, PathBuf};

use resight_core::GivenBox;

use crate::cell::{IdentityCell, IdentityWords};
use crate::{Column, Row};

/// A row cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TableWriteError {
    /// The file cannot be written.
    #[error("cannot write the table: {0}")]
    Write(#[from] csv::Error),
    /// The end of the file cannot be written.
    #[error("cannot write the table: {0}")]
    Flush(#[from] std::io::Error),
    /// The name would be read back as "not known" or without its outer blanks.
    #[error("a table cannot hold this name of an individual; hint: rename it: `{0}`")]
    Name(String),
    /// The path is no UTF-8.
    #[error("a table cannot hold a path that is no UTF-8; hint: rename the file: {}", .0.display())]
    Path(PathBuf),
}

/// Writes a table row by row.
pub struct TableWriter<W: Write> {
    writer: csv::Writer<W>,
    folder: PathBuf,
    n_extra: usize,
}

impl<W: Write> TableWriter<W> {
    /// Begins a table that will lie in `folder`, with the columns of [`Column`] and the extra ones.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(output: W, folder: &Path, extra_columns: &[String]) -> Result<Self, TableWriteError> {
        let mut writer = csv::Writer::from_writer(output);
        let names = Column::ALL.iter().map(|column| column.name().to_owned());
        writer.write_record(names.chain(extra_columns.iter().map(|name| guarded(name))))?;
        Ok(Self { writer, folder: folder.to_owned(), n_extra: extra_columns.len() })
    }

    /// Writes one row. Photos below the table's folder get relative paths, others stay as they are.
    ///
    /// # Errors
    /// When the name or path cannot stand in a table, or the file cannot be written.
    pub fn write(&mut self, row: &Row) -> Result<(), TableWriteError> {
        for column in Column::ALL {
            self.writer.write_field(self.cell(row, column)?)?;
        }
        for index in 0..self.n_extra {
            self.writer.write_field(guarded(row.extra.get(index).map_or("", String::as_str)))?;
        }
        self.writer.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Writes what is left and gives the output back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<W, TableWriteError> {
        self.writer.into_inner().map_err(|error| TableWriteError::Flush(error.into_error()))
    }

    fn cell(&self, row: &Row, column: Column) -> Result<String, TableWriteError> {
        let text = |text: Option<String>| text.map(|text| guarded(&text)).unwrap_or_default();
        let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        Ok(match column {
            Column::ImageId => guarded(&row.image_id),
            Column::Path => self.path(&row.path)?,
            Column::Identity => identity(row.identity.as_deref())?,
            Column::Species => text(row.species.as_ref().map(ToString::to_string)),
            Column::Viewpoint => text(row.viewpoint.as_ref().map(ToString::to_string)),
            Column::Encounter => text(row.encounter.clone()),
            Column::Date => row.date.map(|date| date.to_string()).unwrap_or_default(),
            Column::Latitude => number(row.latitude),
            Column::Longitude => number(row.longitude),
            Column::Bbox => boxes(&row.boxes),
            Column::Split => text(row.split.clone()),
        })
    }

    /// The path as a cell: below the folder relative, with `/`; else as it is.
    fn path(&self, path: &Path) -> Result<String, TableWriteError> {
        let shown = path.strip_prefix(&self.folder).unwrap_or(path);
        let text = shown.to_str().ok_or_else(|| TableWriteError::Path(path.to_owned()))?;
        let portable = if cfg!(windows) { text.replace('\\', "/") } else { text.to_owned() };
        Ok(guarded(&portable))
    }
}

/// Writes a table of any columns, cell by cell. Cells of text get the same guard against formulas.
pub struct ListWriter<W: Write> {
    writer: csv::Writer<W>,
}

impl<W: Write> ListWriter<W> {
    /// Begins a table with these columns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(output: W, columns: &[String]) -> Result<Self, TableWriteError> {
        let mut list = Self { writer: csv::Writer::from_writer(output) };
        list.write(columns)?;
        Ok(list)
    }

    /// Writes one row, with as many cells as there are columns.
    ///
    /// # Errors
    /// When it cannot be written, or has another number of cells.
    pub fn write(&mut self, cells: &[String]) -> Result<(), TableWriteError> {
        Ok(self.writer.write_record(cells.iter().map(|cell| guarded(cell)))?)
    }

    /// Writes what is left and gives the output back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<W, TableWriteError> {
        self.writer.into_inner().map_err(|error| TableWriteError::Flush(error.into_error()))
    }
}

/// The name, or `unknown` as wildlife-datasets has it.
fn identity(name: Option<&str>) -> Result<String, TableWriteError> {
    let Some(name) = name else { return Ok("unknown".to_owned()) };
    let reads_back = match IdentityWords::default().read(name) {
        IdentityCell::NotKnown => false,
        IdentityCell::Named(read) | IdentityCell::Suspicious(read) => read == name,
    };
    if reads_back && !name.contains('\0') {
        Ok(guarded(name))
    } else {
        Err(TableWriteError::Name(name.to_owned()))
    }
}

/// One box as `[x, y, width, height]`, several as a list of such.
fn boxes(boxes: &[GivenBox]) -> String {
    let one =
        |GivenBox { bounds: b, .. }: &GivenBox| format!("[{}, {}, {}, {}]", b.x, b.y, b.width, b.height);
    match boxes {
        [] => String::new(),
        [only] => one(only),
        several => format!("[{}]", several.iter().map(one).collect::<Vec<_>>().join(", ")),
    }
}

/// Whether a spreadsheet would run it.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err()
}

/// Whether it is a formula with apostrophes before it, or a formula.
fn needs_guard(text: &str) -> bool {
    is_formula(text.trim_start_matches('\''))
}

/// The text as a cell that no spreadsheet runs.
fn guarded(text: &str) -> String {
    if needs_guard(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text that [`guarded`] was given.
pub(crate) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if needs_guard(text) => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests;
