//! Makes the views of an annotation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use resight_core::{GivenBox, PixelBox};
use resight_imaging::{Limits, Preprocess, RgbImage, look_through};

use super::geometry::{Pose, crop};
use super::photo::OpenPhoto;
use super::pixels;
use super::{AugmentRecipe, AugmentRecipeError, Augmentation, FlipPolicy, View, ViewFailureReason};
use crate::generator;

/// Makes the views of annotations: everything about a view but the photo itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewMaker {
    preprocess: Preprocess,
    recipe: AugmentRecipe,
    flip: FlipPolicy,
    seed: u64,
    limits: Limits,
}

impl ViewMaker {
    /// Views for a network with this preprocessing.
    ///
    /// # Errors
    /// A number of the recipe that cannot be meant.
    pub fn new(
        preprocess: Preprocess,
        recipe: AugmentRecipe,
        flip: FlipPolicy,
        seed: u64,
    ) -> Result<Self, AugmentRecipeError> {
        recipe.check()?;
        Ok(Self { preprocess, recipe, flip, seed, limits: Limits::default() })
    }

    /// Other limits for photos than the default ones.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Another recipe, which the caller made out of one that was checked.
    pub(super) fn with_recipe(self, recipe: AugmentRecipe) -> Self {
        Self { recipe, ..self }
    }

    /// Another flip policy.
    pub(super) fn with_flip(self, flip: FlipPolicy) -> Self {
        Self { flip, ..self }
    }

    /// The preprocessing of the network.
    pub fn preprocess(&self) -> &Preprocess {
        &self.preprocess
    }

    /// How random views are drawn.
    pub fn recipe(&self) -> &AugmentRecipe {
        &self.recipe
    }

    /// What a mirrored photo means.
    pub fn flip(&self) -> FlipPolicy {
        self.flip
    }

    /// Where all randomness comes from.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How large a photo may be.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Decodes a photo, large enough for views of these regions, and of no others.
    ///
    /// # Errors
    /// [`ViewFailureReason::Undecodable`], or a panic that was caught.
    pub fn open(&self, bytes: &[u8], regions: &[Option<GivenBox>]) -> Result<OpenPhoto, ViewFailureReason> {
        let smallest = self.recipe.smallest_side();
        caught(|| OpenPhoto::open(bytes, regions, &self.preprocess, &self.limits, smallest))
    }

    /// A view, as a picture of the network's size.
    ///
    /// # Errors
    /// [`ViewFailureReason::Region`]: the region does not lie in the photo; or a panic that was caught.
    pub fn picture(
        &self,
        photo: &OpenPhoto,
        region: Option<GivenBox>,
        row: u32,
        view: View,
    ) -> Result<RgbImage, ViewFailureReason> {
        let region = photo.upright(region);
        caught(|| match view {
            View::Numbered(number) => self.numbered(photo, region, row, number),
            View::Mirrored => self.plain(photo, region).map(mirrored),
            View::Background => self.background(photo, region),
        })
    }

    /// Writes a view's picture as the network's input, 3 × height × width.
    ///
    /// # Errors
    /// [`ViewFailureReason::Region`]: the picture or `out` has another size.
    pub fn input(&self, picture: &RgbImage, out: &mut [f32]) -> Result<(), ViewFailureReason> {
        Ok(self.preprocess.numbers(picture, out)?)
    }

    /// What inference sees: margins and clipping as the chain of `resight-model` has them.
    fn plain(&self, photo: &OpenPhoto, region: Option<PixelBox>) -> Result<RgbImage, ViewFailureReason> {
        Ok(self.preprocess.picture(photo.plain(region)?, region.as_ref(), photo.full_size())?)
    }

    fn numbered(
        &self,
        photo: &OpenPhoto,
        region: Option<PixelBox>,
        row: u32,
        number: u32,
    ) -> Result<RgbImage, ViewFailureReason> {
        let draw = Draw { seed: self.seed, row, view: number };
        let is_mirrored = match self.flip {
            FlipPolicy::Forbidden => false,
            FlipPolicy::KeepIdentity => number > 0 && draw.generator(Draw::MIRROR).random::<bool>(),
            FlipPolicy::MirroredTwin => number % 2 == 1,
        };
        let is_plain = number == 0 || (self.flip.is_paired() && number == 1);
        let picture = if is_plain { self.plain(photo, region)? } else { self.posed(photo, region, &draw)? };
        let picture = if is_mirrored { mirrored(picture) } else { picture };
        Ok(if is_plain {
            picture
        } else {
            pixels::change(picture, &self.recipe, self.preprocess.fill(), &draw)
        })
    }

    /// The region, cropped and turned at random.
    fn posed(
        &self,
        photo: &OpenPhoto,
        region: Option<PixelBox>,
        draw: &Draw,
    ) -> Result<RgbImage, ViewFailureReason> {
        let cropping = draw.happens(Augmentation::Crop, self.recipe.crop.probability);
        let turning = draw.happens(Augmentation::Affine, self.recipe.affine.probability);
        if cropping.is_none() && turning.is_none() {
            return self.plain(photo, region);
        }
        let full_size = photo.full_size();
        let seen = self.preprocess.source_region(full_size, region.as_ref())?;
        let part = cropping.map_or(seen, |mut random| crop(&self.recipe.crop, &seen, &mut random));
        let pose = turning.map_or(Pose::UPRIGHT, |mut random| Pose::draw(&self.recipe.affine, &mut random));
        let (width, height) = self.preprocess.target_size(&part);
        let window = pose.window(&part, width, height);
        let fill = self.preprocess.fill();
        let picture = look_through(&window, photo.fine(region)?, full_size, (width, height), fill);
        Ok(self.preprocess.with_bars(picture))
    }

    /// The whole photo without the animal.
    fn background(&self, photo: &OpenPhoto, region: Option<PixelBox>) -> Result<RgbImage, ViewFailureReason> {
        let full_size = photo.full_size();
        let mut picture = photo.plain(region)?.clone();
        let fill = self.preprocess.fill();
        match region {
            Some(region) => {
                let region = region.expanded(f64::from(self.preprocess.crop_margin));
                pixels::blank_box(&mut picture, &region.relative(full_size), fill);
            }
            None => pixels::blank_middle(&mut picture, fill),
        }
        Ok(self.preprocess.picture(&picture, None, full_size)?)
    }
}

/// The address of a random view.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    seed: u64,
    row: u32,
    view: u32,
}

impl Draw {
    const MIRROR: u64 = 100;

    fn generator(&self, part: u64) -> ChaCha8Rng {
        generator(self.seed, "view", &[u64::from(self.row), u64::from(self.view), part])
    }

    /// The generator of an augmentation, if it happens. Each has its own, so that turning one off leaves the
    /// others as they were.
    pub(super) fn happens(&self, augmentation: Augmentation, probability: f64) -> Option<ChaCha8Rng> {
        let mut random = self.generator(augmentation as u64);
        (random.random::<f64>() < probability).then_some(random)
    }
}

fn mirrored(picture: RgbImage) -> RgbImage {
    let mut picture = picture;
    resight_imaging::mirror(&mut picture);
    picture
}

/// Runs code that hostile pixels might bring to a panic.
fn caught<T>(work: impl FnOnce() -> Result<T, ViewFailureReason>) -> Result<T, ViewFailureReason> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(ViewFailureReason::Panicked(resight_core::panic_text(&*panic).to_owned()))
    })
}
