//! Products of a cell with the places it may slide to: nearly all time of a comparison is spent here.

use super::WINDOW;

/// Neighboring places that are multiplied together.
pub(super) const AT_ONCE: usize = 7;

/// Where the first of some neighboring places lies in a map.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    /// The map's numbers from the first place on.
    pub(super) numbers: &'a [i16],
    /// Numbers of a row of the map.
    pub(super) line: usize,
    /// Numbers of a pixel.
    pub(super) step: usize,
}

impl Places<'_> {
    /// How many numbers there must be for cells with rows of this length.
    fn needed(self, row: usize) -> usize {
        (AT_ONCE - 1) * self.step + (WINDOW - 1) * self.line + row
    }
}

/// The sum of the products of a cell's numbers with those at each place. Plain Rust, everywhere.
pub(super) fn products<const ROW: usize>(cell: &[[i16; ROW]; WINDOW], places: Places<'_>) -> [i32; AT_ONCE] {
    std::array::from_fn(|place| {
        let rows = cell.iter().enumerate().map(|(row, numbers)| {
            let seen = &places.numbers[place * places.step + row * places.line..][..ROW];
            numbers.iter().zip(seen).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum::<i32>()
        });
        rows.sum()
    })
}

/// As [`products`], with 16 products at a time: the sums of all places and a row of the cell stay in registers. What a row
/// has beyond whole registers takes half of one.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
#[expect(unsafe_code, reason = "checks of bounds in the innermost loop would halve its speed")]
pub(super) fn products_with_avx2<const ROW: usize>(
    cell: &[[i16; ROW]; WINDOW],
    places: Places<'_>,
) -> [i32; AT_ONCE] {
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_setzero_si256,
        _mm256_zextsi128_si256,
    };

    const LANES: usize = 16;
    const { assert!(ROW % LANES == 0 || ROW % LANES == LANES / 2) };
    assert!(places.numbers.len() >= places.needed(ROW));
    let mut sums = [_mm256_setzero_si256(); AT_ONCE];
    for (row, numbers) in cell.iter().enumerate() {
        for start in (0..ROW).step_by(LANES) {
            let is_whole = start + LANES <= ROW;
            // SAFETY: `from` has at least LANES numbers beyond `start` where it is whole, and LANES / 2 where not.
            let load = |from: *const i16| unsafe {
                if is_whole {
                    _mm256_loadu_si256(from.cast())
                } else {
                    _mm256_zextsi128_si256(_mm_loadu_si128(from.cast()))
                }
            };
            let query = load(numbers[start..].as_ptr());
            for (place, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the greatest of these places was compared with the length above.
                let seen = unsafe {
                    places.numbers.as_ptr().add(place * places.step + row * places.line + start)
                };
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(query, load(seen)));
            }
        }
    }
    let mut totals = [0; AT_ONCE];
    for (total, sum) in totals.iter_mut().zip(sums) {
        *total = sum_of_lanes(sum);
    }
    totals
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn sum_of_lanes(sums: std::arch::x86_64::__m256i) -> i32 {
    use std::arch::x86_64::{
        _mm_add_epi32, _mm_cvtsi128_si32, _mm_shuffle_epi32, _mm256_castsi256_si128,
        _mm256_extracti128_si256,
    };

    let four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
    let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b01_00_11_10>(four));
    _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0b10_11_00_01>(two)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::Dice;
    use crate::products::Kernel;

    fn made_up<const ROW: usize>(seed: u64) -> ([[i16; ROW]; WINDOW], Vec<i16>) {
        let mut dice = Dice(seed);
        let mut number = || (dice.next() * 123.99) as i16;
        let cell = std::array::from_fn(|_| std::array::from_fn(|_| number()));
        (cell, (0..ROW * 60).map(|_| number()).collect())
    }

    #[test]
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    fn instructions_give_what_plain_rust_gives() {
        fn check<const ROW: usize>(seed: u64) {
            let (cell, numbers) = made_up::<ROW>(seed);
            let places = Places { numbers: &numbers, line: ROW * 6, step: ROW / WINDOW };
            let expected = products(&cell, places);
            assert!(expected.iter().all(|product| *product > 0));
            #[cfg(target_arch = "x86_64")]
            if Kernel::best() != Kernel::Scalar {
                // SAFETY: this processor has the instructions.
                assert_eq!(unsafe { products_with_avx2(&cell, places) }, expected);
            }
        }
        check::<40>(5);
        check::<80>(6);
    }
}
