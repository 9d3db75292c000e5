//! Every kernel of this machine against the readable score.

use half::f16;

use super::*;
use crate::oracle;

/// Lengths around those of the registers.
const DIMENSIONS: [usize; 12] = [1, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 200];

fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn halves(count: usize, seed: u32) -> Vec<f16> {
    numbers(count, seed).into_iter().map(f16::from_f32).collect()
}

fn assert_close(found: f32, query: &[f32], row: &[f16], metric: Metric, case: &str) {
    let expected = oracle::score(query, row, metric);
    let size: f64 = query.iter().zip(row).map(|(a, b)| f64::from(a.abs()) + b.to_f64().abs()).sum();
    assert!((f64::from(found) - expected).abs() <= 1e-6 * size, "{case}: {found} is not {expected}");
}

#[test]
fn each_kernel_widens_a_row_exactly() {
    for kernel in Kernel::available() {
        for dim in DIMENSIONS {
            let row = halves(dim, 1);
            let mut wide = vec![f32::NAN; dim];
            kernel.widen(&row, &mut wide);
            let expected: Vec<f32> = row.iter().map(|half| half.to_f32()).collect();
            assert_eq!(wide, expected, "{kernel:?}, {dim}");
        }
    }
}

#[test]
fn each_kernel_scores_few_queries_rightly() {
    for kernel in Kernel::available() {
        for (dim, metric) in
            DIMENSIONS.iter().flat_map(|dim| [(*dim, Metric::Dot), (*dim, Metric::SquaredEuclidean)])
        {
            let rows: Vec<Vec<f16>> = (0..5).map(|seed| halves(dim, seed)).collect();
            let rows: Vec<&[f16]> = rows.iter().map(Vec::as_slice).collect();
            for count in 1..=FEW {
                let queries: Vec<Vec<f32>> =
                    (0..count).map(|query| numbers(dim, 100 + query as u32)).collect();
                let mut padded = vec![0.0; count * Kernel::padded(dim)];
                for (padded, query) in padded.chunks_exact_mut(Kernel::padded(dim)).zip(&queries) {
                    padded[..dim].copy_from_slice(query);
                }
                let mut scores = vec![f32::NAN; rows.len() * count];
                kernel.few(metric, &padded, &rows, &mut scores);
                for (at, score) in scores.iter().enumerate() {
                    let case = format!("{kernel:?}, {metric:?}, {dim}, {count}, {at}");
                    assert_close(*score, &queries[at % count], rows[at / count], metric, &case);
                }
            }
        }
    }
}

#[test]
fn each_kernel_scores_a_tile_rightly() {
    for kernel in Kernel::available() {
        for (dim, metric) in
            DIMENSIONS.iter().flat_map(|dim| [(*dim, Metric::Dot), (*dim, Metric::SquaredEuclidean)])
        {
            let rows = halves(TILE_ROWS * dim, 3);
            let wide: Vec<f32> = rows.iter().map(|half| half.to_f32()).collect();
            for groups in 1..=GREATEST_GROUPS {
                let panel = numbers(groups * dim * LANES, 4);
                let mut scores = vec![f32::NAN; TILE_ROWS * groups * LANES];
                kernel.tile(&Tile { metric, dim, panel: &panel, rows: &wide }, &mut scores);
                for (at, score) in scores.iter().enumerate() {
                    let (row, lane) = (at / (groups * LANES), at % (groups * LANES));
                    let column = |number: usize| panel[(lane / LANES * dim + number) * LANES + lane % LANES];
                    let query: Vec<f32> = (0..dim).map(column).collect();
                    let case = format!("{kernel:?}, {metric:?}, {dim}, {groups}, {at}");
                    assert_close(*score, &query, &rows[row * dim..][..dim], metric, &case);
                }
            }
        }
    }
}
