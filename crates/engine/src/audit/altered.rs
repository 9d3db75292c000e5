//! Photos made into something else before they are compared: without the animal, or mirrored.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use resight_core::{GivenBox, ImageSize, PixelBox};
use resight_imaging::{DecodeSize, Limits, RgbImage, decode, encode_jpeg, mirror, read_photo, thumbnail};
use resight_model::chain::{self, ChainOptions, Ended, Job, PhotoSource};
use resight_model::{Embedder, WholePicture};
use resight_vector::f16;

use crate::evaluate::Tools;
use crate::{CancelToken, EngineError, Progress, Stage};

/// Longer side of an altered photo, or of the part of it around the animal, in pixels: more than any network looks at.
const SIDE: u32 = 1024;

/// Quality of the JPEG that it travels as, 1 to 100.
const QUALITY: u8 = 95;

/// Where the animal takes more of the picture than this, too little is left without it.
const MOST_COVERED: f64 = 0.8;

/// How much wider than the box the part is that is painted over, as a share of the box on each side.
const MARGIN: f64 = 0.15;

/// Over which part of what is painted over, on each side, the paint fades in: a sharp edge would be a mark of its own. It fades in
/// before the box begins.
const FADE: f64 = 0.1;

/// What becomes of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alteration {
    /// The animal's box is painted over with the color of what surrounds it.
    WithoutAnimal,
    /// Left and right are swapped.
    Mirrored,
}

/// A photo to alter, and where the animal is in it.
pub(super) struct Original<'a> {
    pub(super) path: &'a std::path::Path,
    pub(super) size: Option<ImageSize>,
    pub(super) region: PixelBox,
    /// Whether it is the only animal of the photo that the table names.
    pub(super) is_alone: bool,
}

/// An altered photo, as bytes of a file, and the part of it to look at; none is the whole.
struct Altered {
    bytes: Vec<u8>,
    region: Option<PixelBox>,
}

/// The altered photos, kept in memory for every network that is to see them; none of those that cannot be altered.
pub(super) struct AlteredPhotos(Vec<Option<Altered>>);

impl AlteredPhotos {
    /// Alters the photos, on all cores.
    ///
    /// # Errors
    /// The work was cancelled.
    pub(super) fn make(
        alteration: Alteration,
        originals: &[Original<'_>],
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Self, EngineError> {
        let title = match alteration {
            Alteration::WithoutAnimal => "taking the animals out of photos",
            Alteration::Mirrored => "mirroring photos",
        };
        progress.begin(Stage { title: title.to_owned(), total: Some(originals.len() as u64) });
        let made: Mutex<Vec<Option<Altered>>> = Mutex::new(originals.iter().map(|_| None).collect());
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(original) = originals.get(place).filter(|_| !cancel.is_cancelled()) else {
                            return;
                        };
                        let altered = alter(alteration, original);
                        made.lock().unwrap_or_else(PoisonError::into_inner)[place] = altered;
                        progress.advance(1);
                    }
                });
            }
        });
        match cancel.is_cancelled() {
            true => Err(EngineError::user("stopped while photos were altered")),
            false => Ok(Self(made.into_inner().unwrap_or_else(PoisonError::into_inner))),
        }
    }

    /// What a network makes of each: a row of numbers; none where there is no photo, or nothing usable in it.
    ///
    /// # Errors
    /// The network fails, or the work was cancelled.
    pub(super) fn seen_by(
        &self,
        network: &dyn Embedder,
        tools: &Tools<'_>,
        frame: bool,
        cancel: &CancelToken,
    ) -> Result<Vec<Option<Vec<f16>>>, EngineError> {
        let job = |(index, altered): (usize, &Option<Altered>)| {
            let altered = altered.as_ref()?;
            let regions = altered.region.map(|region| vec![GivenBox::upright(region)]);
            Some(Job { index, source: PhotoSource::Bytes(altered.bytes.clone().into()), regions })
        };
        let jobs = self.0.iter().enumerate().filter_map(job);
        let normaliser = tools.normaliser.filter(|_| frame);
        let options = ChainOptions { normaliser, min_side: 1, ..ChainOptions::new(cancel.flag()) };
        let mut rows: Vec<Option<Vec<f16>>> = self.0.iter().map(|_| None).collect();
        let ended = chain::run(jobs, network, &WholePicture, &options, |processed| {
            let index = processed.index;
            let crop = processed.photo.ok().and_then(|photo| photo.crops.into_iter().next());
            let values = crop.and_then(|crop| crop.embedding.ok());
            rows[index] = values.map(|values| values.into_iter().map(f16::from_f32).collect());
            Ok::<(), EngineError>(())
        })?;
        match ended {
            Ended::Cancelled => Err(EngineError::user("stopped while altered photos were looked at")),
            Ended::Complete => Ok(rows),
        }
    }
}

