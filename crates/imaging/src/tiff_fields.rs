//! The fields of an EXIF block (TIFF 6.0, section 2), read where they lie.
//!
//! An EXIF block is a stranger's claim of counts and lengths: a general reader takes memory for what they say, a
//! thousand times the size of the block. Here nothing is copied: a field is looked for when it is asked for, and its
//! value is a part of the block.

/// Where the fields of a block are: the directory of the photo, and the two that it points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Directory {
    /// The main one: camera, orientation.
    Main,
    /// Details: times, serial number.
    Details,
    /// Position.
    Position,
}

/// Names a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) Directory, pub(crate) u16);

/// The fields of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    block: &'a [u8],
    order: ByteOrder,
    main_at: usize,
}

/// The value of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'a> {
    kind: u16,
    bytes: &'a [u8],
    order: ByteOrder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ByteOrder {
    Little,
    Big,
}

const BYTE: u16 = 1;
const ASCII: u16 = 2;
const SHORT: u16 = 3;
const LONG: u16 = 4;
const RATIONAL: u16 = 5;
const IFD: u16 = 13;

/// The field that points to the directories below a directory.
const SUB_DIRECTORIES: u16 = 0x014A;

/// Directories that follow each other, or lie below one, are looked at up to this many.
const MOST_DIRECTORIES: usize = 8;

/// Bytes of an entry in a directory.
const ENTRY: usize = 12;

impl<'a> Fields<'a> {
    /// Opens a block by its header; with why it is none.
    pub(crate) fn open(block: &'a [u8]) -> Result<Self, String> {
        let order = match block.first_chunk::<4>() {
            Some(b"II*\0") => ByteOrder::Little,
            Some(b"MM\0*") => ByteOrder::Big,
            Some(_) => return Err("it does not begin as TIFF does".to_owned()),
            None => return Err("it is cut short".to_owned()),
        };
        let main_at = order.number(block, 4, 4).ok_or("it is cut short")?;
        Ok(Self { block, order, main_at: main_at as usize })
    }

    /// The value of a field; `None` where it is not there, or cut short.
    pub(crate) fn get(&self, Tag(directory, number): Tag) -> Option<Value<'a>> {
        let at = match directory {
            Directory::Main => self.main_at,
            Directory::Details => self.pointer(0x8769)?,
            Directory::Position => self.pointer(0x8825)?,
        };
        self.field(at, number)
    }

    /// Whether a field anywhere in the block (in the main directory, those that follow it, and those below them) has a
    /// value of which this is true. No more than a few directories are looked at, whatever points to whatever.
    pub(crate) fn any(&self, number: u16, is_right: impl Fn(u32) -> bool) -> bool {
        let is_right_at = |at: usize| self.field(at, number).and_then(Value::number).is_some_and(&is_right);
        let below = |at: usize| self.field(at, SUB_DIRECTORIES).and_then(Value::numbers);
        let chain = std::iter::successors(Some(self.main_at), |at| self.next_directory(*at));
        chain.take(MOST_DIRECTORIES).any(|at| {
            let mut below = below(at).into_iter().flatten().take(MOST_DIRECTORIES);
            is_right_at(at) || below.any(|at| is_right_at(at as usize))
        })
    }

    /// The directory that follows another one.
    fn next_directory(&self, at: usize) -> Option<usize> {
        let count = self.number(at, 2)? as usize;
        let next = self.number(at.checked_add(2 + ENTRY * count)?, 4)?;
        (next != 0).then_some(next as usize)
    }

    /// Whether numbers lie with their low byte first.
    pub(crate) fn is_little_endian(&self) -> bool {
        self.order == ByteOrder::Little
    }

    /// Where a directory is that the main one points to.
    fn pointer(&self, number: u16) -> Option<usize> {
        Some(self.field(self.main_at, number)?.number()? as usize)
    }

    fn field(&self, directory_at: usize, number: u16) -> Option<Value<'a>> {
        let count = self.number(directory_at, 2)? as usize;
        let entries = self.block.get(directory_at.checked_add(2)?..)?;
        // A count has two bytes: the walk is short whatever it says.
        let mut entries = entries.chunks_exact(ENTRY).take(count);
        let entry = entries.find(|entry| self.order.number(entry, 0, 2) == Some(number.into()))?;
        self.value(entry)
    }

    fn value(&self, entry: &'a [u8]) -> Option<Value<'a>> {
        let kind = u16::try_from(self.order.number(entry, 2, 2)?).ok()?;
        let count = self.order.number(entry, 4, 4)? as usize;
        let length = count.checked_mul(bytes_each(kind)?)?;
        let bytes = if length <= 4 {
            entry.get(8..)?.get(..length)?
        } else {
            let at = self.order.number(entry, 8, 4)? as usize;
            self.block.get(at..at.checked_add(length)?)?
        };
        Some(Value { kind, bytes, order: self.order })
    }

    fn number(&self, at: usize, bytes: usize) -> Option<u32> {
        self.order.number(self.block, at, bytes)
    }
}

