//! Workbooks for spreadsheets.

use jiff::civil::DateTime;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// Characters that a cell can hold, at most.
const MOST_CHARACTERS: usize = 32_767;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// Text, which is never run.
    Text(String),
    /// A number.
    Number(f64),
    /// Day and time of day.
    Time(DateTime),
}

impl Cell {
    /// A text that may be missing.
    pub(super) fn text<T: ToString>(text: Option<T>) -> Self {
        match text.map(|text| text.to_string()) {
            Some(text) if !text.is_empty() => Self::Text(text),
            _ => Self::Empty,
        }
    }

    /// A number that may be missing.
    pub(super) fn number<T: Into<f64>>(number: Option<T>) -> Self {
        number.map_or(Self::Empty, |number| Self::Number(number.into()))
    }
}

/// A sheet: its name, its columns, its rows.
pub(super) struct Sheet {
    pub(super) name: &'static str,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
    /// How times are shown.
    pub(super) time_format: &'static str,
}

/// A workbook as bytes: the same sheets give the same bytes.
pub(super) fn workbook(sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    for sheet in sheets {
        fill(workbook.add_worksheet(), sheet)?;
    }
    workbook.save_to_buffer()
}

fn fill(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    worksheet.set_name(sheet.name)?;
    for (column, name) in (0..).zip(&sheet.columns) {
        worksheet.write_string(0, column, name)?;
    }
    let as_time = Format::new().set_num_format(sheet.time_format);
    for (number, row) in (1..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(row) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    worksheet.write_string(
                        number,
                        column,
                        text.chars().take(MOST_CHARACTERS).collect::<String>(),
                    )?;
                }
                Cell::Number(value) => _ = worksheet.write_number(number, column, *value)?,
                Cell::Time(time) => {
                    _ = worksheet.write_datetime_with_format(number, column, excel(*time)?, &as_time)?;
                }
            }
        }
    }
    Ok(())
}

fn excel(time: DateTime) -> Result<ExcelDateTime, XlsxError> {
    let part = |part: i8| u8::try_from(part).unwrap_or(0);
    let year = u16::try_from(time.year()).unwrap_or(0);
    ExcelDateTime::from_ymd(year, part(time.month()), part(time.day()))?.and_hms(
        part(time.hour()).into(),
        part(time.minute()),
        f64::from(time.second()),
    )
}
