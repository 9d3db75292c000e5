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
    /// Whether the query is compared as its mirror image too: the same animal from its other side. For features alone whose
    /// descriptors read backwards are those of the mirror image.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub either_side: bool,
}

impl Rule {
    /// What is wrong with it, in words; none where it can be used.
    pub fn fault(&self) -> Option<&'static str> {
        let MatchRule { least_cosine, ratio } = self.matching;
        if !(-1.0..=1.0).contains(&least_cosine) || !(0.0..=1.0).contains(&ratio) {
            return Some("least_cosine must lie from -1 to 1, ratio from 0 to 1");
        }
        self.geometry.fault()
    }
}

/// When matches that a network found count, and when they fit together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoundRule {
    /// How sure the network has to be of a match.
    pub least_sureness: f32,
    /// Of all matches.
    pub geometry: GeometryRule,
}

impl FoundRule {
    /// What is wrong with it, in words; none where it can be used.
    pub fn fault(&self) -> Option<&'static str> {
        if !(0.0..=1.0).contains(&self.least_sureness) {
            return Some("least_sureness must lie from 0 to 1");
        }
        self.geometry.fault()
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
    /// Those of the matches of two crops that fit together.
    pub fn of_matches(
        query: &[Keypoint],
        gallery: &[Keypoint],
        matches: &[Match],
        rule: &GeometryRule,
    ) -> Self {
        Self::of(query, gallery, matches, consistent(query, gallery, matches, rule))
    }

    fn of(query: &[Keypoint], gallery: &[Keypoint], matches: &[Match], found: Option<Consistent>) -> Self {
        let inliers = found.map(|found| found.inliers).unwrap_or_default();
        let alike = matches.len();
        let matches: Vec<Match> = inliers.into_iter().map(|at| matches[at]).collect();
        let point = |one: &Match| (query[usize::from(one.query)], gallery[usize::from(one.gallery)]);
        Self { points: matches.iter().map(point).collect(), matches, alike }
    }

    /// How strong it is: the number of matches that fit together.
    pub fn count(&self) -> usize {
        self.matches.len()
    }
}

/// Compares one query with many crops.
pub struct Comparer {
    rule: Rule,
    asking: Asking,
    /// Its mirror image, where that is asked for.
    mirrored: Option<Asking>,
    matcher: Matcher,
    matches: Vec<Match>,
    gallery: Vec<Keypoint>,
}

/// What asks: a query, or its mirror image.
struct Asking {
    keypoints: Vec<Keypoint>,
    rows: QueryRows,
}

impl Comparer {
    /// A comparer of this query.
    pub fn new(query: &Features, rule: Rule) -> Self {
        let asking = |features: &Features| Asking {
            keypoints: features.keypoints.clone(),
            rows: QueryRows::of(features.descriptors.blocks()),
        };
        Self {
            rule,
            asking: asking(query),
            mirrored: rule.either_side.then(|| asking(&query.mirrored())),
            matcher: Matcher::default(),
            matches: Vec::new(),
            gallery: Vec::new(),
        }
    }

    /// How many matches with this crop fit together. None where the descriptors are of other lengths: nothing can be said.
    pub fn count(&mut self, gallery: PackedFeatures<'_>) -> Option<usize> {
        let count = |found: Option<Consistent>| found.map_or(0, |found| found.inliers.len());
        let straight = count(self.consistent(gallery, false)?);
        if self.mirrored.is_none() {
            return Some(straight);
        }
        Some(straight.max(count(self.consistent(gallery, true)?)))
    }

    /// The evidence itself, with the points to draw. None as for [`Self::count`].
    pub fn evidence(&mut self, gallery: PackedFeatures<'_>) -> Option<Evidence> {
        let straight = self.consistent(gallery, false)?;
        let straight = Evidence::of(&self.asking.keypoints, &self.gallery, &self.matches, straight);
        if self.mirrored.is_none() {
            return Some(straight);
        }
        // The keypoints of the mirror image are those of the query, one by one: they are drawn where they lie there.
        let mirrored = self.consistent(gallery, true)?;
        let mirrored = Evidence::of(&self.asking.keypoints, &self.gallery, &self.matches, mirrored);
        Some(if mirrored.count() > straight.count() { mirrored } else { straight })
    }

