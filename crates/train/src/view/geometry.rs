//! Which part of a photo a random view shows, and from which angle.

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use resight_core::PixelBox;
use resight_imaging::Window;

use super::recipe::{AffineRecipe, CropRecipe};

/// A random part of a region.
pub(super) fn crop(recipe: &CropRecipe, region: &PixelBox, random: &mut ChaCha8Rng) -> PixelBox {
    let area = random.random_range(recipe.smallest_area..=1.0);
    let stretch = around_one(recipe.stretch, random);
    let width = (area * stretch).sqrt().min(1.0) * region.width;
    let height = (area / stretch).sqrt().min(1.0) * region.height;
    let (left, top) =
        (random.random::<f64>() * (region.width - width), random.random::<f64>() * (region.height - height));
    if !region.is_turned() {
        return PixelBox::at(region.x + left, region.y + top, width, height);
    }
    let middle = ((left + width / 2.0) / region.width, (top + height / 2.0) / region.height);
    let (x, y) = region.point_at(middle);
    PixelBox { x: x - width / 2.0, y: y - height / 2.0, width, height, ..*region }
}

/// The turn, shear, scale and shift of a view.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pose {
    /// From the new picture's directions to the photo's: two columns.
    across: [f64; 2],
    down: [f64; 2],
    /// Shift, as a share of each side.
    shift: [f64; 2],
}

impl Pose {
    /// As inference sees it.
    pub(super) const UPRIGHT: Self = Self { across: [1.0, 0.0], down: [0.0, 1.0], shift: [0.0, 0.0] };

    pub(super) fn draw(recipe: &AffineRecipe, random: &mut ChaCha8Rng) -> Self {
        let angle = either_way(recipe.rotation, random).to_radians();
        let shear = either_way(recipe.shear, random).to_radians().tan();
        let scale = around_one(1.0 + recipe.scale, random);
        let shift = [either_way(recipe.translation, random), either_way(recipe.translation, random)];
        let (sine, cosine) = (angle.sin() * scale, angle.cos() * scale);
        Self { across: [cosine, sine], down: [shear * cosine - sine, shear * sine + cosine], shift }
    }

    /// The window that shows a part of a photo from this pose, as a picture of `width` × `height` pixels.
    pub(super) fn window(&self, part: &PixelBox, width: u32, height: u32) -> Window {
        let (step_x, step_y) = (part.width / f64::from(width), part.height / f64::from(height));
        let turned = |[x, y]: [f64; 2]| match part.is_turned() {
            true => {
                let (sine, cosine) = part.rotation.sin_cos();
                [x * cosine - y * sine, x * sine + y * cosine]
            }
            false => [x, y],
        };
        let across = turned(self.across.map(|share| share * step_x));
        let down = turned(self.down.map(|share| share * step_y));
        let middle = part.point_at((0.5 + self.shift[0], 0.5 + self.shift[1]));
        let middle = [middle.0, middle.1];
        let corner = [0, 1].map(|axis| {
            middle[axis] - across[axis] * f64::from(width) / 2.0 - down[axis] * f64::from(height) / 2.0
        });
        Window { corner, across, down }
    }
}

/// Evenly between minus and plus.
fn either_way(most: f64, random: &mut ChaCha8Rng) -> f64 {
    random.random_range(-1.0..=1.0) * most
}

/// A factor between 1/most and most: as likely to enlarge as to shrink.
fn around_one(most: f64, random: &mut ChaCha8Rng) -> f64 {
    most.powf(random.random_range(-1.0..=1.0))
}
