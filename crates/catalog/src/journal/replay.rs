//! The state that the journal leads to, from nothing.

use std::collections::BTreeMap;

use resight_core::{AnnotationId, IndividualId};
use rusqlite::Connection;

use super::change::Naming;
use super::{EntryId, read};
use crate::error::CatalogError;
use crate::individual::IndividualState;

/// Who is who, as the journal tells it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Replayed {
    /// Whom each annotation shows; those that show nobody are left out.
    pub(crate) assignments: BTreeMap<AnnotationId, IndividualId>,
    /// The individuals there ever were.
    pub(crate) individuals: BTreeMap<IndividualId, IndividualState>,
    /// Names and aliases.
    pub(crate) names: BTreeMap<String, Naming>,
    /// Entries whose "before" is not what the earlier entries lead to.
    pub(crate) contradictions: Vec<String>,
}

/// Applies all entries in order.
pub(crate) fn replay(connection: &Connection) -> Result<Replayed, CatalogError> {
    let mut statement = connection.prepare("SELECT id FROM journal_entry ORDER BY id")?;
    let entries: Vec<i64> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut state = Replayed::default();
    for entry in entries {
        state.apply(connection, EntryId(entry))?;
    }
    Ok(state)
}

impl Replayed {
    fn apply(&mut self, connection: &Connection, entry: EntryId) -> Result<(), CatalogError> {
        let change = read::change(connection, entry)?;
        for c in change.individuals {
            let before = self.individuals.insert(c.individual, c.after);
            self.expect(before == c.before, entry, &c.individual.to_string());
        }
        for c in change.names {
            let before = put(&mut self.names, c.name.clone(), c.after);
            self.expect(before == c.before, entry, &c.name);
        }
        for c in change.assignments {
            let before = put(&mut self.assignments, c.annotation, c.after);
            self.expect(before == c.before, entry, &c.annotation.to_string());
        }
        Ok(())
    }

    fn expect(&mut self, holds: bool, entry: EntryId, what: &str) {
        if !holds {
            self.contradictions.push(format!("{entry} does not follow from the entries before it: {what}"));
        }
    }
}

fn put<K: Ord, V>(map: &mut BTreeMap<K, V>, key: K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => map.insert(key, value),
        None => map.remove(&key),
    }
}
