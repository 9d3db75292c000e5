//! What a person's look at an answer is worth.

use resight_core::Decision;

use crate::identify::Answer;

/// What a look is worth where no probability says so.
const UNCALIBRATED: f64 = 0.5;

/// How probable it is that a look changes what would be believed without one, from 0 to 1: that neither the likeliest individual, nor
/// "new" where that is likelier, is right.
pub(super) fn benefit(answer: &Answer) -> f64 {
    if matches!(answer.decision, Decision::NotIdentifiable(_)) {
        return 0.0;
    }
    let best = answer.candidates.first().and_then(|candidate| candidate.probability);
    match (best, answer.new_probability) {
        (None, None) => UNCALIBRATED,
        (best, new) => (1.0 - best.unwrap_or(0.0).max(new.unwrap_or(0.0))).clamp(0.0, 1.0),
    }
}
