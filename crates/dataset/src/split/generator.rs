//! Random numbers that are the same on every machine and in every version of this program.

/// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014): a counter
/// in steps of the golden ratio, mixed. 64-bit whole numbers only, so no machine rounds differently.
#[derive(Debug, Clone)]
pub struct Generator {
    state: u64,
}

impl Generator {
    /// Begins the sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub fn next_bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `limit`, each equally likely (D. Lemire, "Fast random integer generation in an
    /// interval", 2019); 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        let refused = limit.wrapping_neg().checked_rem(limit).unwrap_or(0);
        loop {
            let wide = u128::from(self.next_bits()) * u128::from(limit);
            let (high, low) = ((wide >> 64) as u64, wide as u64);
            if low >= refused {
                return high;
            }
        }
    }

    /// Brings a list into random order (Fisher and Yates, from the end).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            let other = self.below(last as u64 + 1) as usize;
            list.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_the_published_code() {
        // First outputs of the reference implementation (S. Vigna, splitmix64.c) for seed 1234567.
        let mut generator = Generator::new(1_234_567);
        let first: Vec<u64> = (0..5).map(|_| generator.next_bits()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn numbers_below_a_limit_are_evenly_spread() {
        let mut generator = Generator::new(1);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[usize::try_from(generator.below(6)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
        assert_eq!(generator.below(1), 0);
        assert_eq!(generator.below(0), 0);
    }

    #[test]
    fn a_shuffle_is_pinned() {
        let mut list: Vec<u32> = (0..10).collect();
        Generator::new(666).shuffle(&mut list);
        assert_eq!(list, [3, 5, 6, 8, 0, 7, 4, 2, 9, 1]);
    }
}
