//! The local features of the animals asked about: those that the catalog has, else read from the photo.

use resight_core::PhotoId;
use resight_imaging::{Limits, PhotoBytes, photo_id, read_photo};
use resight_model::chain::{ChainOptions, PhotoSource};
use resight_model::{Embedder, Normaliser};
use resight_vector::f16;

use super::IdentifyRequest;
use super::looked::{Animal, Looked, Seen};
use super::questions::Query;
use crate::local::{LocalGallery, row_of_photo};
use crate::session::Loaded;
use crate::{CancelToken, Effort, EngineError};

/// What reading them takes.
pub(super) struct LocalOfAnimals<'a> {
    /// Those of the bundles that serve; none where nobody asks for them.
    galleries: &'a [LocalGallery],
    /// Which of them are worth something to some question: others are not read, but to be stored.
    worth: Vec<bool>,
    again: LookingAgain<'a>,
}

impl<'a> LocalOfAnimals<'a> {
    pub(super) fn of(loaded: &'a Loaded, request: &IdentifyRequest, cancel: &'a CancelToken) -> Self {
        let galleries = if request.effort == Effort::Fast { &[] } else { &loaded.local[..] };
        let learned = || loaded.all_calibrations().filter(|record| record.effort == Effort::Normal);
        let worth = |gallery: &LocalGallery| {
            request.add_by.is_some()
                // All of them say who gets a closer look.
                || request.effort == Effort::Thorough
                || learned().next().is_none()
                || learned().any(|record| record.fusion.weighs(gallery.bundle()))
        };
        let worth = galleries.iter().map(worth).collect();
        Self { galleries, worth, again: LookingAgain::of(loaded, cancel) }
    }

    /// Gives every animal that can be compared its rows of local features, or none at all where one of them is missing.
    pub(super) fn read(&self, query: &Query, looked: &mut Looked) -> Result<(), EngineError> {
        let photo = looked.photo_id;
        let Seen::Animals(animals) = &mut looked.seen else { return Ok(()) };
        if self.galleries.is_empty() {
            return Ok(());
        }
        for animal in animals.iter_mut().filter(|animal| animal.embedding.is_ok()) {
            let rows = self.galleries.iter().zip(&self.worth).map(|(gallery, worth)| match worth {
                true => self.row(gallery, query, animal, photo),
                false => Ok(Some(Vec::new())),
            });
            animal.local = rows.collect::<Result<Option<Vec<_>>, EngineError>>()?.unwrap_or_default();
        }
        Ok(())
    }

    fn row(
        &self,
        gallery: &LocalGallery,
        query: &Query,
        animal: &Animal,
        photo: Option<PhotoId>,
    ) -> Result<Option<Vec<f16>>, EngineError> {
        let stored = animal.annotation.as_ref().and_then(|annotation| gallery.row_of(annotation.id));
        if let Some(row) = stored {
            return Ok(Some(row.to_vec()));
        }
        let row = self.again.row(gallery.reader.network()?, query, animal, photo)?;
        Ok(row.map(|row| row.into_iter().map(f16::from_f32).collect()))
    }
}

/// Looks at an animal asked about once more, with another network.
#[derive(Clone, Copy)]
pub(super) struct LookingAgain<'a> {
    least_pixels: u32,
    normaliser: Option<&'a dyn Normaliser>,
    cancel: &'a CancelToken,
}

impl<'a> LookingAgain<'a> {
    pub(super) fn of(loaded: &'a Loaded, cancel: &'a CancelToken) -> Self {
        let least_pixels = loaded.settings.least_pixels;
        Self { least_pixels, normaliser: loaded.normaliser.as_deref(), cancel }
    }

    /// What the network makes of it; none where the photo cannot be read any more, or is another one.
    pub(super) fn row(
        &self,
        network: &dyn Embedder,
        query: &Query,
        animal: &Animal,
        photo: Option<PhotoId>,
    ) -> Result<Option<Vec<f32>>, EngineError> {
        let Some(bytes) = bytes_of(query) else { return Ok(None) };
        // An animal of the catalog is that of its photo, and of no other file that lies there now.
        if animal.annotation.is_some() && photo != Some(photo_id(&bytes)) {
            return Ok(None);
        }
        let options = ChainOptions {
            decode_threads: 1,
            batch_size: 1,
            min_side: self.least_pixels,
            normaliser: self.normaliser,
            ..ChainOptions::new(self.cancel.flag())
        };
        row_of_photo(network, PhotoSource::Bytes(bytes), animal.region, &options)
    }
}

/// The bytes of the photo, where it can still be read.
fn bytes_of(query: &Query) -> Option<PhotoBytes> {
    match &query.bytes {
        Some(bytes) => PhotoBytes::in_memory(bytes, &Limits::default()).ok(),
        None => read_photo(&query.path, &Limits::default()).ok(),
    }
}
