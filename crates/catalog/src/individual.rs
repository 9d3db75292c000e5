//! Individuals: their names, and finding one by what a person typed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use resight_core::{CaptureTime, IndividualId, check_name, near_names};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::catalog::Catalog;
use crate::error::CatalogError;

/// How generated names begin.
const GENERATED: &str = "new-";

/// Whether a name was given by a catalog itself: another catalog may have given it to somebody else.
pub fn is_generated_name(name: &str) -> bool {
    let number = name.strip_prefix(GENERATED);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether an individual is in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndividualState {
    /// It is.
    Active,
    /// It turned out to be another one, which has its names and photos now.
    Merged(IndividualId),
    /// The step that made it was undone.
    Withdrawn,
}

impl IndividualState {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Merged(_) => "merged",
            Self::Withdrawn => "withdrawn",
        }
    }

    pub(crate) fn into_id(self) -> Option<i64> {
        if let Self::Merged(into) = self { Some(into.0) } else { None }
    }

    pub(crate) fn from_stored(word: &str, into: Option<i64>) -> Result<Self, CatalogError> {
        match (word, into) {
            ("active", None) => Ok(Self::Active),
            ("withdrawn", None) => Ok(Self::Withdrawn),
            ("merged", Some(into)) => Ok(Self::Merged(IndividualId(into))),
            _ => Err(CatalogError::Corrupt(format!("an individual is in an unknown state: {word}"))),
        }
    }
}

/// Everything stored of one active individual.
#[derive(Debug, Clone, PartialEq)]
pub struct IndividualRecord {
    /// Its id.
    pub id: IndividualId,
    /// What it is called.
    pub name: String,
    /// What else it is or was called, sorted.
    pub aliases: Vec<String>,
    /// How many annotations show it.
    pub annotations: u64,
    /// In how many photos.
    pub photos: u64,
    /// In how many encounters, as far as they are known.
    pub encounters: u64,
    /// When it was first and last photographed, by the clocks of the cameras.
    pub seen: Option<(CaptureTime, CaptureTime)>,
}

const RECORDS: &str = "SELECT individual.id, individual_name.name, count(annotation.id), \
    count(DISTINCT annotation.photo_id), count(DISTINCT annotation.encounter_id), \
    min(photo.capture_time), max(photo.capture_time) \
    FROM individual JOIN individual_name ON individual_name.individual_id = individual.id AND role = 'name' \
    LEFT JOIN annotation ON annotation.individual_id = individual.id AND annotation.removed = 0 \
    LEFT JOIN photo ON photo.id = annotation.photo_id WHERE individual.state = 'active'";

impl Catalog {
    /// All active individuals, by name.
    ///
    /// # Errors
    /// Database errors.
    pub fn individuals(&self) -> Result<Vec<IndividualRecord>, CatalogError> {
        let sql = format!("{RECORDS} GROUP BY individual.id ORDER BY individual_name.name");
        let mut statement = self.connection().prepare(&sql)?;
        let mut records: Vec<IndividualRecord> =
            statement.query_map([], record)?.collect::<Result<_, _>>()?;
        for individual in &mut records {
            individual.aliases = aliases(self.connection(), individual.id)?;
        }
        Ok(records)
    }

    /// One active individual.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchIndividual`], [`CatalogError::Retired`]; database errors.
    pub fn individual(&self, id: IndividualId) -> Result<IndividualRecord, CatalogError> {
        require_active(self.connection(), id)?;
        let sql = format!("{RECORDS} AND individual.id = ?1 GROUP BY individual.id");
        let mut found = self.connection().prepare_cached(&sql)?.query_row([id.0], record)?;
        found.aliases = aliases(self.connection(), id)?;
        Ok(found)
    }

    /// What an individual is called; `None` for one that is no longer in the catalog.
    ///
    /// # Errors
    /// Database errors.
    pub fn individual_name(&self, id: IndividualId) -> Result<Option<String>, CatalogError> {
        name_of(self.connection(), id)
    }

