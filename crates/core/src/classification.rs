//! What a classifier says of an animal: one of its labels, or that it does not know.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a classifier tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassifierTask {
    /// What kind of animal it is.
    Species,
    /// Which side of it the camera sees.
    Viewpoint,
}

impl ClassifierTask {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Species, Self::Viewpoint];

    /// The word for it, as tables call the column.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Species => "species",
            Self::Viewpoint => "viewpoint",
        }
    }
}

impl fmt::Display for ClassifierTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// From the scores of a classifier's network to what it says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierRule {
    /// What it tells.
    pub task: ClassifierTask,
    /// What scores are divided by before they become probabilities, above 0: C. Guo, G. Pleiss, Y. Sun, K. Weinberger,
    /// "On calibration of modern neural networks", 2017.
    pub temperature: f32,
    /// A label that is less probable than this is not said, 0 to 1: it is not known.
    pub least_confidence: f32,
}

/// A label of a classifier, by its place, and how probable it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Said {
    /// Place among the classifier's labels.
    pub label: usize,
    /// Its probability, 0 to 1.
    pub confidence: f32,
}

impl ClassifierRule {
    /// What is wrong with it, for a network with so many labels; none where nothing is.
    pub fn fault(&self, labels: usize) -> Option<String> {
        let Self { temperature, least_confidence, .. } = self;
        if labels < 2 {
            return Some("a classifier needs two labels at least".to_owned());
        }
        if !(temperature.is_finite() && *temperature > 0.0) {
            return Some(format!("temperature {temperature} is not above 0"));
        }
        (!(0.0..=1.0).contains(least_confidence))
            .then(|| format!("least_confidence {least_confidence} is not between 0 and 1"))
    }

    /// The probabilities of all labels: the softmax of the scores over the temperature. Scores that are no numbers give
    /// equal ones.
    pub fn probabilities(&self, scores: &[f32]) -> Vec<f32> {
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shares: Vec<f32> = scores.iter().map(|score| ((score - most) / self.temperature).exp()).collect();
        let sum: f32 = shares.iter().sum();
        if !(sum.is_finite() && sum > 0.0) {
            return vec![1.0 / scores.len().max(1) as f32; scores.len()];
        }
        shares.into_iter().map(|share| share / sum).collect()
    }

    /// The most probable label, the first of equals, whether or not it is probable enough to be said.
    pub fn likeliest(&self, scores: &[f32]) -> Option<Said> {
        let probabilities = self.probabilities(scores).into_iter().enumerate();
        let said = probabilities.map(|(label, confidence)| Said { label, confidence });
        said.reduce(|best, one| if one.confidence > best.confidence { one } else { best })
    }

    /// What is said: the most probable label where it is probable enough; none for "not known".
    pub fn says(&self, scores: &[f32]) -> Option<Said> {
        self.likeliest(scores).filter(|said| said.confidence >= self.least_confidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: ClassifierRule =
        ClassifierRule { task: ClassifierTask::Viewpoint, temperature: 2.0, least_confidence: 0.8 };

    #[test]
    fn probabilities_are_those_of_the_tempered_scores() {
        let found = RULE.probabilities(&[2.0, 0.0, -2.0]);
        let (one, other) = (1_f32.exp(), (-1_f32).exp());
        let sum = one + 1.0 + other;
        for (found, expected) in found.iter().zip([one / sum, 1.0 / sum, other / sum]) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        assert_eq!(RULE.probabilities(&[1e30, 0.0]), [1.0, 0.0], "nothing overflows");
    }

    #[test]
    fn what_is_not_probable_enough_is_not_said() {
        assert_eq!(RULE.says(&[1.0, 0.0]), None);
        assert_eq!(RULE.likeliest(&[0.0, 0.0]).map(|said| said.label), Some(0));
        assert_eq!(RULE.says(&[0.0, 9.0]).map(|said| said.label), Some(1));
        assert_eq!(RULE.says(&[f32::NAN, 9.0]), None);
        assert_eq!(RULE.says(&[]), None);
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_said() {
        assert_eq!(RULE.fault(2), None);
        assert!(RULE.fault(1).is_some());
        assert!(ClassifierRule { temperature: 0.0, ..RULE }.fault(2).is_some());
        assert!(ClassifierRule { least_confidence: 1.5, ..RULE }.fault(2).is_some());
    }
}
