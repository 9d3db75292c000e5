//! A network that embeds the mean color of a photo, and tables of photos for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use resight_core::BundleId;
use resight_imaging::{RgbImage, encode_png};
use resight_model::{Embedder, Manifest, ModelError};

/// Embeds the mean of each color plane.
pub(crate) struct Colors {
    id: BundleId,
    manifest: Manifest,
    /// Crops embedded so far.
    pub(crate) embedded: AtomicUsize,
}

impl Colors {
    pub(crate) fn new() -> Self {
        let manifest = toml::from_str(
            "format_version = 1\nname = \"colors\"\npurpose = \"embedder\"\ninput = \"input\"\noutput = \"output\"\n\
             dimension = 3\ndistance = \"euclidean\"\nlicence = \"MIT\"\nfiles = {}\n\
             preprocess = { width = 8, height = 8, fit = { kind = \"stretch\" }, filter = \"bilinear\", \
             value_range = \"byte\", mean = [0.0, 0.0, 0.0], deviation = [1.0, 1.0, 1.0] }\n",
        );
        Self {
            id: BundleId::new("colors", &[7; 32]).expect("a name"),
            manifest: manifest.expect("a manifest"),
            embedded: AtomicUsize::new(0),
        }
    }
}

impl Embedder for Colors {
    fn bundle_id(&self) -> &BundleId {
        &self.id
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn embed(&self, batch: &[f32], n: usize) -> Result<Vec<f32>, ModelError> {
        self.embedded.fetch_add(n, Ordering::Relaxed);
        Ok(batch.chunks(64).map(|plane| plane.iter().sum::<f32>() / 64.0).collect())
    }

    fn runtime(&self) -> &str {
        "colors 1"
    }
}

/// One photo of a table.
pub(crate) struct Shot {
    pub(crate) identity: Option<String>,
    pub(crate) encounter: Option<String>,
    pub(crate) viewpoint: &'static str,
    pub(crate) date: String,
    pub(crate) split: &'static str,
    pub(crate) color: [u8; 3],
    /// Which blotches it has, so that no two photos are near-duplicates.
    pub(crate) seed: u64,
}

/// Writes the photos as `0.png`, `1.png`, … and a table beside them.
pub(crate) fn write_table(folder: &Path, shots: &[Shot]) -> PathBuf {
    let mut text = String::from("path,identity,species,encounter,viewpoint,date,split\n");
    let quoted = |cell: &Option<String>| format!("\"{}\"", cell.as_deref().unwrap_or_default());
    for (number, shot) in shots.iter().enumerate() {
        fs::write(folder.join(format!("{number}.png")), colored(32, 32, shot.color, shot.seed))
            .expect("written");
        text.push_str(&format!(
            "{number}.png,{},lynx,{},{},{},{}\n",
            quoted(&shot.identity),
            quoted(&shot.encounter),
            shot.viewpoint,
            shot.date,
            shot.split
        ));
    }
    let table = folder.join("metadata.csv");
    fs::write(&table, text).expect("written");
    table
}

/// A PNG of this mean color, with blotches.
pub(crate) fn colored(width: u32, height: u32, color: [u8; 3], seed: u64) -> Vec<u8> {
    let blotch = |x: u32, y: u32| {
        let cell = seed * 4096 + u64::from(y / 4 * 64 + x / 4);
        let mixed = (cell ^ (cell >> 7)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 61) as i16 - 3
    };
    let image = RgbImage::from_fn(width, height, |x, y| {
        color.map(|part| (i16::from(part) + blotch(x, y)).clamp(0, 255) as u8).into()
    });
    encode_png(&image).expect("encoded")
}
