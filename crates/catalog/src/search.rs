//! Comparing a query with everything that was embedded.

use resight_core::{Distance, Similarity};
use resight_vector::{Metric, scan};

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
        let mut similarities = Vec::with_capacity(usize::try_from(self.n_rows()).unwrap_or(0));
        let metric = match bundle.distance {
            Distance::Cosine => Metric::Dot,
            Distance::Euclidean => Metric::SquaredEuclidean,
        };
        scan(&self.parts(), query, metric, |_, _, scores| {
            similarities.extend(scores.iter().map(|score| match bundle.distance {
                Distance::Cosine => Similarity::from_cosine(*score),
                Distance::Euclidean => Similarity::from_squared_distance(-score),
            }));
        })
        .map_err(|error| CatalogError::Corrupt(format!("the embeddings cannot be compared: {error}")))?;
        Ok(similarities)
    }
}
