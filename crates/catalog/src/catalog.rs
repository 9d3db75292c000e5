//! Making and opening a catalog.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tracing::debug_span;

use crate::change_mark::file_identity;
use crate::connection;
use crate::embedding::Appenders;
use crate::error::CatalogError;
use crate::filesystem;
use crate::layout::{Layout, entries};
use crate::lock::WriterLock;
use crate::settings::Settings;

/// What a catalog is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To look at it, beside any number of others and one writer.
    Read,
    /// To change it; only one process at a time can.
    Write,
}

/// An open catalog.
#[derive(Debug)]
pub struct Catalog {
    connection: Connection,
    layout: Layout,
    /// Which file the database was when it was opened.
    identity: Option<(u64, u64)>,
    appenders: Appenders,
    /// There when it was opened for writing. Dropped last, after the database is closed.
    lock: Option<WriterLock>,
}

impl Catalog {
    /// Makes a catalog in a folder that is empty or not there yet, and opens it for writing.
    ///
    /// It is whole or not there: where it fails, or is killed half-way, it leaves a folder in which it can be made again.
    ///
    /// # Errors
    /// [`CatalogError::AlreadyACatalog`], [`CatalogError::NotEmpty`], [`CatalogError::NotOurs`],
    /// [`CatalogError::NetworkFileSystem`], [`CatalogError::BadSetting`]; locked; file and database errors.
    pub fn create(path: &Path, settings: &Settings, now: jiff::Timestamp) -> Result<Self, CatalogError> {
        settings.check()?;
        let layout = Layout::new(path);
        std::fs::create_dir_all(path).map_err(CatalogError::file("make the folder", path))?;
        refuse_occupied(&layout)?;
        filesystem::refuse_network(path)?;
        let lock = WriterLock::take(&layout)?;
        let connection = make_database(&layout, settings, now).inspect_err(|_| {
            remove(&layout.unfinished_files());
        })?;
        let identity = file_identity(&layout.database());
        Ok(Self { connection, layout, identity, appenders: Appenders::default(), lock: Some(lock) })
    }

    /// Opens a catalog.
    ///
    /// For writing, what an interrupted writer left behind is tidied up: embeddings that no committed row
    /// speaks of. An older catalog is brought to the newest form.
    ///
    /// # Errors
    /// [`CatalogError::NotACatalog`], [`CatalogError::OtherApplication`], [`CatalogError::NewerSchema`],
    /// [`CatalogError::OlderSchema`] (reading), [`CatalogError::Locked`] (writing); [`CatalogError::NotOurs`] and
    /// [`CatalogError::ForeignSchema`] where somebody else changed it; file and database errors.
    pub fn open(path: &Path, access: Access) -> Result<Self, CatalogError> {
        let layout = Layout::new(path);
        let database = layout.database();
        if std::fs::symlink_metadata(&database).is_ok_and(|there| !there.is_dir()) {
            layout.refuse_what_is_not_ours()?;
        } else {
            return Err(CatalogError::NotACatalog { path: path.to_owned() });
        }
        // Before it is opened: one that is put in its place meanwhile is noticed rather than missed.
        let identity = file_identity(&database);
        let appenders = Appenders::default();
        if access == Access::Read {
            let connection = connection::open_for_reading(&database)?;
            return Ok(Self { connection, layout, identity, appenders, lock: None });
        }
        filesystem::refuse_network(path)?;
        let lock = WriterLock::take(&layout)?;
        let connection = connection::open_for_writing(&database)?;
        let catalog = Self { connection, layout, identity, appenders, lock: Some(lock) };
        catalog.tidy_segments()?;
        Ok(catalog)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.layout.root()
    }

    /// What it was opened for.
    pub fn access(&self) -> Access {
        if self.lock.is_some() { Access::Write } else { Access::Read }
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn identity(&self) -> Option<(u64, u64)> {
        self.identity
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    pub(crate) fn require_writable(&self) -> Result<(), CatalogError> {
        match self.lock {
            Some(_) => Ok(()),
            None => Err(CatalogError::ReadOnly { path: self.path().to_owned() }),
        }
    }

    /// Runs a change in one transaction: all of it is stored when this returns, or none.
    pub(crate) fn write<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        self.require_writable()?;
        let _span = debug_span!("write").entered();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = change(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// As [`Catalog::write`], with the appenders of the vector segments at hand.
    pub(crate) fn write_with_vectors<T>(
        &mut self,
        change: impl FnOnce(&Transaction<'_>, &mut Appenders, &Layout) -> Result<T, CatalogError>,
    ) -> Result<T, CatalogError> {
        self.require_writable()?;
        let _span = debug_span!("write").entered();
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let outcome = change(&transaction, &mut self.appenders, &self.layout)
            .and_then(|outcome| Ok(transaction.commit().map(|()| outcome)?));
        if outcome.is_err() {
            // What was appended to the segments is not in the database: it is cut off before the next append.
            self.appenders.forget();
        }
        outcome
    }
}

/// Refuses a folder that has anything in it but what an interrupted [`Catalog::create`] leaves.
fn refuse_occupied(layout: &Layout) -> Result<(), CatalogError> {
    let path = layout.root();
    if layout.database().exists() {
        return Err(CatalogError::AlreadyACatalog { path: path.to_owned() });
    }
    let mut ours: BTreeSet<PathBuf> = layout.unfinished_files().into_iter().collect();
    ours.extend([layout.lock(), layout.lock_holder()]);
    if entries(path)?.iter().any(|found| !ours.contains(found)) {
        return Err(CatalogError::NotEmpty { path: path.to_owned() });
    }
    layout.refuse_what_is_not_ours()
}

/// Makes the database under a passing name, gives it the real one when all of it is on the disk, and opens it.
fn make_database(
    layout: &Layout,
    settings: &Settings,
    now: jiff::Timestamp,
) -> Result<Connection, CatalogError> {
    let unfinished = layout.unfinished_database();
    remove(&layout.unfinished_files());
    connection::create(&unfinished, |connection| settings.write(connection, now))?;
    std::fs::rename(&unfinished, layout.database())
        .map_err(CatalogError::file("give its name to", &unfinished))?;
    resight_files::sync_folder(layout.root())
        .map_err(CatalogError::file("sync the folder", layout.root()))
        .and_then(|()| connection::open_for_writing(&layout.database()))
        // There is nothing in it yet that could be lost, and what was refused must not be there.
        .inspect_err(|_| remove(&layout.database_files()))
}

/// Removes files that only we make. What cannot be removed is told by who trips over it.
fn remove(files: &[PathBuf]) {
    for file in files {
        let _ = std::fs::remove_file(file);
    }
}
