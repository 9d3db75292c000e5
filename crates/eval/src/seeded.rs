//! Chance that comes out the same on every machine.

/// The finishing step of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number
/// generators", 2014): every bit of the input moves every bit of the output.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number that depends on all of `parts` and on nothing else.
pub(crate) fn hash(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |state, part| {
        mix(state.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_add(mix(part.wrapping_add(1))))
    })
}

/// Draws `most` rows, where there are more: those with the smallest lots, so that a row's chance does not hang on which others
/// there are. They rise.
pub fn draw(rows: &mut Vec<u32>, most: usize, seed: u64) {
    if rows.len() > most {
        rows.sort_by_key(|row| hash(&[seed, 6, u64::from(*row)]));
        rows.truncate(most);
    }
    rows.sort_unstable();
}

/// A generator of numbers: the SplitMix64 sequence from a seed.
pub(crate) struct Dice {
    state: u64,
}

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// A number below `limit`, which is at least 1; all of them as likely, but for one in 2⁶⁴ / limit.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        scale(self.next(), limit)
    }
}

/// Brings a 64-bit number into the range below `limit`.
#[expect(clippy::cast_possible_truncation, reason = "the result is below `limit`, which fits")]
pub(crate) fn scale(number: u64, limit: usize) -> usize {
    ((u128::from(number) * limit as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_the_published_one() {
        let mut dice = Dice { state: 1_234_567 };
        let first: Vec<u64> = (0..3).map(|_| dice.next()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }

    #[test]
    fn a_hash_hears_every_part_and_their_order() {
        let all = [hash(&[]), hash(&[0]), hash(&[0, 0]), hash(&[1, 2]), hash(&[2, 1]), hash(&[1, 2, 0])];
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| other != one));
        }
    }

    #[test]
    fn numbers_below_a_limit_are_even() {
        let mut dice = Dice::new(1);
        let mut counts = [0_usize; 7];
        for _ in 0..7000 {
            counts[dice.below(7)] += 1;
        }
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }
}
