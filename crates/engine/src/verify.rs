//! Proving that a catalog is sound, or saying what is wrong with it and what helps.

use std::path::{Path, PathBuf};

use resight_catalog::Catalog;
use resight_catalog::verify::{Problem, ProblemKind};
use resight_core::{PhotoId, PictureId};
use resight_imaging::{Limits, PhotoBytes, photo_id, picture_id, read_photo};
use serde::Serialize;

use crate::{CancelToken, EngineError, Progress, Session, Stage, Warning};

/// How far to look.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// Whether the original photos are read as well and compared with what was taken in.
    pub originals: bool,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Whether nothing is wrong with the catalog itself.
    pub sound: bool,
    /// Photos on record.
    pub photos: u64,
    /// Annotations whose individual agrees with the journal, or whose disagreement is listed.
    pub annotations: u64,
    /// Steps of the journal that were replayed.
    pub journal_entries: u64,
    /// Embeddings whose bytes were checked.
    pub embeddings: u64,
    /// Segment files that were read.
    pub segments: u64,
    /// What is wrong.
    pub problems: Vec<ProblemShown>,
    /// What interrupted writers left behind; it harms nothing and goes with the next write.
    pub leftovers: Vec<PathBuf>,
    /// Original photos that were read; none where that was not asked for.
    pub originals_read: Option<u64>,
    /// Original photos that are gone or have other bytes. The catalog goes on without them; embeddings and
    /// thumbnails cannot be made again.
    pub originals_lost: Vec<Warning>,
    /// Whether it was stopped before the last original.
    pub interrupted: bool,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProblemShown {
    /// What kind of thing: `database`, `folder`, `record`, `journal`, `vectors`, `missing-embedding`, `missing-thumbnail`.
    pub kind: &'static str,
    /// What exactly.
    pub what: String,
    /// Whether `resight rebuild` can make it good.
    pub can_be_rebuilt: bool,
}

impl From<&Problem> for ProblemShown {
    fn from(problem: &Problem) -> Self {
        Self {
            kind: problem.kind.word(),
            what: problem.what.clone(),
            can_be_rebuilt: ProblemKind::can_be_rebuilt(problem.kind),
        }
    }
}

impl Session {
    /// Checks the catalog: the database file, the references in it, that the journal leads to the present state, the
    /// bytes of every embedding, that what is derived is there; on request the original photos.
    ///
    /// # Errors
    /// There is no catalog, or it cannot be looked at. What is wrong with it is in the report, also where that keeps it
    /// from being opened.
    pub fn verify(
        &self,
        request: &VerifyRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<VerifyReport, EngineError> {
        progress.begin(Stage { title: "verifying".to_owned(), total: None });
        let (catalog, mut report) = report_of(self.folder())?;
        if let Some(catalog) = catalog.filter(|_| request.originals) {
            let checked = check_originals(&catalog, &mut report, progress, cancel);
            // The record of a catalog that is not sound may not say which photos there are.
            if report.sound {
                checked?;
            }
        }
        progress.end();
        Ok(report)
    }
}

/// What a catalog says of itself, and the catalog where it could be opened.
pub(crate) fn report_of(catalog: &Path) -> Result<(Option<Catalog>, VerifyReport), EngineError> {
    let (catalog, found) = resight_catalog::verify::verify(catalog)?;
    let report = VerifyReport {
        sound: found.is_sound(),
        photos: found.photos,
        annotations: found.annotations,
        journal_entries: found.journal_entries,
        embeddings: found.embeddings,
        segments: found.segments,
        problems: found.problems.iter().map(ProblemShown::from).collect(),
        leftovers: found.leftovers,
        ..VerifyReport::default()
    };
    Ok((catalog, report))
}

fn check_originals(
    catalog: &Catalog,
    report: &mut VerifyReport,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    let photos = catalog.photo_summaries()?;
    progress.begin(Stage { title: "reading photos".to_owned(), total: Some(photos.len() as u64) });
    let mut read = 0;
    for photo in photos {
        if cancel.is_cancelled() {
            report.interrupted = true;
            break;
        }
        let paths = catalog.photo_paths(&photo.id)?;
        if let Err(message) = original(&paths, &photo.id, photo.picture.as_ref()) {
            let about = paths.first().map_or_else(|| photo.id.short(), |path| path.display().to_string());
            report.originals_lost.push(Warning { about, message });
        }
        read += 1;
        progress.advance(1);
    }
    report.originals_read = Some(read);
    Ok(())
}

/// The bytes of a photo from the first path that still has them, or the same picture with other metadata.
///
/// # Errors
/// In words, why no path has them.
pub(crate) fn original(
    paths: &[PathBuf],
    photo: &PhotoId,
    picture: Option<&PictureId>,
) -> Result<PhotoBytes, String> {
    let is_it = |bytes: &[u8]| {
        photo_id(bytes) == *photo || (picture.is_some() && picture_id(bytes).as_ref() == picture)
    };
    let mut why = "no path is known".to_owned();
    for path in paths {
        match read(path) {
            Ok(bytes) if is_it(&bytes) => return Ok(bytes),
            Ok(_) => why = "the file has other bytes than the photo that was taken in".to_owned(),
            Err(said) => why = said,
        }
    }
    Err(why)
}

fn read(path: &Path) -> Result<PhotoBytes, String> {
    match read_photo(path, &Limits::default()) {
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err("the file is not there any more".to_owned())
        }
        Err(error) => Err(format!("the file cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_original_is_found_by_its_bytes_and_a_changed_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (moved, changed, gone) = (
            folder.path().join("moved.jpg"),
            folder.path().join("changed.jpg"),
            folder.path().join("gone.jpg"),
        );
        std::fs::write(&moved, b"the photo").unwrap();
        std::fs::write(&changed, b"another photo").unwrap();
        let photo = photo_id(b"the photo");
        let paths = [gone.clone(), changed.clone(), moved];
        assert_eq!(*original(&paths, &photo, None).unwrap(), *b"the photo");
        assert!(original(&[changed], &photo, None).unwrap_err().contains("other bytes"));
        assert!(original(&[gone], &photo, None).unwrap_err().contains("not there"));
        assert!(original(&[], &photo, None).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_path_of_a_catalog_that_is_a_device_is_never_opened() {
        let why = original(&["/dev/zero".into()], &photo_id(b"the photo"), None).unwrap_err();
        assert!(why.contains("not a plain file but a device"), "{why}");
    }
}
