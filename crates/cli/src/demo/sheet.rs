//! The picture of some answers: every mistake that fits, then right answers of every kind.

use resight_engine::contact_sheet::{ContactSheet, Mark, SheetAnswer};
use resight_synth::AnimalKind;

use super::{Answered, DemoVerdict, Score};

/// Answers in the picture.
const SHOWN: usize = 12;
/// Mistakes among them, at most.
const MISTAKES: usize = 4;

/// Chooses what to show and words it.
pub(crate) fn sheet(answered: &[Answered]) -> ContactSheet {
    let known = Score::over(answered.iter().filter(|one| !one.question.is_new));
    let new = Score::over(answered.iter().filter(|one| one.question.is_new));
    let chosen = choose(answered);
    let mistakes = answered.iter().filter(|one| one.verdict != DemoVerdict::Right).count();
    let shown_mistakes = chosen.iter().filter(|one| one.verdict != DemoVerdict::Right).count();
    ContactSheet {
        title: format!("Who is this? {known} known animals named rightly, {new} newcomers found"),
        subtitle: format!(
            "Each pair: the animal asked about, and the most similar photo of the catalog. {} of {} answers, \
             with {shown_mistakes} of {mistakes} mistakes. Synthetic animals.",
            chosen.len(),
            answered.len()
        ),
        answers: chosen.into_iter().map(worded).collect(),
    }
}

fn choose(answered: &[Answered]) -> Vec<&Answered> {
    let mut chosen: Vec<&Answered> =
        answered.iter().filter(|one| one.verdict != DemoVerdict::Right).take(MISTAKES).collect();
    // Of every kind a known animal and a newcomer in turn, until the picture is full.
    for round in 0.. {
        let before = chosen.len();
        for is_new in [false, true] {
            for kind in AnimalKind::ALL {
                let fits = |one: &&Answered| {
                    one.verdict == DemoVerdict::Right
                        && one.question.kind == kind
                        && one.question.is_new == is_new
                };
                if chosen.len() < SHOWN {
                    chosen.extend(answered.iter().filter(fits).nth(round));
                }
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    chosen
}

fn worded(one: &Answered) -> SheetAnswer {
    let question = &one.question;
    let truth = match question.is_new {
        true => format!("it is {}, new to the catalog", question.truth),
        false => format!("it is {}", question.truth),
    };
    let nearest = one.answer.candidates.first();
    let beside = nearest.map(|candidate| candidate.best_photo.clone().into());
    let similar = nearest.map(|c| format!("most similar: {}, {:.3}", c.individual, c.embedding_similarity()));
    SheetAnswer {
        asked: question.photos.first().cloned().unwrap_or_default(),
        beside,
        said: one.said(),
        details: [truth, similar.unwrap_or_default()],
        mark: match one.verdict {
            DemoVerdict::Right => Mark::Right,
            DemoVerdict::Wrong => Mark::Wrong,
            DemoVerdict::Asked => Mark::Asks,
        },
    }
}
