//! What a use case says when it fails, and what it remarks when it does not.

use std::fmt;
use std::path::PathBuf;

use resight_catalog::CatalogError;
use resight_dataset::DatasetError;
use resight_eval::EvalError;
use resight_model::store::StoreError;
use resight_model::{BundleError, ModelError};
use resight_page::plot::DrawError;
use serde::Serialize;

pub use resight_core::ErrorKind;

/// Why a use case failed: what happened, and a hint where the user can act.
#[derive(Debug)]
pub struct EngineError {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
}

impl EngineError {
    /// The user asked for something that cannot be.
    pub fn user(message: impl Into<String>) -> Self {
        Self::of_text(ErrorKind::User, &message.into())
    }

    /// A mistake of the program.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::of_text(ErrorKind::Internal, &message.into())
    }

    /// A file operation failed.
    pub fn file(action: &str, path: impl Into<PathBuf>, source: &std::io::Error) -> Self {
        Self::of_text(ErrorKind::Io, &format!("cannot {action}: {source}: {}", path.into().display()))
    }

    /// An error of a room that says of what kind it is.
    pub fn of(kind: ErrorKind, error: &dyn fmt::Display) -> Self {
        Self::of_text(kind, &error.to_string())
    }

    /// The same error with something to do about it.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Who has to act.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What the user can do, where there is something.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Rooms that have no place for hints write them behind the message, after `hint: `.
    fn of_text(kind: ErrorKind, text: &str) -> Self {
        match text.split_once("hint: ") {
            Some((message, hint)) => {
                let message = message.trim_end_matches(|c: char| c.is_whitespace() || c == ';').to_owned();
                Self { kind, message, hint: Some(hint.trim().to_owned()) }
            }
            None => Self { kind, message: text.to_owned(), hint: None },
        }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}

impl From<CatalogError> for EngineError {
    fn from(error: CatalogError) -> Self {
        Self { kind: error.kind(), message: error.to_string(), hint: error.hint() }
    }
}

impl From<DatasetError> for EngineError {
    fn from(error: DatasetError) -> Self {
        Self::of_text(ErrorKind::User, &error.to_string())
    }
}

impl From<BundleError> for EngineError {
    fn from(error: BundleError) -> Self {
        Self::of_text(ErrorKind::User, &error.to_string())
    }
}

impl From<ModelError> for EngineError {
    fn from(error: ModelError) -> Self {
        let kind = match &error {
            ModelError::Run { .. } | ModelError::Batch { .. } => ErrorKind::Internal,
            _ => ErrorKind::User,
        };
        Self::of_text(kind, &error.to_string())
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        let kind = if matches!(error, StoreError::Io { .. } | StoreError::DiskFull { .. }) {
            ErrorKind::Io
        } else {
            ErrorKind::User
        };
        Self::of_text(kind, &error.to_string())
    }
}

impl From<DrawError> for EngineError {
    fn from(error: DrawError) -> Self {
        Self::internal(error.to_string())
    }
}

impl From<EvalError> for EngineError {
    fn from(error: EvalError) -> Self {
        Self::of_text(ErrorKind::User, &error.to_string())
    }
}

/// Something the user should know of work that went on: a photo that could not be used, a row left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_inside_a_message_becomes_a_hint() {
        let error = EngineError::user("no such model: `lite9`\nhint: `resight models list` shows them");
        assert_eq!(error.to_string(), "no such model: `lite9`");
        assert_eq!(error.hint(), Some("`resight models list` shows them"));
        assert_eq!(EngineError::user("plain").hint(), None);
    }
}
