//! How many files a zip archive lists, before anything reads its list into memory.
//!
//! An entry of the list takes 46 bytes of the file and many times as much once it is read, so a file of some megabytes
//! could fill the memory. Which list a reader takes where there are several is its own affair: so all are counted.

use std::io::{self, Read};

/// What every entry of a list begins with.
const ENTRY: [u8; 4] = *b"PK\x01\x02";

/// Whether an archive lists more than `most` files, wherever its lists lie. Weights look like an entry once in four
/// billion bytes, so leave room for a few.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn lists_more_than(most: usize, mut archive: impl Read) -> io::Result<bool> {
    let mut buffer = vec![0; 1 << 16];
    let (mut count, mut kept) = (0, 0);
    loop {
        let read = match archive.read(&mut buffer[kept..]) {
            Ok(0) => return Ok(false),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let filled = kept + read;
        count += buffer[..filled].windows(ENTRY.len()).filter(|bytes| **bytes == ENTRY).count();
        if count > most {
            return Ok(true);
        }
        // An entry may begin in this piece and go on in the next.
        kept = filled.min(ENTRY.len() - 1);
        buffer.copy_within(filled - kept..filled, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as a slow disk may.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buffer.len()).min(3);
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn entries_are_counted_wherever_they_lie() {
        let bytes = [b"..PK\x01\x02".repeat(10), b"PK\x03\x04PK\x01".to_vec()].concat();
        for most in 0..12 {
            assert_eq!(lists_more_than(most, &bytes[..]).unwrap(), most < 10, "{most}");
            assert_eq!(lists_more_than(most, Slow(&bytes)).unwrap(), most < 10, "{most}");
        }
        let long = [vec![0; (1 << 16) - 2], ENTRY.to_vec()].concat();
        assert!(lists_more_than(0, &long[..]).unwrap());
    }
}
