//! What the networks of a slot answered to the same questions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use resight_core::Effort;
use resight_eval::{Paired, PairedQuestion, paired};
use serde::{Deserialize, Serialize};

/// A network of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Network {
    /// The one that every training begins with, as it came.
    Base,
    /// The one that has learnt all animals.
    ForAll,
    /// The one for all with a last layer of the slot's own.
    Head,
    /// One that has learnt this slot's animals alone.
    Own,
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "base",
            Self::ForAll => "for-all",
            Self::Head => "head",
            Self::Own => "own",
        })
    }
}

/// Everything that was asked about one slot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The slot.
    pub slot: String,
    /// What was hidden from the questions, and which photos they are: in words.
    pub protocol: String,
    /// One for each network and effort.
    pub answers: Vec<Answered>,
}

/// What one network answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The network.
    pub network: Network,
    /// The id of its bundle.
    pub bundle: String,
    /// Where it lies, or its name.
    pub place: String,
    /// How much work went into an answer.
    pub effort: Effort,
    /// By the name of the photo: whom it shows (of which species), and the rank of the right individual.
    pub ranks: BTreeMap<String, (String, u32)>,
}

impl Measured {
    /// What a network answered.
    pub fn of(&self, network: Network, effort: Effort) -> Option<&Answered> {
        self.answers.iter().find(|answered| answered.network == network && answered.effort == effort)
    }
}

/// Compares two networks on the questions that both were asked, of one slot or of several.
pub(crate) fn compare<'a>(
    pairs: impl IntoIterator<Item = (&'a Answered, &'a Answered)>,
    replicates: usize,
    seed: u64,
) -> Option<Paired> {
    let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
    let mut questions = Vec::new();
    let mut seen = BTreeSet::new();
    for (before, after) in pairs {
        for (photo, (individual, rank)) in &before.ranks {
            let Some((_, rank_after)) = after.ranks.get(photo) else { continue };
            // A photo counts with the first slot that has it.
            if !seen.insert(photo.as_str()) {
                continue;
            }
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            // Both sides of an animal are slots of their own, and one animal.
            let number = *numbers.entry(individual.clone()).or_insert(next);
            questions.push(PairedQuestion { individual: number, ranks: Some((*rank, *rank_after)) });
        }
    }
    paired(questions, replicates, seed)
}
