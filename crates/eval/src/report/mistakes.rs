//! The mistakes to look at first: those made with the greatest confidence.

use serde::{Deserialize, Serialize};

use super::judged::{Guess, Judged};

/// One wrong first answer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// The row that asked.
    pub query_row: u32,
    /// The most similar photo of the individual answered; none where the answer was "new".
    pub predicted_row: Option<u32>,
    /// The most similar photo that would have been right; none where the animal is new.
    pub true_row: Option<u32>,
    /// Similarity to the photo answered, or to the best of all where the answer was "new".
    pub similarity: f64,
    /// Probability of the answer; none without a calibration.
    pub probability: Option<f64>,
}

/// The `count` wrong first answers of greatest probability, then (without calibration) of greatest similarity.
pub(crate) fn worst_mistakes(judged: &[Judged<'_>], count: usize) -> Vec<Mistake> {
    let mut mistakes: Vec<Mistake> = judged.iter().filter_map(mistake).collect();
    mistakes.sort_by(|a, b| {
        let confidence = |mistake: &Mistake| mistake.probability.unwrap_or(-1.0);
        (confidence(b).total_cmp(&confidence(a)))
            .then(b.similarity.total_cmp(&a.similarity))
            .then(a.query_row.cmp(&b.query_row))
    });
    mistakes.truncate(count);
    mistakes
}

fn mistake(one: &Judged<'_>) -> Option<Mistake> {
    let first = *one.guesses().first()?;
    if one.is_right(&first) {
        return None;
    }
    let predicted = match first {
        Guess::Individual(scored) => Some(scored.best_row),
        Guess::New => None,
    };
    Some(Mistake {
        query_row: one.first_photo().row,
        predicted_row: predicted,
        true_row: one.own().map(|own| own.best_row),
        similarity: one.best_similarities().1.unwrap_or(0.0),
        probability: one.first_answer().map(|(probability, _)| probability),
    })
}
