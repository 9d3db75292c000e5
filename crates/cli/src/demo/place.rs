//! The folder of the demonstration. Only a folder that it made itself is ever written to again.

use std::path::{Path, PathBuf};

use resight_engine::{EngineError, Progress, Stage};
use resight_files::{FolderKind, FolderMark, HeldFolder, own_folder, read_own};
use resight_synth::{FieldWorld, Split, SynthError, TABLE_NAME, WORLD, World};

use crate::refusal::InWords as _;

/// What the folder is marked with.
const DEMO: FolderMark = FolderMark(FolderKind::Demo);

/// Name of the file that says of which world the demonstration is: its seed.
const SEED: &str = "seed.txt";

/// The table of what goes into the catalog.
const CATALOG_TABLE: &str = "world/catalog.csv";

/// The table of what nobody has named.
const UNIDENTIFIED_TABLE: &str = "world/unidentified.csv";

/// The table of a demonstration has some hundred lines.
const MOST_TABLE_BYTES: u64 = 16 << 20;

/// The folder of a demonstration, held by this process alone.
pub(crate) struct Place {
    held: HeldFolder,
}

impl Place {
    /// A folder that is new or empty, or that an earlier demonstration of the same world made. It is made and marked.
    ///
    /// # Errors
    /// It holds something else, or another process is at it.
    pub(crate) fn at(folder: &Path, world: &str) -> anyhow::Result<Self> {
        let held = HeldFolder::claim(DEMO, folder).map_err(|error| {
            EngineError::user(format!("cannot make a demo in the folder: {error}: {}", folder.display()))
                .in_words("name another one: `resight demo FOLDER`")
        })?;
        let place = Self { held };
        let seed = format!("{world}\n");
        match read_own(&place.path(SEED), 64) {
            Ok(found) if found == seed.as_bytes() => Ok(place),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                place.write(SEED, seed.as_bytes())?;
                Ok(place)
            }
            _ => {
                let message = format!("the folder holds another demo: {}", folder.display());
                Err(EngineError::user(message).in_words("name another one: `resight demo FOLDER`").into())
            }
        }
    }

    /// A file or folder of the demonstration.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.held.file(name)
    }

    /// Writes a file of the demonstration.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), EngineError> {
        self.held.write(name, bytes).map_err(|error| EngineError::file("write", self.path(name), error))
    }

    /// Makes a folder of the demonstration, or takes the one that is there.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn folder(&self, name: &str) -> Result<(), EngineError> {
        let path = self.path(name);
        own_folder(&path).map_err(|error| EngineError::file("make the folder", path, error))
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
        self.folder("world")?;
        // The table is written last: where it is whole, the photos are all there.
        let is_there = read_own(&folder.join(TABLE_NAME), MOST_TABLE_BYTES)
            .is_ok_and(|table| table == world.table().as_bytes());
        if !is_there {
            taking(&folder, world.photos().len(), progress, |taken| world.write(&folder, taken))?;
        }
        self.write(CATALOG_TABLE, catalog_part(world).as_bytes())?;
        Ok(self.path(CATALOG_TABLE))
    }

    /// The table of the photos that are not in the catalog's, without whom they show: what a new season brings. The world was
    /// photographed before.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn new_season(&self, world: &World) -> Result<PathBuf, EngineError> {
        self.write(UNIDENTIFIED_TABLE, unidentified_part(world).as_bytes())?;
        Ok(self.path(UNIDENTIFIED_TABLE))
    }

    /// Takes field photos into a folder of the demonstration, unless that was done before, and returns their table.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub(crate) fn photograph_field(
        &self,
        name: &str,
        world: &FieldWorld,
        progress: &dyn Progress,
    ) -> anyhow::Result<PathBuf> {
        self.folder(name)?;
        let folder = self.path(name);
        let table = folder.join(TABLE_NAME);
        // It is written last: where it is, the photos are all there.
        if read_own(&table, MOST_TABLE_BYTES).is_err() {
            taking(&folder, world.photos().len(), progress, |taken| world.write(&folder, taken))?;
        }
        Ok(table)
    }
}

/// Takes photos of synthetic animals into a folder; what an earlier try left there goes.
fn taking(
    folder: &Path,
    photos: usize,
    progress: &dyn Progress,
    take: impl FnOnce(&(dyn Fn(usize, usize) + Sync)) -> Result<(), SynthError>,
) -> anyhow::Result<()> {
    if WORLD.is_on(folder) {
        WORLD.remove(folder).map_err(|error| EngineError::file("empty the folder", folder, error))?;
    }
    let total = Some(photos as u64);
    progress.begin(Stage { title: "photographing synthetic animals".to_owned(), total });
    let outcome = take(&|_, _| progress.advance(1));
    progress.end();
    Ok(outcome?)
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

/// The lines of the table that are asked about, with what a photographer knows and nothing of whom they show.
fn unidentified_part(world: &World) -> String {
    const TOLD: [&str; 2] = ["identity", "is_new"];
    let table = world.table();
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let kept = |line: &str| {
        let cells = head.iter().zip(line.split(',')).filter(|(column, _)| !TOLD.contains(*column));
        cells.map(|(_, cell)| cell).collect::<Vec<_>>().join(",")
            + "
"
    };
    let asked = lines
        .zip(world.photos())
        .filter(|(_, photo)| world.encounter_of(photo).split == Split::Query)
        .map(|(line, _)| kept(line));
    std::iter::once(kept(&head.join(","))).chain(asked).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_with_something_else_is_left_alone_and_an_own_one_is_taken_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = folder.path().join("own");
        let first = Place::at(&own, "1").expect("a new folder");
        assert!(Place::at(&own, "1").is_err(), "it is in use");
        drop(first);
        assert!(Place::at(&own, "1").is_ok());
        assert!(Place::at(&own, "2").is_err(), "another world");
        let other = folder.path().join("other");
        fs::create_dir(&other).expect("a folder");
        fs::write(other.join("thesis.txt"), "years of work").expect("a file");
        assert!(Place::at(&other, "1").is_err());
        assert_eq!(fs::read_dir(&other).expect("the folder").count(), 1);
    }

    #[test]
    fn a_new_season_says_nothing_of_whom_it_shows() {
        let world = super::super::world(1, true).expect("a world");
        let table = unidentified_part(&world);
        assert!(table.starts_with("image_id,path,species,viewpoint,encounter,"), "{table:.120}");
        let names = world.encounters().iter().map(resight_synth::Encounter::identity);
        assert!(names.into_iter().all(|name| !table.contains(&name)));
        let asked: usize =
            super::super::questions(&world, Path::new("w")).iter().map(|q| q.photos.len()).sum();
        assert_eq!(table.lines().count(), 1 + asked);
    }

    #[test]
    fn the_catalog_gets_no_photo_that_is_asked_about() {
        let world = super::super::world(1, true).expect("a world");
        let table = catalog_part(&world);
        assert!(table.lines().skip(1).all(|line| line.ends_with(",catalog,false")));
        let asked: usize =
            super::super::questions(&world, Path::new("w")).iter().map(|q| q.photos.len()).sum();
        assert_eq!(table.lines().count() - 1 + asked, world.photos().len());
    }
}
