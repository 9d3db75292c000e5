//! What a cache is to hold, and the key that this comes to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use resight_core::{GivenBox, PhotoId};
use resight_imaging::{photo_id, read_photo};

use super::FORMAT_VERSION;
use crate::view::{View, ViewJob, ViewMaker};

/// What a cache is to hold.
#[derive(Debug, Clone)]
pub struct CacheRequest<'a> {
    /// Whose answers they are: a name that stands for the weights and for where the network was cut.
    pub network: &'a str,
    /// Makes the views.
    pub maker: &'a ViewMaker,
    /// The annotations: the items of the cache, in this order.
    pub jobs: &'a [ViewJob],
    /// The views of each annotation, in this order.
    pub views: &'a [View],
    /// Views the network gets at once; at least 1.
    pub batch: usize,
    /// Threads that decode and augment; at least 1.
    pub threads: usize,
}

/// Is told how a cache comes along. All in photos, of which each may have several annotations.
pub trait CacheProgress {
    /// So many photos are done, those of earlier runs included.
    fn photos(&self, _done: usize, _total: usize) {}

    /// Another process is building the same cache; it is waited for.
    fn waiting(&self) {}
}

/// Nobody looks.
impl CacheProgress for () {}

impl CacheRequest<'_> {
    /// The key: a hash of everything that the numbers depend on.
    pub(super) fn key(&self, runtime: &str) -> [u8; 32] {
        let photos = self.photo_ids();
        let mut key = Key::new();
        key.text("network", self.network);
        key.text("runtime", runtime);
        key.text("preprocess", &as_json(self.maker.preprocess()));
        key.text("views", &as_json(&self.views));
        // Only random views depend on the recipe and on the rows; plain ones are shared by all recipes.
        let flip = self.maker.flip();
        let is_random = |view: &View| match view {
            View::Numbered(number) => *number > u32::from(flip.is_paired()),
            View::Mirrored | View::Background => false,
        };
        let has_random = self.views.iter().any(is_random);
        if self.views.iter().any(|view| matches!(view, View::Numbered(1..))) {
            key.text("flip", flip.as_str());
        }
        if has_random {
            key.text("augment", &as_json(self.maker.recipe()));
            key.number("seed", self.maker.seed());
        }
        for job in self.jobs {
            let id = photos.get(job.path.as_path()).copied().flatten().or(job.photo);
            key.text("photo", &id.map_or_else(|| "unreadable".to_owned(), |id| id.to_string()));
            if let Some(GivenBox { bounds, space }) = job.region {
                for number in [bounds.x, bounds.y, bounds.width, bounds.height] {
                    key.number("region", number.to_bits());
                }
                if bounds.is_turned() {
                    key.number("rotation", bounds.rotation.to_bits());
                }
                key.text("space", &as_json(&space));
            }
            if has_random {
                key.number("row", u64::from(job.row));
            }
        }
        key.finish()
    }

    /// Content hashes of the photos for which the jobs do not say them.
    fn photo_ids(&self) -> BTreeMap<&Path, Option<PhotoId>> {
        let unknown: std::collections::BTreeSet<&PathBuf> =
            self.jobs.iter().filter(|job| job.photo.is_none()).map(|job| &job.path).collect();
        let limits = self.maker.limits();
        let id_of = |path: &&PathBuf| read_photo(path, limits).ok().map(|bytes| photo_id(&bytes));
        let unknown: Vec<&PathBuf> = unknown.into_iter().collect();
        let ids: Vec<Option<PhotoId>> = unknown.par_iter().map(id_of).collect();
        unknown.into_iter().map(PathBuf::as_path).zip(ids).collect()
    }
}

fn as_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("recipes and preprocessings are plain data")
}

/// A hash over named values, each with its length, so that no two lists of values look the same.
struct Key(blake3::Hasher);

impl Key {
    fn new() -> Self {
        let mut key = Self(blake3::Hasher::new());
        key.number("resight features", u64::from(FORMAT_VERSION));
        key.number("decoding", u64::from(resight_imaging::DECODING));
        key
    }

    fn text(&mut self, name: &str, value: &str) {
        for part in [name, value] {
            self.0.update(&(part.len() as u64).to_le_bytes());
            self.0.update(part.as_bytes());
        }
    }

    fn number(&mut self, name: &str, value: u64) {
        self.text(name, "");
        self.0.update(&value.to_le_bytes());
    }

    fn finish(self) -> [u8; 32] {
        *self.0.finalize().as_bytes()
    }
}
