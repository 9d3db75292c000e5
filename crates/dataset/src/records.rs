//! The rows of a table as texts, whatever file they come from: delimited text or a workbook.
//!
//! Forms that are no tables with a column of paths are brought into one ([`Records::new`], [`Records::into_table`]): what the one
//! reader of tables says of cells, names and boxes holds for all of them, and every remark names the line of the original.

use std::io::{Cursor, Read as _, Seek as _};
use std::path::Path;

use calamine::{Data, Reader as _, Xlsx};
use resight_core::says_nothing;
use resight_files::open_plain;

use crate::columns::plain;
use crate::delimited::{DelimitedReader, Outcome};
use crate::table::{TableReader, not_text, open_table, read_header, windows_1252};
use crate::warning::{Warning, WarningKind, Warnings};
use crate::write_table::guarded;
use crate::{DatasetError, Limits, ReadOptions, SourceKind, Table};

/// The largest workbook that is read, in bytes, and the most that may be in it.
const LARGEST_WORKBOOK: u64 = 256 << 20;
const MOST_UNPACKED: u64 = 4 << 30;

/// The most cells of a sheet.
const MOST_CELLS: usize = 50_000_000;

/// Rows with their column names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    /// The names of the columns.
    pub(crate) heads: Vec<String>,
    /// The rows; each has as many cells as there are columns.
    pub(crate) rows: Vec<Record>,
    /// What was noticed in reading them.
    pub(crate) warnings: Vec<Warning>,
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    /// Its line in the file, from 1.
    pub(crate) line: u64,
    /// Its cells, trimmed.
    pub(crate) cells: Vec<String>,
}

impl Record {
    /// A cell; empty where there is no such column.
    pub(crate) fn cell(&self, column: Option<usize>) -> &str {
        column.and_then(|column| self.cells.get(column)).map_or("", |cell| cell.trim())
    }

    /// A cell that says something.
    pub(crate) fn said(&self, column: Option<usize>) -> Option<&str> {
        Some(self.cell(column)).filter(|cell| !says_nothing(cell))
    }
}

impl Records {
    /// Rows to come, under these names.
    pub(crate) fn new(heads: &[&str]) -> Self {
        Self { heads: heads.iter().map(|head| (*head).to_owned()).collect(), ..Self::default() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, line: u64, cells: Vec<String>) {
        self.rows.push(Record { line, cells });
    }

    /// Tells of a row that is not taken.
    pub(crate) fn leave_out(&mut self, line: u64, why: impl Into<String>) {
        let kind = WarningKind::RowLeftOut { why: why.into() };
        self.warnings.push(Warning { kind, line: Some(line), rows: 1 });
    }

    /// The column of one of these names, the first of them winning.
    pub(crate) fn column(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.heads.iter().position(|head| plain(head) == plain(name)))
    }

    /// Whether a file is a workbook of Excel, by its first bytes and its name.
    pub(crate) fn is_workbook(path: &Path) -> bool {
        let named = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("xlsx"));
        named && {
            let mut start = [0; 4];
            open_plain(path).and_then(|(mut file, _)| file.read_exact(&mut start)).is_ok()
                && start == *b"PK\x03\x04"
        }
    }

    /// Reads all rows of a table; what is wrong with single ones is in the warnings.
    ///
    /// # Errors
    /// It cannot be read, is neither text nor a workbook, or is empty.
    pub(crate) fn read(path: &Path) -> Result<Self, DatasetError> {
        if Self::is_workbook(path) { workbook(path) } else { delimited(path) }
    }

    /// A reader of these rows as those of a table of photos.
    pub(crate) fn reader(
        self,
        path: &Path,
        kind: SourceKind,
        options: &ReadOptions,
    ) -> Result<TableReader, DatasetError> {
        let unwritten =
            |error: csv::Error| DatasetError::Unreadable { reason: error.into(), path: path.to_owned() };
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(&self.heads).map_err(unwritten)?;
        for record in &self.rows {
            writer.write_record(record.cells.iter().map(|cell| guarded(cell))).map_err(unwritten)?;
        }
        let text = writer.into_inner().map_err(|error| DatasetError::Unreadable {
            reason: error.into_error(),
            path: path.to_owned(),
        })?;
        let lines = self.rows.iter().map(|record| record.line).collect();
        TableReader::over(Box::new(Cursor::new(text)), Some(lines), path, kind, options)
    }

    /// These rows as a table of photos.
    ///
    /// # Errors
    /// As for [`TableReader::read_to_end`].
    pub(crate) fn into_table(
        mut self,
        path: &Path,
        kind: SourceKind,
        options: &ReadOptions,
    ) -> Result<Table, DatasetError> {
        let warnings = std::mem::take(&mut self.warnings);
        let mut table = self.reader(path, kind, options)?.read_to_end()?;
        table.warnings.extend(warnings);
        table.warnings.sort_by_key(|warning| warning.line);
        Ok(table)
    }
}

