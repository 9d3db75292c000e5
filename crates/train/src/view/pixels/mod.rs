//! What happens to a view's pixels after its geometry.

mod blank;
mod blur;
mod color;
mod grain;

use rand::Rng;
use resight_imaging::RgbImage;

use super::maker::Draw;
use super::{AugmentRecipe, Augmentation};

pub(super) use blank::{blank_box, blank_middle};

/// Changes the pixels of a view as the recipe says.
pub(super) fn change(picture: RgbImage, recipe: &AugmentRecipe, fill: [u8; 3], draw: &Draw) -> RgbImage {
    let mut picture = picture;
    let light = draw.happens(Augmentation::Color, recipe.color.probability);
    let grey = draw.happens(Augmentation::Grey, recipe.grey.probability);
    if light.is_some() || grey.is_some() {
        color::change(&mut picture, light.map(|random| (&recipe.color, random)), grey.is_some());
    }
    if let Some(mut random) = draw.happens(Augmentation::Blur, recipe.blur.probability) {
        blur::blur(&mut picture, up_to(recipe.blur.deviation, &mut random) as f32);
    }
    if let Some(mut random) = draw.happens(Augmentation::Noise, recipe.noise.probability) {
        let deviation = up_to(recipe.noise.deviation, &mut random);
        grain::add_noise(&mut picture, deviation as f32, &mut random);
    }
    if let Some(mut random) = draw.happens(Augmentation::Jpeg, recipe.jpeg.probability) {
        picture = grain::recompress(picture, random.random_range(recipe.jpeg.lowest_quality..=95));
    }
    if let Some(mut random) = draw.happens(Augmentation::Erasing, recipe.erasing.probability) {
        let area = up_to(recipe.erasing.largest_area, &mut random);
        blank::erase(&mut picture, area, fill, &mut random);
    }
    picture
}

/// Evenly between a tenth of the most and the most.
fn up_to(most: f64, random: &mut impl Rng) -> f64 {
    most * random.random_range(0.1..=1.0)
}
