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

/// The columns behind them.
const LAST_COLUMNS: [&str; 5] =
    ["leans_on_bundle", "reason", "new_individual", "new_individual_probability", "rank"];

/// What stands in one field of a table.
pub(super) enum Cell {
    Text(String),
    /// A number, and how a table of text has it.
    Number(f64, String),
}

impl Cell {
    pub(super) fn text(text: Option<&str>) -> Self {
        Self::Text(text.unwrap_or_default().to_owned())
    }

    /// A probability; empty where there is none.
    pub(super) fn share(share: Option<f64>) -> Self {
        share.map_or(Self::Text(String::new()), |share| Self::Number(share, format!("{share:.6}")))
    }

    pub(super) fn similarity(similarity: f32) -> Self {
        Self::Number(f64::from(similarity), format!("{similarity:.4}"))
    }

    /// Matches of local features; empty where they were not compared.
    pub(super) fn matches(matches: Option<u16>) -> Self {
        matches.map_or(Self::Text(String::new()), |matches| Self::count(usize::from(matches)))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers of photos are small")]
    pub(super) fn count(count: usize) -> Self {
        Self::Number(count as f64, count.to_string())
    }

    fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(_, text) => text,
        }
    }
}

/// Writes answers with the candidates of each, of which a row holds at most `top`.
///
/// `individual` is the one of a match, `probability` that of what was decided, `rank` the place in the order of what is
/// worth looking at; the rows stand as they were asked. Text that a spreadsheet would run as a formula is guarded.
///
/// # Errors
/// When the output cannot be written.
pub fn write_table<W: Write>(answers: &[Answer], top: usize, output: W) -> Result<W, TableWriteError> {
    let mut list = ListWriter::new(output, &columns(answers, top))?;
    for answer in answers {
        let cells: Vec<String> =
            cells(answer, listed(answers, top)).into_iter().map(Cell::into_text).collect();
        list.write(&cells)?;
    }
    list.finish()
}

/// How many candidates a row has room for.
fn listed(answers: &[Answer], top: usize) -> usize {
    answers.iter().map(|answer| answer.candidates.len()).max().unwrap_or(0).min(top)
}

pub(super) fn columns(answers: &[Answer], top: usize) -> Vec<String> {
    let mut columns: Vec<String> = COLUMNS.map(str::to_owned).to_vec();
    for rank in 1..=listed(answers, top) {
        columns.extend(
            ["", "_probability", "_similarity", "_matches"].map(|what| format!("candidate_{rank}{what}")),
        );
    }
    columns.extend(LAST_COLUMNS.map(str::to_owned));
    columns
}

/// The rows of all answers, as [`columns`] names their cells.
pub(super) fn rows(answers: &[Answer], top: usize) -> impl Iterator<Item = Vec<Cell>> {
    let listed = listed(answers, top);
    answers.iter().map(move |answer| cells(answer, listed))
}

fn cells(answer: &Answer, listed: usize) -> Vec<Cell> {
    let decided = match &answer.decision {
        Decision::Match(_) => answer.candidates.first().and_then(|candidate| candidate.probability),
        Decision::New => answer.new_probability,
        Decision::Ask(_) | Decision::NotIdentifiable(_) => None,
    };
    let annotation = answer.annotation.map(|annotation| annotation.to_string());
    let mut cells = vec![
        Cell::Text(answer.photo.clone()),
        Cell::count(answer.photos.len().max(1)),
        Cell::text(answer.row.as_deref()),
        Cell::text(answer.encounter.as_deref()),
        Cell::text(annotation.as_deref()),
    ];
    cells.extend(match answer.region {
        Some(region) => [region.x, region.y, region.width, region.height]
            .map(|number| Cell::Number(number, number.to_string())),
        None => [const { Cell::Text(String::new()) }; 4],
    });
    cells.extend([
        Cell::text(Some(answer.decision.word())),
        Cell::text(answer.individual.as_deref()),
        Cell::share(decided),
        Cell::share(answer.new_probability),
        Cell::share(answer.others_probability),
    ]);
    for rank in 0..listed {
        match answer.candidates.get(rank) {
            Some(candidate) => cells.extend([
                Cell::text(Some(&candidate.individual)),
                Cell::share(candidate.probability),
                Cell::similarity(candidate.embedding_similarity()),
                Cell::matches(candidate.matches()),
            ]),
            None => cells.extend([const { Cell::Text(String::new()) }; 4]),
        }
    }
    let newcomer = answer.newcomer.as_ref();
    cells.extend([
        Cell::text(Some(if answer.leans_on_bundle { "yes" } else { "" })),
        Cell::text(answer.reason.as_deref()),
        Cell::text(newcomer.map(|newcomer| newcomer.cluster.as_str())),
        Cell::share(newcomer.and_then(|newcomer| newcomer.probability)),
        Cell::count(answer.rank),
    ]);
    cells
}
