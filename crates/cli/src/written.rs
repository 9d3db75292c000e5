//! Files that a command writes where the user says: looked at before the work begins.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use resight_engine::EngineError;
use resight_files::Output;

/// What a command reads, and so never writes over.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// Files, and folders whose files are read.
    pub(crate) read: Vec<PathBuf>,
}

impl Inputs {
    /// Tables, photos, folders of them.
    pub(crate) fn read(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { read: paths.into_iter().collect() }
    }
}

/// A place to write to, checked.
///
/// # Errors
/// Something is there that the command reads, or that is not ours and `--force` was not given; nothing can be written
/// there.
pub(crate) fn place(path: &Path, force: bool, inputs: &Inputs) -> Result<Output, EngineError> {
    Output::at(path, force, inputs.read.iter().map(PathBuf::as_path)).map_err(|error| {
        let refused = EngineError::user(format!("nothing was written: {error}: {}", path.display()));
        match error.kind() {
            ErrorKind::AlreadyExists => refused.with_hint("`--force` writes over it, or name another file"),
            ErrorKind::InvalidInput => refused.with_hint("name another file"),
            _ => EngineError::file("write", path, &error),
        }
    })
}

/// Writes a whole file.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(output: &Output, bytes: &[u8]) -> Result<(), EngineError> {
    output.write(bytes).map_err(|error| EngineError::file("write", output.path(), &error))
}
