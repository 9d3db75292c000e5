//! Two animals side by side with the marks that are seen in both.

use std::ops::Deref;

use resight_compare::{Evidence, Keypoint};
use resight_core::{ImageSize, PixelBox};
use resight_imaging::{Limits, Preprocess, RgbImage, decode, encode_jpeg};
use resight_model::{Normaliser, crop_for};
use resight_page::matches::{Half, SeenTwice, drawing};
use resight_page::{cut_from, data_uri};

/// Longer side of each picture of the two, in pixels.
const SIDE: u32 = 640;

/// Quality of a picture's JPEG, 1 to 100.
const QUALITY: u8 = 85;

/// What was compared of a photo: the part that a network saw, and how it is shown.
pub(crate) struct Shown {
    region: PixelBox,
    /// The animal in its own frame, where that was compared.
    body: Option<RgbImage>,
}

impl Shown {
    /// The part of a photo of this size that was compared, in its own frame where there is one; `bytes` gives the photo's bytes.
    pub(crate) fn of<B: Deref<Target = [u8]>>(
        region: Option<PixelBox>,
        size: ImageSize,
        normaliser: Option<&dyn Normaliser>,
        bytes: impl FnOnce() -> Option<B>,
    ) -> Self {
        let region = region.unwrap_or_else(|| PixelBox::whole(size));
        let body = normaliser.and_then(|normaliser| body(&bytes()?, size, &region, normaliser));
        Self { region, body }
    }

    /// What the network saw: the part of the photo, or the body.
    fn seen(&self) -> PixelBox {
        match &self.body {
            Some(body) => PixelBox::whole(ImageSize { width: body.width(), height: body.height() }),
            None => self.region,
        }
    }

    /// A point of the network's input as shares of what it saw.
    fn share(&self, preprocess: &Preprocess, point: &Keypoint) -> (f64, f64) {
        let (width, height) = preprocess.target_size(&self.seen());
        let left = (preprocess.width - width) / 2;
        let top = (preprocess.height - height) / 2;
        let share =
            |at: f32, from: u32, length: u32| (f64::from(at) + 0.5 - f64::from(from)) / f64::from(length);
        (share(point.x, left, width), share(point.y, top, height))
    }

    /// The picture of it, its longer side at most so many pixels where it is cut from the photo.
    pub(crate) fn image<B: Deref<Target = [u8]>>(
        &self,
        bytes: impl FnOnce() -> Option<B>,
    ) -> Option<RgbImage> {
        match &self.body {
            Some(body) => Some(body.clone()),
            None => cut_from(&bytes()?, Some(&self.region), SIDE),
        }
    }

    /// The picture of it, as an address that holds it; `bytes` gives the photo's bytes.
    pub(crate) fn picture<B: Deref<Target = [u8]>>(
        &self,
        bytes: impl FnOnce() -> Option<B>,
    ) -> Option<String> {
        Some(data_uri(&encode_jpeg(&self.image(bytes)?, QUALITY).ok()?))
    }

    /// Its half of a drawing.
    pub(crate) fn half(&self, uri: String, alt: String) -> Half {
        Half { uri, alt, aspect: self.aspect() }
    }

    /// Height over width.
    pub(crate) fn aspect(&self) -> f64 {
        let seen = self.seen();
        seen.height / seen.width
    }
}

/// Draws the matches between the two, each with its half of the drawing: SVG.
pub(crate) fn draw_matches(
    evidence: &Evidence,
    preprocess: &Preprocess,
    (left, left_half): (&Shown, &Half),
    (right, right_half): (&Shown, &Half),
) -> String {
    drawing(left_half, right_half, &seen_twice(evidence, preprocess, left, right))
}

/// The matches between the two, by the places where they are seen.
pub(crate) fn seen_twice(
    evidence: &Evidence,
    preprocess: &Preprocess,
    left: &Shown,
    right: &Shown,
) -> Vec<SeenTwice> {
    let matches = evidence.matches.iter().zip(&evidence.points);
    matches
        .map(|(one, (asked, found))| SeenTwice {
            left: left.share(preprocess, asked),
            right: right.share(preprocess, found),
            alike: f64::from(one.sureness),
        })
        .collect()
}

/// How many marks were seen in both, in words.
pub(crate) fn marks_seen(count: usize, by: &str) -> String {
    match count {
        1 => format!("1 mark seen in both, by {by}"),
        several => format!("{several} marks seen in both, by {by}"),
    }
}

/// The animal of a photo in its own frame, made anew as it was to be compared.
pub(crate) fn body(
    bytes: &[u8],
    size: ImageSize,
    region: &PixelBox,
    normaliser: &dyn Normaliser,
) -> Option<RgbImage> {
    let wanted = normaliser.preprocess().decode_size(size, Some(region));
    let decoded = decode(bytes, &Limits::default(), wanted).ok()?;
    let crop = crop_for(normaliser, &decoded.image, region, size)?;
    normaliser.normalise(&crop).ok().flatten()
}
