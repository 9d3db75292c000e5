//! Field photos as files: photos, and a table with a row for every animal that can be seen.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use resight_files::{create_own, own_folder, replace};

use super::{FieldPhoto, FieldWorld, SeenAnimal};
use crate::error::SynthError;
use crate::exif::jpeg_with_exif;
use crate::write::{TABLE_NAME, claim, failed_at};

const COLUMNS: &str =
    "image_id,path,identity,species,viewpoint,encounter,date,latitude,longitude,bbox,visible,split,is_new";

impl FieldWorld {
    /// Writes all photos and `metadata.csv` into `folder`, as [`World::write`](crate::World::write) does: a row for every animal
    /// that can be seen, with `bbox` (left, top, width and height of what is seen of it, pixels) and `visible` (the share of
    /// it that nothing hides). Photos without one are written, and in no row.
    ///
    /// # Errors
    ///
    /// A folder that is not empty, or that cannot be written.
    pub fn write(&self, folder: &Path, progress: &(dyn Fn(usize, usize) + Sync)) -> Result<(), SynthError> {
        claim(folder)?;
        let photos = folder.join("photos");
        own_folder(&photos).map_err(failed_at(&photos))?;
        let done = AtomicUsize::new(0);
        let rows: Mutex<Vec<(usize, String)>> = Mutex::new(Vec::new());
        self.photos().par_iter().enumerate().try_for_each(|(number, photo)| {
            let taken = self.render(photo);
            let encounter = self.encounter_of(photo);
            let bytes = jpeg_with_exif(
                &taken.picture,
                photo.shot.jpeg_quality,
                encounter,
                (&photo.image_id, photo.time),
            )?;
            let path = folder.join(relative_path(photo));
            create_own(&path).and_then(|mut file| file.write_all(&bytes)).map_err(failed_at(&path))?;
            let text: String = taken.animals.iter().map(|seen| self.row(photo, seen)).collect();
            rows.lock().unwrap_or_else(PoisonError::into_inner).push((number, text));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, self.photos().len());
            Ok::<(), SynthError>(())
        })?;
        let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
        rows.sort();
        let text: String =
            std::iter::once(format!("{COLUMNS}\n")).chain(rows.into_iter().map(|row| row.1)).collect();
        let table = folder.join(TABLE_NAME);
        replace(&table, text.as_bytes()).map_err(failed_at(&table))
    }

    fn row(&self, photo: &FieldPhoto, seen: &SeenAnimal) -> String {
        let (encounter, animal) = (self.encounter_of(photo), &photo.animals[seen.animal]);
        let [left, top, width, height] = seen.bounds;
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{}-{},{},{},{},{},{},{},{:.5},{:.5},\"[{left}, {top}, {width}, {height}]\",{:.2},{},{}",
            photo.image_id,
            seen.animal + 1,
            relative_path(photo),
            self.identity(photo, animal),
            encounter.kind.species(),
            animal.view.label(encounter.kind, animal.side),
            encounter.id,
            photo.time,
            encounter.latitude,
            encounter.longitude,
            seen.visible,
            encounter.split.name(),
            animal.is_new,
        );
        text
    }
}

/// Where a photo lies below the table.
fn relative_path(photo: &FieldPhoto) -> String {
    format!("photos/{}.jpg", photo.image_id)
}
