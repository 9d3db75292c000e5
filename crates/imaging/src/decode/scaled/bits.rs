//! Bits of entropy-coded data, with byte stuffing removed beforehand.

/// The parts of entropy-coded data between restart markers.
pub(super) struct Segments<'d> {
    rest: &'d [u8],
}

impl<'d> Segments<'d> {
    pub(super) fn new(entropy: &'d [u8]) -> Self {
        Self { rest: entropy }
    }

    /// A reader of the first segment.
    pub(super) fn next_reader(&mut self) -> Option<BitReader> {
        let mut reader = BitReader::default();
        self.fill(&mut reader);
        Some(reader)
    }

    /// Steps over a restart marker and lets the reader begin anew behind it; `None` where there is none.
    pub(super) fn recycle(&mut self, reader: &mut BitReader) -> Option<()> {
        let marker = self.rest.iter().position(|&byte| byte != 0xFF)?;
        if marker == 0 || !(0xD0..=0xD7).contains(&self.rest[marker]) {
            return None;
        }
        self.rest = &self.rest[marker + 1..];
        self.fill(reader);
        Some(())
    }

    /// Copies up to the next marker, or the end of the file, without the stuffed zero bytes.
    fn fill(&mut self, reader: &mut BitReader) {
        reader.clear();
        loop {
            let clean = clean_prefix(self.rest);
            reader.bytes.extend_from_slice(&self.rest[..clean]);
            self.rest = &self.rest[clean..];
            if self.rest.get(1) != Some(&0) {
                break;
            }
            reader.bytes.push(0xFF);
            self.rest = &self.rest[2..];
        }
        reader.seal();
    }
}

/// How many bytes come before the first 0xFF.
fn clean_prefix(bytes: &[u8]) -> usize {
    const STEP: usize = 32;
    let has_none = |chunk: &[u8]| chunk.iter().fold(true, |none, &byte| none & (byte != 0xFF));
    let whole = STEP * bytes.chunks_exact(STEP).take_while(|chunk| has_none(chunk)).count();
    whole + bytes[whole..].iter().take_while(|&&byte| byte != 0xFF).count()
}

/// Reads bits from the most significant on. Past the end come zeros; see [`BitReader::is_within_data`].
#[derive(Default)]
pub(super) struct BitReader {
    /// The data, then zeros.
    bytes: Vec<u8>,
    data_len: usize,
    next: usize,
    /// The next bits, from the top; `available` of them are valid.
    buffer: u64,
    available: u32,
}

/// Zeros behind the data, so that eight bytes can be read anywhere that matters.
const PADDING: usize = 16;

impl BitReader {
    fn clear(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        *self = Self { bytes, ..Self::default() };
        self.bytes.clear();
    }

    fn seal(&mut self) {
        self.data_len = self.bytes.len();
        self.bytes.extend_from_slice(&[0; PADDING]);
    }

    /// Makes sure that at least 56 bits are available.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(eight) = self.bytes.get(self.next..).and_then(|rest| rest.first_chunk::<8>()) {
            self.buffer |= u64::from_be_bytes(*eight) >> self.available;
        }
        self.next += ((63 - self.available) >> 3) as usize;
        self.available |= 56;
    }

    /// The next `count` bits (1 to 32), which stay.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> u32 {
        (self.buffer >> (64 - count)) as u32
    }

    /// Drops `count` bits.
    #[inline(always)]
    pub(super) fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.available -= count;
    }

    #[inline(always)]
    pub(super) fn available(&self) -> u32 {
        self.available
    }

    /// Whether all bits read so far were really there.
    pub(super) fn is_within_data(&self) -> bool {
        8 * self.next <= 8 * self.data_len + self.available as usize
    }
}
