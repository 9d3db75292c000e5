//! The detector that looks for the one salient thing in a photo, by a mask network such as U²-Net-p.

use resight_core::{BundleId, ImageSize};
use resight_imaging::{DecodeSize, Preprocess, RgbImage};

use super::components::{Component, largest_components};
use super::{Detection, Detector};
use crate::bundle::{Bundle, Purpose};
use crate::runtime::{ModelError, Network, Output, RuntimeChoice, load_network};

/// Mask values from here on, after the scaling to 0..1, belong to the animal.
const MASK_THRESHOLD: f32 = 0.5;

/// A mask that covers less of the picture than this is not trusted: on camouflaged animals it is often the
/// head alone. The whole picture is taken then.
const SMALLEST_SHARE: f64 = 0.06;

/// Components with at least this share of the largest one's area belong to the animal as well: a branch or a
/// wave may cut it in two.
const PART_SHARE: f64 = 0.25;

/// The box around the mask is widened by this share of its width and height on each side, because the
/// mask's edge runs inside the animal.
const MARGIN: f64 = 0.02;

/// Finds the salient thing by a mask network; falls back to the whole picture where the mask is small.
pub struct MaskDetector {
    bundle: BundleId,
    preprocess: Preprocess,
    network: Box<dyn Network>,
    /// Whether each part that hangs together is an animal of its own.
    each: bool,
}

impl MaskDetector {
    /// Loads a bundle whose purpose is a mask. `threads` may work at one photo.
    ///
    /// # Errors
    /// When the bundle is for something else, or no runtime takes its network.
    pub fn load(bundle: &Bundle, choice: RuntimeChoice, threads: usize) -> Result<Self, ModelError> {
        bundle.expect_purpose(Purpose::Mask)?;
        Ok(Self::new(
            bundle.id().clone(),
            bundle.manifest().preprocess.clone(),
            load_network(bundle, choice, threads)?,
        ))
    }

    /// Joins a loaded network and the preprocessing it needs.
    pub fn new(bundle: BundleId, preprocess: Preprocess, network: Box<dyn Network>) -> Self {
        Self { bundle, preprocess, network, each: false }
    }

    /// Takes each part of the mask that hangs together for an animal of its own: right where several stand apart, wrong where a
    /// branch or a wave cuts one in two.
    #[must_use]
    pub fn each(self) -> Self {
        Self { each: true, ..self }
    }

    /// The bundle of the network.
    pub fn bundle(&self) -> &BundleId {
        &self.bundle
    }

    /// The mask of a picture, from 0 to 255, with its size; none where it is flat and says nothing.
    ///
    /// # Errors
    /// The network fails.
    pub fn levels(
        &self,
        image: &RgbImage,
        full_size: ImageSize,
    ) -> Result<Option<(Vec<u8>, ImageSize)>, ModelError> {
        let mask = self.mask(image, full_size)?;
        let size = ImageSize { width: self.preprocess.width, height: self.preprocess.height };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
        let level = |value: f32| (255.0 * value).round() as u8;
        Ok(scaled_to_unit(&mask).map(|scaled| (scaled.into_iter().map(level).collect(), size)))
    }

    fn failed(&self, reason: String) -> ModelError {
        ModelError::Run {
            runtime: self.network.runtime().to_owned(),
            bundle: self.bundle.to_string(),
            reason,
        }
    }

    /// The mask of a picture, as the network gives it: height × width values.
    fn mask(&self, image: &RgbImage, full_size: ImageSize) -> Result<Vec<f32>, ModelError> {
        let mut input = vec![0.0; self.preprocess.input_len()];
        self.preprocess
            .apply(image, None, full_size, &mut input)
            .map_err(|error| self.failed(error.to_string()))?;
        let output =
            self.network.run(&input, 1).and_then(Output::only).map_err(|reason| self.failed(reason))?;
        let pixels = self.preprocess.input_len() / 3;
        if output.values.len() == pixels {
            return Ok(output.values);
        }
        Err(ModelError::Shape {
            bundle: self.bundle.to_string(),
            expected: format!("one mask of {pixels} pixels"),
            found: format!("{:?}", output.shape),
        })
    }
}

impl Detector for MaskDetector {
    fn id(&self) -> String {
        format!("{}:{}", if self.each { "masks" } else { "mask" }, self.bundle)
    }

    fn decode_size(&self, full_size: ImageSize) -> DecodeSize {
        self.preprocess.decode_size(full_size, None)
    }

    fn detect(&self, image: &RgbImage, full_size: ImageSize) -> Result<Vec<Detection>, ModelError> {
        let mask = self.mask(image, full_size)?;
        let size = ImageSize { width: self.preprocess.width, height: self.preprocess.height };
        Ok(regions_of(&mask, size, full_size, self.each))
    }
}

