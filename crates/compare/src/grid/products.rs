//! Products of a cell with the places it may slide to: nearly all time of a comparison is spent here.

use super::{CELL_ROW, DIRECTIONS, WIDTH, WINDOW};

/// A cell's numbers, row after row.
pub(super) type Cell = [[i16; CELL_ROW]; WINDOW];

/// Numbers of a row of the map.
const LINE: usize = WIDTH * DIRECTIONS;

/// Neighboring places that are multiplied together.
pub(super) const AT_ONCE: usize = 7;

/// The numbers of a map from the first of some neighboring places on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) numbers: &'a [i16],
}

/// The sum of the products of a cell's numbers with those at each place. Plain Rust, everywhere.
pub(super) fn products(cell: &Cell, places: Places<'_>) -> [i32; AT_ONCE] {
    std::array::from_fn(|place| {
        let rows = cell.iter().enumerate().map(|(row, numbers)| {
            let seen = &places.numbers[place * DIRECTIONS + row * LINE..][..CELL_ROW];
            numbers.iter().zip(seen).map(|(one, other)| i32::from(*one) * i32::from(*other)).sum::<i32>()
        });
        rows.sum()
    })
}

/// As [`products`], with 16 products at a time: the sums of all places stay in registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
#[expect(unsafe_code, reason = "checks of bounds in the innermost loop would halve its speed")]
pub(super) fn products_with_avx2(cell: &Cell, places: Places<'_>) -> [i32; AT_ONCE] {
    use std::arch::x86_64::{_mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_setzero_si256};

    const LANES: usize = 16;
    const NEEDED: usize = (AT_ONCE - 1) * DIRECTIONS + (WINDOW - 1) * LINE + CELL_ROW;
    const { assert!(CELL_ROW.is_multiple_of(LANES)) };
    assert!(places.numbers.len() >= NEEDED, "a cell fits into each of the places");
    let mut sums = [_mm256_setzero_si256(); AT_ONCE];
    for (row, numbers) in cell.iter().enumerate() {
        for (group, query) in numbers.as_chunks::<LANES>().0.iter().enumerate() {
            // SAFETY: a group is sixteen numbers.
            let query = unsafe { _mm256_loadu_si256(query.as_ptr().cast()) };
            for (place, sum) in sums.iter_mut().enumerate() {
                let start = place * DIRECTIONS + row * LINE + group * LANES;
                // SAFETY: the last group of the last row at the last place ends at NEEDED, which was compared above.
                let seen = unsafe { _mm256_loadu_si256(places.numbers.as_ptr().add(start).cast()) };
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(query, seen));
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
        _mm_add_epi32, _mm_cvtsi128_si32, _mm_shuffle_epi32, _mm256_castsi256_si128, _mm256_extracti128_si256,
    };

    let four = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
    let two = _mm_add_epi32(four, _mm_shuffle_epi32::<0b01_00_11_10>(four));
    _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32::<0b10_11_00_01>(two)))
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::made_up::Dice;
    use crate::products::Kernel;

    #[test]
    #[expect(unsafe_code, reason = "instructions that not every processor has")]
    fn instructions_give_what_plain_rust_gives() {
        let mut dice = Dice(5);
        let mut number = || (dice.next() * 123.99) as i16;
        let cell: Cell = std::array::from_fn(|_| std::array::from_fn(|_| number()));
        let numbers: Vec<i16> = (0..LINE * WINDOW).map(|_| number()).collect();
        let expected = products(&cell, Places { numbers: &numbers });
        assert!(expected.iter().all(|product| *product > 1_000_000));
        if Kernel::best() != Kernel::Scalar {
            // SAFETY: this processor has the instructions.
            let found = unsafe { products_with_avx2(&cell, Places { numbers: &numbers }) };
            assert_eq!(found, expected);
        }
    }
}
