//! What a use case says when it fails, and what it remarks when it does not.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use resight_core::RoomError;
use serde::{Deserialize, Serialize};

pub use resight_core::{AnimalInPhoto, EmptySplit, ErrorKind, Hint, LabelForm};

/// Why a use case failed: what happened, of what kind it is, and a hint where the user can act.
///
/// Its sources are kept: where a room failed, its own error is the first of them.
#[derive(Debug)]
pub struct EngineError {
    kind: ErrorKind,
    message: String,
    hint: Option<Box<Hint>>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl EngineError {
    /// The user asked for something that cannot be.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::User, message)
    }

    /// A mistake of the program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// A file operation failed.
    pub fn file(action: &str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        let message = format!("cannot {action}: {source}: {}", path.into().display());
        Self::new(ErrorKind::of_file(&source), message).because(source)
    }

    /// An error of a room that does not name the file it is about.
    pub fn about(path: &Path, error: impl RoomError) -> Self {
        let error = Self::from(error);
        Self { message: format!("{}: {}", error.message, path.display()), ..error }
    }

    /// The same error with something to do about it.
    #[must_use]
    pub fn with_hint(self, hint: Hint) -> Self {
        Self { hint: Some(Box::new(hint)), ..self }
    }

    /// The same error with what led to it.
    #[must_use]
    pub fn because(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }

    /// Who has to act.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What the user can do, where there is something.
    pub fn hint(&self) -> Option<&Hint> {
        self.hint.as_deref()
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, source: None }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for EngineError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl<E: RoomError> From<E> for EngineError {
    fn from(error: E) -> Self {
        Self {
            kind: error.kind(),
            message: error.to_string(),
            hint: error.hint().map(Box::new),
            source: Some(Box::new(error)),
        }
    }
}

/// Something the user should know of work that went on: a photo that could not be used, a row left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What it is about: a path, a line of a table.
    pub about: String,
    /// What was noticed.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.message)
    }
}

/// How something stands, and what there is to do about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// How it stands.
    pub what: String,
    /// What helps, where something does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
}

impl Advice {
    /// Something that nothing helps with, or nothing has to.
    pub fn plain(what: impl Into<String>) -> Self {
        Self { what: what.into(), hint: None }
    }

    /// Something that this helps with.
    pub fn with(what: impl Into<String>, hint: Hint) -> Self {
        Self { what: what.into(), hint: Some(hint) }
    }
}

impl From<&EngineError> for Advice {
    fn from(error: &EngineError) -> Self {
        Self { what: error.to_string(), hint: error.hint().cloned() }
    }
}

#[cfg(test)]
mod tests {
    use resight_catalog::CatalogError;

    use super::*;

    #[test]
    fn an_error_of_a_room_keeps_its_kind_its_hint_and_its_sources() {
        let source = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let room = CatalogError::File { action: "read", path: "x".into(), source };
        let error = EngineError::from(room);
        assert_eq!((error.kind(), error.hint()), (ErrorKind::Io, None));
        let of_room = error.source().unwrap();
        assert!(matches!(of_room.downcast_ref(), Some(CatalogError::File { .. })), "{of_room}");
        assert!(of_room.source().unwrap().is::<std::io::Error>());
        let near = vec!["Luna".to_owned()];
        let error =
            EngineError::from(CatalogError::NoSuchName { name: "Lua".to_owned(), near: near.clone() });
        assert_eq!((error.kind(), error.hint()), (ErrorKind::User, Some(&Hint::DidYouMean { near })));
    }

    #[test]
    fn a_file_that_is_not_there_is_the_users_and_a_full_disk_the_machines() {
        let of = |kind: std::io::ErrorKind| EngineError::file("read", "x", kind.into()).kind();
        assert_eq!(of(std::io::ErrorKind::NotFound), ErrorKind::User);
        assert_eq!(of(std::io::ErrorKind::StorageFull), ErrorKind::Io);
    }
}
