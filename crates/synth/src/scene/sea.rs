//! The sea from a boat: waves in perspective that mirror the sky, seldom a horizon, here and there foam.

use crate::canvas::{Color, mix_color};
use crate::exact_math::{mix, smooth_step};
use crate::noise::{fractal, noise};
use crate::random::Stream;

/// One place and day at sea.
#[derive(Debug, Clone)]
pub(crate) struct Sea {
    deep: Color,
    zenith: Color,
    haze: Color,
    pub(super) horizon: f32,
    chop: f32,
    foam: f32,
    seed: u32,
}

impl Sea {
    pub(super) fn draw(place: &mut Stream, weather: &mut Stream, variety: f32) -> Self {
        let green = mix(0.35, place.unit(), variety);
        let grey = mix(0.4, weather.unit(), variety);
        let deep = mix_color([0.018, 0.060, 0.105], [0.020, 0.085, 0.080], green);
        let zenith = mix_color([0.22, 0.40, 0.68], [0.50, 0.53, 0.57], grey);
        let far = weather.happens(0.45);
        Self {
            deep: mix_color(deep, [0.050, 0.062, 0.070], grey * 0.7),
            zenith,
            haze: mix_color([0.66, 0.74, 0.82], [0.66, 0.67, 0.68], grey),
            horizon: if far { weather.between(-0.95, -0.70) } else { weather.between(-2.2, -1.3) },
            chop: mix(0.55, weather.between(0.25, 1.1), variety),
            foam: weather.between(0.0, 0.5) * variety,
            seed: weather.seed(),
        }
    }

    /// How far the water's edge stands above its mean at `x`, picture units.
    pub(crate) fn swell(&self, x: f32, seconds: f32) -> f32 {
        let long = noise(x * 1.3 + 0.35 * seconds, 0.4 * seconds, self.seed ^ 31);
        let short = fractal(x * 5.0 - 0.6 * seconds, 1.1 * seconds, 2, self.seed ^ 32);
        self.chop * (0.040 * long + 0.020 * short)
    }

    /// Colour of sky or water.
    pub(super) fn color(&self, x: f32, y: f32, seconds: f32) -> Color {
        let below = y - self.horizon;
        if below < 0.0 {
            return self.sky(x, -below);
        }
        let water = self.water(x, below, seconds);
        mix_color(self.sky(x, 0.0), water, smooth_step(0.0, 0.012, below))
    }

    fn sky(&self, x: f32, above: f32) -> Color {
        let clouds = smooth_step(-0.1, 0.6, fractal(x * 0.9, above * 2.6, 3, self.seed ^ 33));
        let clear = mix_color(self.haze, self.zenith, smooth_step(0.0, 0.9, above));
        mix_color(clear, [0.80, 0.81, 0.83], 0.55 * clouds)
    }

    fn water(&self, x: f32, below: f32, seconds: f32) -> Color {
        let distance = 1.9 / (below + 0.16);
        let (u, v) = (x * distance * 0.55, distance * 4.2);
        let drift = 0.5 * seconds;
        let swell = noise(u * 0.7 + 0.3 * drift, v * 0.9 + drift, self.seed);
        let wave = fractal(u * 2.3 - 0.4 * drift + 0.5 * swell, v * 2.0 + drift, 2, self.seed ^ 1);
        let ripple =
            fractal(u * 8.5 + drift, v * 5.5 - drift, 2, self.seed ^ 2) * smooth_step(9.0, 2.0, distance);
        let slope = self.chop * (0.55 * swell + 0.62 * wave + 0.36 * ripple);
        let grazing = smooth_step(0.6, 9.0, distance);
        let mirror = (0.13 + 0.34 * grazing + 0.34 * slope).clamp(0.02, 0.85);
        let mirrored =
            mix_color(self.zenith, self.haze, (0.35 + 0.5 * grazing + 0.4 * slope).clamp(0.0, 1.0));
        let mut color = mix_color(self.deep, mirrored, mirror);
        let glint = smooth_step(0.62, 0.95, slope + 0.35 * ripple);
        color = mix_color(color, [0.95, 0.96, 0.97], 0.35 * glint);
        let crest = smooth_step(0.55, 0.85, wave + 0.55 * swell) * self.foam;
        let lace = smooth_step(-0.1, 0.5, fractal(u * 14.0, v * 11.0, 2, self.seed ^ 3));
        mix_color(color, [0.78, 0.81, 0.82], crest * lace)
    }
}
