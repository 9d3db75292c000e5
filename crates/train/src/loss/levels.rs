//! What a loss is worth when nothing is learnt yet, and when everything has fallen on one point.

/// Value of the log of a sum of exp(scale·cosine) over this many classes of random directions: ln C + ln E exp(s·cos).
///
/// The mean of exp(s·cos) over directions in d dimensions is 0F1(d/2; s²/4), about exp(s²/2d) while s² is well below
/// d².
pub(super) fn random_log_sum(scale: f64, classes: usize, dimension: usize) -> f64 {
    typical_log_sum(scale, classes, |scale| log_mean_exp(scale, dimension))
}

/// The same of exp(scale·cosine²), whose mean is 1F1(1/2; d/2; s).
pub(super) fn random_square_log_sum(scale: f64, classes: usize, dimension: usize) -> f64 {
    let half = dimension as f64 / 2.0;
    let log_mean = |scale: f64| series(|step| scale * (0.5 + step) / ((half + step) * (step + 1.0)));
    typical_log_sum(scale, classes, log_mean)
}

/// The log of a sum of C random terms whose mean at a scale is known. Where so few terms cannot fill the tail that the
/// mean comes from, the largest of them decides; the bound min over t ≤ s of (s/t)·(ln C + log mean at t) covers both
/// (Derrida 1981, the random energy model). Being a bound it is somewhat high, up to a tenth where the two meet.
fn typical_log_sum(scale: f64, classes: usize, log_mean: impl Fn(f64) -> f64) -> f64 {
    let classes = (classes as f64).ln();
    let steps = (1..=200).map(|step| scale.min(600.0) * f64::from(step) / 200.0);
    let bounds = steps.map(|reduced| (scale / reduced) * (classes + log_mean(reduced)));
    bounds.fold(f64::INFINITY, f64::min)
}

/// ln of the mean of exp(scale·cosine) over random directions: ln 0F1(d/2; s²/4), by its series.
fn log_mean_exp(scale: f64, dimension: usize) -> f64 {
    let (half, square) = (dimension as f64 / 2.0, scale * scale / 4.0);
    series(|step| square / ((step + 1.0) * (half + step)))
}

/// ln of a sum that begins with 1 and whose terms are each `ratio` times the one before.
fn series(ratio: impl Fn(f64) -> f64) -> f64 {
    let (mut term, mut sum, mut step) = (1.0, 1.0, 0.0);
    while term > sum * 1e-15 {
        term *= ratio(step);
        sum += term;
        step += 1.0;
    }
    sum.ln()
}

/// ln(1 + (C − 1)·exp(x)): the cross-entropy where all wrong classes lie x above the right one.
pub(super) fn all_alike(classes: usize, above: f64) -> f64 {
    let others = (classes.max(1) - 1) as f64;
    if above > 0.0 { above + (others + (-above).exp()).ln() } else { (others * above.exp()).ln_1p() }
}

/// Entropy of the classes by their sizes: cross-entropy of a classifier that knows only how frequent they are; ln C
/// where they are equally frequent or their sizes are not known.
pub(super) fn entropy(class_sizes: &[u32], classes: usize) -> f64 {
    let total: f64 = class_sizes.iter().map(|size| f64::from(*size)).sum();
    if total == 0.0 {
        return (classes.max(1) as f64).ln();
    }
    let shares = class_sizes.iter().filter(|size| **size > 0).map(|size| f64::from(*size) / total);
    shares.map(|share| -share * share.ln()).sum()
}

/// Mean over the photos of something that depends on the class.
pub(super) fn over_photos(class_sizes: &[u32], of_class: impl Fn(usize) -> f64, classes: usize) -> f64 {
    let weight = |class: usize| class_sizes.get(class).map_or(1.0, |size| f64::from(*size));
    let total: f64 = (0..classes).map(weight).sum();
    (0..classes).map(|class| weight(class) * of_class(class)).sum::<f64>() / total.max(1e-9)
}

/// Mean of what is above 0 of a normally distributed number, over all draws.
pub(super) fn mean_above_zero(mean: f64, deviation: f64) -> f64 {
    let place = mean / deviation;
    mean * normal_below(place) + deviation * (-place * place / 2.0).exp() / std::f64::consts::TAU.sqrt()
}

/// The same over those draws that are above 0.
pub(super) fn mean_of_those_above_zero(mean: f64, deviation: f64) -> f64 {
    mean_above_zero(mean, deviation) / normal_below(mean / deviation).max(1e-300)
}

/// Share of a standard normal distribution below this (Abramowitz and Stegun 1964, 26.2.17; right to 10⁻⁷).
fn normal_below(place: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * place.abs());
    let factors = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let series = factors.iter().rev().fold(0.0, |sum, factor| (sum + factor) * t);
    let above = series * (-place * place / 2.0).exp() / std::f64::consts::TAU.sqrt();
    if place >= 0.0 { 1.0 - above } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entropy_is_ln_c_for_classes_of_one_size() {
        assert!((entropy(&[3, 3, 3, 3], 4) - 4.0_f64.ln()).abs() < 1e-12);
        assert!((entropy(&[], 4) - 4.0_f64.ln()).abs() < 1e-12);
        assert!((entropy(&[1, 0, 3], 3) - (0.25 * 4.0_f64.ln() + 0.75 * (4.0_f64 / 3.0).ln())).abs() < 1e-12);
    }

    #[test]
    fn the_normal_share_is_that_of_the_tables() {
        for (place, share) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.96, 0.024_997_9), (4.0, 0.999_968_3)] {
            assert!((normal_below(place) - share).abs() < 2e-7, "{place}");
        }
        assert!((mean_above_zero(0.0, 1.0) - 0.398_942_3).abs() < 1e-6);
        assert!((mean_above_zero(5.0, 0.5) - 5.0).abs() < 1e-6);
        assert!((mean_of_those_above_zero(0.0, 1.0) - 0.797_884_6).abs() < 1e-6);
    }

    #[test]
    fn all_alike_grows_with_the_margin_and_begins_at_ln_c() {
        assert!((all_alike(10, 0.0) - 10.0_f64.ln()).abs() < 1e-12);
        assert!((all_alike(10, 200.0) - 200.0 - 9.0_f64.ln()).abs() < 1e-9);
        assert_eq!(all_alike(1, 0.0), 0.0);
    }

    #[test]
    fn the_log_mean_over_directions_is_that_of_the_reference() {
        for [scale, dimension, wanted] in super::super::tests::reference::document().log_mean_exp {
            let got = log_mean_exp(scale, dimension as usize);
            assert!((got - wanted).abs() < 1e-8 * wanted, "s {scale} d {dimension}: {got} {wanted}");
        }
    }
}
