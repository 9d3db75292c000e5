//! Files of half-precision numbers, read where they lie.

use std::fs::File;
use std::io;
use std::ops::Range;

use half::f16;
use memmap2::{Mmap, MmapOptions};

/// The first bytes of a file, memory-mapped and read-only.
///
/// For files that are written in place and never shortened while anyone has them open; what is written later
/// through the file is seen. A program that cuts the file off meanwhile ends the process that reads it.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
}

impl MappedFile {
    /// Maps the first `bytes` bytes of a file.
    ///
    /// # Errors
    /// Where the file is shorter or the system refuses.
    pub fn open(file: &File, bytes: u64) -> io::Result<Self> {
        if file.metadata()?.len() < bytes {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it is shorter than what is to be mapped",
            ));
        }
        Ok(Self { map: map(file, bytes)? })
    }

    /// All bytes that were mapped.
    pub fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// The numbers in a range of bytes.
    ///
    /// # Panics
    /// When the range reaches beyond what was mapped, or begins or ends at an odd byte.
    pub fn halves(&self, bytes: Range<usize>) -> &[f16] {
        bytemuck::cast_slice(&self.map[bytes])
    }
}

/// Maps the first `bytes` bytes of `file`, which the caller saw is at least that long.
#[expect(unsafe_code, reason = "a file can only be mapped so")]
pub(crate) fn map(file: &File, bytes: u64) -> io::Result<Mmap> {
    let too_long = || io::Error::new(io::ErrorKind::OutOfMemory, "it does not fit the address space");
    let length = usize::try_from(bytes).map_err(|_| too_long())?;
    // SAFETY: the map is read-only, and bytes of any value are valid `u8` and `f16`. The file is ours; it is never
    // cut within what is mapped (segments are cut behind the rows that count, of which no more are mapped, other
    // files never), and the caller saw that it is long enough. A program that shortens the file under us would
    // raise SIGBUS, as for every mapped file.
    unsafe { MmapOptions::new().len(length).map(file) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn numbers_are_read_where_they_lie() {
        let mut file = tempfile::tempfile().unwrap();
        let halves = [1.0, -2.5, 65504.0].map(f16::from_f32);
        file.write_all(&[9; 4]).unwrap();
        file.write_all(bytemuck::cast_slice(&halves)).unwrap();
        let mapped = MappedFile::open(&file, 10).unwrap();
        assert_eq!(mapped.halves(4..10), halves);
        assert_eq!(mapped.bytes()[..4], [9; 4]);
    }

    #[test]
    fn a_file_that_is_too_short_is_refused() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(MappedFile::open(&file, 1).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        file.set_len(100).unwrap();
        assert!(MappedFile::open(&file, u64::MAX).is_err());
    }
}
