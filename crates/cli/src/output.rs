//! Standard output: data only, as lines of text, tables or JSON.
//!
//! Names of files, animals and labels come from strangers. What a terminal would obey in them is spelt out on every way
//! to it ([`resight_core::visible`]): here, in notes, errors and bars. JSON keeps the data as they are, escaped by its
//! own rules.

use std::fmt::Display;
use std::io::{self, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use resight_core::{visible, visible_lines};
use serde::Serialize;

/// Writes a line, or several. A reader that went away (`resight … | head`) ends the output, not the program with a panic.
pub(crate) fn line(text: impl AsRef<str>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", visible_lines(text.as_ref()))
}

/// What is shown on one line, whatever it holds.
pub(crate) fn one_line(text: impl Display) -> String {
    visible(&text.to_string()).into_owned()
}

/// Writes a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{}", serde_json::to_string(value)?)?)
}

/// A table for people: a head, no borders, numbers to the right where `right` says so (by column).
pub(crate) fn table<R: IntoIterator<Item = Vec<String>>>(head: &[&str], right: &[usize], rows: R) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(head.iter().copied());
    for row in rows {
        table.add_row(row.into_iter().map(one_line));
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
    fn a_table_shows_what_a_terminal_would_obey() {
        let shown = table(&["photo"], &[], [vec!["a\u{1b}[2J\n\u{202e}gpj".to_owned()]]).to_string();
        assert!(shown.contains("a\\u{1b}[2J\\n\\u{202e}gpj"), "{shown}");
    }

    #[test]
    fn percent_never_rounds_to_certainty() {
        assert_eq!(percent(0.5), "50.0 %");
        assert_eq!(percent(0.9999), ">99.9 %");
        assert_eq!(percent(0.0004), "<0.1 %");
        assert_eq!((percent(0.0), percent(1.0)), ("0.0 %".to_owned(), "100.0 %".to_owned()));
    }
}
