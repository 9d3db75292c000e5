//! The header of a JPEG: everything up to the entropy-coded data of the first scan.

use super::huffman::{AcTable, DcTable};

/// What the components of a JPEG stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Colors {
    Grey,
    Rgb,
    YCbCr,
}

/// One colour component of the frame.
#[derive(Default)]
pub(super) struct Component {
    id: u8,
    /// Blocks of it in one MCU, across and down.
    pub(super) blocks_x: usize,
    pub(super) blocks_y: usize,
    /// Which tables it uses.
    pub(super) quantization: usize,
    pub(super) dc: usize,
    pub(super) ac: usize,
}

/// What the header says.
#[derive(Default)]
pub(super) struct Header {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) components: Vec<Component>,
    /// Quantisation steps in zigzag order.
    pub(super) quantization: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<DcTable>; 4],
    pub(super) ac: [Option<AcTable>; 4],
    /// MCUs between restart markers; 0: none.
    pub(super) restart_interval: usize,
    /// Sequential, 8 bits, Huffman codes.
    is_baseline: bool,
    /// The first scan holds all components, in their order, whole.
    is_one_scan: bool,
    is_jfif: bool,
    adobe_transform: Option<u8>,
    /// Where the entropy-coded data begins in the file.
    pub(super) entropy_start: usize,
}

/// Reads the header up to the first scan; `None` where it is damaged or of an unknown kind.
pub(super) fn parse(bytes: &[u8]) -> Option<Header> {
    let mut header = Header::default();
    let mut at = 2;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xFF)?;
        at += bytes[at..].iter().position(|&byte| byte != 0xFF)?;
        let marker = bytes[at];
        at += 1;
        if matches!(marker, 0x00 | 0x01 | 0xD0..=0xD8) {
            continue;
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
        let body = bytes.get(at + 2..at + length)?;
        at += length;
        match marker {
            0xC0..=0xC2 => header.read_frame(marker, body)?,
            0xC4 => header.read_huffman_tables(body)?,
            0xDB => header.read_quantization_tables(body)?,
            0xDD => header.restart_interval = usize::from(u16::from_be_bytes(*body.first_chunk()?)),
            0xE0 if body.starts_with(b"JFIF\0") => header.is_jfif = true,
            0xEE if body.starts_with(b"Adobe") => header.adobe_transform = body.get(11).copied(),
            0xDA => {
                header.read_scan(body)?;
                header.entropy_start = at;
                return Some(header);
            }
            0xC3 | 0xC5..=0xCF | 0xD9 => return None,
            _ => {}
        }
    }
}

impl Header {
    /// Whether the fast decoder knows how to decode what follows.
    pub(super) fn is_for_fast_decoder(&self) -> bool {
        self.is_baseline && self.is_one_scan
    }

    /// What the components stand for, by the rules of libjpeg; `None` for four of them, or two.
    pub(super) fn colors(&self) -> Option<Colors> {
        let ids: Vec<u8> = self.components.iter().map(|component| component.id).collect();
        match (self.components.len(), self.adobe_transform) {
            (1, _) => Some(Colors::Grey),
            (3, _) if self.is_jfif => Some(Colors::YCbCr),
            (3, Some(0)) => Some(Colors::Rgb),
            (3, Some(_)) => Some(Colors::YCbCr),
            (3, None) if ids == *b"RGB" => Some(Colors::Rgb),
            (3, None) => Some(Colors::YCbCr),
            _ => None,
        }
    }

    fn read_frame(&mut self, marker: u8, body: &[u8]) -> Option<()> {
        let &[precision, h1, h0, w1, w0, count, ref components @ ..] = body else { return None };
        if !self.components.is_empty() || precision != 8 || components.len() != 3 * usize::from(count) {
            return None;
        }
        self.is_baseline = marker != 0xC2;
        self.height = usize::from(u16::from_be_bytes([h1, h0]));
        self.width = usize::from(u16::from_be_bytes([w1, w0]));
        for part in components.chunks_exact(3) {
            // A single component is never interleaved: one block an MCU, whatever its sampling says.
            let sampling = if count == 1 { 0x11 } else { part[1] };
            self.components.push(Component {
                id: part[0],
                blocks_x: usize::from(sampling >> 4),
                blocks_y: usize::from(sampling & 15),
                quantization: usize::from(part[2]),
                ..Component::default()
            });
        }
        let is_right = |c: &Component| {
            (1..=4).contains(&c.blocks_x) && (1..=4).contains(&c.blocks_y) && c.quantization < 4
        };
        (self.width > 0 && self.height > 0 && self.components.iter().all(is_right)).then_some(())
    }

    fn read_scan(&mut self, body: &[u8]) -> Option<()> {
        let (&count, rest) = body.split_first()?;
        let (parts, spectrum) = rest.split_at_checked(2 * usize::from(count))?;
        self.is_one_scan = usize::from(count) == self.components.len() && spectrum == [0, 63, 0];
        for (component, part) in self.components.iter_mut().zip(parts.chunks_exact(2)) {
            self.is_one_scan &= component.id == part[0];
            component.dc = usize::from(part[1] >> 4);
            component.ac = usize::from(part[1] & 15);
        }
        self.components.iter().all(|c| c.dc < 4 && c.ac < 4).then_some(())
    }

    fn read_quantization_tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = body.split_first() {
            let bytes_each = match kind >> 4 {
                0 => 1,
                1 => 2,
                _ => return None,
            };
            let (values, rest) = rest.split_at_checked(64 * bytes_each)?;
            let value = |i: usize| values[bytes_each * i..][..bytes_each].iter();
            let table = std::array::from_fn(|i| value(i).fold(0, |sum, &byte| sum << 8 | u16::from(byte)));
            *self.quantization.get_mut(usize::from(kind & 15))? = Some(table);
            body = rest;
        }
        Some(())
    }

    fn read_huffman_tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&kind, rest)) = body.split_first() {
            let (counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total)?;
            let slot = usize::from(kind & 15);
            match kind >> 4 {
                0 => *self.dc.get_mut(slot)? = Some(DcTable::new(counts, symbols)?),
                1 => *self.ac.get_mut(slot)? = Some(AcTable::new(counts, symbols)?),
                _ => return None,
            }
            body = rest;
        }
        Some(())
    }
}
