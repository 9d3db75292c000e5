//! Which matches fit together: one shift, turn and scale explains them.

use serde::{Deserialize, Serialize};

use crate::{Keypoint, Match};

/// Turn, scale and shift: (x, y) becomes (a·x − b·y + c, b·x + a·y + d).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimilarityTransform {
    /// Scale times the cosine of the turn.
    pub a: f32,
    /// Scale times the sine of the turn.
    pub b: f32,
    /// Shift to the right.
    pub c: f32,
    /// Shift downwards.
    pub d: f32,
}

/// When matches fit together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeometryRule {
    /// How far from where the transform says a keypoint may lie, in pixels of the network's input.
    pub tolerance: f32,
    /// The greatest scale between two crops, either way; at least 1.
    pub greatest_scale: f32,
    /// The greatest turn between two crops, in radians; π allows all.
    pub greatest_turn: f32,
    /// How many pairs of matches are tried, at most.
    pub trials: u32,
}

impl GeometryRule {
    /// What is wrong with it, in words; none where it can be used.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let Self { tolerance, greatest_scale, greatest_turn, trials } = *self;
        if !(tolerance > 0.0 && tolerance <= 1000.0) {
            return Some("tolerance must be above 0 and at most 1000 pixels");
        }
        if !(1.0..=100.0).contains(&greatest_scale) || !(0.0..=3.2).contains(&greatest_turn) {
            return Some("greatest_scale must lie from 1 to 100, greatest_turn from 0 to 3.2");
        }
        (!(1..=10_000).contains(&trials)).then_some("trials must lie from 1 to 10000")
    }
}

/// The matches that one transform explains.
#[derive(Debug, Clone, PartialEq)]
pub struct Consistent {
    /// From the query's pixels to those of the gallery's crop.
    pub transform: SimilarityTransform,
    /// Numbers of the matches, in their order.
    pub inliers: Vec<usize>,
}

impl SimilarityTransform {
    /// Where a point of the query lies in the gallery's crop.
    pub fn apply(&self, point: Keypoint) -> Keypoint {
        let Keypoint { x, y } = point;
        Keypoint { x: self.a * x - self.b * y + self.c, y: self.b * x + self.a * y + self.d }
    }

    /// The transform that brings two points exactly to two others; none where the first two are one.
    fn of_two(from: [Keypoint; 2], to: [Keypoint; 2]) -> Option<Self> {
        let (dx, dy) = (from[1].x - from[0].x, from[1].y - from[0].y);
        let (ex, ey) = (to[1].x - to[0].x, to[1].y - to[0].y);
        let squared = dx * dx + dy * dy;
        if squared < 1.0 {
            return None;
        }
        let (a, b) = ((ex * dx + ey * dy) / squared, (ey * dx - ex * dy) / squared);
        let Keypoint { x, y } = from[0];
        Some(Self { a, b, c: to[0].x - (a * x - b * y), d: to[0].y - (b * x + a * y) })
    }

    /// The transform with the least squared distances (S. Umeyama, "Least-squares estimation of transformation parameters
    /// between two point patterns", 1991, in two dimensions); none where all points are one.
    fn of_many(pairs: &[(Keypoint, Keypoint)], inliers: &[usize]) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "some hundred keypoints")]
        let count = inliers.len() as f32;
        let mean = |of: fn(&(Keypoint, Keypoint)) -> f32| {
            inliers.iter().map(|at| of(&pairs[*at])).sum::<f32>() / count
        };
        let (fx, fy) = (mean(|pair| pair.0.x), mean(|pair| pair.0.y));
        let (tx, ty) = (mean(|pair| pair.1.x), mean(|pair| pair.1.y));
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for at in inliers {
            let (from, to) = pairs[*at];
            let (dx, dy, ex, ey) = (from.x - fx, from.y - fy, to.x - tx, to.y - ty);
            along += dx * ex + dy * ey;
            across += dx * ey - dy * ex;
            spread += dx * dx + dy * dy;
        }
        if spread < 1.0 {
            return None;
        }
        let (a, b) = (along / spread, across / spread);
        Some(Self { a, b, c: tx - (a * fx - b * fy), d: ty - (b * fx + a * fy) })
    }
}

