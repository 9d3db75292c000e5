//! Small catalogs of made-up animals.

use std::path::PathBuf;

use resight_catalog::verify::ProblemKind;
use resight_catalog::{
    Access, BundleSpec, Catalog, CatalogError, ImportId, NewAnnotation, NewEmbedding, NewPhoto, Settings,
    Signature, StoredPhoto,
};
use resight_core::{AnnotationId, BundleId, Distance, ImageSize, LabelSource, PhotoId, Stated};
use tempfile::TempDir;

pub(crate) const DIMENSION: usize = 8;

/// A moment; later ones by seconds.
pub(crate) fn at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

pub(crate) fn signed(seconds: i64) -> Signature {
    Signature::person("Ada", at(seconds))
}

pub(crate) fn bundle() -> BundleId {
    BundleId::new("tiny", &[7; 32]).unwrap()
}

pub(crate) fn spec() -> BundleSpec {
    BundleSpec { id: bundle(), dimension: DIMENSION, distance: Distance::Euclidean }
}

pub(crate) fn photo_id(number: u64) -> PhotoId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    PhotoId(bytes)
}

/// The embedding of photo `number`: whole numbers, which half precision holds exactly.
pub(crate) fn embedding(number: u64) -> Vec<f32> {
    (0..DIMENSION as u64).map(|i| ((number * 31 + i * 7) % 2000) as f32).collect()
}

/// A photo of one animal.
pub(crate) fn photo(number: u64, name: Option<&str>) -> NewPhoto {
    NewPhoto {
        id: photo_id(number),
        path: PathBuf::from(format!("/photos/{number}.jpg")),
        size: ImageSize { width: 640, height: 480 },
        byte_len: 1000 + number,
        format: "jpeg".to_owned(),
        capture_time: None,
        position: None,
        camera: None,
        perceptual_hash: Some(number),
        picture: None,
        encounter: None,
        annotations: vec![animal(number, name)],
    }
}

/// What a table says.
pub(crate) fn from_table<T>(value: T) -> Stated<T> {
    Stated::by(LabelSource::Table("season.csv".to_owned()), value)
}

pub(crate) fn animal(number: u64, name: Option<&str>) -> NewAnnotation {
    NewAnnotation {
        individual: name.map(str::to_owned),
        detector: "whole-picture".to_owned(),
        embedding: NewEmbedding::Values(embedding(number)),
        ..NewAnnotation::default()
    }
}

/// A catalog in a folder that goes with it.
pub(crate) struct TempCatalog {
    pub(crate) folder: TempDir,
    pub(crate) catalog: Catalog,
    pub(crate) import: ImportId,
}

impl TempCatalog {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut catalog =
            Catalog::create(&folder.path().join("catalog"), &Settings::new(spec()), at(0)).unwrap();
        let import = catalog.begin_import("a test", &signed(0)).unwrap();
        Self { folder, catalog, import }
    }

    /// With one photo for each name, numbered from 0; an empty name is nobody's.
    pub(crate) fn with(names: &[&str]) -> (Self, Vec<AnnotationId>) {
        let mut this = Self::new();
        let photos: Vec<NewPhoto> = (0..)
            .zip(names)
            .map(|(number, name)| photo(number, Some(*name).filter(|n| !n.is_empty())))
            .collect();
        let annotations = this.store(&photos).unwrap().iter().flat_map(annotations).collect();
        (this, annotations)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("catalog")
    }

    pub(crate) fn store(&mut self, photos: &[NewPhoto]) -> Result<Vec<StoredPhoto>, CatalogError> {
        self.catalog.store_batch(self.import, &bundle(), photos, at(1))
    }

    /// What a name leads to, as `name` of the individual.
    pub(crate) fn called(&self, text: &str) -> String {
        let id = self.catalog.find_individual(text).unwrap();
        self.catalog.individual_name(id).unwrap().unwrap()
    }

    /// Who is who: for every annotation the name of its individual, `-` for none.
    pub(crate) fn names(&self) -> Vec<String> {
        let name = |id| self.catalog.individual_name(id).unwrap().unwrap();
        self.catalog
            .annotations()
            .unwrap()
            .iter()
            .map(|annotation| annotation.individual.map_or_else(|| "-".to_owned(), name))
            .collect()
    }

    pub(crate) fn assert_sound(&self) {
        assert_sound(&self.catalog);
    }

    /// Closes the catalog and opens it again.
    pub(crate) fn reopen(self) -> Self {
        let Self { folder, catalog, import } = self;
        drop(catalog);
        let catalog = open_for_writing(&folder.path().join("catalog"));
        Self { folder, catalog, import }
    }
}

/// Opens a catalog that was closed a moment ago. A process that another test starts just then has the lock with it
/// until it runs its own program.
pub(crate) fn open_for_writing(path: &std::path::Path) -> Catalog {
    for _ in 0..200 {
        match Catalog::open(path, Access::Write) {
            Err(CatalogError::Locked { .. }) => std::thread::sleep(std::time::Duration::from_millis(10)),
            other => return other.unwrap(),
        }
    }
    panic!("the lock of {} stays", path.display());
}

pub(crate) fn annotations(stored: &StoredPhoto) -> Vec<AnnotationId> {
    let (StoredPhoto::New { annotations } | StoredPhoto::Known { annotations, .. }) = stored;
    annotations.clone()
}

/// Nothing is wrong. Thumbnails are not looked at: these tests make none.
pub(crate) fn assert_sound(catalog: &Catalog) {
    let report = catalog.verify().unwrap();
    let problems: Vec<String> = report
        .problems
        .iter()
        .filter(|problem| problem.kind != ProblemKind::MissingThumbnail)
        .map(ToString::to_string)
        .collect();
    assert_eq!(problems, Vec::<String>::new());
}

/// The stored embedding of every annotation is the one of its photo.
pub(crate) fn assert_right_embeddings(catalog: &Catalog) {
    let embeddings = catalog.embeddings(&bundle()).unwrap();
    for row in catalog.gallery(&bundle()).unwrap().rows {
        let number = u64::from_be_bytes(row.photo.0[..8].try_into().unwrap());
        let stored: Vec<f32> = embeddings.row(row.row).unwrap().iter().map(|value| value.to_f32()).collect();
        assert_eq!(stored, embedding(number), "photo {number}");
    }
}
