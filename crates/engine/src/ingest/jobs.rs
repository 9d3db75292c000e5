//! The photos as jobs for the chain: what the catalog has already is left out before it is decoded.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use resight_catalog::Catalog;
use resight_core::{CaptureTime, PhotoId, PictureId};
use resight_imaging::{Limits, PhotoBytes, PhotoHeader, photo_id, picture_id, read_metadata, read_photo};
use resight_model::chain::{Job, PhotoSource};

use super::IngestReport;
use super::plan::PlannedPhoto;
use crate::{CancelToken, EngineError, Progress, Stage, Warning};

/// A photo that the catalog has already, found again at this path.
#[derive(Debug, Clone)]
pub(super) struct Skipped {
    /// Its place in the plan.
    pub(super) index: usize,
    pub(super) photo: PhotoId,
    pub(super) picture: Option<PictureId>,
    pub(super) path: PathBuf,
    pub(super) byte_len: u64,
    /// Whether its bytes are others than those that were taken in: its metadata was edited.
    pub(super) is_edited: bool,
    /// When the edited file says that it was taken.
    pub(super) edited_time: Option<CaptureTime>,
}

/// All photos of the catalog, by their bytes and by what they show.
pub(super) struct KnownPhotos {
    photos: BTreeSet<PhotoId>,
    pictures: BTreeMap<PictureId, PhotoId>,
}

impl KnownPhotos {
    pub(super) fn of(catalog: &Catalog) -> Result<Self, EngineError> {
        let mut known = Self { photos: BTreeSet::new(), pictures: BTreeMap::new() };
        for photo in catalog.photo_summaries()? {
            known.photos.insert(photo.id);
            if let Some(picture) = photo.picture {
                known.pictures.entry(picture).or_insert(photo.id);
            }
        }
        Ok(known)
    }

    /// The photo that a file is of.
    fn find(&self, id: PhotoId, picture: Option<PictureId>) -> Option<PhotoId> {
        if self.photos.contains(&id) { Some(id) } else { self.pictures.get(&picture?).copied() }
    }
}

/// Looks at the planned photos without decoding them: which of them the catalog has already, by their bytes, and which
/// are none by their headers.
pub(super) fn look(
    catalog: &Catalog,
    planned: &[PlannedPhoto],
    report: &mut IngestReport,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let known = KnownPhotos::of(catalog)?;
    let limits = Limits::default();
    progress.begin(Stage { title: "looking".to_owned(), total: Some(planned.len() as u64) });
    for photo in planned.iter().take_while(|_| !cancel.is_cancelled()) {
        progress.advance(1);
        let failure = match read_photo(&photo.path, &limits) {
            Ok(bytes) if known.find(photo_id(&bytes), picture_id(&bytes)).is_some() => {
                report.already_there += 1;
                None
            }
            Ok(bytes) => PhotoHeader::read(&bytes, &limits).err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        };
        let about = photo.path.display().to_string();
        report.failures.extend(failure.map(|message| Warning { about, message }));
    }
    Ok(())
}

/// The bytes of a photo's file, where it is a file of no more bytes than any photo has.
fn bytes_of(photo: &PlannedPhoto) -> Option<PhotoBytes> {
    read_photo(&photo.path, &Limits::default()).ok()
}

/// Reads the planned photos one after the other and hands on those that the catalog does not have.
pub(super) struct Jobs<'a> {
    planned: std::iter::Enumerate<std::slice::Iter<'a, PlannedPhoto>>,
    known: &'a KnownPhotos,
    skipped: &'a Mutex<Vec<Skipped>>,
    progress: &'a dyn Progress,
}

impl<'a> Jobs<'a> {
    pub(super) fn new(
        planned: &'a [PlannedPhoto],
        known: &'a KnownPhotos,
        skipped: &'a Mutex<Vec<Skipped>>,
        progress: &'a dyn Progress,
    ) -> Self {
        Self { planned: planned.iter().enumerate(), known, skipped, progress }
    }

    /// The bytes of a photo, unless the catalog has it. A file that cannot be read, or is larger than any photo,
    /// is left to the chain, which says what is wrong with it.
    fn source(&self, index: usize, photo: &PlannedPhoto) -> Option<PhotoSource> {
        let Some(bytes) = bytes_of(photo) else {
            return Some(PhotoSource::Path(photo.path.clone()));
        };
        let (id, picture) = (photo_id(&bytes), picture_id(&bytes));
        let Some(known) = self.known.find(id, picture) else {
            return Some(PhotoSource::Bytes(bytes));
        };
        let skipped = Skipped {
            index,
            photo: known,
            picture,
            path: photo.path.clone(),
            byte_len: bytes.len() as u64,
            is_edited: known != id,
            edited_time: (known != id).then(|| read_metadata(&bytes).capture_time).flatten(),
        };
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner).push(skipped);
        self.progress.advance(1);
        None
    }
}

impl Iterator for Jobs<'_> {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        loop {
            let (index, photo) = self.planned.next()?;
            if let Some(source) = self.source(index, photo) {
                let regions = (!photo.regions.is_empty()).then(|| photo.regions.clone());
                return Some(Job { index, source, regions });
            }
        }
    }
}
