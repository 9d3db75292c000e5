//! One decoder thread's work: a photo's bytes become network inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender};
use resight_core::{Clarity, GivenBox, ImageSize, PixelBox, UnusableReason, panic_text};
use resight_imaging::{
    DecodeError, DecodeSize, Decoded, PhotoHeader, Preprocess, RgbImage, clarity, clarity_size, decode,
    decode_window, encode_jpeg, perceptual_hash, photo_id, picture_id, read_metadata, thumbnail,
};
use tracing::debug_span;

use super::ChainOptions;
use super::look::Look;
use super::network::Prepared;
use super::processed::{PhotoFailure, Processed, ProcessedCrop, ProcessedPhoto};
use super::read::ReadPhoto;
use crate::ModelError;
use crate::detect::{Detection, Detector};
use crate::normalise::{Normaliser, crop_for};

/// Quality of the thumbnails' JPEGs, 1 to 100.
const THUMBNAIL_QUALITY: u8 = 82;

/// Regions that are cut out of a photo too large to be decoded as a whole, at most: each walks its scan anew.
const MOST_WINDOWS: usize = 200;

/// What every decoder thread needs to know.
pub(super) struct Preparer<'a> {
    pub(super) looks: &'a [Look<'a>],
    pub(super) detector: &'a dyn Detector,
    pub(super) options: &'a ChainOptions<'a>,
    /// Why a network besides the embedder's has failed.
    pub(super) failed: &'a Mutex<Option<ModelError>>,
    /// Ends the run.
    pub(super) stop: &'a AtomicBool,
}

/// A region to embed, as far as it is known before the pixels are looked at.
struct Region {
    bounds: PixelBox,
    confidence: Option<f32>,
}

/// A photo that was opened, with its pixels at one scale.
struct Opened {
    photo: ProcessedPhoto,
    header: PhotoHeader,
    decoded: Decoded,
    /// 1, 2, 4 or 8: what the sides of the photo were divided by.
    scale: u32,
}

/// A crop that goes to the networks of one look.
struct Wanted {
    /// Number of the crop in its photo.
    crop: usize,
    /// Number of the look; none where it is looked at how well the animal can be seen, which takes no network.
    look: Option<usize>,
    region: PixelBox,
    /// How much of the photo's detail this region asks for, whatever others ask for.
    size: DecodeSize,
}