/// The box around what the mask marks, in the full photo, or one around each part of it; the whole photo where the mask is small or
/// flat.
fn regions_of(mask: &[f32], size: ImageSize, full_size: ImageSize, each: bool) -> Vec<Detection> {
    let whole = || vec![Detection::nothing_found(full_size)];
    let Some(scaled) = scaled_to_unit(mask) else { return whole() };
    let inside: Vec<bool> = scaled.iter().map(|value| *value >= MASK_THRESHOLD).collect();
    let parts = largest_components(&inside, size.width as usize, PART_SHARE);
    let area: usize = parts.iter().map(|part| part.pixels.len()).sum();
    if (area as f64) < SMALLEST_SHARE * inside.len() as f64 {
        return whole();
    }
    let around = |parts: &[Component]| {
        let bounds = Component::bounds(parts, size.width as usize)?;
        let region = bounds.expanded(MARGIN).relative(size).pixels(full_size).clamped(full_size)?;
        let pixels = || parts.iter().flat_map(|part| &part.pixels);
        let sum: f32 = pixels().map(|pixel| scaled[*pixel]).sum();
        Some(Detection { region, confidence: sum / pixels().count() as f32, label: None })
    };
    let animals: Vec<&[Component]> = if each { parts.chunks(1).collect() } else { vec![&parts] };
    let found: Vec<Detection> = animals.into_iter().filter_map(around).collect();
    if found.is_empty() { whole() } else { found }
}

/// The mask with its least value at 0 and its greatest at 1; `None` where it is flat or not finite.
fn scaled_to_unit(mask: &[f32]) -> Option<Vec<f32>> {
    let least = mask.iter().copied().fold(f32::INFINITY, f32::min);
    let greatest = mask.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let range = greatest - least;
    let usable = mask.iter().all(|value| value.is_finite()) && range.is_finite() && range > 1e-6;
    usable.then(|| mask.iter().map(|value| (value - least) / range).collect())
}

#[cfg(test)]
mod tests {
    use resight_core::PixelBox;

    use super::*;

    const MASK: ImageSize = ImageSize { width: 40, height: 20 };
    const PHOTO: ImageSize = ImageSize { width: 400, height: 400 };

    fn region_of(mask: &[f32], size: ImageSize, full_size: ImageSize) -> Detection {
        let found = regions_of(mask, size, full_size, false);
        assert_eq!(found.len(), 1);
        found[0].clone()
    }

    /// A mask with 0.9 in the given columns and rows, 0.1 elsewhere.
    fn mask_with(boxes: &[(std::ops::Range<usize>, std::ops::Range<usize>)]) -> Vec<f32> {
        let at = |x: usize, y: usize| {
            boxes.iter().any(|(columns, rows)| columns.contains(&x) && rows.contains(&y))
        };
        (0..40 * 20).map(|i| if at(i % 40, i / 40) { 0.9 } else { 0.1 }).collect()
    }

    #[test]
    fn the_box_surrounds_the_mask_in_pixels_of_the_photo() {
        let found = region_of(&mask_with(&[(10..20, 5..15)]), MASK, PHOTO);
        let exact = PixelBox::at(100.0, 100.0, 100.0, 200.0);
        assert!(found.region.iou(&exact.expanded(MARGIN)) > 0.999, "{found:?}");
        assert!((found.confidence - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_speck_beside_the_animal_does_not_widen_the_box_but_its_other_half_does() {
        let animal = (10..20, 5..15);
        let with_speck = region_of(&mask_with(&[animal.clone(), (38..40, 0..2)]), MASK, PHOTO);
        assert_eq!(
            with_speck.region,
            region_of(&mask_with(std::slice::from_ref(&animal)), MASK, PHOTO).region
        );
        let with_half = region_of(&mask_with(&[animal, (22..30, 5..15)]), MASK, PHOTO);
        assert!(with_half.region.width > 190.0, "{with_half:?}");
    }

    #[test]
    fn each_part_may_be_an_animal_but_a_speck_is_none() {
        let mask = mask_with(&[(4..14, 5..15), (22..30, 5..15), (38..40, 0..2)]);
        let found = regions_of(&mask, MASK, PHOTO, true);
        let lefts: Vec<f64> = found.iter().map(|one| (one.region.x / 10.0).round()).collect();
        assert_eq!(lefts, [4.0, 22.0], "{found:?}");
        assert_eq!(regions_of(&mask_with(&[]), MASK, PHOTO, true), [Detection::nothing_found(PHOTO)]);
    }

    #[test]
    fn a_small_flat_or_broken_mask_means_the_whole_picture() {
        let whole = PixelBox::whole(PHOTO);
        assert_eq!(region_of(&mask_with(&[(0..6, 0..6)]), MASK, PHOTO).region, whole);
        assert_eq!(region_of(&mask_with(&[]), MASK, PHOTO).region, whole);
        let mut broken = mask_with(&[(10..20, 5..15)]);
        broken[3] = f32::NAN;
        assert_eq!(region_of(&broken, MASK, PHOTO).region, whole);
    }
}
