//! In which order answers are worth looking at.

use resight_core::{AskReason, Decision};

use super::Answer;

/// From this probability on a match needs no second look before all others have had one.
const SURE: f64 = 0.9;

/// The order that answers are shown in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AnswerOrder {
    /// What is worth looking at first: questions that a person is asked, the most undecided first (where nothing is
    /// calibrated, those with the most similar candidate); then matches that are not sure (below .9), the least likely
    /// first; then new individuals, likewise; then sure matches; then what nobody can tell.
    #[default]
    Worth,
    /// As they were asked.
    Asked,
}

impl AnswerOrder {
    /// The places of the answers in this order.
    pub fn places(self, answers: &[Answer]) -> Vec<usize> {
        let mut places: Vec<usize> = (0..answers.len()).collect();
        if self == Self::Worth {
            let worth: Vec<(u8, f64)> = answers.iter().map(worth).collect();
            // A stable sort: what is worth the same stays as it was asked.
            places.sort_by(|a, b| worth[*a].0.cmp(&worth[*b].0).then(worth[*a].1.total_cmp(&worth[*b].1)));
        }
        places
    }
}

/// Writes into each answer the place it has by what it is worth, 1 for the first.
pub(super) fn rank(answers: &mut [Answer]) {
    for (rank, place) in AnswerOrder::Worth.places(answers).into_iter().enumerate() {
        answers[place].rank = rank + 1;
    }
}

/// What comes first is smaller.
fn worth(answer: &Answer) -> (u8, f64) {
    let first = answer.candidates.first();
    let likely = first.and_then(|candidate| candidate.probability).unwrap_or(0.0);
    let new = answer.new_probability.unwrap_or(0.0);
    match &answer.decision {
        Decision::Ask(AskReason::Uncertain) => (0, likely.max(new)),
        Decision::Ask(_) => (1, first.map_or(0.0, |candidate| -f64::from(candidate.similarity))),
        Decision::Match(_) if likely < SURE => (2, likely),
        Decision::New => (3, new),
        Decision::Match(_) => (4, likely),
        Decision::NotIdentifiable(_) => (5, 0.0),
    }
}

#[cfg(test)]
mod tests {
    use resight_core::{AnnotationId, IndividualId, Uncalibrated, UnusableReason};

    use super::*;
    use crate::identify::CandidateRow;

    fn answer(decision: Decision, likely: Option<f64>, new: f64, similarity: f32) -> Answer {
        let candidate = CandidateRow {
            individual: "Ada".to_owned(),
            probability: likely,
            similarity,
            evidence: None,
            photos: 1,
            best_photo: "a.jpg".to_owned(),
            best: AnnotationId(1),
        };
        let blank = Answer::not_identifiable(String::new(), String::new(), UnusableReason::NoEmbedding);
        Answer { decision, candidates: vec![candidate], new_probability: likely.map(|_| new), ..blank }
    }

    #[test]
    fn what_a_person_can_settle_comes_first() {
        let matched = || Decision::Match(IndividualId(1));
        let asked = || Decision::Ask(AskReason::Uncertain);
        let unknown = || Decision::Ask(AskReason::NotCalibrated(Uncalibrated::Never));
        let mut answers = [
            answer(Decision::NotIdentifiable(UnusableReason::NoEmbedding), None, 0.0, 0.0),
            answer(matched(), Some(0.99), 0.01, 0.9),
            answer(matched(), Some(0.7), 0.1, 0.8),
            answer(Decision::New, Some(0.1), 0.8, 0.5),
            answer(asked(), Some(0.45), 0.3, 0.6),
            answer(unknown(), None, 0.0, 0.4),
            answer(unknown(), None, 0.0, 0.7),
            answer(asked(), Some(0.3), 0.2, 0.6),
            answer(matched(), Some(0.6), 0.1, 0.8),
            answer(Decision::New, Some(0.1), 0.8, 0.5),
        ];
        assert_eq!(AnswerOrder::Worth.places(&answers), [7, 4, 6, 5, 8, 2, 3, 9, 1, 0]);
        assert_eq!(AnswerOrder::Asked.places(&answers), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        rank(&mut answers);
        assert_eq!((answers[7].rank, answers[0].rank), (1, 10));
    }
}
