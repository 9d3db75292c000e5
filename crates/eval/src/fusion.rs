//! Learning what each evidence is worth, on known individuals, slot by slot.
//!
//! A known photo asks, its own encounter and duplicates hidden; every individual is a possible answer. The weights are those
//! that make the right answers likeliest (a conditional logit among the individuals, "new" left out: what a newcomer looks
//! like is learned afterwards, by the calibration, on the fused similarity). An individual is the pooled similarity of its
//! photos, so the weights decide which photo speaks for it, and the likelihood has no formula of derivatives: evidences
//! are joined one after the other, the most useful first, each by the best of some shares; the temperature of each try
//! is found exactly. What does not help is left out, so an embedding that says nothing gets no part in the answer.

mod gather;
mod share;

use std::collections::{BTreeMap, BTreeSet};

use resight_core::{BundleId, Fusion, Pooling};

use crate::{EvalError, Gallery, Least, PairEvidence, Protocol, RankOptions, SlotKey};

use self::gather::Asked;

/// What a slot needs to get weights of its own.
const NEEDED: Least = Least { queries: 30, individuals: 8, newcomers: 0 };

/// What the widest slot needs.
const NEEDED_BY_ALL: Least = Least { queries: 15, individuals: 5, newcomers: 0 };

/// Photos that the weights are learned on, at most; of more, so many are drawn.
const MOST_QUERIES: usize = 600;

/// The weights of every slot that occurs.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotFusions {
    /// Those of slots with photos enough.
    pub by_slot: BTreeMap<SlotKey, Fusion>,
    /// What serves where no slot has.
    usual: Fusion,
}

impl SlotFusions {
    /// The embeddings alone, for every slot.
    pub fn embedding_alone() -> Self {
        Self::everywhere(Fusion::embedding_alone())
    }

    /// The same for every slot.
    pub fn everywhere(fusion: Fusion) -> Self {
        Self { by_slot: BTreeMap::new(), usual: fusion }
    }

    /// What is usual, for every slot.
    pub fn usual(evidence: &PairEvidence) -> Self {
        Self::everywhere(Fusion::usual(evidence.bundles().iter().cloned()))
    }

    /// The weights that serve a slot: its own, those of a wider one, the usual ones.
    pub fn serving(&self, slot: &SlotKey) -> &Fusion {
        slot.served_by(|slot| self.by_slot.get(slot)).map_or(&self.usual, |(_, fusion)| fusion)
    }
}

/// What fusions are learned on.
#[derive(Debug, Clone)]
pub struct FusionMaterial {
    asked: Vec<Asked>,
    pooling: Pooling,
    usual: SlotFusions,
    bundles: Vec<BundleId>,
}

impl FusionMaterial {
    /// Compares the known photos among the queries with all that may answer them, as [`crate::rank()`] does. Without evidence
    /// beside the embeddings there is nothing to learn.
    ///
    /// # Errors
    /// As [`crate::rank()`].
    pub fn gather(
        gallery: &Gallery<'_>,
        evidence: &PairEvidence,
        protocol: &Protocol,
        options: &RankOptions,
        seed: u64,
    ) -> Result<Self, EvalError> {
        let asked = if evidence.is_empty() {
            Vec::new()
        } else {
            gather::gather(gallery, evidence, protocol, options, MOST_QUERIES, seed)?
        };
        Ok(Self {
            asked,
            pooling: options.pooling,
            usual: if evidence.is_empty() {
                SlotFusions::embedding_alone()
            } else {
                SlotFusions::usual(evidence)
            },
            bundles: evidence.bundles().to_vec(),
        })
    }

    /// The weights of every slot, learned on the individuals that `of` lets through.
    pub fn fit(&self, of: impl Fn(u32) -> bool) -> SlotFusions {
        let mut fusions = self.usual.clone();
        let mut members: BTreeMap<SlotKey, Vec<&Asked>> = BTreeMap::new();
        for asked in self.asked.iter().filter(|asked| of(asked.individual)) {
            for slot in asked.slot.widening() {
                members.entry(slot).or_default().push(asked);
            }
        }
        for (slot, asked) in members {
            let needed = if slot.widening().len() == 1 { NEEDED_BY_ALL } else { NEEDED };
            let individuals: BTreeSet<u32> = asked.iter().map(|one| one.individual).collect();
            if asked.len() >= needed.queries && individuals.len() >= needed.individuals {
                let fusion = share::fit(&asked, self.pooling, &self.bundles);
                fusions.by_slot.insert(slot, fusion);
            }
        }
        fusions
    }
}

#[cfg(test)]
mod tests;
