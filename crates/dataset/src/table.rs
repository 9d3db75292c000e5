//! Reads a delimited table row by row.

mod photo_folder;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use resight_core::{GivenBox, Species, Viewpoint};

use crate::cell::{IdentityCell, IdentityWords, read_boxes, read_position};
use crate::columns::{Column, Layout, shortened};
use crate::delimited::{DelimitedReader, Look, Outcome};
use crate::source::species_repaired;
use crate::warning::{WarningKind, Warnings};
use crate::write_table::unguarded;
use crate::{DatasetError, Limits, ReadOptions, Row, SourceKind, Table, Warning};
use photo_folder::PhotoFolder;

/// Reads a table row by row, in memory that does not grow with the table but for the set of image ids.
pub struct TableReader {
    path: PathBuf,
    kind: SourceKind,
    records: DelimitedReader<File>,
    layout: Layout,
    extra_columns: Vec<String>,
    photo_folder: PhotoFolder,
    identity_words: IdentityWords,
    image_ids: HashMap<String, u32>,
    warnings: Warnings,
}

impl TableReader {
    /// Opens a table and understands its first line.
    ///
    /// # Errors
    /// When the file cannot be read, is no text, is empty, or has no column with paths of photos.
    pub fn open(path: &Path, kind: SourceKind, options: &ReadOptions) -> Result<Self, DatasetError> {
        let file = File::open(path).map_err(DatasetError::unreadable(path))?;
        let mut records = match DelimitedReader::new(file, Limits::default()) {
            Ok(Ok(records)) => records,
            Ok(Err(look)) => return Err(not_text(look, path)),
            Err(reason) => return Err(DatasetError::Unreadable { reason, path: path.to_owned() }),
        };
        let mut warnings = Warnings::default();
        let header = read_header(&mut records, path)?;
        let layout = Layout::of(&header, &options.columns, path, &mut warnings)?;
        Ok(Self {
            kind,
            extra_columns: layout.extra.iter().map(|index| header[*index].clone()).collect(),
            layout,
            photo_folder: PhotoFolder::new(folder_of(path), options),
            identity_words: IdentityWords::with(&options.unidentified_words),
            image_ids: HashMap::new(),
            path: path.to_owned(),
            records,
            warnings,
        })
    }

