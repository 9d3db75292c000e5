//! From several evidences that two photos show one animal to one similarity.
//!
//! An embedding says how alike two crops are as a whole; local features say how many marks are seen in both, at places that
//! fit together. What each is worth differs from animal to animal: callosities and spots are marks, a coat of one colour
//! has none. So the evidences are added up, each with a weight that was learnt on the catalog:
//!
//! `fused = embedding · similarity + Σ local[k] · ln(1 + matches[k])`
//!
//! The weights are those of a conditional logit among known individuals, so one unit of a fused similarity makes an
//! individual e times as likely as another one. The logarithm because the first few matches say most: five where everybody
//! has two are news, thirty-five where somebody has thirty are not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{BundleId, Similarity};

/// How much work goes into an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Embeddings are compared, nothing else.
    Fast,
    /// Local features are compared besides, with the whole gallery, or of a large one with what an index proposes.
    #[default]
    Normal,
    /// A network that sees both crops as a whole matches the local features of the photos that are most alike anew.
    Thorough,
}

impl Effort {
    /// All of them, the least work first.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Normal, Self::Thorough];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Normal => "normal",
            Self::Thorough => "thorough",
        }
    }

    /// From how it is written.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.word() == word)
    }
}

/// What each evidence is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    /// Gained by one unit of the similarity of the embeddings; 0 where it adds nothing.
    pub embedding: f64,
    /// Gained as the matches of local features become e times as many, by the bundle that reads them.
    pub local: BTreeMap<BundleId, f64>,
}

impl Fusion {
    /// Of the embeddings alone: the similarity stays what it is.
    pub fn embedding_alone() -> Self {
        Self { embedding: 1.0, local: BTreeMap::new() }
    }

    /// What serves until a catalog has photos enough to learn it from: near what was learnt on whales and cattle.
    pub fn usual(local: impl IntoIterator<Item = BundleId>) -> Self {
        Self { embedding: 6.0, local: local.into_iter().map(|bundle| (bundle, 2.5)).collect() }
    }

    /// Whether the matches of a bundle are worth anything.
    pub fn weighs(&self, bundle: &BundleId) -> bool {
        self.local.get(bundle).is_some_and(|weight| *weight > 0.0)
    }

    /// The weights of these bundles' matches, in this order; 0 for what it does not know.
    pub fn weights<'a>(&self, bundles: impl IntoIterator<Item = &'a BundleId>) -> Vec<f64> {
        bundles.into_iter().map(|bundle| self.local.get(bundle).copied().unwrap_or(0.0)).collect()
    }

    /// The fused similarity of a pair; `matches` belong to `weights`, one by one.
    pub fn similarity(
        &self,
        embedding: Similarity,
        weights: &[f64],
        matches: impl IntoIterator<Item = u16>,
    ) -> Similarity {
        let local: f64 = weights
            .iter()
            .zip(matches)
            .map(|(weight, matches)| weight * f64::from(strength_of_matches(matches)))
            .sum();
        #[expect(clippy::cast_possible_truncation, reason = "a sum of some small numbers fits f32")]
        Similarity((self.embedding * f64::from(embedding.0) + local) as f32)
    }
}

/// What a number of matches says: the logarithm of one more.
pub fn strength_of_matches(matches: u16) -> f32 {
    f32::from(matches).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(name: &str) -> BundleId {
        BundleId::new(name, &[3; 32]).unwrap()
    }

    #[test]
    fn embeddings_alone_stay_what_they_are() {
        let alone = Fusion::embedding_alone();
        assert_eq!(alone.similarity(Similarity(0.25), &[], []), Similarity(0.25));
        let (known, other) = (bundle("xfeat"), bundle("spots"));
        assert_eq!(alone.weights([&known]), [0.0]);
        assert_eq!(alone.similarity(Similarity(0.25), &[0.0], [30]), Similarity(0.25));
        assert!(!alone.weighs(&known));
        let both = Fusion { embedding: 2.0, local: BTreeMap::from([(known.clone(), 3.0)]) };
        assert_eq!(both.weights([&other, &known]), [0.0, 3.0]);
        assert!(both.weighs(&known) && !both.weighs(&other));
    }

    #[test]
    fn matches_add_up_and_the_first_say_most() {
        let both = Fusion { embedding: 2.0, local: BTreeMap::from([(bundle("xfeat"), 3.0)]) };
        let of = |matches: u16| both.similarity(Similarity(0.5), &[3.0], [matches]).0;
        assert_eq!(of(0), 1.0);
        assert!((of(1) - (1.0 + 3.0 * 2.0_f32.ln())).abs() < 1e-6);
        assert!(of(5) - of(0) > of(35) - of(30));
    }

    #[test]
    fn efforts_are_read_as_they_are_written() {
        for effort in Effort::ALL {
            assert_eq!(Effort::from_word(effort.word()), Some(effort));
        }
        assert_eq!(Effort::from_word("heroic"), None);
    }
}
