//! A part of a JPEG at full size. What lies outside is read over: it takes time, but no memory.

use super::bits::BitReader;
use super::header::{self, Header};
use super::transform::Block;
use super::{Decoder, Plane, Scan, colors};

/// A part of the stored picture that lies inside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Window {
    pub(in super::super) x: usize,
    pub(in super::super) y: usize,
    pub(in super::super) width: usize,
    pub(in super::super) height: usize,
}

/// Interleaved samples (1 or 3 a pixel) of a window. `None` as for [`super::decode`].
pub(in super::super) fn decode_window(bytes: &[u8], window: Window) -> Option<Vec<u8>> {
    let header = header::parse(bytes).filter(Header::is_for_fast_decoder)?;
    let decoder = Decoder::new(&header, 8)?;
    decode(&decoder, bytes.get(header.entropy_start..)?, window)
}

fn decode(decoder: &Decoder<'_>, entropy: &[u8], window: Window) -> Option<Vec<u8>> {
    let (right, bottom) = (window.x + window.width, window.y + window.height);
    if right > decoder.width || bottom > decoder.height {
        return None;
    }
    let columns = window.x / decoder.mcu_width..right.div_ceil(decoder.mcu_width);
    let rows = window.y / decoder.mcu_height..bottom.div_ceil(decoder.mcu_height);
    let stride = columns.len() * decoder.mcu_width;
    let channels = decoder.planes.len();
    let mut strips = vec![vec![0_u8; stride * decoder.mcu_height]; channels];
    let mut pixels = vec![0; channels * window.width * window.height];
    let mut lines_left = pixels.chunks_exact_mut(channels * window.width);
    let left = window.x - columns.start * decoder.mcu_width;
    let mut scan = Scan::new(decoder, entropy)?;
    for row in 0..rows.end {
        let is_wanted = rows.contains(&row);
        let wanted = if is_wanted { columns.clone() } else { 0..0 };
        scan.decode_mcu_row(decoder, &mut strips, stride, wanted)?;
        let top = row * decoder.mcu_height;
        let lines = window.y.max(top)..bottom.min(top + decoder.mcu_height);
        for y in lines.take_while(|_| is_wanted) {
            let from = (y - top) * stride + left;
            let samples: Vec<&[u8]> = strips.iter().map(|strip| &strip[from..][..window.width]).collect();
            colors::interleave(decoder.colors, &samples, lines_left.next()?);
        }
    }
    Some(pixels)
}

/// Reads over the blocks of one component in one MCU.
pub(super) fn skip_blocks(plane: &Plane<'_>, reader: &mut BitReader, prediction: &mut i32) -> Option<()> {
    for _ in 0..plane.blocks_x * plane.blocks_y {
        *prediction = prediction.wrapping_add(plane.dc.decode(reader)?);
        plane.ac.decode(reader, 0, |_, _| {})?;
    }
    Some(())
}

/// Writes a block whose pixels each stand for several.
pub(super) fn finish_repeated(plane: &Plane<'_>, block: &Block, pixels: &mut [u8], stride: usize) {
    let (width, height) = (plane.transform.width(), plane.transform.height());
    let mut small = [0; 64];
    plane.transform.finish(block, &mut small, width);
    for (y, row) in small.chunks_exact(width).take(height).enumerate() {
        for repeat in 0..plane.repeats.1 {
            let line = &mut pixels[(y * plane.repeats.1 + repeat) * stride..][..width * plane.repeats.0];
            for (several, value) in line.chunks_exact_mut(plane.repeats.0).zip(row) {
                several.fill(*value);
            }
        }
    }
}
