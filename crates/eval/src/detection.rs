//! How well a detector finds the animals that a person drew boxes around.

use std::collections::BTreeMap;

use resight_core::PixelBox;
use serde::Serialize;

use crate::{Interval, bootstrap};

/// Boxes that overlap by this share of what both cover are of one animal.
const SAME: f64 = 0.5;

/// A photo with the animals in it and those that were found.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectedPhoto {
    /// Boxes that a person drew.
    pub animals: Vec<PixelBox>,
    /// Boxes that were found, each with its confidence.
    pub found: Vec<(PixelBox, f32)>,
    /// Which photos are drawn together for the intervals: those of one encounter are no independent evidence.
    pub group: u32,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetectionMetrics {
    /// Photos with boxes of a person.
    pub photos: usize,
    /// Animals in them.
    pub animals: usize,
    /// Groups that the intervals are drawn from.
    pub groups: usize,
    /// Area under precision over recall, boxes of one animal from an overlap of half on, the surest box first (all points, precision
    /// made falling; M. Everingham et al., "The PASCAL Visual Object Classes Challenge: A Retrospective", 2015).
    pub average_precision: Interval,
    /// Share of the animals that a box was found for.
    pub recall: Interval,
    /// Mean over the animals of the overlap (intersection over union) with the box that overlaps most.
    pub best_overlap: Interval,
    /// Boxes found a photo.
    pub boxes_a_photo: f64,
}

/// A found box: how sure, whether it is of an animal that no surer box is of, and of which group.
struct Found {
    confidence: f32,
    is_right: bool,
    group: usize,
}

/// An animal: the best overlap, whether a box was found for it, and of which group.
struct Animal {
    overlap: f64,
    is_found: bool,
    group: usize,
}

/// Measures the photos that have an animal; none where there is none. Intervals by resampling the groups.
#[expect(clippy::cast_precision_loss, reason = "numbers of boxes and photos")]
pub fn measure_detection(photos: &[DetectedPhoto], replicates: usize, seed: u64) -> Option<DetectionMetrics> {
    let photos: Vec<&DetectedPhoto> = photos.iter().filter(|photo| !photo.animals.is_empty()).collect();
    let mut groups: BTreeMap<u32, usize> = BTreeMap::new();
    for photo in &photos {
        let next = groups.len();
        groups.entry(photo.group).or_insert(next);
    }
    let (mut found, mut animals) = (Vec::new(), Vec::new());
    for photo in &photos {
        match_boxes(photo, groups[&photo.group], &mut found, &mut animals);
    }
    // The surest first; of equally sure ones the order of the photos.
    found.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    let mean = |times: &[f64], value: &dyn Fn(&Animal) -> f64| {
        let sum = |value: &dyn Fn(&Animal) -> f64| -> f64 {
            animals.iter().map(|animal| times[animal.group] * value(animal)).sum()
        };
        let all = sum(&|_| 1.0);
        (all > 0.0).then(|| sum(value) / all)
    };
    let measured = bootstrap(
        groups.len(),
        replicates,
        seed,
        &[
            &|times| average_precision(&found, &animals, times),
            &|times| mean(times, &|animal| f64::from(u8::from(animal.is_found))),
            &|times| mean(times, &|animal| animal.overlap),
        ],
    );
    let [average_precision, recall, best_overlap] = measured[..] else { return None };
    Some(DetectionMetrics {
        photos: photos.len(),
        animals: animals.len(),
        groups: groups.len(),
        average_precision: average_precision?,
        recall: recall?,
        best_overlap: best_overlap?,
        boxes_a_photo: found.len() as f64 / photos.len().max(1) as f64,
    })
}

/// Gives every found box, the surest first, the animal that it overlaps most of those that no surer one has.
fn match_boxes(photo: &DetectedPhoto, group: usize, found: &mut Vec<Found>, animals: &mut Vec<Animal>) {
    let mut is_found = vec![false; photo.animals.len()];
    let mut surest_first: Vec<&(PixelBox, f32)> = photo.found.iter().collect();
    surest_first.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (region, confidence) in surest_first {
        let open = photo.animals.iter().enumerate().filter(|(at, _)| !is_found[*at]);
        let best = open
            .map(|(at, animal)| (animal.iou(region), at))
            .filter(|(overlap, _)| *overlap >= SAME)
            .max_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((_, at)) = best {
            is_found[at] = true;
        }
        found.push(Found { confidence: *confidence, is_right: best.is_some(), group });
    }
    for (animal, is_found) in photo.animals.iter().zip(is_found) {
        let overlap = photo.found.iter().map(|(region, _)| animal.iou(region)).fold(0.0, f64::max);
        animals.push(Animal { overlap, is_found, group });
    }
}

