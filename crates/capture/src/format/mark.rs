//! Program MARK's input file: a line an individual, `/* name */ 0110 1 0 2.5 ;`, the frequency in the column of its group.
//!
//! Every line has as many columns; a negative frequency says that the animal was removed at its last capture.

use std::collections::BTreeSet;

use super::{HistoryFile, HistoryFormat, Written, covariates, groups};
use crate::text::distinct;
use crate::{CaptureError, CaptureHistories};

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    let groups = groups(histories);
    let names =
        distinct(histories.histories.iter().map(|one| one.individual.as_str()), &['-', '_', '.', ' '], 80);
    let mut text = String::new();
    for history in &histories.histories {
        let frequency = |group: &Option<String>| u8::from(*group == history.group).to_string();
        let frequencies: Vec<String> = groups.iter().map(frequency).collect();
        let mut line = format!(
            "/* {} */ {} {}",
            names[&history.individual],
            history.zeros_and_ones(),
            frequencies.join(" ")
        );
        for (name, value) in histories.selection.covariates.iter().zip(covariates(histories, history)) {
            // MARK takes numbers alone, and none may be missing.
            let number: f64 =
                value.parse().ok().filter(|number: &f64| number.is_finite()).ok_or_else(|| {
                    HistoryFormat::Mark
                        .cannot(format!("`{name}` of {} is no number: `{value}`", history.individual))
                })?;
            line.push_str(&format!(" {number}"));
        }
        text.push_str(&line);
        text.push_str(";\n");
    }
    let mut notes = Vec::new();
    if groups.len() > 1 {
        let names: Vec<&str> = groups.iter().map(|group| group.as_deref().unwrap_or_default()).collect();
        notes.push(format!("groups, in the order of their columns: {}", names.join(", ")));
    }
    if !histories.selection.covariates.is_empty() {
        notes.push(format!(
            "covariates, in the order of their columns: {}",
            histories.selection.covariates.join(", ")
        ));
    }
    notes.push(format!(
        "{} occasions: {}",
        histories.occasions.count(),
        histories.occasions.all().iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ")
    ));
    Ok(Written { files: vec![HistoryFile { ending: ".inp", text }], notes })
}

/// One line of such a file: name, history, frequency of each group, covariates.
pub type MarkLine = (Option<String>, String, Vec<i64>, Vec<f64>);

/// Reads such a file with this many groups.
///
/// # Errors
/// Names the line that makes no sense.
pub fn read_mark(text: &str, groups: usize) -> Result<Vec<MarkLine>, CaptureError> {
    let mut lines = Vec::new();
    let mut names = BTreeSet::new();
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = |reason: String| CaptureError::Line { line: number, reason };
        let line = line.trim();
        let (name, rest) = match line.strip_prefix("/*") {
            None => (None, line),
            Some(after) => {
                let (name, rest) =
                    after.split_once("*/").ok_or_else(|| wrong("a comment is not closed".to_owned()))?;
                (Some(name.trim().to_owned()), rest.trim())
            }
        };
        // A line of comment alone.
        if rest.is_empty() {
            continue;
        }
        let rest = rest.strip_suffix(';').ok_or_else(|| wrong("it does not end in `;`".to_owned()))?;
        let mut words = rest.split_ascii_whitespace();
        let history = words.next().unwrap_or_default();
        if history.is_empty() || !history.bytes().all(|byte| matches!(byte, b'0' | b'1' | b'.')) {
            return Err(wrong(format!("no history of 0 and 1: `{history}`")));
        }
        let numbers: Vec<f64> = words
            .map(|word| word.parse().map_err(|_| wrong(format!("not a number: `{word}`"))))
            .collect::<Result<_, _>>()?;
        if numbers.len() < groups {
            return Err(wrong(format!("{} frequencies for {groups} groups", numbers.len())));
        }
        if let Some(name) = &name
            && !names.insert(name.clone())
        {
            return Err(wrong(format!("the name `{name}` was there before")));
        }
        let (frequencies, covariates) = numbers.split_at(groups);
        let frequencies = frequencies.iter().map(|frequency| *frequency as i64).collect();
        lines.push((name, history.to_owned(), frequencies, covariates.to_vec()));
    }
    let lengths: BTreeSet<usize> = lines.iter().map(|line| line.1.len()).collect();
    match lengths.len() {
        0 | 1 => Ok(lines),
        _ => Err(CaptureError::Line { line: 1, reason: "the histories have different lengths".to_owned() }),
    }
}
