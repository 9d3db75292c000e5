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

/// Rows brought to unit length; a row of zeros stays.
pub fn unit(rows: Tensor<2>) -> Tensor<2> {
    let lengths = rows.clone().square().sum_dim(1).add_scalar(1e-12).sqrt();
    rows.div(lengths)
}

fn squared(a: Tensor<2>, b: Tensor<2>) -> Tensor<2> {
    let a_squares = a.clone().square().sum_dim(1);
    let b_squares = b.clone().square().sum_dim(1).transpose();
    (a_squares + b_squares - a.matmul(b.transpose()).mul_scalar(2.0)).clamp_min(0.0)
}

/// The root, kept away from 0, where its slope has no end.
fn root(squares: Tensor<2>) -> Tensor<2> {
    squares.add_scalar(1e-12).sqrt()
}
