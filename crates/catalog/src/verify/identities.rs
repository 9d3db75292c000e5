//! Who is who: the present state against the journal.

use std::collections::BTreeMap;
use std::fmt::Debug;

use resight_core::IndividualId;
use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::error::CatalogError;
use crate::journal::{self, Present};

pub(super) fn check(connection: &Connection, report: &mut Report) -> Result<(), CatalogError> {
    let replayed = journal::replay(connection)?;
    for contradiction in &replayed.contradictions {
        report.add(ProblemKind::Journal, contradiction);
    }
    let present = Present::read(connection)?;
    compare(report, "the individual of", &replayed.state.assignments, &present.assignments);
    compare(report, "the state of", &replayed.state.individuals, &present.individuals);
    compare(report, "the name", &replayed.state.names, &present.names);
    nameless(connection, report)
}

/// Reports the first few differences, and how many there are.
fn compare<K: Ord + ToString, V: PartialEq + Debug>(
    report: &mut Report,
    what: &str,
    journal: &BTreeMap<K, V>,
    state: &BTreeMap<K, V>,
) {
    let missing = journal.keys().filter(|key| !state.contains_key(key));
    let differing = state.iter().filter(|(key, value)| journal.get(key) != Some(value)).map(|(key, _)| key);
    let all: Vec<String> = missing.chain(differing).map(ToString::to_string).collect();
    if let Some(first) = all.first() {
        let more = if all.len() > 1 { format!(" and {} more", all.len() - 1) } else { String::new() };
        report.add(ProblemKind::Journal, format!("{what} {first}{more} is not what the journal leads to"));
    }
}

/// An individual in the catalog has exactly one name; that it has no more than one the database sees to.
fn nameless(connection: &Connection, report: &mut Report) -> Result<(), CatalogError> {
    let mut statement = connection.prepare(
        "SELECT id FROM individual WHERE state = 'active' AND NOT EXISTS \
         (SELECT 1 FROM individual_name WHERE individual_id = individual.id AND role = 'name')",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        report.add(ProblemKind::Journal, format!("{} has no name", IndividualId(row.get(0)?)));
    }
    Ok(())
}
