//! Divides a table into what is learnt from, what chooses the settings, and what is asked at the very end.
//!
//! There are two questions, and they are kept apart ([`Question`]): new photos of *known* individuals, and
//! *new* individuals. A division depends on the labels, the look-alikes, the question, the shares and the seed; not
//! on the machine, nor on the order of the rows.

mod file;
mod known_individuals;
mod look_alikes;
mod new_individuals;
mod newcomers;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rand::RngCore;
use resight_core::{ErrorKind, Hint, RoomError};
use resight_dataset::Row;
use serde::{Deserialize, Serialize};

pub(crate) use look_alikes::look;
pub use look_alikes::{LookAlikes, look_alikes};

/// What a trained network is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Who is this, among individuals that were learnt? Test photos ask, the photos of train and validation answer;
    /// while learning, validation photos ask and train photos answer. An individual's encounters are divided.
    Known,
    /// Who is this, among individuals that were never learnt? The individuals of the part ask one another,
    /// leave-one-out, the own encounter and look-alikes hidden. Whole individuals are divided.
    New,
}

/// Individuals that can be asked about as known ones, from which on that is the question.
const KNOWN_INDIVIDUALS: usize = 10;

impl Question {
    /// What a table allows: known individuals, where ten or more of them were met so often that encounters of theirs
    /// come into every part that the shares ask for; else new ones.
    pub fn likely(rows: &[Row], shares: Shares) -> Self {
        let mut encounters: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in rows {
            if let (Some(identity), Some(encounter)) = (&row.identity, &row.encounter) {
                encounters.entry(identity).or_default().insert(encounter);
            }
        }
        let can_ask = |met: &&BTreeSet<&str>| known_individuals::can_ask(met.len(), shares);
        let n_asking = encounters.values().filter(can_ask).count();
        if n_asking >= KNOWN_INDIVIDUALS { Self::Known } else { Self::New }
    }
}

/// What a photo is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Learnt from.
    Train,
    /// Chooses the settings and the moment to stop.
    Validation,
    /// Asked once, at the end.
    Test,
    /// Of an individual that is kept back as a whole ([`Question::Known`]): nothing is learnt from it, and nobody asks
    /// it. A catalog that goes over to the bundle simulates its newcomers from such individuals.
    Newcomer,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 4] = [Self::Train, Self::Validation, Self::Test, Self::Newcomer];

    /// The word in a division's file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
            Self::Newcomer => "newcomer",
        }
    }
}

/// How much of each individual's encounters ([`Question::Known`]) or of the individuals ([`Question::New`]) is
/// for validation and for the test; the rest is learnt from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shares {
    /// Share of the validation, from 0 up to 1.
    pub validation: f64,
    /// Share of the test, from 0 up to 1.
    pub test: f64,
    /// [`Question::Known`]: share of the individuals that are kept back as a whole, from 0 up to 1; of 40 individuals
    /// and more at least [`LEAST_NEWCOMERS`], so that there is something to calibrate "new" by.
    pub newcomers: f64,
}

/// So many individuals are kept back at least, where there are [`ENOUGH_TO_KEEP_BACK`] and any are.
pub const LEAST_NEWCOMERS: usize = 8;
/// From so many individuals on, [`LEAST_NEWCOMERS`] can be spared.
pub const ENOUGH_TO_KEEP_BACK: usize = 40;

impl Shares {
    /// The usual shares of a measurement: 15 % for validation; for the test 30 % of the encounters, or 40 % of the
    /// individuals. Nobody is kept back: the figures are of all known individuals.
    pub fn usual(question: Question) -> Self {
        let test = match question {
            Question::Known => 0.3,
            Question::New => 0.4,
        };
        Self { validation: 0.15, test, newcomers: 0.0 }
    }
}

/// Rows of a table by what they are for, each part ascending. Rows without an identity are in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// What is asked.
    pub question: Question,
    /// Positions of the rows that are learnt from.
    pub train: Vec<u32>,
    /// Positions of the rows that choose the settings.
    pub validation: Vec<u32>,
    /// Positions of the rows that are asked at the end.
    pub test: Vec<u32>,
    /// Positions of the rows whose individuals are kept back as a whole.
    pub newcomers: Vec<u32>,
}

/// Who asks and who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Rows that ask.
    pub queries: Vec<u32>,
    /// Rows that answer. Where they are the queries themselves, each is hidden from itself (leave-one-out).
    pub gallery: Vec<u32>,
}

