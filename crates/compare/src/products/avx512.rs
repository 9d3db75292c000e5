//! The kernel for AVX-512 with VNNI: 64 products of bytes at a time, added up in 32 bits.

use std::arch::x86_64::{
    __m256i, _mm256_set1_epi16, _mm256_storeu_si256, _mm256_sub_epi16, _mm512_cvtepi32_epi16,
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
};

use super::{Columns, Nearest, TILE, Tile, nearest};
use crate::descriptors::{Blocks, GROUP, LANES};

/// See [`super::Kernel::products`].
///
/// # Safety
/// The lengths are those that [`super::Kernel::products`] checks.
#[target_feature(enable = "avx512f,avx512vnni,avx2")]
#[expect(unsafe_code, reason = "checks of bounds in the innermost loop would halve its speed")]
pub(super) unsafe fn products(tile: Tile<'_>, gallery: Blocks<'_>, products: &mut [i16]) {
    let (dim, width) = (gallery.dim, gallery.blocks.len() / gallery.dim);
    let (blocks, length) = (width / LANES, LANES * dim);
    let all = gallery.blocks.as_ptr();
    // SAFETY: there are so many blocks of that length, and `products` has TILE × width numbers.
    unsafe {
        for pair in 0..blocks / 2 {
            let at = 2 * pair;
            of_blocks(
                [all.add(at * length), all.add((at + 1) * length)],
                tile,
                dim,
                |row, block, product| {
                    let place = row * width + (at + block) * LANES;
                    _mm256_storeu_si256(products.as_mut_ptr().add(place).cast(), product);
                },
            );
        }
        if blocks % 2 == 1 {
            of_blocks([all.add((blocks - 1) * length)], tile, dim, |row, _, product| {
                let place = row * width + (blocks - 1) * LANES;
                _mm256_storeu_si256(products.as_mut_ptr().add(place).cast(), product);
            });
        }
    }
}

/// The products of a tile with `N` blocks at once: with two of them the sums fill twelve registers, enough that none waits for the one
/// before it, and each number of the query is read once for both.
///
/// # Safety
/// A block has LANES × dim bytes, the tile TILE × dim.
#[target_feature(enable = "avx512f,avx512vnni,avx2")]
#[inline]
#[expect(unsafe_code, reason = "as above")]
unsafe fn of_blocks<const N: usize>(
    blocks: [*const u8; N],
    tile: Tile<'_>,
    dim: usize,
    mut give: impl FnMut(usize, usize, __m256i),
) {
    let mut sums = [[_mm512_setzero_si512(); TILE]; N];
    for group in 0..dim / GROUP {
        // SAFETY: a block has dim / GROUP groups of LANES × GROUP = 64 bytes.
        let numbers =
            blocks.map(|block| unsafe { _mm512_loadu_si512(block.add(group * LANES * GROUP).cast()) });
        for row in 0..TILE {
            // SAFETY: the tile has TILE × dim bytes, and row < TILE, group × GROUP + GROUP ≤ dim.
            let query = unsafe {
                tile.numbers.as_ptr().add(row * dim + group * GROUP).cast::<i32>().read_unaligned()
            };
            let query = _mm512_set1_epi32(query);
            for (sums, numbers) in sums.iter_mut().zip(numbers) {
                sums[row] = _mm512_dpbusd_epi32(sums[row], numbers, query);
            }
        }
    }
    for (block, sums) in sums.into_iter().enumerate() {
        for ((row, sum), offset) in sums.into_iter().enumerate().zip(tile.offsets) {
            // The lower 16 bits: what is taken off brings the result into their range.
            give(row, block, _mm256_sub_epi16(_mm512_cvtepi32_epi16(sum), _mm256_set1_epi16(*offset)));
        }
    }
}

/// See [`super::Kernel::look`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx2")]
pub(super) fn look(products: &mut [i16], row: u16, columns: &mut Columns) -> Nearest {
    nearest::look(products, row, columns)
}
