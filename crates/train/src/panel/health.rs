//! How a set of embeddings looks: [`Health`].

use resight_eval::openset::auroc;

use super::spectrum::effective_rank;
use super::{Panel, mean, thinned};
use resight_runs::run::log::Health;

/// Bins of the histograms of cosines, over −1 to 1.
const BINS: usize = 50;

/// Variances that are kept of the dimensions.
const MOST_VARIANCES: usize = 64;

/// Pairs of each kind that the AUROC is made of, at most.
const MOST_PAIRS: usize = 40_000;

/// Neighbors among which a photo counts as answering.
const NEIGHBORS: usize = 10;

/// What is gathered over all pairs.
struct Pairs {
    same: Vec<f64>,
    other: Vec<f64>,
    same_histogram: Vec<u64>,
    other_histogram: Vec<u64>,
    /// Sum of exp(−2 · squared distance).
    closeness: f64,
    cosines: f64,
    count: f64,
}

impl Panel {
    /// All figures but the angle to class centres, which the loss knows.
    ///
    /// Pairs of one encounter count as neither same nor other where encounters are known: that photos of one burst
    /// look alike says nothing about the embedding.
    pub fn health(&self) -> Health {
        let lengths: Vec<f64> = self.lengths.iter().map(|length| f64::from(*length)).collect();
        let norm_mean = mean(&lengths).unwrap_or_default();
        let squares: Vec<f64> = lengths.iter().map(|length| (length - norm_mean).powi(2)).collect();
        let pairs = self.pairs();
        let same_is = [vec![true; pairs.same.len()], vec![false; pairs.other.len()]].concat();
        let count = pairs.count.max(1.0);
        Health {
            norm_mean,
            norm_deviation: mean(&squares).unwrap_or_default().sqrt(),
            variances: self.variances(),
            effective_rank: effective_rank(&self.unit, self.dimension),
            alignment: mean(&pairs.same).map(|cosine| 2.0 - 2.0 * cosine),
            uniformity: if pairs.count > 0.0 { (pairs.closeness / count).ln() } else { 0.0 },
            hubness: self.hubness(),
            center_angle: None,
            pair_auroc: auroc(&[pairs.same, pairs.other].concat(), &same_is),
            same_histogram: pairs.same_histogram,
            other_histogram: pairs.other_histogram,
            mean_cosine: pairs.cosines / count,
        }
    }

    fn pairs(&self) -> Pairs {
        let (mut same, mut other) = (Vec::new(), Vec::new());
        let (mut same_histogram, mut other_histogram) = (vec![0; BINS], vec![0; BINS]);
        let (mut closeness, mut cosines, mut count) = (0.0, 0.0, 0.0);
        for a in 0..self.len() {
            for (b, cosine) in self.cosines_of(a).iter().enumerate().skip(a + 1) {
                let cosine = f64::from(*cosine);
                closeness += (4.0 * (cosine - 1.0)).exp();
                cosines += cosine;
                count += 1.0;
                if self.is_same(a, b) && !self.is_one_encounter(a, b) {
                    same_histogram[bin(cosine)] += 1;
                    same.push(cosine);
                } else if !self.is_same(a, b) {
                    other_histogram[bin(cosine)] += 1;
                    other.push(cosine);
                }
            }
        }
        let (same, other) = (thinned(&same, MOST_PAIRS), thinned(&other, MOST_PAIRS));
        Pairs { same, other, same_histogram, other_histogram, closeness, cosines, count }
    }

    /// Variance of each dimension of the unit embeddings, sorted downwards, evenly thinned.
    fn variances(&self) -> Vec<f64> {
        let n = self.len().max(1) as f64;
        let mut sums = vec![(0.0, 0.0); self.dimension];
        for row in self.unit.chunks_exact(self.dimension.max(1)) {
            for (sum, x) in sums.iter_mut().zip(row) {
                sum.0 += f64::from(*x);
                sum.1 += f64::from(*x) * f64::from(*x);
            }
        }
        let variance = |(sum, squares): &(f64, f64)| (squares / n - (sum / n).powi(2)).max(0.0);
        let mut variances: Vec<f64> = sums.iter().map(variance).collect();
        variances.sort_by(|a, b| b.total_cmp(a));
        thinned(&variances, MOST_VARIANCES)
    }

    /// Skewness of how often each photo is among the ten nearest of the others.
    fn hubness(&self) -> f64 {
        let mut occurrences = vec![0.0_f64; self.len()];
        let mut places: Vec<usize> = Vec::with_capacity(self.len());
        for a in 0..self.len() {
            let cosines = self.cosines_of(a);
            places.clear();
            places.extend((0..self.len()).filter(|b| *b != a));
            let k = NEIGHBORS.min(places.len());
            if k == 0 {
                return 0.0;
            }
            let nearer = |x: &usize, y: &usize| cosines[*y].total_cmp(&cosines[*x]).then(x.cmp(y));
            places.select_nth_unstable_by(k - 1, nearer);
            places[..k].iter().for_each(|b| occurrences[*b] += 1.0);
        }
        skewness(&occurrences)
    }
}

/// Third moment around the mean over the cube of the standard deviation; 0 where all are alike.
fn skewness(values: &[f64]) -> f64 {
    let middle = mean(values).unwrap_or_default();
    let moment = |power: i32| {
        mean(&values.iter().map(|x| (x - middle).powi(power)).collect::<Vec<_>>()).unwrap_or_default()
    };
    let deviation = moment(2).sqrt();
    if deviation > 0.0 { moment(3) / deviation.powi(3) } else { 0.0 }
}

fn bin(cosine: f64) -> usize {
    (((cosine + 1.0) / 2.0 * BINS as f64).max(0.0) as usize).min(BINS - 1)
}
