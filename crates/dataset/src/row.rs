//! One table of labelled annotations: what every reader returns.

use std::path::PathBuf;

use resight_core::{CaptureTime, ClassifierTask, EncounterSource, GivenBox, Species, Viewpoint};
use serde::Serialize;

use crate::{SourceKind, Warning};

/// One annotation of a source: a photo, or an animal in it, with what is known about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Line of the table where the row begins, counted from 1 (the column names are line 1); for folders the
    /// position of the photo, counted from 1.
    pub line: u64,
    /// Name of the row, unique within its table.
    pub image_id: String,
    /// Where the photo is: absolute, or relative to the working directory as the table's own path was.
    pub path: PathBuf,
    /// The label of the individual as written, trimmed and never read as a number; `None` where not known.
    pub identity: Option<String>,
    /// What kind of animal.
    pub species: Option<Species>,
    /// Which side or part of the animal is seen.
    pub viewpoint: Option<Viewpoint>,
    /// The label of the encounter as written, or the key that [`crate::find_encounters`] gave it; `None` equals no
    /// other encounter.
    pub encounter: Option<String>,
    /// Where the encounter comes from, once [`crate::find_encounters`] has looked at it.
    pub encounter_source: Option<EncounterSource>,
    /// When it was taken, as the table says.
    pub date: Option<CaptureTime>,
    /// Degrees north, −90 to 90.
    pub latitude: Option<f64>,
    /// Degrees east, −180 to 180.
    pub longitude: Option<f64>,
    /// The animals, each in pixels of the picture that it names; empty means the whole photo.
    pub boxes: Vec<GivenBox>,
    /// What the split column says.
    pub split: Option<String>,
    /// Cells of the columns that mean nothing to resight, in the order of [`Table::extra_columns`].
    pub extra: Vec<String>,
}

impl Row {
    /// A row about which nothing is known but the photo.
    pub fn of_photo(line: u64, image_id: String, path: PathBuf) -> Self {
        Self {
            line,
            image_id,
            path,
            identity: None,
            species: None,
            viewpoint: None,
            encounter: None,
            encounter_source: None,
            date: None,
            latitude: None,
            longitude: None,
            boxes: Vec::new(),
            split: None,
            extra: Vec::new(),
        }
    }
}

impl Row {
    /// What it says that a classifier of this task could say.
    pub fn label(&self, task: ClassifierTask) -> Option<String> {
        match task {
            ClassifierTask::Species => self.species.as_ref().map(ToString::to_string),
            ClassifierTask::Viewpoint => self.viewpoint.as_ref().map(ToString::to_string),
        }
    }

    /// What it stands for where photos of one thing are no independent evidence: its individual (of its species: two may be called
    /// alike), else its encounter, else its photo.
    pub fn stands_for(&self) -> String {
        match (&self.identity, &self.encounter) {
            (Some(identity), _) => {
                format!("individual {} {identity}", self.species.as_ref().map_or("", Species::as_str))
            }
            (None, Some(encounter)) => format!("encounter {encounter}"),
            (None, None) => format!("photo {}", self.path.display()),
        }
    }
}

/// Everything a source says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// How the source was read.
    pub kind: SourceKind,
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// Names of the columns whose cells are in [`Row::extra`].
    pub extra_columns: Vec<String>,
    /// The annotations, in the order of the source.
    pub rows: Vec<Row>,
    /// What was noticed, in the order of lines.
    pub warnings: Vec<Warning>,
}
