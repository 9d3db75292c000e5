//! Small studies of made-up animals.

use std::path::{Path, PathBuf};

use resight_catalog::{Access, Catalog};
use resight_core::PixelBox;
use resight_engine::calibrate::CalibrationReport;
use resight_engine::identify::{Answer, Identification, IdentifyRequest, Subject};
use resight_engine::ingest::{IngestReport, IngestRequest};
use resight_engine::init::InitRequest;
use resight_engine::{CancelToken, LocalChoice, Models, Progress, RuntimeChoice, Session, Silent};
use resight_imaging::{RgbImage, encode_jpeg};
use resight_testkit::animals::{SIDE, Sight, animal, write_photo, write_study};
use resight_testkit::bundles::{PROJECTION, install_projection_bundle};
use tempfile::TempDir;

/// A catalog of a study, with a model store, in a folder that goes with it.
pub(crate) struct Study {
    pub(crate) folder: TempDir,
    pub(crate) models: Models,
    pub(crate) sights: Vec<Sight>,
    pub(crate) report: IngestReport,
}

impl Study {
    /// So many individuals, each at so many meetings, taken in and calibrated where that is possible.
    pub(crate) fn new(individuals: u64, meetings: u64) -> Self {
        let mut study = Self::empty();
        study.sights = write_study(&study.path("study"), individuals, meetings).unwrap();
        study.report = study.ingest(&study.path("study/metadata.csv"));
        study
    }

    /// As [`Study::new`], with local features read and compared.
    pub(crate) fn with_marks(individuals: u64, meetings: u64) -> Self {
        let mut study = Self::made(true);
        study.sights = write_study(&study.path("study"), individuals, meetings).unwrap();
        study.report = study.ingest(&study.path("study/metadata.csv"));
        study
    }

    /// A catalog without photos.
    pub(crate) fn empty() -> Self {
        Self::made(false)
    }

    fn made(local_features: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        install_projection_bundle(&folder.path().join("home"));
        let models = Models::open(Some(&folder.path().join("home")), RuntimeChoice::Rten, 1).unwrap();
        let request = InitRequest {
            bundle: PROJECTION.to_owned(),
            local_features: if local_features { LocalChoice::Usual } else { LocalChoice::None },
            ..InitRequest::default()
        };
        Session::create(folder.path().join("catalog"), models.clone(), &request).unwrap();
        Self { folder, models, sights: Vec::new(), report: IngestReport::default() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn catalog(&self) -> PathBuf {
        self.path("catalog")
    }

    pub(crate) fn session(&self) -> Session {
        Session::new(self.catalog(), self.models.clone())
    }

    pub(crate) fn open(&self) -> Catalog {
        Catalog::open(&self.catalog(), Access::Read).unwrap()
    }

    pub(crate) fn ingest(&self, source: &Path) -> IngestReport {
        self.ingest_telling(source, &Silent)
    }

    pub(crate) fn ingest_telling(&self, source: &Path, progress: &dyn Progress) -> IngestReport {
        let request = IngestRequest::of(source, "Ada");
        self.session().ingest(&request, progress, &CancelToken::default()).unwrap()
    }

    pub(crate) fn calibration(&self) -> &CalibrationReport {
        self.report.calibration.as_ref().unwrap()
    }

    /// A photo of a meeting that the catalog has not.
    pub(crate) fn new_photo(&self, individual: u64, meeting: u64) -> PathBuf {
        write_photo(&self.path("asked"), individual, meeting).unwrap().path
    }

    /// A photo of several animals side by side, each at a meeting that the catalog has not, and their boxes.
    pub(crate) fn group_photo(
        &self,
        file: &str,
        individuals: &[u64],
        meeting: u64,
    ) -> (PathBuf, Vec<PixelBox>) {
        let animals: Vec<RgbImage> = individuals.iter().map(|one| animal(*one, meeting)).collect();
        let width = SIDE * u32::try_from(animals.len()).unwrap();
        let together =
            RgbImage::from_fn(width, SIDE, |x, y| *animals[(x / SIDE) as usize].get_pixel(x % SIDE, y));
        let path = self.path(file);
        std::fs::write(&path, encode_jpeg(&together, 92).unwrap()).unwrap();
        let side = f64::from(SIDE);
        let boxes =
            (0..individuals.len()).map(|place| PixelBox::at(place as f64 * side, 0.0, side, side)).collect();
        (path, boxes)
    }

    /// A table with these lines, in the study's folder.
    pub(crate) fn table(&self, file: &str, lines: &[String]) -> PathBuf {
        let path = self.path(file);
        std::fs::write(&path, lines.join("\n") + "\n").unwrap();
        path
    }

    /// What is asked about these photos where nothing else is said.
    pub(crate) fn question(&self, photos: &[PathBuf]) -> IdentifyRequest {
        IdentifyRequest::new(Subject::sources(photos))
    }

    pub(crate) fn ask(&self, request: &IdentifyRequest) -> Identification {
        self.session().identify(request, &Silent, &CancelToken::default()).unwrap()
    }

    pub(crate) fn answer(&self, photo: &Path) -> Answer {
        self.ask(&self.question(&[photo.to_owned()])).answers.remove(0)
    }
}
