//! A step of the journal in words.

use std::collections::BTreeMap;

use jiff::Timestamp;
use resight_catalog::journal::{Action, Change, EntryId, JournalEntry, NameRole, Naming};
use resight_catalog::{Actor, Catalog, IndividualState, LabelName};
use resight_core::{AnnotationId, IndividualId, PhotoId};
use serde::{Serialize, Serializer};

use super::LabelMoved;
use crate::EngineError;

/// A journalled step as it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its number.
    #[serde(serialize_with = "as_text")]
    pub step: EntryId,
    /// What kind: `assign`, `unassign`, `new`, `merge`, `separate`, `rename`, `label`, `remove`, `undo`, `import`.
    pub action: &'static str,
    /// Who did it.
    pub by: String,
    /// `person` or `model`.
    pub by_kind: &'static str,
    /// When.
    pub at: Timestamp,
    /// Annotations that changed hands.
    pub photos: Vec<Moved>,
    /// Names that changed hands.
    pub names: Vec<NameMoved>,
    /// Individuals that came, went, or came back.
    pub individuals: Vec<StateChanged>,
    /// Labels that say something else.
    pub labels: Vec<LabelMoved>,
    /// Whether boxes or removals are among them: taken back, they may leave animals without an embedding.
    #[serde(skip)]
    pub needs_embedding: bool,
    /// The step that this one took back.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    pub undoes: Option<EntryId>,
    /// The later step that took this one back; it is not in effect.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    pub undone_by: Option<EntryId>,
}

/// An individual, by its id and by what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IndividualRef {
    /// Its id, as `ind-12`.
    #[serde(serialize_with = "as_text")]
    pub id: IndividualId,
    /// Its name; its id where it has none any more.
    pub name: String,
}

/// An annotation that changed hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Which.
    #[serde(serialize_with = "as_text")]
    pub annotation: AnnotationId,
    /// Where its photo was last seen; the content hash where nowhere.
    pub photo: String,
    /// Whom it showed before.
    pub before: Option<IndividualRef>,
    /// Whom it shows after.
    pub after: Option<IndividualRef>,
}

/// A name that changed hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameMoved {
    /// The name.
    pub name: String,
    /// Whose it was.
    pub before: Option<NamingShown>,
    /// Whose it is.
    pub after: Option<NamingShown>,
}

/// Whose a name is, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NamingShown {
    /// Whose.
    #[serde(serialize_with = "as_text")]
    pub individual: IndividualId,
    /// `name` or `alias`.
    pub role: &'static str,
}

/// An individual that came, went, or came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StateChanged {
    /// Who.
    pub individual: IndividualRef,
    /// `active`, `merged` or `withdrawn`; none where it had never been there.
    pub before: Option<&'static str>,
    /// `active`, `merged` or `withdrawn`.
    pub after: &'static str,
    /// Whom it was merged into, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<IndividualRef>,
}

/// A step that moves more photos than this is not taken back by a slip of the keyboard.
const LARGE: usize = 20;

impl Step {
    /// Whether taking it back undoes much work at once: that of an import, or that on many photos.
    pub fn is_large(&self) -> bool {
        self.action == "import" || self.photos.len() > LARGE || self.labels.len() > LARGE
    }

    /// An entry of the journal with the names of those it speaks of.
    pub(crate) fn shown(
        catalog: &Catalog,
        entry: &JournalEntry,
        undone_by: Option<EntryId>,
    ) -> Result<Self, EngineError> {
        let names = Names { catalog, change: &entry.change };
        let mut photos = BTreeMap::new();
        let moved = |moved: &resight_catalog::journal::AssignmentChange| {
            Ok(Moved {
                annotation: moved.annotation,
                photo: photo_of(catalog, moved.annotation, &mut photos)?,
                before: moved.before.map(|id| names.before(id)).transpose()?,
                after: moved.after.map(|id| names.after(id)).transpose()?,
            })
        };
        Ok(Self {
            step: entry.id,
            action: entry.action.word(),
            by: entry.actor.to_string(),
            by_kind: kind(&entry.actor),
            at: entry.at,
            photos: entry.change.assignments.iter().map(moved).collect::<Result<_, EngineError>>()?,
            names: entry
                .change
                .names
                .iter()
                .map(|moved| NameMoved {
                    name: moved.name.clone(),
                    before: moved.before.map(naming),
                    after: moved.after.map(naming),
                })
                .collect(),
            individuals: states(&names, &entry.change)?,
            labels: entry.change.labels.iter().map(LabelMoved::of).collect(),
            needs_embedding: entry
                .change
                .labels
                .iter()
                .any(|change| matches!(change.label, LabelName::Box | LabelName::Removed)),
            undoes: match entry.action {
                Action::Undo(undone) => Some(undone),
                _ => None,
            },
            undone_by,
        })
    }
}

