//! The folder of the demonstration. Only a folder that it made itself is ever written to again.

use std::fs;
use std::path::{Path, PathBuf};

use resight_engine::{EngineError, Progress, Stage};
use resight_synth::{Split, TABLE_NAME, World};

/// Says that a folder belongs to the demonstration, and to which world.
const MARK: &str = "resight-demo.txt";

/// The folder of a demonstration.
pub(crate) struct Place {
    folder: PathBuf,
    /// What stands in the marking file.
    mark: String,
}

impl Place {
    /// A folder that is new or empty, or that an earlier demonstration of the same world made. Nothing is made
    /// yet.
    ///
    /// # Errors
    /// It holds something else.
    pub(crate) fn at(folder: &Path, seed: u64) -> Result<Self, EngineError> {
        let mark = format!(
            "This folder was made by `resight demo` from synthetic animals of seed {seed}. Delete it as you like.\n"
        );
        let is_own = fs::read_to_string(folder.join(MARK)).is_ok_and(|found| found == mark);
        let is_free = match fs::read_dir(folder) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        if is_own || is_free {
            return Ok(Self { folder: folder.to_owned(), mark });
        }
        let message = format!("the folder holds something that is not this demo: {}", folder.display());
        Err(EngineError::user(message).with_hint("name another one: `resight demo FOLDER`"))
    }

    /// Makes the folder and marks it.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn make(&self) -> Result<(), EngineError> {
        let failed = |error: std::io::Error| EngineError::file("make the folder", &self.folder, &error);
        fs::create_dir_all(&self.folder).map_err(failed)?;
        fs::write(self.folder.join(MARK), &self.mark).map_err(failed)
    }

    /// A file or folder of the demonstration.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The catalog's folder.
    pub(crate) fn catalog(&self) -> PathBuf {
        self.path("catalog")
    }

    /// The folder of the photos and their tables.
    pub(crate) fn world(&self) -> PathBuf {
        self.path("world")
    }

    /// Photographs the world, unless that was done before, and returns the table of what goes into the catalog.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn photograph(&self, world: &World, progress: &dyn Progress) -> anyhow::Result<PathBuf> {
        let folder = self.world();
        // The table is written last: where it is whole, the photos are all there.
        let is_there = fs::read_to_string(folder.join(TABLE_NAME)).is_ok_and(|table| table == world.table());
        if !is_there {
            if folder.exists() {
                fs::remove_dir_all(&folder)
                    .map_err(|error| EngineError::file("empty the folder", &folder, &error))?;
            }
            let total = Some(world.photos().len() as u64);
            progress.begin(Stage { title: "photographing synthetic animals".to_owned(), total });
            let outcome = world.write(&folder, &|_, _| progress.advance(1));
            progress.end();
            outcome?;
        }
        let table = folder.join("catalog.csv");
        fs::write(&table, catalog_part(world)).map_err(|error| EngineError::file("write", &table, &error))?;
        Ok(table)
    }
}

/// The lines of the table that go into the catalog: the rest is asked about, and must not be known.
fn catalog_part(world: &World) -> String {
    let table = world.table();
    let mut lines = table.lines();
    let head = lines.next().unwrap_or_default();
    let kept = lines
        .zip(world.photos())
        .filter_map(|(line, photo)| (world.encounter_of(photo).split == Split::Catalog).then_some(line));
    std::iter::once(head).chain(kept).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_something_else_is_left_alone_and_an_own_one_is_taken_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = folder.path().join("own");
        Place::at(&own, 1).expect("a new folder").make().expect("it can be made");
        assert!(Place::at(&own, 1).is_ok());
        assert!(Place::at(&own, 2).is_err(), "another world");
        let other = folder.path().join("other");
        fs::create_dir(&other).expect("a folder");
        fs::write(other.join("thesis.txt"), "years of work").expect("a file");
        assert!(Place::at(&other, 1).is_err());
        assert_eq!(fs::read_dir(&other).expect("the folder").count(), 1);
    }

    #[test]
    fn the_catalog_gets_no_photo_that_is_asked_about() {
        let world = super::super::world(1).expect("a world");
        let table = catalog_part(&world);
        assert!(table.lines().skip(1).all(|line| line.ends_with(",catalog,false")));
        let asked: usize =
            super::super::questions(&world, Path::new("w")).iter().map(|q| q.photos.len()).sum();
        assert_eq!(table.lines().count() - 1 + asked, world.photos().len());
    }
}
