//! Intervals by resampling the individuals: photos of one animal are no independent evidence.

use serde::{Deserialize, Serialize};

use crate::seeded::Dice;

/// A value with the interval that holds it in 95 of 100 resamplings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The value on all queries.
    pub value: f64,
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
}

/// An interval, and the 50th percentile of its resamplings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resampled {
    pub(crate) interval: Interval,
    pub(crate) middle: f64,
}

impl Resampled {
    /// The interval moved by as much as resampling alone moves the metric: a distance, such as the calibration error, grows
    /// with every draw, so that its percentiles would lie above the value. It holds the value, and nothing below 0.
    pub(crate) fn centred(self) -> Interval {
        let Interval { value, low, high } = self.interval;
        let moved = self.middle - value;
        Interval { value, low: (low - moved).max(0.0), high: high - moved }
    }
}

/// A metric as a function of how often each individual counts.
pub type Weighted<'a> = dyn Fn(&[f64]) -> Option<f64> + 'a;

/// Values of `metrics` with every individual counting once, and their intervals over `replicates` draws of as many
/// individuals with replacement (B. Efron, "Bootstrap methods: another look at the jackknife", 1979; percentile
/// intervals). The same draws serve all metrics. None for a metric that has no value; draws in which a
/// metric has none are left out.
pub fn bootstrap(
    individuals: usize,
    replicates: usize,
    seed: u64,
    metrics: &[&Weighted<'_>],
) -> Vec<Option<Interval>> {
    let resampled = resample(individuals, replicates, seed, metrics).into_iter();
    resampled.map(|one| one.map(|one| one.interval)).collect()
}

/// As [`bootstrap`], with the middle of the resamplings.
pub(crate) fn resample(
    individuals: usize,
    replicates: usize,
    seed: u64,
    metrics: &[&Weighted<'_>],
) -> Vec<Option<Resampled>> {
    let once = vec![1.0; individuals];
    let values: Vec<Option<f64>> = metrics.iter().map(|metric| metric(&once)).collect();
    let mut found: Vec<Vec<f64>> = vec![Vec::with_capacity(replicates); metrics.len()];
    let mut dice = Dice::new(seed);
    let mut times = vec![0.0; individuals];
    for _ in 0..replicates {
        times.fill(0.0);
        for _ in 0..individuals {
            times[dice.below(individuals)] += 1.0;
        }
        for ((metric, value), found) in metrics.iter().zip(&values).zip(&mut found) {
            if value.is_some() {
                found.extend(metric(&times));
            }
        }
    }
    let interval = |(value, mut found): (Option<f64>, Vec<f64>)| {
        found.sort_by(f64::total_cmp);
        let value = value?;
        let at = |share| percentile(&found, share).unwrap_or(value);
        let (interval, middle) = (Interval { value, low: at(0.025), high: at(0.975) }, at(0.5));
        Some(Resampled { interval, middle })
    };
    values.into_iter().zip(found).map(interval).collect()
}

/// Between the neighbours in rank, as NumPy's default.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * (sorted.len().checked_sub(1)?) as f64;
    let below = sorted[place.floor() as usize];
    let above = sorted[place.ceil() as usize];
    Some(below + (above - below) * (place - place.floor()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_has_the_interval_of_its_standard_error() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let mean = |times: &[f64]| {
            let sum: f64 = values.iter().zip(times).map(|(value, times)| value * times).sum();
            Some(sum / times.iter().sum::<f64>())
        };
        let interval = bootstrap(400, 2000, 1, &[&mean])[0].unwrap();
        assert_eq!(interval.value, 0.5);
        let half = 1.96 * 0.5 / 20.0;
        assert!((interval.low - (0.5 - half)).abs() < 0.006, "{interval:?}");
        assert!((interval.high - (0.5 + half)).abs() < 0.006, "{interval:?}");
    }

    #[test]
    fn a_metric_without_a_value_has_no_interval() {
        let never = |_: &[f64]| None;
        let seldom = |times: &[f64]| (times[0] > 0.0).then_some(0.25);
        let found = bootstrap(3, 100, 1, &[&never, &seldom]);
        assert_eq!(found, [None, Some(Interval { value: 0.25, low: 0.25, high: 0.25 })]);
        assert_eq!(bootstrap(0, 10, 1, &[&never]), [None]);
    }

    #[test]
    fn the_interval_of_an_error_holds_its_value() {
        // Ten photos said to be half as likely right as not, of which half are: without error, and no draw is.
        let right = |times: &[f64]| times.iter().step_by(2).sum::<f64>() / times.iter().sum::<f64>();
        let error = |times: &[f64]| Some((right(times) - 0.5).abs() + 0.125);
        let resampled = resample(10, 500, 1, &[&error])[0].unwrap();
        let (drawn, centred) = (resampled.interval, resampled.centred());
        assert!(resampled.middle > drawn.value && drawn.low >= drawn.value, "{drawn:?}");
        assert!(
            0.0 <= centred.low && centred.low <= drawn.value && drawn.value < centred.high,
            "{centred:?}"
        );
        assert!((centred.high - centred.low) <= (drawn.high - drawn.low) + 1e-12);
    }

    #[test]
    fn the_draws_depend_on_the_seed_alone() {
        let first = |times: &[f64]| Some(times[0] + 2.0 * times[1]);
        assert_eq!(bootstrap(9, 50, 7, &[&first]), bootstrap(9, 50, 7, &[&first]));
        assert_eq!(percentile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
    }
}
