//! From two crops' features to the evidence that they show one animal.

use serde::{Deserialize, Serialize};

use crate::matching::Matcher;
use crate::products::QueryRows;
use crate::{Consistent, Features, GeometryRule, Keypoint, Match, MatchRule, PackedFeatures, consistent};

/// When keypoints match, and when matches fit together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Of two keypoints.
    pub matching: MatchRule,
    /// Of all matches.
    pub geometry: GeometryRule,
}

impl Rule {
    /// What is wrong with it, in words; none where it can be used.
    pub fn fault(&self) -> Option<&'static str> {
        let MatchRule { least_cosine, ratio } = self.matching;
        let GeometryRule { tolerance, greatest_scale, greatest_turn, trials } = self.geometry;
        if !(-1.0..=1.0).contains(&least_cosine) || !(0.0..=1.0).contains(&ratio) {
            return Some("least_cosine must lie from -1 to 1, ratio from 0 to 1");
        }
        if !(tolerance > 0.0 && tolerance <= 1000.0) {
            return Some("tolerance must be above 0 and at most 1000 pixels");
        }
        if !(1.0..=100.0).contains(&greatest_scale) || !(0.0..=3.2).contains(&greatest_turn) {
            return Some("greatest_scale must lie from 1 to 100, greatest_turn from 0 to 3.2");
        }
        (!(1..=10_000).contains(&trials)).then_some("trials must lie from 1 to 10000")
    }
}

/// What speaks for two crops showing one animal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evidence {
    /// The matches that one transform explains, in the order of the query's keypoints.
    pub matches: Vec<Match>,
    /// Where both keypoints of each of them lie: in the query, in the gallery's crop.
    pub points: Vec<(Keypoint, Keypoint)>,
    /// How many keypoints looked alike, whether they fit together or not.
    pub alike: usize,
}

impl Evidence {
    /// How strong it is: the number of matches that fit together.
    pub fn count(&self) -> usize {
        self.matches.len()
    }
}

/// Compares one query with many crops.
pub struct Comparer {
    rule: Rule,
    keypoints: Vec<Keypoint>,
    rows: QueryRows,
    matcher: Matcher,
    matches: Vec<Match>,
    gallery: Vec<Keypoint>,
}

impl Comparer {
    /// A comparer of this query.
    pub fn new(query: &Features, rule: Rule) -> Self {
        Self {
            rule,
            keypoints: query.keypoints.clone(),
            rows: QueryRows::of(query.descriptors.blocks()),
            matcher: Matcher::default(),
            matches: Vec::new(),
            gallery: Vec::new(),
        }
    }

    /// How many matches with this crop fit together. None where the descriptors are of other lengths: nothing can be said.
    pub fn count(&mut self, gallery: PackedFeatures<'_>) -> Option<usize> {
        let found = self.consistent(gallery)?;
        Some(found.map_or(0, |found| found.inliers.len()))
    }

    /// The evidence itself, with the points to draw. None as for [`Self::count`].
    pub fn evidence(&mut self, gallery: PackedFeatures<'_>) -> Option<Evidence> {
        let found = self.consistent(gallery)?;
        let alike = self.matches.len();
        let inliers = found.map(|found| found.inliers).unwrap_or_default();
        let matches: Vec<Match> = inliers.into_iter().map(|at| self.matches[at]).collect();
        let point =
            |one: &Match| (self.keypoints[usize::from(one.query)], self.gallery[usize::from(one.gallery)]);
        Some(Evidence { points: matches.iter().map(point).collect(), matches, alike })
    }

    fn consistent(&mut self, gallery: PackedFeatures<'_>) -> Option<Option<Consistent>> {
        let blocks = gallery.blocks();
        if blocks.dim != self.rows.dim && blocks.count > 0 && self.rows.count > 0 {
            return None;
        }
        self.matcher.matches(&self.rows, blocks, self.rule.matching, &mut self.matches);
        gallery.keypoints_into(&mut self.gallery);
        Some(consistent(&self.keypoints, &self.gallery, &self.matches, &self.rule.geometry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Room;
    use crate::made_up::{Dice, unit_rows};

    const RULE: Rule = Rule {
        matching: MatchRule { least_cosine: 0.5, ratio: 0.95 },
        geometry: GeometryRule { tolerance: 4.0, greatest_scale: 3.0, greatest_turn: 3.2, trials: 500 },
    };

    fn room() -> Room {
        Room::new(96, 64).expect("multiples")
    }

    fn features(seed: u64, count: usize) -> Features {
        let mut dice = Dice(seed | 1);
        let mut point = || Keypoint { x: dice.next() * 400.0, y: dice.next() * 400.0 };
        Features { keypoints: (0..count).map(|_| point()).collect(), descriptors: unit_rows(64, seed, count) }
    }

    #[test]
    fn a_crop_speaks_for_itself_and_not_for_others() {
        let (one, other) = (features(1, 90), features(2, 90));
        let (packed_one, packed_other) = (room().pack(&one), room().pack(&other));
        let mut comparer = Comparer::new(&one, RULE);
        let same = room().read(&packed_one).expect("just packed");
        assert_eq!(comparer.count(same), Some(90));
        let different = room().read(&packed_other).expect("just packed");
        assert!(comparer.count(different).expect("same length") < 5);
        let evidence = comparer.evidence(same).expect("same length");
        assert_eq!((evidence.matches.len(), evidence.points.len(), evidence.alike), (90, 90, 90));
        assert!(evidence.points.iter().all(|(a, b)| (a.x - b.x).abs() < 0.1 && (a.y - b.y).abs() < 0.1));
    }

    #[test]
    fn descriptors_of_another_length_say_nothing() {
        let other =
            Features { keypoints: vec![Keypoint { x: 1.0, y: 1.0 }], descriptors: unit_rows(128, 1, 1) };
        let room = Room::new(16, 128).expect("multiples");
        let packed = room.pack(&other);
        let packed = room.read(&packed).expect("just packed");
        assert_eq!(Comparer::new(&features(1, 9), RULE).count(packed), None);
    }

    #[test]
    fn rules_that_make_no_sense_are_told() {
        assert_eq!(RULE.fault(), None);
        let geometry = |geometry| Rule { geometry, ..RULE };
        for wrong in [
            Rule { matching: MatchRule { least_cosine: f32::NAN, ratio: 0.9 }, ..RULE },
            Rule { matching: MatchRule { least_cosine: 0.5, ratio: 1.5 }, ..RULE },
            geometry(GeometryRule { tolerance: 0.0, ..RULE.geometry }),
            geometry(GeometryRule { greatest_scale: 0.5, ..RULE.geometry }),
            geometry(GeometryRule { trials: 1_000_000, ..RULE.geometry }),
        ] {
            assert!(wrong.fault().is_some(), "{wrong:?}");
        }
    }

    #[test]
    fn nothing_is_no_evidence() {
        let none = room().pack(&features(1, 0));
        let none = room().read(&none).expect("just packed");
        assert_eq!(Comparer::new(&features(1, 9), RULE).count(none), Some(0));
        assert_eq!(Comparer::new(&features(1, 0), RULE).count(none), Some(0));
    }
}
