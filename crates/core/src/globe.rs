//! Distances on the globe.

/// Mean radius of the Earth, in kilometres (IUGG).
const EARTH_KM: f64 = 6371.0088;

/// Kilometres along the surface between two places, each in degrees north and degrees east (haversine formula; R. W. Sinnott,
/// "Virtues of the Haversine", 1984).
pub fn distance_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (phi, phi_to) = (from.0.to_radians(), to.0.to_radians());
    let half_dphi = (phi_to - phi) / 2.0;
    let half_dlambda = (to.1 - from.1).to_radians() / 2.0;
    let a = half_dphi.sin().powi(2) + phi.cos() * phi_to.cos() * half_dlambda.sin().powi(2);
    2.0 * EARTH_KM * a.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_kilometres_and_the_date_line_no_wall() {
        assert!((distance_km((10.0, 20.0), (11.0, 20.0)) - 111.2).abs() < 0.1);
        assert!(distance_km((0.0, 179.9), (0.0, -179.9)) < 23.0);
        assert!(distance_km((38.72, -9.14), (38.72, -9.14)) < 1e-9);
    }
}
