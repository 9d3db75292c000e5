//! The low frequencies of a block to 1, 2, 4 or 8 pixels a side.
//!
//! A coefficient of frequency `u` is the weight of `cos((2x + 1) u pi / 16)` over the eight pixels
//! `x`. For `n` pixels the same waves with `u < n` are sampled at the `n` centres,
//! `cos((2x + 1) u pi / 2n)`. The constant factors are multiplied into the quantisation table.

/// From position in zigzag order to `8 * v + u` (`v` down, `u` across).
const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Dequantised coefficients, `8 * v + u`.
pub(super) struct Block([f32; 64]);

/// The transform of one component.
pub(super) struct Transform {
    width: usize,
    height: usize,
    last_needed: u32,
    /// For each zigzag position: quantisation step times constant factors; 0 where not needed.
    factors: [f32; 64],
}

impl Transform {
    /// To `width` x `height` pixels a block, each 1, 2, 4 or 8; `None` for others. The table is in zigzag
    /// order.
    pub(super) fn new(width: usize, height: usize, quantization: &[u16; 64]) -> Option<Self> {
        if ![1, 2, 4, 8].contains(&width) || ![1, 2, 4, 8].contains(&height) {
            return None;
        }
        let mut factors = [0.0; 64];
        let mut last_needed = 0;
        for (position, natural) in NATURAL.iter().enumerate() {
            let (u, v) = (usize::from(natural % 8), usize::from(natural / 8));
            if u < width && v < height {
                factors[position] = f32::from(quantization[position]) * factor(u) * factor(v);
                last_needed = position as u32;
            }
        }
        Some(Self { width, height, last_needed, factors })
    }

    /// Pixels a block across.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Pixels a block down.
    pub(super) fn height(&self) -> usize {
        self.height
    }

    /// The last zigzag position that matters.
    pub(super) fn last_needed(&self) -> u32 {
        self.last_needed
    }

    /// A block with its mean value; mid grey (128) is zero in the file.
    #[inline(always)]
    pub(super) fn start(&self, mean: i32) -> Block {
        let mut block = Block([0.0; 64]);
        block.0[0] = mean as f32 * self.factors[0] + 128.0;
        block
    }

    /// Adds the coefficient at a zigzag position.
    #[inline(always)]
    pub(super) fn add(&self, block: &mut Block, position: usize, value: i32) {
        let position = position & 63;
        block.0[usize::from(NATURAL[position] & 63)] = value as f32 * self.factors[position];
    }

    /// Writes the pixels of a block, rows `stride` apart.
    #[inline(always)]
    pub(super) fn finish(&self, block: &Block, pixels: &mut [u8], stride: usize) {
        match (self.width, self.height) {
            (1, 1) => pixels[0] = to_byte(block.0[0]),
            (2, 2) => finish_as::<2, 2>(block, pixels, stride),
            (4, 4) => finish_as::<4, 4>(block, pixels, stride),
            (8, 8) => finish_as::<8, 8>(block, pixels, stride),
            (1, 2) => finish_as::<1, 2>(block, pixels, stride),
            (2, 1) => finish_as::<2, 1>(block, pixels, stride),
            (2, 4) => finish_as::<2, 4>(block, pixels, stride),
            (4, 2) => finish_as::<4, 2>(block, pixels, stride),
            (4, 8) => finish_as::<4, 8>(block, pixels, stride),
            (8, 4) => finish_as::<8, 4>(block, pixels, stride),
            _ => finish_rare(block, pixels, stride, self.width, self.height),
        }
    }
}

/// The constant factor of frequency `u` in one direction.
fn factor(u: usize) -> f32 {
    if u == 0 { 0.125_f32.sqrt() } else { 0.5 }
}

#[inline(always)]
fn finish_as<const W: usize, const H: usize>(block: &Block, pixels: &mut [u8], stride: usize) {
    let mut columns = [[0.0_f32; W]; H];
    for u in 0..W {
        let column = waves(std::array::from_fn::<f32, H, _>(|v| block.0[8 * v + u]));
        for (row, value) in columns.iter_mut().zip(column) {
            row[u] = value;
        }
    }
    for (y, row) in columns.into_iter().enumerate() {
        let line = &mut pixels[y * stride..][..W];
        for (pixel, value) in line.iter_mut().zip(waves(row)) {
            *pixel = to_byte(value);
        }
    }
}

/// Shapes of block that hardly any file has.
#[cold]
fn finish_rare(block: &Block, pixels: &mut [u8], stride: usize, width: usize, height: usize) {
    let wave = |at: usize, frequency: usize, n: usize| {
        ((2 * at + 1) as f32 * frequency as f32 * std::f32::consts::PI / (2 * n) as f32).cos()
    };
    for y in 0..height {
        for x in 0..width {
            let parts = (0..width * height).map(|index| {
                let (u, v) = (index % width, index / width);
                block.0[8 * v + u] * wave(x, u, width) * wave(y, v, height)
            });
            pixels[y * stride + x] = to_byte(parts.sum());
        }
    }
}

/// Sums the waves of frequencies 0 to `N - 1` at the `N` centres.
#[inline(always)]
fn waves<const N: usize>(weights: [f32; N]) -> [f32; N] {
    let mut out = [0.0; N];
    match N {
        2 => {
            let odd = weights[1] * COS_4;
            out[0] = weights[0] + odd;
            out[1] = weights[0] - odd;
        }
        4 => out.copy_from_slice(&waves_4([weights[0], weights[1], weights[2], weights[3]])),
        8 => {
            let even = waves_4([weights[0], weights[2], weights[4], weights[6]]);
            let [a, b, c, d] = [weights[1], weights[3], weights[5], weights[7]];
            let odd = [
                a * COS_1 + b * COS_3 + c * COS_5 + d * COS_7,
                a * COS_3 - b * COS_7 - c * COS_1 - d * COS_5,
                a * COS_5 - b * COS_1 + c * COS_7 + d * COS_3,
                a * COS_7 - b * COS_5 + c * COS_3 - d * COS_1,
            ];
            for i in 0..4 {
                out[i] = even[i] + odd[i];
                out[7 - i] = even[i] - odd[i];
            }
        }
        _ => out.copy_from_slice(&weights),
    }
    out
}

#[inline(always)]
fn waves_4([w0, w1, w2, w3]: [f32; 4]) -> [f32; 4] {
    let (even_0, even_1) = (w0 + w2 * COS_4, w0 - w2 * COS_4);
    let (odd_0, odd_1) = (w1 * COS_2 + w3 * COS_6, w1 * COS_6 - w3 * COS_2);
    [even_0 + odd_0, even_1 + odd_1, even_1 - odd_1, even_0 - odd_0]
}

/// `COS_k` is cos(k pi / 16).
const COS_1: f32 = 0.980_785_25;
const COS_2: f32 = 0.923_879_5;
const COS_3: f32 = 0.831_469_6;
const COS_4: f32 = std::f32::consts::FRAC_1_SQRT_2;
const COS_5: f32 = 0.555_570_24;
const COS_6: f32 = 0.382_683_43;
const COS_7: f32 = 0.195_090_32;

/// Rounds to the nearest level, cut to 0..255.
#[inline(always)]
fn to_byte(value: f32) -> u8 {
    (value + 0.5) as u8
}
