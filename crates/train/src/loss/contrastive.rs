//! The Siamese contrastive loss: pairs of one class near, others far (Hadsell, Chopra and LeCun 2006).

use serde::{Deserialize, Serialize};

use super::pairs::{Comparison, Judgement, Mean, Others};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::distance::LossDistance;
use crate::parameters::Leaves;

/// Mean of max(0, D − near) over pairs of one class, plus mean of max(0, far − D) over pairs of different classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContrastiveRecipe {
    /// Default `euclidean`, as in the paper, of embeddings of unit length.
    pub distance: LossDistance,
    /// Distance within which a pair of one class is near enough. Default 0 (paper; pytorch-metric-learning).
    pub near: f64,
    /// Distance from which a pair of different classes is far enough. Default 1 (pytorch-metric-learning).
    pub far: f64,
    /// Whether both terms are squared, as in the paper. Default false, as in pytorch-metric-learning: pairs that are
    /// nearly right keep their pull.
    pub squared: bool,
    /// What either mean is over. Default `non-zero` (pytorch-metric-learning).
    pub mean: Mean,
}

impl Default for ContrastiveRecipe {
    fn default() -> Self {
        Self { distance: LossDistance::Euclidean, near: 0.0, far: 1.0, squared: false, mean: Mean::NonZero }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct Contrastive {
    recipe: ContrastiveRecipe,
    levels: LossLevels,
}

impl Contrastive {
    /// For embeddings of so many dimensions.
    pub fn new(recipe: ContrastiveRecipe, context: &LossContext<'_>) -> Self {
        Self { recipe, levels: levels_of(recipe, context.dimension) }
    }

    /// A term and its slope, from how far a pair is beyond its margin.
    fn term(&self, beyond: f64) -> (f64, f64) {
        match self.recipe.squared {
            _ if beyond <= 0.0 => (0.0, 0.0),
            true => (beyond * beyond, 2.0 * beyond),
            false => (beyond, 1.0),
        }
    }

    fn judge(&self, comparison: &Comparison<'_>, margin_share: f64) -> Judgement {
        let others = comparison.others();
        let mut judgement = comparison.nothing();
        let far = self.recipe.far * margin_share;
        self.add(comparison, &mut judgement, pairs(&others, |others| &others.positives), |d| {
            (d - self.recipe.near, 1.0)
        });
        self.add(comparison, &mut judgement, pairs(&others, |others| &others.negatives), |d| (far - d, -1.0));
        judgement
    }

    /// Adds the mean over pairs of one kind; `beyond` says how far a distance is beyond the margin, and which way.
    fn add(
        &self,
        comparison: &Comparison<'_>,
        judgement: &mut Judgement,
        pairs: impl Iterator<Item = (usize, u32)> + Clone,
        beyond: impl Fn(f64) -> (f64, f64),
    ) {
        let beyond_of = |(anchor, other): (usize, u32)| beyond(comparison.distance(anchor, other));
        let all = pairs.clone().count();
        let active = pairs.clone().filter(|pair| beyond_of(*pair).0 > 0.0).count();
        let terms = if self.recipe.mean == Mean::All { all } else { active }.max(1) as f64;
        for pair in pairs {
            let (by, way) = beyond_of(pair);
            let (value, slope) = self.term(by);
            judgement.value += value / terms;
            judgement.gradient[pair.0 * comparison.references + pair.1 as usize] +=
                (way * slope / terms) as f32;
        }
        judgement.active.0 += active;
        judgement.active.1 += all;
    }
}

/// Pairs of one kind: (anchor, reference).
fn pairs<'a>(
    others: &'a [Others],
    side: impl Fn(&'a Others) -> &'a Vec<u32> + Clone + 'a,
) -> impl Iterator<Item = (usize, u32)> + Clone + 'a {
    others
        .iter()
        .enumerate()
        .flat_map(move |(anchor, others)| side(others).iter().map(move |other| (anchor, *other)))
}

/// Collapsed, only pairs of different classes count: the margin `far` (its square). At the start distances are
/// normally distributed around that of random directions; not known where lengths are free.
fn levels_of(recipe: ContrastiveRecipe, dimension: usize) -> LossLevels {
    let power = if recipe.squared { 2 } else { 1 };
    let linear = recipe.distance.at_random(dimension).filter(|_| !recipe.squared);
    let at_start = linear.map(|(distance, deviation)| {
        let mean = match recipe.mean {
            Mean::All => levels::mean_above_zero,
            Mean::NonZero => levels::mean_of_those_above_zero,
        };
        mean(distance - recipe.near, deviation) + mean(recipe.far - distance, deviation)
    });
    LossLevels { at_start, collapsed: Some(recipe.far.powi(power)) }
}

impl Loss for Contrastive {
    fn forward(&self, input: &LossInput<'_>, _leaves: &Leaves) -> LossValue {
        let comparison = Comparison::new(input, self.recipe.distance);
        let judgement = self.judge(&comparison, f64::from(input.margin_share));
        comparison.value(judgement)
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