impl Division {
    /// Divides the rows that have an identity.
    ///
    /// `look_alikes` numbers the groups of photos that are the same or nearly so, one entry a row, `None` for
    /// photos that stand alone ([`look_alikes()`] finds them); no group is on two sides.
    ///
    /// [`Question::Known`]: the encounters of each individual are divided, at least one is learnt from; an
    /// individual with one encounter is for learning only. In a table with encounter labels, photos without one
    /// may be neighbours of any other, so they are learnt from and never ask; in a table without such labels each
    /// photo is an encounter of its own, and bursts make the answers look better than they are.
    ///
    /// A share of the individuals may be kept back as a whole before; how the others are divided does not depend on it.
    ///
    /// [`Question::New`]: individuals are divided, the many-photographed and the rarely-photographed alike.
    ///
    /// # Errors
    /// When the shares leave nothing to learn from, `look_alikes` is of another length, or the train or the
    /// test part would be empty.
    pub fn make(
        rows: &[Row],
        look_alikes: &[Option<u32>],
        question: Question,
        shares: Shares,
        seed: u64,
    ) -> Result<Self, DivisionError> {
        check_shares(shares)?;
        if rows.len() != look_alikes.len() {
            return Err(DivisionError::LookAlikes { rows: rows.len(), found: look_alikes.len() });
        }
        let parts = match question {
            Question::Known => {
                let mut parts = known_individuals::divide(rows, look_alikes, shares, seed);
                for row in newcomers::choose(rows, look_alikes, shares.newcomers, seed) {
                    parts[row as usize] = Some(Part::Newcomer);
                }
                parts
            }
            Question::New => new_individuals::divide(rows, look_alikes, shares, seed),
        };
        let division = Self::of_parts(question, &parts);
        let wanted = |part: Part| part == Part::Train || (part == Part::Test && shares.test > 0.0);
        match Part::ALL.into_iter().find(|part| wanted(*part) && division.rows(*part).is_empty()) {
            Some(_) if !division.newcomers.is_empty() => {
                // Where all that could be asked would be kept back, nobody is.
                Self::make(rows, look_alikes, question, Shares { newcomers: 0.0, ..shares }, seed)
            }
            Some(part) => Err(DivisionError::EmptyPart { part: part.name(), question }),
            None => Ok(division),
        }
    }

    /// Divides by the part of each row, `None` for rows in no part.
    pub fn of_parts(question: Question, parts: &[Option<Part>]) -> Self {
        let of = |part: Part| {
            let rows = (0_u32..).zip(parts).filter(|(_, given)| **given == Some(part));
            rows.map(|(row, _)| row).collect()
        };
        Self {
            question,
            train: of(Part::Train),
            validation: of(Part::Validation),
            test: of(Part::Test),
            newcomers: of(Part::Newcomer),
        }
    }

    /// The rows of a part, ascending.
    pub fn rows(&self, part: Part) -> &[u32] {
        match part {
            Part::Train => &self.train,
            Part::Validation => &self.validation,
            Part::Test => &self.test,
            Part::Newcomer => &self.newcomers,
        }
    }

    /// The part of each of a table's rows.
    pub fn parts(&self, n_rows: usize) -> Vec<Option<Part>> {
        let mut parts = vec![None; n_rows];
        for part in Part::ALL {
            for row in self.rows(part) {
                if let Some(place) = parts.get_mut(*row as usize) {
                    *place = Some(part);
                }
            }
        }
        parts
    }

    /// Who asks and who answers when a part is asked; [`Part::Train`] asks itself, for either question.
    pub fn asked(&self, part: Part) -> Asked {
        let queries = self.rows(part).to_vec();
        let gallery = match (self.question, part) {
            (Question::Known, Part::Validation) => self.train.clone(),
            (Question::Known, Part::Test) => {
                let mut both = [self.train.as_slice(), &self.validation].concat();
                both.sort_unstable();
                both
            }
            _ => queries.clone(),
        };
        Asked { queries, gallery }
    }

    /// Encounters of an individual, and groups of look-alikes, that are in more than one part: what makes an
    /// evaluation look better than it is. Each as its rows; in the order of the first row.
    pub fn straddling(&self, rows: &[Row], look_alikes: &[Option<u32>]) -> Vec<Vec<u32>> {
        type Group<'a> = (Option<(&'a str, &'a str)>, Option<u32>);
        let parts = self.parts(rows.len());
        let mut groups: BTreeMap<Group<'_>, Vec<u32>> = BTreeMap::new();
        for (position, row) in (0_u32..).zip(rows).filter(|(position, _)| parts[*position as usize].is_some())
        {
            if let (Some(identity), Some(encounter)) = (&row.identity, &row.encounter) {
                groups.entry((Some((identity, encounter)), None)).or_default().push(position);
            }
            if let Some(group) = look_alikes.get(position as usize).copied().flatten() {
                groups.entry((None, Some(group))).or_default().push(position);
            }
        }
        let in_parts =
            |group: &Vec<u32>| group.iter().map(|row| parts[*row as usize]).collect::<BTreeSet<_>>().len();
        let mut found: Vec<Vec<u32>> = groups.into_values().filter(|group| in_parts(group) > 1).collect();
        found.sort();
        found.dedup();
        found
    }
}

