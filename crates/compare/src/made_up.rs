//! Numbers for tests, the same in every run.

use crate::Descriptors;

/// Numbers from 0 to 1.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// Descriptors of unit length in random directions.
pub(crate) fn unit_rows(dim: usize, seed: u64, count: usize) -> Descriptors {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = Vec::new();
    for _ in 0..count {
        let numbers: Vec<f32> = (0..dim).map(|_| dice.next() * 2.0 - 1.0).collect();
        let length = numbers.iter().map(|n| n * n).sum::<f32>().sqrt().max(1e-6);
        let unit: Vec<f32> = numbers.iter().map(|n| n / length).collect();
        let mut row = vec![0; dim];
        crate::quantise(&unit, &mut row);
        bytes.extend(row);
    }
    Descriptors::from_rows(dim, &bytes)
}