/// What was made of a crop.
enum Made {
    /// The input of the networks of a look, or why there is none.
    Input(usize, Result<Vec<f32>, UnusableReason>),
    /// How well the animal can be seen.
    Clarity(Option<Clarity>),
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
        let _photo = debug_span!("prepare", photo = index).entered();
        let opened = bytes.map_err(PhotoFailure::Unreadable).and_then(|bytes| {
            let opened = catch(|| self.open(&bytes, regions)).unwrap_or_else(|why| Err(why.into_failure()));
            opened.map(|opened| (opened, bytes))
        });
        let (Opened { photo, header, decoded, scale }, bytes) = match opened {
            Ok(opened) => opened,
            Err(failure) => {
                let processed = Box::new(Processed { index, photo: Err(failure) });
                return hand_on.send(Prepared::Photo { place, processed, answers_to_come: 0 }).ok();
            }
        };
        let mut by_scale = self.usable_crops(&photo, &header);
        let wanted = by_scale.values().flatten();
        let answers = |wanted: &Wanted| wanted.look.map_or(1, |look| self.looks[look].networks.len());
        let answers_to_come = wanted.map(answers).sum();
        let processed = Box::new(Processed { index, photo: Ok(photo) });
        hand_on.send(Prepared::Photo { place, processed, answers_to_come }).ok()?;
        let hand_on = |crop: usize, made: Made| {
            let prepared = match made {
                Made::Input(look, input) => Prepared::Crop { place, crop, look, input },
                Made::Clarity(clarity) => Prepared::Clarity { place, crop, clarity },
            };
            hand_on.send(prepared).ok()
        };
        // What is decoded already is used first, and let go before the photo is decoded at another scale.
        self.hand_on_crops(by_scale.remove(&scale).unwrap_or_default(), Ok(decoded), &header, hand_on)?;
        for wanted in by_scale.into_values() {
            let size = wanted.first().map_or(DecodeSize::Full, |first| first.size);
            match self.decode(&bytes, size) {
                Err(DecodeError::TooMuchMemory { .. }) => self.hand_on_windows(wanted, &bytes, hand_on)?,
                decoded => {
                    let decoded = decoded.map_err(|error| error.to_string());
                    self.hand_on_crops(wanted, decoded, &header, hand_on)?;
                }
            }
        }
        Some(())
    }

    /// Cuts regions out of a photo that is too large to be decoded at this scale, one by one.
    fn hand_on_windows(
        &self,
        wanted: Vec<Wanted>,
        bytes: &[u8],
        hand_on: impl Fn(usize, Made) -> Option<()>,
    ) -> Option<()> {
        let mut crops = BTreeSet::new();
        for wanted in wanted {
            let Some(look) = wanted.look else {
                hand_on(wanted.crop, Made::Clarity(None))?;
                continue;
            };
            crops.insert(wanted.crop);
            let input = if crops.len() <= MOST_WINDOWS {
                catch(|| self.window_input(bytes, look, &wanted.region))
                    .unwrap_or_else(|panic| Err(UnusableReason::Undecodable(panic.0)))
            } else {
                let why =
                    format!("more than {MOST_WINDOWS} regions of a photo too large to be decoded as a whole");
                Err(UnusableReason::Undecodable(why))
            };
            hand_on(wanted.crop, Made::Input(look, input))?;
        }
        Some(())
    }

    fn window_input(&self, bytes: &[u8], look: usize, region: &PixelBox) -> Result<Vec<f32>, UnusableReason> {
        let _span = debug_span!("crop").entered();
        let preprocess = self.looks[look].preprocess;
        let window = decode_window(bytes, &self.options.limits, &preprocess.window(region))
            .map_err(|error| UnusableReason::Undecodable(error.to_string()))?;
        let mut input = vec![0.0; preprocess.input_len()];
        preprocess
            .apply_to_window(&window, region, &mut input)
            .map_err(|error| UnusableReason::Undecodable(error.to_string()))?;
        Ok(input)
    }

    /// Cuts regions out of one decoding and hands them on.
    fn hand_on_crops(
        &self,
        wanted: Vec<Wanted>,
        decoded: Result<Decoded, String>,
        header: &PhotoHeader,
        hand_on: impl Fn(usize, Made) -> Option<()>,
    ) -> Option<()> {
        // The body of a crop, for all that look at it one after the other.
        let mut last: Option<(usize, Option<RgbImage>)> = None;
        for wanted in wanted {
            let Some(look) = wanted.look else {
                let seen = |decoded: &Decoded| clarity(&decoded.image, &wanted.region, header.full_size);
                let seen = decoded.as_ref().ok().and_then(|decoded| catch(|| seen(decoded)).ok().flatten());
                hand_on(wanted.crop, Made::Clarity(seen))?;
                continue;
            };
            let input = match &decoded {
                Ok(decoded) => {
                    let body = match last.take() {
                        Some((crop, body)) if crop == wanted.crop => body,
                        _ => self.normalised(&decoded.image, &wanted.region, header.full_size)?,
                    };
                    let made = || {
                        let (region, full_size) = (&wanted.region, header.full_size);
                        self.crop_input(&decoded.image, body.as_ref(), (look, region), full_size)
                    };
                    let input = catch(made).unwrap_or_else(|panic| Err(UnusableReason::Undecodable(panic.0)));
                    last = Some((wanted.crop, body));
                    input
                }
                Err(why) => Err(UnusableReason::Undecodable(why.clone())),
            };
            hand_on(wanted.crop, Made::Input(look, input))?;
        }
        Some(())
    }

    /// Decodes a photo, finds the regions, and computes what was asked for.
    fn open(&self, bytes: &[u8], given: Option<Vec<GivenBox>>) -> Result<Opened, PhotoFailure> {
        let header = PhotoHeader::read(bytes, &self.options.limits)?;
        let (regions, decoded, scale) = match given {
            Some(given) => {
                let regions: Vec<Region> =
                    given.iter().map(|given| Region::from(header.upright_box(given))).collect();
                let wanted = self.finest_size(&header, &regions);
                let (decoded, scale) = self.decode_within_memory(bytes, &header, wanted)?;
                (regions, decoded, scale)
            }
            None => self.detect(bytes, &header)?,
        };
        let (image, full) = (&decoded.image, header.full_size);
        let photo = ProcessedPhoto {
            photo_id: photo_id(bytes),
            picture_id: picture_id(bytes),
            file_bytes: bytes.len() as u64,
            full_size: full,
            format: header.format,
            metadata: self.options.want_metadata.then(|| read_metadata(bytes)),
            perceptual_hash: self.options.want_hashes.then(|| perceptual_hash(image)),
            thumbnail_jpeg: self.options.thumbnail_side.and_then(|side| small_jpeg(image, side)),
            crops: regions.into_iter().map(|region| self.crop_before_embedding(region, full)).collect(),
        };
        Ok(Opened { photo, header, decoded, scale })
    }

    /// Decodes a photo large enough for the detector and for a crop of the whole, and lets it look.
    fn detect(
        &self,
        bytes: &[u8],
        header: &PhotoHeader,
    ) -> Result<(Vec<Region>, Decoded, u32), PhotoFailure> {
        let whole = Region::from(PixelBox::whole(header.full_size));
        let wanted = self.finest_size(header, &[whole]).larger(self.detector.decode_size(header.full_size));
        let (decoded, scale) = self.decode_within_memory(bytes, header, wanted)?;
        let _span = debug_span!("detect").entered();
        let found =
            self.detector.detect(&decoded.image, decoded.full_size).map_err(PhotoFailure::Undetectable)?;
        Ok((found.into_iter().map(Region::from).collect(), decoded, scale))
    }

    /// A photo at the scale that is wanted, or, where that takes more memory than allowed, at the smallest: it is seen as
    /// a whole then, and its regions are cut out one by one.
    fn decode_within_memory(
        &self,
        bytes: &[u8],
        header: &PhotoHeader,
        wanted: DecodeSize,
    ) -> Result<(Decoded, u32), DecodeError> {
        match self.decode(bytes, wanted) {
            Err(DecodeError::TooMuchMemory { .. }) => {
                let smallest = DecodeSize::AtLeast(ImageSize { width: 1, height: 1 });
                Ok((self.decode(bytes, smallest)?, header.scale(smallest)))
            }
            decoded => Ok((decoded?, header.scale(wanted))),
        }
    }

    fn decode(&self, bytes: &[u8], size: DecodeSize) -> Result<Decoded, DecodeError> {
        let _span = debug_span!("decode", bytes = bytes.len()).entered();
        decode(bytes, &self.options.limits, size)
    }

    /// The size of the region that asks for the most detail. Thumbnail and hash have no say in it: they are made of
    /// what there is, so that an embedding is the same whether they are asked for or not.
    fn finest_size(&self, header: &PhotoHeader, regions: &[Region]) -> DecodeSize {
        let full = header.full_size;
        let inside = regions.iter().filter_map(|region| region.bounds.clamped(full));
        // The first network's: what is made of the whole photo is the same whichever others look at it.
        let first = self.first_seen_by(&self.looks[0]);
        let sizes = inside.map(|bounds| first.decode_size(full, Some(&bounds)));
        let finest = sizes.min_by_key(|size| header.scale(*size));
        finest.unwrap_or(DecodeSize::AtLeast(ImageSize { width: 1, height: 1 }))
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
            UnusableReason::NotEmbedded
        });
        let region_in_photo = clamped.unwrap_or(region.bounds);
        let further = vec![embedding.clone(); self.options.further.len()];
        let detector_confidence = region.confidence;
        ProcessedCrop { region: region_in_photo, detector_confidence, clarity: None, embedding, further }
    }

    /// The crops that go to the networks, by the scale that each look asks for: a crop's pixels depend on its own
    /// box, not on which others are asked for with it, and not on who else looks.
    fn usable_crops(&self, photo: &ProcessedPhoto, header: &PhotoHeader) -> BTreeMap<u32, Vec<Wanted>> {
        let mut by_scale: BTreeMap<u32, Vec<Wanted>> = BTreeMap::new();
        let usable = |crop: &ProcessedCrop| crop.embedding == Err(UnusableReason::NotEmbedded);
        for (crop, ProcessedCrop { region, .. }) in
            photo.crops.iter().enumerate().filter(|(_, crop)| usable(crop))
        {
            for (number, look) in self.looks.iter().enumerate() {
                let size = self.first_seen_by(look).decode_size(header.full_size, Some(region));
                let wanted = Wanted { crop, look: Some(number), region: *region, size };
                by_scale.entry(header.scale(size)).or_default().push(wanted);
            }
            if self.options.want_clarity {
                let own = clarity_size(header.full_size, region);
                let of_first = self.first_seen_by(&self.looks[0]).decode_size(header.full_size, Some(region));
                // What is decoded for the embedder does, where it is fine enough.
                let size = if header.scale(of_first) <= header.scale(own) { of_first } else { own };
                let wanted = Wanted { crop, look: None, region: *region, size };
                by_scale.entry(header.scale(size)).or_default().push(wanted);
            }
        }
        by_scale
    }

    fn crop_input(
        &self,
        image: &RgbImage,
        body: Option<&RgbImage>,
        (look, region): (usize, &PixelBox),
        full_size: ImageSize,
    ) -> Result<Vec<f32>, UnusableReason> {
        let _span = debug_span!("crop").entered();
        let Look { preprocess, in_own_frame, .. } = self.looks[look];
        let mut input = vec![0.0; preprocess.input_len()];
        let applied = match body.filter(|_| in_own_frame) {
            Some(body) => {
                let (width, height) = body.dimensions();
                preprocess.apply(body, None, ImageSize { width, height }, &mut input)
            }
            None => preprocess.apply(image, Some(region), full_size, &mut input),
        };
        applied.map_err(|error| UnusableReason::Undecodable(error.to_string()))?;
        Ok(input)
    }

    /// The animal in its own frame, where it is wanted and has one. What is cut out of a photo too large to be decoded as a
    /// whole stays as it is. `None` where the network behind it failed: the run ends then, for the next photo would fare no
    /// better, and nothing false is kept of this one.
    fn normalised(
        &self,
        image: &RgbImage,
        region: &PixelBox,
        full_size: ImageSize,
    ) -> Option<Option<RgbImage>> {
        let Some(normaliser) = self.options.normaliser else { return Some(None) };
        let Some(crop) = crop_for(normaliser, image, region, full_size) else { return Some(None) };
        let _span = debug_span!("normalise").entered();
        match normaliser.normalise(&crop) {
            Ok(body) => Some(body),
            Err(error) => {
                *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                self.stop.store(true, Ordering::Relaxed);
                None
            }
        }
    }

    /// The preprocessing that decides how finely a photo is decoded: it is the same for every network where a normaliser looks
    /// first, so that all of them see the same.
    fn first_seen_by<'b>(&'b self, look: &Look<'b>) -> &'b Preprocess {
        let normaliser = self.options.normaliser.filter(|_| look.in_own_frame);
        normaliser.map_or(look.preprocess, Normaliser::preprocess)
    }
}

impl From<PixelBox> for Region {
    fn from(bounds: PixelBox) -> Self {
        Self { bounds, confidence: None }
    }
}

impl From<Detection> for Region {
    fn from(detection: Detection) -> Self {
        Self { bounds: detection.region, confidence: Some(detection.confidence) }
    }
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
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| Panic(panic_text(&*panic).to_owned()))
}
