//! Tables of text in other programs' columns.

use super::written::ExchangeError;
use crate::ListWriter;

/// A table as bytes. Cells that a spreadsheet would run are guarded.
pub(super) fn list<const N: usize>(
    columns: &[&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<Vec<u8>, ExchangeError> {
    let names = columns.map(str::to_owned);
    let mut writer = ListWriter::new(Vec::new(), &names)?;
    for row in rows {
        writer.write(&row)?;
    }
    Ok(writer.finish()?)
}

/// A number that may be missing, as a cell.
pub(super) fn number<T: ToString>(number: Option<T>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// A text that may be missing, as a cell.
pub(super) fn text<T: ToString>(text: Option<&T>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}
