//! How well an animal can be seen in a photo, measured, and the grade that follows from it.

use crate::Quality;

/// What was measured of an animal in a photo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clarity {
    /// Its shorter side, in pixels of the photo.
    pub pixels: f32,
    /// How sharp it is, 0 to 1.
    pub sharpness: f32,
    /// Which share of it is burnt out, 0 to 1.
    pub glare: f32,
}

/// What is worst about a photo of an animal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Too few pixels.
    Small,
    /// Not sharp: out of focus, moved, or enlarged.
    Blurred,
    /// Burnt out.
    BurntOut,
}

/// What a photo of a grade must have.
struct Band {
    quality: Quality,
    least_pixels: f32,
    least_sharpness: f32,
    most_glare: f32,
}

/// The grades above the worst, from best to worst. What is burnt out may be the ground behind the animal, so that it never makes a
/// photo worse than fair.
const BANDS: [Band; 4] = [
    band(Quality::Excellent, 256.0, 0.6, 0.02),
    band(Quality::Good, 128.0, 0.5, 0.1),
    band(Quality::Fair, 64.0, 0.4, f32::INFINITY),
    band(Quality::Poor, 32.0, 0.3, f32::INFINITY),
];

const fn band(quality: Quality, least_pixels: f32, least_sharpness: f32, most_glare: f32) -> Band {
    Band { quality, least_pixels, least_sharpness, most_glare }
}

impl Clarity {
    /// The grade of the worst of the three.
    pub fn quality(&self) -> Quality {
        self.worst().0
    }

    /// The worst of the three.
    pub fn flaw(&self) -> Flaw {
        self.worst().1
    }

    fn worst(&self) -> (Quality, Flaw) {
        let grade = |holds: &dyn Fn(&Band) -> bool| {
            BANDS.iter().find(|band| holds(band)).map_or(Quality::Junk, |band| band.quality)
        };
        let sharp = grade(&|band| self.sharpness >= band.least_sharpness);
        let large = grade(&|band| self.pixels >= band.least_pixels);
        let dark = grade(&|band| self.glare <= band.most_glare);
        let all = [(large, Flaw::Small), (sharp, Flaw::Blurred), (dark, Flaw::BurntOut)];
        all.into_iter().min_by_key(|(quality, _)| *quality).unwrap_or((large, Flaw::Small))
    }
}

/// How photos of one grade fared: how many asked, and of how many the right individual came first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Named {
    /// Photos that asked, and that another photo could answer.
    pub asked: u32,
    /// Of them, those of which the right individual came first.
    pub right: u32,
}

impl Named {
    fn and(self, other: Self) -> Self {
        Self { asked: self.asked + other.asked, right: self.right + other.right }
    }

    fn share(self) -> f64 {
        f64::from(self.right) / f64::from(self.asked.max(1))
    }

    /// The upper end of the 95 % interval of its share: E. B. Wilson, "Probable inference, the law of succession, and statistical
    /// inference", 1927.
    fn at_most(self) -> f64 {
        const Z: f64 = 1.959_964;
        let (n, p) = (f64::from(self.asked.max(1)), self.share());
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        (p + Z * Z / (2.0 * n) + spread) / (1.0 + Z * Z / n)
    }
}

/// So many photos must have asked before anything is said of their grade.
const LEAST_ASKED: u32 = 20;

/// Who is named less often than this share of what better photos are is not named by such photos.
const NOT_NAMED: f64 = 0.25;

/// The least grade of a photo by which anybody could be named, from how the photos of each grade fared, worst grade first; none
/// where photos of every grade named somebody, or too few of the worse ones asked.
pub fn least_quality(named: &[(Quality, Named)]) -> Option<Quality> {
    let together =
        |all: &[(Quality, Named)]| all.iter().fold(Named::default(), |sum, (_, one)| sum.and(*one));
    let cuts = (1..named.len()).rev();
    let is_cut = |at: &usize| {
        let (worse, better) = (together(&named[..*at]), together(&named[*at..]));
        worse.asked >= LEAST_ASKED
            && better.asked >= LEAST_ASKED
            && worse.at_most() < NOT_NAMED * better.share()
            // Every grade that is cut off must look so by itself, however few photos it has.
            && named[..*at].iter().all(|(_, one)| one.share() <= NOT_NAMED * better.share())
    };
    // Of a grade that no photo had nothing is known: it may ask.
    let worst_cut_off = cuts.filter(is_cut).map(|at| named[at - 1].0).next()?;
    Quality::ALL.into_iter().find(|quality| *quality > worst_cut_off)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_three_is_the_grade() {
        let clear = Clarity { pixels: 400.0, sharpness: 0.7, glare: 0.0 };
        assert_eq!(clear.quality(), Quality::Excellent);
        let blurred = Clarity { sharpness: 0.35, ..clear };
        assert_eq!((blurred.quality(), blurred.flaw()), (Quality::Poor, Flaw::Blurred));
        let small = Clarity { pixels: 20.0, ..blurred };
        assert_eq!((small.quality(), small.flaw()), (Quality::Junk, Flaw::Small));
        let bright = Clarity { glare: 0.9, ..clear };
        assert_eq!((bright.quality(), bright.flaw()), (Quality::Fair, Flaw::BurntOut));
        assert_eq!(Clarity { sharpness: f32::NAN, ..clear }.quality(), Quality::Junk);
    }

    #[test]
    fn a_grade_by_which_nobody_is_named_is_cut_off_and_no_other() {
        let of = |grades: &[(Quality, u32, u32)]| {
            let named: Vec<(Quality, Named)> = grades
                .iter()
                .map(|(grade, asked, right)| (*grade, Named { asked: *asked, right: *right }))
                .collect();
            least_quality(&named)
        };
        use Quality::{Fair, Good, Junk, Poor};
        assert_eq!(of(&[(Junk, 40, 0), (Fair, 50, 20), (Good, 100, 90)]), Some(Poor));
        assert_eq!(of(&[(Junk, 30, 0), (Poor, 30, 1), (Good, 100, 90)]), Some(Fair), "fair ones may ask");
        assert_eq!(
            of(&[(Junk, 40, 9), (Good, 100, 80)]),
            None,
            "a quarter of what better photos do is something"
        );
        assert_eq!(of(&[(Junk, 10, 0), (Good, 100, 90)]), None, "ten photos say nothing");
        assert_eq!(of(&[(Junk, 40, 0), (Good, 100, 5)]), None, "better photos name nobody either");
        assert_eq!(of(&[]), None);
    }
}
