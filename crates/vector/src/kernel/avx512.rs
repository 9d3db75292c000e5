//! The kernels for AVX-512: sixteen numbers at a time.

use std::arch::x86_64::{
    __m256i, __m512, _MM_HINT_T0, _mm_prefetch, _mm256_loadu_si256, _mm512_add_ps, _mm512_cvtph_ps,
    _mm512_fmadd_ps, _mm512_fnmadd_ps, _mm512_loadu_ps, _mm512_reduce_add_ps, _mm512_set1_ps,
    _mm512_setzero_ps, _mm512_storeu_ps, _mm512_sub_ps,
};

use half::f16;

use super::{Kernel, LANES, TILE_ROWS, Tile};
use crate::Metric;

/// Sums that a score is made of, so that one addition need not wait for the one before.
const CHAINS: usize = 4;

/// Rows that are called from memory before their turn: processors do not look beyond the end of a page themselves.
const AHEAD: usize = 16;

/// See [`Kernel::few`].
#[target_feature(enable = "avx512f")]
pub(super) fn few(metric: Metric, queries: &[f32], rows: &[&[f16]], scores: &mut [f32]) {
    let Some(dim) = rows.first().map(|row| row.len()) else { return };
    match (metric, queries.len() / Kernel::padded(dim)) {
        (Metric::Dot, 1) => each_row::<1, false>(queries, rows, scores),
        (Metric::Dot, 2) => each_row::<2, false>(queries, rows, scores),
        (Metric::Dot, 3) => each_row::<3, false>(queries, rows, scores),
        (Metric::Dot, 4) => each_row::<4, false>(queries, rows, scores),
        (Metric::SquaredEuclidean, 1) => each_row::<1, true>(queries, rows, scores),
        (Metric::SquaredEuclidean, 2) => each_row::<2, true>(queries, rows, scores),
        (Metric::SquaredEuclidean, 3) => each_row::<3, true>(queries, rows, scores),
        (Metric::SquaredEuclidean, 4) => each_row::<4, true>(queries, rows, scores),
        (_, other) => unreachable!("{other} queries are not few"),
    }
}

#[target_feature(enable = "avx512f")]
fn each_row<const QUERIES: usize, const EUCLIDEAN: bool>(
    queries: &[f32],
    rows: &[&[f16]],
    scores: &mut [f32],
) {
    for first in rows.iter().take(AHEAD) {
        prefetch(first);
    }
    for (index, (row, scores)) in rows.iter().zip(scores.chunks_exact_mut(QUERIES)).enumerate() {
        if let Some(ahead) = rows.get(index + AHEAD) {
            prefetch(ahead);
        }
        scores.copy_from_slice(&one_row::<QUERIES, EUCLIDEAN>(queries, row));
    }
}

/// The scores of one row; `queries` are padded to whole registers.
#[target_feature(enable = "avx512f")]
#[inline]
fn one_row<const QUERIES: usize, const EUCLIDEAN: bool>(queries: &[f32], row: &[f16]) -> [f32; QUERIES] {
    let padded = Kernel::padded(row.len());
    let mut sums = [[_mm512_setzero_ps(); CHAINS]; QUERIES];
    let mut add = |at: usize, chain: usize, wide: __m512| {
        for (query, sums) in sums.iter_mut().enumerate() {
            let numbers = &queries[query * padded + at..][..LANES];
            sums[chain] = accumulate::<EUCLIDEAN>(load(numbers), wide, sums[chain]);
        }
    };
    let (long, rest) = row.as_chunks::<{ LANES * CHAINS }>();
    for (index, numbers) in long.iter().enumerate() {
        for chain in 0..CHAINS {
            let wide = load_half(&numbers[chain * LANES..][..LANES]);
            add((index * CHAINS + chain) * LANES, chain, wide);
        }
    }
    for (index, numbers) in rest.chunks(LANES).enumerate() {
        let mut whole = [f16::ZERO; LANES];
        whole[..numbers.len()].copy_from_slice(numbers);
        add(long.len() * CHAINS * LANES + index * LANES, index, load_half(&whole));
    }
    sums.map(|sums| {
        let pairs = _mm512_add_ps(_mm512_add_ps(sums[0], sums[1]), _mm512_add_ps(sums[2], sums[3]));
        _mm512_reduce_add_ps(pairs)
    })
}

/// Asks for a row before it is needed.
#[target_feature(enable = "avx512f")]
#[inline]
fn prefetch(row: &[f16]) {
    for line in row.chunks(32) {
        _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast());
    }
}