/// Why a table cannot be divided, or a division cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DivisionError {
    /// The shares are no shares, or leave nothing to learn from.
    #[error(
        "the shares of validation ({validation}) and test ({test}) must be 0 or more and together below 1, that of \
         newcomers ({newcomers}) 0 or more and below 1"
    )]
    Shares {
        /// Share of the validation.
        validation: f64,
        /// Share of the test.
        test: f64,
        /// Share of the newcomers.
        newcomers: f64,
    },
    /// Not one group of look-alikes a row.
    #[error("{found} groups of look-alikes were given for {rows} rows")]
    LookAlikes {
        /// Rows of the table.
        rows: usize,
        /// Groups given.
        found: usize,
    },
    /// A part would be empty.
    #[error("nothing would be left for the {part} part")]
    EmptyPart {
        /// The part.
        part: &'static str,
        /// What is asked.
        question: Question,
    },
    /// The file cannot be read.
    #[error("cannot read the division: {reason}: {}", path.display())]
    Read {
        /// Why.
        #[source]
        reason: csv::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("cannot write the division: {reason}: {}", path.display())]
    Write {
        /// Why.
        #[source]
        reason: csv::Error,
        /// The file.
        path: PathBuf,
    },
    /// The file is not the division of this table.
    #[error("{fault}: {}", path.display())]
    File {
        /// What is wrong.
        fault: DivisionFault,
        /// The file.
        path: PathBuf,
    },
}

/// What can be wrong with a division's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DivisionFault {
    /// The first line is another.
    #[error("the first line must be `image_id,part`, but is `{0}`")]
    Header(String),
    /// A word that is no part.
    #[error("line {line}: the part must be train, validation, test or newcomer, but is `{word}`")]
    Part {
        /// The line, from 1.
        line: u64,
        /// What stands there.
        word: String,
    },
    /// An id that the table does not have.
    #[error("line {line}: the table has no row of this name: `{image_id}`")]
    UnknownId {
        /// The line, from 1.
        line: u64,
        /// The id.
        image_id: String,
    },
    /// A row whose individual is not known cannot be in a part.
    #[error("line {line}: the table does not say who this is: `{image_id}`")]
    Unidentified {
        /// The line, from 1.
        line: u64,
        /// The id.
        image_id: String,
    },
    /// An id is given twice.
    #[error("line {line}: this row is named twice: `{image_id}`")]
    Repeated {
        /// The line, from 1.
        line: u64,
        /// The id.
        image_id: String,
    },
    /// Rows of the table are in no part.
    #[error("{count} identified rows of the table are in no part, the first is `{first}`")]
    Missing {
        /// How many.
        count: usize,
        /// The id of the first.
        first: String,
    },
    /// Some individuals are learnt and others are not: neither question.
    #[error("`{known}` is learnt and asked but `{new}` is asked and never learnt")]
    Mixed {
        /// An individual of train that is in another part too.
        known: String,
        /// An individual of validation or test that is not in train.
        new: String,
    },
}

fn check_shares(shares: Shares) -> Result<(), DivisionError> {
    let Shares { validation, test, newcomers } = shares;
    let sensible = validation >= 0.0 && test >= 0.0 && validation + test < 1.0;
    if sensible && (0.0..1.0).contains(&newcomers) {
        Ok(())
    } else {
        Err(DivisionError::Shares { validation, test, newcomers })
    }
}

impl RoomError for DivisionError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Read { reason, .. } | Self::Write { reason, .. } => match reason.kind() {
                csv::ErrorKind::Io(error) => ErrorKind::of_file(error),
                _ => ErrorKind::User,
            },
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<Hint> {
        match self {
            Self::EmptyPart { question, .. } => {
                Some(Hint::OtherShares { asks_known: *question == Question::Known })
            }
            Self::File { fault: DivisionFault::UnknownId { .. }, .. } => Some(Hint::DivisionOfThisTable),
            Self::File { fault: DivisionFault::Missing { .. }, .. } => Some(Hint::DivideAgain),
            Self::File { fault: DivisionFault::Mixed { .. }, .. } => Some(Hint::OneQuestion),
            _ => None,
        }
    }
}

/// A number drawn for a name: what it is for another name does not matter to it.
fn draw(seed: u64, purpose: &str, name: &str) -> u64 {
    let hash = blake3::hash(name.as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    crate::generator(seed, purpose, &[u64::from_le_bytes(first)]).next_u64()
}

#[cfg(test)]
mod tests;
