//! Embeddings and how alike two of them are.

use serde::{Deserialize, Serialize};

/// What a bundle's embeddings are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// The angle between two embeddings; they are stored at unit length.
    #[default]
    Cosine,
    /// The straight line between two embeddings; they are stored as the network gives them.
    Euclidean,
}

/// How alike two embeddings are: greater is closer, whatever the distance. The only measure of closeness
/// inside the house.
///
/// For [`Distance::Cosine`] it is the cosine, −1 to 1. For [`Distance::Euclidean`] it is 1 / (1 + d), with d
/// the distance, 0 to 1. It is not a probability: that takes a [`crate::Calibration`].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Similarity(pub f32);

impl Similarity {
    /// From the cosine of the angle between two embeddings.
    pub fn from_cosine(cosine: f32) -> Self {
        Self(cosine)
    }

    /// From the squared Euclidean distance between two embeddings (a negative one, out of rounding, counts as 0).
    pub fn from_squared_distance(squared: f32) -> Self {
        Self(1.0 / (1.0 + squared.max(0.0).sqrt()))
    }

    /// From a score of which greater is closer: the cosine, or minus the squared Euclidean distance.
    pub fn from_score(distance: Distance, score: f32) -> Self {
        match distance {
            Distance::Cosine => Self::from_cosine(score),
            Distance::Euclidean => Self::from_squared_distance(-score),
        }
    }

    /// Greater first; equal where both are equal. Embeddings are checked to be finite before they are compared,
    /// so a similarity is never "not a number"; if one were, it would come last.
    pub fn closest_first(&self, other: &Self) -> std::cmp::Ordering {
        other.0.total_cmp(&self.0)
    }
}

impl Distance {
    /// Brings raw network output into the form that is stored: unit length for the cosine, unchanged otherwise.
    /// Returns `false` where that cannot be done: a number that is not finite, or all of them zero.
    pub fn normalize(self, values: &mut [f32]) -> bool {
        if !values.iter().all(|value| value.is_finite()) {
            return false;
        }
        if self == Self::Euclidean {
            return true;
        }
        let length = values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
        if length < 1e-12 {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, reason = "a unit vector's coordinates fit f32")]
        values.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closer_is_greater_for_both_distances() {
        assert!(Similarity::from_cosine(0.9) > Similarity::from_cosine(0.1));
        assert!(Similarity::from_squared_distance(0.1) > Similarity::from_squared_distance(4.0));
        assert_eq!(Similarity::from_squared_distance(-1e-9), Similarity(1.0));
    }

    #[test]
    fn normalize_refuses_what_has_no_direction() {
        assert!(!Distance::Cosine.normalize(&mut [0.0, 0.0]));
        assert!(!Distance::Cosine.normalize(&mut [f32::NAN, 1.0]));
        assert!(!Distance::Euclidean.normalize(&mut [f32::INFINITY]));
        let mut values = [3.0, 4.0];
        assert!(Distance::Cosine.normalize(&mut values));
        assert_eq!(values, [0.6, 0.8]);
    }
}