/// Which transforms a rule allows, in numbers that need no angles: some hundred of them are asked about for each pair of crops.
struct Allowed {
    /// The squares of the scales, from the least to the greatest.
    squared_scales: std::ops::RangeInclusive<f32>,
    /// The cosine of the greatest turn.
    cosine: f32,
}

impl Allowed {
    fn by(rule: &GeometryRule) -> Self {
        let squared = rule.greatest_scale * rule.greatest_scale;
        // From half a turn on every turn is allowed, and the cosine would rise again.
        let turn = rule.greatest_turn.min(std::f32::consts::PI);
        Self { squared_scales: 1.0 / squared..=squared, cosine: turn.cos() }
    }

    fn holds(&self, transform: &SimilarityTransform) -> bool {
        let SimilarityTransform { a, b, .. } = *transform;
        let squared = a * a + b * b;
        self.squared_scales.contains(&squared) && a >= self.cosine * squared.sqrt()
    }
}

/// The greatest set of matches that one similarity transform explains; none where there are fewer than two.
///
/// Pairs of matches are tried (M. Fischler and R. Bolles, "Random sample consensus", 1981): all of them where they are
/// few, else a fixed sequence of them that begins with the surest. The same matches give the same answer on every machine:
/// there is no chance in it. A keypoint of the gallery's crop counts once.
pub fn consistent(
    query: &[Keypoint],
    gallery: &[Keypoint],
    matches: &[Match],
    rule: &GeometryRule,
) -> Option<Consistent> {
    let pairs: Vec<(Keypoint, Keypoint)> = matches
        .iter()
        .filter_map(|one| {
            Some((*query.get(usize::from(one.query))?, *gallery.get(usize::from(one.gallery))?))
        })
        .collect();
    if pairs.len() < 2 || pairs.len() != matches.len() {
        return None;
    }
    let mut surest: Vec<usize> = (0..pairs.len()).collect();
    surest.sort_by(|a, b| matches[*b].sureness.total_cmp(&matches[*a].sureness).then(a.cmp(b)));
    let (points, allowed) = (Points::of(&pairs), Allowed::by(rule));
    let mut best: Option<(usize, SimilarityTransform)> = None;
    for (one, other) in pairs_of(pairs.len()).take(rule.trials as usize) {
        let ((from, to), (from_other, to_other)) = (pairs[surest[one]], pairs[surest[other]]);
        let Some(transform) = SimilarityTransform::of_two([from, from_other], [to, to_other]) else {
            continue;
        };
        if !allowed.holds(&transform) {
            continue;
        }
        let count = points.count(&transform, rule.tolerance);
        if best.is_none_or(|(most, _)| count > most) {
            best = Some((count, transform));
        }
    }
    let (_, transform) = best?;
    let inliers = points.inliers(&transform, rule.tolerance);
    // Once more with all that agree: two points alone place it roughly.
    let refined = SimilarityTransform::of_many(&pairs, &inliers).filter(|refined| allowed.holds(refined));
    let again = refined.map(|refined| (refined, points.inliers(&refined, rule.tolerance)));
    let (transform, inliers) = match again {
        Some((refined, again)) if again.len() >= inliers.len() => (refined, again),
        _ => (transform, inliers),
    };
    Some(Consistent { transform, inliers })
}

/// All pairs of `count` things, those of the first ones before those of later ones: 01, 02, 12, 03, 13, 23, …
fn pairs_of(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (1..count).flat_map(|later| (0..later).map(move |earlier| (earlier, later)))
}

/// The coordinates of all pairs, each for itself: so the compiler takes several at a time.
struct Points {
    from_x: Vec<f32>,
    from_y: Vec<f32>,
    to_x: Vec<f32>,
    to_y: Vec<f32>,
}

impl Points {
    fn of(pairs: &[(Keypoint, Keypoint)]) -> Self {
        Self {
            from_x: pairs.iter().map(|pair| pair.0.x).collect(),
            from_y: pairs.iter().map(|pair| pair.0.y).collect(),
            to_x: pairs.iter().map(|pair| pair.1.x).collect(),
            to_y: pairs.iter().map(|pair| pair.1.y).collect(),
        }
    }

