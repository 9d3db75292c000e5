//! The demonstration: a small synthetic world, a catalog of it, and questions whose answers are known.

mod page;
mod place;
mod questions;
mod score;
mod sheet;

use resight_engine::identify::Answer;
use resight_synth::{AnimalKind, CountRange, Population, World, WorldSettings};

pub(crate) use page::page;
pub(crate) use place::Place;
pub(crate) use questions::{Question, questions};
pub(crate) use score::{DemoVerdict, Score};
pub(crate) use sheet::sheet;

/// The share of the animals asked about that are new. It is the catalog's `new_rate`, and said openly: who
/// knows that many newcomers come should say so, with real photos as well.
pub(crate) const NEW_RATE: f64 = 0.3;

/// Known individuals and newcomers of each kind, and of a small world.
const ANIMALS: (usize, usize) = (10, 4);
const FEW_ANIMALS: (usize, usize) = (5, 2);

/// The demonstration's world: easy photos of five kinds of animals. Each known animal is met four times for
/// the catalog and once more to be asked about: enough of each kind to calibrate on.
pub(crate) fn world(seed: u64, is_small: bool) -> Result<World, resight_synth::SynthError> {
    let (known, newcomers) = if is_small { FEW_ANIMALS } else { ANIMALS };
    let population = |kind| Population { kind, known, newcomers };
    let settings = WorldSettings {
        populations: AnimalKind::ALL.map(population).to_vec(),
        encounters: CountRange::exactly(5),
        shots: CountRange::exactly(2),
        burst: CountRange::exactly(1),
        width: 480,
        height: 360,
        ..WorldSettings::easy()
    };
    World::new(seed, settings)
}

/// A question with the answer that came.
pub(crate) struct Answered {
    /// The question.
    pub(crate) question: Question,
    /// The answer.
    pub(crate) answer: Answer,
    /// What to make of it.
    pub(crate) verdict: DemoVerdict,
}

impl Answered {
    /// Compares an answer with what is true.
    pub(crate) fn new(question: Question, answer: Answer) -> Self {
        let verdict = DemoVerdict::of(&question, &answer);
        Self { question, answer, verdict }
    }

    /// The answer in a few words, with its probability.
    pub(crate) fn said(&self) -> String {
        let likely = |probability: Option<f64>| probability.map(crate::output::percent).unwrap_or_default();
        let best = self.answer.candidates.first();
        match (self.answer.decision.word(), &self.answer.individual) {
            ("match", Some(name)) => format!("{name} {}", likely(best.and_then(|c| c.probability))),
            ("new", _) => format!("new individual {}", likely(self.answer.new_probability)),
            ("ask", _) => "a person should look".to_owned(),
            (other, _) => other.to_owned(),
        }
    }
}
