//! The files that statistics programs read, a file a format.

mod camtrapr;
mod capture;
mod mark;
mod multimark;
mod oscr;
mod rcapture;
mod rmark;
mod secr;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{CaptureError, CaptureHistories, SidePolicy};

pub use mark::{MarkLine, read_mark};
pub use multimark::{MultimarkRow, read_multimark};
pub use rmark::read_rmark;
pub use secr::{SecrCapture, read_secr_captures};

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryFormat {
    /// Program MARK's `.inp`.
    Mark,
    /// The table of the R packages RMark and marked.
    Rmark,
    /// The matrix of the R package Rcapture.
    Rcapture,
    /// The matrix of the R package multimark: both sides told apart.
    Multimark,
    /// Captures and detectors of the R package secr, and of DENSITY.
    Secr,
    /// Captures and detectors of the R package oSCR.
    Oscr,
    /// Record table and camera table of the R package camtrapR.
    Camtrapr,
    /// Program CAPTURE.
    Capture,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFile {
    /// What comes after the name that the user chose: `.inp`, `-captures.txt`.
    pub ending: &'static str,
    /// All of it.
    pub text: String,
}

/// What an export writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// The files.
    pub files: Vec<HistoryFile>,
    /// What whoever reads them must know.
    pub notes: Vec<String>,
}

type Writer = fn(&CaptureHistories) -> Result<Written, CaptureError>;

/// Every format with its name, what reads it, and what writes it.
const ALL: [(HistoryFormat, &str, &str, Writer); 8] = [
    (HistoryFormat::Mark, "mark", "Program MARK", mark::write),
    (HistoryFormat::Rmark, "rmark", "RMark, marked", rmark::write),
    (HistoryFormat::Rcapture, "rcapture", "Rcapture", rcapture::write),
    (HistoryFormat::Multimark, "multimark", "multimark", multimark::write),
    (HistoryFormat::Secr, "secr", "secr, DENSITY", secr::write),
    (HistoryFormat::Oscr, "oscr", "oSCR", oscr::write),
    (HistoryFormat::Camtrapr, "camtrapr", "camtrapR", camtrapr::write),
    (HistoryFormat::Capture, "capture", "Program CAPTURE", capture::write),
];

impl HistoryFormat {
    /// Every format.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter().map(|(format, ..)| format)
    }

    fn row(self) -> (&'static str, &'static str, Writer) {
        let (_, name, read_by, writer) = ALL[self as usize];
        (name, read_by, writer)
    }

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The programs that read it.
    pub fn read_by(self) -> &'static str {
        self.row().1
    }

    /// The sides that it is made of, where nobody says: multimark wants both.
    pub fn usual_sides(self) -> SidePolicy {
        if self == Self::Multimark { SidePolicy::Both } else { SidePolicy::Any }
    }

    /// Writes histories.
    ///
    /// # Errors
    /// The format cannot say what is there.
    pub fn write(self, histories: &CaptureHistories) -> Result<Written, CaptureError> {
        let sides = histories.selection.sides;
        if (sides == SidePolicy::Both) != (self == Self::Multimark) {
            let reason = match self {
                Self::Multimark => "it wants both sides told apart",
                _ => "it cannot tell sides apart: choose left, right, linked or any",
            };
            return Err(self.cannot(reason));
        }
        let mut written = (self.row().2)(histories)?;
        written.notes.extend(notes(histories));
        Ok(written)
    }

    fn cannot(self, reason: impl Into<String>) -> CaptureError {
        CaptureError::NotForFormat { format: self.name(), reason: reason.into() }
    }
}

impl fmt::Display for HistoryFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for HistoryFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::all().find(|format| format.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::all().map(Self::name).collect();
            format!("not a format of capture histories (one of {}): `{text}`", names.join(", "))
        })
    }
}

/// What holds for every format.
fn notes(histories: &CaptureHistories) -> Vec<String> {
    let mut notes = Vec::new();
    if histories.selection.sides == SidePolicy::Any && histories.histories.iter().any(|one| !one.linked) {
        notes.push(
            "individuals that are known from one side only are in it: an animal of which each side has a name of its own counts \
             twice; `left` or `right` alone, `linked`, or multimark with both do not"
                .to_owned(),
        );
    }
    let unconfirmed = histories.unconfirmed();
    if unconfirmed > 0 {
        notes.push(format!(
            "{unconfirmed} individuals have captures of which a model alone says who they are"
        ));
    }
    notes.extend(
        histories.conflicts.iter().map(|conflict| format!("two values, the first stands: {conflict}")),
    );
    notes
}

/// Groups, or one without a name.
fn groups(histories: &CaptureHistories) -> Vec<Option<String>> {
    let named: Vec<Option<String>> =
        histories.groups().into_iter().map(|name| Some(name.to_owned())).collect();
    if named.is_empty() { vec![None] } else { named }
}

/// The covariates that are asked for, of one individual: numbers as they are.
fn covariates(histories: &CaptureHistories, of: &crate::History) -> Vec<String> {
    let value = |name: &String| of.covariates.get(name).cloned().unwrap_or_default();
    histories.selection.covariates.iter().map(value).collect()
}
