//! One photo of several bodies, the near ones before the far ones, and whose every pixel is.

use image::RgbImage;

use super::{Camera, lens, water_line};
use crate::animal::FEET;
use crate::canvas::{Canvas, Color, mix_color, scale_color};
use crate::exact_math::smooth_step;
use crate::outline::Point;
use crate::scene::{Scene, Surroundings};
use crate::shot::Shot;

/// Pixels that show more of a body than this are its own.
const MINE: f32 = 0.5;
/// How wide the stalks at an animal's feet are of those near the camera.
const GRASS: f32 = 1.6;

/// A body in a photo of several.
pub(crate) struct Sprite {
    pub(crate) body: Canvas,
    /// Its pose, where it is and how large; the lens is that of the photo.
    pub(crate) shot: Shot,
    /// The rectangle of body points that counts as the animal: left, top, right, bottom. None where it is none.
    pub(crate) counts: Option<[f32; 4]>,
    /// How much of the light between it and the camera is the water's own, 0 to 1.
    pub(crate) veil: f32,
    /// How high the grass stands before its feet, 0 to 1.
    pub(crate) grass: f32,
}

/// A photo, and what is seen of the bodies in it.
pub(crate) struct GroupPicture {
    pub(crate) picture: RgbImage,
    /// Row by row, the number of the sprite that a pixel shows, counted from 1; 0 where it shows none.
    pub(crate) owners: Vec<u8>,
    /// Pixels that each sprite would have alone.
    pub(crate) alone: Vec<usize>,
}

/// Takes the photo of `sprites`, the farthest first.
pub(crate) fn photograph_group(
    sprites: &[Sprite],
    scene: &Scene,
    shot: &Shot,
    (width, height): (u32, u32),
) -> GroupPicture {
    let scenes: Vec<Scene> = sprites.iter().map(|sprite| veiled(scene, sprite.veil)).collect();
    let cameras: Vec<Camera<'_>> = sprites
        .iter()
        .zip(&scenes)
        .map(|(sprite, scene)| Camera::new(&sprite.body, scene, &sprite.shot))
        .collect();
    let nobody = Canvas::new(1.0, [1.0, 1.0]);
    let open = Camera::new(&nobody, scene, shot);
    let half = height as f32 / 2.0;
    let mut pixels = Vec::with_capacity((width * height) as usize);
    let (mut owners, mut alone) = (Vec::with_capacity(pixels.capacity()), vec![0; sprites.len()]);
    for row in 0..height {
        let y = (row as f32 + 0.5 - half) / half;
        for column in 0..width {
            let x = (column as f32 + 0.5 - width as f32 / 2.0) / half;
            let (pan_x, pan_y) = open.direction(x, y);
            let mut color = scene.background(pan_x, pan_y, shot.seconds);
            let mut owner = 0;
            for (number, (sprite, camera)) in sprites.iter().zip(&cameras).enumerate() {
                let at = camera.pose.body_point(x, y);
                let [across, down] = sprite.body.reach();
                if at.0.abs() > across || at.1.abs() > down {
                    continue;
                }
                let behind = color;
                color = camera.body_before((x, y), at, || behind);
                let (color_here, hidden) = camera.behind_grass(sprite, at, color);
                color = color_here;
                if camera.covers(x, at) * (1.0 - hidden) <= MINE {
                    continue;
                }
                let is_counted = sprite.counts.is_none_or(|[left, top, right, bottom]| {
                    (left..right).contains(&at.0) && (top..bottom).contains(&at.1)
                });
                owner = if is_counted { u8::try_from(number + 1).unwrap_or(u8::MAX) } else { 0 };
                alone[number] += usize::from(is_counted);
            }
            pixels.push(open.behind_what_is_near((x, y), color));
            owners.push(owner);
        }
    }
    GroupPicture { picture: lens::develop(pixels, width, height, shot), owners, alone }
}

/// The scene with so much of the water's own light before a body.
fn veiled(scene: &Scene, veil: f32) -> Scene {
    let mut scene = scene.clone();
    if let Surroundings::Underwater(water) = &mut scene.surroundings {
        water.veil = veil;
    }
    scene
}

impl Camera<'_> {
    /// How much of a picture point is the body's: 0 none of it, 1 all.
    fn covers(&self, x: f32, at: Point) -> f32 {
        let coverage = self.body.sample(at).coverage;
        match &self.scene.surroundings {
            Surroundings::Sea(sea) => {
                coverage * smooth_step(0.008, -0.008, at.1 - water_line::level(self.shot, sea, x))
            }
            Surroundings::Underwater(_) | Surroundings::Savanna(_) => coverage,
        }
    }

    /// The colour behind the grass at the body's feet, and how much the grass hides.
    fn behind_grass(&self, sprite: &Sprite, at: Point, color: Color) -> (Color, f32) {
        let Surroundings::Savanna(savanna) = &self.scene.surroundings else { return (color, 0.0) };
        let (across, down) = (at.0 / GRASS, 1.1 + (at.1 - FEET) / GRASS);
        if sprite.grass <= 0.0 || down > 1.15 {
            return (color, 0.0);
        }
        let (hidden, stalk) = savanna.stalks(across, down, sprite.grass, self.shot.occlusion_seed);
        (mix_color(color, scale_color(stalk, 0.8), hidden), hidden)
    }
}
