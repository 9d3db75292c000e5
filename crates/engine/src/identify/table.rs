//! Answers as a table: a row an answer, for spreadsheets and programs.

use std::io::Write;

use resight_core::Decision;
use resight_dataset::{ListWriter, TableWriteError};

use super::Answer;

/// The columns before those of the candidates.
const COLUMNS: [&str; 14] = [
    "path",
    "photos",
    "row",
    "encounter",
    "annotation",
    "x",
    "y",
    "width",
    "height",
    "decision",
    "individual",
    "probability",
    "new_probability",
    "others_probability",
];

/// Writes answers with the candidates of each, of which a row holds at most `top`.
///
/// `individual` is the one of a match, `probability` that of what was decided. Text that a spreadsheet would run as a
/// formula is guarded.
///
/// # Errors
/// When the output cannot be written.
pub fn write_table<W: Write>(answers: &[Answer], top: usize, output: W) -> Result<W, TableWriteError> {
    let longest = answers.iter().map(|answer| answer.candidates.len()).max().unwrap_or(0).min(top);
    let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
    for rank in 1..=longest {
        columns.extend(["", "_probability", "_similarity"].map(|what| format!("candidate_{rank}{what}")));
    }
    columns.extend(["leans_on_bundle", "reason"].map(str::to_owned));
    let mut list = ListWriter::new(output, &columns)?;
    for answer in answers {
        list.write(&cells(answer, longest))?;
    }
    list.finish()
}

fn cells(answer: &Answer, longest: usize) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let share = |share: Option<f64>| share.map(|share| format!("{share:.6}")).unwrap_or_default();
    let decided = match &answer.decision {
        Decision::Match(_) => answer.candidates.first().and_then(|candidate| candidate.probability),
        Decision::New => answer.new_probability,
        Decision::Ask(_) | Decision::NotIdentifiable(_) => None,
    };
    let mut cells = vec![
        answer.photo.clone(),
        answer.photos.len().max(1).to_string(),
        text(&answer.row),
        text(&answer.encounter),
        answer.annotation.map(|annotation| annotation.to_string()).unwrap_or_default(),
    ];
    cells.extend(match answer.region {
        Some(region) => [region.x, region.y, region.width, region.height].map(|number| number.to_string()),
        None => Default::default(),
    });
    cells.extend([
        answer.decision.word().to_owned(),
        text(&answer.individual),
        share(decided),
        share(answer.new_probability),
        share(answer.others_probability),
    ]);
    for rank in 0..longest {
        match answer.candidates.get(rank) {
            Some(candidate) => cells.extend([
                candidate.individual.clone(),
                share(candidate.probability),
                format!("{:.4}", candidate.similarity),
            ]),
            None => cells.extend([const { String::new() }; 3]),
        }
    }
    cells.push(if answer.leans_on_bundle { "yes" } else { "" }.to_owned());
    cells.push(text(&answer.reason));
    cells
}