impl<'a> Value<'a> {
    /// The bytes of a text up to its first zero byte; `None` where it is no text.
    pub(crate) fn text(self) -> Option<&'a [u8]> {
        (self.kind == ASCII).then(|| self.bytes.split(|&byte| byte == 0).next().unwrap_or_default())
    }

    /// The first of some whole numbers.
    pub(crate) fn number(self) -> Option<u32> {
        match self.kind {
            BYTE => self.order.number(self.bytes, 0, 1),
            SHORT => self.order.number(self.bytes, 0, 2),
            LONG | IFD => self.order.number(self.bytes, 0, 4),
            _ => None,
        }
    }

    /// All of some whole numbers; `None` where they are none.
    pub(crate) fn numbers(self) -> Option<impl Iterator<Item = u32> + use<'a>> {
        let (order, each) = (self.order, bytes_each(self.kind)?);
        let are_whole = matches!(self.kind, BYTE | SHORT | LONG | IFD);
        are_whole.then(|| self.bytes.chunks_exact(each).filter_map(move |one| order.number(one, 0, each)))
    }

    /// The value as it lies in the block.
    pub(crate) fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// Fractions, numerator and denominator; `None` where it is none.
    pub(crate) fn fractions(self) -> Option<impl Iterator<Item = (u32, u32)> + use<'a>> {
        let order = self.order;
        let pairs = self.bytes.chunks_exact(8);
        let pair = move |pair: &[u8]| Some((order.number(pair, 0, 4)?, order.number(pair, 4, 4)?));
        (self.kind == RATIONAL).then(|| pairs.filter_map(pair))
    }
}

impl ByteOrder {
    /// The whole number of 1, 2 or 4 bytes at a place.
    fn number(self, bytes: &[u8], at: usize, length: usize) -> Option<u32> {
        let digits = bytes.get(at..at.checked_add(length)?)?.iter();
        let join = |number: u32, digit: &u8| number << 8 | u32::from(*digit);
        Some(match self {
            Self::Big => digits.fold(0, join),
            Self::Little => digits.rev().fold(0, join),
        })
    }
}

/// Bytes of one item of a kind.
fn bytes_each(kind: u16) -> Option<usize> {
    match kind {
        BYTE | ASCII | 6 | 7 => Some(1),
        SHORT | 8 => Some(2),
        LONG | 9 | 11 | 13 => Some(4),
        RATIONAL | 10 | 12 => Some(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of one directory with one entry, in either order.
    fn block(big: bool, tag: u16, kind: u16, count: u32, value: u32, behind: &[u8]) -> Vec<u8> {
        let two = |number: u16| if big { number.to_be_bytes() } else { number.to_le_bytes() };
        let four = |number: u32| if big { number.to_be_bytes() } else { number.to_le_bytes() };
        let magic: &[u8] = if big { b"MM\0*" } else { b"II*\0" };
        [magic, &four(8), &two(1), &two(tag), &two(kind), &four(count), &four(value), &four(0), behind]
            .concat()
    }

    const MAKE: Tag = Tag(Directory::Main, 0x010F);

    #[test]
    fn both_orders_of_bytes_are_read() {
        for big in [false, true] {
            let bytes = block(big, 0x010F, ASCII, 6, 26, b"Nikon\0");
            assert_eq!(Fields::open(&bytes).unwrap().get(MAKE).unwrap().text(), Some(&b"Nikon"[..]));
            let bytes = block(big, 0x8825, LONG, 1, 99, b"");
            let pointer = Tag(Directory::Main, 0x8825);
            assert_eq!(Fields::open(&bytes).unwrap().get(pointer).unwrap().number(), Some(99));
            assert!(Fields::open(&bytes).unwrap().get(Tag(Directory::Position, 2)).is_none());
        }
    }

    #[test]
    fn values_that_do_not_lie_in_the_block_are_none() {
        for (count, at) in [(7, 26), (6, 27), (u32::MAX, 26), (6, u32::MAX), (0x8000_0000, 0)] {
            let bytes = block(false, 0x010F, ASCII, count, at, b"Nikon\0");
            assert!(Fields::open(&bytes).unwrap().get(MAKE).is_none(), "{count} at {at}");
        }
        let bytes = block(true, 0x010F, RATIONAL, u32::MAX, 26, b"");
        assert!(Fields::open(&bytes).unwrap().get(MAKE).is_none());
    }

    #[test]
    fn a_block_cut_anywhere_is_read_as_far_as_it_goes() {
        let bytes = block(false, 0x010F, ASCII, 6, 26, b"Nikon\0");
        for length in 0..bytes.len() {
            if let Ok(fields) = Fields::open(&bytes[..length]) {
                assert!(fields.get(MAKE).is_none(), "{length} bytes");
            }
        }
        assert!(Fields::open(b"JJ*\0\0\0\0\x08").is_err());
    }
}
