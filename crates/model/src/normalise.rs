//! From a crop to the animal in its own frame, where a catalog wants one.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use resight_core::{ImageSize, PhotoId, PixelBox};
use resight_imaging::{
    AnimalMask, BodyFrame, ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, RgbImage, ValueRange,
    photo_id,
};

use crate::detect::MaskDetector;
use crate::runtime::ModelError;

/// Longer side of the crop that a frame is looked for in, in pixels.
const SIDE: u32 = 512;

/// Brings the animal of a crop into its own frame: what is compared then is marks at the same places of the body.
pub trait Normaliser: fmt::Debug + Send + Sync {
    /// Names the normaliser and the exact model behind it: the same id means the same pictures.
    fn id(&self) -> String;

    /// How a crop is brought to it: its size, and how finely the photo must be decoded for that.
    fn preprocess(&self) -> &Preprocess;

    /// The animal in its own frame; none where it has none to be trusted, and the crop itself has to serve.
    ///
    /// # Errors
    /// The model behind it fails.
    fn normalise(&self, crop: &RgbImage) -> Result<Option<RgbImage>, ModelError>;
}

/// Straightens the trunk of an animal by its mask ([`BodyFrame`]): flanks.
pub struct BodyNormaliser {
    mask: MaskDetector,
    preprocess: Preprocess,
    /// Frames found before, by the crop's pixels: every network that looks at a crop asks for the same, and the mask is what
    /// takes the time.
    found: Mutex<BTreeMap<PhotoId, Option<BodyFrame>>>,
}

/// Frames that are remembered, at most.
const MOST_REMEMBERED: usize = 50_000;

impl BodyNormaliser {
    /// With the network that makes the mask.
    pub fn new(mask: MaskDetector) -> Self {
        Self { mask, preprocess: Self::seen_by(), found: Mutex::default() }
    }

    /// How a crop is brought to it.
    fn seen_by() -> Preprocess {
        Preprocess {
            width: SIDE,
            height: SIDE,
            fit: Fit::Stretch,
            filter: ResizeFilter::Bilinear,
            color: ColorOrder::Rgb,
            value_range: ValueRange::Unit,
            mean: [0.0; 3],
            deviation: [1.0; 3],
            decode: DecodePrecision::Scaled,
            crop_margin: 0.0,
        }
    }

    /// The frame of a crop; none where it has none to be trusted.
    fn frame(&self, crop: &RgbImage) -> Result<Option<BodyFrame>, ModelError> {
        let (width, height) = crop.dimensions();
        let key = photo_id(&[crop.as_raw(), &width.to_le_bytes()[..]].concat());
        if let Some(known) = self.remembered().get(&key) {
            return Ok(known.clone());
        }
        let size = ImageSize { width, height };
        let mask = self.mask.levels(crop, size)?;
        let frame = mask.and_then(|(mask, mask_size)| {
            let frame =
                AnimalMask::new(mask_size, &mask).and_then(|mask| BodyFrame::find(&mask, size)).ok()?;
            frame.soundness().is_sound().then_some(frame)
        });
        let mut remembered = self.remembered();
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(key, frame.clone());
        Ok(frame)
    }

    fn remembered(&self) -> MutexGuard<'_, BTreeMap<PhotoId, Option<BodyFrame>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for BodyNormaliser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id())
    }
}

impl Normaliser for BodyNormaliser {
    fn id(&self) -> String {
        format!("body:{}", self.mask.bundle())
    }

    fn preprocess(&self) -> &Preprocess {
        &self.preprocess
    }

    fn normalise(&self, crop: &RgbImage) -> Result<Option<RgbImage>, ModelError> {
        Ok(self.frame(crop)?.and_then(|frame| frame.straighten(crop).ok()))
    }
}

/// The part of a photo that a normaliser looks at, in its own proportions.
pub fn crop_for(
    normaliser: &dyn Normaliser,
    image: &RgbImage,
    region: &PixelBox,
    full_size: ImageSize,
) -> Option<RgbImage> {
    let longer = region.width.max(region.height).max(1.0);
    let share = (f64::from(SIDE) / longer).min(1.0);
    let side = |extent: f64| ((extent * share).round() as u32).clamp(1, SIDE);
    let preprocess = Preprocess {
        width: side(region.width),
        height: side(region.height),
        ..normaliser.preprocess().clone()
    };
    preprocess.picture(image, Some(region), full_size).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use resight_core::BundleId;

    use super::*;
    use crate::runtime::{Network, Output};

    const MASK: usize = 64;

    /// A mask network that sees a body lying across the picture, or nothing.
    struct Painted {
        sees_body: bool,
        asked: Arc<AtomicUsize>,
    }

    impl Network for Painted {
        fn run(&self, _: &[f32], n: usize) -> Result<Vec<Output>, String> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let level = |at: usize| {
                let (x, y) = ((at % MASK) as f32 - 32.0, (at / MASK) as f32 - 32.0);
                let inside = (x / 26.0).powi(2) + (y / 12.0).powi(2) <= 1.0;
                f32::from(u8::from(self.sees_body && inside))
            };
            let values = (0..n * MASK * MASK).map(level).collect();
            Ok(vec![Output { name: "mask".to_owned(), shape: vec![n, 1, MASK, MASK], values }])
        }

        fn runtime(&self) -> &str {
            "painted"
        }
    }

    fn normaliser(sees_body: bool) -> (BodyNormaliser, Arc<AtomicUsize>) {
        let asked = Arc::new(AtomicUsize::new(0));
        let side = u32::try_from(MASK).unwrap();
        let plain = BodyNormaliser::seen_by();
        let preprocess = Preprocess { width: side, height: side, ..plain };
        let network = Box::new(Painted { sees_body, asked: Arc::clone(&asked) });
        let mask = MaskDetector::new(BundleId::new("painted", &[1; 32]).unwrap(), preprocess, network);
        (BodyNormaliser::new(mask), asked)
    }

    fn crop(shade: u8) -> RgbImage {
        RgbImage::from_fn(300, 300, |x, y| [shade, (x % 256) as u8, (y % 256) as u8].into())
    }

    #[test]
    fn a_body_is_straightened_and_its_mask_is_made_once() {
        let (normaliser, asked) = normaliser(true);
        let body = normaliser.normalise(&crop(7)).unwrap().expect("a body lies in it");
        assert_eq!(body.dimensions(), (BodyFrame::WIDTH, BodyFrame::HEIGHT));
        assert_eq!(normaliser.normalise(&crop(7)).unwrap(), Some(body));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        normaliser.normalise(&crop(8)).unwrap();
        assert_eq!(asked.load(Ordering::Relaxed), 2, "another crop, another mask");
        assert!(normaliser.id().starts_with("body:painted@"));
    }

    #[test]
    fn where_no_body_is_seen_the_crop_stays() {
        let (normaliser, _) = normaliser(false);
        assert_eq!(normaliser.normalise(&crop(7)).unwrap(), None);
    }

    #[test]
    fn a_part_of_a_photo_keeps_its_proportions_and_is_not_blown_up() {
        let (normaliser, _) = normaliser(true);
        let photo = RgbImage::new(2000, 1000);
        let size = ImageSize { width: 2000, height: 1000 };
        let of = |width: f64, height: f64| {
            let region = PixelBox::at(10.0, 10.0, width, height);
            crop_for(&normaliser, &photo, &region, size).unwrap().dimensions()
        };
        assert_eq!(of(1024.0, 512.0), (512, 256));
        assert_eq!(of(200.0, 100.0), (200, 100));
    }
}
