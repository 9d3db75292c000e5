//! One photo: the painted body, turned, lit, half in the water, before its surroundings, through a faulty lens.

mod group;
mod lens;
mod pose;
mod water_line;

use image::RgbImage;

use crate::canvas::{Canvas, Color, Texel, mix_color, scale_color};
use crate::exact_math::{cosine, sine, smooth_step};
use crate::outline::Point;
use crate::scene::{Light, Scene, Surroundings};
use crate::shot::Shot;
pub(crate) use group::{GroupPicture, Sprite, photograph_group};
use pose::Pose;

/// Takes the photo of `width` × `height` pixels.
pub(crate) fn photograph(body: &Canvas, scene: &Scene, shot: &Shot, width: u32, height: u32) -> RgbImage {
    let camera = Camera::new(body, scene, shot);
    let half = height as f32 / 2.0;
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for row in 0..height {
        let y = (row as f32 + 0.5 - half) / half;
        for column in 0..width {
            let x = (column as f32 + 0.5 - width as f32 / 2.0) / half;
            pixels.push(camera.ray(x, y));
        }
    }
    lens::develop(pixels, width, height, shot)
}

/// What stays the same over all pixels of a photo.
struct Camera<'a> {
    body: &'a Canvas,
    scene: &'a Scene,
    shot: &'a Shot,
    pose: Pose,
    tilt: (f32, f32),
}

impl<'a> Camera<'a> {
    fn new(body: &'a Canvas, scene: &'a Scene, shot: &'a Shot) -> Self {
        let tilt = (cosine(0.3 * shot.roll), sine(0.3 * shot.roll));
        Self { body, scene, shot, pose: Pose::new(shot), tilt }
    }

    /// Light that arrives from the picture point (`x`, `y`).
    fn ray(&self, x: f32, y: f32) -> Color {
        let (pan_x, pan_y) = self.direction(x, y);
        let behind = || self.scene.background(pan_x, pan_y, self.shot.seconds);
        let color = self.body_before((x, y), self.pose.body_point(x, y), behind);
        self.behind_what_is_near((x, y), color)
    }

    /// Where in the surroundings the picture point (`x`, `y`) lies.
    fn direction(&self, x: f32, y: f32) -> Point {
        (
            x * self.tilt.0 + y * self.tilt.1 + self.shot.pan[0],
            y * self.tilt.0 - x * self.tilt.1 + self.shot.pan[1],
        )
    }

    /// The body at the picture point (`x`, `y`), where it is at `at`, and what lies `behind` it.
    fn body_before(&self, (x, y): Point, at: Point, behind: impl Fn() -> Color) -> Color {
        match &self.scene.surroundings {
            Surroundings::Sea(sea) => water_line::at_sea(self, sea, behind, (x, y), at),
            Surroundings::Underwater(water) => {
                let texel = self.body.sample(at);
                let mut lit = self.shade(&texel);
                let upwards = (-self.normal(&texel)[1]).max(0.0);
                let net = 0.9 + 0.75 * upwards * water.caustics(at.0, at.1, self.shot.seconds);
                let tint = water.water(-1.2);
                lit = [0, 1, 2].map(|c| (lit[c] * net + 0.16 * texel.color[c]) * (0.32 + 1.35 * tint[c]));
                lit = mix_color(lit, water.water(y), water.veil);
                before(lit, texel.coverage, behind)
            }
            Surroundings::Savanna(_) => {
                let texel = self.body.sample(at);
                before(self.shade(&texel), texel.coverage, behind)
            }
        }
    }

    /// What the picture shows where `color` is seen through what is nearer to the camera than any animal: floating particles, stalks.
    fn behind_what_is_near(&self, (x, y): Point, color: Color) -> Color {
        let (pan_x, pan_y) = self.direction(x, y);
        match &self.scene.surroundings {
            Surroundings::Sea(_) => color,
            Surroundings::Underwater(water) => {
                let speck = water.particle(pan_x, pan_y) * (1.0 + 2.0 * self.shot.occlusion);
                mix_color(color, scale_color(water.water(-1.2), 1.8), speck.min(0.8))
            }
            Surroundings::Savanna(savanna) => {
                let amount = 0.10 + 0.9 * self.shot.occlusion;
                let (hidden, stalk) = savanna.stalks(pan_x, y, amount, self.shot.occlusion_seed);
                mix_color(color, scale_color(stalk, 0.9), hidden)
            }
        }
    }

    /// The surface's direction at a texel, in camera space: right, down, to the camera.
    fn normal(&self, texel: &Texel) -> [f32; 3] {
        let [sx, sy] = texel.slope;
        self.pose.turn([-sx, -sy, 1.0])
    }

    /// The texel in the light of the scene.
    fn shade(&self, texel: &Texel) -> Color {
        if texel.coverage <= 0.0 {
            return [0.0; 3];
        }
        let Light { towards, sun, sky } = self.scene.light;
        let normal = self.normal(texel);
        let facing = dot(normal, towards);
        let direct = smooth_step(-0.25, 1.15, facing) * 1.25;
        let open = 0.62 - 0.38 * normal[1];
        let half = normalized([towards[0], towards[1], towards[2] + 1.0]);
        let shine = dot(normal, half).max(0.0);
        let shine = shine * shine * shine * shine;
        let shine = shine * shine * shine * shine;
        let skylight = smooth_step(0.1, -1.0, normal[1]) * 0.09 + 0.012;
        let gloss = texel.gloss * (0.16 * shine + skylight);
        [0, 1, 2].map(|c| {
            texel.color[c] * (sun[c] * direct + sky[c] * open) + gloss * (0.6 * sun[c] + 0.5 * sky[c])
        })
    }
}

/// `front` over what lies behind, which is only looked at where it shows.
fn before(front: Color, coverage: f32, behind: impl Fn() -> Color) -> Color {
    if coverage >= 0.999 { front } else { mix_color(behind(), front, coverage) }
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn normalized(a: [f32; 3]) -> [f32; 3] {
    let length = dot(a, a).sqrt();
    a.map(|c| c / length)
}
