//! The state that the journal leads to, from nothing.

use std::collections::BTreeMap;

use resight_core::{AnnotationId, IndividualId};
use rusqlite::Connection;

use super::change::{AssignmentChange, Change, IndividualChange, NameChange, NameRole, Naming};
use super::{EntryId, apply, read};
use crate::error::CatalogError;
use crate::individual::IndividualState;
use crate::label::{self, LabelChange, LabelName, LabelSubject, LabelValue};

/// Who is who.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Present {
    /// Whom each annotation shows; those that show nobody are left out.
    pub(crate) assignments: BTreeMap<AnnotationId, IndividualId>,
    /// The individuals there ever were.
    pub(crate) individuals: BTreeMap<IndividualId, IndividualState>,
    /// Names and aliases.
    pub(crate) names: BTreeMap<String, Naming>,
    /// Labels that were ever changed, as what they say.
    pub(crate) labels: BTreeMap<(LabelSubject, LabelName), Option<LabelValue>>,
}

/// What the journal leads to.
#[derive(Debug, Default)]
pub(crate) struct Replayed {
    /// The state after the last entry.
    pub(crate) state: Present,
    /// Entries whose "before" is not what the earlier entries lead to.
    pub(crate) contradictions: Vec<String>,
}

/// Applies all entries in order.
pub(crate) fn replay(connection: &Connection) -> Result<Replayed, CatalogError> {
    let mut statement = connection.prepare("SELECT id FROM journal_entry ORDER BY id")?;
    let entries: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut replayed = Replayed::default();
    for entry in entries {
        replayed.apply(connection, EntryId(entry))?;
    }
    Ok(replayed)
}

impl Replayed {
    fn apply(&mut self, connection: &Connection, entry: EntryId) -> Result<(), CatalogError> {
        let change = read::change(connection, entry)?;
        for c in change.individuals {
            let before = self.state.individuals.insert(c.individual, c.after);
            self.expect(before == c.before, entry, &c.individual.to_string());
        }
        for c in change.names {
            let before = put(&mut self.state.names, c.name.clone(), c.after);
            self.expect(before == c.before, entry, &c.name);
        }
        for c in change.assignments {
            let before = put(&mut self.state.assignments, c.annotation, c.after);
            self.expect(before == c.before, entry, &c.annotation.to_string());
        }
        for c in change.labels {
            let what = format!("the {} of {}", c.label.word(), c.subject);
            // What a photo's import stored is before the first change.
            let before = self.state.labels.insert((c.subject, c.label), c.after);
            self.expect(before.is_none_or(|before| before == c.before), entry, &what);
        }
        Ok(())
    }

    fn expect(&mut self, holds: bool, entry: EntryId, what: &str) {
        if !holds {
            self.contradictions.push(format!("{entry} does not follow from the entries before it: {what}"));
        }
    }
}

impl Present {
    /// The state as the tables have it, of the labels that `changed` speaks of.
    pub(crate) fn read(connection: &Connection, changed: &Self) -> Result<Self, CatalogError> {
        let mut state = Self::default();
        for (subject, label) in changed.labels.keys() {
            let said = label::present(connection, *subject, label)?;
            state.labels.insert((*subject, label.clone()), said);
        }
        let sql = "SELECT id, individual_id FROM annotation WHERE individual_id IS NOT NULL";
        let mut statement = connection.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            state.assignments.insert(AnnotationId(row.get(0)?), IndividualId(row.get(1)?));
        }
        let mut statement = connection.prepare("SELECT id, state, merged_into FROM individual")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let found = IndividualState::from_stored(&row.get::<_, String>(1)?, row.get(2)?)?;
            state.individuals.insert(IndividualId(row.get(0)?), found);
        }
        let mut statement = connection.prepare("SELECT name, individual_id, role FROM individual_name")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let role = NameRole::from_stored(&row.get::<_, String>(2)?);
            state.names.insert(row.get(0)?, Naming { individual: IndividualId(row.get(1)?), role });
        }
        Ok(state)
    }

    /// Puts this state in the place of the one in the tables.
    pub(crate) fn write(&self, connection: &Connection) -> Result<(), CatalogError> {
        connection
            .execute("UPDATE annotation SET individual_id = NULL WHERE individual_id IS NOT NULL", [])?;
        connection.execute("DELETE FROM individual_name", [])?;
        let change = Change {
            individuals: self
                .individuals
                .iter()
                .map(|(individual, state)| IndividualChange {
                    individual: *individual,
                    before: None,
                    after: *state,
                })
                .collect(),
            names: self
                .names
                .iter()
                .map(|(name, naming)| NameChange { name: name.clone(), before: None, after: Some(*naming) })
                .collect(),
            assignments: self
                .assignments
                .iter()
                .map(|(annotation, individual)| AssignmentChange {
                    annotation: *annotation,
                    before: None,
                    after: Some(*individual),
                })
                .collect(),
            labels: self
                .labels
                .iter()
                .map(|((subject, label), said)| LabelChange {
                    subject: *subject,
                    label: label.clone(),
                    before: None,
                    after: said.clone(),
                })
                .collect(),
        };
        apply(connection, &change)
    }
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    }
}
