//! What goes into an export: plain values that a caller who knows the catalog fills in.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use resight_core::{
    AnnotationId, BodyPart, CaptureTime, ImageSize, IndividualId, LabelSource, PhotoId, PixelBox, Quality,
    Species, Viewpoint,
};

/// Everything that may go out, as it is known: what is sensitive is taken away by
/// [`ExportOptions`](super::ExportOptions) before any format sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// What the whole is.
    pub about: About,
    /// The annotations.
    pub sightings: Vec<Shared>,
    /// What is known of the individuals. Only those of which a sighting goes out go out.
    pub individuals: Vec<IndividualCard>,
}

/// What an export is, for formats that say so.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// A title.
    pub title: String,
    /// What it is, in a few sentences; may be empty.
    pub description: String,
    /// People and organizations who made the data, in order. They are named wherever a format asks for it.
    pub contributors: Vec<String>,
    /// The license of the data, such as `CC-BY-4.0`.
    pub data_license: Option<String>,
    /// The license of the photos.
    pub media_license: Option<String>,
    /// What took the photos.
    pub captured_by: CapturedBy,
    /// When the export is made. Nothing else in an export depends on the clock.
    pub written_at: Timestamp,
}

/// What took photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CapturedBy {
    /// People with cameras.
    #[default]
    People,
    /// Cameras that were left in the field.
    CameraTraps,
}

/// One annotation: one animal in one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// Its id.
    pub annotation: AnnotationId,
    /// The photo.
    pub photo: SharedPhoto,
    /// Where the animal is, in pixels of the upright photo, turned or not; none for the whole photo.
    pub region: Option<PixelBox>,
    /// How sure a detector was of the box, 0 to 1; none where a person or a table drew it.
    pub detection_confidence: Option<f64>,
    /// What kind of animal.
    pub species: Option<Species>,
    /// Who says which species.
    pub species_said_by: Option<LabelSource>,
    /// Which side is seen.
    pub viewpoint: Option<Viewpoint>,
    /// What of the animal is seen.
    pub body_part: Option<BodyPart>,
    /// How usable the photo is.
    pub quality: Option<Quality>,
    /// Who it is.
    pub identity: Option<SharedIdentity>,
    /// The key of its encounter: one animal, one place, one time.
    pub encounter: Option<String>,
    /// The key of the meeting of which the encounter is a part: a group of animals seen together.
    pub sighting: Option<String>,
    /// What else is known, by name.
    pub attributes: BTreeMap<String, String>,
}

/// The photo of an annotation.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedPhoto {
    /// Where it lies; the first path is the one that is written.
    pub paths: Vec<PathBuf>,
    /// The hash of its bytes.
    pub content: PhotoId,
    /// Its size as a person sees it.
    pub upright_size: Option<ImageSize>,
    /// The orientation that its EXIF block states, 1 to 8; 1 where it states none.
    pub exif_orientation: u32,
    /// When it was taken.
    pub capture_time: Option<CaptureTime>,
    /// Where it was taken: degrees north, −90 to 90, and east, −180 to 180.
    pub position: Option<(f64, f64)>,
    /// The name of the camera's station or of the site.
    pub station: Option<String>,
    /// Who took it.
    pub photographer: Option<String>,
}

/// Who an animal is said to be.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedIdentity {
    /// The individual.
    pub individual: IndividualId,
    /// Its name.
    pub name: String,
    /// Who says so.
    pub said_by: LabelSource,
    /// How probable it is, 0 to 1, where a model says so.
    pub probability: Option<f64>,
    /// Whether a person stands for it.
    pub standing: Standing,
}

/// Whether a person stands for what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A person said it, or said yes to it.
    Confirmed,
    /// A model alone says it.
    Unconfirmed,
}

/// What is known of an individual.
#[derive(Debug, Clone, PartialEq)]
pub struct IndividualCard {
    /// Its id.
    pub id: IndividualId,
    /// Its name.
    pub name: String,
    /// Other names that it has or had.
    pub aliases: Vec<String>,
    /// Its sex, where known.
    pub sex: Option<Sex>,
    /// What else is known, by name.
    pub attributes: BTreeMap<String, String>,
    /// Free text; may be empty.
    pub notes: String,
}

/// The sex of an animal, where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
}

impl Sex {
    /// The word that all formats write.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
        }
    }
}
