//! How random views are drawn, as data.

use serde::{Deserialize, Serialize};

/// How random views are drawn. Each augmentation happens with its own probability, 0 turns it off.
///
/// The defaults are mild, in the manner of the first of Happywhale 2022: they leave an animal recognizable to a
/// person who knows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AugmentRecipe {
    /// A part of the region instead of the whole.
    pub crop: CropRecipe,
    /// Rotation, shift, shear and scale.
    pub affine: AffineRecipe,
    /// Other light.
    pub color: ColorRecipe,
    /// No colour at all.
    pub grey: GreyRecipe,
    /// Out of focus.
    pub blur: BlurRecipe,
    /// A grainy sensor.
    pub noise: NoiseRecipe,
    /// A strong compression.
    pub jpeg: JpegRecipe,
    /// Something in front of the animal.
    pub erasing: ErasingRecipe,
}

/// A random part of the region, brought to the network's size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct CropRecipe {
    /// How often, 0 to 1. Default 1.
    pub probability: f64,
    /// The smallest share of the region's area, above 0 to 1; drawn evenly between it and 1. Default 0.8.
    pub smallest_area: f64,
    /// By how much the proportions may change, 1 or more: 1.25 draws width : height between 0.8 and 1.25 times
    /// the region's own. Default 1.25.
    pub stretch: f64,
}

/// Rotation, shift, shear and scale around the middle of the region. What comes into sight is the photo around it;
/// beyond the photo, the colour that the preprocessing turns into zeros.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AffineRecipe {
    /// How often, 0 to 1. Default 0.5.
    pub probability: f64,
    /// Largest angle either way, in degrees, 0 to 180. Default 15.
    pub rotation: f64,
    /// Largest shift either way, as a share of each side, 0 to 0.5. Default 0.1.
    pub translation: f64,
    /// Largest angle of shear either way, in degrees, 0 to 45. Default 3.
    pub shear: f64,
    /// By how much it may come nearer or go farther, 0 to 1: 0.1 draws a factor between 1/1.1 and 1.1. Default 0.1.
    pub scale: f64,
}

/// Other light: brightness, contrast, saturation, then hue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ColorRecipe {
    /// How often, 0 to 1. Default 0.5.
    pub probability: f64,
    /// Factor of all values: 0.2 draws between 0.8 and 1.2; 0 to 1. Default 0.2.
    pub brightness: f64,
    /// Factor of the distance from the picture's mean grey, in the same way. Default 0.2.
    pub contrast: f64,
    /// Factor of the distance from a pixel's own grey, in the same way. Default 0.2.
    pub saturation: f64,
    /// Largest turn of the hue either way, in degrees, 0 to 180. Default 5.
    pub hue: f64,
}

/// The picture without colour.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GreyRecipe {
    /// How often, 0 to 1. Default 0.1.
    pub probability: f64,
}

/// A Gaussian blur.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct BlurRecipe {
    /// How often, 0 to 1. Default 0.05.
    pub probability: f64,
    /// Largest standard deviation, in pixels of the network's input, above 0 to 20; drawn evenly from a tenth of
    /// it on. Default 1.5.
    pub deviation: f64,
}

/// Normally distributed noise on every value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct NoiseRecipe {
    /// How often, 0 to 1. Default 0.05.
    pub probability: f64,
    /// Largest standard deviation, of 255, above 0 to 128; drawn evenly from a tenth of it on. Default 10.
    pub deviation: f64,
}

/// Compressed as a JPEG and read back.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct JpegRecipe {
    /// How often, 0 to 1. Default 0.05.
    pub probability: f64,
    /// The lowest quality, 1 to 95; drawn evenly between it and 95. Default 40.
    pub lowest_quality: u8,
}

/// A rectangle of one colour somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ErasingRecipe {
    /// How often, 0 to 1. Default 0.05.
    pub probability: f64,
    /// The largest share of the picture's area, above 0 to 0.5; drawn evenly from a tenth of it on. Default 0.1.
    pub largest_area: f64,
}

impl Default for CropRecipe {
    fn default() -> Self {
        Self { probability: 1.0, smallest_area: 0.8, stretch: 1.25 }
    }
}

impl Default for AffineRecipe {
    fn default() -> Self {
        Self { probability: 0.5, rotation: 15.0, translation: 0.1, shear: 3.0, scale: 0.1 }
    }
}

impl Default for ColorRecipe {
    fn default() -> Self {
        Self { probability: 0.5, brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 5.0 }
    }
}

impl Default for GreyRecipe {
    fn default() -> Self {
        Self { probability: 0.1 }
    }
}

impl Default for BlurRecipe {
    fn default() -> Self {
        Self { probability: 0.05, deviation: 1.5 }
    }
}

impl Default for NoiseRecipe {
    fn default() -> Self {
        Self { probability: 0.05, deviation: 10.0 }
    }
}

impl Default for JpegRecipe {
    fn default() -> Self {
        Self { probability: 0.05, lowest_quality: 40 }
    }
}

impl Default for ErasingRecipe {
    fn default() -> Self {
        Self { probability: 0.05, largest_area: 0.1 }
    }
}

/// One of the augmentations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Augmentation {
    /// [`CropRecipe`].
    Crop,
    /// [`AffineRecipe`].
    Affine,
    /// [`ColorRecipe`].
    Color,
    /// [`GreyRecipe`].
    Grey,
    /// [`BlurRecipe`].
    Blur,
    /// [`NoiseRecipe`].
    Noise,
    /// [`JpegRecipe`].
    Jpeg,
    /// [`ErasingRecipe`].
    Erasing,
}

