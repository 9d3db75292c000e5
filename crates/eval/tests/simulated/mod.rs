//! Chance for simulated embeddings, the same on every machine.

/// A generator of numbers.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// Between -0.5 and 0.5.
    pub(crate) fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
    }

    /// A point near another one.
    pub(crate) fn near(&mut self, point: &[f32], noise: f32) -> Vec<f32> {
        point.iter().map(|x| x + noise * (self.uniform() + self.uniform() + self.uniform())).collect()
    }
}
