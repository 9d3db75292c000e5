//! Joining evidences one after the other, each by the share that makes the right answers likeliest.

use std::collections::BTreeMap;

use resight_core::{BundleId, Fusion, Pooling, Similarity};

use super::gather::Asked;

/// Shares of a further evidence that are tried; with 1 it takes the place of all before it.
const SHARES: [f64; 12] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0];

/// Log-likelihood, of all photos together, that a further evidence must gain to get a part: less is chance.
const LEAST_GAIN: f64 = 2.0;

/// Pull of the temperature towards 0, so that photos that are all answered rightly do not send it to infinity.
const RIDGE: f64 = 0.5;

/// A way to join the evidences, with how well it does.
#[derive(Debug, Clone)]
struct Way {
    /// Of the evidences in standard units; they sum to 1.
    shares: Vec<f64>,
    temperature: f64,
    likelihood: f64,
}

/// The weights of the evidences.
pub(super) fn fit(asked: &[&Asked], pooling: Pooling, bundles: &[BundleId]) -> Fusion {
    let count = 1 + bundles.len();
    let units: Vec<f64> = (0..count).map(|evidence| spread(asked, evidence)).collect();
    let try_out = |shares: Vec<f64>| {
        let (temperature, likelihood) = temper(asked, &pooled(asked, &shares, &units, pooling));
        Way { shares, temperature, likelihood }
    };
    let mut best = try_out(unit(count, 0));
    let mut left: Vec<usize> = (1..count).collect();
    while !left.is_empty() {
        let tries = left.iter().flat_map(|evidence| SHARES.map(|share| (*evidence, share)));
        let better = tries
            .map(|(evidence, share)| (evidence, try_out(mixed(&best.shares, evidence, share))))
            .max_by(|a, b| a.1.likelihood.total_cmp(&b.1.likelihood));
        let Some((evidence, way)) = better.filter(|(_, way)| way.likelihood > best.likelihood + LEAST_GAIN)
        else {
            break;
        };
        best = way;
        left.retain(|other| *other != evidence);
    }
    let weight = |evidence: usize| best.temperature * best.shares[evidence] / units[evidence];
    let local: BTreeMap<BundleId, f64> =
        (1..).zip(bundles).map(|(at, bundle)| (bundle.clone(), weight(at))).collect();
    Fusion { embedding: weight(0), local }
}

fn unit(count: usize, at: usize) -> Vec<f64> {
    (0..count).map(|place| f64::from(u8::from(place == at))).collect()
}

fn mixed(shares: &[f64], evidence: usize, share: f64) -> Vec<f64> {
    let with = unit(shares.len(), evidence);
    shares.iter().zip(with).map(|(before, one)| (1.0 - share) * before + share * one).collect()
}

/// How much an evidence varies among the photos that answer one query: one standard unit of it.
fn spread(asked: &[&Asked], evidence: usize) -> f64 {
    let (mut squares, mut count) = (0.0, 0.0);
    for one in asked {
        let values = &one.evidences[evidence];
        #[expect(clippy::cast_precision_loss, reason = "numbers of photos")]
        let n = values.len() as f64;
        let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / n.max(1.0);
        squares += values.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum::<f64>();
        count += n;
    }
    (squares / f64::max(count, 1.0)).sqrt().max(1e-6)
}

/// Every individual of every query as one number.
fn pooled(asked: &[&Asked], shares: &[f64], units: &[f64], pooling: Pooling) -> Vec<Vec<f64>> {
    asked
        .iter()
        .map(|one| {
            let joined = |photo: usize| -> f32 {
                let parts = one.evidences.iter().zip(shares).zip(units);
                let sum: f64 =
                    parts.map(|((values, share), unit)| share * f64::from(values[photo]) / unit).sum();
                #[expect(clippy::cast_possible_truncation, reason = "a sum of some small numbers fits f32")]
                let sum = sum as f32;
                sum
            };
            let mut photos: Vec<(Similarity, usize)> =
                (0..one.evidences[0].len()).map(|photo| (Similarity(joined(photo)), photo)).collect();
            let mut start = 0;
            let of_individual = |end: &usize| {
                let own = &mut photos[start..*end];
                start = *end;
                pooling.of(own).map_or(0.0, |(similarity, _)| f64::from(similarity.0))
            };
            one.ends.iter().map(of_individual).collect()
        })
        .collect()
}

/// The temperature at which the right answers are likeliest, and their penalised log-likelihood: Newton's method on a concave
/// function of one number.
fn temper(asked: &[&Asked], pooled: &[Vec<f64>]) -> (f64, f64) {
    let mut temperature = 1.0;
    for _ in 0..30 {
        let (mut gradient, mut curvature) = (-RIDGE * temperature, -RIDGE);
        for (one, values) in asked.iter().zip(pooled) {
            let (mean, variance, _) = moments(values, temperature);
            gradient += values[one.truth] - mean;
            curvature -= variance;
        }
        let next = (temperature - gradient / curvature).clamp(temperature / 3.0, 3.0 * temperature).max(1e-3);
        let is_there = (next - temperature).abs() < 1e-6 * temperature;
        temperature = next;
        if is_there {
            break;
        }
    }
    let of_one =
        |one: &&Asked, values: &[f64]| temperature * values[one.truth] - moments(values, temperature).2;
    let likelihood: f64 = asked.iter().zip(pooled).map(|(one, values)| of_one(one, values)).sum();
    (temperature, likelihood - 0.5 * RIDGE * temperature * temperature)
}

/// Mean and variance of the values under their own probabilities, and the logarithm of the sum of their powers.
fn moments(values: &[f64], temperature: f64) -> (f64, f64, f64) {
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (mut sum, mut first, mut second) = (0.0, 0.0, 0.0);
    for value in values {
        let power = (temperature * (value - greatest)).exp();
        sum += power;
        first += power * value;
        second += power * value * value;
    }
    let mean = first / sum;
    (mean, (second / sum - mean * mean).max(0.0), temperature * greatest + sum.ln())
}
