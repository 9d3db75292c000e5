//! How large a photo may be. Checked before memory is taken for its pixels.

use resight_core::ImageSize;

use crate::budget::MemoryBudget;
use crate::decode::DecodeError;

/// Upper bounds for one photo, and the budget that all share. The defaults admit every camera on sale and refuse header bombs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Pixels from left to right, as stored. Default 30,000.
    pub max_width: u32,
    /// Pixels from top to bottom, as stored. Default 30,000.
    pub max_height: u32,
    /// Width times height. Default 300 million.
    pub max_pixels: u64,
    /// Bytes of the file. Default 512 MiB.
    pub max_bytes: u64,
    /// Bytes of memory for decoding, estimated from the header. Default 1 GiB.
    pub max_alloc: u64,
    /// What all photos that are read and decoded at the same time may take together. Default: the one budget of the
    /// process.
    pub budget: MemoryBudget,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_width: 30_000,
            max_height: 30_000,
            max_pixels: 300_000_000,
            max_bytes: 512 << 20,
            max_alloc: 1 << 30,
            budget: MemoryBudget::of_process(),
        }
    }
}

impl Limits {
    /// Refuses a file with more bytes than allowed.
    pub(crate) fn check_bytes(&self, bytes: &[u8]) -> Result<(), DecodeError> {
        let found = bytes.len() as u64;
        if found > self.max_bytes {
            return Err(DecodeError::FileTooLarge { bytes: found, limit: self.max_bytes });
        }
        Ok(())
    }

    /// Refuses a picture with more pixels than allowed, a side or in all; and one with none.
    pub(crate) fn check_size(&self, size: ImageSize) -> Result<(), DecodeError> {
        let ImageSize { width, height } = size;
        if width > self.max_width || height > self.max_height {
            let limit = format!("at most {} x {}", self.max_width, self.max_height);
            return Err(DecodeError::TooManyPixels { width, height, limit });
        }
        if u64::from(width) * u64::from(height) > self.max_pixels {
            let limit = format!("at most {} pixels in all", self.max_pixels);
            return Err(DecodeError::TooManyPixels { width, height, limit });
        }
        Ok(())
    }

    /// Refuses a picture whose decoding would take more memory than allowed.
    pub(crate) fn check_alloc(&self, needed: u64) -> Result<(), DecodeError> {
        if needed > self.max_alloc {
            return Err(DecodeError::TooMuchMemory { needed, limit: self.max_alloc, hint: "" });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::DecodeErrorKind;

    fn refused(width: u32, height: u32) -> Option<DecodeErrorKind> {
        Limits::default().check_size(ImageSize { width, height }).err().map(|error| error.kind())
    }

    #[test]
    fn sides_area_memory_and_file_each_have_their_limit() {
        assert_eq!(refused(20_000, 15_000), None);
        assert_eq!(refused(30_001, 1), Some(DecodeErrorKind::TooLarge));
        assert_eq!(refused(1, 30_001), Some(DecodeErrorKind::TooLarge));
        assert_eq!(refused(20_000, 15_001), Some(DecodeErrorKind::TooLarge));
        let small = Limits { max_bytes: 3, max_alloc: 10, ..Limits::default() };
        assert!(small.check_bytes(b"abc").is_ok());
        assert!(small.check_bytes(b"abcd").is_err());
        assert!(small.check_alloc(10).is_ok());
        assert!(small.check_alloc(11).is_err());
    }
}
