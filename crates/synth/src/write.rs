//! A world as files: photos and a table in the form that wildlife-datasets uses.

use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use resight_files::{FolderKind, FolderMark, create_own, own_folder, replace};

use crate::error::SynthError;
use crate::world::{Photo, World};

/// Name of the table in the written folder.
pub const TABLE_NAME: &str = "metadata.csv";

/// What a written folder is marked with.
pub const WORLD: FolderMark = FolderMark(FolderKind::World);

const COLUMNS: &str =
    "image_id,path,identity,species,viewpoint,encounter,date,latitude,longitude,split,is_new";

impl World {
    /// Writes all photos and `metadata.csv` into `folder`, which is made if it is missing, and marked as [`WORLD`].
    ///
    /// The table is written last, so a folder that has one is whole; one without may be removed by its mark, and
    /// written again. `progress` is called with
    /// (photos done, photos in all), from several threads.
    ///
    /// # Errors
    ///
    /// A folder that is not empty, or that cannot be written.
    pub fn write(&self, folder: &Path, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<(), SynthError> {
        claim(folder)?;
        let photos = folder.join("photos");
        own_folder(&photos).map_err(failed_at(&photos))?;
        let done = AtomicUsize::new(0);
        self.render_all(|photo, bytes| {
            let path = folder.join(relative_path(photo));
            create_own(&path).and_then(|mut file| file.write_all(&bytes)).map_err(failed_at(&path))?;
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, self.photos().len());
            Ok::<(), SynthError>(())
        })?;
        let table = folder.join(TABLE_NAME);
        replace(&table, self.table().as_bytes()).map_err(failed_at(&table))
    }

    /// The table as text: one line a photo, in order of time, paths relative to the table.
    ///
    /// Columns: `image_id`, `path`, `identity` (newcomers too), `species`, `viewpoint`, `encounter`, `date`
    /// (ISO 8601 with tenths and offset), `latitude`, `longitude`, `split` (`catalog` or `query`),
    /// `is_new` (`true` for newcomers).
    pub fn table(&self) -> String {
        let mut text = format!("{COLUMNS}\n");
        for photo in self.photos() {
            let encounter = self.encounter_of(photo);
            let _ = writeln!(
                text,
                "{},{},{},{},{},{},{},{:.5},{:.5},{},{}",
                photo.image_id,
                relative_path(photo),
                encounter.identity(),
                encounter.kind.species(),
                encounter.side.viewpoint(),
                encounter.id,
                photo.time,
                encounter.latitude,
                encounter.longitude,
                encounter.split.name(),
                encounter.is_new,
            );
        }
        text
    }
}

/// Makes the folder, and marks it as [`WORLD`].
///
/// # Errors
///
/// It is not empty, or cannot be made.
pub(crate) fn claim(folder: &Path) -> Result<(), SynthError> {
    if WORLD.is_on(folder) {
        return Err(SynthError::NotEmpty(folder.to_owned()));
    }
    WORLD.claim(folder).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => SynthError::NotEmpty(folder.to_owned()),
        _ => failed_at(folder)(error),
    })
}

/// The error that `path` could not be written.
pub(crate) fn failed_at(path: &Path) -> impl FnOnce(std::io::Error) -> SynthError {
    let path = path.to_owned();
    move |source| SynthError::Write { path, source }
}

/// Where a photo lies below the table; the name tells nothing of the animal.
pub fn relative_path(photo: &Photo) -> String {
    format!("photos/{}.jpg", photo.image_id)
}
