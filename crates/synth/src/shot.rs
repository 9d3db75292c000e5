//! How the camera meets the animal in one photo.

use crate::difficulty::Ranges;
use crate::exact_math::mix;
use crate::random::Stream;

/// Pose, framing and faults of one photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    /// Turn of the animal about the upright axis, radians.
    pub yaw: f32,
    /// Nod, radians.
    pub pitch: f32,
    /// Tilt in the picture, radians.
    pub roll: f32,
    /// 1 fills the picture as the kind's portrait does.
    pub scale: f32,
    /// Where the animal's middle lies, picture units (half the height) right and down of the picture's.
    pub shift: [f32; 2],
    /// Where the camera points in the surroundings, picture units.
    pub pan: [f32; 2],
    /// Seconds since the encounter began.
    pub seconds: f32,
    /// Error of exposure, stops.
    pub exposure: f32,
    /// Error of white balance: red times 1 + this, blue times 1 - this.
    pub white_balance: f32,
    /// The photo is taken at night by infrared light from the camera: gray, dark where it is far.
    pub night: bool,
    /// Blur by defocus: standard deviation in pixels at a width of 640.
    pub defocus: f32,
    /// Blur by motion: pixels right and down at a width of 640.
    pub motion: [f32; 2],
    /// Standard deviation of sensor noise in mid grey, of 255.
    pub noise: f32,
    /// Quality of the JPEG file.
    pub jpeg_quality: u8,
    /// How much deeper than usual a swimming animal lies, body units.
    pub submersion: f32,
    /// How much stands in front of the animal, 0 to 1.
    pub occlusion: f32,
    /// Seed of the sensor noise.
    pub seed: u32,
    /// Seed of what stands in front; one a burst.
    pub occlusion_seed: u32,
}

/// The streams that a shot is drawn from: one an encounter, one a burst, one a photo.
pub(crate) struct ShotStreams {
    pub(crate) encounter: Stream,
    pub(crate) burst: Stream,
    pub(crate) photo: Stream,
}

impl Shot {
    /// Draws a shot: a burst has one pose, which drifts a little from photo to photo; an encounter has one tendency.
    ///
    /// `seconds` counts from the start of the encounter, `seconds_in_burst` from the start of the burst.
    pub(crate) fn draw(ranges: &Ranges, mut from: ShotStreams, seconds: f32, seconds_in_burst: f32) -> Self {
        let (encounter, burst, photo) = (&mut from.encounter, &mut from.burst, &mut from.photo);
        let mut pose = |reach: f32| {
            let lasting = 0.55 * encounter.around_zero(reach);
            let now = 0.45 * burst.around_zero(reach);
            let drift = seconds_in_burst * burst.around_zero(0.35 * reach);
            lasting + now + drift + photo.around_zero(0.03 * reach)
        };
        let (yaw, pitch, roll) = (1.4 * pose(ranges.yaw), 1.4 * pose(ranges.pitch), 1.4 * pose(ranges.roll));
        let shift = [pose(ranges.shift) * 1.3, pose(ranges.shift)];
        let pan = [pose(4.0), pose(0.16)];
        let submersion = pose(ranges.submersion);
        let size = (0.5 + pose(0.75)).clamp(0.0, 1.0);
        let exposure = pose(ranges.exposure);
        let white_balance = pose(ranges.white_balance);
        let hidden = burst.happens(ranges.occluded);
        let blurred = photo.unit() * photo.unit();
        let [low, high] = ranges.jpeg_quality;
        Self {
            yaw,
            pitch,
            roll,
            scale: mix(ranges.scale[0], ranges.scale[1], size),
            shift,
            pan,
            seconds,
            exposure,
            white_balance,
            night: false,
            defocus: ranges.defocus * (0.15 + 0.85 * burst.unit() * burst.unit()),
            motion: [photo.around_zero(ranges.motion), photo.around_zero(0.6 * ranges.motion)]
                .map(|m| m * blurred * 1.6),
            noise: mix(ranges.noise[0], ranges.noise[1], encounter.unit() * encounter.unit()),
            jpeg_quality: low + (burst.unit() * f32::from(high.saturating_sub(low) + 1)) as u8,
            submersion,
            occlusion: if hidden { ranges.occlusion * burst.between(0.4, 1.0) } else { 0.0 },
            seed: photo.seed(),
            occlusion_seed: burst.seed(),
        }
    }
}
