//! What is looked at, and how.

use std::path::PathBuf;

use resight_core::{GivenBox, PhotoId};
use serde::{Deserialize, Serialize};

/// An annotation to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewJob {
    /// Position in the training data. Random views are drawn by it.
    pub row: u32,
    /// The photo's file.
    pub path: PathBuf,
    /// The content hash of the photo, where it is known already; else it is computed when it is needed.
    pub photo: Option<PhotoId>,
    /// Where the animal is; `None`: the whole photo.
    pub region: Option<GivenBox>,
}

/// Which view of an annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// 0 is what inference sees; others are drawn at random, by their number.
    Numbered(u32),
    /// View 0, mirrored, whatever the flip policy says.
    Mirrored,
    /// The whole photo without the animal: its box is blanked out, or where there is none, the ellipse in the
    /// middle with 70 % of each side. A network that still tells the individual has learnt the background.
    Background,
}

impl View {
    /// What inference sees.
    pub const PLAIN: Self = Self::Numbered(0);

    /// The first `count` numbered views.
    pub fn numbered(count: u32) -> Vec<Self> {
        (0..count).map(Self::Numbered).collect()
    }
}
