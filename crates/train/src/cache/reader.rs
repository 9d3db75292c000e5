//! Reading a cache where it lies.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use half::f16;
use half::slice::HalfFloatSliceExt;
use resight_files::{FolderKind, FolderMark};
use resight_model::Network;

use super::build::{Missing, fill};
use super::file::{self, Found, OpenCache};
use super::lock::CacheLock;
use super::{CacheError, CacheProgress, CacheRequest, CacheWarning, FeatureShape};

/// What the folder of caches is marked with.
pub(super) const CACHE: FolderMark = FolderMark(FolderKind::Cache);

/// The features of annotations × views, memory-mapped.
#[derive(Debug)]
pub struct FeatureCache {
    cache: OpenCache,
    path: PathBuf,
}

impl FeatureCache {
    /// Opens the cache of this request in a folder, and computes what is not there yet.
    ///
    /// Annotations whose photo or region is of no use have no features: a warning says so each time, and
    /// [`Self::is_present`] is false for them. While another process builds the same cache it is waited for.
    ///
    /// # Errors
    /// [`CacheError`]: the network or the disk fails, the disk is too small, the folder or a file in it is not ours, or the
    /// cancel flag was set. What was done by then is kept.
    pub fn open_or_build(
        folder: &Path,
        request: &CacheRequest<'_>,
        network: &dyn Network,
        progress: &dyn CacheProgress,
        cancel: &AtomicBool,
    ) -> Result<(Self, Vec<CacheWarning>), CacheError> {
        claim(folder)?;
        let key = request.key(network.runtime());
        let path = file::place(folder, &key);
        let look = || file::look(&path, &key, request.jobs.len(), request.views.len());
        if let Found::Cache(cache) = look()?
            && cache.is_complete()
        {
            return Ok((Self { cache, path }, Vec::new()));
        }
        let _lock = CacheLock::take(&path.with_extension(file::LOCK), progress, cancel)?;
        // Somebody else may have built it meanwhile.
        let (found, mut warnings) = match look()? {
            Found::Nothing => (None, Vec::new()),
            Found::Useless(reason) => {
                fs::remove_file(&path).map_err(CacheError::io("remove the useless cache", &path))?;
                (None, vec![CacheWarning::Rebuilt { reason, path: path.clone() }])
            }
            Found::Cache(cache) if cache.is_complete() => return Ok((Self { cache, path }, Vec::new())),
            Found::Cache(cache) => (Some(cache), Vec::new()),
        };
        if let Some(items) = found.as_ref().map(|cache| cache.damaged).filter(|damaged| *damaged > 0) {
            warnings.push(CacheWarning::Repaired { items, path: path.clone() });
        }
        let missing = Missing { request, network, progress, cancel, path: &path, key };
        warnings.extend(fill(&missing, found)?);
        match look()? {
            Found::Cache(cache) => Ok((Self { cache, path }, warnings)),
            Found::Nothing | Found::Useless(_) => {
                let gone =
                    std::io::Error::new(std::io::ErrorKind::NotFound, "it was removed or changed meanwhile");
                Err(CacheError::io("read the cache", &path)(gone))
            }
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many annotations.
    pub fn items(&self) -> usize {
        self.cache.header.items
    }

    /// How many views of each.
    pub fn views(&self) -> usize {
        self.cache.header.views
    }

    /// The extents of one view's features.
    pub fn shape(&self) -> FeatureShape {
        self.cache.header.shape
    }

    /// Whether there are features of this annotation.
    pub fn is_present(&self, item: usize) -> bool {
        self.cache.present[item]
    }

    /// The annotations that have features.
    pub fn present(&self) -> impl Iterator<Item = usize> + '_ {
        self.cache.present.iter().enumerate().filter(|(_, present)| **present).map(|(item, _)| item)
    }

    /// The features of a view, where they lie: positions × channels. Zeros where the annotation has none.
    ///
    /// # Panics
    /// When there is no such annotation or view.
    pub fn features(&self, item: usize, view: usize) -> &[f16] {
        assert!(item < self.items() && view < self.views(), "there is no view {view} of annotation {item}");
        self.cache.map.halves(self.cache.header.view_range(item, view))
    }

    /// Copies the features of (annotation, view) pairs, one behind the other, in single precision.
    ///
    /// # Shapes
    /// `out`: pairs × positions × channels.
    ///
    /// # Panics
    /// When `out` has another length, or there is no such annotation or view.
    pub fn copy_batch(&self, pairs: &[(usize, usize)], out: &mut [f32]) {
        let numbers = self.shape().numbers();
        assert_eq!(out.len(), pairs.len() * numbers, "room for {} views of {numbers} numbers", pairs.len());
        for (place, (item, view)) in out.chunks_exact_mut(numbers).zip(pairs) {
            self.features(*item, *view).convert_to_f32_slice(place);
        }
    }
}

/// Takes the folder as one of ours.
fn claim(folder: &Path) -> Result<(), CacheError> {
    CACHE.claim(folder).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists if folder.is_dir() => CacheError::NotOurs { path: folder.to_owned() },
        _ => CacheError::io("make the folder of caches", folder)(error),
    })
}
