//! Animals, photos and steps, as they are written.

use std::collections::BTreeMap;

use resight_core::PixelBox;
use resight_engine::identity::{IndividualRef, IndividualRow, NamingShown, Step};
use resight_engine::review::{AnnotationShown, PhotoShown};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A box in pixels of the upright photo, from its top left corner.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = Box)]
pub(crate) struct BoxShape {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl From<PixelBox> for BoxShape {
    fn from(found: PixelBox) -> Self {
        Self { x: found.x, y: found.y, width: found.width, height: found.height }
    }
}

/// An individual, by its id and by what it is called.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IndividualRef)]
pub(crate) struct IndividualRefShape {
    #[schema(examples("ind-7"))]
    pub(crate) id: String,
    pub(crate) name: String,
}

impl From<&IndividualRef> for IndividualRefShape {
    fn from(who: &IndividualRef) -> Self {
        Self { id: who.id.to_string(), name: who.name.clone() }
    }
}

/// One animal in one photo.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AnnotationShown)]
pub(crate) struct AnnotationShape {
    #[schema(examples("ann-12"))]
    pub(crate) annotation: String,
    /// Content hash of the photo.
    pub(crate) photo: String,
    /// What its file is called, without where it lies.
    pub(crate) file: String,
    pub(crate) photo_width: u32,
    pub(crate) photo_height: u32,
    /// Where in the photo the animal is; none for the whole of it.
    pub(crate) region: Option<BoxShape>,
    /// When the photo was taken, as the camera's clock says.
    pub(crate) date: Option<String>,
    /// Latitude and longitude, in degrees.
    pub(crate) place: Option<(f64, f64)>,
    pub(crate) species: Option<String>,
    pub(crate) viewpoint: Option<String>,
    pub(crate) quality: Option<String>,
    pub(crate) encounter: Option<String>,
    /// Whom it shows; none where nobody has said.
    pub(crate) individual: Option<IndividualRefShape>,
}

impl From<&AnnotationShown> for AnnotationShape {
    fn from(shown: &AnnotationShown) -> Self {
        Self {
            annotation: shown.id.to_string(),
            photo: shown.photo.to_string(),
            file: shown.file.clone(),
            photo_width: shown.size.width,
            photo_height: shown.size.height,
            region: shown.region.map(BoxShape::from),
            date: shown.time.map(|time| time.to_string()),
            place: shown.place,
            species: shown.species.as_ref().map(ToString::to_string),
            viewpoint: shown.viewpoint.as_ref().map(ToString::to_string),
            quality: shown.quality.map(|quality| quality.to_string()),
            encounter: shown.encounter.clone(),
            individual: shown.individual.as_ref().map(IndividualRefShape::from),
        }
    }
}

pub(crate) fn annotations(shown: &[AnnotationShown]) -> Vec<AnnotationShape> {
    shown.iter().map(AnnotationShape::from).collect()
}

/// A photo with its animals.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PhotoShown)]
pub(crate) struct PhotoShape {
    photo: String,
    file: String,
    width: u32,
    height: u32,
    date: Option<String>,
    annotations: Vec<AnnotationShape>,
}

impl From<&PhotoShown> for PhotoShape {
    fn from(shown: &PhotoShown) -> Self {
        Self {
            photo: shown.photo.to_string(),
            file: shown.file.clone(),
            width: shown.size.width,
            height: shown.size.height,
            date: shown.time.map(|time| time.to_string()),
            annotations: annotations(&shown.annotations),
        }
    }
}

/// An individual of the catalog.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = IndividualRow)]
pub(crate) struct IndividualShape {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) photos: u64,
    pub(crate) annotations: u64,
    pub(crate) encounters: u64,
    /// Day of its first photo that states one.
    pub(crate) first_seen: Option<String>,
    pub(crate) last_seen: Option<String>,
    /// The annotation to show.
    pub(crate) best: Option<String>,
}

impl IndividualShape {
    pub(crate) fn of(row: &IndividualRow, best: Option<String>) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            aliases: row.aliases.clone(),
            photos: row.photos,
            annotations: row.annotations,
            encounters: row.encounters,
            first_seen: row.first_seen.clone(),
            last_seen: row.last_seen.clone(),
            best,
        }
    }
}

