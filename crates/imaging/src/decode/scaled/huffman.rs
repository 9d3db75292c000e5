//! Huffman codes of baseline JPEG (ITU-T T.81, annexes C and F), by table look-up.

use super::bits::BitReader;

/// Codes up to this length are looked up at once.
const FAST_BITS: u32 = 10;

/// What a code stands for: the symbol and the length of the code; length 0 where there is no such code.
#[derive(Clone, Copy, Default)]
struct Code {
    symbol: u8,
    length: u8,
}

/// Codes by length, for those that the fast table does not hold.
struct Codes {
    fast: Vec<Code>,
    /// For each length, the first code that is too large for it, aligned to 16 bits.
    limits: [u32; 17],
    /// For each length, what to add to a code of it to get the index of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Codes {
    /// From the numbers of codes of each length 1 to 16, and the symbols in order.
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut codes = Self {
            fast: vec![Code::default(); 1 << FAST_BITS],
            limits: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, &count) in (1_u32..).zip(counts) {
            codes.offsets[length as usize] = index as i32 - code as i32;
            for _ in 0..count {
                codes.insert_fast(code, length, *symbols.get(index)?);
                code += 1;
                index += 1;
            }
            if code > 1 << length {
                return None;
            }
            codes.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        (index == symbols.len()).then_some(codes)
    }

    fn insert_fast(&mut self, code: u32, length: u32, symbol: u8) {
        if length > FAST_BITS || code >= 1 << length {
            return;
        }
        let first = (code << (FAST_BITS - length)) as usize;
        let entries = &mut self.fast[first..first + (1 << (FAST_BITS - length))];
        entries.fill(Code { symbol, length: length as u8 });
    }

    /// The code at the front of 16 bits.
    fn find(&self, bits: u32) -> Option<Code> {
        let fast = self.fast[(bits >> (16 - FAST_BITS)) as usize];
        if fast.length != 0 {
            return Some(fast);
        }
        let length = (FAST_BITS + 1..=16).find(|&length| bits < self.limits[length as usize])?;
        let index = (bits >> (16 - length)) as i32 + self.offsets[length as usize];
        let symbol = *self.symbols.get(usize::try_from(index).ok()?)?;
        Some(Code { symbol, length: length as u8 })
    }
}

/// Codes of the differences between mean values of neighbouring blocks.
pub(super) struct DcTable {
    codes: Codes,
}

impl DcTable {
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let is_right = symbols.iter().all(|&symbol| symbol <= 15);
        is_right.then(|| Codes::new(counts, symbols).map(|codes| Self { codes }))?
    }

    /// The next difference.
    #[inline(always)]
    pub(super) fn decode(&self, reader: &mut BitReader) -> Option<i32> {
        reader.refill();
        let code = self.codes.find(reader.peek(16))?;
        reader.skip(u32::from(code.length));
        let size = u32::from(code.symbol);
        if size == 0 {
            return Some(0);
        }
        let value = extend(reader.peek(size), size);
        reader.skip(size);
        Some(value)
    }
}

/// What a look-up of an AC code says. All in one word: see the accessors.
#[derive(Clone, Copy)]
struct AcEntry(u32);

impl AcEntry {
    /// `length` of the code, and the symbol: run of zeros (high four bits) and size of the value.
    fn new(code: Code) -> Self {
        let (run, size) = (u32::from(code.symbol >> 4), u32::from(code.symbol & 15));
        let advance = match (run, size) {
            (15, 0) => 16,
            (_, 0) => 64,
            _ => run + 1,
        };
        let length = u32::from(code.length);
        Self(advance | size << 8 | length << 16 | (length + size) << 24)
    }

    /// Positions to go forward; 64 ends the block.
    fn advance(self) -> u32 {
        self.0 & 0xFF
    }

    /// Bits of the value behind the code.
    fn size(self) -> u32 {
        (self.0 >> 8) & 0xFF
    }

    /// Bits of the code.
    fn length(self) -> u32 {
        (self.0 >> 16) & 0xFF
    }

    /// Bits of code and value.
    fn total(self) -> u32 {
        self.0 >> 24
    }
}

/// What a look-up says about all codes, with their values, that lie whole in [`SKIP_BITS`] bits.
#[derive(Clone, Copy, Default)]
struct SkipEntry(u16);

impl SkipEntry {
    /// Added to the positions where the last code ends the block.
    const END: u32 = 64;

