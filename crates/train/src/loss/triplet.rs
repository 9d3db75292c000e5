//! The triplet loss: an anchor nearer to one of its class than to one of another, by a margin (Schroff et al. 2015),
//! or by as much as can be had (the soft margin of Hermans, Beyer and Leibe 2017).

use rayon::prelude::*;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::centers::ACTIVE;
use super::pairs::{Comparison, Judgement, Mean, Others, soft_plus};
use super::{Loss, LossContext, LossInput, LossLevels, LossValue, levels};
use crate::distance::LossDistance;
use crate::parameters::Leaves;

/// Mean of max(0, D(a, p) − D(a, n) + margin), or of ln(1 + exp(D(a, p) − D(a, n))), over triplets of an anchor, a
/// photo of its class and one of another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TripletRecipe {
    /// Default `euclidean`, of embeddings of unit length. The soft margin wants `raw-euclidean`: at unit length the
    /// distances cannot grow enough to bring it near 0.
    pub distance: LossDistance,
    /// A number, or `"soft"`. Default 0.2 (Schroff et al. 2015).
    pub margin: TripletMargin,
    /// What the mean is over. Default `non-zero` (pytorch-metric-learning; Hermans et al. 2017).
    pub mean: Mean,
}

impl Default for TripletRecipe {
    fn default() -> Self {
        Self { distance: LossDistance::Euclidean, margin: TripletMargin::Hard(0.2), mean: Mean::NonZero }
    }
}

/// How much nearer the positive must be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TripletMargin {
    /// By this much, and then the triplet is done. Written as a number.
    Hard(f64),
    /// The more the better, with less and less pull. Written as `"soft"`.
    Soft,
}

impl Serialize for TripletMargin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Hard(margin) => serializer.serialize_f64(*margin),
            Self::Soft => serializer.serialize_str("soft"),
        }
    }
}

impl<'de> Deserialize<'de> for TripletMargin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MarginVisitor)
    }
}

/// Reads a number or the word.
struct MarginVisitor;

