//! Who is who: the present state against the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use resight_core::IndividualId;
use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::error::CatalogError;
use crate::individual::IndividualState;
use crate::journal::{self, Present};
use crate::label::{LabelName, LabelSubject, LabelValue};
use crate::layout::Layout;

pub(super) fn check(
    connection: &Connection,
    _layout: &Layout,
    report: &mut Report,
) -> Result<(), CatalogError> {
    let replayed = journal::replay(connection)?;
    for contradiction in &replayed.contradictions {
        report.add(ProblemKind::Journal, contradiction);
    }
    let present = Present::read(connection, &replayed.state)?;
    compare(report, "the individual of", &replayed.state.assignments, &present.assignments);
    compare(report, "the state of", &replayed.state.individuals, &present.individuals);
    compare(report, "the name", &replayed.state.names, &present.names);
    let apart = |labels: &BTreeMap<(LabelSubject, LabelName), Option<LabelValue>>| {
        let shown = |(subject, label): &(LabelSubject, LabelName)| format!("{} of {subject}", label.stored());
        labels.iter().map(|(key, said)| (shown(key), said.clone())).collect::<BTreeMap<_, _>>()
    };
    compare(report, "the", &apart(&replayed.state.labels), &apart(&present.labels));
    circles(report, &present.individuals);
    nameless(connection, report)
}

/// Merges lead somewhere: whoever was merged is another one in the end.
fn circles(report: &mut Report, individuals: &BTreeMap<IndividualId, IndividualState>) {
    let mut settled = BTreeSet::new();
    for start in individuals.keys() {
        let (mut passed, mut at) = (BTreeSet::new(), *start);
        while let Some(IndividualState::Merged(into)) = individuals.get(&at) {
            if settled.contains(&at) {
                break;
            }
            if !passed.insert(at) {
                report.add(ProblemKind::Record, format!("individuals were merged in a circle: {at}"));
                break;
            }
            at = *into;
        }
        settled.append(&mut passed);
    }
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