    fn consistent(&mut self, gallery: PackedFeatures<'_>, mirrored: bool) -> Option<Option<Consistent>> {
        let asking = self.mirrored.as_ref().filter(|_| mirrored).unwrap_or(&self.asking);
        let blocks = gallery.blocks();
        if blocks.dim != asking.rows.dim && blocks.count > 0 && asking.rows.count > 0 {
            return None;
        }
        self.matcher.matches(&asking.rows, blocks, self.rule.matching, &mut self.matches);
        gallery.keypoints_into(&mut self.gallery);
        Some(consistent(&asking.keypoints, &self.gallery, &self.matches, &self.rule.geometry))
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
        either_side: false,
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
    fn the_other_side_of_an_animal_speaks_for_it_where_that_is_asked_for() {
        let one = features(1, 90);
        let upright = GeometryRule { greatest_turn: 0.5, ..RULE.geometry };
        let mirrored = one.mirrored();
        assert_eq!(mirrored.mirrored().descriptors, one.descriptors);
        // In pictures points lie to the right of the left edge.
        let shown = |point: &Keypoint| Keypoint { x: point.x + 400.0, ..*point };
        let mirrored = Features { keypoints: mirrored.keypoints.iter().map(shown).collect(), ..mirrored };
        let packed = room().pack(&mirrored);
        let packed = room().read(&packed).expect("just packed");
        let mut one_side = Comparer::new(&one, Rule { geometry: upright, ..RULE });
        assert!(one_side.count(packed).expect("same length") < 5);
        let mut either = Comparer::new(&one, Rule { geometry: upright, either_side: true, ..RULE });
        assert_eq!(either.count(packed), Some(90));
        let evidence = either.evidence(packed).expect("same length");
        assert_eq!(evidence.count(), 90);
        assert!(evidence.points.iter().all(|(query, other)| (query.x + other.x - 400.0).abs() < 0.1));
        let own = room().pack(&one);
        assert_eq!(either.count(room().read(&own).expect("just packed")), Some(90));
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
    fn rules_of_what_a_network_found_that_make_no_sense_are_told() {
        let rule = FoundRule { least_sureness: 0.8, geometry: RULE.geometry };
        assert_eq!(rule.fault(), None);
        assert!(FoundRule { least_sureness: f32::NAN, ..rule }.fault().is_some());
        assert!(FoundRule { least_sureness: 1.1, ..rule }.fault().is_some());
        let geometry = GeometryRule { tolerance: f32::INFINITY, ..RULE.geometry };
        assert!(FoundRule { geometry, ..rule }.fault().is_some());
    }

    #[test]
    fn of_given_matches_those_count_that_fit_together() {
        let query: Vec<Keypoint> = (0..6_u8).map(|i| Keypoint { x: f32::from(i * i), y: 40.0 }).collect();
        let gallery: Vec<Keypoint> = query.iter().map(|at| Keypoint { x: at.x + 30.0, y: 50.0 }).collect();
        let one = |query, gallery| Match { query, gallery, sureness: 0.9 };
        let matches = [one(0, 0), one(1, 1), one(2, 5), one(4, 4), one(5, 2)];
        let evidence = Evidence::of_matches(&query, &gallery, &matches, &RULE.geometry);
        assert_eq!((evidence.count(), evidence.alike), (3, 5));
        assert_eq!(evidence.matches, [matches[0], matches[1], matches[3]]);
        assert_eq!(evidence.points[2], (query[4], gallery[4]));
        // A match of keypoints that are not there is no reason to stop.
        assert_eq!(Evidence::of_matches(&query, &gallery, &[one(9, 9); 3], &RULE.geometry).count(), 0);
    }

    #[test]
    fn nothing_is_no_evidence() {
        let none = room().pack(&features(1, 0));
        let none = room().read(&none).expect("just packed");
        assert_eq!(Comparer::new(&features(1, 9), RULE).count(none), Some(0));
        assert_eq!(Comparer::new(&features(1, 0), RULE).count(none), Some(0));
    }
}
