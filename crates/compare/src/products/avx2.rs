//! The kernel for AVX2: 32 products of bytes at a time.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi16, _mm256_loadu_si256, _mm256_maddubs_epi16, _mm256_packs_epi32,
    _mm256_permute4x64_epi64, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_slli_epi32,
    _mm256_srai_epi32, _mm256_storeu_si256, _mm256_sub_epi16,
};

use super::{Columns, Nearest, TILE, Tile, nearest};
use crate::descriptors::{Blocks, GROUP, LANES};

/// Bytes of a register.
const BYTES: usize = 32;

/// See [`super::Kernel::products`]. The sums of a tile with one block fill twelve of the sixteen registers.
///
/// # Safety
/// The lengths are those that [`super::Kernel::products`] checks.
#[target_feature(enable = "avx2")]
#[expect(unsafe_code, reason = "checks of bounds in the innermost loop would halve its speed")]
pub(super) unsafe fn products(tile: Tile<'_>, gallery: Blocks<'_>, products: &mut [i16]) {
    let (dim, width) = (gallery.dim, gallery.blocks.len() / gallery.dim);
    for block in 0..width / LANES {
        let numbers = gallery.blocks[block * LANES * dim..][..LANES * dim].as_ptr();
        let mut sums = [[_mm256_setzero_si256(); 2]; TILE];
        for group in 0..dim / GROUP {
            // SAFETY: a block has dim / GROUP groups of LANES × GROUP = two registers of bytes.
            let (low, high) = unsafe {
                let at = numbers.add(group * LANES * GROUP);
                (_mm256_loadu_si256(at.cast()), _mm256_loadu_si256(at.add(BYTES).cast()))
            };
            for (row, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the tile has TILE × dim bytes, and row < TILE, group × GROUP + GROUP ≤ dim.
                let query = unsafe {
                    tile.numbers.as_ptr().add(row * dim + group * GROUP).cast::<i32>().read_unaligned()
                };
                let query = _mm256_set1_epi32(query);
                // Sums may wrap around; two products side by side never saturate (see `descriptors`).
                sums[0] = _mm256_add_epi16(sums[0], _mm256_maddubs_epi16(low, query));
                sums[1] = _mm256_add_epi16(sums[1], _mm256_maddubs_epi16(high, query));
            }
        }
        for ((row, [low, high]), offset) in sums.into_iter().enumerate().zip(tile.offsets) {
            let packed = _mm256_packs_epi32(joined(low), joined(high));
            let in_order = _mm256_permute4x64_epi64::<0b11_01_10_00>(packed);
            let product = _mm256_sub_epi16(in_order, _mm256_set1_epi16(*offset));
            // SAFETY: `products` has TILE × width numbers, a block's worth from here on.
            unsafe {
                _mm256_storeu_si256(products.as_mut_ptr().add(row * width + block * LANES).cast(), product);
            }
        }
    }
}

/// The two sums of 16 bits of each descriptor added, the sign spread over 32 bits.
#[target_feature(enable = "avx2")]
#[inline]
fn joined(sums: __m256i) -> __m256i {
    let added = _mm256_add_epi16(sums, _mm256_slli_epi32::<16>(sums));
    _mm256_srai_epi32::<16>(added)
}

/// See [`super::Kernel::look`].
#[target_feature(enable = "avx2")]
pub(super) fn look(products: &mut [i16], row: u16, columns: &mut Columns) -> Nearest {
    nearest::look(products, row, columns)
}
