//! A second task beside the loss: name the species from the same embedding.
//!
//! It holds the embedding together in its first epochs, when individuals are still noise; with 26 species it was worth
//! 0.02 of MAP@5 in Happywhale 2022.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::centers::{cross_entropy, mean_over_photos};
use super::softmax::{linear, linear_parameters};
use crate::batch::BatchLabels;
use crate::parameters::{Leaves, ParameterSpec};

/// A linear softmax classifier of the species; photos of unknown species do not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpeciesHeadRecipe {
    /// What its loss is multiplied with before it is added. Default 1.287, the ratio 0.5627 : 0.4373 of the winners of
    /// Happywhale 2022.
    pub weight: f64,
}

impl Default for SpeciesHeadRecipe {
    fn default() -> Self {
        Self { weight: 1.287 }
    }
}

/// The classifier.
#[derive(Debug, Clone)]
pub struct SpeciesHead {
    recipe: SpeciesHeadRecipe,
    species: usize,
    dimension: usize,
}

const NAMES: [&str; 2] = ["head.species.weight", "head.species.bias"];

impl SpeciesHead {
    /// For so many species and embeddings of so many dimensions.
    pub fn new(recipe: SpeciesHeadRecipe, species: usize, dimension: usize) -> Self {
        Self { recipe, species, dimension }
    }

    /// What its loss is multiplied with.
    pub fn weight(&self) -> f64 {
        self.recipe.weight
    }

    /// The parameters it needs.
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        linear_parameters(NAMES, self.species, self.dimension)
    }

    /// Mean cross-entropy over the photos of known species, not yet weighted; `None` where the batch has none.
    ///
    /// # Shapes
    /// embeddings: batch × dimension.
    pub fn forward(&self, embeddings: Tensor<2>, labels: &BatchLabels, leaves: &Leaves) -> Option<Tensor<1>> {
        let known = || {
            labels.species.iter().enumerate().filter_map(|(place, species)| species.map(|one| (place, one)))
        };
        let places: Vec<i32> = known().map(|(place, _)| place as i32).collect();
        let species: Vec<u32> = known().map(|(_, species)| species).collect();
        if places.is_empty() {
            return None;
        }
        let places = Tensor::from_ints(places.as_slice(), &embeddings.device());
        let logits = linear(embeddings.select(0, places), leaves, NAMES);
        Some(mean_over_photos(logits, &species, |_, class, row| cross_entropy(row, class, 1.0)).loss)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameters::{Parameters, numbers};
    use burn::tensor::Device;

    #[test]
    fn only_photos_of_known_species_count() {
        let device = Device::flex().autodiff();
        let head = SpeciesHead::new(SpeciesHeadRecipe::default(), 3, 2);
        let mut parameters = Parameters::default();
        head.parameters().into_iter().for_each(|spec| parameters.add(spec, 1, &device));
        let embeddings =
            || Tensor::<2>::from_floats([[1.0, 2.0], [9.0, -9.0], [-1.0, 0.5]], &device).require_grad();
        let labels = |species: [Option<u32>; 3]| BatchLabels {
            classes: vec![0; 3],
            species: species.to_vec(),
            ..BatchLabels::default()
        };
        let leaves = parameters.leaves(|_, _| true);
        let input = embeddings();
        let loss = head.forward(input.clone(), &labels([Some(2), None, Some(0)]), &leaves).unwrap();
        let log_softmax = burn::tensor::activation::log_softmax(linear(embeddings(), &leaves, NAMES), 1);
        let logs = numbers(log_softmax);
        let value = numbers(loss.clone())[0];
        assert!((value + (logs[2] + logs[6]) / 2.0).abs() < 1e-5, "{value} {logs:?}");
        let gradient = numbers(input.grad(&loss.backward()).unwrap());
        assert_eq!(gradient[2..4], [0.0, 0.0]);
        assert!(gradient[0] != 0.0 && gradient[5] != 0.0);
        assert!(head.forward(embeddings(), &labels([None; 3]), &leaves).is_none());
    }
}