/// An individual with all its photos.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IndividualDetails)]
pub(crate) struct IndividualDetailsShape {
    #[serde(flatten)]
    pub(crate) row: IndividualShape,
    pub(crate) attributes: BTreeMap<String, String>,
    /// Its photos, by time.
    pub(crate) annotations_shown: Vec<AnnotationShape>,
}

/// A journalled step.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Step)]
pub(crate) struct StepShape {
    /// Its number; empty where it was not made.
    #[schema(examples("step-31"))]
    pub(crate) step: String,
    pub(crate) action: String,
    pub(crate) by: String,
    /// `person` or `model`.
    pub(crate) by_kind: String,
    /// RFC 3339.
    pub(crate) at: String,
    pub(crate) photos: Vec<MovedShape>,
    pub(crate) names: Vec<NameMovedShape>,
    pub(crate) individuals: Vec<StateShape>,
    pub(crate) labels: Vec<LabelShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) undoes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) undone_by: Option<String>,
}

/// An annotation that changed hands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Moved)]
pub(crate) struct MovedShape {
    annotation: String,
    /// What the file of its photo is called.
    photo: String,
    before: Option<IndividualRefShape>,
    after: Option<IndividualRefShape>,
}

/// A name that changed hands.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = NameMoved)]
pub(crate) struct NameMovedShape {
    name: String,
    before: Option<NamingShape>,
    after: Option<NamingShape>,
}

/// Whose a name is, and as what: `name` or `alias`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Naming)]
pub(crate) struct NamingShape {
    individual: String,
    role: String,
}

/// An individual that came, went, or came back.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StateChanged)]
pub(crate) struct StateShape {
    individual: IndividualRefShape,
    before: Option<String>,
    after: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<IndividualRefShape>,
}

/// A label that says something else.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LabelMoved)]
pub(crate) struct LabelShape {
    about: String,
    label: String,
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before_by: Option<String>,
    after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_by: Option<String>,
}

impl From<&Step> for StepShape {
    fn from(step: &Step) -> Self {
        let who = |one: &Option<IndividualRef>| one.as_ref().map(IndividualRefShape::from);
        Self {
            step: step.step.to_string(),
            action: step.action.to_owned(),
            by: step.by.clone(),
            by_kind: step.by_kind.to_owned(),
            at: step.at.to_string(),
            photos: step
                .photos
                .iter()
                .map(|moved| MovedShape {
                    annotation: moved.annotation.to_string(),
                    photo: file_name(&moved.photo),
                    before: who(&moved.before),
                    after: who(&moved.after),
                })
                .collect(),
            names: step
                .names
                .iter()
                .map(|moved| NameMovedShape {
                    name: moved.name.clone(),
                    before: moved.before.as_ref().map(NamingShape::from),
                    after: moved.after.as_ref().map(NamingShape::from),
                })
                .collect(),
            individuals: step
                .individuals
                .iter()
                .map(|changed| StateShape {
                    individual: IndividualRefShape::from(&changed.individual),
                    before: changed.before.map(str::to_owned),
                    after: changed.after.to_owned(),
                    merged_into: who(&changed.merged_into),
                })
                .collect(),
            labels: step
                .labels
                .iter()
                .map(|moved| LabelShape {
                    about: moved.about.clone(),
                    label: moved.label.clone(),
                    before: moved.before.clone(),
                    before_by: moved.before_by.clone(),
                    after: moved.after.clone(),
                    after_by: moved.after_by.clone(),
                })
                .collect(),
            undoes: step.undoes.map(|step| step.to_string()),
            undone_by: step.undone_by.map(|step| step.to_string()),
        }
    }
}

impl From<&NamingShown> for NamingShape {
    fn from(naming: &NamingShown) -> Self {
        Self { individual: naming.individual.to_string(), role: naming.role.to_owned() }
    }
}

/// What a file is called, without where it lies: nobody who asks is told that.
pub(crate) fn file_name(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned()
}
