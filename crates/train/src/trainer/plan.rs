//! The batches of an epoch: which photos, in which view, with which labels.

use rand::Rng;

use super::{TrainError, Trainer};
use crate::batch::{BatchLabels, Tuples};
use crate::generator;
use crate::learner::inputs::Item;
use crate::optimize::Gradients;
use crate::sampler::{PlannedBatch, SamplerLabels};
use crate::view::View;

/// A batch to come.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) items: Vec<Item>,
    pub(super) labels: BatchLabels,
    pub(super) tuples: Option<Tuples>,
}

/// Labels of all samples, as the sampler wants them.
#[derive(Debug, Clone, Default)]
pub(super) struct SampleLabels {
    pub(super) classes: Vec<u32>,
    pub(super) species: Vec<Option<u32>>,
    pub(super) encounters: Vec<Option<u32>>,
}

impl SampleLabels {
    pub(super) fn of(data: &crate::data::TrainingData, classes: &crate::data::Classes) -> Self {
        let annotation = |sample: &crate::data::Sample| &data.annotations[sample.annotation as usize];
        Self {
            classes: classes.samples.iter().map(|sample| sample.class).collect(),
            species: classes.samples.iter().map(|sample| annotation(sample).species).collect(),
            encounters: classes.samples.iter().map(|sample| annotation(sample).encounter).collect(),
        }
    }

    pub(super) fn as_sampler_labels(&self) -> SamplerLabels<'_> {
        SamplerLabels { classes: &self.classes, species: &self.species, encounters: &self.encounters }
    }
}

impl Trainer<'_> {
    /// The batches of an epoch. The same recipe, data and epoch give the same plan, also after a resume.
    pub(super) fn plan(&mut self, epoch: u32) -> Result<Vec<Planned>, TrainError> {
        let labels = SampleLabels::of(self.data, self.classes);
        if self.recipe.sampler.wants_embeddings() && self.sampler_embeddings.is_empty() {
            self.sampler_embeddings = self.embed_samples()?;
        }
        let dimension = self.learner.neck.dimension();
        let embeddings =
            (!self.sampler_embeddings.is_empty()).then_some((self.sampler_embeddings.as_slice(), dimension));
        let size = self.recipe.schedule.batch as usize;
        let number = u64::from(epoch - 1);
        let batches = self.recipe.sampler.epoch(
            &labels.as_sampler_labels(),
            embeddings,
            size,
            number,
            self.recipe.seed,
        );
        // A batch of one has no statistics and nothing to compare.
        let batches = batches.into_iter().filter(|batch| batch.rows.len() > 1);
        Ok(batches.map(|batch| self.planned(batch, &labels, number)).collect())
    }

    fn planned(&self, batch: PlannedBatch, labels: &SampleLabels, epoch: u64) -> Planned {
        let item = |place: (usize, &u32)| {
            let sample = self.classes.samples[*place.1 as usize];
            let view = self.view(sample.annotation, epoch, place.0 as u64, sample.mirrored);
            Item { annotation: sample.annotation, view }
        };
        let of = |list: &[Option<u32>]| batch.rows.iter().map(|row| list[*row as usize]).collect();
        Planned {
            items: batch.rows.iter().enumerate().map(item).collect(),
            labels: BatchLabels {
                classes: batch.rows.iter().map(|row| labels.classes[*row as usize]).collect(),
                species: of(&labels.species),
                encounters: of(&labels.encounters),
                rows: batch.rows,
            },
            tuples: batch.tuples,
        }
    }

    /// Which view of a photo an epoch sees: each cached view in turn, beginning anywhere, or one made anew. View 0,
    /// that of use, is not learnt from where there are others.
    fn view(&self, annotation: u32, epoch: u64, place: u64, mirrored: bool) -> View {
        let mut random = generator(self.recipe.seed, "first view", &[u64::from(annotation)]);
        let first: u32 = random.random();
        let number = match self.inputs.augmented_views() {
            Some(0) => return View::PLAIN,
            Some(views) => 1 + (u64::from(first ^ (place as u32).rotate_left(7)) + epoch) % u64::from(views),
            None => 1 + epoch * 0x1_0001 + place,
        } as u32;
        let number = if self.recipe.views.flip.is_paired() {
            number.wrapping_mul(2) + u32::from(mirrored)
        } else {
            number
        };
        View::Numbered(number)
    }
}

/// The mean of gradients of several batches.
pub(super) fn mean(gathered: Vec<Gradients>) -> Gradients {
    let count = gathered.len().max(1) as f32;
    let mut sums = Gradients::new();
    for gradients in gathered {
        for (name, gradient) in gradients {
            let sum = match sums.remove(&name) {
                Some(sum) => sum + gradient,
                None => gradient,
            };
            sums.insert(name, sum);
        }
    }
    if count > 1.0 {
        sums.values_mut().for_each(|sum| *sum = sum.clone().div_scalar(count));
    }
    sums
}
