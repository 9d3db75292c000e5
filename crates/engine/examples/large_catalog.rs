//! Makes a large catalog of made-up embeddings, to time `resight identify` against. No photos are needed:
//! each individual has a direction, its photos lie around it, as embeddings do. A photo of 1600 × 1200 pixels to
//! ask about is written beside the catalog, as `FOLDER.jpg`.
//!
//! ```sh
//! cargo run --release -p resight-engine --example large_catalog -- FOLDER [ANNOTATIONS] [BUNDLE]
//! ```
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use resight_catalog::{
    Access, CalibrationRecord, Catalog, EncounterRef, FittedOn, NewAnnotation, NewEmbedding, NewPhoto,
    Signature,
};
use resight_core::{
    Calibration, CalibrationCase, EncounterSource, ImageSize, LabelSource, PhotoId, RankedSimilarities,
    Similarity, Slot, Species, Stated, Viewpoint,
};
use resight_engine::init::InitRequest;
use resight_engine::{DEFAULT_EMBEDDER, LocalChoice, Models, RuntimeChoice, Session};
use resight_imaging::{RgbImage, encode_jpeg};

/// Photos of one individual; two of them are of one encounter.
const PHOTOS_EACH: u64 = 10;

/// Photos stored at once.
const BATCH: u64 = 2000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: large_catalog FOLDER [ANNOTATIONS] [BUNDLE]")?);
    let n: u64 = arguments.next().as_deref().unwrap_or("100000").parse()?;
    let bundle = arguments.next().unwrap_or_else(|| DEFAULT_EMBEDDER.to_owned());
    make(&folder, &bundle)?;
    let mut catalog = Catalog::open(&folder, Access::Write)?;
    let (id, dimension) = {
        let settings = catalog.settings()?;
        (settings.bundle.id, settings.bundle.dimension)
    };
    let import = catalog.begin_import("made up", &Signature::person("bench", Timestamp::now()))?;
    for first in (0..n).step_by(usize::try_from(BATCH)?) {
        let photos: Vec<NewPhoto> =
            (first..n.min(first + BATCH)).map(|number| photo(number, dimension)).collect();
        catalog.store_batch(import, &id, &photos, Timestamp::now())?;
    }
    catalog.finish_import(import, Timestamp::now())?;
    catalog.replace_calibrations(&id, &[calibration()?])?;
    std::fs::write(folder.with_extension("jpg"), encode_jpeg(&picture(), 90)?)?;
    println!("{n} embeddings of {dimension} numbers in {}", folder.display());
    Ok(())
}

fn make(folder: &Path, bundle: &str) -> Result<(), Box<dyn std::error::Error>> {
    let request = InitRequest {
        bundle: bundle.to_owned(),
        local_features: LocalChoice::None,
        ..InitRequest::default()
    };
    Session::create(folder, Models::open(None, RuntimeChoice::Auto, 1)?, &request)?;
    Ok(())
}

fn photo(number: u64, dimension: usize) -> NewPhoto {
    let individual = number / PHOTOS_EACH;
    let mut id = [0; 32];
    id.chunks_exact_mut(8).zip(1..).for_each(|(part, salt)| {
        part.copy_from_slice(&mixed(number.wrapping_mul(31).wrapping_add(salt)).to_be_bytes());
    });
    let side = if number.is_multiple_of(2) { "left" } else { "right" };
    NewPhoto {
        id: PhotoId(id),
        path: PathBuf::from(format!("/photos/{individual:06}/IMG_{number:07}.jpg")),
        size: ImageSize { width: 1600, height: 1200 },
        byte_len: 400_000,
        format: "jpeg".to_owned(),
        capture_time: format!("2024-05-{:02} 12:00:{:02}", number % 28 + 1, number % 60)
            .parse()
            .ok()
            .map(|time| Stated::by(LabelSource::Photo, time)),
        position: None,
        camera: None,
        perceptual_hash: Some(mixed(number)),
        picture: None,
        encounter: Some(EncounterRef { key: format!("{}", number / 2), source: EncounterSource::Table }),
        annotations: vec![NewAnnotation {
            species: Species::parse("made up").map(|species| Stated::by(LabelSource::FileName, species)),
            viewpoint: Viewpoint::parse(side).map(|side| Stated::by(LabelSource::FileName, side)),
            individual: Some(format!("animal {individual}")),
            detector: "whole-picture".to_owned(),
            embedding: NewEmbedding::Values(embedding(number, dimension)),
            ..NewAnnotation::default()
        }],
    }
}

/// A unit vector near the direction of its individual.
fn embedding(number: u64, dimension: usize) -> Vec<f32> {
    let (own, day) = (mixed(number / PHOTOS_EACH), mixed(!number));
    let mut values: Vec<f32> =
        (0..dimension as u64).map(|place| spread(own ^ place) + 0.8 * spread(day ^ place)).collect();
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}

/// Waves and grain: about as hard to decode as a photo.
fn picture() -> RgbImage {
    RgbImage::from_fn(1600, 1200, |x, y| {
        let wave = ((x * x / 900 + y * y / 700 + x * y / 400) % 200) as u8;
        let grain = (mixed(u64::from(x / 3) << 32 | u64::from(y / 3)) % 40) as u8;
        [wave + grain, wave / 2 + grain, 220 - wave].into()
    })
}

/// A number between −1 and 1.
fn spread(seed: u64) -> f32 {
    (mixed(seed) >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
}

/// SplitMix64 (Steele, Lea and Flood 2014): one step.
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A calibration as such a catalog would learn it, without the hours that comparing all with all takes.
fn calibration() -> Result<CalibrationRecord, Box<dyn std::error::Error>> {
    let case = |number: u64| {
        let known = number.is_multiple_of(2);
        let own = if known { 0.55 + 0.1 * spread(number) } else { 0.12 };
        let others = (0..999).map(|rank| Similarity(0.12 - rank as f32 * 2e-4 + 0.01 * spread(number ^ 77)));
        let all: Vec<Similarity> = std::iter::once(Similarity(own)).chain(others).collect();
        CalibrationCase {
            ranked: RankedSimilarities::from_sorted(&all),
            truth: known.then_some(0),
            weight: 1.0,
        }
    };
    let cases: Vec<CalibrationCase> = (0..400).map(case).collect();
    let fit = Calibration::fit(&cases, resight_core::FitOptions::default())?;
    Ok(CalibrationRecord {
        slot: Slot::default(),
        effort: resight_core::Effort::Fast,
        fusion: resight_core::Fusion::embedding_alone(),
        outcome: Ok(fit.calibration),
        fitted_on: FittedOn::default(),
        fitted_at: Timestamp::now(),
    })
}
