//! Answers in plain words, as pages and pictures say them.

use resight_core::{AskReason, Decision};

use super::Answer;

/// The answer in plain words.
pub(super) fn verdict(answer: &Answer) -> String {
    let name = answer.individual.as_deref().unwrap_or_default();
    let likely = |probability: Option<f64>| {
        probability.map_or_else(String::new, |p| format!(", with a probability of {}", percent(p)))
    };
    match &answer.decision {
        Decision::Match(_) => {
            format!("This is {name}{}", likely(answer.candidates.first().and_then(|c| c.probability)))
        }
        Decision::New => format!("A new individual{}", likely(answer.new_probability)),
        Decision::Ask(_) => "A person should look".to_owned(),
        Decision::NotIdentifiable(_) => "Not identifiable".to_owned(),
    }
}

/// What there is to say beyond the verdict.
pub(super) fn notes(answer: &Answer) -> Vec<String> {
    let mut notes = Vec::new();
    match &answer.decision {
        Decision::Ask(AskReason::NotCalibrated(why)) => notes.push(format!(
            "How likely each of them is cannot be said yet: {why}. The order still stands, the most similar first."
        )),
        Decision::Ask(AskReason::NobodyLeft) => {
            notes.push("The filters leave nobody to compare with: loosen them.".to_owned());
        }
        Decision::Ask(AskReason::Uncertain) => notes.push(
            "No answer is likely enough at the prices set. Compare the photos below, and say who it is: one of them, \
             or a new individual."
                .to_owned(),
        ),
        Decision::NotIdentifiable(why) => notes.push(format!("{why}.")),
        Decision::Match(_) | Decision::New => {}
    }
    if let Some(newcomer) = answer.newcomer.as_ref().filter(|newcomer| newcomer.answers > 1) {
        let certain = newcomer.probability.map(|p| format!(", with a probability of {}", percent(p)));
        notes.push(format!(
            "If it is new, it is likely individual {} of this page, which {} answers show{}.",
            newcomer.cluster,
            newcomer.answers,
            certain.unwrap_or_default()
        ));
    }
    for known in &answer.in_catalog {
        let who = known.individual.as_ref().map_or_else(
            || "where nobody has named the animal".to_owned(),
            |name| format!("where it shows {name}"),
        );
        let (photo, annotation) = (&known.photo, known.annotation);
        notes.push(format!(
            "{photo} is itself in the catalog ({annotation}), {who}; it did not answer for itself."
        ));
    }
    for left_out in &answer.left_out {
        notes.push(format!("{} was left out: {}.", left_out.photo, left_out.reason));
    }
    notes
}

/// Where the probabilities come from.
pub(super) fn explained(answers: &[Answer]) -> &'static str {
    let calibrated = answers.iter().find(|answer| answer.calibration.is_some());
    match calibrated.map(|answer| answer.leans_on_bundle) {
        None => "",
        Some(true) => {
            "The probabilities of all lines of an answer sum to 100 %. The photos of this catalog are too few to learn \
             them by: they lean on what the bundle has shown on other animals."
        }
        Some(false) => {
            "The probabilities of all lines of an answer sum to 100 %. They were learned on the photos of this \
             catalog, by hiding individuals in turn and asking who they are."
        }
    }
}

/// What was compared, and how.
pub(super) fn compared(answer: &Answer) -> String {
    let set = &answer.candidate_set;
    if set.individuals == 0 {
        return "There was nobody to compare with.".to_owned();
    }
    let filters = if set.filters.is_empty() { "no filter".to_owned() } else { set.filters.join(", ") };
    let slot = match &answer.calibration {
        Some(slot) => format!("; calibrated on {slot}"),
        None => "; not calibrated".to_owned(),
    };
    let matched = match set.photos_matched {
        Some(matched) => format!(", marks with {matched} of them"),
        None => String::new(),
    };
    let network = match &answer.slot {
        Some(slot) => format!(" by the network of {slot}"),
        None => String::new(),
    };
    format!(
        "Compared{network} with {} individuals in {} photos{matched} ({filters}){slot}.",
        set.individuals, set.photos
    )
}

/// A probability for people; the extremes are kept apart from 0 and 100.
pub(super) fn percent(probability: f64) -> String {
    match probability {
        p if p > 0.0 && p < 0.001 => "less than 0.1 %".to_owned(),
        p if p < 1.0 && p > 0.999 => "more than 99.9 %".to_owned(),
        p => format!("{:.1} %", 100.0 * p),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_probability_is_shown_as_certainty() {
        assert_eq!((percent(0.0002), percent(0.9996)), ("less than 0.1 %".into(), "more than 99.9 %".into()));
        assert_eq!(percent(0.931), "93.1 %");
    }
}
