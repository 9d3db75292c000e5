//! From a photo to the local features of an animal in it.

use resight_core::{GivenBox, PixelBox};
use resight_model::chain::{self, ChainOptions, Job, PhotoSource};
use resight_model::{LocalFeatures, WholePicture};
use resight_vector::f16;

use crate::EngineError;

/// The features of one animal in a photo, as a row; none where the photo, or this part of it, cannot be used. `region` is in pixels
/// of the upright photo; none is the whole of it.
///
/// # Errors
/// The network fails.
pub(crate) fn features_of_photo(
    network: &LocalFeatures,
    source: PhotoSource,
    region: Option<PixelBox>,
    options: &ChainOptions<'_>,
) -> Result<Option<Vec<f16>>, EngineError> {
    let regions = region.map(|region| vec![GivenBox::upright(region)]);
    let mut found = None;
    let job = std::iter::once(Job { index: 0, source, regions });
    chain::run(job, network, &WholePicture, options, |processed| {
        let crop = processed.photo.ok().and_then(|photo| photo.crops.into_iter().next());
        let row = crop.and_then(|crop| crop.embedding.ok());
        found = row.map(|row| row.into_iter().map(f16::from_f32).collect());
        Ok::<(), EngineError>(())
    })?;
    Ok(found)
}
