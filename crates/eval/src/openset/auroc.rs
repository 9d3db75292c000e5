//! The area under the ROC curve of "new".

use serde::{Deserialize, Serialize};

/// One point of a ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// Share of known queries called new.
    pub false_new: f64,
    /// Share of new queries called new.
    pub true_new: f64,
}

/// Probability that a new query scores higher than a known one, equal scores counting half: the area under the
/// ROC curve. None where one of the kinds is missing. A score is higher the more the query looks new: minus the
/// best similarity, or the probability of new.
pub fn auroc(scores: &[f64], is_new: &[bool]) -> Option<f64> {
    let samples = scores.iter().zip(is_new).map(|(score, new)| (*score, *new, 0));
    Ordered::new(samples.collect()).area(&[1.0])
}

/// The ROC curve, from (0, 0) to (1, 1): a point at each score, thinned evenly to at most `points` of them.
pub fn roc(scores: &[f64], is_new: &[bool], points: usize) -> Vec<RocPoint> {
    let samples = scores.iter().zip(is_new).map(|(score, new)| (*score, *new, 0));
    Ordered::new(samples.collect()).curve(points)
}

/// Samples by falling score: (score, is it new, whose weight it has).
pub(crate) struct Ordered {
    samples: Vec<(f64, bool, usize)>,
}

impl Ordered {
    pub(crate) fn new(mut samples: Vec<(f64, bool, usize)>) -> Self {
        samples.sort_by(|a, b| b.0.total_cmp(&a.0));
        Self { samples }
    }

    /// The area, each sample counting as much as its weight.
    pub(crate) fn area(&self, weights: &[f64]) -> Option<f64> {
        let (mut known, mut new, mut area) = (0.0, 0.0, 0.0);
        for tie in self.samples.chunk_by(|a, b| a.0 == b.0) {
            let weight = |wanted: bool| -> f64 {
                tie.iter().filter(|sample| sample.1 == wanted).map(|sample| weights[sample.2]).sum()
            };
            let (known_here, new_here) = (weight(false), weight(true));
            area += known_here * (new + new_here / 2.0);
            known += known_here;
            new += new_here;
        }
        (known > 0.0 && new > 0.0).then(|| area / (known * new))
    }

    /// The curve, each sample counting once.
    pub(crate) fn curve(&self, points: usize) -> Vec<RocPoint> {
        let count = |wanted: bool| self.samples.iter().filter(|sample| sample.1 == wanted).count();
        let (all_known, all_new) = (count(false), count(true));
        if all_known == 0 || all_new == 0 {
            return Vec::new();
        }
        let mut curve = vec![RocPoint { false_new: 0.0, true_new: 0.0 }];
        let (mut known, mut new) = (0_usize, 0_usize);
        #[expect(clippy::cast_precision_loss, reason = "counts of queries are small")]
        for tie in self.samples.chunk_by(|a, b| a.0 == b.0) {
            let new_here = tie.iter().filter(|sample| sample.1).count();
            new += new_here;
            known += tie.len() - new_here;
            let (false_new, true_new) = (known as f64 / all_known as f64, new as f64 / all_new as f64);
            curve.push(RocPoint { false_new, true_new });
        }
        thin(&curve, points.max(2))
    }
}

fn thin(curve: &[RocPoint], points: usize) -> Vec<RocPoint> {
    if curve.len() <= points {
        return curve.to_vec();
    }
    (0..points).map(|index| curve[index * (curve.len() - 1) / (points - 1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order() {
        let scores = [0.9, 0.8, 0.8, 0.1];
        let is_new = [true, false, true, false];
        assert_eq!(auroc(&scores, &is_new), Some((1.0 + 1.0 + 0.5 + 1.0) / 4.0));
        assert_eq!(auroc(&scores, &[true; 4]), None);
    }

    #[test]
    fn the_area_is_what_lies_under_the_curve() {
        let scores: Vec<f64> = (0..200).map(|i| f64::from(i * 37 % 101)).collect();
        let is_new: Vec<bool> = (0..200).map(|i| i * 53 % 7 < 3).collect();
        let curve = roc(&scores, &is_new, usize::MAX);
        let under: f64 = curve
            .windows(2)
            .map(|w| (w[1].false_new - w[0].false_new) * (w[1].true_new + w[0].true_new) / 2.0)
            .sum();
        assert!((under - auroc(&scores, &is_new).unwrap()).abs() < 1e-12);
        let thinned = roc(&scores, &is_new, 20);
        assert_eq!((thinned.len(), thinned[0], thinned[19]), (20, curve[0], *curve.last().unwrap()));
    }

    #[test]
    fn a_weight_of_two_is_as_good_as_coming_twice() {
        let once = Ordered::new(vec![(0.9, true, 0), (0.8, false, 1), (0.7, true, 1), (0.1, false, 0)]);
        let twice = Ordered::new(vec![
            (0.9, true, 0),
            (0.8, false, 0),
            (0.8, false, 0),
            (0.7, true, 0),
            (0.7, true, 0),
            (0.1, false, 0),
        ]);
        assert_eq!(once.area(&[1.0, 2.0]), twice.area(&[1.0]));
    }
}
