//! What the network of their slot makes of the animals asked about.

use resight_core::{BundleId, LabelFilter};

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
    pub(super) bundle: BundleId,
    pub(super) embedding: Vec<f32>,
}

/// Asks the networks of slots.
pub(super) struct RoutedAnimals<'a> {
    loaded: &'a Loaded,
    request: &'a IdentifyRequest,
    again: LookingAgain<'a>,
}

impl<'a> RoutedAnimals<'a> {
    pub(super) fn of(loaded: &'a Loaded, request: &'a IdentifyRequest, cancel: &'a CancelToken) -> Self {
        Self { loaded, request, again: LookingAgain::of(loaded, cancel) }
    }

    /// Gives every animal of a slot what the slot's network makes of it: what the catalog has, or else made of the photo.
    pub(super) fn embed(&self, query: &Query, looked: &mut Looked) -> Result<(), EngineError> {
        let photo = looked.photo_id;
        let Seen::Animals(animals) = &mut looked.seen else { return Ok(()) };
        for animal in animals.iter_mut().filter(|animal| animal.embedding.is_ok()) {
            // What narrows the question says which slot it is of: see the labels of a question.
            let (own, asked, same) = (&animal.labels, &self.request.labels, self.request.same);
            let labels = LabelFilter {
                species: first(same.species, &own.species, &asked.species),
                viewpoint: first(same.viewpoint, &own.viewpoint, &asked.viewpoint),
            };
            let Some(place) = self.loaded.routed_for(&labels) else { continue };
            let network = &self.loaded.routed[place];
            let stored = animal.annotation.as_ref().and_then(|one| network.embedding_of(one.id));
            let embedding = match stored {
                Some(stored) => Some(stored),
                None => self.again.row(&**network.network()?, query, animal, photo)?,
            };
            let bundle = network.embeddings.bundle().id.clone();
            animal.routed = embedding.map(|embedding| Routed { network: place, bundle, embedding });
        }
        Ok(())
    }
}

/// A label that is stated by the animal and by whoever asks: the animal's own counts first where it is to be shared.
fn first<T: Clone>(is_shared: bool, own: &Option<T>, asked: &Option<T>) -> Option<T> {
    let (first, second) = if is_shared { (own, asked) } else { (asked, own) };
    first.clone().or_else(|| second.clone())
}
