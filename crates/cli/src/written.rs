//! Files that a command writes where the user says: looked at before the work begins.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use resight_dataset::{ReadOptions, read_source};
use resight_engine::EngineError;
use resight_files::Output;

use crate::context::Context;
use crate::refusal::InWords as _;

/// What a command reads, and so never writes over.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    /// Files, and folders whose files are read.
    pub(crate) read: Vec<PathBuf>,
    /// Folders that resight keeps in order: nothing else is put there.
    pub(crate) kept: Vec<PathBuf>,
}

impl Inputs {
    /// Tables, photos, folders of them.
    pub(crate) fn read(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { read: paths.into_iter().collect(), kept: Vec::new() }
    }

    /// A catalog, or a run.
    pub(crate) fn and_kept(mut self, folder: &Path) -> Self {
        self.kept.push(folder.to_owned());
        self
    }

    /// The photos that a table names. They are looked up only where something could be written over.
    pub(crate) fn and_photos_of(
        mut self,
        table: &Path,
        options: &ReadOptions,
        written: &Path,
        force: bool,
    ) -> anyhow::Result<Self> {
        if force && table.is_file() && written.exists() {
            self.read.extend(
                read_source(table, options).map_err(EngineError::from)?.rows.into_iter().map(|row| row.path),
            );
        }
        Ok(self)
    }
}

/// A place to write to, checked.
///
/// # Errors
/// Something is there that the command reads, or that is not ours and `--force` was not given; nothing can be written
/// there.
pub(crate) fn place(path: &Path, force: bool, inputs: &Inputs) -> anyhow::Result<Output> {
    let looked = Output::at(path, force, inputs.read.iter().map(PathBuf::as_path))
        .and_then(|output| inputs.kept.iter().try_fold(output, |output, folder| output.outside(folder)));
    looked.map_err(|error| {
        let refused = EngineError::user(format!("nothing was written: {error}: {}", path.display()));
        match error.kind() {
            ErrorKind::AlreadyExists => {
                refused.in_words("`--force` writes over it, or name another file").into()
            }
            ErrorKind::InvalidInput => refused.in_words("name another file").into(),
            _ => EngineError::file("write", path, error).into(),
        }
    })
}

/// The place of a file that is made of a table or folder of photos, where one is named.
///
/// # Errors
/// As [`place`].
pub(crate) fn place_beside(
    file: Option<&Path>,
    source: &Path,
    read: &ReadOptions,
    force: bool,
) -> anyhow::Result<Option<Output>> {
    let Some(file) = file else { return Ok(None) };
    let inputs = Inputs::read([source.to_owned()]).and_photos_of(source, read, file, force)?;
    Ok(Some(place(file, force, &inputs)?))
}

/// The folder that a file will lie in, absolute.
///
/// # Errors
/// The working directory is gone.
pub(crate) fn folder_of(output: &Output) -> Result<PathBuf, EngineError> {
    let folder = output.path().parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::path::absolute(folder).map_err(|error| EngineError::file("write in", folder, error))
}

/// Writes a whole file, and says so.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_and_say(output: &Output, bytes: &[u8], context: &Context) -> Result<(), EngineError> {
    write(output, bytes)?;
    context.note(format!("wrote {}", output.path().display()));
    Ok(())
}

/// Writes a whole file.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(output: &Output, bytes: &[u8]) -> Result<(), EngineError> {
    output.write(bytes).map_err(|error| EngineError::file("write", output.path(), error))
}