impl Visitor<'_> for MarginVisitor {
    type Value = TripletMargin;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a number or \"soft\"")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<TripletMargin, E> {
        Ok(TripletMargin::Hard(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<TripletMargin, E> {
        Ok(TripletMargin::Hard(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<TripletMargin, E> {
        Ok(TripletMargin::Hard(number as f64))
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<TripletMargin, E> {
        if word == "soft" {
            Ok(TripletMargin::Soft)
        } else {
            Err(E::custom(format!("a margin is a number or \"soft\", not \"{word}\"")))
        }
    }
}

/// The loss.
#[derive(Debug, Clone)]
pub struct Triplet {
    recipe: TripletRecipe,
    levels: LossLevels,
}

/// A sum over triplets.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    value: f64,
    /// Triplets whose term is above zero.
    above_zero: usize,
    active: usize,
    all: usize,
}

impl std::ops::Add for Sum {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            value: self.value + other.value,
            above_zero: self.above_zero + other.above_zero,
            active: self.active + other.active,
            all: self.all + other.all,
        }
    }
}

impl Triplet {
    /// For embeddings of so many dimensions.
    pub fn new(recipe: TripletRecipe, context: &LossContext<'_>) -> Self {
        Self { recipe, levels: levels_of(recipe, context.dimension) }
    }

    /// A triplet's term and its slope, from how much farther the positive is than the negative.
    fn term(&self, farther: f64, margin_share: f64) -> (f64, f64) {
        match self.recipe.margin {
            TripletMargin::Soft => soft_plus(farther),
            TripletMargin::Hard(margin) => {
                let beyond = farther + margin * margin_share;
                if beyond > 0.0 { (beyond, 1.0) } else { (0.0, 0.0) }
            }
        }
    }

    /// Adds a triplet to a sum; its slope with respect to the positive distance (minus that to the negative).
    fn count(&self, sum: &mut Sum, farther: f64, margin_share: f64) -> f64 {
        let (value, slope) = self.term(farther, margin_share);
        sum.value += value;
        sum.above_zero += usize::from(value > 0.0);
        sum.active += usize::from(slope > ACTIVE);
        sum.all += 1;
        slope
    }

    /// The triplets that the miner chose.
    fn of_list(
        &self,
        comparison: &Comparison<'_>,
        triplets: &[[u32; 3]],
        share: f64,
        slopes: &mut [f64],
    ) -> Sum {
        let mut sum = Sum::default();
        for [anchor, positive, negative] in triplets {
            let place = *anchor as usize;
            let farther = comparison.distance(place, *positive) - comparison.distance(place, *negative);
            let slope = self.count(&mut sum, farther, share);
            slopes[place * comparison.references + *positive as usize] += slope;
            slopes[place * comparison.references + *negative as usize] -= slope;
        }
        sum
    }

    /// All triplets of an anchor: each positive with each negative.
    fn of_anchor(&self, distances: &[f32], others: &Others, share: f64, slopes: &mut [f64]) -> Sum {
        let mut sum = Sum::default();
        for positive in &others.positives {
            let near = f64::from(distances[*positive as usize]);
            let mut pull = 0.0;
            for negative in &others.negatives {
                let slope = self.count(&mut sum, near - f64::from(distances[*negative as usize]), share);
                slopes[*negative as usize] -= slope;
                pull += slope;
            }
            slopes[*positive as usize] += pull;
        }
        sum
    }

    fn judge(&self, comparison: &Comparison<'_>, share: f64) -> Judgement {
        let mut slopes = vec![0.0_f64; comparison.distances.len()];
        let width = comparison.references.max(1);
        let sum = match comparison.triplets() {
            Some(triplets) => self.of_list(comparison, triplets, share, &mut slopes),
            None => comparison
                .distances
                .par_chunks(width)
                .zip(slopes.par_chunks_mut(width))
                .zip(comparison.others())
                .map(|((distances, slopes), others)| self.of_anchor(distances, &others, share, slopes))
                .collect::<Vec<Sum>>()
                .into_iter()
                .fold(Sum::default(), |sum, other| sum + other),
        };
        let terms = if self.recipe.mean == Mean::All { sum.all } else { sum.above_zero }.max(1) as f64;
        Judgement {
            value: sum.value / terms,
            gradient: slopes.into_iter().map(|slope| (slope / terms) as f32).collect(),
            active: (sum.active, sum.all),
        }
    }
}

/// Collapsed, both distances are alike: the margin, or ln 2. At the start they differ by a normally distributed
/// number of mean 0, whose deviation is √2 times that of a distance; not known where lengths are free.
fn levels_of(recipe: TripletRecipe, dimension: usize) -> LossLevels {
    let difference =
        recipe.distance.at_random(dimension).map(|(_, deviation)| deviation * std::f64::consts::SQRT_2);
    match recipe.margin {
        TripletMargin::Soft => LossLevels {
            // ln(1 + exp(x)) is ln 2 + x/2 + x²/8 near 0.
            at_start: difference.map(|deviation| std::f64::consts::LN_2 + deviation * deviation / 8.0),
            collapsed: Some(std::f64::consts::LN_2),
        },
        TripletMargin::Hard(margin) => LossLevels {
            at_start: difference.map(|deviation| match recipe.mean {
                Mean::All => levels::mean_above_zero(margin, deviation),
                Mean::NonZero => levels::mean_of_those_above_zero(margin, deviation),
            }),
            collapsed: Some(margin),
        },
    }
}

impl Loss for Triplet {
    fn forward(&self, input: &LossInput<'_>, _leaves: &Leaves) -> LossValue {
        let comparison = Comparison::new(input, self.recipe.distance);
        let judgement = self.judge(&comparison, f64::from(input.margin_share));
        comparison.value(judgement)
    }

    fn levels(&self) -> LossLevels {
        self.levels
    }
}
