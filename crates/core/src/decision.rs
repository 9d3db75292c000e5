//! When do we say "new individual"? The policy that turns probabilities into an answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Flaw, Hint, IndividualId, Posterior, Quality};

/// What the user's errors cost, and what the user expects to meet.
///
/// The prices share one unit, of the user's choice. The answer is the one whose expected price is least.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Price of naming an individual that it is not: it pollutes the catalog. Above 0.
    pub price_false_match: f64,
    /// Price of calling a known animal new: it inflates abundance. Above 0.
    pub price_false_new: f64,
    /// Price of asking a person. With the default, half that of an error, the program asks
    /// where no answer is more likely right than wrong.
    pub price_ask: f64,
    /// Expected share of queries whose animal is not in the catalog, between 0 and 1.
    pub new_rate: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { price_false_match: 1.0, price_false_new: 1.0, price_ask: 0.5, new_rate: 0.1 }
    }
}

/// The policy has a number that makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// A price is not above zero, or not finite.
    #[error("`{name}` must be a number above 0, not {value}")]
    Price {
        /// The field.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The rate is not between 0 and 1.
    #[error("`new_rate` must lie between 0 and 1, both excluded, not {0}")]
    Rate(f64),
}

impl Policy {
    /// Checks the ranges.
    ///
    /// # Errors
    /// Names the first field that is out of its range.
    pub fn check(&self) -> Result<(), PolicyError> {
        let prices = [
            ("price_false_match", self.price_false_match),
            ("price_false_new", self.price_false_new),
            ("price_ask", self.price_ask),
        ];
        for (name, value) in prices {
            if !value.is_finite() || value <= 0.0 {
                return Err(PolicyError::Price { name, value });
            }
        }
        if self.new_rate > 0.0 && self.new_rate < 1.0 {
            Ok(())
        } else {
            Err(PolicyError::Rate(self.new_rate))
        }
    }
}

/// A change of a policy: what is none stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyChange {
    /// Price of naming an individual that it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_false_match: Option<f64>,
    /// Price of calling a known animal new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_false_new: Option<f64>,
    /// Price of asking a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_ask: Option<f64>,
    /// Expected share of newcomers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_rate: Option<f64>,
}

impl PolicyChange {
    /// Whether it changes nothing.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// The policy with the change made.
    #[must_use]
    pub fn over(&self, policy: Policy) -> Policy {
        Policy {
            new_rate: self.new_rate.unwrap_or(policy.new_rate),
            price_false_match: self.price_false_match.unwrap_or(policy.price_false_match),
            price_false_new: self.price_false_new.unwrap_or(policy.price_false_new),
            price_ask: self.price_ask.unwrap_or(policy.price_ask),
        }
    }

    /// Checks the ranges of what it changes.
    ///
    /// # Errors
    /// As [`Policy::check`].
    pub fn check(&self) -> Result<(), PolicyError> {
        self.over(Policy::default()).check()
    }
}

/// What the policy says of one query.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// This individual.
    Match(IndividualId),
    /// None of the catalog.
    New,
    /// A person should look.
    Ask(AskReason),
    /// Nobody can tell from this photo.
    NotIdentifiable(UnusableReason),
}

impl Decision {
    /// The word for it in tables and JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Match(_) => "match",
            Self::New => "new",
            Self::Ask(_) => "ask",
            Self::NotIdentifiable(_) => "not-identifiable",
        }
    }
}

/// Why a person is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum AskReason {
    /// No answer is likely enough, at the prices set.
    Uncertain,
    /// There is no calibration for this bundle and slot.
    NotCalibrated(Uncalibrated),
    /// The filters in force leave no individual to compare with.
    NobodyLeft,
}

/// Why no calibration serves a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Uncalibrated {
    /// The catalog is calibrated for another pooling than the one asked with.
    OtherPooling,
    /// Nobody has calibrated for such a question yet.
    Never,
    /// It was tried, and there was too little to learn from; the text says what is missing.
    TooLittle(String),
}

impl fmt::Display for Uncalibrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherPooling => f.write_str("the catalog is calibrated for another pooling"),
            Self::Never => f.write_str("the catalog was never calibrated for such a question"),
            Self::TooLittle(why) => f.write_str(why),
        }
    }
}

impl AskReason {
    /// What helps, where something does.
    pub fn hint(&self) -> Option<Hint> {
        match self {
            Self::NotCalibrated(Uncalibrated::OtherPooling) => Some(Hint::CalibratePooling),
            Self::NotCalibrated(Uncalibrated::Never) => Some(Hint::Calibrate),
            _ => None,
        }
    }
}

