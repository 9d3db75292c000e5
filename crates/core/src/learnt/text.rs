//! The written form of a record: text that people can read, one line an individual in a photo.
//!
//! ```text
//! resight learnt 1
//! photo,look,individual,part
//! 64 hexadecimal digits,16 or none,number,train
//! ```
//!
//! There is one text for each record: lines sorted, digits lower-case, a line feed after each. Any other is refused.

use std::fmt::Write as _;

use super::{LearntPart, LearntPhoto, LearntRecord};

/// First line of every version.
const FIRST: &str = "resight learnt ";
/// The version that is written and read.
const VERSION: u64 = 1;
/// The line that names the columns.
const COLUMNS: &str = "photo,look,individual,part";
/// The most bytes of a written record: more than a million photos.
pub const MAX_LEARNT_BYTES: usize = 1 << 27;

/// The text is not a record of what was learnt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LearntError {
    /// The record is too long to be written or read.
    #[error("the record of what was learnt has more than {MAX_LEARNT_BYTES} bytes")]
    TooLong,
    /// A later resight wrote it.
    #[error(
        "the record of what was learnt has version {found}, but this resight reads version {VERSION}; \
         update resight to use it"
    )]
    Newer {
        /// The version that was found.
        found: u64,
    },
    /// It is something else.
    #[error("not a record of what was learnt: line {line} should be {expected}")]
    Line {
        /// The line, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
}

impl LearntRecord {
    /// The written form.
    ///
    /// # Errors
    /// [`LearntError::TooLong`].
    pub fn encode(&self) -> Result<String, LearntError> {
        let mut text = format!("{FIRST}{VERSION}\n{COLUMNS}\n");
        for one in self.photos() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{},", one.photo);
            if let Some(look) = one.look {
                let _ = write!(text, "{look:016x}");
            }
            let _ = writeln!(text, ",{},{}", one.individual, one.part.name());
            if text.len() > MAX_LEARNT_BYTES {
                return Err(LearntError::TooLong);
            }
        }
        Ok(text)
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// As [`LearntError`] says.
    pub fn decode(bytes: &[u8]) -> Result<Self, LearntError> {
        if bytes.len() > MAX_LEARNT_BYTES {
            return Err(LearntError::TooLong);
        }
        let refuse = |line, expected| LearntError::Line { line, expected };
        let text = std::str::from_utf8(bytes).map_err(|_| refuse(1, "text"))?;
        let text = text.strip_suffix('\n').ok_or_else(|| refuse(1, "followed by a line feed"))?;
        let mut lines = text.split('\n');
        let version =
            lines.next().and_then(|line| line.strip_prefix(FIRST)).and_then(|word| word.parse().ok());
        match version {
            Some(VERSION) => {}
            Some(found) if found > VERSION => return Err(LearntError::Newer { found }),
            _ => return Err(refuse(1, "`resight learnt 1`")),
        }
        if lines.next() != Some(COLUMNS) {
            return Err(refuse(2, COLUMNS));
        }
        let photos: Vec<LearntPhoto> = (3..)
            .zip(lines)
            .map(|(line, text)| photo(text).ok_or_else(|| refuse(line, "photo,look,individual,part")))
            .collect::<Result<_, _>>()?;
        let record = Self::new(photos);
        match record.encode()?.lines().zip(text.lines()).position(|(ours, theirs)| ours != theirs) {
            None if record.photos().len() + 2 == text.lines().count() => Ok(record),
            place => Err(refuse(place.unwrap_or(2) + 1, "sorted, and each individual of a photo once")),
        }
    }
}

fn photo(line: &str) -> Option<LearntPhoto> {
    let mut fields = line.split(',');
    let (photo, look, individual, part) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let look = match look {
        "" => None,
        digits => Some(u64::from_str_radix(digits, 16).ok().filter(|_| is_hash(digits))?),
    };
    let one = LearntPhoto {
        photo: photo.parse().ok()?,
        individual: individual.parse().ok()?,
        part: LearntPart::ALL.into_iter().find(|known| known.name() == part)?,
        look,
    };
    fields.next().is_none().then_some(one)
}