    fn squared_distances(&self, transform: &SimilarityTransform) -> impl Iterator<Item = f32> {
        let SimilarityTransform { a, b, c, d } = *transform;
        let from = self.from_x.iter().zip(&self.from_y);
        from.zip(self.to_x.iter().zip(&self.to_y)).map(move |((x, y), (to_x, to_y))| {
            let (dx, dy) = (a * x - b * y + c - to_x, b * x + a * y + d - to_y);
            dx * dx + dy * dy
        })
    }

    fn count(&self, transform: &SimilarityTransform, tolerance: f32) -> usize {
        let least = tolerance * tolerance;
        let hits = self.squared_distances(transform).map(|squared| u32::from(squared <= least));
        hits.sum::<u32>() as usize
    }

    fn inliers(&self, transform: &SimilarityTransform, tolerance: f32) -> Vec<usize> {
        let least = tolerance * tolerance;
        let squared = self.squared_distances(transform);
        squared.enumerate().filter(|(_, squared)| *squared <= least).map(|(at, _)| at).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Dice;

    const RULE: GeometryRule =
        GeometryRule { tolerance: 4.0, greatest_scale: 3.0, greatest_turn: 3.2, trials: 2000 };

    /// `right` matches under a known transform with half a pixel of noise, and `wrong` ones anywhere.
    fn made_up(right: u16, wrong: u16) -> (SimilarityTransform, Vec<Keypoint>, Vec<Keypoint>, Vec<Match>) {
        let transform = SimilarityTransform { a: 0.8, b: 0.3, c: 40.0, d: -12.0 };
        let mut dice = Dice(7);
        let mut point = || Keypoint { x: dice.next() * 400.0, y: dice.next() * 400.0 };
        let query: Vec<Keypoint> = (0..right + wrong).map(|_| point()).collect();
        let anywhere: Vec<Keypoint> = (0..wrong).map(|_| point()).collect();
        let noise = |x: f32| (x * 7.0).sin() * 0.5;
        let moved = query[..usize::from(right)].iter().map(|from| {
            let to = transform.apply(*from);
            Keypoint { x: to.x + noise(to.x), y: to.y + noise(to.y) }
        });
        let gallery = moved.chain(anywhere).collect();
        // Wrong ones are the surest.
        let sureness = |at: u16| if at < right { 0.8 } else { 0.95 };
        let matches =
            (0..right + wrong).map(|at| Match { query: at, gallery: at, sureness: sureness(at) }).collect();
        (transform, query, gallery, matches)
    }

    #[test]
    fn the_right_matches_are_found_among_wrong_ones() {
        let (truth, query, gallery, matches) = made_up(15, 45);
        let found = consistent(&query, &gallery, &matches, &RULE).expect("there are many");
        assert_eq!(found.inliers[..15], (0..15).collect::<Vec<usize>>());
        assert!(found.inliers.len() <= 17, "{:?}", found.inliers);
        let SimilarityTransform { a, b, .. } = found.transform;
        assert!((a - truth.a).abs() < 0.02 && (b - truth.b).abs() < 0.02, "{:?}", found.transform);
    }

    #[test]
    fn what_is_not_allowed_is_not_found() {
        let (_, query, gallery, matches) = made_up(15, 5);
        let upright = GeometryRule { greatest_turn: 0.1, ..RULE };
        let found = consistent(&query, &gallery, &matches, &upright);
        assert!(found.is_none_or(|found| found.inliers.len() < 8));
        let unscaled = GeometryRule { greatest_scale: 1.05, ..RULE };
        let found = consistent(&query, &gallery, &matches, &unscaled);
        assert!(found.is_none_or(|found| found.inliers.len() < 8));
    }

    #[test]
    fn one_match_proves_nothing() {
        let (_, query, gallery, matches) = made_up(1, 0);
        assert_eq!(consistent(&query, &gallery, &matches, &RULE), None);
        assert_eq!(consistent(&query, &gallery, &[], &RULE), None);
    }
}
