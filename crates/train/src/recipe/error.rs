//! Why a recipe is refused.

use std::path::{Path, PathBuf};

use resight_core::{ErrorKind, RoomError};

/// A recipe that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// The file cannot be read.
    #[error("the recipe cannot be read: {}", path.display())]
    Unreadable {
        /// Why.
        source: std::io::Error,
        /// The file.
        path: PathBuf,
    },
    /// It is no TOML, or holds something that a recipe does not know.
    #[error("{reason}{}: {}", meant.as_ref().map(|key| format!(" Did you mean `{key}`?")).unwrap_or_default(), path.display())]
    Toml {
        /// What the reader says, with line and column.
        reason: String,
        /// The key that was probably meant.
        meant: Option<String>,
        /// The file.
        path: PathBuf,
    },
    /// A value makes no sense.
    #[error("{problem}: {}", path.display())]
    Senseless {
        /// Which, and why.
        problem: String,
        /// The file.
        path: PathBuf,
    },
}

impl RoomError for RecipeError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unreadable { source, .. } => ErrorKind::of_file(source),
            Self::Toml { .. } | Self::Senseless { .. } => ErrorKind::User,
        }
    }
}

impl RecipeError {
    pub(super) fn of_toml(error: &toml::de::Error, path: &Path) -> Self {
        let reason = error.to_string().trim_end().to_owned();
        Self::Toml { meant: meant(&reason), reason, path: path.to_owned() }
    }
}

/// The known key that is nearest to the unknown one that a message speaks of.
fn meant(message: &str) -> Option<String> {
    let rest =
        message.split("unknown field `").nth(1).or_else(|| message.split("unknown variant `").nth(1))?;
    let mut quoted = rest.split('`');
    let unknown = quoted.next()?;
    let known = quoted.skip(1).step_by(2);
    known
        .map(|key| (resight_core::edit_distance(unknown, key), key))
        .min()
        .filter(|(far, _)| *far <= 3)
        .map(|(_, key)| key.to_owned())
}
