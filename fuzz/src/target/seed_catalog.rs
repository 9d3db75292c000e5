//! A small catalog that is made once in each process, as the bytes of its files; and what is written from them.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use resight_catalog::{
    Access, BundleSpec, CalibrationRecord, Catalog, CatalogError, EncounterRef, FittedOn, LabelName,
    LabelSubject, NewAnnotation, NewEmbedding, NewLabel, NewPhoto, PhotoFailure, Settings, Signature,
    StoredPhoto,
};
use resight_core::{
    AnnotationId, BundleId, CaptureTime, Distance, Effort, EncounterSource, Fusion, ImageSize, LabelSource,
    LearntPart, LearntPhoto, LearntRecord, PhotoId, PixelBox, Same, Slot, Species, Stated, UnusableReason,
    Viewpoint,
};

/// How many numbers its embeddings have.
pub(super) const DIMENSION: usize = 8;
const PHOTOS: u64 = 9;

/// The files of a catalog.
pub(super) struct Files {
    /// `catalog.sqlite`.
    pub(super) database: Vec<u8>,
    /// Its only segment.
    pub(super) segment: Vec<u8>,
}

/// The seed.
pub(super) static SEED: LazyLock<Files> =
    LazyLock::new(|| make().expect("a catalog can be made in a temporary folder"));

impl Files {
    /// Writes a catalog of these files.
    pub(super) fn write(&self, root: &Path) -> std::io::Result<()> {
        let segment = segment_path(root);
        std::fs::create_dir_all(segment.parent().unwrap_or(root))?;
        std::fs::write(database_path(root), &self.database)?;
        std::fs::write(segment, &self.segment)
    }
}

/// Where the database of a catalog lies.
pub(super) fn database_path(root: &Path) -> PathBuf {
    root.join("catalog.sqlite")
}

fn segment_path(root: &Path) -> PathBuf {
    root.join("vectors").join(bundle().as_str()).join("seg-000001.f16")
}

/// The bundle of its embeddings.
pub(super) fn bundle() -> BundleId {
    BundleId::new("tiny", &[7; 32]).expect("a name for a bundle")
}

/// A moment; later ones by seconds.
pub(super) fn at(seconds: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_700_000_000 + seconds).expect("a time of this century")
}

/// A signature of that moment.
pub(super) fn signed(seconds: i64) -> Signature {
    Signature::person("Ada", at(seconds))
}

/// Nine photos, some named, with every kind of step in the journal, an undo among them.
fn make() -> Result<Files, CatalogError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let root = folder.path().join("catalog");
    let spec = BundleSpec { id: bundle(), dimension: DIMENSION, distance: Distance::Euclidean };
    let mut catalog = Catalog::create(&root, &Settings::new(spec), at(0))?;
    let import = catalog.begin_import("a seed", &signed(0))?;
    let photos: Vec<NewPhoto> = (0..PHOTOS).map(photo).collect();
    let stored = catalog.store_batch(import, &bundle(), &photos, at(1))?;
    let failure = PhotoFailure { path: PathBuf::from("photos/broken.jpg"), reason: "cut short".to_owned() };
    catalog.record_failures(import, &[failure], at(1))?;
    catalog.finish_import(import, at(2))?;
    steps(&mut catalog, &stored.iter().flat_map(annotations).collect::<Vec<_>>())?;
    catalog.keep_learnt(&bundle(), &learnt())?;
    catalog.replace_calibrations(&bundle(), &[uncalibrated()])?;
    drop(catalog);
    // Opened once more, so that what a log held is in the database.
    drop(Catalog::open(&root, Access::Write)?);
    let read = |path: PathBuf| std::fs::read(path).expect("what was written a moment ago");
    Ok(Files { database: read(database_path(&root)), segment: read(segment_path(&root)) })
}

