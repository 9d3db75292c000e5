//! How fast a catalog stores and opens: `cargo run --release -p resight-catalog --example speed [FOLDER]`.
//!
//! Stores 100,000 made-up photos with embeddings of 1280 numbers in batches of 64, then opens the catalog anew and
//! loads the gallery. The folder is made and left; without one a temporary folder is used.
#![allow(clippy::print_stdout, reason = "it prints what it measured")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use resight_catalog::{
    Access, BundleSpec, Catalog, EncounterRef, NewAnnotation, NewEmbedding, NewPhoto, Settings, Signature,
};
use resight_core::{
    BundleId, Distance, EncounterSource, ImageSize, LabelSource, PhotoId, Species, Stated, Viewpoint,
};

const DIMENSION: usize = 1280;
const BATCH: u64 = 64;
const PHOTOS: u64 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let folder = std::env::args().nth(1).map_or_else(|| temporary.path().join("catalog"), PathBuf::from);
    let bundle = BundleId::new("made-up", &[1; 32])?;
    let spec = BundleSpec { id: bundle.clone(), dimension: DIMENSION, distance: Distance::Cosine };
    let mut catalog = Catalog::create(&folder, &Settings::new(spec), jiff::Timestamp::UNIX_EPOCH)?;
    let import = catalog.begin_import("made up", &Signature::person("Ada", jiff::Timestamp::UNIX_EPOCH))?;
    let mut storing = Duration::ZERO;
    for first in (0..PHOTOS).step_by(BATCH as usize) {
        let photos: Vec<NewPhoto> = (first..(first + BATCH).min(PHOTOS)).map(photo).collect();
        let start = Instant::now();
        catalog.store_batch(import, &bundle, &photos, jiff::Timestamp::UNIX_EPOCH)?;
        storing += start.elapsed();
        let stored = first + photos.len() as u64;
        if stored.is_multiple_of(32_000) || stored == PHOTOS {
            println!("stored {stored} photos: {:.0} a second", stored as f64 / storing.as_secs_f64());
        }
    }
    drop(catalog);
    for _ in 0..5 {
        open(&folder, &bundle)?;
    }
    let start = Instant::now();
    let report = Catalog::open(&folder, Access::Read)?.verify()?;
    println!("verify: {:?}, {} embeddings checked", start.elapsed(), report.embeddings);
    Ok(())
}

fn open(folder: &Path, bundle: &BundleId) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let catalog = Catalog::open(folder, Access::Read)?;
    let opened = start.elapsed();
    let embeddings = catalog.embeddings(bundle)?;
    let gallery = catalog.gallery(bundle)?;
    println!(
        "open: {opened:?}, with the gallery of {} and {} rows mapped: {:?}",
        gallery.rows.len(),
        embeddings.n_rows(),
        start.elapsed()
    );
    Ok(())
}

fn photo(number: u64) -> NewPhoto {
    let mut id = [0; 32];
    // Content hashes come in no order.
    id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    let values = (0..DIMENSION as u64).map(|i| ((number * 31 + i * 7) % 997) as f32 / 997.0 - 0.5).collect();
    NewPhoto {
        id: PhotoId(id),
        path: PathBuf::from(format!("/photos/season-{}/IMG_{number:06}.jpg", number / 5000)),
        size: ImageSize { width: 6000, height: 4000 },
        byte_len: 8_000_000,
        format: "jpeg".to_owned(),
        capture_time: "2024-05-31T14:02:07.25".parse().ok().map(|time| Stated::by(LabelSource::Photo, time)),
        position: Some(Stated::by(LabelSource::Photo, (38.7, -9.1))),
        camera: Some("Canon EOS R5 012345678".to_owned()),
        perceptual_hash: Some(number.wrapping_mul(0xd134_2543_de82_ef95)),
        picture: None,
        encounter: Some(EncounterRef {
            key: format!("trip {}", number / 20),
            source: EncounterSource::FolderAndTime,
        }),
        annotations: vec![NewAnnotation {
            species: Species::parse("bottlenose_dolphin").map(|species| Stated::by(table(), species)),
            viewpoint: Viewpoint::parse(if number.is_multiple_of(2) { "left" } else { "right" })
                .map(|side| Stated::by(table(), side)),
            individual: Some(format!("D-{}", number / 10)),
            detector: "whole-picture".to_owned(),
            embedding: NewEmbedding::Values(values),
            ..NewAnnotation::default()
        }],
    }
}

fn table() -> LabelSource {
    LabelSource::Table("season.csv".to_owned())
}
