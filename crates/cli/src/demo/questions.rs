//! What is asked: every animal that is met again or for the first time, with all photos of the meeting.

use std::path::{Path, PathBuf};

use resight_core::{LabelFilter, Species, Viewpoint};
use resight_synth::{AnimalKind, Split, World, relative_path};

/// A meeting with one animal, to be identified.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    /// The meeting's id in the world's table.
    pub(crate) encounter: String,
    /// What kind of animal.
    pub(crate) kind: AnimalKind,
    /// Who it is.
    pub(crate) truth: String,
    /// Whether it is none of the catalog.
    pub(crate) is_new: bool,
    /// The photos.
    pub(crate) photos: Vec<PathBuf>,
    /// What the photographer knows: which kind of animal it is, and which side is seen.
    pub(crate) labels: LabelFilter,
}

/// All questions of a world whose photos lie in `folder`, in order of time.
pub(crate) fn questions(world: &World, folder: &Path) -> Vec<Question> {
    let asked = world.encounters().iter().enumerate().filter(|(_, meeting)| meeting.split == Split::Query);
    let question = |(index, meeting): (usize, &resight_synth::Encounter)| Question {
        encounter: meeting.id.clone(),
        kind: meeting.kind,
        truth: meeting.identity(),
        is_new: meeting.is_new,
        photos: world
            .photos()
            .iter()
            .filter(|photo| photo.encounter == index)
            .map(|photo| folder.join(relative_path(photo)))
            .collect(),
        labels: LabelFilter {
            species: Species::parse(meeting.kind.species()),
            viewpoint: Viewpoint::parse(meeting.side.viewpoint()),
        },
    };
    asked.map(question).collect()
}
