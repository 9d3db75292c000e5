//! A map of the sample: near each other what the network finds alike.

use std::collections::BTreeMap;

use resight_page::plane;

use super::{Panel, thinned};
use resight_runs::run::log::Spot;

/// Individuals on the map: as many as there are colours.
const INDIVIDUALS: usize = resight_page::COLORS.len();

/// Photos of each, at most.
const PHOTOS: usize = 40;

/// Root mean square distance from the middle, of a map that reaches from −1 to 1.
const SPREAD: f64 = 0.5;

impl Panel {
    /// The individuals with the most photos, laid out by the two directions in which their embeddings spread most.
    ///
    /// Every map has the same spread, so what tightens from epoch to epoch are the individuals. It is turned and
    /// mirrored to lie as near as it can to the `previous` map (empty for the first), so that spots move and do not
    /// jump.
    pub fn map(&self, previous: &[Spot]) -> Vec<Spot> {
        let places = self.on_the_map();
        let rows: Vec<&[f32]> = places.iter().map(|place| self.embedding(*place)).collect();
        let mut points = plane(&rows).points;
        spread_out(&mut points);
        let spots = places.iter().zip(&points).map(|(place, at)| Spot {
            x: at[0] as f32,
            y: at[1] as f32,
            individual: self.individuals[*place],
        });
        let spots: Vec<Spot> = spots.collect();
        let is_alike = spots.len() == previous.len()
            && spots.iter().zip(previous).all(|(now, before)| now.individual == before.individual);
        let turned = if is_alike { turn_towards(&spots, previous) } else { spots };
        let inside = |spot: Spot| Spot { x: spot.x.clamp(-1.0, 1.0), y: spot.y.clamp(-1.0, 1.0), ..spot };
        turned.into_iter().map(inside).collect()
    }

    fn on_the_map(&self) -> Vec<usize> {
        let mut of_one: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (place, individual) in self.individuals.iter().enumerate() {
            of_one.entry(*individual).or_default().push(place);
        }
        let mut sorted: Vec<Vec<usize>> = of_one.into_values().collect();
        sorted.sort_by_key(|places| std::cmp::Reverse(places.len()));
        sorted.truncate(INDIVIDUALS);
        sorted.iter().flat_map(|places| thinned(places, PHOTOS)).collect()
    }
}

fn spread_out(points: &mut [[f64; 2]]) {
    let squares: f64 = points.iter().flatten().map(|x| x * x).sum();
    let radius = (squares / points.len().max(1) as f64).sqrt();
    let factor = if radius > 1e-9 { SPREAD / radius } else { 0.0 };
    points.iter_mut().flatten().for_each(|x| *x *= factor);
}

/// Turns (and mirrors, where that is nearer) spots around the middle to lie nearest to others: the orthogonal
/// Procrustes problem, which has a closed form in the plane.
fn turn_towards(spots: &[Spot], target: &[Spot]) -> Vec<Spot> {
    let pairs = || spots.iter().zip(target);
    let sum = |product: fn(&Spot, &Spot) -> f32| pairs().map(|(a, b)| f64::from(product(a, b))).sum::<f64>();
    let (xx, yy) = (sum(|a, b| a.x * b.x), sum(|a, b| a.y * b.y));
    let (xy, yx) = (sum(|a, b| a.x * b.y), sum(|a, b| a.y * b.x));
    let (along, across) = (xx + yy, xy - yx);
    let (mirrored_along, mirrored_across) = (xx - yy, xy + yx);
    let is_mirrored = mirrored_along.hypot(mirrored_across) > along.hypot(across);
    let angle = if is_mirrored { mirrored_across.atan2(mirrored_along) } else { across.atan2(along) };
    let (sin, cos) = angle.sin_cos();
    let turned = |spot: &Spot| {
        let (x, y) = (f64::from(spot.x), if is_mirrored { -f64::from(spot.y) } else { f64::from(spot.y) });
        Spot { x: (cos * x - sin * y) as f32, y: (sin * x + cos * y) as f32, ..*spot }
    };
    spots.iter().map(turned).collect()
}
