//! Making and opening a catalog.

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::connection;
use crate::embedding::Appenders;
use crate::error::CatalogError;
use crate::filesystem;
use crate::layout::Layout;
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
    appenders: Appenders,
    /// There when it was opened for writing. Dropped last, after the database is closed.
    lock: Option<WriterLock>,
}

impl Catalog {
    /// Makes a catalog in a folder that is empty or not there yet, and opens it for writing.
    ///
    /// Killed half-way it leaves a folder in which it can be made again.
    ///
    /// # Errors
    /// [`CatalogError::AlreadyACatalog`], [`CatalogError::NotEmpty`], [`CatalogError::NetworkFileSystem`],
    /// [`CatalogError::BadSetting`]; locked; file and database errors.
    pub fn create(path: &Path, settings: &Settings, now: jiff::Timestamp) -> Result<Self, CatalogError> {
        settings.check()?;
        let layout = Layout::new(path);
        std::fs::create_dir_all(path).map_err(CatalogError::file("make the folder", path))?;
        refuse_occupied(&layout)?;
        filesystem::refuse_network(path)?;
        let lock = WriterLock::take(&layout)?;
        make_database(&layout, settings, now)?;
        let connection = connection::open_for_writing(&layout.database())?;
        Ok(Self { connection, layout, appenders: Appenders::default(), lock: Some(lock) })
    }

    /// Opens a catalog.
    ///
    /// For writing, what an interrupted writer left behind is tidied up: embeddings that no committed row
    /// speaks of. An older catalog is brought to the newest form.
    ///
    /// # Errors
    /// [`CatalogError::NotACatalog`], [`CatalogError::OtherApplication`], [`CatalogError::NewerSchema`],
    /// [`CatalogError::OlderSchema`] (reading), [`CatalogError::Locked`] (writing); file and database errors.
    pub fn open(path: &Path, access: Access) -> Result<Self, CatalogError> {
        let layout = Layout::new(path);
        let database = layout.database();
        if !database.is_file() {
            return Err(CatalogError::NotACatalog { path: path.to_owned() });
        }
        if access == Access::Read {
            let connection = connection::open_for_reading(&database)?;
            return Ok(Self { connection, layout, appenders: Appenders::default(), lock: None });
        }
        filesystem::refuse_network(path)?;
        let lock = WriterLock::take(&layout)?;
        let connection = connection::open_for_writing(&database)?;
        let catalog = Self { connection, layout, appenders: Appenders::default(), lock: Some(lock) };
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
    let ours: BTreeSet<_> = [layout.lock(), layout.lock_holder()].into_iter().collect();
    let unfinished = layout.unfinished_database();
    for entry in std::fs::read_dir(path).map_err(CatalogError::file("read the folder", path))? {
        let found = entry.map_err(CatalogError::file("read the folder", path))?.path();
        let leftover = found.to_string_lossy().starts_with(&*unfinished.to_string_lossy());
        if !leftover && !ours.contains(&found) {
            return Err(CatalogError::NotEmpty { path: path.to_owned() });
        }
    }
    Ok(())
}

/// Makes the database under a passing name and gives it the real one when all of it is on the disk.
fn make_database(layout: &Layout, settings: &Settings, now: jiff::Timestamp) -> Result<(), CatalogError> {
    let unfinished = layout.unfinished_database();
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let mut leftover = unfinished.clone().into_os_string();
        leftover.push(suffix);
        let _ = std::fs::remove_file(leftover);
    }
    let mut connection = connection::create(&unfinished)?;
    let transaction = connection.transaction()?;
    settings.write(&transaction, now)?;
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    std::fs::rename(&unfinished, layout.database())
        .map_err(CatalogError::file("give its name to", &unfinished))?;
    filesystem::sync_folder(layout.root())
}
