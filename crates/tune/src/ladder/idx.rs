//! Reads IDX files, the form in which MNIST and its kin are given out: a magic number, extents, bytes.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

/// Most items of a file; Fashion-MNIST has 60,000.
const MOST_ITEMS: usize = 1_000_000;

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdxError {
    /// It cannot be read or unpacked.
    #[error("cannot be read: {source}: {}", path.display())]
    Unreadable {
        /// Why.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// It is another kind of file, or other than it says.
    #[error("{what}: {}", path.display())]
    Damaged {
        /// What is wrong.
        what: String,
        /// The file.
        path: PathBuf,
    },
}

/// Reads a gzipped IDX file of bytes whose items have these extents; the items one after the other.
///
/// # Errors
/// When it cannot be unpacked, has other extents, or more or fewer bytes than its head says.
pub fn read_idx(path: &Path, extents: &[usize]) -> Result<Vec<u8>, IdxError> {
    let file = File::open(path).map_err(unreadable(path))?;
    parse(GzDecoder::new(io::BufReader::new(file)), extents, path)
}

fn parse(mut reader: impl Read, extents: &[usize], path: &Path) -> Result<Vec<u8>, IdxError> {
    let damaged = |what: String| IdxError::Damaged { what, path: path.to_owned() };
    let magic = number(&mut reader, path)?;
    let wanted = 0x0800 + 1 + extents.len();
    if magic != wanted {
        return Err(damaged(format!("no IDX file of bytes with {} extents", extents.len() + 1)));
    }
    let items = number(&mut reader, path)?;
    if items > MOST_ITEMS {
        return Err(damaged(format!("{items} items are more than {MOST_ITEMS}")));
    }
    for extent in extents {
        let found = number(&mut reader, path)?;
        if found != *extent {
            return Err(damaged(format!("an extent is {found}, not {extent}")));
        }
    }
    let size = items * extents.iter().product::<usize>();
    let mut bytes = Vec::new();
    // One byte more than there should be tells whether there are more.
    reader.take(size as u64 + 1).read_to_end(&mut bytes).map_err(unreadable(path))?;
    if bytes.len() == size {
        return Ok(bytes);
    }
    Err(damaged(match bytes.len() > size {
        true => format!("more than the {size} bytes of {items} items"),
        false => format!("{} of the {size} bytes of {items} items", bytes.len()),
    }))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> IdxError {
    let path = path.to_owned();
    move |source| IdxError::Unreadable { source, path }
}

fn number(reader: &mut impl Read, path: &Path) -> Result<usize, IdxError> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes).map_err(unreadable(path))?;
    Ok(u32::from_be_bytes(bytes) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(magic: u32, numbers: &[u32], bytes: usize) -> Vec<u8> {
        let mut file = magic.to_be_bytes().to_vec();
        numbers.iter().for_each(|number| file.extend(number.to_be_bytes()));
        file.extend((0..bytes).map(|byte| byte as u8));
        file
    }

    fn parsed(file: &[u8]) -> Result<Vec<u8>, String> {
        parse(file, &[2, 3], Path::new("some.gz")).map_err(|error| error.to_string())
    }

    #[test]
    fn items_are_read_as_they_lie() {
        let bytes = parsed(&file(0x0803, &[2, 2, 3], 12)).unwrap();
        assert_eq!(bytes, (0..12).collect::<Vec<u8>>());
    }

    #[test]
    fn files_that_lie_about_themselves_are_refused() {
        for (hostile, word) in [
            (file(0x0801, &[2], 2), "extents"),
            (file(0x0803, &[u32::MAX, 2, 3], 12), "more than 1000000"),
            (file(0x0803, &[2, 2, 4], 16), "not 3"),
            (file(0x0803, &[2, 2, 3], 11), "11 of the 12"),
            (file(0x0803, &[2, 2, 3], 13), "more than the 12"),
            (file(0x0803, &[], 3), "cannot be read"),
        ] {
            let message = parsed(&hostile).unwrap_err();
            assert!(message.contains(word) && message.ends_with("some.gz"), "{message}");
        }
    }

    #[test]
    fn what_is_not_gzipped_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain");
        std::fs::write(&path, file(0x0803, &[2, 2, 3], 12)).unwrap();
        assert!(matches!(read_idx(&path, &[2, 3]), Err(IdxError::Unreadable { .. })));
    }
}
