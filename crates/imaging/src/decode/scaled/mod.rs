//! Fast scaled decoding of the JPEGs that cameras write: baseline, Huffman-coded, one interleaved scan.
//!
//! Of each block of 8 x 8 pixels only the low frequencies are turned into 4 x 4, 2 x 2 or 1 pixel; the
//! others are skipped while the bits are read, and subsampled colour comes out at the same size as
//! brightness without any upsampling. That is several times as fast as a general decoder
//! (`docs/decisions/decoding.md`). Whatever this decoder does not know, or finds amiss, is left to the
//! general one: it answers `None`.

mod bits;
mod colors;
mod header;
mod huffman;
mod transform;
mod window;

use std::ops::Range;

use self::bits::{BitReader, Segments};
use self::header::Header;
use self::transform::Transform;

pub(super) use self::header::Colors;
pub(super) use self::window::{Window, decode_window};

/// The colours of a file that this module can read the header of.
pub(super) fn colors(bytes: &[u8]) -> Option<Colors> {
    header::parse(bytes)?.colors()
}

/// Interleaved samples (1 or 3 a pixel) of the picture at an eighth, a quarter or a half, its size rounded
/// up; three samples are RGB. `None`: not a file for this decoder, or damaged.
pub(super) fn decode(bytes: &[u8], denominator: u32) -> Option<Vec<u8>> {
    let header = header::parse(bytes).filter(Header::is_for_fast_decoder)?;
    let decoder = Decoder::new(&header, 8 / denominator as usize)?;
    decoder.decode(bytes.get(header.entropy_start..)?)
}

/// One colour component, ready to be decoded.
struct Plane<'a> {
    blocks_x: usize,
    blocks_y: usize,
    dc: &'a huffman::DcTable,
    ac: &'a huffman::AcTable,
    transform: Transform,
    /// How often each pixel of a block stands in the result, along x and y: at full size subsampled colour has fewer
    /// pixels than brightness.
    repeats: (usize, usize),
}

struct Decoder<'a> {
    header: &'a Header,
    planes: Vec<Plane<'a>>,
    colors: Colors,
    /// Pixels that one MCU becomes, along x and y.
    mcu_width: usize,
    mcu_height: usize,
    mcus_x: usize,
    mcus_y: usize,
    /// Pixels of the result.
    width: usize,
    height: usize,
}

impl<'a> Decoder<'a> {
    /// `pixels` a block side of the component with the finest sampling: 1, 2, 4 or 8.
    fn new(header: &'a Header, pixels: usize) -> Option<Self> {
        let most_x = header.components.iter().map(|component| component.blocks_x).max()?;
        let most_y = header.components.iter().map(|component| component.blocks_y).max()?;
        let planes: Option<Vec<Plane<'a>>> = header
            .components
            .iter()
            .map(|component| {
                let (blocks_x, blocks_y) = (component.blocks_x, component.blocks_y);
                if most_x % blocks_x != 0 || most_y % blocks_y != 0 {
                    return None;
                }
                let quantization = header.quantization[component.quantization].as_ref()?;
                let (width, height) = (pixels * (most_x / blocks_x), pixels * (most_y / blocks_y));
                let repeats = if pixels == 8 { (width / 8, height / 8) } else { (1, 1) };
                Some(Plane {
                    blocks_x,
                    blocks_y,
                    dc: header.dc[component.dc].as_ref()?,
                    ac: header.ac[component.ac].as_ref()?,
                    transform: Transform::new(width / repeats.0, height / repeats.1, quantization)?,
                    repeats,
                })
            })
            .collect();
        let denominator = 8 / pixels;
        Some(Self {
            header,
            colors: header.colors()?,
            planes: planes?,
            mcu_width: pixels * most_x,
            mcu_height: pixels * most_y,
            mcus_x: header.width.div_ceil(8 * most_x),
            mcus_y: header.height.div_ceil(8 * most_y),
            width: header.width.div_ceil(denominator),
            height: header.height.div_ceil(denominator),
        })
    }

