//! Reads a delimited table row by row.

mod photo_folder;

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use resight_core::{BoxSpace, Species, Viewpoint, says_nothing};

use crate::boxes::{self, BoxesRead};
use crate::cell::{IdentityCell, IdentityWords, read_boxes, read_position};
use crate::columns::{Column, Layout, shortened};
use crate::delimited::{DelimitedReader, Look, Outcome};
use crate::records::Records;
use crate::warning::{WarningKind, Warnings};
use crate::write_table::unguarded;
use crate::{BoxReading, DatasetError, Limits, ReadOptions, Row, SourceKind, Table};
pub(crate) use photo_folder::PhotoFolder;

/// Reads a table row by row, in memory that does not grow with the table but for the set of image ids.
pub struct TableReader {
    path: PathBuf,
    kind: SourceKind,
    records: DelimitedReader<Box<dyn Read>>,
    /// Lines of the file that the records come from, where they were made out of another form.
    lines: Option<Vec<u64>>,
    /// Records seen so far, the column names not counted.
    n_records: usize,
    layout: Layout,
    extra_columns: Vec<String>,
    photo_folder: PhotoFolder,
    identity_words: IdentityWords,
    image_ids: HashMap<String, u32>,
    box_reading: BoxReading,
    /// Rows handed out so far.
    n_rows: usize,
    boxes: BoxesRead,
    /// How far the boxes of a row are turned, in radians.
    rotations: Vec<(usize, f64)>,
    warnings: Warnings,
}

impl TableReader {
    /// Opens a table and understands its first line.
    ///
    /// # Errors
    /// When the file cannot be read, is no text, is empty, or has no column with paths of photos.
    pub fn open(path: &Path, kind: SourceKind, options: &ReadOptions) -> Result<Self, DatasetError> {
        if Records::is_workbook(path) {
            return Records::read(path)?.reader(path, kind, options);
        }
        let file = open_table(path).map_err(DatasetError::unreadable(path))?;
        Self::over(Box::new(file), None, path, kind, options)
    }

    /// The same over the text of a table that was made out of another form, with the line of the file that each record comes from.
    pub(crate) fn over(
        input: Box<dyn Read>,
        lines: Option<Vec<u64>>,
        path: &Path,
        kind: SourceKind,
        options: &ReadOptions,
    ) -> Result<Self, DatasetError> {
        let mut records = match DelimitedReader::new(input, Limits::default()) {
            Ok(Ok(records)) => records,
            Ok(Err(look)) => return Err(not_text(look, path)),
            Err(reason) => return Err(DatasetError::Unreadable { reason, path: path.to_owned() }),
        };
        let mut warnings = Warnings::default();
        let header = read_header(&mut records, path)?;
        let layout = Layout::of(&header, &options.columns, path, &mut warnings)?;
        Ok(Self {
            kind,
            lines,
            n_records: 0,
            rotations: Vec::new(),
            extra_columns: layout.extra.iter().map(|index| header[*index].clone()).collect(),
            boxes: BoxesRead { form: options.boxes.form.unwrap_or(layout.box_form), numbers: Vec::new() },
            box_reading: options.boxes,
            n_rows: 0,
            layout,
            photo_folder: PhotoFolder::new(folder_of(path), options),
            identity_words: IdentityWords::with(&options.unidentified_words),
            image_ids: HashMap::new(),
            path: path.to_owned(),
            records,
            warnings,
        })
    }

    /// The next row, or `None` at the end. Rows that cannot be used are left out with a warning. Its boxes are placed
    /// when all are read.
    fn next_row(&mut self) -> Result<Option<Row>, DatasetError> {
        loop {
            let outcome = self.records.advance().map_err(DatasetError::unreadable(&self.path))?;
            self.n_records += 1;
            match outcome {
                Outcome::End => return Ok(None),
                Outcome::TooLong => self.warnings.list(Some(self.line()), WarningKind::RowTooLong),
                Outcome::Record => {
                    if let Some(row) = self.row() {
                        self.n_rows += 1;
                        return Ok(Some(row));
                    }
                }
            }
        }
    }

    /// Reads all rows.
    ///
    /// # Errors
    /// When the file cannot be read on, or most of its boxes lie outside of their pictures.
    pub fn read_to_end(mut self) -> Result<Table, DatasetError> {
        let mut rows = Vec::new();
        while let Some(row) = self.next_row()? {
            rows.push(row);
        }
        dates_without_times(&mut rows);
        boxes::place(&mut rows, &self.boxes, &self.path, &mut self.warnings)?;
        for (row, rotation) in &self.rotations {
            for given in &mut rows[*row].boxes {
                given.bounds = given.bounds.turned(*rotation);
            }
        }
        Ok(Table {
            kind: self.kind,
            root: self.photo_folder.root().to_owned(),
            extra_columns: self.extra_columns,
            rows,
            warnings: self.warnings.finish(),
        })
    }

