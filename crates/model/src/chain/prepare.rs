//! One decoder thread's work: a photo's bytes become network inputs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, Sender};
use resight_core::{ImageSize, PixelBox, UnusableReason};
use resight_imaging::{
    DecodeSize, Decoded, Preprocess, RgbImage, decode, encode_jpeg, full_size, perceptual_hash, photo_id,
    read_metadata, thumbnail,
};

use super::ChainOptions;
use super::network::Prepared;
use super::processed::{PhotoFailure, Processed, ProcessedCrop, ProcessedPhoto};
use super::read::ReadPhoto;
use crate::detect::{Detection, Detector};

/// Quality of the thumbnails' JPEGs, 1 to 100.
const THUMBNAIL_QUALITY: u8 = 82;

/// What every decoder thread needs to know.
pub(super) struct Preparer<'a> {
    pub(super) preprocess: &'a Preprocess,
    pub(super) detector: &'a dyn Detector,
    pub(super) options: &'a ChainOptions<'a>,
}

/// A region to embed, as far as it is known before the pixels are looked at.
struct Region {
    bounds: PixelBox,
    confidence: Option<f32>,
}

impl Preparer<'_> {
    /// Prepares what arrives, until nothing more does or nobody wants it.
    pub(super) fn prepare_photos(
        &self,
        arriving: &Receiver<ReadPhoto>,
        hand_on: &Sender<Prepared>,
        stop: &AtomicBool,
    ) {
        for read in arriving {
            if stop.load(Ordering::Relaxed) || self.prepare(read, hand_on).is_none() {
                return;
            }
        }
    }

    /// Prepares one photo and hands it on, then its crops one by one: however many there are, only as many
    /// inputs wait as the channel holds. `None` when nobody wants them any more.
    fn prepare(&self, read: ReadPhoto, hand_on: &Sender<Prepared>) -> Option<()> {
        let ReadPhoto { place, index, regions, bytes } = read;
        let opened = bytes.map_err(PhotoFailure::Unreadable).and_then(|bytes| {
            catch(|| self.open(&bytes, regions)).unwrap_or_else(|why| Err(why.into_failure()))
        });
        let (photo, image) = match opened {
            Ok((photo, image)) => (Ok(photo), Some(image)),
            Err(failure) => (Err(failure), None),
        };
        let wanted = photo.as_ref().map(|photo| self.usable_crops(photo)).unwrap_or_default();
        let full_size = photo.as_ref().map(|photo| photo.full_size).ok();
        let processed = Box::new(Processed { index, photo });
        hand_on.send(Prepared::Photo { place, processed, crops_to_come: wanted.len() }).ok()?;
        let (Some(image), Some(full_size)) = (image, full_size) else { return Some(()) };
        for (crop, region) in wanted {
            let input = catch(|| self.crop_input(&image, &region, full_size))
                .unwrap_or_else(|panic| Err(UnusableReason::Undecodable(panic.0)));
            hand_on.send(Prepared::Crop { place, crop, input }).ok()?;
        }
        Some(())
    }

    /// Decodes a photo as small as its crops allow, finds the regions, and computes what was asked for.
    fn open(
        &self,
        bytes: &[u8],
        regions: Option<Vec<PixelBox>>,
    ) -> Result<(ProcessedPhoto, RgbImage), PhotoFailure> {
        let full = full_size(bytes, &self.options.limits)?;
        let (regions, decoded) = self.find_regions(bytes, full, regions)?;
        let Decoded { image, full_size, format, .. } = decoded;
        let photo = ProcessedPhoto {
            photo_id: photo_id(bytes),
            file_bytes: bytes.len() as u64,
            full_size,
            format,
            metadata: self.options.want_metadata.then(|| read_metadata(bytes)),
            perceptual_hash: self.options.want_hashes.then(|| perceptual_hash(&image)),
            thumbnail_jpeg: self.options.thumbnail_side.and_then(|side| small_jpeg(&image, side)),
            crops: regions.into_iter().map(|region| self.crop_before_embedding(region, full_size)).collect(),
        };
        Ok((photo, image))
    }

    /// The regions, given or detected, and the photo decoded large enough for all of them.
    fn find_regions(
        &self,
        bytes: &[u8],
        full: ImageSize,
        given: Option<Vec<PixelBox>>,
    ) -> Result<(Vec<Region>, Decoded), PhotoFailure> {
        let Some(given) = given else { return self.detect(bytes, full) };
        let regions: Vec<Region> =
            given.into_iter().map(|bounds| Region { bounds, confidence: None }).collect();
        let wanted = self.wanted_size(full, &regions);
        Ok((regions, decode(bytes, &self.options.limits, wanted)?))
    }

    /// Decodes a photo large enough for the detector and for a crop of the whole; once more, and larger,
    /// only where the crops that were found need it.
    fn detect(&self, bytes: &[u8], full: ImageSize) -> Result<(Vec<Region>, Decoded), PhotoFailure> {
        let limits = &self.options.limits;
        let whole = Region { bounds: PixelBox::whole(full), confidence: None };
        let at_first = self.wanted_size(full, &[whole]).larger(self.detector.decode_size(full));
        let decoded = decode(bytes, limits, at_first)?;
        let found =
            self.detector.detect(&decoded.image, decoded.full_size).map_err(PhotoFailure::Undetectable)?;
        let regions: Vec<Region> = found.into_iter().map(Region::from).collect();
        let wanted = self.wanted_size(full, &regions);
        let decoded = if covers(&decoded, wanted) { decoded } else { decode(bytes, limits, wanted)? };
        Ok((regions, decoded))
    }

    /// How large the photo must be decoded for these regions. The thumbnail and the hash have no say in it: they
    /// are made of what there is, so that an embedding is the same whether they are asked for or not.
    fn wanted_size(&self, full: ImageSize, regions: &[Region]) -> DecodeSize {
        let nothing = DecodeSize::AtLeast(ImageSize { width: 1, height: 1 });
        regions
            .iter()
            .filter_map(|region| region.bounds.clamped(full))
            .map(|bounds| self.preprocess.decode_size(full, Some(&bounds)))
            .fold(nothing, DecodeSize::larger)
    }

    fn crop_before_embedding(&self, region: Region, full_size: ImageSize) -> ProcessedCrop {
        let clamped = region.bounds.clamped(full_size);
        let shorter_side = clamped.map_or(0.0, |bounds| bounds.width.min(bounds.height));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to the photo's side")]
        let pixels = shorter_side as u32;
        let needed = self.options.min_side;
        let embedding = Err(if pixels < needed {
            UnusableReason::TooSmall { pixels, needed }
        } else {
            UnusableReason::NoEmbedding
        });
        let region_in_photo = clamped.unwrap_or(region.bounds);
        ProcessedCrop { region: region_in_photo, detector_confidence: region.confidence, embedding }
    }

    /// The crops that go to the network, with their numbers.
    fn usable_crops(&self, photo: &ProcessedPhoto) -> Vec<(usize, PixelBox)> {
        let numbered = photo.crops.iter().enumerate();
        numbered
            .filter(|(_, crop)| crop.embedding == Err(UnusableReason::NoEmbedding))
            .map(|(number, crop)| (number, crop.region))
            .collect()
    }

    fn crop_input(
        &self,
        image: &RgbImage,
        region: &PixelBox,
        full_size: ImageSize,
    ) -> Result<Vec<f32>, UnusableReason> {
        let mut input = vec![0.0; 3 * self.preprocess.width as usize * self.preprocess.height as usize];
        self.preprocess
            .apply(image, Some(region), full_size, &mut input)
            .map_err(|error| UnusableReason::Undecodable(error.to_string()))?;
        Ok(input)
    }
}

impl From<Detection> for Region {
    fn from(detection: Detection) -> Self {
        Self { bounds: detection.region, confidence: Some(detection.confidence) }
    }
}

/// Whether what was decoded is large enough for the wish.
fn covers(decoded: &Decoded, wanted: DecodeSize) -> bool {
    let (width, height) = decoded.image.dimensions();
    let is_full = ImageSize { width, height } == decoded.full_size;
    is_full || matches!(wanted, DecodeSize::AtLeast(size) if size.width <= width && size.height <= height)
}

fn small_jpeg(image: &RgbImage, side: u32) -> Option<Vec<u8>> {
    encode_jpeg(&thumbnail(image, side), THUMBNAIL_QUALITY).ok()
}

/// What a panic said.
struct Panic(String);

impl Panic {
    fn into_failure(self) -> PhotoFailure {
        PhotoFailure::Panicked(self.0)
    }
}

/// Runs code that hostile pixels might bring to a panic.
fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        Panic(said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default())
    })
}