    fn new(advance: u32, total: u32) -> Self {
        Self((advance | total << 8) as u16)
    }

    /// Positions to go forward, plus [`SkipEntry::END`] where the block ends.
    fn advance(self) -> u32 {
        u32::from(self.0 & 0xFF)
    }

    /// Bits of all codes and values; 0: not even one code.
    fn total(self) -> u32 {
        u32::from(self.0 >> 8)
    }
}

/// Coefficients that are not needed are skipped several at a time, looked up by this many bits.
const SKIP_BITS: u32 = 11;

/// Codes of the coefficients of a block.
pub(super) struct AcTable {
    fast: Vec<AcEntry>,
    skips: Vec<SkipEntry>,
    codes: Codes,
}

impl AcTable {
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let codes = Codes::new(counts, symbols)?;
        let fast: Vec<AcEntry> = codes.fast.iter().map(|&code| AcEntry::new(code)).collect();
        let skips = (0..1 << SKIP_BITS).map(|bits| skip_entry(&fast, bits)).collect();
        Some(Self { fast, skips, codes })
    }

    /// Reads the coefficients of a block to its end, and hands over those up to zigzag position
    /// `last_needed`: position and value.
    #[inline(always)]
    pub(super) fn decode(
        &self,
        reader: &mut BitReader,
        last_needed: u32,
        mut visit: impl FnMut(usize, i32),
    ) -> Option<()> {
        let mut position = 0;
        while position < last_needed {
            let entry = self.next(reader)?;
            position += entry.advance();
            if entry.size() != 0 && position <= last_needed {
                reader.skip(entry.length());
                visit(position as usize, extend(reader.peek(entry.size()), entry.size()));
                reader.skip(entry.size());
            } else {
                reader.skip(entry.total());
            }
        }
        self.skip_rest(reader, position)
    }

    /// Steps over the coefficients behind `position`, to the end of the block.
    #[inline(always)]
    fn skip_rest(&self, reader: &mut BitReader, mut position: u32) -> Option<()> {
        while position < 63 {
            if reader.available() < 32 {
                reader.refill();
            }
            let several = self.skips[reader.peek(SKIP_BITS) as usize & ((1 << SKIP_BITS) - 1)];
            let reached = position + several.advance();
            // Codes behind position 63 belong to the next block, and are not of this table.
            let is_in_block =
                reached <= 63 || several.advance() >= SkipEntry::END && reached < 63 + SkipEntry::END;
            if several.total() != 0 && is_in_block {
                position = reached;
                reader.skip(several.total());
            } else {
                let entry = self.next(reader)?;
                position += entry.advance();
                reader.skip(entry.total());
            }
        }
        Some(())
    }

    /// The code at hand, with enough bits loaded for it and its value.
    #[inline(always)]
    fn next(&self, reader: &mut BitReader) -> Option<AcEntry> {
        if reader.available() < 32 {
            reader.refill();
        }
        let entry = self.fast[reader.peek(FAST_BITS) as usize & ((1 << FAST_BITS) - 1)];
        if entry.length() != 0 { Some(entry) } else { self.next_long(reader) }
    }

    #[cold]
    fn next_long(&self, reader: &BitReader) -> Option<AcEntry> {
        self.codes.find(reader.peek(16)).map(AcEntry::new)
    }
}

/// Follows the codes in [`SKIP_BITS`] bits as far as they are whole.
fn skip_entry(fast: &[AcEntry], bits: u32) -> SkipEntry {
    let (mut advance, mut total) = (0, 0);
    while total < SKIP_BITS && advance < SkipEntry::END {
        let rest = (bits << total) & ((1 << SKIP_BITS) - 1);
        let entry = fast[(rest >> (SKIP_BITS - FAST_BITS)) as usize];
        if entry.length() == 0 || total + entry.total() > SKIP_BITS {
            break;
        }
        if advance + entry.advance() >= SkipEntry::END && entry.advance() != 64 {
            break;
        }
        advance += entry.advance();
        total += entry.total();
    }
    SkipEntry::new(advance, total)
}

/// A value from its `size` bits: those that begin with 0 are negative (T.81, F.2.2.1).
#[inline(always)]
fn extend(bits: u32, size: u32) -> i32 {
    let half = 1 << (size - 1);
    let bits = bits as i32;
    if bits < half { bits - (2 * half - 1) } else { bits }
}
