//! Comparing a query with everything that was embedded.

use resight_core::{Distance, Similarity};
use resight_vector::{Metric, f16, oracle, scan};
use tracing::debug_span;

use crate::embedding::Embeddings;
use crate::error::CatalogError;

impl Embeddings {
    /// The similarity of every row to a query, in the order of the rows.
    ///
    /// The query is an embedding by the same bundle, in the form that the bundle's distance asks for.
    ///
    /// # Errors
    /// [`CatalogError::WrongDimension`]; a query with numbers that are not finite.
    pub fn similarities(&self, query: &[f32]) -> Result<Vec<Similarity>, CatalogError> {
        let bundle = self.bundle();
        if query.len() != bundle.dimension {
            return Err(CatalogError::WrongDimension {
                expected: bundle.dimension,
                found: query.len(),
                bundle: bundle.id.clone(),
            });
        }
        let _span = debug_span!("search", rows = self.n_rows()).entered();
        let mut similarities = Vec::with_capacity(usize::try_from(self.n_rows()).unwrap_or(0));
        scan(&self.parts(), query, metric(bundle.distance), |_, _, scores| {
            similarities.extend(scores.iter().map(|score| Similarity::from_score(bundle.distance, *score)));
        })
        .map_err(|error| CatalogError::Corrupt(format!("the embeddings cannot be compared: {error}")))?;
        Ok(similarities)
    }

    /// The similarity of one row to a query, in double precision and a fixed order of additions: the same bits on every
    /// processor. `None` beyond the last row.
    pub fn exact_similarity(&self, query: &[f32], row: u64) -> Option<Similarity> {
        Some(exact_similarity(self.bundle().distance, query, self.row(row)?))
    }
}

/// The similarity of a row, as it is stored, to a query, in double precision and a fixed order of additions: the same bits
/// on every processor. Both have as many numbers.
pub fn exact_similarity(distance: Distance, query: &[f32], row: &[f16]) -> Similarity {
    Similarity::from_score(distance, oracle::rounded_score(query, row, metric(distance)))
}

fn metric(distance: Distance) -> Metric {
    match distance {
        Distance::Cosine => Metric::Dot,
        Distance::Euclidean => Metric::SquaredEuclidean,
    }
}
