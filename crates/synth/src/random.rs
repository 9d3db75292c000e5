//! Seeded randomness that is addressed, not drawn in turn: the same address, the same numbers, on every machine.
//!
//! A [`Stream`] is SplitMix64 (Steele, Lea and Flood, 2014) started at a hash of a seed and an address
//! such as ("nicks", kind, individual). Adding a photo or a mark never shifts the numbers of another.

/// A sequence of random numbers that belongs to one address.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    state: u64,
}

impl Stream {
    /// Opens the sequence of `address` under `seed`, named by what it is for.
    pub(crate) fn new(seed: u64, purpose: &str, address: &[u64]) -> Self {
        let mut state = scramble(seed ^ 0x0005_eed0_fa11_u64);
        for byte in purpose.bytes() {
            state = scramble(state ^ u64::from(byte));
        }
        for part in address {
            state = scramble(state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        Self { state }
    }

    /// The next 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        scramble(self.state)
    }

    /// A seed for noise.
    pub(crate) fn seed(&mut self) -> u32 {
        (self.bits() >> 32) as u32
    }

    /// A number in [0, 1).
    pub(crate) fn unit(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// A number in [`low`, `high`).
    pub(crate) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// A number in (-`reach`, `reach`), small ones likelier: the mean of two even draws.
    pub(crate) fn around_zero(&mut self, reach: f32) -> f32 {
        reach * (self.unit() + self.unit() - 1.0)
    }

    /// True with the given probability.
    pub(crate) fn happens(&mut self, probability: f32) -> bool {
        self.unit() < probability
    }

    /// A whole number from `low` to `high`, both possible.
    pub(crate) fn count(&mut self, low: usize, high: usize) -> usize {
        low + (self.bits() % (high.saturating_sub(low) as u64 + 1)) as usize
    }
}

fn scramble(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_always_gives_the_same_numbers_and_another_address_others() {
        let draw = |address: &[u64]| Stream::new(1, "test", address).bits();
        assert_eq!(draw(&[1, 2]), draw(&[1, 2]));
        assert_ne!(draw(&[1, 2]), draw(&[2, 1]));
        assert_ne!(draw(&[1]), draw(&[1, 0]));
    }

    #[test]
    fn even_draws_are_even() {
        let mut stream = Stream::new(7, "test", &[]);
        let mean = (0..10_000).map(|_| stream.unit()).sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        assert!((0..1000).all(|_| (2..=4).contains(&stream.count(2, 4))));
    }
}