fn alter(alteration: Alteration, original: &Original<'_>) -> Option<Altered> {
    let bytes = read_photo(original.path, &Limits::default()).ok()?;
    let size = original.size?;
    let (picture, region) = match alteration {
        Alteration::WithoutAnimal => {
            let wanted = DecodeSize::AtLeast(ImageSize { width: SIDE, height: SIDE });
            let mut picture = shrunk(decode(&bytes, &Limits::default(), wanted).ok()?.image);
            let region = original.region.relative(size).pixels(size_of(&picture));
            paint_over(&mut picture, &region)?;
            (picture, None)
        }
        // The part around the animal, at the detail that the photo has of it: what is compared is as sharp as before.
        Alteration::Mirrored => {
            let photo = decode(&bytes, &Limits::default(), DecodeSize::Full).ok()?.image;
            let region = original.region.relative(size).pixels(size_of(&photo));
            let part = region.expanded(MARGIN).clamped(size_of(&photo))?;
            let (left, top) = (part.x.floor(), part.y.floor());
            let cut = shrunk(cut(&photo, &part));
            let whole = ImageSize { width: side(part.x, part.width), height: side(part.y, part.height) };
            let inside = PixelBox { x: region.x - left, y: region.y - top, ..region };
            let region = inside.relative(whole).pixels(size_of(&cut));
            let mut picture = cut;
            mirror(&mut picture);
            let x = f64::from(picture.width()) - region.x - region.width;
            (picture, Some(PixelBox { x, ..region }))
        }
    };
    Some(Altered { bytes: encode_jpeg(&picture, QUALITY).ok()?, region })
}

/// Small enough to travel.
fn shrunk(picture: RgbImage) -> RgbImage {
    if picture.width().max(picture.height()) > SIDE { thumbnail(&picture, SIDE) } else { picture }
}

fn size_of(picture: &RgbImage) -> ImageSize {
    ImageSize { width: picture.width(), height: picture.height() }
}

/// Whole pixels from `from` over `length`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a picture")]
fn side(from: f64, length: f64) -> u32 {
    ((from + length).ceil() - from.floor()).max(1.0) as u32
}

/// The pixels that a part of the picture touches.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within a picture")]
fn cut(picture: &RgbImage, part: &PixelBox) -> RgbImage {
    let (left, top) = (part.x.floor() as u32, part.y.floor() as u32);
    let (right, bottom) = (picture.width() - 1, picture.height() - 1);
    RgbImage::from_fn(side(part.x, part.width), side(part.y, part.height), |x, y| {
        *picture.get_pixel((left + x).min(right), (top + y).min(bottom))
    })
}

