//! The table that RMark and marked take: `ch` as text, `freq`, then what is known of the individual; tabs between.

use super::{HistoryFile, Written};
use crate::{CaptureError, CaptureHistories};

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    let selection = &histories.selection;
    let mut head = vec!["ch".to_owned(), "freq".to_owned(), "id".to_owned()];
    head.extend(selection.group_by.iter().chain(&selection.covariates).map(|name| plain(name)));
    let mut lines = vec![head.join("\t")];
    for history in &histories.histories {
        let known =
            |name: &String| history.covariates.get(name).map_or_else(|| "NA".to_owned(), |value| cell(value));
        let mut row = vec![history.zeros_and_ones(), "1".to_owned(), cell(&history.individual)];
        row.extend(selection.group_by.iter().chain(&selection.covariates).map(known));
        lines.push(row.join("\t"));
    }
    let note =
        "read `ch` as text, or leading zeros are lost: read.delim(FILE, colClasses = c(ch = \"character\"))";
    let text = lines.join("\n") + "\n";
    Ok(Written { files: vec![HistoryFile { ending: "-rmark.txt", text }], notes: vec![note.to_owned()] })
}

/// A name of a column that R leaves as it is.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '.' { c } else { '.' }).collect()
}

fn cell(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || c == '"' || c == '\'' || c == '#' { ' ' } else { c }).collect()
}

/// Reads the histories and names of such a table.
///
/// # Errors
/// Names the line that makes no sense.
pub fn read_rmark(text: &str) -> Result<Vec<(String, String)>, CaptureError> {
    let mut lines = text.lines();
    let heads: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| heads.iter().position(|head| *head == name);
    let wrong = |line: u64, reason: String| CaptureError::Line { line, reason };
    let ch = column("ch").ok_or_else(|| wrong(1, "no column `ch`".to_owned()))?;
    let id = column("id");
    let mut rows = Vec::new();
    for (number, line) in (2..).zip(lines) {
        let cells: Vec<&str> = line.split('\t').collect();
        let history = cells.get(ch).copied().unwrap_or_default();
        if history.is_empty() || !history.bytes().all(|byte| byte == b'0' || byte == b'1') {
            return Err(wrong(number, format!("no history of 0 and 1: `{history}`")));
        }
        let name = id
            .and_then(|id| cells.get(id))
            .map_or_else(|| (number - 1).to_string(), |name| (*name).to_owned());
        rows.push((name, history.to_owned()));
    }
    Ok(rows)
}
