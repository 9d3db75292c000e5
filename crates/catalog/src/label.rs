//! Labels: what is said of annotations, photos, individuals and encounters, by whom, and how it is changed.
//!
//! A label is changed by a [`LabelChange`] in a step of the journal, or stored with its photo by an import. Values
//! travel as text, in the form that tables have them in; the database keeps each where its use asks for it.

mod put;
mod read;
mod source;
mod text;

use std::fmt;

use resight_core::{AnnotationId, EncounterId, IndividualId, LabelSource, PhotoId};

pub(crate) use put::{in_kept_form, put, read_box};
pub(crate) use read::{attributes, attributes_from_stored, present, row_of, table_of};
pub(crate) use source::{say_of_annotation, say_of_photo};
pub use text::{box_text, encounter_text, place_text};

/// What a label is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelSubject {
    /// One animal in one photo.
    Annotation(AnnotationId),
    /// A photo.
    Photo(PhotoId),
    /// An animal.
    Individual(IndividualId),
    /// An encounter.
    Encounter(EncounterId),
}

impl fmt::Display for LabelSubject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Annotation(id) => id.fmt(f),
            Self::Photo(id) => f.write_str(&id.short()),
            Self::Individual(id) => id.fmt(f),
            Self::Encounter(id) => id.fmt(f),
        }
    }
}

/// Which label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LabelName {
    /// What kind of animal; of an annotation.
    Species,
    /// Which side of it is seen; of an annotation.
    Viewpoint,
    /// What of it the crop shows; of an annotation.
    BodyPart,
    /// Where it is in the photo, as `x,y,width,height` in pixels of the upright photo, or `whole`; of an annotation.
    Box,
    /// How usable the photo is; of an annotation.
    Quality,
    /// The encounter it is of, as `source:key`; of an annotation.
    Encounter,
    /// Whether it was taken out of the catalog, `yes` or no value; of an annotation.
    Removed,
    /// When the photo was taken; of a photo.
    Time,
    /// Where it was taken, as `latitude,longitude` in degrees; of a photo.
    Place,
    /// What else is known, by its name; of an annotation, an individual or an encounter.
    Attribute(String),
    /// What somebody says of it and this individual, who looked at both; of an annotation.
    Verdict(IndividualId),
}

/// How verdicts begin in the database.
const VERDICT: &str = "verdict:";

/// How attributes begin in the database.
const ATTRIBUTE: &str = "attribute:";

impl LabelName {
    /// The word for it, in tables and JSON; that of an attribute is its name.
    pub fn word(&self) -> &str {
        match self {
            Self::Species => "species",
            Self::Viewpoint => "viewpoint",
            Self::BodyPart => "body-part",
            Self::Box => "box",
            Self::Quality => "quality",
            Self::Encounter => "encounter",
            Self::Removed => "removed",
            Self::Time => "time",
            Self::Place => "place",
            Self::Attribute(name) => name,
            Self::Verdict(_) => "verdict",
        }
    }

    pub(crate) fn stored(&self) -> String {
        match self {
            Self::Attribute(name) => format!("{ATTRIBUTE}{name}"),
            Self::Verdict(individual) => format!("{VERDICT}{}", individual.0),
            other => other.word().to_owned(),
        }
    }

    pub(crate) fn from_stored(word: &str) -> Option<Self> {
        if let Some(name) = word.strip_prefix(ATTRIBUTE) {
            return Some(Self::Attribute(name.to_owned()));
        }
        if let Some(individual) = word.strip_prefix(VERDICT) {
            return individual.parse().ok().map(|id| Self::Verdict(IndividualId(id)));
        }
        let plain = [
            Self::Species,
            Self::Viewpoint,
            Self::BodyPart,
            Self::Box,
            Self::Quality,
            Self::Encounter,
            Self::Removed,
            Self::Time,
            Self::Place,
        ];
        plain.into_iter().find(|label| label.word() == word)
    }
}

/// Whether who says so is kept beside the value. Of attributes, removals and verdicts, the journal knows.
pub(crate) fn keeps_its_source(label: &LabelName) -> bool {
    !matches!(label, LabelName::Attribute(_) | LabelName::Removed | LabelName::Verdict(_))
}

/// What a label says, and who says so.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelValue {
    /// The value, as text.
    pub value: String,
    /// Who says so; `None` where that is not known: an earlier version stored it.
    pub source: Option<LabelSource>,
    /// How sure a model is, 0 to 1.
    pub confidence: Option<f32>,
}

/// One label, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelChange {
    /// What it is about.
    pub subject: LabelSubject,
    /// Which label.
    pub label: LabelName,
    /// What was said before; `None` where nothing was.
    pub before: Option<LabelValue>,
    /// What is said after; `None` where nothing is.
    pub after: Option<LabelValue>,
}

/// A label as somebody wants it to be. `value` `None` takes away what is said.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLabel {
    /// What it is about.
    pub subject: LabelSubject,
    /// Which label.
    pub label: LabelName,
    /// The value, as text.
    pub value: Option<String>,
    /// Who says so.
    pub source: LabelSource,
    /// How sure a model is, 0 to 1.
    pub confidence: Option<f32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_read_back_from_its_word() {
        for word in
            ["species", "viewpoint", "body-part", "box", "quality", "encounter", "removed", "time", "place"]
        {
            assert_eq!(LabelName::from_stored(word).map(|label| label.stored()), Some(word.to_owned()));
        }
        let attribute = LabelName::Attribute("box".to_owned());
        assert_eq!(LabelName::from_stored(&attribute.stored()), Some(attribute));
        let verdict = LabelName::Verdict(IndividualId(12));
        assert_eq!(LabelName::from_stored(&verdict.stored()), Some(verdict));
        assert_eq!(LabelName::from_stored("colour"), None);
    }
}