fn average_precision(found: &[Found], animals: &[Animal], times: &[f64]) -> Option<f64> {
    let all: f64 = animals.iter().map(|animal| times[animal.group]).sum();
    if all <= 0.0 {
        return None;
    }
    let (mut right, mut wrong) = (0.0, 0.0);
    let mut curve: Vec<(f64, f64)> = Vec::new();
    for one in found {
        if one.is_right {
            right += times[one.group];
        } else {
            wrong += times[one.group];
        }
        if right + wrong > 0.0 {
            curve.push((right / all, right / (right + wrong)));
        }
    }
    // Precision at a recall is the best at that recall or beyond.
    let (mut area, mut best, mut beyond) = (0.0, 0.0_f64, curve.last().map_or(0.0, |(recall, _)| *recall));
    for (recall, precision) in curve.into_iter().rev() {
        area += (beyond - recall) * best;
        best = best.max(precision);
        beyond = recall;
    }
    Some(area + beyond * best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64) -> PixelBox {
        PixelBox::at(x, 0.0, 10.0, 10.0)
    }

    fn photo(group: u32, animals: &[f64], found: &[(f64, f32)]) -> DetectedPhoto {
        DetectedPhoto {
            animals: animals.iter().map(|x| at(*x)).collect(),
            found: found.iter().map(|(x, sure)| (at(*x), *sure)).collect(),
            group,
        }
    }

    fn measured(photos: &[DetectedPhoto]) -> DetectionMetrics {
        measure_detection(photos, 200, 1).unwrap()
    }

    #[test]
    fn every_animal_found_once_and_nothing_else_is_the_best_there_is() {
        let photos = [photo(0, &[0.0, 50.0], &[(0.0, 0.9), (50.0, 0.4)]), photo(1, &[20.0], &[(20.0, 0.7)])];
        let found = measured(&photos);
        assert_eq!((found.photos, found.animals, found.groups), (2, 3, 2));
        for interval in [found.average_precision, found.recall, found.best_overlap] {
            assert_eq!((interval.value, interval.low, interval.high), (1.0, 1.0, 1.0));
        }
    }

    #[test]
    fn a_second_box_of_one_animal_is_wrong_and_so_is_one_beside_it() {
        // By confidence: right, wrong (the same again), right, wrong: precision 1, 1/2, 2/3, 1/2 at recall 1/3, 1/3, 2/3, 2/3.
        let photos = [
            photo(0, &[0.0, 100.0], &[(0.0, 0.9), (1.0, 0.8)]),
            photo(1, &[50.0], &[(50.0, 0.5), (80.0, 0.4)]),
            photo(2, &[], &[(5.0, 0.95)]),
        ];
        let found = measured(&photos);
        assert!((found.average_precision.value - (1.0 + 2.0 / 3.0) / 3.0).abs() < 1e-12, "{found:?}");
        assert!((found.recall.value - 2.0 / 3.0).abs() < 1e-12);
        assert!((found.best_overlap.value - 2.0 / 3.0).abs() < 1e-12, "1, 0 and 1");
        assert_eq!(
            (found.photos, found.boxes_a_photo),
            (2, 2.0),
            "a photo without animals says nothing here"
        );
        assert!(found.recall.low < found.recall.high);
    }

    #[test]
    fn half_an_overlap_is_enough_and_less_is_not() {
        // 10 × 10 moved by a third of the width: 2/3 over 4/3 is half.
        let third = 10.0 / 3.0 - 1e-9;
        assert_eq!(measured(&[photo(0, &[0.0], &[(third, 0.5)])]).recall.value, 1.0);
        assert_eq!(measured(&[photo(0, &[0.0], &[(3.4, 0.5)])]).recall.value, 0.0);
        assert_eq!(measure_detection(&[photo(0, &[], &[(0.0, 0.5)])], 10, 1), None);
        assert_eq!(measured(&[photo(0, &[0.0], &[])]).average_precision.value, 0.0);
    }
}
