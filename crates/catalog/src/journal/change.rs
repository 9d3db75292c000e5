//! What a step changes: rows, before and after.

use resight_core::{AnnotationId, IndividualId};

use crate::individual::IndividualState;
use crate::label::{LabelChange, LabelName, LabelSubject};

/// All that one step changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Individuals that came, went, or came back.
    pub individuals: Vec<IndividualChange>,
    /// Names and aliases that changed hands.
    pub names: Vec<NameChange>,
    /// Annotations that changed hands.
    pub assignments: Vec<AssignmentChange>,
    /// Labels that say something else.
    pub labels: Vec<LabelChange>,
}

/// An individual came, went, or came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndividualChange {
    /// Which.
    pub individual: IndividualId,
    /// Its state before; `None` where it had never been there.
    pub before: Option<IndividualState>,
    /// Its state after.
    pub after: IndividualState,
}

/// A name changed hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameChange {
    /// The name.
    pub name: String,
    /// Whose it was.
    pub before: Option<Naming>,
    /// Whose it is.
    pub after: Option<Naming>,
}

/// Whose a name is, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Naming {
    /// Whose.
    pub individual: IndividualId,
    /// As what.
    pub role: NameRole,
}

/// What a name is to its individual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameRole {
    /// The one it is shown by.
    Name,
    /// Another one, which finds it too.
    Alias,
}

impl NameRole {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Alias => "alias",
        }
    }

    pub(crate) fn from_stored(word: &str) -> Self {
        if word == "name" { Self::Name } else { Self::Alias }
    }
}

/// An annotation changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AssignmentChange {
    /// Which.
    pub annotation: AnnotationId,
    /// Whom it showed before; `None` where nobody had said.
    pub before: Option<IndividualId>,
    /// Whom it shows after.
    pub after: Option<IndividualId>,
}

impl Change {
    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.individuals.is_empty()
            && self.names.is_empty()
            && self.assignments.is_empty()
            && self.labels.is_empty()
    }

    /// Annotations that have got another box, and need another embedding.
    pub fn boxes_moved(&self) -> Vec<AnnotationId> {
        let moved = self.labels.iter().filter(|change| change.label == LabelName::Box);
        let of = |change: &LabelChange| match change.subject {
            LabelSubject::Annotation(annotation) => Some(annotation),
            _ => None,
        };
        moved.filter_map(of).collect()
    }

    /// Annotations of which a step says what kind they are, or which side is seen.
    pub fn labelled(&self) -> Vec<AnnotationId> {
        let says = |change: &&LabelChange| matches!(change.label, LabelName::Species | LabelName::Viewpoint);
        let of = |change: &LabelChange| match change.subject {
            LabelSubject::Annotation(annotation) => Some(annotation),
            _ => None,
        };
        self.labels.iter().filter(says).filter_map(of).collect()
    }

    /// Annotations that a step brought back that had been removed: what bundles came meanwhile has not embedded them.
    pub fn brought_back(&self) -> Vec<AnnotationId> {
        let back = self.labels.iter().filter(|c| c.label == LabelName::Removed && c.after.is_none());
        let of = |change: &LabelChange| match change.subject {
            LabelSubject::Annotation(annotation) => Some(annotation),
            _ => None,
        };
        back.filter_map(of).collect()
    }

    /// The change that takes this one back. An individual that this one made is withdrawn.
    pub(crate) fn reversed(&self) -> Self {
        Self {
            individuals: self
                .individuals
                .iter()
                .map(|c| IndividualChange {
                    individual: c.individual,
                    before: Some(c.after),
                    after: c.before.unwrap_or(IndividualState::Withdrawn),
                })
                .collect(),
            names: self
                .names
                .iter()
                .map(|c| NameChange { name: c.name.clone(), before: c.after, after: c.before })
                .collect(),
            assignments: self
                .assignments
                .iter()
                .map(|c| AssignmentChange { annotation: c.annotation, before: c.after, after: c.before })
                .collect(),
            labels: self
                .labels
                .iter()
                .map(|c| LabelChange {
                    subject: c.subject,
                    label: c.label.clone(),
                    before: c.after.clone(),
                    after: c.before.clone(),
                })
                .collect(),
        }
    }
}
