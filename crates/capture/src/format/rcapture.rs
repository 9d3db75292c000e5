//! The matrix that Rcapture takes: a row an individual, a column an occasion, 0 and 1, and how many have this history.

use std::collections::BTreeMap;

use super::{HistoryFile, Written};
use crate::{CaptureError, CaptureHistories};

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for history in &histories.histories {
        *counts.entry(history.zeros_and_ones()).or_default() += 1;
    }
    let line = |(history, count): (String, usize)| {
        let columns: Vec<String> =
            history.chars().map(|c| c.to_string()).chain([count.to_string()]).collect();
        columns.join(" ") + "\n"
    };
    let text = counts.into_iter().map(line).collect();
    let note = "the last column counts individuals: closedp(read.table(FILE), dfreq = TRUE)";
    Ok(Written { files: vec![HistoryFile { ending: "-rcapture.txt", text }], notes: vec![note.to_owned()] })
}
