//! Who has to act on an error.

use serde::Serialize;

/// Who has to act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// The user asked for something that cannot be; another request will do.
    User,
    /// The machine: disk full, no permission, locked, no network.
    Io,
    /// What lies on disk is not what was written.
    Corrupt,
    /// A mistake of the program.
    Internal,
}
