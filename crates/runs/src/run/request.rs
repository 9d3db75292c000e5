//! What a run must remember of the command that began it, to be taken up again.

use std::path::Path;

use resight_files::{HeldFolder, read_own};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{RunError, write};

/// Name of the file in the run's folder.
const FILE: &str = "request.json";

/// It holds a few paths, names of columns, and a recipe.
const MOST_BYTES: u64 = 16 << 20;

/// Writes down what the door that began the run wants to find again.
///
/// # Errors
/// When it cannot be written.
pub fn keep_request(held: &HeldFolder, request: &impl Serialize) -> Result<(), RunError> {
    let failed = RunError::io("the request of the run cannot be written", held.file(FILE));
    match serde_json::to_vec_pretty(request) {
        Ok(text) => write(held, FILE, &text),
        Err(error) => Err(failed(std::io::Error::other(error))),
    }
}

/// Reads what was written down when the run began.
///
/// # Errors
/// When it is not there, cannot be read, or is not what was written.
pub fn read_request<R: DeserializeOwned>(run: &Path) -> Result<R, RunError> {
    let path = run.join(FILE);
    let bytes = match read_own(&path, MOST_BYTES) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(RunError::NoRequest(path));
        }
        read => read.map_err(RunError::io("the request of the run cannot be read", &path))?,
    };
    serde_json::from_slice(&bytes)
        .map_err(|error| RunError::Damaged { what: format!("not as it was written ({error})"), path })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{RUN, claim};

    #[test]
    fn a_request_comes_back_and_what_is_none_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let held = claim(RUN, &run).unwrap();
        assert!(matches!(read_request::<u32>(&run), Err(RunError::NoRequest(_))));
        keep_request(&held, &7).unwrap();
        assert_eq!(read_request::<u32>(&run).unwrap(), 7);
        assert!(matches!(read_request::<String>(&run), Err(RunError::Damaged { .. })));
    }
}
