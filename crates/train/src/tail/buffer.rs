//! Memory for numbers that begins where a cache line begins.

use std::ops::{Deref, DerefMut};

/// Bytes of a cache line, and of the widest vector register.
const LINE: usize = 64;
const NUMBERS_A_LINE: usize = LINE / size_of::<f32>();

/// A row of numbers whose first lies at a multiple of 64 bytes, so that no vector straddles two cache lines.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    memory: Vec<f32>,
    first: usize,
    length: usize,
}

impl Buffer {
    /// Zeros.
    pub(super) fn zeros(length: usize) -> Self {
        let memory = vec![0.0; length + NUMBERS_A_LINE];
        let first = memory.as_ptr().align_offset(LINE).min(NUMBERS_A_LINE);
        Self { memory, first, length }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.memory[self.first..self.first + self.length]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.memory[self.first..self.first + self.length]
    }
}
