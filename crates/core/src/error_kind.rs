//! Who has to act on an error, and what helps.

use serde::Serialize;

use crate::Hint;

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

impl ErrorKind {
    /// Who has to act where the system refuses a file that the user may have named: what is not there, or is something
    /// else, was named wrongly; all else is the machine's.
    pub fn of_file(error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidInput, IsADirectory, NotADirectory, NotFound};
        match error.kind() {
            NotFound | NotADirectory | IsADirectory | InvalidInput => Self::User,
            _ => Self::Io,
        }
    }
}

/// An error of a room, as the doors need it.
pub trait RoomError: std::error::Error + Send + Sync + 'static {
    /// Who has to act.
    fn kind(&self) -> ErrorKind;

    /// What the user can do, where there is something.
    fn hint(&self) -> Option<Hint> {
        None
    }
}