fn states(names: &Names<'_>, change: &Change) -> Result<Vec<StateChanged>, EngineError> {
    change
        .individuals
        .iter()
        .map(|changed| {
            let gone = changed.after != IndividualState::Active;
            let who = changed.individual;
            Ok(StateChanged {
                individual: if gone { names.before(who)? } else { names.after(who)? },
                before: changed.before.map(word),
                after: word(changed.after),
                merged_into: match changed.after {
                    IndividualState::Merged(into) => Some(names.after(into)?),
                    _ => None,
                },
            })
        })
        .collect()
}

/// What individuals were called before and after a step.
struct Names<'a> {
    catalog: &'a Catalog,
    change: &'a Change,
}

impl Names<'_> {
    fn before(&self, id: IndividualId) -> Result<IndividualRef, EngineError> {
        self.called(id, self.of_change(id, |moved| moved.before))
    }

    fn after(&self, id: IndividualId) -> Result<IndividualRef, EngineError> {
        self.called(id, self.of_change(id, |moved| moved.after))
    }

    /// The name that the step itself took or gave.
    fn of_change(
        &self,
        id: IndividualId,
        side: impl Fn(&resight_catalog::journal::NameChange) -> Option<Naming>,
    ) -> Option<String> {
        let as_name = Naming { individual: id, role: NameRole::Name };
        self.change.names.iter().find(|moved| side(moved) == Some(as_name)).map(|moved| moved.name.clone())
    }

    fn called(&self, id: IndividualId, by_the_step: Option<String>) -> Result<IndividualRef, EngineError> {
        let name = match by_the_step {
            Some(name) => name,
            None => self.catalog.individual_name(id)?.unwrap_or_else(|| id.to_string()),
        };
        Ok(IndividualRef { id, name })
    }
}

fn naming(naming: Naming) -> NamingShown {
    NamingShown {
        individual: naming.individual,
        role: match naming.role {
            NameRole::Name => "name",
            NameRole::Alias => "alias",
        },
    }
}

fn word(state: IndividualState) -> &'static str {
    match state {
        IndividualState::Active => "active",
        IndividualState::Merged(_) => "merged",
        IndividualState::Withdrawn => "withdrawn",
    }
}

/// `person` or `model`.
pub(super) fn kind(actor: &Actor) -> &'static str {
    match actor {
        Actor::Person(_) => "person",
        Actor::Model(_) => "model",
    }
}

/// Where the photo of an annotation was last seen.
pub(super) fn photo_of(
    catalog: &Catalog,
    annotation: AnnotationId,
    known: &mut BTreeMap<PhotoId, String>,
) -> Result<String, EngineError> {
    let photo = catalog.annotation(annotation)?.photo;
    if let Some(shown) = known.get(&photo) {
        return Ok(shown.clone());
    }
    let paths = catalog.photo_paths(&photo)?;
    let shown = paths.first().map_or_else(|| photo.short(), |path| path.display().to_string());
    known.insert(photo, shown.clone());
    Ok(shown)
}

pub(super) fn as_text<T: std::fmt::Display, S: Serializer>(id: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn as_optional_text<S: Serializer>(id: &Option<EntryId>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.collect_str(id),
        None => serializer.serialize_none(),
    }
}
