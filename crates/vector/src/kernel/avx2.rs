//! The kernels for AVX2 with FMA and F16C: eight numbers at a time.

use std::arch::x86_64::{
    __m128i, __m256, _mm_loadu_si128, _mm256_cvtph_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_loadu_ps,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_storeu_ps, _mm256_sub_ps,
};

use half::f16;

use super::{Kernel, LANES, TILE_ROWS, Tile};
use crate::Metric;

/// Numbers in a register.
const WIDTH: usize = 8;

/// Registers that a group of queries fills.
const REGISTERS: usize = LANES / WIDTH;

/// Sums that a score is made of, so that one addition need not wait for the one before.
const CHAINS: usize = 4;

/// See [`Kernel::few`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn few(metric: Metric, queries: &[f32], rows: &[&[f16]], scores: &mut [f32]) {
    let Some(dim) = rows.first().map(|row| row.len()) else { return };
    let padded = Kernel::padded(dim);
    for (row, scores) in rows.iter().zip(scores.chunks_exact_mut(queries.len() / padded)) {
        for (query, score) in queries.chunks_exact(padded).zip(scores) {
            *score = match metric {
                Metric::Dot => one::<false>(query, row),
                Metric::SquaredEuclidean => one::<true>(query, row),
            };
        }
    }
}

/// One score; a row that a second query meets comes from the cache by then.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn one<const EUCLIDEAN: bool>(query: &[f32], row: &[f16]) -> f32 {
    let mut sums = [_mm256_setzero_ps(); CHAINS];
    let (long, rest) = row.as_chunks::<{ WIDTH * CHAINS }>();
    for (numbers, query) in long.iter().zip(query.as_chunks::<{ WIDTH * CHAINS }>().0) {
        for (chain, sum) in sums.iter_mut().enumerate() {
            let part = chain * WIDTH..(chain + 1) * WIDTH;
            *sum = accumulate::<EUCLIDEAN>(load(&query[part.clone()]), load_half(&numbers[part]), *sum);
        }
    }
    let query = &query[long.len() * WIDTH * CHAINS..];
    for ((numbers, query), sum) in rest.chunks(WIDTH).zip(query.chunks(WIDTH)).zip(&mut sums) {
        let mut whole = [f16::ZERO; WIDTH];
        whole[..numbers.len()].copy_from_slice(numbers);
        *sum = accumulate::<EUCLIDEAN>(load(query), load_half(&whole), *sum);
    }
    let mut lanes = [0.0; WIDTH * CHAINS];
    for (sum, lanes) in sums.iter().zip(lanes.as_chunks_mut::<WIDTH>().0) {
        store(lanes, *sum);
    }
    lanes.iter().sum()
}

/// See [`Kernel::widen`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn widen(row: &[f16], wide: &mut [f32]) {
    let (whole, rest) = row.as_chunks::<WIDTH>();
    let (wide_whole, wide_rest) = wide.as_chunks_mut::<WIDTH>();
    for (halves, wide) in whole.iter().zip(wide_whole) {
        store(wide, load_half(halves));
    }
    super::scalar::widen(rest, wide_rest);
}

/// See [`Kernel::tile`].
#[target_feature(enable = "avx2,fma,f16c")]
pub(super) fn tile(tile: &Tile<'_>, scores: &mut [f32]) {
    let groups = tile.groups();
    tile.check(groups, scores);
    for group in 0..groups {
        match tile.metric {
            Metric::Dot => one_group::<false>(tile, group, scores),
            Metric::SquaredEuclidean => one_group::<true>(tile, group, scores),
        }
    }
}

/// The sums of one group fill twelve of the sixteen registers.
#[target_feature(enable = "avx2,fma,f16c")]
#[expect(unsafe_code, reason = "checks of bounds in the innermost loop would halve its speed")]
fn one_group<const EUCLIDEAN: bool>(tile: &Tile<'_>, group: usize, scores: &mut [f32]) {
    let (dim, groups) = (tile.dim, tile.groups());
    let panel = &tile.panel[group * dim * LANES..][..dim * LANES];
    let mut sums = [[_mm256_setzero_ps(); REGISTERS]; TILE_ROWS];
    for at in 0..dim {
        let mut queries = [_mm256_setzero_ps(); REGISTERS];
        for (part, query) in queries.iter_mut().enumerate() {
            // SAFETY: the panel has dim × LANES numbers, and at < dim, part × WIDTH + WIDTH ≤ LANES.
            *query = unsafe { _mm256_loadu_ps(panel.as_ptr().add(at * LANES + part * WIDTH)) };
        }
        for (row, sums) in sums.iter_mut().enumerate() {
            // SAFETY: `check` saw that the rows have TILE_ROWS × dim numbers, and row < TILE_ROWS, at < dim.
            let number = _mm256_set1_ps(unsafe { *tile.rows.get_unchecked(row * dim + at) });
            for (sum, query) in sums.iter_mut().zip(queries) {
                *sum = accumulate::<EUCLIDEAN>(query, number, *sum);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let scores = &mut scores[(row * groups + group) * LANES..][..LANES];
        for (sum, scores) in sums.iter().zip(scores.as_chunks_mut::<WIDTH>().0) {
            store(scores, *sum);
        }
    }
}

/// One more term of a score: a product, or minus a squared difference.
#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
fn accumulate<const EUCLIDEAN: bool>(query: __m256, row: __m256, sum: __m256) -> __m256 {
    if EUCLIDEAN {
        let difference = _mm256_sub_ps(query, row);
        _mm256_fnmadd_ps(difference, difference, sum)
    } else {
        _mm256_fmadd_ps(query, row, sum)
    }
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
#[expect(unsafe_code, reason = "a load by address")]
fn load(numbers: &[f32]) -> __m256 {
    assert_eq!(numbers.len(), WIDTH);
    // SAFETY: there are as many numbers as the register takes.
    unsafe { _mm256_loadu_ps(numbers.as_ptr()) }
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
#[expect(unsafe_code, reason = "a load by address")]
fn load_half(halves: &[f16]) -> __m256 {
    assert_eq!(halves.len(), WIDTH);
    // SAFETY: there are eight halves of two bytes, which the register of 16 bytes takes; `f16` is bits only.
    _mm256_cvtph_ps(unsafe { _mm_loadu_si128(halves.as_ptr().cast::<__m128i>()) })
}

#[target_feature(enable = "avx2,fma,f16c")]
#[inline]
#[expect(unsafe_code, reason = "a store by address")]
fn store(numbers: &mut [f32; WIDTH], register: __m256) {
    // SAFETY: the register has as many numbers as there is room for.
    unsafe { _mm256_storeu_ps(numbers.as_mut_ptr(), register) }
}