    /// The line of the file that the record at hand comes from.
    fn line(&self) -> u64 {
        let made_of = self.lines.as_ref().and_then(|lines| lines.get(self.n_records.checked_sub(1)?));
        made_of.copied().unwrap_or_else(|| self.records.line())
    }

    /// The record at hand as a row, or `None` with a warning.
    fn row(&mut self) -> Option<Row> {
        let line = self.line();
        if let Err(kind) = self.check_shape() {
            self.warnings.list(Some(line), kind);
            return None;
        }
        let path_cell = self.text(Column::Path);
        if says_nothing(&path_cell) {
            self.warnings.list(Some(line), WarningKind::NoPath);
            return None;
        }
        let path_cell = self.below_its_folder(path_cell);
        let path = self.photo_folder.locate(&path_cell, line, &mut self.warnings);
        let mut row = Row::of_photo(line, String::new(), path);
        row.image_id = self.image_id(line, &path_cell);
        row.identity = self.identity(line);
        row.species = self.species(line);
        row.viewpoint = Viewpoint::parse(&self.text(Column::Viewpoint));
        row.encounter = self.encounter(line);
        row.split = self.label(Column::Split);
        let boxes = self.read_boxes(line);
        if boxes > 0 {
            self.read_rotation(line);
        }
        if boxes > 1 && row.identity.is_some() {
            self.warnings.list(Some(line), WarningKind::OneIdentitySeveralBoxes { boxes });
        }
        self.read_date(&mut row);
        self.read_position(&mut row);
        row.extra = (0..self.layout.extra.len())
            .map(|position| self.text_at(self.layout.extra[position]).into_owned())
            .collect();
        Some(row)
    }

    /// The path with the folder that another column states, where one does.
    fn below_its_folder(&self, name: Cow<'static, str>) -> Cow<'static, str> {
        let folder = self.layout.folder.map(|index| self.text_at(index).replace('\\', "/"));
        match folder.as_deref().map(|folder| folder.trim_end_matches('/')) {
            Some(folder) if !says_nothing(folder) => Cow::Owned(format!("{folder}/{name}")),
            _ => name,
        }
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
            self.warnings.count(Some(self.line()), WarningKind::NotUtf8);
        }
        Ok(())
    }