    /// The individual that a person means: by name, by alias, or by id as in `ind-12`. The id of one that was
    /// merged leads to the one it was merged into.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchName`] with names like it; [`CatalogError::Retired`]; database errors.
    pub fn find_individual(&self, text: &str) -> Result<IndividualId, CatalogError> {
        let name = text.trim();
        if let Ok(stored) = check_name(name)
            && let Some(id) = owner_in_any_form(self.connection(), &stored)?
        {
            return Ok(id);
        }
        if let Ok(id) = name.parse::<IndividualId>()
            && let Some(id) = follow_merges(self.connection(), id)?
        {
            return Ok(id);
        }
        let mut statement = self.connection().prepare("SELECT name FROM individual_name ORDER BY name")?;
        let names: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let near = near_names(name, names.iter().map(String::as_str));
        Err(CatalogError::NoSuchName { name: name.to_owned(), near })
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<IndividualRecord> {
    let count = |column| row.get::<_, i64>(column).map(i64::cast_unsigned);
    // As text they are in the order of the cameras' clocks. A time that is none is shown as none.
    let time = |column| {
        Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.and_then(|text| text.parse().ok()))
    };
    let (first, last): (Option<CaptureTime>, Option<CaptureTime>) = (time(5)?, time(6)?);
    Ok(IndividualRecord {
        id: IndividualId(row.get(0)?),
        name: row.get(1)?,
        aliases: Vec::new(),
        annotations: count(2)?,
        photos: count(3)?,
        encounters: count(4)?,
        seen: first.zip(last),
    })
}

fn aliases(connection: &Connection, individual: IndividualId) -> Result<Vec<String>, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT name FROM individual_name WHERE individual_id = ?1 AND role = 'alias' ORDER BY name",
    )?;
    Ok(statement.query_map([individual.0], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Who has this name, as name or alias.
pub(crate) fn owner_of(connection: &Connection, name: &str) -> Result<Option<IndividualId>, CatalogError> {
    let mut statement =
        connection.prepare_cached("SELECT individual_id FROM individual_name WHERE name = ?1")?;
    Ok(statement.query_row([name], |row| row.get(0)).optional()?.map(IndividualId))
}

/// Who has this name, as it is stored today or as an earlier version stored it.
pub(crate) fn owner_in_any_form(
    connection: &Connection,
    name: &str,
) -> Result<Option<IndividualId>, CatalogError> {
    match owner_of(connection, name)? {
        Some(owner) => Ok(Some(owner)),
        None => Ok(names_in_old_forms(connection)?.remove(name)),
    }
}

/// Names that an earlier version stored in another form than they are stored in today, by today's form.
pub(crate) fn names_in_old_forms(
    connection: &Connection,
) -> Result<BTreeMap<String, IndividualId>, CatalogError> {
    let mut statement = connection.prepare_cached("SELECT name, individual_id FROM individual_name")?;
    let mut rows = statement.query([])?;
    let mut found = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        if let Ok(Cow::Owned(today)) = check_name(&name) {
            found.insert(today, IndividualId(row.get(1)?));
        }
    }
    Ok(found)
}

pub(crate) fn name_of(connection: &Connection, id: IndividualId) -> Result<Option<String>, CatalogError> {
    let mut statement = connection
        .prepare_cached("SELECT name FROM individual_name WHERE individual_id = ?1 AND role = 'name'")?;
    Ok(statement.query_row([id.0], |row| row.get(0)).optional()?)
}

/// The state of an individual; `None` where there never was one.
pub(crate) fn state(
    connection: &Connection,
    id: IndividualId,
) -> Result<Option<IndividualState>, CatalogError> {
    let found: Option<(String, Option<i64>)> = connection
        .prepare_cached("SELECT state, merged_into FROM individual WHERE id = ?1")?
        .query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(word, into)| IndividualState::from_stored(&word, into)).transpose()
}

/// # Errors
/// [`CatalogError::NoSuchIndividual`], [`CatalogError::Retired`]; database errors.
pub(crate) fn require_active(connection: &Connection, id: IndividualId) -> Result<(), CatalogError> {
    match state(connection, id)? {
        Some(IndividualState::Active) => Ok(()),
        Some(IndividualState::Merged(into)) => {
            Err(CatalogError::Retired { individual: id, merged_into: Some(into) })
        }
        Some(IndividualState::Withdrawn) => Err(CatalogError::Retired { individual: id, merged_into: None }),
        None => Err(CatalogError::NoSuchIndividual(id)),
    }
}

/// From an individual to the one it is now; `None` where there never was one.
///
/// # Errors
/// [`CatalogError::Retired`]; [`CatalogError::Corrupt`] where the merges go in a circle; database errors.
pub(crate) fn follow_merges(
    connection: &Connection,
    asked: IndividualId,
) -> Result<Option<IndividualId>, CatalogError> {
    let mut id = asked;
    let mut passed = BTreeSet::new();
    while let Some(found) = state(connection, id)? {
        if !passed.insert(id) {
            return Err(CatalogError::Corrupt(format!("individuals were merged in a circle: {asked}")));
        }
        match found {
            IndividualState::Active => return Ok(Some(id)),
            IndividualState::Merged(into) => id = into,
            IndividualState::Withdrawn => {
                return Err(CatalogError::Retired { individual: asked, merged_into: None });
            }
        }
    }
    Ok(None)
}

/// A name as it is stored: see [`check_name`].
///
/// # Errors
/// [`CatalogError::BadName`].
pub(crate) fn clean_name(name: &str) -> Result<Cow<'_, str>, CatalogError> {
    check_name(name).map_err(|_| CatalogError::BadName(name.escape_debug().to_string()))
}

/// The next generated name: one more than the greatest number there is.
pub(crate) fn generated_name(connection: &Connection) -> Result<String, CatalogError> {
    let mut statement = connection.prepare_cached(
        "SELECT max(CAST(substr(name, ?2) AS INTEGER)) FROM \
         (SELECT name FROM individual_name UNION SELECT name FROM journal_name) \
         WHERE name GLOB ?1 AND NOT substr(name, ?2) GLOB '*[^0-9]*' AND length(name) < 20",
    )?;
    let first_digit = i64::try_from(GENERATED.len()).unwrap_or(0) + 1;
    let greatest: Option<i64> =
        statement.query_row(params![format!("{GENERATED}[0-9]*"), first_digit], |row| row.get(0))?;
    Ok(format!("{GENERATED}{:04}", greatest.unwrap_or(0).saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_earlier_version_are_known_by_todays_form() {
        let connection = crate::schema::in_memory();
        connection
            .execute_batch(
                "INSERT INTO individual (state) VALUES ('active'), ('active');
                 INSERT INTO individual_name VALUES ('Jose\u{301}', 1, 'name'), ('Luna', 2, 'name'), ('Big  Luna', 2, 'alias');",
            )
            .unwrap();
        let old = names_in_old_forms(&connection).unwrap();
        let found: Vec<(&str, i64)> = old.iter().map(|(name, id)| (name.as_str(), id.0)).collect();
        assert_eq!(found, [("Big Luna", 2), ("José", 1)]);
    }
}
