//! Some neighbouring channels in one vector register.

use pulp::Simd;

use crate::tail::plan::Activation;

/// A block of channels: as many as a register holds, or what is left of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes<S> {
    pub(super) simd: S,
    /// All channels of a position.
    pub(super) channels: usize,
    /// The first of the block.
    pub(super) first: usize,
    /// How many.
    pub(super) width: usize,
}

impl<S: Simd> Lanes<S> {
    /// The blocks of so many channels.
    #[inline(always)]
    pub(super) fn all(simd: S, channels: usize) -> impl Iterator<Item = Self> {
        (0..channels).step_by(S::F32_LANES).map(move |first| Self {
            simd,
            channels,
            first,
            width: S::F32_LANES.min(channels - first),
        })
    }

    /// The block's numbers in one row.
    #[inline(always)]
    pub(super) fn load(self, values: &[f32], row: usize) -> S::f32s {
        let start = row * self.channels + self.first;
        if self.width == S::F32_LANES {
            S::as_simd_f32s(&values[start..start + S::F32_LANES]).0[0]
        } else {
            self.simd.partial_load_f32s(&values[start..start + self.width])
        }
    }

    /// Writes the block's numbers of one row.
    #[inline(always)]
    pub(super) fn store(self, values: &mut [f32], row: usize, numbers: S::f32s) {
        let start = row * self.channels + self.first;
        if self.width == S::F32_LANES {
            S::as_mut_simd_f32s(&mut values[start..start + S::F32_LANES]).0[0] = numbers;
        } else {
            self.simd.partial_store_f32s(&mut values[start..start + self.width], numbers);
        }
    }
}

/// The activation of a register of numbers.
#[inline(always)]
pub(super) fn activate<S: Simd>(simd: S, numbers: S::f32s, activation: Activation) -> S::f32s {
    if activation == Activation::None {
        return numbers;
    }
    let (low, high) = activation.bounds();
    // In this order a number that is none (NaN) stays one.
    simd.min_f32s(simd.splat_f32s(high), simd.max_f32s(simd.splat_f32s(low), numbers))
}

/// The gradient before the activation, from that behind it and its outputs.
#[inline(always)]
pub(super) fn masked<S: Simd>(
    simd: S,
    gradient: S::f32s,
    outputs: S::f32s,
    activation: Activation,
) -> S::f32s {
    if activation == Activation::None {
        return gradient;
    }
    let (low, high) = activation.bounds();
    let is_between = simd.and_m32s(
        simd.less_than_f32s(simd.splat_f32s(low), outputs),
        simd.less_than_f32s(outputs, simd.splat_f32s(high)),
    );
    simd.select_f32s(is_between, gradient, simd.splat_f32s(0.0))
}

/// `Σ tile · taps` for a row of neighbouring outputs, each starting at its number of `sums`.
#[inline(always)]
pub(super) fn convolve<S: Simd, const KERNEL: usize, const STRIDE: usize, const BLOCK: usize>(
    simd: S,
    tile: &[S::f32s],
    tile_width: usize,
    start: usize,
    taps: &[S::f32s],
    mut sums: [S::f32s; BLOCK],
) -> [S::f32s; BLOCK] {
    let reach = (BLOCK - 1) * STRIDE + KERNEL;
    for (row, taps) in taps[..KERNEL * KERNEL].chunks_exact(KERNEL).enumerate() {
        let tile = &tile[start + row * tile_width..][..reach];
        for (column, &tap) in taps.iter().enumerate() {
            for (place, sum) in sums.iter_mut().enumerate() {
                *sum = simd.mul_add_e_f32s(tile[place * STRIDE + column], tap, *sum);
            }
        }
    }
    sums
}
