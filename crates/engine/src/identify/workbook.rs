//! Answers as a workbook for spreadsheets: answers, candidates, new individuals.

use resight_core::NumberOfNewcomers;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

use super::table::{self, Cell};
use super::{Answer, Identification, NewcomerClusterRow};
use crate::{EngineError, Hint};

/// Characters that a cell can hold, at most.
const MOST_CHARACTERS: usize = 32_767;

/// Writes what was found as a workbook (`.xlsx`): a row an answer as in the table ([`super::write_table`]), a row a
/// candidate, a row for each answer that is in a cluster of newcomers, and how many new individuals there are. Text stays
/// text: no cell is a formula.
///
/// # Errors
/// More answers than a sheet has rows (1,048,576).
pub fn write_workbook(found: &Identification, top: usize) -> Result<Vec<u8>, EngineError> {
    let answers = &found.answers;
    let mut workbook = Workbook::new();
    let columns = table::columns(answers, top);
    let names: Vec<&str> = columns.iter().map(String::as_str).collect();
    let written = sheet(workbook.add_worksheet(), "answers", &names, table::rows(answers, top))
        .and_then(|()| sheet(workbook.add_worksheet(), "candidates", &CANDIDATES, candidates(answers, top)))
        .and_then(|()| sheet(workbook.add_worksheet(), "new individuals", &NEWCOMERS, newcomers(found)))
        .and_then(|()| sheet(workbook.add_worksheet(), "how many new", &NUMBER, number(found)))
        .and_then(|()| workbook.save_to_buffer());
    written.map_err(|error| match error {
        XlsxError::RowColumnLimitError => {
            EngineError::user("a sheet has room for 1,048,575 answers or candidates")
                .with_hint(Hint::FewerAnswers)
        }
        other => EngineError::internal(format!("the workbook could not be written: {other}")),
    })
}

const CANDIDATES: [&str; 10] = [
    "path",
    "annotation",
    "decision",
    "place",
    "individual",
    "probability",
    "similarity",
    "matches",
    "photos",
    "best_photo",
];

fn candidates(answers: &[Answer], top: usize) -> impl Iterator<Item = Vec<Cell>> {
    answers.iter().flat_map(move |answer| {
        let annotation = answer.annotation.map(|annotation| annotation.to_string());
        answer.candidates.iter().take(top).enumerate().map(move |(place, candidate)| {
            vec![
                Cell::text(Some(&answer.photo)),
                Cell::text(annotation.as_deref()),
                Cell::text(Some(answer.decision.word())),
                Cell::count(place + 1),
                Cell::text(Some(&candidate.individual)),
                Cell::share(candidate.probability),
                Cell::similarity(candidate.embedding_similarity()),
                Cell::matches(candidate.matches()),
                Cell::count(candidate.photos),
                Cell::text(Some(&candidate.best_photo)),
            ]
        })
    })
}

const NEWCOMERS: [&str; 7] =
    ["new_individual", "answers", "photos", "probability", "weakest", "path", "probability_of_this_one"];

fn newcomers(found: &Identification) -> impl Iterator<Item = Vec<Cell>> {
    let of_cluster = |cluster: &'_ NewcomerClusterRow, place: usize| {
        let answer = &found.answers[place];
        vec![
            Cell::text(Some(&cluster.name)),
            Cell::count(cluster.answers.len()),
            Cell::count(cluster.photos),
            Cell::share(cluster.probability),
            Cell::share(cluster.weakest),
            Cell::text(Some(&answer.photo)),
            Cell::share(answer.newcomer.as_ref().and_then(|newcomer| newcomer.probability)),
        ]
    };
    found
        .newcomers
        .clusters
        .iter()
        .flat_map(move |cluster| cluster.answers.iter().map(move |place| of_cluster(cluster, *place)))
}

const NUMBER: [&str; 4] = ["likely", "at_least", "at_most", "why_not"];

fn number(found: &Identification) -> impl Iterator<Item = Vec<Cell>> {
    let count = |of: fn(&NumberOfNewcomers) -> usize| match &found.newcomers.number {
        Some(number) => Cell::count(of(number)),
        None => Cell::text(None),
    };
    let missing = Cell::text(found.newcomers.missing.as_deref());
    std::iter::once(vec![count(|n| n.likely), count(|n| n.low), count(|n| n.high), missing])
}

fn sheet(
    sheet: &mut Worksheet,
    name: &str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<Cell>>,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (column, title) in (0_u16..).zip(columns) {
        sheet.write_string_with_format(0, column, *title, &bold)?;
    }
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Number(value, _) if value.is_finite() => sheet.write_number(row, column, value)?,
                Cell::Number(_, text) | Cell::Text(text) if !text.is_empty() => {
                    sheet.write_string(row, column, cut(text))?
                }
                Cell::Number(..) | Cell::Text(_) => sheet,
            };
        }
    }
    Ok(())
}

/// Text as far as a cell holds it.
fn cut(text: String) -> String {
    match text.char_indices().nth(MOST_CHARACTERS - 1) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use resight_core::UnusableReason;

    use super::*;
    use crate::identify::NewcomersFound;

    fn part(book: &[u8], name: &str) -> String {
        let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
        let mut text = String::new();
        archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn text_that_looks_like_a_formula_stays_text_and_numbers_are_numbers() {
        let odd = ["=HYPERLINK(\"x\")", "+1", "-1", "@sum"];
        let answers = odd.map(|name| Answer {
            row: Some(name.to_owned()),
            new_probability: Some(0.25),
            ..Answer::not_identifiable(name.to_owned(), String::new(), UnusableReason::NoEmbedding)
        });
        let number = NumberOfNewcomers { low: 1, likely: 2, high: 4 };
        let found = Identification {
            answers: answers.to_vec(),
            newcomers: NewcomersFound { number: Some(number), ..NewcomersFound::default() },
            not_asked: Vec::new(),
            remarks: Vec::new(),
            runtime: String::new(),
            interrupted: false,
            page: None,
            picture: None,
        };
        let book = write_workbook(&found, 5).unwrap();
        let sheet = part(&book, "xl/worksheets/sheet1.xml");
        assert!(!sheet.contains("<f>") && sheet.contains("<v>0.25</v>"), "{sheet}");
        let strings = part(&book, "xl/sharedStrings.xml");
        assert!(strings.contains("=HYPERLINK(") && strings.contains("<t>+1</t>"), "{strings}");
        let names = part(&book, "xl/workbook.xml");
        for name in ["answers", "candidates", "new individuals", "how many new"] {
            assert!(names.contains(&format!("name=\"{name}\"")), "{names}");
        }
        assert!(part(&book, "xl/worksheets/sheet4.xml").contains("<v>4</v>"));
    }

    #[test]
    fn what_a_cell_cannot_hold_is_cut() {
        assert_eq!(cut("é".repeat(MOST_CHARACTERS - 1)).chars().count(), MOST_CHARACTERS - 1);
        let long = cut("é".repeat(MOST_CHARACTERS + 9));
        assert_eq!((long.chars().count(), long.ends_with("é…")), (MOST_CHARACTERS, true));
    }
}
