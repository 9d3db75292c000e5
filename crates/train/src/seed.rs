//! Randomness by address: what is drawn depends on the seed, the purpose and the place, never on what was drawn
//! before. So a resumed run goes on as if it had never stopped.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator for one purpose at one place, such as `("order", &[epoch])`.
pub fn generator(seed: u64, purpose: &str, place: &[u64]) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(purpose.as_bytes());
    for number in place {
        hasher.update(&number.to_le_bytes());
    }
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn the_same_address_draws_the_same_and_another_draws_something_else() {
        let draw = |seed, purpose, place: &[u64]| generator(seed, purpose, place).random::<u64>();
        assert_eq!(draw(1, "order", &[3]), draw(1, "order", &[3]));
        let others = [
            draw(2, "order", &[3]),
            draw(1, "view", &[3]),
            draw(1, "order", &[4]),
            draw(1, "order", &[3, 0]),
        ];
        assert!(others.iter().all(|other| *other != draw(1, "order", &[3])), "{others:?}");
    }
}
