//! Populations of which everything is known.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Captures in a population that nobody joins or leaves: of `animals` animals, each seen on occasion t with `probabilities[t]`. Those
/// that were never seen are rows too.
pub fn closed(animals: usize, probabilities: &[f64], dice: &mut ChaCha8Rng) -> Vec<Vec<bool>> {
    (0..animals).map(|_| probabilities.iter().map(|p| dice.random::<f64>() < *p).collect()).collect()
}

/// Captures of animals of which `entering[t]` are first seen on occasion t, survive to the next with `survival`, and are seen with
/// `capture` while they live.
pub fn open(entering: &[usize], survival: f64, capture: f64, dice: &mut ChaCha8Rng) -> Vec<Vec<bool>> {
    let mut rows = Vec::new();
    for (first, animals) in entering.iter().enumerate() {
        for _ in 0..*animals {
            let mut row = vec![false; entering.len()];
            row[first] = true;
            for cell in &mut row[first + 1..] {
                if dice.random::<f64>() >= survival {
                    break;
                }
                *cell = dice.random::<f64>() < capture;
            }
            rows.push(row);
        }
    }
    rows
}
