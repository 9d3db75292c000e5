//! Writes annotations as a table that wildlife-datasets, spreadsheets and resight itself read.
//!
//! A cell of text that a spreadsheet would run as a formula (it begins with `=`, `+`, `-`, `@`, tab or carriage
//! return and is no plain number) gets an apostrophe before it, which spreadsheets hide. Reading takes
//! exactly that apostrophe away again, so every id comes back as it was.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, GivenBox, Hint, RoomError, check_name};

use crate::boxes::space_word;
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
    #[error("a table cannot hold this name of an individual: `{0}`")]
    Name(String),
    /// A line end, another control character or a blank at either end would not come back as it was, here or in
    /// other programs.
    #[error("a table cannot hold this {column}: it begins or ends with a blank, or holds a control character: `{}`", .cell.escape_debug())]
    Cell {
        /// Of which column.
        column: &'static str,
        /// What cannot be written.
        cell: String,
    },
    /// The path is no UTF-8.
    #[error("a table cannot hold a path that is no UTF-8: {}", .0.display())]
    Path(PathBuf),
}

impl RoomError for TableWriteError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Write(_) | Self::Flush(_) => ErrorKind::Io,
            Self::Name(_) | Self::Cell { .. } | Self::Path(_) => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::Name(_) => Some(Hint::RenameIndividual),
            Self::Path(_) => Some(Hint::RenameFile),
            Self::Write(_) | Self::Flush(_) | Self::Cell { .. } => None,
        }
    }
}

impl TableWriteError {
    /// Whether it is about the row alone: others can be written.
    pub fn concerns_row(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Path(_) | Self::Cell { .. })
    }
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
    /// When a name, path or label cannot stand in a table (see [`TableWriteError::concerns_row`]): nothing of the row
    /// is written then, and the next one can be. When the file cannot be written.
    pub fn write(&mut self, row: &Row) -> Result<(), TableWriteError> {
        let mut cells = Vec::with_capacity(Column::ALL.len() + self.n_extra);
        for column in Column::ALL {
            cells.push(checked(column.name(), self.cell(row, column)?)?);
        }
        for index in 0..self.n_extra {
            cells.push(guarded(row.extra.get(index).map_or("", String::as_str)));
        }
        Ok(self.writer.write_record(cells)?)
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
            Column::BboxSpace => {
                row.boxes.first().map_or_else(String::new, |one| space_word(one.space).to_owned())
            }
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
        IdentityCell::NotKnown | IdentityCell::Missing(_) | IdentityCell::NoName(_) => false,
        IdentityCell::Named(read) => read == name || read == in_todays_form(name),
        IdentityCell::Suspicious(read) => read == name || read == in_todays_form(name),
    };
    if reads_back && !name.contains('\0') {
        Ok(guarded(name))
    } else {
        Err(TableWriteError::Name(name.to_owned()))
    }
}

/// A name as it is read. Catalogs of an earlier version have names in other forms: accents apart from their letters, two
/// blanks in a row.
fn in_todays_form(name: &str) -> Cow<'_, str> {
    let is_bare = name.trim() == name;
    check_name(name).ok().filter(|_| is_bare).unwrap_or(Cow::Borrowed(name))
}

/// A cell that comes back as it is.
fn checked(column: &'static str, cell: String) -> Result<String, TableWriteError> {
    if cell.trim() == cell && !cell.contains(char::is_control) {
        Ok(cell)
    } else {
        Err(TableWriteError::Cell { column, cell })
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
pub fn guarded(text: &str) -> String {
    if needs_guard(text) { format!("'{text}") } else { text.to_owned() }
}

/// The text that [`guarded`] was given.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if needs_guard(text) => text,
        _ => cell,
    }
}

#[cfg(test)]
mod tests;
