//! Taking a step back, and bringing it again.

use std::collections::BTreeSet;

use resight_core::IndividualId;
use rusqlite::{Connection, OptionalExtension, ToSql, params};

use super::change::{Change, NameRole, Naming};
use super::{Action, EntryId, JournalEntry, labels, read, step};
use crate::annotation::individual_of;
use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::individual::{self, IndividualState};
use crate::label;
use crate::signature::Signature;

impl Catalog {
    /// Takes back one entry of the journal, or with `None` the latest that is in effect and not itself an undo.
    /// The undo is an entry too: undoing it brings the step again.
    ///
    /// # Errors
    /// [`CatalogError::NothingToUndo`], [`CatalogError::NoSuchEntry`], [`CatalogError::AlreadyUndone`];
    /// [`CatalogError::CannotUndo`] where a later entry builds on this one, naming it; database errors.
    pub fn undo(
        &mut self,
        entry: Option<EntryId>,
        signature: &Signature,
    ) -> Result<JournalEntry, CatalogError> {
        self.write(|transaction| {
            let taken_back = takeable(transaction, entry)?;
            step(transaction, Action::Undo(taken_back.id), signature, taken_back.change.reversed())
        })
    }

    /// The entry that [`Catalog::undo`] would take back, with all that it changed. Nothing is done.
    ///
    /// # Errors
    /// As for [`Catalog::undo`].
    pub fn undoing(&self, entry: Option<EntryId>) -> Result<JournalEntry, CatalogError> {
        takeable(self.connection(), entry)
    }
}

/// The entry asked for, or the latest in effect, where nothing stands in the way of taking it back.
fn takeable(connection: &Connection, asked: Option<EntryId>) -> Result<JournalEntry, CatalogError> {
    let entry = match asked {
        Some(entry) => entry,
        None => latest_in_effect(connection)?.ok_or(CatalogError::NothingToUndo)?,
    };
    let found = read::entry(connection, entry)?;
    if let Some(by) = read::undone(connection)?.get(&entry) {
        return Err(CatalogError::AlreadyUndone { entry, by: *by });
    }
    let back = found.change.reversed();
    let blocked = Undoing { connection, entry };
    blocked.check_unchanged_since(&back)?;
    blocked.check_owners_are_there(&back)?;
    blocked.check_leavers_own_nothing_else(&back)?;
    Ok(found)
}

fn latest_in_effect(connection: &Connection) -> Result<Option<EntryId>, CatalogError> {
    let undone = read::undone(connection)?;
    let mut statement =
        connection.prepare_cached("SELECT id FROM journal_entry WHERE undoes IS NULL ORDER BY id DESC")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = EntryId(row.get(0)?);
        if !undone.contains_key(&id) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// The entry that is to be undone, for finding what stands in the way.
struct Undoing<'a> {
    connection: &'a Connection,
    entry: EntryId,
}

