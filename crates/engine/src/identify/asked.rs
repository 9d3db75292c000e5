//! The animals that an answer is about, as a page shows them.

use resight_core::PhotoId;

use super::Answer;
use super::looked::{Animal, Looked, Seen};

/// What was asked, as far as the photos of candidates are ordered by it.
pub(super) struct Asked<'a> {
    pub(super) photos: Vec<PhotoId>,
    pub(super) embeddings: Vec<&'a [f32]>,
    /// The animals, each with its photo.
    pub(super) animals: Vec<(&'a Looked, &'a Animal)>,
}

impl<'a> Asked<'a> {
    pub(super) fn of(answer: &Answer, looked: &[&'a Looked]) -> Self {
        let meant = |animal: &Animal| {
            let annotation = animal.annotation.as_ref().map(|annotation| annotation.id);
            !answer.photos.is_empty() || (animal.region == answer.region && annotation == answer.annotation)
        };
        let seen = |one: &&'a Looked| -> (&'a Looked, &'a [Animal]) {
            match &one.seen {
                Seen::Animals(animals) => (one, animals),
                Seen::Unread(_) | Seen::Unusable(_) => (one, &[]),
            }
        };
        let animals: Vec<(&Looked, &Animal)> = looked
            .iter()
            .map(seen)
            .flat_map(|(one, animals)| animals.iter().map(move |animal| (one, animal)))
            .filter(|(_, animal)| meant(animal))
            .collect();
        Self {
            photos: looked.iter().filter_map(|one| one.photo_id).collect(),
            embeddings: animals.iter().filter_map(|(_, animal)| animal.embedding.as_deref().ok()).collect(),
            animals,
        }
    }
}