    /// The cell at a position, trimmed.
    fn text_at(&self, index: usize) -> Cow<'_, str> {
        let cell = self.records.cell(index).trim_ascii();
        match std::str::from_utf8(cell) {
            Ok(text) => Cow::Borrowed(unguarded(text)),
            Err(_) => Cow::Owned(cell.iter().map(|byte| windows_1252(*byte)).collect()),
        }
    }

    /// The cell with a meaning, trimmed; empty where the table has no such column.
    fn text(&self, column: Column) -> Cow<'static, str> {
        match self.layout.get(column) {
            Some(index) => Cow::Owned(self.text_at(index).into_owned()),
            None => Cow::Borrowed(""),
        }
    }

    /// A label as it stands; a word for a missing value gives none.
    fn label(&self, column: Column) -> Option<String> {
        let text = self.text(column);
        (!says_nothing(&text)).then(|| text.into_owned())
    }

    /// The label of the encounter; a word for a missing value is told, for it stands where a label could.
    fn encounter(&mut self, line: u64) -> Option<String> {
        let text = self.text(Column::Encounter);
        if !says_nothing(&text) {
            return Some(text.into_owned());
        }
        if !text.is_empty() {
            self.read_as_not_known(line, Column::Encounter, &text);
        }
        None
    }

    fn read_as_not_known(&mut self, line: u64, column: Column, word: &str) {
        let kind = WarningKind::ReadAsNotKnown { column: column.name(), word: word.to_owned() };
        self.warnings.count(Some(line), kind);
    }

    /// The row's name: its own, or the path; with `#2` where it was there before.
    fn image_id(&mut self, line: u64, path_cell: &str) -> String {
        let own = self.text(Column::ImageId);
        let is_own = !says_nothing(&own);
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
            IdentityCell::Missing(word) => {
                self.read_as_not_known(line, Column::Identity, word);
                None
            }
            IdentityCell::NoName(reason) => {
                self.warnings.list(Some(line), WarningKind::BadName { reason, found: shortened(&text, 60) });
                None
            }
            IdentityCell::Named(name) => Some(name.into_owned()),
            IdentityCell::Suspicious(name) => {
                let kind = WarningKind::SuspiciousIdentity { identity: name.to_owned() };
                self.warnings.count(Some(line), kind);
                Some(name.to_owned())
            }
        }
    }

    fn species(&mut self, line: u64) -> Option<Species> {
        let text = self.text(Column::Species);
        let Some(repaired) = self.kind.species_repaired(&text) else { return Species::parse(&text) };
        let kind = WarningKind::RepairedSpecies { found: text.into_owned(), repaired: repaired.to_owned() };
        self.warnings.count(Some(line), kind);
        Species::parse(repaired)
    }

    /// Keeps the numbers of the row's boxes for later, and says how many boxes there are.
    fn read_boxes(&mut self, line: u64) -> usize {
        let text = match self.layout.box_columns() {
            Some(columns) => {
                Cow::Owned(columns.map(|index| self.text_at(index).into_owned()).join(" ").trim().into())
            }
            None => self.text(Column::Bbox),
        };
        match read_boxes(&text) {
            Ok(numbers) => {
                let n_boxes = numbers.len();
                if n_boxes > 0 {
                    let space = self.box_space();
                    self.boxes.numbers.push((self.n_rows, space, numbers));
                }
                n_boxes
            }
            Err(reason) => {
                self.warnings.list(Some(line), WarningKind::BadBox { reason, found: shortened(&text, 60) });
                0
            }
        }
    }

    /// How far the row's boxes are turned: a column `theta` has it in radians, clockwise, as MiewID and HotSpotter do.
    fn read_rotation(&mut self, line: u64) {
        let Some(index) = self.layout.rotation else { return };
        let text = self.text_at(index).into_owned();
        if says_nothing(&text) {
            return;
        }
        match text.parse::<f64>().ok().filter(|rotation| rotation.is_finite() && rotation.abs() < 1e3) {
            Some(rotation) => self.rotations.push((self.n_rows, rotation)),
            None => {
                let kind = WarningKind::BadRotation { found: shortened(&text, 60) };
                self.warnings.count_by_example(Some(line), kind);
            }
        }
    }

    /// What the row's boxes count the pixels of: the user's word, the table's, else as wildlife-datasets has it.
    fn box_space(&self) -> BoxSpace {
        let is_upright =
            || self.text(Column::BboxSpace).eq_ignore_ascii_case(boxes::space_word(BoxSpace::Upright));
        let stated = || if is_upright() { BoxSpace::Upright } else { BoxSpace::Stored };
        self.box_reading.space.unwrap_or_else(stated)
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

/// Opens a plain file: a pipe or a device in its place would make us wait for ever.
pub(crate) fn open_table(path: &Path) -> io::Result<File> {
    resight_files::open_plain(path).map(|(file, _)| file)
}

/// Spreadsheets and data frames write a date as midnight of its day. Where every row of a table is of midnight, the
/// table knows days alone.
fn dates_without_times(rows: &mut [Row]) {
    let midnight = jiff::civil::Time::midnight();
    if rows.iter().filter_map(|row| row.date).all(|date| date.civil.time() == midnight) {
        for date in rows.iter_mut().filter_map(|row| row.date.as_mut()) {
            *date = date.without_time_of_day();
        }
    }
}

/// A byte as Windows and its spreadsheets have it: Latin-1 with letters and marks where that has control characters.
pub(crate) fn windows_1252(byte: u8) -> char {
    const FROM_0X80: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    let place = byte.checked_sub(0x80).and_then(|place| FROM_0X80.get(usize::from(place)));
    place.copied().unwrap_or_else(|| char::from(byte))
}

pub(crate) fn read_header<R: Read>(
    records: &mut DelimitedReader<R>,
    path: &Path,
) -> Result<Vec<String>, DatasetError> {
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

pub(crate) fn not_text(look: Look, path: &Path) -> DatasetError {
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
    if Records::is_workbook(path) {
        return Ok(Records::read(path)?.heads);
    }
    let file = open_table(path).map_err(DatasetError::unreadable(path))?;
    match DelimitedReader::new(file, Limits::default()).map_err(DatasetError::unreadable(path))? {
        Ok(mut records) => read_header(&mut records, path),
        Err(look) => Err(not_text(look, path)),
    }
}

#[cfg(test)]
mod tests;
