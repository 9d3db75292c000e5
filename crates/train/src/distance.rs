//! Distances between embeddings, for losses and miners: smaller is closer.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// What a loss compares embeddings by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossDistance {
    /// 1 − cosine: 0 to 2.
    #[default]
    Cosine,
    /// Euclidean distance of embeddings brought to unit length: 0 to 2.
    Euclidean,
    /// Its square: 0 to 4.
    SquaredEuclidean,
    /// Euclidean distance of embeddings as they are: 0 and up. Soft margins want it.
    RawEuclidean,
}

impl LossDistance {
    /// The distance of two embeddings on one point less this is how much alike they are: with the cosine distance
    /// the cosine, else minus the distance.
    pub(crate) fn offset(self) -> f64 {
        if self == Self::Cosine { 1.0 } else { 0.0 }
    }

    /// Mean and standard deviation of the distance of two unit vectors of random directions, to leading order in
    /// 1/dimension; `None` for embeddings whose length is not fixed.
    pub(crate) fn at_random(self, dimension: usize) -> Option<(f64, f64)> {
        let deviation = (1.0 / dimension as f64).sqrt();
        let root = std::f64::consts::SQRT_2;
        match self {
            Self::Cosine => Some((1.0, deviation)),
            Self::SquaredEuclidean => Some((2.0, 2.0 * deviation)),
            Self::Euclidean => Some((root * (1.0 - deviation * deviation / 8.0), deviation / root)),
            Self::RawEuclidean => None,
        }
    }

    /// By how much the distance changes with the cosine around random directions: what an exponential of the distance
    /// multiplies the cosine with.
    pub(crate) fn spread(self, dimension: usize) -> Option<f64> {
        self.at_random(dimension).map(|(_, deviation)| deviation * (dimension as f64).sqrt())
    }

    /// Distances of all rows of `a` from all rows of `b`.
    ///
    /// # Shapes
    /// a is n × d, b is m × d, the result n × m.
    pub fn matrix(self, a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Cosine => unit(a).matmul(unit(b).transpose()).neg().add_scalar(1.0),
            Self::Euclidean => root(squared(unit(a), unit(b))),
            Self::SquaredEuclidean => squared(unit(a), unit(b)),
            Self::RawEuclidean => root(squared(a, b)),
        }
    }
}

/// Rows brought to unit length. A row shorter than a millionth stays as it is: it has no direction, and to divide
/// by its length would let its gradient grow without bounds.
pub fn unit(rows: Tensor<2>) -> Tensor<2> {
    let squares = (rows.clone() * rows.clone()).sum_dim(1);
    let no_direction = squares.clone().lower_scalar(1e-12);
    rows.div(squares.mask_fill(no_direction, 1.0).sqrt())
}

fn squared(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let a_squares = (a.clone() * a.clone()).sum_dim(1);
    let b_squares = (b.clone() * b.clone()).sum_dim(1).transpose();
    (a_squares + b_squares - a.matmul(b.transpose()).mul_scalar(2.0)).clamp_min(0.0)
}

/// The root, kept away from 0, where its slope has no end.
fn root(squares: Tensor<2>) -> Tensor<2> {
    squares.add_scalar(1e-12).sqrt()
}
