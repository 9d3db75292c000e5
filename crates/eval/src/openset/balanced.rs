//! Accuracies in which every individual counts once.

use std::collections::BTreeMap;

/// Mean over the individuals of the share of their queries that were answered rightly; none without queries.
///
/// Over queries of known individuals, "new" being a legal (and wrong) answer, this is BAKS; over queries of new
/// individuals, "new" being the right answer, it is BAUS (the definitions of wildlife-datasets). Over known
/// queries with only individuals as answers it is the balanced accuracy.
pub fn balanced_accuracy(individuals: &[u32], right: &[bool]) -> Option<f64> {
    let mut found: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    for (individual, right) in individuals.iter().zip(right) {
        let (rights, count) = found.entry(*individual).or_default();
        *rights += f64::from(u8::from(*right));
        *count += 1.0;
    }
    crate::retrieval::mean(found.values().map(|(rights, count)| rights / count))
}

/// `weight` · accuracy on known queries + (1 − `weight`) · accuracy on new ones; none where one kind is missing.
pub fn normalized_accuracy(known_right: &[bool], new_right: &[bool], weight: f64) -> Option<f64> {
    let share =
        |right: &[bool]| crate::retrieval::mean(right.iter().map(|right| f64::from(u8::from(*right))));
    Some(weight * share(known_right)? + (1.0 - weight) * share(new_right)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_photos_of_one_animal_count_as_one() {
        let accuracy = balanced_accuracy(&[1, 1, 1, 1, 2], &[true, true, true, false, false]);
        assert_eq!(accuracy, Some(0.375));
        assert_eq!(balanced_accuracy(&[], &[]), None);
    }

    #[test]
    fn the_normalized_accuracy_weighs_known_against_new() {
        assert_eq!(normalized_accuracy(&[true, false], &[true], 0.25), Some(0.875));
        assert_eq!(normalized_accuracy(&[true], &[], 0.5), None);
    }
}
