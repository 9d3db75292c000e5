//! What the network of their slot makes of the animals asked about.

use resight_core::LabelFilter;

use super::IdentifyRequest;
use super::local::LookingAgain;
use super::looked::{Looked, Seen};
use super::questions::Query;
use crate::session::Loaded;
use crate::{CancelToken, EngineError};

/// What the network of its slot made of an animal.
#[derive(Debug, Clone)]
pub(super) struct Routed {
    /// Which network: its place among those of the session.
    pub(super) network: usize,
    pub(super) embedding: Vec<f32>,
}

/// Asks the networks of slots.
pub(super) struct RoutedAnimals<'a> {
    loaded: &'a Loaded,
    /// What whoever asks says of all animals.
    labels: &'a LabelFilter,
    again: LookingAgain<'a>,
}

impl<'a> RoutedAnimals<'a> {
    pub(super) fn of(loaded: &'a Loaded, request: &'a IdentifyRequest, cancel: &'a CancelToken) -> Self {
        Self { loaded, labels: &request.labels, again: LookingAgain::of(loaded, cancel) }
    }

    /// Gives every animal of a slot what the slot's network makes of it: what the catalog has, or else made of the photo.
    pub(super) fn embed(&self, query: &Query, looked: &mut Looked) -> Result<(), EngineError> {
        let photo = looked.photo_id;
        let Seen::Animals(animals) = &mut looked.seen else { return Ok(()) };
        for animal in animals.iter_mut().filter(|animal| animal.embedding.is_ok()) {
            let labels = LabelFilter {
                species: animal.labels.species.clone().or_else(|| self.labels.species.clone()),
                viewpoint: animal.labels.viewpoint.clone().or_else(|| self.labels.viewpoint.clone()),
            };
            let Some(place) = self.loaded.routed_for(&labels) else { continue };
            let network = &self.loaded.routed[place];
            let stored = animal.annotation.as_ref().and_then(|one| network.embedding_of(one.id));
            let embedding = match stored {
                Some(stored) => Some(stored),
                None => self.again.row(&**network.network()?, query, animal, photo)?,
            };
            animal.routed = embedding.map(|embedding| Routed { network: place, embedding });
        }
        Ok(())
    }
}
