//! What a reader noticed about rows or files; reading goes on.

use std::collections::BTreeMap;
use std::fmt;
use std::mem::discriminant;
use std::path::PathBuf;

use resight_core::NameFault;
use serde::Serialize;

use crate::boxes::OtherReading;

/// One remark about a source: what, where first, and how often.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Warning {
    /// What was noticed.
    #[serde(flatten)]
    pub kind: WarningKind,
    /// Line of the table, counted from 1; the first one where `rows` is greater than 1.
    pub line: Option<u64>,
    /// How many rows or files it concerns.
    pub rows: u64,
}

/// What a reader may notice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, thiserror::Error)]
#[serde(tag = "warning", rename_all = "kebab-case")]
pub enum WarningKind {
    /// A row has more or fewer cells than there are columns; it is left out, for its cells may have shifted.
    #[error("row left out: {found} cells where the table has {expected} columns")]
    Ragged {
        /// Cells of the row.
        found: usize,
        /// Columns of the table.
        expected: usize,
    },
    /// A row is longer than [`Limits::row_bytes`](crate::Limits) or has too many cells; it is left out.
    #[error("row left out: too long (is a quote never closed?)")]
    RowTooLong,
    /// A row holds a NUL byte; it is left out.
    #[error("row left out: it holds a NUL byte")]
    NulByte,
    /// Something of a source is not taken over.
    #[error("left out: {what}")]
    LeftOut {
        /// What.
        what: &'static str,
    },
    /// A row names no photo; it is left out.
    #[error("row left out: no path of a photo")]
    NoPath,
    /// Bytes that are not UTF-8 were read as Windows-1252, which keeps different names different.
    #[error("not UTF-8, read as Windows-1252: check the accents")]
    NotUtf8,
    /// An image id stands twice; the later row got another one.
    #[error("image id used before; this row is called `{renamed}`")]
    RepeatedImageId {
        /// The id that the row has now.
        renamed: String,
    },
    /// A photo is not where the table says. The row stays.
    #[error("no such file: {}", path.display())]
    MissingFile {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Paths lead out of the table's folder. They are followed.
    #[error("the path leads out of the folder of the table")]
    PathLeavesFolder,
    /// An identity looks like a word for "not known" but is kept as a name.
    #[error("identity `{identity}` is kept as a name, though it may mean \"not known\"")]
    SuspiciousIdentity {
        /// The name.
        identity: String,
    },
    /// A word for a missing value stands where a label could; it is read as "not known".
    #[error("`{word}` in the column {column} is read as \"not known\"")]
    ReadAsNotKnown {
        /// Which column, by its meaning.
        column: &'static str,
        /// The word.
        word: String,
    },
    /// The name of an individual can be no name: the animal of the row is not identified.
    #[error("no name of an individual, so nobody is named: {reason}: `{}`", .found.escape_debug())]
    BadName {
        /// Why not.
        reason: NameFault,
        /// The cell, shortened.
        found: String,
    },
    /// The label of an encounter is used again on days that lie apart; each use is an encounter of its own. The
    /// first such label stands for all.
    #[error(
        "encounter `{label}` is used again on days that lie apart: told apart by day, {encounters} encounters"
    )]
    EncounterLabelReused {
        /// The label.
        label: String,
        /// How many encounters it stands for.
        encounters: usize,
    },
    /// Some boxes lie outside of their pictures as they are read, and nearly none in another reading.
    #[error("{outside} of {of} boxes leave their picture as `{form}`; nearly all fit {other}")]
    BoxesFitOtherwise {
        /// How many do.
        outside: usize,
        /// Of how many whose picture was looked at.
        of: usize,
        /// How they are read.
        form: &'static str,
        /// The other reading.
        other: OtherReading,
    },
    /// Some boxes lie outside of their pictures; what is outside is cut off.
    #[error("{outside} of {of} boxes leave their picture; they are cut at its edge")]
    BoxesOutside {
        /// How many do.
        outside: usize,
        /// Of how many whose picture was looked at.
        of: usize,
    },
    /// A date could not be read; the row has none. The first such cell stands for all.
    #[error("date not understood (use `2024-05-31 14:02:07`): `{found}`")]
    BadDate {
        /// The cell.
        found: String,
    },
    /// A box could not be read; the row has none, which means the whole photo.
    #[error("box not understood: {reason}: `{found}`")]
    BadBox {
        /// Why not.
        reason: &'static str,
        /// The cell, shortened.
        found: String,
    },
    /// How far a box is turned could not be read; it counts as not turned. The first such cell stands for all.
    #[error("rotation of a box not understood (radians): `{found}`")]
    BadRotation {
        /// The cell.
        found: String,
    },
    /// A row says nothing that can be taken over.
    #[error("row left out: {why}")]
    RowLeftOut {
        /// Why.
        why: String,
    },
    /// A latitude or longitude could not be read or is out of range; the row has no position. The first
    /// such row stands for all.
    #[error("position not understood: `{found}`")]
    BadPosition {
        /// The cell or cells.
        found: String,
    },
    /// One identity is given for a photo with several boxes: it cannot be that animal everywhere.
    #[error("one identity for {boxes} boxes: it is not said which box it is")]
    OneIdentitySeveralBoxes {
        /// How many boxes.
        boxes: usize,
    },
    /// Several columns could mean the same thing; the first named is used.
    #[error("columns `{used}` and `{ignored}` could both be the {meaning}; `{used}` is used")]
    TwoColumns {
        /// The column that is used.
        used: String,
        /// The column that is not.
        ignored: String,
        /// What they mean.
        meaning: &'static str,
    },
    /// A known spelling mistake of a public dataset was put right.
    #[error("species `{found}` read as `{repaired}`")]
    RepairedSpecies {
        /// As the table has it.
        found: String,
        /// As it should be.
        repaired: String,
    },
    /// Files that are no photos, by name and by content, were left out.
    #[error("left out, not a photo, for example {}", example.display())]
    NotAPhoto {
        /// The first of them.
        example: PathBuf,
    },
    /// Folders that hold copies, what was thrown away, or what resight keeps for itself were passed over.
    #[error("passed over, {what}, for example {}", example.display())]
    PassedOver {
        /// What they are.
        what: &'static str,
        /// The first of them.
        example: PathBuf,
    },
    /// Camera raw files were left out, each beside a JPEG of the same shot.
    #[error("left out, camera raw with a JPEG of the same shot beside it, for example {}", example.display())]
    RawBesideJpeg {
        /// The first of them.
        example: PathBuf,
    },
    /// Two names differ in capitals, accents, blanks or hyphens alone. Both are kept.
    #[error(
        "`{one}` and `{other}` are two individuals whose names are alike: one name should be one individual"
    )]
    NamesAlike {
        /// A name.
        one: String,
        /// The other.
        other: String,
    },
    /// A folder or file could not be looked at.
    #[error("left out, {reason}: {}", path.display())]
    CannotLook {
        /// What the system says.
        reason: String,
        /// The folder or file.
        path: PathBuf,
    },
}