    /// The next row, or `None` at the end. Rows that cannot be used are left out with a warning.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next_row(&mut self) -> Result<Option<Row>, DatasetError> {
        loop {
            match self.records.advance().map_err(DatasetError::unreadable(&self.path))? {
                Outcome::End => return Ok(None),
                Outcome::TooLong => self.warnings.list(Some(self.records.line()), WarningKind::RowTooLong),
                Outcome::Record => {
                    if let Some(row) = self.row() {
                        return Ok(Some(row));
                    }
                }
            }
        }
    }

    /// Reads all rows that are left.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn read_to_end(mut self) -> Result<Table, DatasetError> {
        let mut rows = Vec::new();
        while let Some(row) = self.next_row()? {
            rows.push(row);
        }
        Ok(Table {
            kind: self.kind,
            root: self.photo_folder.root().to_owned(),
            extra_columns: self.extra_columns,
            rows,
            warnings: self.warnings.finish(),
        })
    }

    /// Names of the columns whose cells are in [`Row::extra`].
    pub fn extra_columns(&self) -> &[String] {
        &self.extra_columns
    }

    /// What was noticed so far.
    pub fn into_warnings(self) -> Vec<Warning> {
        self.warnings.finish()
    }

    /// The record at hand as a row, or `None` with a warning.
    fn row(&mut self) -> Option<Row> {
        let line = self.records.line();
        if let Err(kind) = self.check_shape() {
            self.warnings.list(Some(line), kind);
            return None;
        }
        let path_cell = self.text(Column::Path);
        if path_cell.is_empty() {
            self.warnings.list(Some(line), WarningKind::NoPath);
            return None;
        }
        let path = self.photo_folder.locate(&path_cell, line, &mut self.warnings);
        let mut row = Row::of_photo(line, String::new(), path);
        row.image_id = self.image_id(line, &path_cell);
        row.identity = self.identity(line);
        row.species = self.species(line);
        row.viewpoint = Viewpoint::parse(&self.text(Column::Viewpoint));
        row.encounter = self.label(Column::Encounter);
        row.split = self.label(Column::Split);
        row.boxes = self.boxes(line);
        if row.boxes.len() > 1 && row.identity.is_some() {
            let kind = WarningKind::OneIdentitySeveralBoxes { boxes: row.boxes.len() };
            self.warnings.list(Some(line), kind);
        }
        self.read_date(&mut row);
        self.read_position(&mut row);
        row.extra = (0..self.layout.extra.len())
            .map(|position| self.text_at(self.layout.extra[position]).into_owned())
            .collect();
        Some(row)
    }

    fn check_shape(&mut self) -> Result<(), WarningKind> {
        let (found, expected) = (self.records.n_cells(), self.layout.width);
        let surplus_is_empty = (expected..found).all(|index| self.records.cell(index).is_empty());
        if found < expected || !surplus_is_empty {
            return Err(WarningKind::Ragged { found, expected });
        }
        let mut utf8 = true;
        for index in 0..expected {
            let cell = self.records.cell(index);
            if cell.contains(&0) {
                return Err(WarningKind::NulByte);
            }
            utf8 &= std::str::from_utf8(cell).is_ok();
        }
        if !utf8 {
            self.warnings.count(Some(self.records.line()), WarningKind::NotUtf8);
        }
        Ok(())
    }

    /// The cell at a position, trimmed.
    fn text_at(&self, index: usize) -> Cow<'_, str> {
        let cell = self.records.cell(index).trim_ascii();
        match std::str::from_utf8(cell) {
            Ok(text) => Cow::Borrowed(unguarded(text)),
            Err(_) => Cow::Owned(cell.iter().map(|byte| char::from(*byte)).collect()),
        }
    }

    /// The cell with a meaning, trimmed; empty where the table has no such column.
    fn text(&self, column: Column) -> Cow<'static, str> {
        match self.layout.get(column) {
            Some(index) => Cow::Owned(self.text_at(index).into_owned()),
            None => Cow::Borrowed(""),
        }
    }

    /// A label as it stands; the words of pandas for a missing cell and `unknown` give none.
    fn label(&self, column: Column) -> Option<String> {
        let text = self.text(column);
        let says_nothing = ["", "nan", "unknown"].iter().any(|word| text.eq_ignore_ascii_case(word));
        (!says_nothing).then(|| text.into_owned())
    }

    /// The row's name: its own, or the path; with `#2` where it was there before.
    fn image_id(&mut self, line: u64, path_cell: &str) -> String {
        let own = self.text(Column::ImageId);
        let is_own = !own.is_empty();
        let mut name = if is_own { own.into_owned() } else { path_cell.to_owned() };
        while let Some(times) = self.image_ids.get_mut(&name) {
            *times += 1;
            name = format!("{name}#{times}");
            if is_own && !self.image_ids.contains_key(&name) {
                self.warnings.list(Some(line), WarningKind::RepeatedImageId { renamed: name.clone() });
            }
        }
        self.image_ids.insert(name.clone(), 1);
        name
    }

    fn identity(&mut self, line: u64) -> Option<String> {
        let text = self.text(Column::Identity);
        match self.identity_words.read(&text) {
            IdentityCell::NotKnown => None,
            IdentityCell::Named(name) => Some(name.to_owned()),
            IdentityCell::Suspicious(name) => {
                let kind = WarningKind::SuspiciousIdentity { identity: name.to_owned() };
                self.warnings.count(Some(line), kind);
                Some(name.to_owned())
            }
        }
    }

    fn species(&mut self, line: u64) -> Option<Species> {
        let text = self.text(Column::Species);
        let repaired = if self.kind == SourceKind::Happywhale { species_repaired(&text) } else { None };
        let Some(repaired) = repaired else { return Species::parse(&text) };
        let kind = WarningKind::RepairedSpecies { found: text.into_owned(), repaired: repaired.to_owned() };
        self.warnings.count(Some(line), kind);
        Species::parse(repaired)
    }

    fn boxes(&mut self, line: u64) -> Vec<GivenBox> {
        let text = match self.layout.box_columns() {
            Some(columns) => {
                Cow::Owned(columns.map(|index| self.text_at(index).into_owned()).join(" ").trim().into())
            }
            None => self.text(Column::Bbox),
        };
        let found = read_boxes(&text).unwrap_or_else(|reason| {
            self.warnings.list(Some(line), WarningKind::BadBox { reason, found: shortened(&text, 60) });
            Vec::new()
        });
        // As wildlife-datasets has it: pixels of the file as it is stored.
        found.into_iter().map(GivenBox::stored).collect()
    }

    fn read_date(&mut self, row: &mut Row) {
        let Some(text) = self.label(Column::Date) else { return };
        match text.parse() {
            Ok(date) => row.date = Some(date),
            Err(_) => {
                self.warnings
                    .count_by_example(Some(row.line), WarningKind::BadDate { found: shortened(&text, 60) });
            }
        }
    }

    fn read_position(&mut self, row: &mut Row) {
        let (latitude, longitude) = (self.text(Column::Latitude), self.text(Column::Longitude));
        match read_position(&latitude, &longitude) {
            Ok(Some((north, east))) => (row.latitude, row.longitude) = (Some(north), Some(east)),
            Ok(None) => {}
            Err(()) => {
                let found = shortened(&format!("{latitude}, {longitude}"), 60);
                self.warnings.count_by_example(Some(row.line), WarningKind::BadPosition { found });
            }
        }
    }
}

fn read_header(records: &mut DelimitedReader<File>, path: &Path) -> Result<Vec<String>, DatasetError> {
    match records.advance().map_err(DatasetError::unreadable(path))? {
        Outcome::End => Err(DatasetError::EmptyTable { path: path.to_owned() }),
        Outcome::TooLong => {
            Err(DatasetError::HeaderTooLong { limit: "4,096 columns or 4 MiB", path: path.to_owned() })
        }
        Outcome::Record => Ok((0..records.n_cells())
            .map(|index| String::from_utf8_lossy(records.cell(index)).trim().to_owned())
            .collect()),
    }
}

fn not_text(look: Look, path: &Path) -> DatasetError {
    let found = if look == Look::Utf16 { "it is UTF-16" } else { "it holds NUL bytes" };
    DatasetError::NotText { found, path: path.to_owned() }
}

/// The folder of a file; the working directory for a bare name.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The first line of a table, where it can be read: for telling its kind.
pub(crate) fn header_of(path: &Path) -> Result<Vec<String>, DatasetError> {
    let file = File::open(path).map_err(DatasetError::unreadable(path))?;
    match DelimitedReader::new(file, Limits::default()).map_err(DatasetError::unreadable(path))? {
        Ok(mut records) => read_header(&mut records, path),
        Err(look) => Err(not_text(look, path)),
    }
}

#[cfg(test)]
mod tests;
