//! Workbooks for the bulk import of Wildbook, by the rules of its validator.
//!
//! One row an encounter: an animal that was met once. Genus, specific epithet and year have to be there; of columns that
//! mean the same there is one; columns without a value are left away; a sheet has no more than 200 rows. Names of photos
//! are letters, digits, periods and blanks, and unique: `photos.csv` says which photo goes by which name.

mod photo_names;
mod row;

use super::Sensitive;
use super::going::Prepared;
use super::lists::list;
use super::meetings::{Meeting, meetings};
use super::moments::is_after;
use super::workbooks::{Cell, Sheet, workbook};
use super::written::{ExchangeError, NoteKind, Written};
use photo_names::PhotoNames;
use row::{Columns, genus_and_epithet};

pub(super) const CARRIES: &[(Sensitive, &str)] = &[
    (Sensitive::Positions, "Encounter.decimalLatitude, Encounter.decimalLongitude"),
    (Sensitive::Times, "Encounter.hour, Encounter.minutes"),
    (Sensitive::Individuals, "MarkedIndividual.individualID"),
    (Sensitive::Unconfirmed, "MarkedIndividual.individualID, with Encounter.state = unapproved"),
    (Sensitive::People, "Encounter.identificationRemarks"),
    (Sensitive::Photographers, "Encounter.photographer0.emailAddress, where it is an address"),
    (Sensitive::Folders, "photos.csv, for you alone"),
    (Sensitive::Stations, "Encounter.verbatimLocality"),
    (Sensitive::Attributes, "Encounter.researcherComments"),
];

/// Rows that Wildbook advises to have in one file, at most.
const MOST_ROWS: usize = 200;

pub(super) fn write(prepared: &Prepared<'_>, written: &mut Written) -> Result<(), ExchangeError> {
    let names = PhotoNames::of(prepared, written);
    let importable: Vec<Meeting<'_>> = meetings(&prepared.rows)
        .into_iter()
        .filter(|meeting| is_importable(prepared, meeting, written))
        .collect();
    let files: Vec<&[Meeting<'_>]> = importable.chunks(MOST_ROWS).collect();
    for (number, meetings) in (1..).zip(&files) {
        let name =
            if files.len() == 1 { "wildbook.xlsx".to_owned() } else { format!("wildbook-{number}.xlsx") };
        if files.len() > 1 {
            written.note(NoteKind::SeveralFiles, name.clone());
        }
        written.file(name, file(prepared, meetings, &names)?);
    }
    let used = importable.iter().flat_map(|meeting| &meeting.rows).map(|row| row.file.as_str());
    let copies = names.copies(prepared, used.collect());
    let rows = copies.iter().map(|(file, copy)| [(*file).to_owned(), copy.name.clone()]);
    written.file("photos.csv", list(&["photo", "name_in_wildbook"], rows)?);
    written.photos.extend(copies.into_iter().map(|(_, copy)| copy));
    Ok(())
}

/// Whether the validator would take it; what it lacks is told.
fn is_importable(prepared: &Prepared<'_>, meeting: &Meeting<'_>, written: &mut Written) -> bool {
    let example = meeting.first().annotation.to_string();
    let fault = match meeting.times() {
        None => Some(NoteKind::NoYear),
        Some((first, _)) if first.civil.year() < 1000 => Some(NoteKind::NoYear),
        Some((first, _)) if is_after(&first, prepared.about.written_at) => Some(NoteKind::FutureDate),
        Some(_) => match genus_and_epithet(prepared, meeting) {
            None => Some(NoteKind::NoScientificName),
            Some(_) => None,
        },
    };
    if let Some(kind) = fault {
        written.note(kind, example);
    }
    fault.is_none()
}

fn file(
    prepared: &Prepared<'_>,
    meetings: &[Meeting<'_>],
    names: &PhotoNames,
) -> Result<Vec<u8>, ExchangeError> {
    let mut columns = Columns::default();
    let rows: Vec<_> = meetings.iter().map(|meeting| row::of(prepared, meeting, names)).collect();
    for row in &rows {
        columns.add(row);
    }
    let names = columns.names();
    let cells = |row: &row::ImportRow| -> Vec<Cell> {
        names.iter().map(|name| row.cell(name).cloned().unwrap_or(Cell::Empty)).collect()
    };
    let rows = rows.iter().map(cells).collect();
    Ok(workbook(&[Sheet { name: "Sheet1", columns: names.clone(), rows, time_format: "yyyy-mm-dd hh:mm" }])?)
}
