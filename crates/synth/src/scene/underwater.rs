//! Open water from within: light from above, rays, floating particles, and the veil that distance draws over things.

use crate::canvas::{Color, mix_color, scale_color};
use crate::exact_math::{mix, smooth_step};
use crate::noise::{fractal, lattice_unit, noise};
use crate::random::Stream;

/// One place and day under water.
#[derive(Debug, Clone)]
pub(crate) struct Underwater {
    top: Color,
    bottom: Color,
    /// Share of the water's own light that lies over the animal.
    pub(crate) veil: f32,
    rays: f32,
    particles: f32,
    seed: u32,
}

impl Underwater {
    pub(super) fn draw(place: &mut Stream, weather: &mut Stream, variety: f32) -> Self {
        let green = mix(0.3, place.unit(), variety);
        let dim = mix(0.85, weather.between(0.55, 1.15), variety);
        Self {
            top: scale_color(mix_color([0.10, 0.38, 0.60], [0.17, 0.45, 0.42], green), dim),
            bottom: scale_color(mix_color([0.006, 0.055, 0.140], [0.016, 0.085, 0.090], green), dim),
            veil: mix(0.10, weather.between(0.06, 0.40), variety),
            rays: weather.between(0.1, 0.6),
            particles: mix(0.4, weather.unit(), variety),
            seed: weather.seed(),
        }
    }

    /// Colour of the water without anything in it.
    pub(crate) fn water(&self, y: f32) -> Color {
        mix_color(self.top, self.bottom, smooth_step(-1.5, 1.1, y))
    }

    /// Bright net of light that the waves above throw on a back.
    pub(crate) fn caustics(&self, x: f32, y: f32, seconds: f32) -> f32 {
        let a = noise(x * 3.4 + seconds, y * 6.5, self.seed ^ 41).abs();
        let b = noise(x * 3.9, y * 6.0 + 0.8 * seconds, self.seed ^ 42).abs();
        let net = (1.0 - 0.9 * (a + b)).clamp(0.0, 1.0);
        net * net
    }

    /// Brightness of floating particles at a point of the picture.
    pub(crate) fn particle(&self, x: f32, y: f32) -> f32 {
        let (u, v) = (x * 9.0, y * 9.0);
        let (column, row) = (u.floor(), v.floor());
        let draw = |salt: u32| lattice_unit(column as i32, row as i32, self.seed ^ salt);
        if draw(50) > 0.35 * self.particles {
            return 0.0;
        }
        let size = 0.03 + 0.14 * draw(51) * draw(51);
        let (dx, dy) = (u - column - 0.2 - 0.6 * draw(52), v - row - 0.2 - 0.6 * draw(53));
        (0.10 + 0.25 * draw(54)) * smooth_step(size, size * 0.3, (dx * dx + dy * dy).sqrt())
    }

    pub(super) fn color(&self, x: f32, y: f32, seconds: f32) -> Color {
        let slant = x + 0.35 * y;
        let ray = fractal(slant * 3.1 + 0.15 * seconds, 0.12 * y + 0.2 * seconds, 2, self.seed ^ 43);
        let reach = self.rays * smooth_step(0.9, -1.3, y);
        let cloud = 1.0 + 0.12 * fractal(x * 0.8, y * 0.8, 2, self.seed ^ 44);
        scale_color(self.water(y), cloud * (1.0 + 0.55 * reach * ray.max(0.0)))
    }
}
