//! In how many directions embeddings spread: the eigenvalues of their covariance.

use super::{products, thinned};

/// Side of the largest matrix whose eigenvalues are looked for.
const LARGEST: usize = 640;

/// Spread below which all rows count as one point; rounding alone leaves some.
const NOTHING: f64 = 1e-9;

/// exp(entropy of the covariance's normalised eigenvalues): O. Roy, M. Vetterli, "The effective rank: a measure of
/// effective dimensionality", EUSIPCO 2007. 1 when all lie on one line or point, `dimension` when they spread alike
/// in all directions. Of more than 640 dimensions, 640 rows are looked at, which bounds the answer.
pub(super) fn effective_rank(unit: &[f32], dimension: usize) -> f64 {
    if unit.is_empty() || dimension == 0 {
        return 1.0;
    }
    let (matrix, side) = scatter(unit, dimension);
    let trace: f64 = (0..side).map(|i| matrix[i * side + i]).sum();
    if trace <= NOTHING {
        return 1.0;
    }
    let values = eigenvalues(matrix, side);
    let entropy: f64 =
        values.iter().map(|value| value / trace).filter(|p| *p > 0.0).map(|p| -p * p.ln()).sum();
    entropy.exp()
}

/// A matrix with the eigenvalues of the covariance (but for zeros): dimension × dimension, or rows × rows where the
/// dimension is too large.
fn scatter(unit: &[f32], dimension: usize) -> (Vec<f64>, usize) {
    let rows: Vec<&[f32]> = unit.chunks_exact(dimension).collect();
    let rows = if dimension > LARGEST { thinned(&rows, LARGEST) } else { rows };
    let n = rows.len();
    let mut means = vec![0.0_f64; dimension];
    rows.iter()
        .for_each(|row| means.iter_mut().zip(*row).for_each(|(sum, x)| *sum += f64::from(*x) / n as f64));
    let centered = |row: &[f32]| -> Vec<f32> {
        row.iter().zip(&means).map(|(x, mean)| (f64::from(*x) - mean) as f32).collect()
    };
    let centered: Vec<Vec<f32>> = rows.iter().map(|row| centered(row)).collect();
    let by_rows = dimension > LARGEST || n < dimension;
    let (flat, length, side) = if by_rows {
        (centered.concat(), dimension, n)
    } else {
        ((0..dimension).flat_map(|d| centered.iter().map(move |row| row[d])).collect(), n, dimension)
    };
    let values = products(&flat, &flat, length);
    (values.iter().map(|x| f64::from(*x) / n as f64).collect(), side)
}

/// Eigenvalues of a symmetric matrix (row-major, `side` × `side`), in no order: Householder's tridiagonal form,
/// then implicit QL (J. Wilkinson, C. Reinsch, "Linear Algebra", 1971, contributions II/2 and II/3).
pub(super) fn eigenvalues(matrix: Vec<f64>, side: usize) -> Vec<f64> {
    let (mut diagonal, mut beside) = tridiagonal(matrix, side);
    implicit_ql(&mut diagonal, &mut beside);
    diagonal
}

/// Diagonal and what stands beside it (the last is 0).
fn tridiagonal(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut diagonal, mut beside) = (vec![0.0; n], vec![0.0; n]);
    for k in 0..n {
        diagonal[k] = a[k * n + k];
        let mut v = a[k * n + k + 1..(k + 1) * n].to_vec();
        if v.len() < 2 {
            beside[k] = v.first().copied().unwrap_or(0.0);
            continue;
        }
        let alpha = -dot(&v, &v).sqrt().copysign(v[0]);
        beside[k] = alpha;
        v[0] -= alpha;
        let half = dot(&v, &v) / 2.0;
        if half > 0.0 {
            reflect(&mut a, n, k + 1, &v, half);
        }
    }
    (diagonal, beside)
}

/// Reflects the lower right block, from `from` on, at the plane that is at a right angle to `v`.
fn reflect(a: &mut [f64], n: usize, from: usize, v: &[f64], half: f64) {
    let mut q: Vec<f64> = (from..n).map(|row| dot(&a[row * n + from..(row + 1) * n], v) / half).collect();
    let along = dot(v, &q) / (2.0 * half);
    q.iter_mut().zip(v).for_each(|(q, v)| *q -= along * v);
    for (row, (v_row, q_row)) in (from..n).zip(v.iter().zip(&q)) {
        let cells = &mut a[row * n + from..(row + 1) * n];
        for (cell, (v, q)) in cells.iter_mut().zip(v.iter().zip(&q)) {
            *cell -= v_row * q + q_row * v;
        }
    }
}

fn implicit_ql(d: &mut [f64], e: &mut [f64]) {
    let n = d.len();
    for l in 0..n {
        // It takes two or three rounds; the bound is for numbers that are none.
        for _ in 0..60 {
            let negligible = |m: &usize| e[*m].abs() <= f64::EPSILON * (d[*m].abs() + d[*m + 1].abs());
            let m = (l..n - 1).find(negligible).unwrap_or(n - 1);
            if m == l {
                break;
            }
            sweep(d, e, l, m);
        }
    }
}

fn sweep(d: &mut [f64], e: &mut [f64], l: usize, m: usize) {
    let shift = (d[l + 1] - d[l]) / (2.0 * e[l]);
    let mut g = d[m] - d[l] + e[l] / (shift + shift.hypot(1.0).copysign(shift));
    let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let (f, b) = (s * e[i], c * e[i]);
        let r = f64::hypot(f, g);
        e[i + 1] = r;
        if r == 0.0 {
            d[i + 1] -= p;
            e[m] = 0.0;
            return;
        }
        (s, c) = (f / r, g / r);
        let above = d[i + 1] - p;
        let turned = (d[i] - above) * s + 2.0 * c * b;
        p = s * turned;
        d[i + 1] = above + p;
        g = c * turned - b;
    }
    d[l] -= p;
    e[l] = g;
    e[m] = 0.0;
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
