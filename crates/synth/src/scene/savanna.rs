//! Grassland through a long lens: blurred plain and bushes behind, sharp stalks in front.

use crate::canvas::{Color, mix_color, scale_color};
use crate::exact_math::{mix, smooth_step};
use crate::noise::{fractal, lattice_unit, noise};
use crate::random::Stream;

/// One place and day on land.
#[derive(Debug, Clone)]
pub(crate) struct Savanna {
    dry: Color,
    green: Color,
    sky: Color,
    pub(super) horizon: f32,
    bushes: f32,
    seed: u32,
    weather_seed: u32,
}

impl Savanna {
    pub(super) fn draw(place: &mut Stream, weather: &mut Stream, variety: f32) -> Self {
        let lush = mix(0.4, place.unit(), variety);
        let overcast = weather.unit();
        Self {
            dry: mix_color([0.42, 0.31, 0.14], [0.30, 0.29, 0.12], lush),
            green: mix_color([0.13, 0.13, 0.045], [0.06, 0.12, 0.030], lush),
            sky: mix_color([0.42, 0.58, 0.80], [0.75, 0.77, 0.79], overcast),
            horizon: -0.62 + place.around_zero(0.35 * variety),
            bushes: place.between(0.2, 0.8),
            seed: place.seed(),
            weather_seed: weather.seed(),
        }
    }

    pub(super) fn color(&self, x: f32, y: f32) -> Color {
        let trees = 0.10 * fractal(x * 1.7, 2.0, 3, self.seed) + 0.10 * self.bushes;
        let below = y - self.horizon;
        let above_trees = smooth_step(-trees - 0.05, -trees + 0.04, below);
        let haze = fractal(x * 0.7, y * 1.5, 2, self.weather_seed);
        let sky = mix_color(self.sky, [0.86, 0.86, 0.85], (0.4 + 0.5 * haze).clamp(0.0, 1.0));
        let leaf = fractal(x * 6.0, y * 7.0, 3, self.seed ^ 1);
        let wood = scale_color(mix_color(self.green, self.sky, 0.12), 0.9 + 0.5 * leaf);
        let ground = mix_color(wood, self.plain(x, below), smooth_step(0.0, 0.10, below + 0.03 * leaf));
        mix_color(sky, ground, above_trees)
    }

    /// The plain, `below` the horizon.
    fn plain(&self, x: f32, below: f32) -> Color {
        let distance = 1.0 / (below.max(0.0) + 0.25);
        let (u, v) = (x * distance, 4.0 * distance);
        let patch = fractal(u * 1.1, v * 1.2, 3, self.seed ^ 2);
        let tuft = fractal(x * 10.0, below * 6.0, 2, self.seed ^ 3);
        let near = smooth_step(0.4, 1.6, below);
        let stalks = near
            * noise(x * 34.0 + 3.0 * noise(x * 3.0, below * 3.0, self.seed ^ 4), below * 5.0, self.seed ^ 5);
        let green = smooth_step(-0.25, 0.55, patch + 0.25 * tuft);
        scale_color(mix_color(self.dry, self.green, 0.75 * green), 1.0 + 0.16 * tuft + 0.28 * stalks)
    }

    /// Stalks in front of the animal: (how much they hide, their colour). `amount` 0 none, 1 a thicket to the back.
    pub(crate) fn stalks(&self, x: f32, y: f32, amount: f32, seed: u32) -> (f32, Color) {
        let mut hidden = 0.0f32;
        let mut tone = 0.0;
        for layer in 0..3u32 {
            let density = 9.0 + 5.0 * layer as f32;
            let column = (x * density).floor() as i32;
            for near in -2..=2 {
                let draw = |salt: u32| lattice_unit(column + near, layer as i32, seed ^ salt);
                let top = 1.05 - amount * (0.25 + 1.35 * draw(1) * draw(1));
                let height = 1.15 - top;
                if draw(2) > 0.35 + 0.5 * amount || y < top {
                    continue;
                }
                let up = ((1.15 - y) / height).clamp(0.0, 1.0);
                let lean = (draw(3) - 0.5) * 0.35 * height * up * up;
                let foot = ((column + near) as f32 + draw(4)) / density;
                let width = (0.004 + 0.012 * draw(5)) * (1.0 - 0.9 * up);
                let cover = smooth_step(width + 0.004, width * 0.5, (x - foot - lean).abs());
                if cover > hidden {
                    (hidden, tone) = (cover, 0.5 + draw(6));
                }
            }
        }
        (hidden, scale_color(mix_color(self.dry, self.green, 0.3), tone))
    }
}
