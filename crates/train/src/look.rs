//! Looking at photos with the part of a network that rests, once.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use resight_core::{Progress, Stage};

use crate::cache::{CacheProgress, CacheRequest, CacheWarning, FeatureCache};
use crate::data::DataWarning;
use crate::trainer::TrainError;
use crate::trunk::FrozenPart;
use crate::view::{View, ViewJob, ViewMaker};

/// Views that the network gets at once.
pub(crate) const FROZEN_BATCH: usize = 16;

/// What is looked at, by what.
pub(crate) struct Looking<'a> {
    pub(crate) jobs: &'a [ViewJob],
    pub(crate) maker: &'a ViewMaker,
    pub(crate) frozen: &'a FrozenPart,
    /// Folder of the caches.
    pub(crate) cache: &'a Path,
    pub(crate) threads: usize,
}

impl Looking<'_> {
    /// What the network makes of these views of every photo, computed or read, and of which it makes nothing, and why; `title` is
    /// shown meanwhile.
    ///
    /// # Errors
    /// The network or the disk fails, or it was stopped; what was computed by then is kept.
    pub(crate) fn look(
        &self,
        views: &[View],
        title: &str,
        progress: &dyn Progress,
        cancel: &AtomicBool,
    ) -> Result<(FeatureCache, Vec<DataWarning>), TrainError> {
        let wanted = CacheRequest {
            network: &self.frozen.id,
            maker: self.maker,
            jobs: self.jobs,
            views,
            batch: FROZEN_BATCH,
            threads: self.threads.max(1),
        };
        progress.begin(Stage::of(title, self.jobs.len() as u64));
        let bar = Bar { progress, done: AtomicUsize::new(0) };
        let (cache, warnings) =
            FeatureCache::open_or_build(self.cache, &wanted, &*self.frozen.network, &bar, cancel)?;
        let mut left_out = Vec::new();
        for warning in warnings {
            match warning {
                CacheWarning::LeftOut { failure, .. } => left_out.push(DataWarning {
                    about: failure.path.display().to_string(),
                    message: format!("left out: {}", failure.reason),
                }),
                told => progress.note(&told.to_string()),
            }
        }
        Ok((cache, left_out))
    }
}

/// Shows how the cache fills.
struct Bar<'a> {
    progress: &'a dyn Progress,
    done: AtomicUsize,
}

impl CacheProgress for Bar<'_> {
    fn photos(&self, done: usize, _total: usize) {
        let before = self.done.swap(done, Ordering::Relaxed);
        self.progress.advance(done.saturating_sub(before) as u64);
    }

    fn waiting(&self) {
        self.progress.note("another process is looking at the same photos; waiting for it");
    }
}
