//! Average precision over the gallery annotations: how near to the top all photos of the individual stand.

/// Average precision of one query: the mean, over the relevant photos, of the share of relevant ones among all
/// that are at least as similar. None where nothing is relevant.
///
/// The definition of scikit-learn's `average_precision_score` (no interpolation; photos of equal similarity
/// count together, so that their order does not matter).
pub fn average_precision(similarities: &[f32], relevant: &[bool]) -> Option<f64> {
    let of = |wanted: bool| {
        let photos = similarities.iter().zip(relevant).filter(move |(_, is)| **is == wanted);
        photos.map(|(similarity, _)| (0, *similarity)).collect::<Vec<(u32, f32)>>()
    };
    let own = of(true);
    (!own.is_empty()).then(|| average_precisions(&own, &vec![true; own.len()], &of(false)).0)
}

/// Average precision among `strangers` of those photos of `own` that are `left`, and of all of `own`; 0 where
/// there are none. Photos are (row, similarity).
pub(crate) fn average_precisions(own: &[(u32, f32)], left: &[bool], strangers: &[(u32, f32)]) -> (f64, f64) {
    let mut own: Vec<(f32, bool)> = own.iter().zip(left).map(|(photo, left)| (photo.1, *left)).collect();
    own.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let nearer = strangers_at_least_as_near(&own, strangers);
    let (mut sums, mut seen) = ((0.0, 0.0), (0_u32, 0_u32));
    let mut first = 0;
    while first < own.len() {
        // Photos of equal similarity come in together.
        let end = first + own[first..].iter().take_while(|photo| photo.0 == own[first].0).count().max(1);
        let left_here =
            u32::try_from(own[first..end].iter().filter(|photo| photo.1).count()).unwrap_or(u32::MAX);
        let all_here = u32::try_from(end - first).unwrap_or(u32::MAX);
        seen = (seen.0 + left_here, seen.1 + all_here);
        let precision = |seen: u32| f64::from(seen) / (f64::from(seen) + nearer[first]);
        if left_here > 0 {
            sums.0 += f64::from(left_here) * precision(seen.0);
        }
        sums.1 += f64::from(all_here) * precision(seen.1);
        first = end;
    }
    let mean = |sum: f64, count: u32| if count > 0 { sum / f64::from(count) } else { 0.0 };
    (mean(sums.0, seen.0), mean(sums.1, seen.1))
}

/// For each of `own` (nearest first), how many strangers are at least as similar.
fn strangers_at_least_as_near(own: &[(f32, bool)], strangers: &[(u32, f32)]) -> Vec<f64> {
    let mut counts = vec![0.0; own.len()];
    let Some(farthest) = own.last() else { return counts };
    for (_, similarity) in strangers {
        if *similarity >= farthest.0 {
            counts[own.partition_point(|photo| photo.0 > *similarity)] += 1.0;
        }
    }
    let mut sum = 0.0;
    for count in &mut counts {
        sum += *count;
        *count = sum;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_textbook_example() {
        let similarities = [0.9, 0.8, 0.7, 0.6, 0.5];
        let relevant = [true, false, true, false, true];
        let expected = (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 3.0;
        assert!((average_precision(&similarities, &relevant).unwrap() - expected).abs() < 1e-15);
        assert_eq!(average_precision(&similarities, &[false; 5]), None);
    }

    #[test]
    fn equal_similarities_count_together() {
        assert_eq!(average_precision(&[0.5, 0.5], &[true, false]), Some(0.5));
        assert_eq!(average_precision(&[0.5, 0.5], &[false, true]), Some(0.5));
    }

    #[test]
    fn hidden_photos_neither_help_nor_hinder() {
        let own = [(0, 0.9), (1, 0.5)];
        let strangers = [(2, 0.7), (3, 0.6)];
        let (left, all) = average_precisions(&own, &[false, true], &strangers);
        assert_eq!(left, 1.0 / 3.0);
        assert_eq!(all, (1.0 + 0.5) / 2.0);
        assert_eq!(average_precisions(&[], &[], &strangers), (0.0, 0.0));
    }
}
