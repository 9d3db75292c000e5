//! The kernel for AVX-512 with VNNI: 64 products of bytes at a time, added up in 32 bits.

use std::arch::x86_64::{
    _mm256_set1_epi16, _mm256_storeu_si256, _mm256_sub_epi16, _mm512_cvtepi32_epi16, _mm512_dpbusd_epi32,
    _mm512_loadu_si512, _mm512_set1_epi32, _mm512_setzero_si512,
};

use super::{TILE, Tile};
use crate::descriptors::{Blocks, GROUP, LANES};

/// See [`super::Kernel::products`].
///
/// # Safety
/// The lengths are those that [`super::Kernel::products`] checks.
#[target_feature(enable = "avx512f,avx512vnni,avx2")]
#[expect(unsafe_code, reason = "checks of bounds in the innermost loop would halve its speed")]
pub(super) unsafe fn products(tile: Tile<'_>, gallery: Blocks<'_>, products: &mut [i16]) {
    let (dim, width) = (gallery.dim, gallery.blocks.len() / gallery.dim);
    for block in 0..width / LANES {
        let numbers = gallery.blocks[block * LANES * dim..][..LANES * dim].as_ptr();
        let mut sums = [_mm512_setzero_si512(); TILE];
        for group in 0..dim / GROUP {
            // SAFETY: a block has dim / GROUP groups of LANES × GROUP = 64 bytes.
            let numbers = unsafe { _mm512_loadu_si512(numbers.add(group * LANES * GROUP).cast()) };
            for (row, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the tile has TILE × dim bytes, and row < TILE, group × GROUP + GROUP ≤ dim.
                let query = unsafe {
                    tile.numbers.as_ptr().add(row * dim + group * GROUP).cast::<i32>().read_unaligned()
                };
                *sum = _mm512_dpbusd_epi32(*sum, numbers, _mm512_set1_epi32(query));
            }
        }
        for ((row, sum), offset) in sums.into_iter().enumerate().zip(tile.offsets) {
            // The lower 16 bits: what is taken off brings the result into their range.
            let product = _mm256_sub_epi16(_mm512_cvtepi32_epi16(sum), _mm256_set1_epi16(*offset));
            // SAFETY: `products` has TILE × width numbers, a block's worth from here on.
            unsafe {
                _mm256_storeu_si256(products.as_mut_ptr().add(row * width + block * LANES).cast(), product);
            }
        }
    }
}
