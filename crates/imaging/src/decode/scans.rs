//! Whether all of a JPEG's picture is there, for the general decoder, which fills what is missing with grey.
//!
//! A file that was cut, and given an end marker by whatever program touched it next, looks whole. Two things tell:
//!
//! - **A scan that wants more bits than it has.** The decoder is handed the file with a run of ones before each marker
//!   that ends a scan ([`Guarded`]). No Huffman code consists of ones alone (ITU-T T.81, annex C), so a decoder that
//!   still wants codes fails there, and one that has all its blocks never looks at them. The end marker is added too: a
//!   file that lost only that decodes.
//! - **A scan that is missing altogether**: a progressive file ends when every coefficient has reached its last bit.

use std::cell::Cell;
use std::io::{self, Read};

use crate::container::{Part, START_OF_SCAN, jpeg_segments};

/// Ones, as entropy-coded data writes them: more than the longest code and its value.
const ONES: &[u8] = b"\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0\xFF\0";

const END_OF_IMAGE: &[u8] = b"\xFF\xD9";

/// Where a JPEG's scans end, and which of its scans are there.
pub(super) struct Scans<'a> {
    /// The file in pieces; after each, but the last, come the ones.
    pieces: Vec<&'a [u8]>,
    /// Ids of the components of a progressive frame; none of another one.
    progressive: Vec<u8>,
    /// For each component, the coefficients that have reached their last bit.
    finished: [u64; 256],
    /// Whether the decoder came to the ones.
    came_to_ones: Cell<bool>,
}

impl<'a> Scans<'a> {
    /// Walks over a whole file.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        let mut scans = Self {
            pieces: Vec::new(),
            progressive: Vec::new(),
            finished: [0; 256],
            came_to_ones: Cell::new(false),
        };
        let mut piece_from = 0;
        let mut at = 2;
        while let Some(begin) = scans.headers_before_scan(bytes, at) {
            let end = end_of_entropy(bytes, begin);
            scans.pieces.push(&bytes[piece_from..end]);
            (piece_from, at) = (end, end);
        }
        scans.pieces.push(&bytes[piece_from..]);
        scans
    }

    /// Whether a progressive file ends before its last scan.
    pub(super) fn are_unfinished(&self) -> bool {
        self.progressive.iter().any(|component| self.finished[usize::from(*component)] != u64::MAX)
    }

    /// Whether the decoder wanted more of a scan than there is.
    pub(super) fn were_too_short(&self) -> bool {
        self.came_to_ones.get()
    }

    /// The file for the decoder.
    pub(super) fn guarded(&self) -> Guarded<'_> {
        Guarded {
            pieces: self.pieces.iter(),
            current: &[],
            next: Next::Piece,
            came_to_ones: &self.came_to_ones,
        }
    }

    /// Reads segments up to the next scan; where its data begins.
    fn headers_before_scan(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let mut begin = None;
        for Part { name, body, whole } in jpeg_segments(bytes, at) {
            match name {
                0xC2 => self.progressive = component_ids(&bytes[body]),
                START_OF_SCAN => {
                    self.note_scan(&bytes[body]);
                    begin = Some(whole.end);
                }
                _ => {}
            }
        }
        begin
    }

    fn note_scan(&mut self, body: &[u8]) {
        let Some((&count, rest)) = body.split_first() else { return };
        let Some((parts, &[first, last, approximation])) = rest.split_at_checked(2 * usize::from(count))
        else {
            return;
        };
        if approximation & 15 != 0 || first > last || last > 63 {
            return;
        }
        let bits = (u64::MAX >> (63 - last)) & (u64::MAX << first);
        parts.chunks_exact(2).for_each(|part| self.finished[usize::from(part[0])] |= bits);
    }
}

fn component_ids(frame: &[u8]) -> Vec<u8> {
    frame.get(6..).unwrap_or_default().chunks_exact(3).map(|part| part[0]).collect()
}

/// Where the entropy-coded data that begins here ends: at a marker other than a restart, or with the file.
pub(super) fn end_of_entropy(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin;
    while let Some(found) = bytes[at..].iter().position(|&byte| byte == 0xFF) {
        let marker = at + found;
        let Some(name) = bytes[marker..].iter().find(|&&byte| byte != 0xFF) else { break };
        if !matches!(name, 0x00 | 0xD0..=0xD7) {
            return marker;
        }
        at = marker + 1;
    }
    bytes.len()
}

/// A JPEG as the general decoder reads it.
pub(super) struct Guarded<'a> {
    pieces: std::slice::Iter<'a, &'a [u8]>,
    current: &'a [u8],
    next: Next,
    came_to_ones: &'a Cell<bool>,
}

/// What comes when the current piece is used up.
#[derive(Clone, Copy)]
enum Next {
    Piece,
    Ones,
    EndOfImage,
    Nothing,
}

impl Guarded<'_> {
    /// Goes on to what comes next; `false` where nothing does.
    #[cold]
    fn advance(&mut self) -> bool {
        (self.current, self.next) = match self.next {
            Next::Piece => {
                let piece = self.pieces.next().copied().unwrap_or_default();
                (piece, if self.pieces.len() == 0 { Next::EndOfImage } else { Next::Ones })
            }
            Next::Ones => {
                self.came_to_ones.set(true);
                (ONES, Next::Piece)
            }
            Next::EndOfImage => (END_OF_IMAGE, Next::Nothing),
            Next::Nothing => return false,
        };
        true
    }
}

impl Read for Guarded<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && self.advance() {}
        self.current.read(into)
    }

    /// The decoder asks byte by byte.
    #[inline]
    fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        if let Some((ready, rest)) = self.current.split_at_checked(into.len()) {
            into.copy_from_slice(ready);
            self.current = rest;
            return Ok(());
        }
        let mut into = into;
        while !into.is_empty() {
            match self.read(into)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => into = &mut into[n..],
            }
        }
        Ok(())
    }
}
