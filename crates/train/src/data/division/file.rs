//! A division as a file: `image_id,part`, a line for each identified row.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use resight_dataset::{Row, guarded, unguarded};
use resight_files::replace;

use super::{Division, DivisionError, DivisionFault, Part, Question};

const HEADER: [&str; 2] = ["image_id", "part"];

impl Division {
    /// Writes the division of a table, in the order of its rows, with lines that end in a line feed: all of it or
    /// nothing. An id that a
    /// spreadsheet would run as a formula is guarded as in any table ([`guarded`]).
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_csv(&self, path: &Path, rows: &[Row]) -> Result<(), DivisionError> {
        let failed = |reason| DivisionError::Write { reason, path: path.to_owned() };
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(HEADER).map_err(failed)?;
        for (row, part) in rows.iter().zip(self.parts(rows.len())) {
            if let Some(part) = part {
                writer.write_record([guarded(&row.image_id).as_str(), part.name()]).map_err(failed)?;
            }
        }
        let text = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
        replace(path, &text).map_err(|reason| failed(reason.into()))
    }

    /// Reads the division of a table. Which question it asks shows from the individuals: either those of
    /// validation and test are learnt too, or none of them is.
    ///
    /// # Errors
    /// When the file cannot be read, its first line is not `image_id,part`, it names a row that the table
    /// does not have or a row twice, an identified row is missing, or it asks both questions at once.
    pub fn read_csv(path: &Path, rows: &[Row]) -> Result<Self, DivisionError> {
        let failed = |reason| DivisionError::Read { reason, path: path.to_owned() };
        let wrong = |fault| DivisionError::File { fault, path: path.to_owned() };
        let mut reader = csv::Reader::from_path(path).map_err(failed)?;
        let header = reader.headers().map_err(failed)?;
        if header != HEADER.as_slice() {
            return Err(wrong(DivisionFault::Header(header.iter().collect::<Vec<_>>().join(","))));
        }
        let position_of: HashMap<&str, usize> =
            rows.iter().enumerate().map(|(position, row)| (row.image_id.as_str(), position)).collect();
        let mut parts = vec![None; rows.len()];
        for record in reader.records() {
            let record = record.map_err(failed)?;
            let line = record.position().map_or(0, csv::Position::line);
            place(&record, line, rows, &position_of, &mut parts).map_err(wrong)?;
        }
        check_complete(rows, &parts).map_err(wrong)?;
        let question = question_of(rows, &parts).map_err(wrong)?;
        Ok(Self::of_parts(question, &parts))
    }
}

fn place(
    record: &csv::StringRecord,
    line: u64,
    rows: &[Row],
    position_of: &HashMap<&str, usize>,
    parts: &mut [Option<Part>],
) -> Result<(), DivisionFault> {
    let (image_id, word) = (unguarded(&record[0]).to_owned(), &record[1]);
    let Some(part) = Part::ALL.into_iter().find(|part| part.name() == word) else {
        return Err(DivisionFault::Part { line, word: word.to_owned() });
    };
    let Some(position) = position_of.get(image_id.as_str()) else {
        return Err(DivisionFault::UnknownId { line, image_id });
    };
    if rows[*position].identity.is_none() {
        return Err(DivisionFault::Unidentified { line, image_id });
    }
    match parts[*position].replace(part) {
        Some(_) => Err(DivisionFault::Repeated { line, image_id }),
        None => Ok(()),
    }
}

fn check_complete(rows: &[Row], parts: &[Option<Part>]) -> Result<(), DivisionFault> {
    let missing = |(row, part): &(&Row, &Option<Part>)| row.identity.is_some() && part.is_none();
    let mut missing = rows.iter().zip(parts).filter(missing);
    match missing.next() {
        Some((first, _)) => {
            Err(DivisionFault::Missing { count: 1 + missing.count(), first: first.image_id.clone() })
        }
        None => Ok(()),
    }
}

fn question_of(rows: &[Row], parts: &[Option<Part>]) -> Result<Question, DivisionFault> {
    let mut parts_of: BTreeMap<&str, BTreeSet<Part>> = BTreeMap::new();
    let asked = |part: &Option<Part>| part.filter(|part| *part != Part::Newcomer);
    for (row, part) in rows.iter().zip(parts) {
        if let (Some(identity), Some(part)) = (&row.identity, asked(part)) {
            parts_of.entry(identity).or_default().insert(part);
        }
    }
    let shared = parts_of.iter().find(|(_, parts)| parts.len() > 1).map(|(name, _)| (*name).to_owned());
    let unlearnt = parts_of.iter().find(|(_, parts)| !parts.contains(&Part::Train)).map(|(name, _)| *name);
    match (shared, unlearnt) {
        (Some(known), Some(new)) => Err(DivisionFault::Mixed { known, new: new.to_owned() }),
        (Some(_), None) => Ok(Question::Known),
        (None, _) => Ok(Question::New),
    }
}