    fn decode(&self, entropy: &[u8]) -> Option<Vec<u8>> {
        let channels = self.planes.len();
        let row_bytes = channels * self.width;
        let mut pixels = vec![0; row_bytes * self.height];
        let stride = self.mcus_x * self.mcu_width;
        let mut strips = vec![vec![0_u8; stride * self.mcu_height]; channels];
        let mut scan = Scan::new(self, entropy)?;
        for rows in pixels.chunks_mut(row_bytes * self.mcu_height) {
            scan.decode_mcu_row(self, &mut strips, stride, 0..self.mcus_x)?;
            for (y, row) in rows.chunks_exact_mut(row_bytes).enumerate() {
                let lines: Vec<&[u8]> =
                    strips.iter().map(|strip| &strip[y * stride..][..self.width]).collect();
                colors::interleave(self.colors, &lines, row);
            }
        }
        Some(pixels)
    }
}

/// Where the reading of the entropy-coded data stands.
struct Scan<'d> {
    segments: Segments<'d>,
    reader: BitReader,
    predictions: [i32; 3],
    mcus_until_restart: usize,
    restart_interval: usize,
}

impl<'d> Scan<'d> {
    fn new(decoder: &Decoder<'_>, entropy: &'d [u8]) -> Option<Self> {
        let mut segments = Segments::new(entropy);
        let reader = segments.next_reader()?;
        let every = decoder.header.restart_interval;
        let restart_interval = if every == 0 { decoder.mcus_x * decoder.mcus_y } else { every };
        Some(Self {
            segments,
            reader,
            predictions: [0; 3],
            mcus_until_restart: restart_interval,
            restart_interval,
        })
    }

    /// Decodes one row of MCUs into a strip of pixels for each component. The strips hold the `wanted` ones; the others
    /// are read over.
    fn decode_mcu_row(
        &mut self,
        decoder: &Decoder<'_>,
        strips: &mut [Vec<u8>],
        stride: usize,
        wanted: Range<usize>,
    ) -> Option<()> {
        for mcu in 0..decoder.mcus_x {
            if self.mcus_until_restart == 0 {
                self.restart()?;
            }
            self.mcus_until_restart -= 1;
            if !wanted.contains(&mcu) {
                for (plane, prediction) in decoder.planes.iter().zip(&mut self.predictions) {
                    window::skip_blocks(plane, &mut self.reader, prediction)?;
                }
                continue;
            }
            let parts = decoder.planes.iter().zip(strips.iter_mut()).zip(&mut self.predictions);
            for ((plane, strip), prediction) in parts {
                let left = (mcu - wanted.start) * decoder.mcu_width;
                decode_blocks(plane, &mut self.reader, prediction, strip, left, stride)?;
            }
        }
        self.reader.is_within_data().then_some(())
    }

    fn restart(&mut self) -> Option<()> {
        if !self.reader.is_within_data() {
            return None;
        }
        self.segments.recycle(&mut self.reader)?;
        self.predictions = [0; 3];
        self.mcus_until_restart = self.restart_interval;
        Some(())
    }
}

/// Decodes the blocks of one component in one MCU, whose left edge in the strip is given.
#[inline]
fn decode_blocks(
    plane: &Plane<'_>,
    reader: &mut BitReader,
    prediction: &mut i32,
    strip: &mut [u8],
    left: usize,
    stride: usize,
) -> Option<()> {
    for block_y in 0..plane.blocks_y {
        for block_x in 0..plane.blocks_x {
            let difference = plane.dc.decode(reader)?;
            *prediction = prediction.wrapping_add(difference);
            let mut block = plane.transform.start(*prediction);
            plane.ac.decode(reader, plane.transform.last_needed(), |at, value| {
                plane.transform.add(&mut block, at, value);
            })?;
            let x = left + block_x * plane.transform.width() * plane.repeats.0;
            let y = block_y * plane.transform.height() * plane.repeats.1;
            let pixels = &mut strip[y * stride + x..];
            match plane.repeats {
                (1, 1) => plane.transform.finish(&block, pixels, stride),
                _ => window::finish_repeated(plane, &block, pixels, stride),
            }
        }
    }
    Some(())
}
