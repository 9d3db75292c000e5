//! Captures and detectors as `data2oscr` of oSCR takes them.

use super::{HistoryFile, HistoryFormat, Written};
use crate::text::csv_text;
use crate::{CaptureError, CaptureHistories, Detections};

const SEX: &str = "sex";

pub(super) fn write(histories: &CaptureHistories) -> Result<Written, CaptureError> {
    if let Some(conflict) = histories.conflicts.iter().find(|conflict| conflict.contains(": sex is ")) {
        return Err(
            HistoryFormat::Oscr.cannot(format!("an animal has two sexes, on which it ends: {conflict}"))
        );
    }
    let found = Detections::of(histories)?;
    let has_sex = histories.histories.iter().any(|one| one.covariates.contains_key(SEX));
    let mut head: Vec<String> = ["session", "individual", "occasion", "trap"].map(str::to_owned).to_vec();
    head.extend(has_sex.then(|| SEX.to_owned()));
    let rows = found.detections.iter().flat_map(|one| {
        let history = &histories.histories[one.history];
        let mut row = vec![
            "1".to_owned(),
            history.individual.clone(),
            (one.occasion + 1).to_string(),
            found.detectors[one.detector].name.clone(),
        ];
        if has_sex {
            row.push(history.covariates.get(SEX).cloned().unwrap_or_else(|| "NA".to_owned()));
        }
        std::iter::repeat_n(row, one.times)
    });
    let captures = csv_text(&head, rows);
    let operation = (1..=histories.occasions.count()).map(|number| format!("op{number}"));
    let head: Vec<String> = ["trap", "X", "Y"]
        .map(str::to_owned)
        .into_iter()
        .chain(operation)
        .chain(["sep".to_owned()])
        .collect();
    let rows = found.detectors.iter().map(|one| {
        let used = one.used.iter().map(|used| u8::from(*used).to_string());
        [one.name.clone(), format!("{:.1}", one.x), format!("{:.1}", one.y)]
            .into_iter()
            .chain(used)
            .chain(["/".to_owned()])
            .collect()
    });
    let traps = csv_text(&head, rows);
    let sex = if has_sex { ", sex.col = 5" } else { "" };
    let notes = vec![
        format!("places in metres, EPSG:{}", found.epsg),
        format!(
            "data2oscr(edf, sess.col = 1, id.col = 2, occ.col = 3, trap.col = 4{sex}, tdf = list(tdf), K = {}, ntraps = {}, \
             trapcov.names = NULL, tdf.sep = \"/\")",
            histories.occasions.count(),
            found.detectors.len()
        ),
    ];
    Ok(Written {
        files: vec![
            HistoryFile { ending: "-edf.csv", text: captures },
            HistoryFile { ending: "-tdf.csv", text: traps },
        ],
        notes,
    })
}