fn delimited(path: &Path) -> Result<Records, DatasetError> {
    let file = open_table(path).map_err(DatasetError::unreadable(path))?;
    let mut reader =
        match DelimitedReader::new(file, Limits::default()).map_err(DatasetError::unreadable(path))? {
            Ok(reader) => reader,
            Err(look) => return Err(not_text(look, path)),
        };
    let heads = read_header(&mut reader, path)?;
    let (mut rows, mut warnings) = (Vec::new(), Warnings::default());
    loop {
        match reader.advance().map_err(DatasetError::unreadable(path))? {
            Outcome::End => break,
            Outcome::TooLong => warnings.list(Some(reader.line()), WarningKind::RowTooLong),
            Outcome::Record => {
                let (line, found, expected) = (reader.line(), reader.n_cells(), heads.len());
                let surplus_is_empty = (expected..found).all(|index| reader.cell(index).is_empty());
                if found < expected || !surplus_is_empty {
                    warnings.list(Some(line), WarningKind::Ragged { found, expected });
                    continue;
                }
                if (0..found).any(|index| reader.cell(index).contains(&0)) {
                    warnings.list(Some(line), WarningKind::NulByte);
                    continue;
                }
                let text = |index: usize| {
                    let bytes = reader.cell(index).trim_ascii();
                    let latin = || bytes.iter().map(|byte| windows_1252(*byte)).collect();
                    std::str::from_utf8(bytes).map_or_else(|_| latin(), str::to_owned)
                };
                let cells: Vec<String> = (0..expected).map(text).collect();
                if (0..found).any(|index| std::str::from_utf8(reader.cell(index)).is_err()) {
                    warnings.count(Some(line), WarningKind::NotUtf8);
                }
                rows.push(Record { line, cells });
            }
        }
    }
    Ok(Records { heads, rows, warnings: warnings.finish() })
}

/// The first sheet with something in it. Rows without anything are passed over.
fn workbook(path: &Path) -> Result<Records, DatasetError> {
    let unreadable = |reason: String| DatasetError::NotAWorkbook { reason, path: path.to_owned() };
    let (mut file, bytes) = open_plain(path).map_err(DatasetError::unreadable(path))?;
    if bytes > LARGEST_WORKBOOK {
        return Err(unreadable(format!("it has more than {} MiB", LARGEST_WORKBOOK >> 20)));
    }
    let unpacked = unpacked_bytes(&mut file).map_err(&unreadable)?;
    if unpacked > MOST_UNPACKED {
        return Err(unreadable(format!("more than {} GiB are packed in it", MOST_UNPACKED >> 30)));
    }
    file.rewind().map_err(DatasetError::unreadable(path))?;
    let mut book = Xlsx::new(std::io::BufReader::new(file)).map_err(|error| unreadable(error.to_string()))?;
    for name in book.sheet_names() {
        let sheet = book.worksheet_range(&name).map_err(|error| unreadable(error.to_string()))?;
        let (height, width) = sheet.get_size();
        if height.saturating_mul(width) > MOST_CELLS {
            return Err(unreadable(format!("a sheet has more than {MOST_CELLS} cells")));
        }
        let first = sheet.start().map_or(0, |(row, _)| u64::from(row));
        let mut lines =
            sheet.rows().zip(first + 1..).filter(|(row, _)| row.iter().any(|cell| *cell != Data::Empty));
        let Some((heads, _)) = lines.next() else { continue };
        let heads = heads.iter().map(text).collect();
        let rows = lines.map(|(row, line)| Record { line, cells: row.iter().map(text).collect() });
        return Ok(Records { heads, rows: rows.collect(), warnings: Vec::new() });
    }
    Err(DatasetError::EmptyTable { path: path.to_owned() })
}

/// How many bytes the files of a zip archive say that they have.
fn unpacked_bytes(file: &mut std::fs::File) -> Result<u64, String> {
    let mut archive = zip::ZipArchive::new(file).map_err(|error| error.to_string())?;
    let mut sum = 0_u64;
    for index in 0..archive.len() {
        sum = sum.saturating_add(archive.by_index_raw(index).map_err(|error| error.to_string())?.size());
    }
    Ok(sum)
}

/// A cell as it would stand in a table of text: dates as dates, whole numbers without a point.
fn text(cell: &Data) -> String {
    match cell {
        Data::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let day = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                day
            } else {
                format!("{day} {hour:02}:{minute:02}:{second:02}")
            }
        }
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::Error(_) => String::new(),
        other => other.to_string().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    use super::*;

    fn book(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("log.xlsx");
        let mut book = Workbook::new();
        book.add_worksheet();
        let sheet = book.add_worksheet();
        for (column, head) in (0..).zip(["Photo", "Whale ID", "date", "n"]) {
            sheet.write(2, column, head).unwrap();
        }
        let day = Format::new().set_num_format("yyyy-mm-dd");
        for (row, (photo, whale)) in (3..).zip([("a.jpg", "007"), ("b.jpg", "Ana")]) {
            sheet.write(row, 0, photo).unwrap();
            sheet.write(row, 1, whale).unwrap();
            let when = ExcelDateTime::from_ymd(2024, 5, u8::try_from(row).unwrap()).unwrap();
            sheet.write_with_format(row, 2, when, &day).unwrap();
            sheet.write(row, 3, 12.0).unwrap();
        }
        book.save(&path).unwrap();
        path
    }

    #[test]
    fn the_first_sheet_with_something_in_it_is_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let read = Records::read(&book(folder.path())).unwrap();
        assert_eq!(read.heads, ["Photo", "Whale ID", "date", "n"]);
        assert_eq!(
            read.rows[0],
            Record { line: 4, cells: ["a.jpg", "007", "2024-05-03", "12"].map(str::to_owned).to_vec() }
        );
        assert_eq!(read.column(&["whale id"]), Some(1));
        let options = ReadOptions::default();
        let table = crate::read_source(&book(folder.path()), &options).unwrap();
        assert_eq!((table.rows[1].line, table.rows[1].date.unwrap().to_string().as_str()), (5, "2024-05-04"));
        assert_eq!(table.extra_columns, ["Whale ID", "n"]);
    }

    #[test]
    fn a_workbook_that_is_none_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = book(folder.path());
        let whole = std::fs::read(&path).unwrap();
        for length in [5, 100, whole.len() / 2, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(Records::read(&path).is_err(), "{length}");
        }
        for at in (4..whole.len()).step_by(37) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x3c;
            std::fs::write(&path, &flipped).unwrap();
            let _ = Records::read(&path);
        }
    }
}
