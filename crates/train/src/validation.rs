//! How well embeddings answer, under the strict protocol: own encounter and duplicates hidden.

use resight_core::Distance;
use resight_eval::retrieval::points_at_k;
use resight_eval::{
    EvalError, Gallery, Hide, LabelledRow, Protocol, RankOptions, RankedQuery, Same, View, chance_of, rank,
};
use resight_vector::Rows;

use crate::recipe::ValidationRecipe;
use resight_runs::run::log::Score;

/// Who asks and who answers, as places in a list of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// The rows that ask.
    pub queries: Vec<u32>,
    /// The rows that answer.
    pub gallery: Vec<u32>,
}

/// Which labels must agree.
pub fn same(recipe: &ValidationRecipe) -> Same {
    Same { viewpoint: recipe.same_viewpoint, species: recipe.same_species }
}

/// Ranks the individuals for every query by cosine.
///
/// # Shapes
/// `embeddings` is rows × dimension, as many rows as labels.
///
/// # Errors
/// When labels and embeddings do not fit together, or an embedding is not finite.
pub fn ranked(
    rows: &[LabelledRow],
    embeddings: &[f32],
    dimension: usize,
    questions: &Questions,
    same: Same,
) -> Result<Vec<RankedQuery>, EvalError> {
    let unit = unit_rows(embeddings, dimension);
    let values = Rows::new(dimension, &unit).map_err(EvalError::from)?;
    let gallery = Gallery { rows, embeddings: &[values], distance: Distance::Cosine };
    let protocol = Protocol::Split { queries: questions.queries.clone(), gallery: questions.gallery.clone() };
    rank(&gallery, &protocol, &RankOptions { hide: Hide::STRICT, same, ..RankOptions::default() })
}

/// MAP@5 and top-1 over the queries that have a right answer.
pub fn score(ranked: &[RankedQuery]) -> Score {
    let ranks: Vec<u32> =
        ranked.iter().filter_map(|query| query.own(View::Strict)).map(|own| own.rank).collect();
    let mean = |k: u32| {
        // An empty sum is minus zero.
        let points: f64 = 0.0 + ranks.iter().map(|rank| points_at_k(Some(*rank), k)).sum::<f64>();
        points / ranks.len().max(1) as f64
    };
    Score { map5: mean(5), top1: mean(1) }
}

/// What blind guessing would get: with n individuals to choose from, each place is right with chance 1/n.
pub fn chance(ranked: &[RankedQuery]) -> Score {
    let answerable = ranked.iter().filter(|query| query.own(View::Strict).is_some());
    let chance = chance_of(answerable.map(|query| query.n_others() + 1)).unwrap_or_default();
    Score { map5: chance.map5, top1: chance.top1 }
}

/// Rows at unit length in half precision, as the catalog stores them.
pub fn unit_rows(embeddings: &[f32], dimension: usize) -> Vec<half::f16> {
    let mut unit = Vec::with_capacity(embeddings.len());
    for row in embeddings.chunks_exact(dimension.max(1)) {
        let length = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt().max(1e-12);
        unit.extend(row.iter().map(|value| half::f16::from_f64(f64::from(*value) / length)));
    }
    unit
}
