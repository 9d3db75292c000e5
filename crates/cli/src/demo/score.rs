//! Right or wrong, and how often.

use resight_engine::identify::Answer;
use serde::Serialize;

use super::{Answered, Question};

/// What to make of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DemoVerdict {
    /// The right individual, or rightly "new".
    Right,
    /// Another individual, or wrongly "new", or wrongly not new.
    Wrong,
    /// No answer: a person should look. Not counted as right.
    Asked,
}

impl DemoVerdict {
    /// Compares an answer with what is true.
    pub(crate) fn of(question: &Question, answer: &Answer) -> Self {
        let named = answer.individual.as_deref();
        match answer.decision.word() {
            "match" if !question.is_new && named == Some(question.truth.as_str()) => Self::Right,
            "new" if question.is_new => Self::Right,
            "match" | "new" => Self::Wrong,
            _ => Self::Asked,
        }
    }

    /// The sign in tables.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Right => "✓",
            Self::Wrong => "✗",
            Self::Asked => "?",
        }
    }
}

/// How many answers of some are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Score {
    /// Right answers.
    pub(crate) right: usize,
    /// Wrong answers.
    pub(crate) wrong: usize,
    /// Animals that a person should look at.
    pub(crate) asked: usize,
    /// All of them.
    pub(crate) of: usize,
}

impl Score {
    /// Counts.
    pub(crate) fn over<'a>(answered: impl Iterator<Item = &'a Answered>) -> Self {
        let mut score = Self::default();
        for one in answered {
            score.of += 1;
            match one.verdict {
                DemoVerdict::Right => score.right += 1,
                DemoVerdict::Wrong => score.wrong += 1,
                DemoVerdict::Asked => score.asked += 1,
            }
        }
        score
    }
}

impl std::fmt::Display for Score {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.right, self.of)
    }
}