impl Undoing<'_> {
    /// Every row must be as the entry left it.
    fn check_unchanged_since(&self, back: &Change) -> Result<(), CatalogError> {
        for c in &back.assignments {
            if individual_of(self.connection, c.annotation)? != c.before {
                let first = self.latest("journal_assignment", "annotation_id", &c.annotation.0)?;
                return self.refuse(format!("{} has been assigned since", c.annotation), first);
            }
        }
        for c in &back.labels {
            if label::present(self.connection, c.subject, &c.label)? != c.before {
                let first = labels::latest(self.connection, c, self.entry)?;
                return self.refuse(
                    format!("the {} of {} has been changed since", c.label.word(), c.subject),
                    first,
                );
            }
        }
        for c in &back.names {
            if naming(self.connection, &c.name)? != c.before {
                let first = self.latest("journal_name", "name", &c.name)?;
                return self.refuse(format!("the name `{}` has changed hands since", c.name), first);
            }
        }
        for c in &back.individuals {
            if individual::state(self.connection, c.individual)? != c.before {
                let first = self.latest("journal_individual", "individual_id", &c.individual.0)?;
                return self.refuse(format!("{} has been merged or withdrawn since", c.individual), first);
            }
        }
        Ok(())
    }

    /// Those who get something back must be in the catalog, now or by this undo.
    fn check_owners_are_there(&self, back: &Change) -> Result<(), CatalogError> {
        let returning: BTreeSet<IndividualId> = back
            .individuals
            .iter()
            .filter(|c| c.after == IndividualState::Active)
            .map(|c| c.individual)
            .collect();
        let of_names = back.names.iter().filter_map(|c| c.after.map(|naming| naming.individual));
        let of_photos = back.assignments.iter().filter_map(|c| c.after);
        let merged_into = back.individuals.iter().filter_map(|c| c.after.into_id().map(IndividualId));
        let owners: BTreeSet<IndividualId> = of_names.chain(of_photos).chain(merged_into).collect();
        for owner in owners.difference(&returning) {
            if individual::state(self.connection, *owner)? != Some(IndividualState::Active) {
                let first = self.latest("journal_individual", "individual_id", &owner.0)?;
                return self.refuse(format!("{owner} is no longer in the catalog"), first);
            }
        }
        Ok(())
    }

    /// Those who leave by this undo must own nothing that it does not take from them.
    fn check_leavers_own_nothing_else(&self, back: &Change) -> Result<(), CatalogError> {
        let leavers = back.individuals.iter().filter(|c| c.after != IndividualState::Active);
        for leaver in leavers.map(|c| c.individual) {
            let taken: BTreeSet<i64> = back.assignments.iter().map(|c| c.annotation.0).collect();
            if let Some(kept) =
                self.first_other("SELECT id FROM annotation WHERE individual_id = ?1", leaver, &taken)?
            {
                let first = self.latest("journal_assignment", "annotation_id", &kept)?;
                return self.refuse(format!("{leaver} has got other photos since"), first);
            }
            let taken: BTreeSet<String> = back.names.iter().map(|c| c.name.clone()).collect();
            let names = "SELECT name FROM individual_name WHERE individual_id = ?1";
            if let Some(kept) = self.first_other(names, leaver, &taken)? {
                let first = self.latest("journal_name", "name", &kept)?;
                return self.refuse(format!("{leaver} has got other names since"), first);
            }
        }
        Ok(())
    }

    /// The first thing the individual owns that is not in `taken`.
    fn first_other<T: rusqlite::types::FromSql + Ord>(
        &self,
        owned: &str,
        individual: IndividualId,
        taken: &BTreeSet<T>,
    ) -> Result<Option<T>, CatalogError> {
        let mut statement = self.connection.prepare_cached(owned)?;
        let owned: Vec<T> =
            statement.query_map([individual.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(owned.into_iter().find(|thing| !taken.contains(thing)))
    }

    /// The latest entry that touched a row, where it is later than the one to undo.
    fn latest(&self, table: &str, column: &str, value: &dyn ToSql) -> Result<Option<EntryId>, CatalogError> {
        let sql = format!("SELECT max(entry_id) FROM {table} WHERE {column} = ?1 AND entry_id > ?2");
        let id: Option<i64> = self
            .connection
            .prepare_cached(&sql)?
            .query_row(params![value, self.entry.0], |row| row.get(0))?;
        Ok(id.map(EntryId))
    }

    fn refuse(&self, why: String, first: Option<EntryId>) -> Result<(), CatalogError> {
        Err(CatalogError::CannotUndo { entry: self.entry, why, first })
    }
}

fn naming(connection: &Connection, name: &str) -> Result<Option<Naming>, CatalogError> {
    let found: Option<(i64, String)> = connection
        .prepare_cached("SELECT individual_id, role FROM individual_name WHERE name = ?1")?
        .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.map(|(id, role)| Naming { individual: IndividualId(id), role: NameRole::from_stored(&role) }))
}