/// See [`Kernel::widen`].
#[target_feature(enable = "avx512f")]
pub(super) fn widen(row: &[f16], wide: &mut [f32]) {
    let (whole, rest) = row.as_chunks::<LANES>();
    let (wide_whole, wide_rest) = wide.as_chunks_mut::<LANES>();
    for (halves, wide) in whole.iter().zip(wide_whole) {
        store(wide, load_half(halves));
    }
    super::scalar::widen(rest, wide_rest);
}

/// See [`Kernel::tile`].
#[target_feature(enable = "avx512f")]
pub(super) fn tile(tile: &Tile<'_>, scores: &mut [f32]) {
    match (tile.metric, tile.groups()) {
        (Metric::Dot, 1) => groups::<1, false>(tile, scores),
        (Metric::Dot, 2) => groups::<2, false>(tile, scores),
        (Metric::Dot, 3) => groups::<3, false>(tile, scores),
        (Metric::Dot, 4) => groups::<4, false>(tile, scores),
        (Metric::SquaredEuclidean, 1) => groups::<1, true>(tile, scores),
        (Metric::SquaredEuclidean, 2) => groups::<2, true>(tile, scores),
        (Metric::SquaredEuclidean, 3) => groups::<3, true>(tile, scores),
        (Metric::SquaredEuclidean, 4) => groups::<4, true>(tile, scores),
        (_, other) => unreachable!("{other} groups do not fit the registers"),
    }
}

/// All sums of the tile stay in registers; each number of a row is met by all queries of a group at once.
#[target_feature(enable = "avx512f")]
#[expect(unsafe_code, reason = "checks of bounds in the innermost loop would halve its speed")]
fn groups<const GROUPS: usize, const EUCLIDEAN: bool>(tile: &Tile<'_>, scores: &mut [f32]) {
    tile.check(GROUPS, scores);
    let dim = tile.dim;
    let mut sums = [[_mm512_setzero_ps(); GROUPS]; TILE_ROWS];
    for at in 0..dim {
        let mut queries = [_mm512_setzero_ps(); GROUPS];
        for (group, query) in queries.iter_mut().enumerate() {
            // SAFETY: `check` saw that the panel has GROUPS × dim × LANES numbers, and group < GROUPS, at < dim.
            *query = unsafe { _mm512_loadu_ps(tile.panel.as_ptr().add((group * dim + at) * LANES)) };
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `check` saw that the rows have TILE_ROWS × dim numbers, and row < TILE_ROWS, at < dim.
            let number = _mm512_set1_ps(unsafe { *tile.rows.get_unchecked(row * dim + at) });
            for (sum, query) in sums.iter_mut().zip(queries) {
                *sum = accumulate::<EUCLIDEAN>(query, number, *sum);
            }
        }
    }
    for (sum, scores) in sums.as_flattened().iter().zip(scores.as_chunks_mut::<LANES>().0) {
        store(scores, *sum);
    }
}

/// One more term of a score: a product, or minus a squared difference.
#[target_feature(enable = "avx512f")]
#[inline]
fn accumulate<const EUCLIDEAN: bool>(query: __m512, row: __m512, sum: __m512) -> __m512 {
    if EUCLIDEAN {
        let difference = _mm512_sub_ps(query, row);
        _mm512_fnmadd_ps(difference, difference, sum)
    } else {
        _mm512_fmadd_ps(query, row, sum)
    }
}

#[target_feature(enable = "avx512f")]
#[inline]
#[expect(unsafe_code, reason = "a load by address")]
fn load(numbers: &[f32]) -> __m512 {
    assert_eq!(numbers.len(), LANES);
    // SAFETY: there are as many numbers as the register takes.
    unsafe { _mm512_loadu_ps(numbers.as_ptr()) }
}

#[target_feature(enable = "avx512f")]
#[inline]
#[expect(unsafe_code, reason = "a load by address")]
fn load_half(halves: &[f16]) -> __m512 {
    assert_eq!(halves.len(), LANES);
    // SAFETY: there are sixteen halves of two bytes, which the register of 32 bytes takes; `f16` is bits only.
    _mm512_cvtph_ps(unsafe { _mm256_loadu_si256(halves.as_ptr().cast::<__m256i>()) })
}

#[target_feature(enable = "avx512f")]
#[inline]
#[expect(unsafe_code, reason = "a store by address")]
fn store(numbers: &mut [f32; LANES], register: __m512) {
    // SAFETY: the register has as many numbers as there is room for.
    unsafe { _mm512_storeu_ps(numbers.as_mut_ptr(), register) }
}