impl Augmentation {
    /// All of them, in the order in which they are done.
    pub const ALL: [Self; 8] = [
        Self::Crop,
        Self::Affine,
        Self::Color,
        Self::Grey,
        Self::Blur,
        Self::Noise,
        Self::Jpeg,
        Self::Erasing,
    ];

    /// Its name, as recipes write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Crop => "crop",
            Self::Affine => "affine",
            Self::Color => "color",
            Self::Grey => "grey",
            Self::Blur => "blur",
            Self::Noise => "noise",
            Self::Jpeg => "jpeg",
            Self::Erasing => "erasing",
        }
    }
}

/// A number of the recipe that cannot be meant.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("augmentation: `{field}` is {found}; it must be {expected}")]
pub struct AugmentRecipeError {
    /// Which field, such as `crop.smallest-area`.
    pub field: &'static str,
    /// What it holds.
    pub found: f64,
    /// What would be right.
    pub expected: &'static str,
}

impl AugmentRecipe {
    /// Nothing at all: every view is view 0.
    pub fn none() -> Self {
        let mut recipe = Self::default();
        for augmentation in Augmentation::ALL {
            *recipe.probability_mut(augmentation) = 0.0;
        }
        recipe
    }

    /// How often an augmentation happens, 0 to 1.
    pub fn probability(&self, augmentation: Augmentation) -> f64 {
        *self.clone().probability_mut(augmentation)
    }

    /// This recipe with one augmentation only, which always happens.
    pub fn alone(&self, augmentation: Augmentation) -> Self {
        let mut recipe = self.clone();
        for other in Augmentation::ALL {
            *recipe.probability_mut(other) = f64::from(u8::from(other == augmentation));
        }
        recipe
    }

    fn probability_mut(&mut self, augmentation: Augmentation) -> &mut f64 {
        match augmentation {
            Augmentation::Crop => &mut self.crop.probability,
            Augmentation::Affine => &mut self.affine.probability,
            Augmentation::Color => &mut self.color.probability,
            Augmentation::Grey => &mut self.grey.probability,
            Augmentation::Blur => &mut self.blur.probability,
            Augmentation::Noise => &mut self.noise.probability,
            Augmentation::Jpeg => &mut self.jpeg.probability,
            Augmentation::Erasing => &mut self.erasing.probability,
        }
    }

    /// The shortest side of what a view may show, as a share of the region's.
    pub(super) fn smallest_side(&self) -> f64 {
        let crop = if self.crop.probability > 0.0 {
            (self.crop.smallest_area / self.crop.stretch).sqrt()
        } else {
            1.0
        };
        let nearest = if self.affine.probability > 0.0 { 1.0 / (1.0 + self.affine.scale) } else { 1.0 };
        crop * nearest
    }

    /// Checks that the numbers can be meant.
    ///
    /// # Errors
    /// Names the field.
    pub fn check(&self) -> Result<(), AugmentRecipeError> {
        let share = |field, found| within(field, found, 0.0, 1.0, "between 0 and 1");
        share("crop.probability", self.crop.probability)?;
        share("affine.probability", self.affine.probability)?;
        share("color.probability", self.color.probability)?;
        share("grey.probability", self.grey.probability)?;
        share("blur.probability", self.blur.probability)?;
        share("noise.probability", self.noise.probability)?;
        share("jpeg.probability", self.jpeg.probability)?;
        share("erasing.probability", self.erasing.probability)?;
        self.check_geometry()?;
        share("color.brightness", self.color.brightness)?;
        share("color.contrast", self.color.contrast)?;
        share("color.saturation", self.color.saturation)?;
        within("color.hue", self.color.hue, 0.0, 180.0, "between 0 and 180 degrees")?;
        within("blur.deviation", self.blur.deviation, 0.01, 20.0, "between 0.01 and 20 pixels")?;
        within("noise.deviation", self.noise.deviation, 0.01, 128.0, "between 0.01 and 128")?;
        let quality = f64::from(self.jpeg.lowest_quality);
        within("jpeg.lowest-quality", quality, 1.0, 95.0, "between 1 and 95")?;
        within("erasing.largest-area", self.erasing.largest_area, 0.001, 0.5, "between 0.001 and 0.5")
    }

    fn check_geometry(&self) -> Result<(), AugmentRecipeError> {
        let CropRecipe { smallest_area, stretch, .. } = self.crop;
        within("crop.smallest-area", smallest_area, 0.01, 1.0, "between 0.01 and 1")?;
        within("crop.stretch", stretch, 1.0, 4.0, "between 1 and 4")?;
        let AffineRecipe { rotation, translation, shear, scale, .. } = self.affine;
        within("affine.rotation", rotation, 0.0, 180.0, "between 0 and 180 degrees")?;
        within("affine.translation", translation, 0.0, 0.5, "between 0 and 0.5")?;
        within("affine.shear", shear, 0.0, 45.0, "between 0 and 45 degrees")?;
        within("affine.scale", scale, 0.0, 1.0, "between 0 and 1")
    }
}

fn within(
    field: &'static str,
    found: f64,
    least: f64,
    most: f64,
    expected: &'static str,
) -> Result<(), AugmentRecipeError> {
    if (least..=most).contains(&found) { Ok(()) } else { Err(AugmentRecipeError { field, found, expected }) }
}
