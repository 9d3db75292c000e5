//! Changes of labels, as the journal keeps them.

use resight_core::{AnnotationId, EncounterId, IndividualId, LabelSource};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::{Action, EntryId};
use crate::error::CatalogError;
use crate::label::{self, LabelChange, LabelName, LabelSubject, LabelValue};
use crate::photo;

/// What a label says, as text.
#[derive(Serialize, Deserialize)]
struct Stored {
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f32>,
}

pub(super) fn write(
    connection: &Connection,
    entry: EntryId,
    changes: &[LabelChange],
) -> Result<(), CatalogError> {
    let mut add = connection.prepare_cached(
        "INSERT INTO journal_label (entry_id, subject, subject_id, label, before, after) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for c in changes {
        let (word, id) = (label::table_of(c.subject), label::row_of(connection, c.subject)?);
        let (before, after) = (c.before.as_ref().map(stored), c.after.as_ref().map(stored));
        add.execute(params![entry.0, word, id, c.label.stored(), before, after])?;
    }
    Ok(())
}

pub(super) fn read(connection: &Connection, entry: EntryId) -> Result<Vec<LabelChange>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT subject, subject_id, label, before, after FROM journal_label WHERE entry_id = ?1 \
         ORDER BY subject, subject_id, label",
    )?;
    let mut rows = statement.query([entry.0])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let word: String = row.get(2)?;
        let label = LabelName::from_stored(&word)
            .ok_or_else(|| CatalogError::Corrupt(format!("an unknown label in the journal: {word}")))?;
        changes.push(LabelChange {
            subject: subject(connection, &row.get::<_, String>(0)?, row.get(1)?)?,
            label,
            before: row.get::<_, Option<String>>(3)?.as_deref().map(value).transpose()?,
            after: row.get::<_, Option<String>>(4)?.as_deref().map(value).transpose()?,
        });
    }
    Ok(changes)
}

/// The latest entry that changed this label, where it is later than `entry`.
pub(super) fn latest(
    connection: &Connection,
    change: &LabelChange,
    entry: EntryId,
) -> Result<Option<EntryId>, CatalogError> {
    let (word, id) = (label::table_of(change.subject), label::row_of(connection, change.subject)?);
    let found: Option<i64> = connection
        .prepare_cached(
            "SELECT max(entry_id) FROM journal_label \
             WHERE subject = ?1 AND subject_id = ?2 AND label = ?3 AND entry_id > ?4",
        )?
        .query_row(params![word, id, change.label.stored(), entry.0], |row| row.get(0))?;
    Ok(found.map(EntryId))
}

/// Who took a label away, where that is the last thing that the journal says of it.
pub(super) fn taken_away_by(
    connection: &Connection,
    subject: LabelSubject,
    label: &LabelName,
) -> Result<Option<String>, CatalogError> {
    let (word, id) = (label::table_of(subject), label::row_of(connection, subject)?);
    let last: Option<(String, String, bool)> = connection
        .prepare_cached(
            "SELECT action, actor, after IS NULL FROM journal_label JOIN journal_entry ON id = entry_id \
             WHERE subject = ?1 AND subject_id = ?2 AND label = ?3 ORDER BY entry_id DESC LIMIT 1",
        )?
        .query_row(params![word, id, label.stored()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let taken = last.filter(|(action, _, is_gone)| *is_gone && action == Action::Label.word());
    Ok(taken.map(|(_, actor, _)| actor))
}

/// What a label said before each of its changes, the latest change first.
pub(super) fn former(
    connection: &Connection,
    subject: LabelSubject,
    label: &LabelName,
) -> Result<Vec<LabelValue>, CatalogError> {
    let (word, id) = (label::table_of(subject), label::row_of(connection, subject)?);
    let mut statement = connection.prepare_cached(
        "SELECT before FROM journal_label WHERE subject = ?1 AND subject_id = ?2 AND label = ?3 \
         AND before IS NOT NULL ORDER BY entry_id DESC",
    )?;
    let mut rows = statement.query(params![word, id, label.stored()])?;
    let mut former = Vec::new();
    while let Some(row) = rows.next()? {
        former.push(value(&row.get::<_, String>(0)?)?);
    }
    Ok(former)
}

fn subject(connection: &Connection, word: &str, id: i64) -> Result<LabelSubject, CatalogError> {
    Ok(match word {
        "annotation" => LabelSubject::Annotation(AnnotationId(id)),
        "individual" => LabelSubject::Individual(IndividualId(id)),
        "encounter" => LabelSubject::Encounter(EncounterId(id)),
        _ => LabelSubject::Photo(photo::content_of(connection, id)?),
    })
}

fn stored(said: &LabelValue) -> String {
    let source = said.source.as_ref();
    let stored = Stored {
        value: said.value.clone(),
        source: source.map(|source| source.word().to_owned()),
        by: source.and_then(LabelSource::by).map(str::to_owned),
        confidence: said.confidence,
    };
    serde_json::json!(stored).to_string()
}

fn value(text: &str) -> Result<LabelValue, CatalogError> {
    let corrupt = || CatalogError::Corrupt(format!("a label in the journal cannot be read: {text}"));
    let Stored { value, source, by, confidence } = serde_json::from_str(text).map_err(|_| corrupt())?;
    let source = match source {
        Some(word) => Some(LabelSource::from_words(&word, by).ok_or_else(corrupt)?),
        None => None,
    };
    Ok(LabelValue { value, source, confidence })
}