fn steps(catalog: &mut Catalog, annotations: &[AnnotationId]) -> Result<(), CatalogError> {
    let [.., one, two, three] = annotations else { return Ok(()) };
    let (ada, bo) = (catalog.find_individual("Ada")?, catalog.find_individual("Bo")?);
    let made = catalog.new_individual(&[*one], Some("Cleo"), &signed(3))?;
    let _ = made;
    let cleo = catalog.find_individual("Cleo")?;
    catalog.assign(&[*two], ada, &signed(4))?;
    catalog.rename(bo, "Bob", &signed(5))?;
    catalog.merge(cleo, bo, &signed(6))?;
    catalog.separate(&[*two], Some("Dot"), &signed(7))?;
    catalog.assign(&[*three], ada, &signed(8))?;
    catalog.undo(None, &signed(9))?;
    let said = |label, value: &str| NewLabel {
        subject: LabelSubject::Annotation(*one),
        label,
        value: Some(value.to_owned()),
        source: LabelSource::Person("Ada".to_owned()),
        confidence: None,
    };
    let labels = [said(LabelName::Box, "3,4,50,60"), said(LabelName::Quality, "good")];
    catalog.label(&labels, &signed(10))?;
    catalog.remove(&[*two], &signed(11))?;
    Ok(())
}

fn annotations(stored: &StoredPhoto) -> Vec<AnnotationId> {
    let (StoredPhoto::New { annotations } | StoredPhoto::Known { annotations, .. }) = stored;
    annotations.clone()
}

fn photo(number: u64) -> NewPhoto {
    let name = ["Ada", "Bo", "Ada", "Bo", "Ada", ""].get(number as usize).copied().unwrap_or_default();
    let embedding = match number {
        5 => NewEmbedding::Unusable(UnusableReason::TooSmall { pixels: 9, needed: 32 }),
        6 => NewEmbedding::Later,
        _ => NewEmbedding::Values(query(number)),
    };
    NewPhoto {
        id: PhotoId([number as u8 + 1; 32]),
        path: PathBuf::from(format!("photos/{number}.jpg")),
        size: ImageSize { width: 640, height: 480 },
        byte_len: 1000 + number,
        format: "jpeg".to_owned(),
        capture_time: format!("2024-05-3{}T14:02:07", number % 2)
            .parse::<CaptureTime>()
            .ok()
            .map(|time| Stated::by(LabelSource::Photo, time)),
        position: number.is_multiple_of(3).then(|| Stated::by(LabelSource::Photo, (-33.5, 151.25))),
        camera: Some("camera 7".to_owned()),
        perceptual_hash: Some(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        picture: None,
        encounter: Some(EncounterRef { key: format!("e{}", number / 2), source: EncounterSource::Table }),
        annotations: vec![NewAnnotation {
            region: Some(PixelBox::at(1.0, 2.0, 100.0, 80.0)),
            species: Species::parse("tursiops_truncatus").map(|species| Stated::by(table(), species)),
            viewpoint: Viewpoint::parse(if number.is_multiple_of(2) { "left" } else { "right" })
                .map(|side| Stated::by(table(), side)),
            individual: (!name.is_empty()).then(|| name.to_owned()),
            detector: "whole-picture".to_owned(),
            confidence: Some(0.5),
            attributes: [("sea".to_owned(), "calm".to_owned())].into(),
            embedding,
            ..NewAnnotation::default()
        }],
    }
}

fn table() -> LabelSource {
    LabelSource::Table("season.csv".to_owned())
}

/// What a photo's embedding is.
pub(super) fn query(number: u64) -> Vec<f32> {
    (0..DIMENSION as u64).map(|index| ((number * 31 + index * 7) % 200) as f32).collect()
}

fn learnt() -> LearntRecord {
    LearntRecord::new((0..3).map(|number| LearntPhoto {
        photo: PhotoId([number as u8 + 1; 32]),
        individual: number,
        part: LearntPart::ALL[number as usize],
        look: Some(u64::from(number)),
    }))
}

fn uncalibrated() -> CalibrationRecord {
    CalibrationRecord {
        slot: Slot { same: Same::default(), species: None, viewpoint: None },
        effort: Effort::Fast,
        fusion: Fusion::embedding_alone(),
        outcome: Err("too few individuals".to_owned()),
        fitted_on: FittedOn {
            annotations: 5,
            identified: 5,
            individuals: 2,
            known_cases: 4,
            new_cases: 2,
            hidden: "encounter".to_owned(),
            leans_on_bundle: false,
        },
        fitted_at: at(9),
    }
}
