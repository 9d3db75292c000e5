//! The folder form of a bundle, and reading with an upper limit.

use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::Path;

use prost::bytes::Bytes;
use resight_files::{open_own, open_plain};

use super::error::BundleError;
use super::manifest::{LEARNT_FILE, MANIFEST_FILE, MODEL_FILE};

/// The most bytes of a manifest.
pub(super) const MAX_MANIFEST: u64 = 1 << 20;
/// The most bytes of a network: what one ONNX file can hold.
pub(crate) const MAX_MODEL: u64 = 1 << 31;
/// The most bytes of a record of what was learnt.
pub(super) const MAX_LEARNT: u64 = resight_core::MAX_LEARNT_BYTES as u64;

/// The files of a bundle.
pub(super) struct Contents {
    pub(super) manifest: String,
    pub(super) model: Bytes,
    /// Where there is one.
    pub(super) learnt: Option<Vec<u8>>,
}

/// The files of a bundle that is written.
pub(super) struct Written<'a> {
    pub(super) manifest: String,
    pub(super) model: &'a [u8],
    pub(super) learnt: Option<String>,
}

impl Written<'_> {
    /// Name and bytes of each file; the manifest, which makes a folder a bundle, comes last.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let learnt = self.learnt.as_ref().map(|text| (LEARNT_FILE, text.as_bytes()));
        learnt.into_iter().chain([(MODEL_FILE, self.model), (MANIFEST_FILE, self.manifest.as_bytes())])
    }
}

/// Reads the files of a bundle folder.
pub(super) fn read_folder(folder: &Path) -> Result<Contents, BundleError> {
    let manifest_path = folder.join(MANIFEST_FILE);
    if fs::symlink_metadata(&manifest_path).is_err() {
        let reason = format!("the folder has no {MANIFEST_FILE}");
        return Err(BundleError::NotABundle { reason, path: folder.to_path_buf() });
    }
    let manifest = read_in_bundle(&manifest_path, MAX_MANIFEST)?;
    let model = read_in_bundle(&folder.join(MODEL_FILE), MAX_MODEL)?;
    let learnt_path = folder.join(LEARNT_FILE);
    let has_learnt = std::fs::symlink_metadata(&learnt_path).is_ok();
    let learnt = has_learnt.then(|| read_in_bundle(&learnt_path, MAX_LEARNT)).transpose()?;
    Ok(Contents { manifest: text(manifest, folder)?, model: Bytes::from(model), learnt })
}

/// Reads a plain file of at most `limit` bytes that the user named.
pub(super) fn read_file(path: &Path, limit: u64) -> Result<Vec<u8>, BundleError> {
    let (file, expected) = open_plain(path).map_err(BundleError::io("read the file", path))?;
    read_limited(file, expected, limit, path)
}

/// Reads a file inside a bundle, through no link: bundles come by mail.
fn read_in_bundle(path: &Path, limit: u64) -> Result<Vec<u8>, BundleError> {
    let file = open_own(path).map_err(BundleError::io("read the file", path))?;
    let expected = file.metadata().map_err(BundleError::io("read the file", path))?.len();
    read_limited(file, expected, limit, path)
}

/// Reads at most `limit` bytes; `expected` is how many are thought to come.
pub(super) fn read_limited(
    from: impl Read,
    expected: u64,
    limit: u64,
    path: &Path,
) -> Result<Vec<u8>, BundleError> {
    let too_large = || BundleError::NotABundle {
        reason: format!("a file in it has more than {limit} bytes"),
        path: path.to_path_buf(),
    };
    if expected > limit {
        return Err(too_large());
    }
    // A stated length is a hint only: memory beyond a modest start is taken as bytes arrive.
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(1 << 26)).unwrap_or(0));
    from.take(limit + 1).read_to_end(&mut bytes).map_err(BundleError::io("read the file", path))?;
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(bytes) }
}

/// The text of a manifest.
pub(super) fn text(bytes: Vec<u8>, path: &Path) -> Result<String, BundleError> {
    String::from_utf8(bytes).map_err(|_| BundleError::NotABundle {
        reason: format!("{MANIFEST_FILE} is not text"),
        path: path.to_path_buf(),
    })
}

/// Writes a bundle folder beside its final place, then renames it.
pub(super) fn write_folder(folder: &Path, bundle: &Written<'_>) -> Result<(), BundleError> {
    let failed = |action| BundleError::io(action, folder);
    if folder.exists() {
        return Err(BundleError::Exists { path: folder.to_path_buf() });
    }
    let parent = parent_of(folder);
    fs::create_dir_all(parent).map_err(failed("make the folder"))?;
    let staging =
        tempfile::Builder::new().prefix(".bundle-").tempdir_in(parent).map_err(failed("make a folder"))?;
    for (name, bytes) in bundle.files() {
        write_synced(&staging.path().join(name), bytes).map_err(failed("write the bundle"))?;
    }
    sync_folder(staging.path());
    make_readable(staging.path()).map_err(failed("write the bundle"))?;
    fs::rename(staging.path(), folder).map_err(failed("put the bundle in its place"))?;
    // The folder is no longer where the guard would look for it.
    let _ = staging.keep();
    sync_folder(parent);
    Ok(())
}

/// The folder that holds `path`.
pub(super) fn parent_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn write_synced(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in a folder last through a power cut, where the system can do that.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        // Some systems cannot do this for folders; the files themselves are safe already.
        let _ = folder.sync_all();
    }
}

/// Temporary folders are made for one user only; bundles are for everybody who may read the parent.
#[cfg(unix)]
fn make_readable(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let parent = fs::metadata(parent_of(folder))?.permissions().mode();
    fs::set_permissions(folder, fs::Permissions::from_mode(parent & 0o777))
}

#[cfg(not(unix))]
fn make_readable(_folder: &Path) -> std::io::Result<()> {
    Ok(())
}
