//! The matrix that multimark takes: 0 not seen, 1 left, 2 right, 3 both apart, 4 both at once; `known` says whether both sides of
//! the individual are surely its own.

use super::{HistoryFile, Written};
use crate::text::{csv_text, unguarded};
use crate::{CaptureError, CaptureHistories, Seen};

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    let heads = (1..=histories.occasions.count()).map(|number| format!("o{number}"));
    let head: Vec<String> = ["id".to_owned()].into_iter().chain(heads).chain(["known".to_owned()]).collect();
    let rows = histories.histories.iter().map(|one| {
        let seen = one.seen.iter().map(|seen| seen.number().to_string());
        let known = u8::from(one.linked).to_string();
        [one.individual.clone()].into_iter().chain(seen).chain([known]).collect()
    });
    let has = |wanted: Seen| histories.histories.iter().any(|one| one.seen.contains(&wanted));
    let kind = match (has(Seen::BothApart), has(Seen::BothAtOnce)) {
        (_, false) => "never",
        (true, true) => "sometimes",
        (false, true) => "always",
    };
    let mut notes = vec![format!(
        "data.type is \"{kind}\": processdata(as.matrix(table[, 2:{}]), data.type = \"{kind}\", known = table$known)",
        histories.occasions.count() + 1
    )];
    if has(Seen::BothApart) && !has(Seen::BothAtOnce) {
        notes.push(
            "both sides were seen on one occasion and never at once: multimark wants such a 3 beside some 4"
                .to_owned(),
        );
    }
    Ok(Written { files: vec![HistoryFile { ending: "-multimark.csv", text: csv_text(&head, rows) }], notes })
}

/// Name, how it was seen, and whether both sides are surely its own.
pub type MultimarkRow = (String, Vec<Seen>, bool);

/// Reads such a matrix.
///
/// # Errors
/// Names the line that makes no sense.
pub fn read_multimark(text: &str) -> Result<Vec<MultimarkRow>, CaptureError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| CaptureError::Line {
            line: error.position().map_or(0, csv::Position::line),
            reason: error.to_string(),
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let number = |text: &str| -> Result<u8, CaptureError> {
            text.parse().map_err(|_| CaptureError::Line { line, reason: format!("not a number: `{text}`") })
        };
        let cells: Vec<&str> = record.iter().collect();
        let [name, seen @ .., known] = &cells[..] else {
            return Err(CaptureError::Line { line, reason: "too few columns".to_owned() });
        };
        let seen = seen.iter().map(|cell| {
            let reason = format!("not 0 to 4: `{cell}`");
            Seen::of(number(cell)?).ok_or(CaptureError::Line { line, reason })
        });
        rows.push((unguarded(name).to_owned(), seen.collect::<Result<_, _>>()?, number(known)? == 1));
    }
    Ok(rows)
}
