//! The final figures: the test photos, asked once, with what was learnt and with the trunk as it came.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::Distance;
use resight_eval::{EvaluateOptions, Gallery, Interval, Protocol, RankOptions, evaluate};
use resight_vector::Rows;
use serde::Serialize;

use crate::data::TrainingData;
use crate::learner::Learner;
use crate::learner::inputs::{Inputs, Item};
use crate::parameters::Parameters;
use crate::recipe::Recipe;
use crate::trainer::TrainError;
use crate::validation::{same, unit_rows};

/// Photos that are embedded at a time.
const CHUNK: usize = 128;

/// The final figures.
#[derive(Debug, Clone, Serialize)]
pub struct TestReport {
    /// Photos that asked and had a right answer.
    pub queries: usize,
    /// Individuals among all photos that took part.
    pub individuals: usize,
    /// With what was learnt: metrics by name.
    pub learnt: BTreeMap<String, Interval>,
    /// With the trunk as it came.
    pub untrained: BTreeMap<String, Interval>,
}

/// Asks the test photos. None where there are none.
///
/// # Errors
/// When an input cannot be had, or nothing can be judged.
pub fn test_report(
    recipe: &Recipe,
    data: &TrainingData,
    inputs: &dyn Inputs,
    learner: &Learner,
    learnt: &Parameters,
) -> Result<Option<TestReport>, TrainError> {
    if data.test.is_empty() {
        return Ok(None);
    }
    let gallery = data.test_gallery();
    let asked: BTreeSet<u32> = data.test.iter().chain(&gallery).copied().collect();
    let asked: Vec<u32> = asked.into_iter().collect();
    let plan: Vec<Vec<Item>> =
        asked.chunks(CHUNK).map(|chunk| chunk.iter().map(|one| Item::plain(*one)).collect()).collect();
    let (mut with_learnt, mut with_trunk) = (Vec::new(), Vec::new());
    for batch in inputs.batches(plan) {
        let batch = batch?;
        with_trunk.extend(learner.pooled(&learner.parameters, batch.clone()));
        with_learnt.extend(learner.embed(learnt, batch));
    }
    let place = |annotation: &u32| asked.binary_search(annotation).ok().map(|place| place as u32);
    let protocol = Protocol::Split {
        queries: data.test.iter().filter_map(place).collect(),
        gallery: gallery.iter().filter_map(place).collect(),
    };
    let labelled = data.labelled();
    let rows: Vec<_> = asked.iter().map(|one| labelled[*one as usize]).collect();
    let options = EvaluateOptions {
        rank: RankOptions { same: same(&recipe.validation), ..RankOptions::default() },
        ..EvaluateOptions::default()
    };
    let report = |values: &[f32]| {
        let dimension = values.len() / asked.len().max(1);
        let unit = unit_rows(values, dimension);
        let values = Rows::new(dimension, &unit).map_err(resight_eval::EvalError::from)?;
        let gallery = Gallery { rows: &rows, embeddings: &[values], distance: Distance::Cosine };
        evaluate(&gallery, &protocol, &options).map(|evaluation| evaluation.strict)
    };
    let (learnt, untrained) = (report(&with_learnt)?, report(&with_trunk)?);
    Ok(Some(TestReport {
        queries: learnt.n_answerable,
        individuals: learnt.n_individuals,
        learnt: learnt.metrics,
        untrained: untrained.metrics,
    }))
}
