//! How many positive pairs a batch will hold.

use super::{SamplerFigures, SamplerLabels, SamplerRecipe, Shuffled};

/// Positive pairs to expect in a full batch, given how many photos each class has.
///
/// For `shuffled` exactly B(B − 1)/2 · Σ n(n − 1) / (N(N − 1)): each pair of places holds two photos of one class
/// with the chance that two photos drawn without putting back are of one class. For the others, whose batches are
/// no simple draws, the mean over the batches of a planned epoch; encounters and species are unknown to it, so with
/// bursts in the data [`SamplerFigures`] of a real plan tells more.
pub fn expected_positives(recipe: &SamplerRecipe, class_sizes: &[u32], batch: usize) -> f64 {
    match recipe {
        SamplerRecipe::Shuffled(sampler) => of_random_batches(sampler, class_sizes, batch),
        _ => of_a_plan(recipe, class_sizes, batch),
    }
}

fn of_random_batches(sampler: &Shuffled, class_sizes: &[u32], batch: usize) -> f64 {
    let taking_part =
        class_sizes.iter().filter(|size| sampler.singletons || **size > 1).map(|size| f64::from(*size));
    let (photos, pairs) =
        taking_part.fold((0.0, 0.0), |(photos, pairs), n| (photos + n, pairs + n * (n - 1.0)));
    if photos < 2.0 {
        return 0.0;
    }
    let places = (batch as f64).min(photos);
    places * (places - 1.0) / 2.0 * pairs / (photos * (photos - 1.0))
}

fn of_a_plan(recipe: &SamplerRecipe, class_sizes: &[u32], batch: usize) -> f64 {
    let classes: Vec<u32> =
        (0..).zip(class_sizes).flat_map(|(class, size)| std::iter::repeat_n(class, *size as usize)).collect();
    let labels = SamplerLabels { classes: &classes, ..SamplerLabels::default() };
    SamplerFigures::of(&recipe.epoch(&labels, None, batch, 0, 0), &labels).positives
}