impl fmt::Display for AskReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uncertain => f.write_str("no answer is likely enough at the prices set"),
            Self::NotCalibrated(why) => write!(f, "not calibrated: {why}"),
            Self::NobodyLeft => f.write_str("the filters leave nobody to compare with"),
        }
    }
}

/// Why a photo cannot be used.
#[derive(Debug, Clone, PartialEq)]
pub enum UnusableReason {
    /// The file cannot be decoded; the text says why.
    Undecodable(String),
    /// The animal has too few pixels.
    TooSmall {
        /// The shorter side of the crop, in pixels.
        pixels: u32,
        /// What it takes.
        needed: u32,
    },
    /// The photo is of a grade by which nobody of this catalog could be named.
    TooPoor {
        /// Its grade.
        quality: Quality,
        /// What is worst about it, where it was measured now.
        flaw: Option<Flaw>,
    },
    /// The network's output has no direction (all zero or not finite).
    NoEmbedding,
    /// Its turn has not come yet.
    NotEmbedded,
    /// Said elsewhere, in words: noted when the photo was taken in, or a box that lies outside of the picture.
    Noted(String),
}

impl fmt::Display for UnusableReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(why) => write!(f, "cannot be decoded: {why}"),
            Self::TooSmall { pixels, needed } => {
                write!(f, "too small: {pixels} pixels on the shorter side, {needed} needed")
            }
            Self::TooPoor { quality, flaw } => {
                let what = match flaw {
                    Some(Flaw::Small) => "too small",
                    Some(Flaw::Blurred) => "too blurred",
                    Some(Flaw::BurntOut) => "burnt out",
                    None => "too poor",
                };
                write!(f, "{what}: by {quality} photos hardly anybody of this catalog could be named")
            }
            Self::NoEmbedding => f.write_str("the network gave no usable embedding"),
            Self::NotEmbedded => f.write_str("not embedded yet"),
            Self::Noted(why) => f.write_str(why),
        }
    }
}

/// Chooses the answer with the least expected price (Bayes' rule for these prices).
///
/// `best` is the first candidate, the one that `posterior.candidates[0]` speaks of. Equal prices go to the
/// match, then to "new", then to asking.
pub fn decide(best: Option<IndividualId>, posterior: &Posterior, policy: &Policy) -> Decision {
    let price_of_new = (1.0 - posterior.new) * policy.price_false_new;
    let cheapest_alternative = price_of_new.min(policy.price_ask);
    if let (Some(individual), Some(probability)) = (best, posterior.candidates.first())
        && (1.0 - probability) * policy.price_false_match <= cheapest_alternative
    {
        return Decision::Match(individual);
    }
    if price_of_new <= policy.price_ask { Decision::New } else { Decision::Ask(AskReason::Uncertain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(candidate: f64, new: f64, policy: Policy) -> Decision {
        let posterior = Posterior { candidates: vec![candidate], others: 1.0 - candidate - new, new };
        decide(Some(IndividualId(1)), &posterior, &policy)
    }

    #[test]
    fn the_likelier_answer_wins_at_equal_prices() {
        assert_eq!(answer(0.7, 0.2, Policy::default()), Decision::Match(IndividualId(1)));
        assert_eq!(answer(0.2, 0.7, Policy::default()), Decision::New);
        assert_eq!(answer(0.4, 0.4, Policy::default()), Decision::Ask(AskReason::Uncertain));
    }

    #[test]
    fn a_dear_false_match_takes_more_proof() {
        let careful = Policy { price_false_match: 10.0, price_ask: 0.8, ..Policy::default() };
        assert_eq!(answer(0.9, 0.1, careful), Decision::Ask(AskReason::Uncertain));
        assert_eq!(answer(0.95, 0.05, careful), Decision::Match(IndividualId(1)));
        assert_eq!(answer(0.6, 0.4, careful), Decision::New);
    }

    #[test]
    fn an_empty_catalog_knows_nobody() {
        let posterior = Posterior { candidates: vec![], others: 0.0, new: 1.0 };
        assert_eq!(decide(None, &posterior, &Policy::default()), Decision::New);
    }

    #[test]
    fn senseless_policies_are_refused() {
        assert!(Policy::default().check().is_ok());
        assert!(Policy { price_ask: 0.0, ..Policy::default() }.check().is_err());
        assert!(Policy { price_false_new: f64::NAN, ..Policy::default() }.check().is_err());
        assert!(Policy { new_rate: 1.0, ..Policy::default() }.check().is_err());
    }
}