/// Paints a box over with the mean color of the rest; none where the box leaves too little of the picture.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "colors are clamped to bytes")]
fn paint_over(picture: &mut RgbImage, region: &PixelBox) -> Option<()> {
    let size = ImageSize { width: picture.width(), height: picture.height() };
    let whole = PixelBox::whole(size);
    let painted = region.expanded(MARGIN).clamped(size)?;
    if painted.area() > MOST_COVERED * whole.area() {
        return None;
    }
    let outside = |x: u32, y: u32| depth(&painted, x, y) < 0.0;
    let (mut sum, mut count) = ([0.0_f64; 3], 0.0_f64);
    for (_, _, pixel) in picture.enumerate_pixels().filter(|(x, y, _)| outside(*x, *y)) {
        sum.iter_mut().zip(pixel.0).for_each(|(sum, value)| *sum += f64::from(value));
        count += 1.0;
    }
    let mean = sum.map(|sum| sum / count.max(1.0));
    let fade = (FADE * painted.width.min(painted.height)).max(1.0);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let depth = depth(&painted, x, y);
        if depth >= 0.0 {
            let share = (depth / fade).min(1.0);
            for (value, mean) in pixel.0.iter_mut().zip(mean) {
                *value = (f64::from(*value) * (1.0 - share) + mean * share).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    Some(())
}

/// How deep inside the box the middle of a pixel lies; below 0 outside of it.
fn depth(region: &PixelBox, x: u32, y: u32) -> f64 {
    let (x, y) = (f64::from(x) + 0.5, f64::from(y) + 0.5);
    let sideways = (x - region.x).min(region.x + region.width - x);
    let upright = (y - region.y).min(region.y + region.height - y);
    sideways.min(upright)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture() -> RgbImage {
        RgbImage::from_fn(100, 80, |x, y| match (20..60).contains(&x) && (20..60).contains(&y) {
            true => [250, 0, 0].into(),
            false => [10, 100, 10].into(),
        })
    }

    const ANIMAL: PixelBox = PixelBox::at(20.0, 20.0, 40.0, 40.0);

    #[test]
    fn an_animal_is_painted_over_and_its_surroundings_stay() {
        let mut painted = picture();
        paint_over(&mut painted, &ANIMAL).expect("enough is left");
        assert_eq!(painted.get_pixel(40, 40).0, [10, 100, 10]);
        assert_eq!(painted.get_pixel(5, 5).0, [10, 100, 10]);
        assert_eq!(
            painted.pixels().filter(|pixel| pixel.0[0] > 12).count(),
            0,
            "the paint is whole where the box begins"
        );
    }

    #[test]
    fn a_picture_that_is_all_animal_has_no_background() {
        let whole = PixelBox::at(0.0, 0.0, 100.0, 80.0);
        assert_eq!(paint_over(&mut picture(), &whole), None);
    }

    #[test]
    fn a_mirrored_animal_is_cut_out_as_sharp_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        // A small animal, red on its left and blue on its right, in a large photo.
        let photo = RgbImage::from_fn(3000, 2000, |x, y| match (1000..1100).contains(&y) {
            true if (2000..2060).contains(&x) => [250, 0, 0].into(),
            true if (2060..2100).contains(&x) => [0, 0, 250].into(),
            _ => [10, 100, 10].into(),
        });
        std::fs::write(&path, resight_imaging::encode_png(&photo).unwrap()).unwrap();
        let region = PixelBox::at(2000.0, 1000.0, 100.0, 100.0);
        let size = Some(ImageSize { width: 3000, height: 2000 });
        let original = Original { path: &path, size, region, is_alone: true };
        let altered = alter(Alteration::Mirrored, &original).unwrap();
        let region = altered.region.unwrap();
        assert_eq!((region.width, region.height), (100.0, 100.0));
        let seen = decode(&altered.bytes, &Limits::default(), DecodeSize::Full).unwrap().image;
        let at = |x: f64| seen.get_pixel((region.x + x) as u32, (region.y + 50.0) as u32).0;
        assert!(at(20.0)[2] > 200 && at(20.0)[0] < 60, "what was on the right: {:?}", at(20.0));
        assert!(at(80.0)[0] > 200 && at(80.0)[2] < 60, "what was on the left: {:?}", at(80.0));
        assert!(at(-10.0)[0] < 60 && at(-10.0)[2] < 60, "what surrounds it: {:?}", at(-10.0));
    }
}
