//! Verdicts: what somebody says of a pair, an animal in a photo and an individual, who looked at both.
//!
//! A verdict is a label of the annotation, one for each individual ([`LabelName::Verdict`]): it is a step of the journal, and is taken
//! back as other steps are. Whom an annotation shows is decided by its assignment alone; a verdict says what that rests on,
//! and keeps what was said of those that it is not.

use jiff::Timestamp;
use resight_core::{AnnotationId, IndividualId};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::failure::timestamp;
use crate::individual;
use crate::journal::EntryId;
use crate::label::{LabelName, LabelSubject};
use crate::signature::Actor;

/// Letters of a note or a tag, at most.
const LONGEST: usize = 2000;

/// Whether an animal in a photo is an individual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairWord {
    /// It is.
    Same,
    /// It is not.
    Different,
    /// The photos show enough, and still it cannot be said.
    CannotTell,
    /// The photos do not show the same: other sides, other parts.
    NotComparable,
}

/// How sure a person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum Confidence {
    /// 1
    Guessing,
    /// 2
    NotSure,
    /// 3
    PrettySure,
    /// 4
    AbsolutelySure,
}

impl TryFrom<u8> for Confidence {
    type Error = &'static str;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Ok(match number {
            1 => Self::Guessing,
            2 => Self::NotSure,
            3 => Self::PrettySure,
            4 => Self::AbsolutelySure,
            _ => return Err("a confidence is 1, 2, 3 or 4"),
        })
    }
}

impl From<Confidence> for u8 {
    fn from(confidence: Confidence) -> Self {
        match confidence {
            Confidence::Guessing => 1,
            Confidence::NotSure => 2,
            Confidence::PrettySure => 3,
            Confidence::AbsolutelySure => 4,
        }
    }
}

/// What is said of a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairVerdict {
    /// The verdict.
    pub verdict: PairWord,
    /// How sure whoever said it was, where they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// In their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What kind of case it is, in a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// What they were shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<ShownForVerdict>,
    /// Who said so: a second person who says the same is heard too. The step that records it fills it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// What was shown to whoever gave a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownForVerdict {
    /// The bundle whose answer that was.
    pub bundle: String,
    /// The place of the individual among the candidates, from 1; none where it was not among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<usize>,
    /// How probable the individual was said to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// How probable a new individual was said to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_probability: Option<f64>,
    /// How many individuals the animal was compared with.
    pub individuals: usize,
    /// Whether probabilities and earlier verdicts were hidden.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blind: bool,
}

/// A verdict that stands.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictRecord {
    /// The animal in a photo.
    pub annotation: AnnotationId,
    /// The individual; the one that it was merged into, where it was.
    pub individual: IndividualId,
    /// What is said.
    pub said: PairVerdict,
    /// The step by which it stands.
    pub entry: EntryId,
    /// Who made that step.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl PairVerdict {
    /// The verdict alone.
    pub fn plain(verdict: PairWord) -> Self {
        Self { verdict, confidence: None, note: None, tag: None, shown: None, by: None }
    }

    /// As the value of [`LabelName::Verdict`].
    pub(crate) fn text(&self) -> String {
        serde_json::json!(self).to_string()
    }

    /// Reads the value of [`LabelName::Verdict`]; `None` where it is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let said: Self = serde_json::from_str(text).ok()?;
        let fits = |words: &Option<String>| words.as_ref().is_none_or(|words| words.len() <= LONGEST);
        (fits(&said.note) && fits(&said.tag)).then_some(said)
    }
}

impl Catalog {
    /// The verdicts that stand on an annotation, the latest first.
    ///
    /// # Errors
    /// [`CatalogError::Corrupt`]; database errors.
    pub fn verdicts_on(&self, annotation: AnnotationId) -> Result<Vec<VerdictRecord>, CatalogError> {
        let mut statement = self
            .connection()
            .prepare_cached("SELECT individual_id, said FROM verdict WHERE annotation_id = ?1")?;
        let mut rows = statement.query([annotation.0])?;
        let mut standing = Vec::new();
        while let Some(row) = rows.next()? {
            let (individual, said) = (IndividualId(row.get(0)?), row.get::<_, String>(1)?);
            let now = match individual::follow_merges(self.connection(), individual) {
                Ok(now) => now.unwrap_or(individual),
                // Its making was undone: nobody is compared with it any more.
                Err(CatalogError::Retired { .. }) => continue,
                Err(error) => return Err(error),
            };
            standing.push(VerdictRecord { individual: now, ..self.standing(annotation, individual, &said)? });
        }
        standing.sort_by_key(|record| std::cmp::Reverse(record.entry));
        Ok(standing)
    }

    fn standing(
        &self,
        annotation: AnnotationId,
        individual: IndividualId,
        said: &str,
    ) -> Result<VerdictRecord, CatalogError> {
        let corrupt =
            || CatalogError::Corrupt(format!("a verdict cannot be read: {annotation}, {individual}"));
        let (entry, kind, actor, at): (i64, String, String, String) = self
            .connection()
            .prepare_cached(
                "SELECT entry_id, actor_kind, actor, at FROM journal_label JOIN journal_entry ON id = entry_id \
                 WHERE subject = 'annotation' AND subject_id = ?1 AND label = ?2 ORDER BY entry_id DESC LIMIT 1",
            )?
            .query_row(params![annotation.0, LabelName::Verdict(individual).stored()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?
            .ok_or_else(corrupt)?;
        Ok(VerdictRecord {
            annotation,
            individual,
            said: PairVerdict::read(said).ok_or_else(corrupt)?,
            entry: EntryId(entry),
            by: Actor::from_stored(&kind, actor),
            at: timestamp(&at)?,
        })
    }
}

/// The verdict on an annotation and an individual, as a label's value.
pub(crate) fn present(
    connection: &Connection,
    annotation: i64,
    individual: IndividualId,
) -> Result<Option<String>, CatalogError> {
    let found = connection
        .prepare_cached("SELECT said FROM verdict WHERE annotation_id = ?1 AND individual_id = ?2")?
        .query_row(params![annotation, individual.0], |row| row.get(0));
    Ok(found.optional()?)
}

/// Makes the verdict on an annotation and an individual say something else.
pub(crate) fn put(
    connection: &Connection,
    annotation: i64,
    individual: IndividualId,
    said: Option<&str>,
) -> Result<(), CatalogError> {
    match said {
        Some(said) => connection
            .prepare_cached(
                "INSERT INTO verdict (annotation_id, individual_id, said) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (annotation_id, individual_id) DO UPDATE SET said = excluded.said",
            )?
            .execute(params![annotation, individual.0, said])?,
        None => connection
            .prepare_cached("DELETE FROM verdict WHERE annotation_id = ?1 AND individual_id = ?2")?
            .execute(params![annotation, individual.0])?,
    };
    Ok(())
}

/// The label that says this of an annotation.
pub(crate) fn label_of(annotation: AnnotationId, individual: IndividualId) -> (LabelSubject, LabelName) {
    (LabelSubject::Annotation(annotation), LabelName::Verdict(individual))
}