impl WarningKind {
    /// Whether something that the source states was not taken over, or perhaps wrongly: a row left out, a name, a box
    /// or a date that makes no sense. The rest are remarks.
    pub fn loses_something(&self) -> bool {
        matches!(
            self,
            Self::Ragged { .. }
                | Self::RowTooLong
                | Self::NulByte
                | Self::NoPath
                | Self::CannotLook { .. }
                | Self::NotUtf8
                | Self::BadName { .. }
                | Self::BadDate { .. }
                | Self::BadBox { .. }
                | Self::BadPosition { .. }
                | Self::BadRotation { .. }
                | Self::RowLeftOut { .. }
        )
    }
}

impl fmt::Display for Warning {
    /// `line 12: no such file: …`, with the number of rows where there are several.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}", self.kind)?;
        if self.rows > 1 {
            let more = self.rows - 1;
            write!(f, " (and {more} more)")?;
        }
        Ok(())
    }
}

/// Collects remarks: each by itself, or counted where one line would say it for a thousand rows.
#[derive(Debug, Default)]
pub(crate) struct Warnings {
    listed: Vec<Warning>,
    counted: BTreeMap<WarningKind, (Option<u64>, u64)>,
    examples: Vec<Warning>,
}

impl Warnings {
    /// One remark of its own.
    pub(crate) fn list(&mut self, line: Option<u64>, kind: WarningKind) {
        self.listed.push(Warning { kind, line, rows: 1 });
    }

    /// A remark that is shown once with its count.
    pub(crate) fn count(&mut self, line: Option<u64>, kind: WarningKind) {
        self.counted.entry(kind).or_insert((line, 0)).1 += 1;
    }

    /// A remark of which the first of its kind is shown, whatever its details, with the count of all.
    pub(crate) fn count_by_example(&mut self, line: Option<u64>, kind: WarningKind) {
        let same = |shown: &&mut Warning| discriminant(&shown.kind) == discriminant(&kind);
        match self.examples.iter_mut().find(same) {
            Some(shown) => shown.rows += 1,
            None => self.examples.push(Warning { kind, line, rows: 1 }),
        }
    }

    /// All of them in the order of their first lines.
    pub(crate) fn finish(self) -> Vec<Warning> {
        let counted = self.counted.into_iter().map(|(kind, (line, rows))| Warning { kind, line, rows });
        let mut all: Vec<Warning> = self.listed.into_iter().chain(counted).chain(self.examples).collect();
        all.sort_by_key(|warning| warning.line);
        all
    }
}
