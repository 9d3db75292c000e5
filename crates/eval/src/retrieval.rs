//! How high the right individual stands.
//!
//! Ranks count from 1; a rank of none means that the right answer was not found at all. Every function gives none
//! where there is no query, because the mean of nothing is no number.

mod annotation_map;
mod cmc;
mod map_at_k;
mod top_k;

pub use annotation_map::average_precision;
pub(crate) use annotation_map::average_precisions;
pub use cmc::cmc;
pub use map_at_k::{map_at_k, points_at_k};
pub use top_k::top_k;

pub(crate) fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of queries are small")]
    let count = values.len() as f64;
    (count > 0.0).then(|| values.sum::<f64>() / count)
}
