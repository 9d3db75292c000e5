//! Program CAPTURE's input, as Wildbook writes it too: names of six characters, with a table of who they are.

use super::{HistoryFile, HistoryFormat, Written};
use crate::text::csv_text;
use crate::{CaptureError, CaptureHistories};

/// More individuals than six characters can number.
const MOST: usize = 99_999;

/// Occasions that its matrix can have.
const MOST_OCCASIONS: usize = 99;

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    let (occasions, individuals) = (histories.occasions.count(), histories.histories.len());
    if occasions > MOST_OCCASIONS || individuals > MOST {
        let reason =
            format!("{occasions} occasions and {individuals} individuals are more than its matrix can have");
        return Err(HistoryFormat::Capture.cannot(reason));
    }
    let mut text = format!(
        "title='capture histories'\ntask read captures occasions={occasions} x matrix\nformat='(a6,1x,{occasions}f1.0)'\nread input data\n"
    );
    let mut names = Vec::new();
    for (number, history) in (1..).zip(&histories.histories) {
        let id = format!("I{number:05}");
        text.push_str(&format!("{id} {}\n", history.zeros_and_ones()));
        names.push(vec![id, history.individual.clone()]);
    }
    text.push_str("task closure test\ntask model selection\ntask population estimate ALL\n");
    let ids = csv_text(&["id".to_owned(), "individual".to_owned()], names);
    Ok(Written {
        files: vec![
            HistoryFile { ending: "-capture.inp", text },
            HistoryFile { ending: "-capture-ids.csv", text: ids },
        ],
        notes: Vec::new(),
    })
}
