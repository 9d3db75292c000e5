//! What the models of a catalog see in a photo, without asking who it is: where the animals are, what kind, which side, and the
//! embedding that would be compared. For programs that compare by themselves.

use resight_core::{GivenBox, PixelBox, Species, Viewpoint};
use resight_imaging::{Limits, PhotoBytes, PhotoHeader};
use resight_model::Embedder;
use resight_model::chain::{self, ChainOptions, Job, PhotoSource};

use crate::{CancelToken, EngineError, Session};

/// An animal that the models see.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenAnimal {
    /// Where it is, in pixels of the upright photo.
    pub region: PixelBox,
    /// The detector's own number, 0 to 1; none where the box was given.
    pub confidence: Option<f32>,
    /// What is compared, or why there is nothing to compare.
    pub embedding: Result<Vec<f32>, String>,
    /// Every species that a classifier knows, with its probability, the likeliest first; nothing where none is asked.
    pub species: Vec<(Species, f32)>,
    /// Every viewpoint likewise.
    pub viewpoints: Vec<(Viewpoint, f32)>,
}

/// The models that a session looks with, by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedWith {
    /// What makes the embeddings.
    pub bundle: String,
    /// What finds the animals.
    pub detector: String,
    /// What says species or viewpoint.
    pub classifiers: Vec<String>,
}

impl Session {
    /// The models that [`Session::look`] looks with.
    ///
    /// # Errors
    /// As for [`Session::prepare`].
    pub fn looks_with(&self) -> Result<LookedWith, EngineError> {
        let loaded = self.loaded()?;
        Ok(LookedWith {
            bundle: loaded.settings.bundle.id.to_string(),
            detector: loaded.settings.detector.clone(),
            classifiers: loaded.settings.classifiers.clone(),
        })
    }

    /// Looks at a photo that is no file: at the animals in these boxes, or where there are none, at those that the detector finds.
    ///
    /// # Errors
    /// As for [`Session::prepare`]; the photo cannot be decoded; it was stopped.
    pub fn look(
        &self,
        photo: &[u8],
        boxes: Option<&[PixelBox]>,
        cancel: &CancelToken,
    ) -> Result<Vec<SeenAnimal>, EngineError> {
        let loaded = self.loaded()?;
        let refused = |why: String| EngineError::user(why);
        let bytes =
            PhotoBytes::in_memory(photo, &Limits::default()).map_err(|error| refused(error.to_string()))?;
        let regions = boxes.map(|boxes| boxes.iter().copied().map(GivenBox::upright).collect());
        let job = Job { index: 0, source: PhotoSource::Bytes(bytes), regions };
        let classifiers: Vec<&dyn Embedder> = loaded.classifiers.networks().collect();
        let options = ChainOptions {
            further: &classifiers,
            min_side: loaded.settings.least_pixels,
            normaliser: loaded.normaliser.as_deref(),
            ..ChainOptions::new(cancel.flag())
        };
        let mut seen = None;
        chain::run(std::iter::once(job), &*loaded.embedder, &*loaded.detector, &options, |processed| {
            seen = Some(processed.photo);
            Ok::<(), EngineError>(())
        })?;
        let photo = seen.ok_or_else(|| refused("stopped before it was looked at".to_owned()))?;
        let photo = photo.map_err(|failure| refused(failure.to_string()))?;
        let animal = |crop: chain::ProcessedCrop| {
            let said = loaded.classifiers.say(&crop.further);
            SeenAnimal {
                region: crop.region,
                confidence: crop.detector_confidence,
                embedding: crop.embedding.map_err(|why| why.to_string()),
                species: likeliest_first(said.likely_species),
                viewpoints: likeliest_first(said.likely_viewpoints),
            }
        };
        Ok(photo.crops.into_iter().map(animal).collect())
    }
}

/// The box of a whole photo, as its header states its size.
///
/// # Errors
/// It is no photo.
pub fn whole(photo: &[u8]) -> Result<PixelBox, EngineError> {
    let header = PhotoHeader::read(photo, &Limits::default());
    header
        .map(|header| PixelBox::whole(header.full_size))
        .map_err(|error| EngineError::user(error.to_string()))
}

fn likeliest_first<T>(mut labels: Vec<(T, f32)>) -> Vec<(T, f32)> {
    labels.sort_by(|a, b| b.1.total_cmp(&a.1));
    labels
}
