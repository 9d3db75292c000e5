//! What a label says, and who says so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who says what a label says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "source", content = "by")]
pub enum LabelSource {
    /// A person, by the name they go by.
    Person(String),
    /// A table, by what it is called.
    Table(String),
    /// The photo itself: what its camera wrote into it.
    Photo,
    /// The name of the photo's file or folder.
    FileName,
    /// A model, by its bundle id or version.
    Model(String),
}

impl LabelSource {
    /// The word for the kind, in tables and JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Table(_) => "table",
            Self::Photo => "photo",
            Self::FileName => "file-name",
            Self::Model(_) => "model",
        }
    }

    /// Which person, table or model.
    pub fn by(&self) -> Option<&str> {
        match self {
            Self::Person(by) | Self::Table(by) | Self::Model(by) => Some(by),
            Self::Photo | Self::FileName => None,
        }
    }

    /// The source of these two words; `None` where there is no such kind.
    pub fn from_words(word: &str, by: Option<String>) -> Option<Self> {
        let by_whom = || by.clone().unwrap_or_default();
        Some(match word {
            "person" => Self::Person(by_whom()),
            "table" => Self::Table(by_whom()),
            "photo" => Self::Photo,
            "file-name" => Self::FileName,
            "model" => Self::Model(by_whom()),
            _ => return None,
        })
    }

    /// Whether this one's word may take the place of the other's. A model's does not take the place of what anybody
    /// else has said; of the others, the later one counts.
    pub fn may_correct(&self, other: &Self) -> bool {
        matches!(other, Self::Model(_)) || !matches!(self, Self::Model(_))
    }
}

impl fmt::Display for LabelSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(by) | Self::Model(by) => f.write_str(by),
            Self::Table(by) if by.is_empty() => f.write_str("a table"),
            Self::Table(by) => write!(f, "the table {by}"),
            Self::Photo => f.write_str("the photo itself"),
            Self::FileName => f.write_str("the file's name"),
        }
    }
}

/// A value, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub struct Stated<T> {
    /// What is said.
    pub value: T,
    /// Who says it.
    pub source: LabelSource,
    /// How sure a model is, 0 to 1.
    pub confidence: Option<f32>,
}

impl<T> Stated<T> {
    /// What somebody says who states no confidence.
    pub fn by(source: LabelSource, value: T) -> Self {
        Self { value, source, confidence: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_read_back_from_its_words() {
        for source in [
            LabelSource::Person("Ada".into()),
            LabelSource::Table("a.csv".into()),
            LabelSource::Photo,
            LabelSource::FileName,
            LabelSource::Model("side@0123456789ab".into()),
        ] {
            let read = LabelSource::from_words(source.word(), source.by().map(str::to_owned));
            assert_eq!(read, Some(source));
        }
        assert_eq!(LabelSource::from_words("rumour", None), None);
    }

    #[test]
    fn a_model_corrects_models_alone() {
        let (model, person) = (LabelSource::Model("m".into()), LabelSource::Person("Ada".into()));
        assert!(model.may_correct(&model) && person.may_correct(&model) && person.may_correct(&person));
        assert!(!model.may_correct(&person) && !model.may_correct(&LabelSource::FileName));
    }
}
