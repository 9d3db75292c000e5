//! How well a classifier says what a person said.

use std::collections::BTreeMap;

use resight_core::Said;
use serde::Serialize;

use crate::openset::{Stated, calibration_error};
use crate::{Interval, bootstrap};

/// Bins of the calibration error.
const BINS: usize = 10;

/// An animal of which a person said the label, and what the classifier makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassifiedAnimal {
    /// The right label, by its place; none for one that the classifier does not have.
    pub right: Option<usize>,
    /// The likeliest label.
    pub likeliest: Said,
    /// Whether it was probable enough to be said.
    pub is_said: bool,
    /// Which animals are drawn together for the intervals: photos of one individual are no independent evidence.
    pub group: u32,
}

impl ClassifiedAnimal {
    fn is_right(&self) -> bool {
        self.right == Some(self.likeliest.label)
    }
}

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassificationMetrics {
    /// Animals whose label a person said.
    pub animals: usize,
    /// Groups that the intervals are drawn from.
    pub groups: usize,
    /// Share of the animals that got a label, rather than "not known".
    pub answered: Interval,
    /// Share of those that got one whose label is right; none where none got one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_of_answered: Option<Interval>,
    /// Share of all whose likeliest label is right, said or not.
    pub right: Interval,
    /// Expected calibration error of the likeliest label, in bins of a tenth.
    pub calibration_error: f64,
    /// Animals by the right label (rows; the last for labels that the classifier does not have) and by what was said
    /// (columns; the last for "not known").
    pub confusion: Vec<Vec<usize>>,
}

/// Measures; none where there is no animal. `labels` is how many the classifier has. Intervals by resampling the groups.
pub fn measure_classification(
    animals: &[ClassifiedAnimal],
    labels: usize,
    replicates: usize,
    seed: u64,
) -> Option<ClassificationMetrics> {
    let mut groups: BTreeMap<u32, usize> = BTreeMap::new();
    for animal in animals {
        let next = groups.len();
        groups.entry(animal.group).or_insert(next);
    }
    // By group, how many there are, were answered, were answered rightly, and have the right label as the likeliest.
    let mut counts = vec![[0.0_f64; 4]; groups.len()];
    let mut confusion = vec![vec![0; labels + 1]; labels + 1];
    for animal in animals {
        let (said, right) = (animal.is_said, animal.is_right());
        let of_group = &mut counts[groups[&animal.group]];
        for (count, counts_here) in of_group.iter_mut().zip([true, said, said && right, right]) {
            *count += f64::from(u8::from(counts_here));
        }
        let column = if said { animal.likeliest.label } else { labels };
        confusion[animal.right.unwrap_or(labels)][column] += 1;
    }
    let share = |times: &[f64], of: usize, among: usize| {
        let sum =
            |place: usize| times.iter().zip(&counts).map(|(times, count)| times * count[place]).sum::<f64>();
        let all = sum(among);
        (all > 0.0).then(|| sum(of) / all)
    };
    let measured = bootstrap(
        groups.len(),
        replicates,
        seed,
        &[&|times| share(times, 1, 0), &|times| share(times, 2, 1), &|times| share(times, 3, 0)],
    );
    let [answered, right_of_answered, right] = measured[..] else { return None };
    let statements = animals.iter().map(|animal| Stated {
        probability: f64::from(animal.likeliest.confidence),
        true_then: animal.is_right(),
        weight: 1.0,
    });
    Some(ClassificationMetrics {
        animals: animals.len(),
        groups: groups.len(),
        answered: answered?,
        right_of_answered,
        right: right?,
        calibration_error: calibration_error(statements, BINS)?,
        confusion,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn animal(right: Option<usize>, label: usize, confidence: f32, group: u32) -> ClassifiedAnimal {
        ClassifiedAnimal { right, likeliest: Said { label, confidence }, is_said: confidence >= 0.8, group }
    }

    #[test]
    fn shares_and_confusion_are_counted() {
        let animals = [
            animal(Some(0), 0, 0.9, 1),
            animal(Some(0), 1, 0.9, 1),
            animal(Some(1), 1, 0.6, 2),
            animal(None, 1, 0.85, 3),
        ];
        let found = measure_classification(&animals, 2, 200, 1).unwrap();
        assert_eq!((found.animals, found.groups), (4, 3));
        assert_eq!(found.answered.value, 0.75);
        assert_eq!(found.right_of_answered.unwrap().value, 1.0 / 3.0);
        assert_eq!(found.right.value, 0.5);
        assert_eq!(found.confusion, [vec![1, 1, 0], vec![0, 0, 1], vec![0, 1, 0]]);
        // .9 twice, once right: |.9 − .5| · 2/4; .6 and right: .4/4; .85 in the same bin as .9: three, one right.
        let expected = (((0.9 + 0.9 + 0.85) - 1.0) + (1.0 - 0.6)) / 4.0;
        assert!((found.calibration_error - expected).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn nobody_asked_is_nothing_measured_and_nobody_answered_has_no_share() {
        assert_eq!(measure_classification(&[], 2, 10, 1), None);
        let found = measure_classification(&[animal(Some(1), 1, 0.5, 0)], 2, 10, 1).unwrap();
        assert_eq!(found.right_of_answered, None);
        assert_eq!((found.answered.value, found.right.value), (0.0, 1.0));
    }
}
