//! Degrees to metres: statistics of space want a plane.

/// Semi-major axis of WGS84, in metres.
const A: f64 = 6_378_137.0;
/// Flattening of WGS84.
const F: f64 = 1.0 / 298.257_223_563;
/// Scale along the central meridian of UTM.
const K0: f64 = 0.9996;
/// What is added to the easting, in metres.
const FALSE_EASTING: f64 = 500_000.0;
/// What is added to the northing in the south, in metres.
const FALSE_NORTHING: f64 = 10_000_000.0;

/// A zone of the Universal Transverse Mercator projection on WGS84.
///
/// C. Karney, "Transverse Mercator with an accuracy of a few nanometers", J. Geodesy 85 (2011), the series of Krüger to the sixth
/// order in the third flattening: off by less than a micrometre within 3900 km of the central meridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TransverseMercator {
    zone: u8,
    is_south: bool,
}

impl TransverseMercator {
    /// The zone for places like these; none where there is none. Those of a study that lies across two zones are all brought into
    /// that of their middle.
    pub fn around(places: &[(f64, f64)]) -> Option<Self> {
        let count = places.len() as f64;
        let middle = |of: fn(&(f64, f64)) -> f64| places.iter().map(of).sum::<f64>() / count;
        let (latitude, longitude) = (middle(|place| place.0), middle(|place| place.1));
        if !latitude.is_finite() || !longitude.is_finite() || latitude.abs() > 84.0 {
            return None;
        }
        let zone = (((longitude + 180.0) / 6.0).floor().rem_euclid(60.0) as u8) + 1;
        Some(Self { zone, is_south: latitude < 0.0 })
    }

    /// Its EPSG code: 32601 to 32660 in the north, 32701 to 32760 in the south.
    pub fn epsg(&self) -> u32 {
        (if self.is_south { 32_700 } else { 32_600 }) + u32::from(self.zone)
    }

    /// Easting and northing in metres, of degrees.
    pub fn project(&self, (latitude, longitude): (f64, f64)) -> (f64, f64) {
        let n = F / (2.0 - F);
        let (n2, n3, n4, n5, n6) = (n.powi(2), n.powi(3), n.powi(4), n.powi(5), n.powi(6));
        let rectifying = A / (1.0 + n) * (1.0 + n2 / 4.0 + n4 / 64.0 + n6 / 256.0);
        let alpha = [
            n / 2.0 - 2.0 / 3.0 * n2 + 5.0 / 16.0 * n3 + 41.0 / 180.0 * n4 - 127.0 / 288.0 * n5
                + 7891.0 / 37_800.0 * n6,
            13.0 / 48.0 * n2 - 3.0 / 5.0 * n3 + 557.0 / 1440.0 * n4 + 281.0 / 630.0 * n5
                - 1_983_433.0 / 1_935_360.0 * n6,
            61.0 / 240.0 * n3 - 103.0 / 140.0 * n4 + 15_061.0 / 26_880.0 * n5 + 167_603.0 / 181_440.0 * n6,
            49_561.0 / 161_280.0 * n4 - 179.0 / 168.0 * n5 + 6_601_661.0 / 7_257_600.0 * n6,
            34_729.0 / 80_640.0 * n5 - 3_418_889.0 / 1_995_840.0 * n6,
            212_378_941.0 / 319_334_400.0 * n6,
        ];
        let central = f64::from(self.zone) * 6.0 - 183.0;
        // The nearer way around the globe.
        let lambda = ((longitude - central + 540.0).rem_euclid(360.0) - 180.0).to_radians();
        let phi = latitude.to_radians();
        let e = (F * (2.0 - F)).sqrt();
        let tau = phi.tan();
        let sigma = (e * (e * tau / tau.hypot(1.0)).atanh()).sinh();
        let conformal = tau * sigma.hypot(1.0) - sigma * tau.hypot(1.0);
        let xi = conformal.atan2(lambda.cos());
        let eta = (lambda.sin() / conformal.hypot(lambda.cos())).asinh();
        let (mut east, mut north) = (eta, xi);
        for (order, factor) in (1..).zip(alpha) {
            let twice = 2.0 * f64::from(order);
            north += factor * (twice * xi).sin() * (twice * eta).cosh();
            east += factor * (twice * xi).cos() * (twice * eta).sinh();
        }
        let northing = K0 * rectifying * north + if self.is_south { FALSE_NORTHING } else { 0.0 };
        (K0 * rectifying * east + FALSE_EASTING, northing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latitude, longitude, EPSG, easting, northing: `fixtures/reference/capture/project.py` with pyproj.
    const REFERENCE: &str = include_str!("../../../fixtures/reference/capture/utm.csv");

    #[test]
    fn places_lie_where_pyproj_puts_them() {
        let mut compared = 0;
        for line in REFERENCE.lines().skip(1) {
            let numbers: Vec<f64> = line.split(',').map(|number| number.parse().unwrap()).collect();
            let [latitude, longitude, epsg, easting, northing] = numbers[..] else { panic!("{line}") };
            let zone = TransverseMercator::around(&[(latitude, longitude)]).unwrap();
            assert_eq!(f64::from(zone.epsg()), epsg, "{line}");
            let (x, y) = zone.project((latitude, longitude));
            assert!((x - easting).abs() < 1e-4 && (y - northing).abs() < 1e-4, "{line}: {x} {y}");
            compared += 1;
        }
        assert!(compared > 20);
    }

    #[test]
    fn a_study_across_two_zones_lies_in_one() {
        let places = [(10.0, 5.9), (10.0, 6.3)];
        let zone = TransverseMercator::around(&places).unwrap();
        assert_eq!(zone.epsg(), 32632);
        let [one, other] = places.map(|place| zone.project(place).0);
        assert!((other - one - 43_850.0).abs() < 100.0, "{}", other - one);
        assert_eq!(TransverseMercator::around(&[]), None);
        assert_eq!(TransverseMercator::around(&[(89.0, 0.0)]), None);
    }
}
