//! Standard output: data only, as lines of text, tables or JSON.

use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use serde::Serialize;

/// Writes a line. A reader that went away (`resight … | head`) ends the output, not the program with a panic.
pub(crate) fn line(text: impl AsRef<str>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", text.as_ref())
}

/// Writes a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(serde_json::to_string(value)?)?)
}

/// A table for people: a head, no borders, numbers to the right where `right` says so (by column).
pub(crate) fn table<R: IntoIterator<Item = Vec<String>>>(head: &[&str], right: &[usize], rows: R) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(head.iter().copied());
    for row in rows {
        table.add_row(row);
    }
    for &column in right {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A probability for people: per cent, with the extremes kept apart from 0 and 100.
pub(crate) fn percent(probability: f64) -> String {
    match probability {
        p if p > 0.0 && p < 0.001 => "<0.1 %".to_owned(),
        p if p < 1.0 && p > 0.999 => ">99.9 %".to_owned(),
        p => format!("{:.1} %", 100.0 * p),
    }
}

/// A size in bytes for people.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_never_rounds_to_certainty() {
        assert_eq!(percent(0.5), "50.0 %");
        assert_eq!(percent(0.9999), ">99.9 %");
        assert_eq!(percent(0.0004), "<0.1 %");
        assert_eq!((percent(0.0), percent(1.0)), ("0.0 %".to_owned(), "100.0 %".to_owned()));
    }
}
