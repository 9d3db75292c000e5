//! The two directions in which embeddings spread most.

/// Rounds of the power iteration; the picture does not change beyond.
const ROUNDS: usize = 60;

/// Points in the plane.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    /// Where each row lies, in the order of the rows, around the middle of all.
    pub points: Vec<[f64; 2]>,
    /// Share of all spread that each of the two directions holds, 0 to 1.
    pub shares: [f64; 2],
}

/// Projects rows onto their first two principal components (power iteration with deflation). The same rows
/// give the same plane: the start is fixed, and so is the sign (the largest coefficient is positive).
pub fn plane<V: Copy + Into<f64>>(rows: &[&[V]]) -> Plane {
    let dimension = rows.first().map_or(0, |row| row.len());
    let centered = center(rows, dimension);
    let spread: f64 = centered.iter().flatten().map(|x| f64::from(*x) * f64::from(*x)).sum();
    let first = direction(&centered, dimension, None);
    let second = direction(&centered, dimension, Some(&first));
    let along = |axis: &[f64]| -> Vec<f64> { centered.iter().map(|row| dot(row, axis)).collect() };
    let (xs, ys) = (along(&first), along(&second));
    let share = |values: &[f64]| {
        if spread > 0.0 { values.iter().map(|x| x * x).sum::<f64>() / spread } else { 0.0 }
    };
    let shares = [share(&xs), share(&ys)];
    Plane { points: xs.into_iter().zip(ys).map(|(x, y)| [x, y]).collect(), shares }
}

fn center<V: Copy + Into<f64>>(rows: &[&[V]], dimension: usize) -> Vec<Vec<f32>> {
    let mut mean = vec![0.0_f64; dimension];
    for row in rows {
        mean.iter_mut().zip(row.iter()).for_each(|(sum, x)| *sum += (*x).into());
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand rows")]
    mean.iter_mut().for_each(|sum| *sum /= rows.len().max(1) as f64);
    #[expect(clippy::cast_possible_truncation, reason = "embeddings fit f32")]
    let shifted = |row: &&[V]| row.iter().zip(&mean).map(|(x, mean)| ((*x).into() - mean) as f32).collect();
    rows.iter().map(shifted).collect()
}

/// The direction of greatest spread, at a right angle to `other`.
fn direction(rows: &[Vec<f32>], dimension: usize, other: Option<&[f64]>) -> Vec<f64> {
    let mut axis: Vec<f64> = (0..dimension).map(start).collect();
    for _ in 0..ROUNDS {
        straighten(&mut axis, other);
        let mut next = vec![0.0; dimension];
        for row in rows {
            let along = dot(row, &axis);
            next.iter_mut().zip(row).for_each(|(sum, x)| *sum += along * f64::from(*x));
        }
        axis = next;
    }
    straighten(&mut axis, other);
    let largest = axis.iter().copied().fold(0.0_f64, |a, b| if b.abs() > a.abs() { b } else { a });
    if largest < 0.0 {
        axis.iter_mut().for_each(|x| *x = -*x);
    }
    axis
}

/// Takes the part along `other` out and brings what is left to unit length.
fn straighten(axis: &mut [f64], other: Option<&[f64]>) {
    if let Some(other) = other {
        let along: f64 = axis.iter().zip(other).map(|(a, b)| a * b).sum();
        axis.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
    }
    let length = axis.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        axis.iter_mut().for_each(|x| *x /= length);
    }
}

/// A start that is at a right angle to nothing in particular: fractions of multiples of the golden ratio.
#[expect(clippy::cast_precision_loss, reason = "an index of a coordinate")]
fn start(index: usize) -> f64 {
    ((index + 1) as f64 * 0.618_033_988_749_895).fract() - 0.5
}

fn dot(row: &[f32], axis: &[f64]) -> f64 {
    row.iter().zip(axis).map(|(x, a)| f64::from(*x) * a).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plane_follows_the_spread() {
        let rows: Vec<Vec<f64>> = (0..200)
            .map(|i| {
                let (s, t) = ((f64::from(i) * 0.7).sin(), (f64::from(i) * 1.3).cos());
                vec![3.0 * s + 5.0, t, 3.0 * s, 0.01 * t]
            })
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let found = plane(&rows);
        for (point, i) in found.points.iter().zip(0..) {
            let s = (f64::from(i) * 0.7).sin();
            assert!((point[0].abs() - (s * 18.0_f64.sqrt()).abs()).abs() < 0.2, "{i}: {point:?}");
        }
        assert!(found.shares[0] > 0.9 && found.shares[1] > 0.04, "{:?}", found.shares);
        assert!((found.shares[0] + found.shares[1] - 1.0).abs() < 0.01, "{:?}", found.shares);
    }

    #[test]
    fn rows_that_are_all_alike_lie_in_one_point() {
        let row = [0.5_f32; 4];
        let found = plane(&[&row[..], &row, &row]);
        assert!(found.points.iter().flatten().all(|x| x.abs() < 1e-9));
        assert_eq!(found.shares, [0.0, 0.0]);
        assert!(plane::<f32>(&[]).points.is_empty());
    }
}
