//! Margins between classes: one for all, or larger for classes with few photos.

use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};

/// The margin of an angular loss: a number, or a [`MarginLaw`].
///
/// In a recipe `margin = 0.5`, or `margin = { a = 0.271, b = 0.364, c = 0.05 }`; `margin = {}` is the law with its
/// defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Margin {
    /// The same for every class.
    Fixed(f64),
    /// By the number of photos of the class.
    Law(MarginLaw),
}

/// A margin of a·n^−b + c for a class of n photos: rare animals are held further apart.
///
/// The form and the defaults are those of the winners of Happywhale 2022 (knshnb/kaggle-happywhale-1st-place): 0.321
/// for a class of one photo, 0.167 for ten, 0.101 for a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MarginLaw {
    /// How much larger the margin of a class of one photo is than that of an endless one. Default 0.271.
    pub a: f64,
    /// How fast it falls with the number of photos. Default 0.364.
    pub b: f64,
    /// The margin of an endless class. Default 0.05.
    pub c: f64,
}

impl Default for MarginLaw {
    fn default() -> Self {
        Self { a: 0.271, b: 0.364, c: 0.05 }
    }
}

impl MarginLaw {
    /// The margin of a class of this many photos; none counts as one.
    pub fn margin(&self, photos: u32) -> f64 {
        self.a * f64::from(photos.max(1)).powf(-self.b) + self.c
    }
}

impl Margin {
    /// The margin of every class.
    pub(super) fn of_classes(&self, class_sizes: &[u32], classes: usize) -> Vec<f64> {
        match self {
            Self::Fixed(margin) => vec![*margin; classes],
            Self::Law(law) => class_sizes.iter().map(|photos| law.margin(*photos)).collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Margin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MarginVisitor)
    }
}

/// Reads either form, and says of an unknown key that it is unknown.
struct MarginVisitor;

impl<'de> Visitor<'de> for MarginVisitor {
    type Value = Margin;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a number, or a table with a, b and c for a margin of a·n^−b + c")
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Margin, E> {
        Ok(Margin::Fixed(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Margin, E> {
        Ok(Margin::Fixed(number as f64))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Margin, E> {
        Ok(Margin::Fixed(number as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Margin, A::Error> {
        MarginLaw::deserialize(MapAccessDeserializer::new(map)).map(Margin::Law)
    }
}

/// The similarity to the right centre after a margin was taken off, and its slope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Target {
    /// What stands in the place of the cosine.
    pub value: f64,
    /// Its derivative with respect to the cosine.
    pub slope: f64,
}

/// cos(θ + margin) for the cosine of θ (Deng et al. 2019).
///
/// Where θ + margin passes π the cosine would rise again and push the photo away from its class. There the released
/// code goes on with cos θ − margin·sin margin, which keeps falling with θ; so do we. (At the border it drops by
/// margin·sin margin − 1 + cos margin, which is less than margin²/2.)
///
/// At θ = 0 and π the slope sin(θ + margin)/sin θ has no end. The sine is kept above 3·10⁻⁴, as near as single
/// precision tells a cosine from ±1.
pub(super) fn additive_angle(cosine: f32, margin: f64) -> Target {
    let cosine = f64::from(cosine).clamp(-1.0, 1.0);
    if cosine <= (std::f64::consts::PI - margin).cos() {
        return Target { value: cosine - margin * margin.sin(), slope: 1.0 };
    }
    let sine = (1.0 - cosine * cosine).max(1e-7).sqrt();
    let value = cosine * margin.cos() - sine * margin.sin();
    Target { value, slope: margin.cos() + margin.sin() * cosine / sine }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_gives_the_margins_of_the_winners() {
        let law = MarginLaw::default();
        for (photos, margin) in [(0, 0.321), (1, 0.321), (2, 0.261), (5, 0.201), (10, 0.167), (100, 0.101)] {
            assert!((law.margin(photos) - margin).abs() < 6e-4, "{photos}: {}", law.margin(photos));
        }
    }

    #[test]
    fn the_margin_is_taken_off_the_angle_and_its_slope_is_the_slope() {
        for margin in [0.0, 0.2, 0.5] {
            for degrees in 1..180 {
                let angle = f64::from(degrees).to_radians();
                let near = |angle: f64| additive_angle(angle.cos() as f32, margin);
                let here = near(angle);
                if angle + margin < std::f64::consts::PI {
                    assert!((here.value - (angle + margin).cos()).abs() < 1e-5, "{margin} {degrees}");
                }
                if (angle + margin - std::f64::consts::PI).abs() > 0.03 {
                    let (above, below) = (near(angle - 0.005), near(angle + 0.005));
                    let slope = (above.value - below.value) / ((angle - 0.005).cos() - (angle + 0.005).cos());
                    assert!((slope - here.slope).abs() < 0.03 * slope.abs().max(1.0), "{margin} {degrees}");
                }
            }
        }
    }

    #[test]
    fn the_ends_have_a_value_and_a_slope() {
        for cosine in [-1.0, 1.0, -1.000_001, 1.000_001] {
            for margin in [0.0, 0.05, 0.5, 1.5] {
                let target = additive_angle(cosine, margin);
                assert!(
                    target.value.is_finite() && (0.0..4000.0).contains(&target.slope),
                    "{cosine} {target:?}"
                );
            }
        }
    }

    #[test]
    fn a_margin_is_read_as_a_number_or_as_a_law() {
        #[derive(Deserialize)]
        struct Holder {
            margin: Margin,
        }
        let read = |text: &str| toml::from_str::<Holder>(text).map(|holder| holder.margin);
        assert_eq!(read("margin = 0.5").unwrap(), Margin::Fixed(0.5));
        assert_eq!(read("margin = 1").unwrap(), Margin::Fixed(1.0));
        assert_eq!(read("margin = {}").unwrap(), Margin::Law(MarginLaw::default()));
        let law = MarginLaw { a: 0.1, ..MarginLaw::default() };
        assert_eq!(read("margin = { a = 0.1 }").unwrap(), Margin::Law(law));
        let message = read("margin = { d = 0.1 }").unwrap_err().to_string();
        assert!(message.contains("unknown field `d`"), "{message}");
        let message = read("margin = \"large\"").unwrap_err().to_string();
        assert!(message.contains("a·n^−b + c"), "{message}");
    }
}
