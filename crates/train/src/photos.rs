//! Inputs from photos: features out of the cache, or images made as the run goes.

use std::collections::BTreeMap;
use std::sync::Arc;

use half::f16;
use resight_model::Shape;

use crate::cache::FeatureCache;
use crate::data::TrainingData;
use crate::learner::inputs::{Batches, InputBatch, InputError, Inputs, Item};
use crate::view::{Loader, LoaderOptions, View, ViewJob, ViewMaker, ViewRequest};

/// The annotations as jobs; a job's place is the annotation's place.
pub(crate) fn jobs(data: &TrainingData) -> Vec<ViewJob> {
    let job = |(place, one): (usize, &crate::data::Annotation)| ViewJob {
        row: place as u32,
        path: one.path.clone(),
        photo: Some(one.photo),
        region: one.region,
    };
    data.annotations.iter().enumerate().map(job).collect()
}

/// Images made as the run goes, each view anew.
pub(crate) struct ImageInputs {
    pub(crate) maker: Arc<ViewMaker>,
    pub(crate) jobs: Arc<[ViewJob]>,
    pub(crate) side: usize,
    pub(crate) options: LoaderOptions,
}

impl Inputs for ImageInputs {
    fn batches<'a>(&'a self, plan: Vec<Vec<Item>>) -> Batches<'a> {
        let request = |item: &Item| ViewRequest { job: item.annotation, view: item.view };
        let requests = plan.iter().map(|batch| batch.iter().map(request).collect()).collect();
        let loader = Loader::start(self.maker.clone(), self.jobs.clone(), requests, self.options);
        Box::new(loader.map(|batch| match batch.failures.into_iter().next() {
            Some(failure) => Err(failure.into()),
            None => Ok(InputBatch::Images { values: batch.inputs, shape: [3, self.side, self.side] }),
        }))
    }

    fn augmented_views(&self) -> Option<u32> {
        None
    }
}

/// Features of some annotations in some views.
pub(crate) struct CachedViews {
    cache: FeatureCache,
    /// Item of the cache by annotation.
    items: BTreeMap<u32, usize>,
    views: Vec<View>,
}

impl CachedViews {
    pub(crate) fn new(cache: FeatureCache, annotations: &[u32], views: &[View]) -> Self {
        let items = annotations.iter().copied().zip(0..).collect();
        Self { cache, items, views: views.to_vec() }
    }

    fn features(&self, item: &Item) -> Option<&[f16]> {
        let place = *self.items.get(&item.annotation)?;
        let view = self.views.iter().position(|view| *view == item.view)?;
        self.cache.is_present(place).then(|| self.cache.features(place, view))
    }

    /// Annotations that could not be looked at.
    pub(crate) fn missing(&self) -> impl Iterator<Item = u32> + '_ {
        let absent = |(_, item): &(&u32, &usize)| !self.cache.is_present(**item);
        self.items.iter().filter(absent).map(|(annotation, _)| *annotation)
    }

    pub(crate) fn cache(&self) -> &FeatureCache {
        &self.cache
    }

    /// The hash of what the features depend on, which is the name of their file.
    pub(crate) fn name(&self) -> String {
        self.cache.path().file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Features out of caches.
pub(crate) struct CachedInputs {
    /// The first that has a view gives it.
    pub(crate) caches: Vec<CachedViews>,
    /// What the frozen part answers for one image.
    pub(crate) output: Shape,
    /// Varied views of a training photo.
    pub(crate) views: u32,
}

impl CachedInputs {
    fn batch(&self, items: &[Item]) -> Result<InputBatch, InputError> {
        let mut values: Vec<f16> = Vec::with_capacity(items.len() * self.output.numbers());
        for item in items {
            let features = self.caches.iter().find_map(|cache| cache.features(item)).ok_or_else(|| {
                InputError::Missing(format!("feature of annotation {} in {:?}", item.annotation, item.view))
            })?;
            values.extend_from_slice(features);
        }
        Ok(match self.output {
            Shape::Maps { channels, height, width } => {
                InputBatch::Maps { values, shape: [height, width, channels] }
            }
            other => InputBatch::Rows {
                values: values.into_iter().map(f16::to_f32).collect(),
                dimension: other.numbers(),
            },
        })
    }
}

impl Inputs for CachedInputs {
    fn batches<'a>(&'a self, plan: Vec<Vec<Item>>) -> Batches<'a> {
        Box::new(plan.into_iter().map(|items| self.batch(&items)))
    }

    fn augmented_views(&self) -> Option<u32> {
        Some(self.views)
    }
}
