//! From a photo to what a network makes of an animal in it.

use resight_core::{GivenBox, PixelBox};
use resight_model::chain::{self, ChainOptions, Job, PhotoSource};
use resight_model::{Embedder, WholePicture};

use crate::EngineError;

/// What a network makes of one animal in a photo, as a row; none where the photo, or this part of it, cannot be used. `region` is in pixels
/// of the upright photo; none is the whole of it.
///
/// # Errors
/// The network fails.
pub(crate) fn row_of_photo(
    network: &dyn Embedder,
    source: PhotoSource,
    region: Option<PixelBox>,
    options: &ChainOptions<'_>,
) -> Result<Option<Vec<f32>>, EngineError> {
    let regions = region.map(|region| vec![GivenBox::upright(region)]);
    let mut found = None;
    let job = std::iter::once(Job { index: 0, source, regions });
    chain::run(job, network, &WholePicture, options, |processed| {
        let crop = processed.photo.ok().and_then(|photo| photo.crops.into_iter().next());
        found = crop.and_then(|crop| crop.embedding.ok());
        Ok::<(), EngineError>(())
    })?;
    Ok(found)
}
