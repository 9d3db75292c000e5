//! Filling the caches of features.

use std::sync::atomic::AtomicBool;

use super::TrainRequest;
use crate::cache::{self, FeatureCache};
use crate::data::TrainingData;
use crate::look::Looking;
use crate::photos::{CachedViews, jobs};
use crate::trainer::{TrainError, Watch};
use crate::trunk::FrozenPart;
use crate::view::{FlipPolicy, View, ViewMaker};

/// Bytes on the disk that cached features may take when a run begins; beyond, the oldest that it does not need go.
const MOST_CACHED: u64 = 20 << 30;

/// Filling the caches of features.
pub(super) struct Filling<'a> {
    pub(super) request: &'a TrainRequest,
    pub(super) data: &'a TrainingData,
    pub(super) maker: &'a ViewMaker,
    pub(super) frozen: &'a FrozenPart,
    pub(super) watch: &'a dyn Watch,
    pub(super) cancel: &'a AtomicBool,
}

impl Filling<'_> {
    /// One for all photos as in use, one for what the panel looks at, one for the varied views.
    pub(super) fn caches(&self) -> Result<Vec<CachedViews>, TrainError> {
        let recipe = &self.request.recipe;
        let everything: Vec<u32> = (0..self.data.annotations.len() as u32).collect();
        let mut caches = vec![self.cache("photos as they are", &everything, &[View::PLAIN])?];
        let looks = self.looks();
        if !looks.is_empty() {
            let mut asked = [self.data.validation.clone(), self.data.validation_gallery()].concat();
            asked.sort_unstable();
            asked.dedup();
            caches.push(self.cache("photos without their animal", &asked, &looks)?);
        }
        let flip = recipe.views.flip;
        let first = if flip.is_paired() { 2 } else { 1 };
        let mut views: Vec<View> =
            (first..flip.views_of(recipe.views.count + 1)).map(View::Numbered).collect();
        if flip == FlipPolicy::MirroredTwin && recipe.sampler.wants_embeddings() {
            views.push(View::Mirrored);
        }
        caches.push(self.cache("varied photos", &self.data.train, &views)?);
        Ok(caches)
    }

    /// Makes room: features that earlier runs left and this one does not need.
    pub(super) fn tidy(&self, caches: &[CachedViews]) {
        let needed: Vec<&FeatureCache> = caches.iter().map(CachedViews::cache).collect();
        match cache::tidy(&self.request.cache, MOST_CACHED, &needed) {
            Ok(0) => {}
            Ok(freed) => self
                .watch
                .note(&format!("removed {:.1} GB of features that earlier runs left", freed as f64 / 1e9)),
            // Nobody is worse off than before.
            Err(error) => {
                self.watch.note(&format!("features that earlier runs left take much room: {error}"));
            }
        }
    }

    /// Views for a look at what the network goes by.
    fn looks(&self) -> Vec<View> {
        let recipe = &self.request.recipe;
        if !recipe.validation.background {
            return Vec::new();
        }
        let mirrored = recipe.views.flip == FlipPolicy::Forbidden && self.data.viewpoints.len() > 1;
        let mut looks = vec![View::Background];
        looks.extend(mirrored.then_some(View::Mirrored));
        looks
    }

    fn cache(&self, what: &str, annotations: &[u32], views: &[View]) -> Result<CachedViews, TrainError> {
        let all = jobs(self.data);
        let jobs: Vec<_> = annotations.iter().map(|place| all[*place as usize].clone()).collect();
        let looking = Looking {
            jobs: &jobs,
            maker: self.maker,
            frozen: self.frozen,
            cache: &self.request.cache,
            threads: self.request.threads,
        };
        let (cache, _) = looking.look(views, &format!("looking at {what}"), self.watch, self.cancel)?;
        Ok(CachedViews::new(cache, annotations, views))
    }
}
