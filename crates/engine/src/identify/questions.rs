//! From what is named on a command line to questions, each of which gets one answer an animal, or one in all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use resight_catalog::{AnnotationRecord, Catalog};
use resight_core::{AnnotationId, GivenBox, LabelFilter};
use resight_dataset::{ReadOptions, Row, SourceKind, Table, WarningKind, read_source};
use resight_imaging::{Limits, PhotoHeader, read_photo};

use super::{AnswerBy, DrawnBox, IdentifyRequest, PhotoInMemory, Subject};
use crate::{EngineError, Hint, Warning};

/// Files with these extensions are tables of queries; all others are photos.
const TABLES: [&str; 2] = ["csv", "tsv"];

/// One photo asked about, or some animals in it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub(super) path: PathBuf,
    /// The photo itself, where it is no file; `path` is what to call it then.
    pub(super) bytes: Option<Arc<[u8]>>,
    /// What the table calls the row.
    pub(super) row: Option<String>,
    /// Where the animals are, where that was said; else the catalog knows it, or the detector is asked.
    pub(super) boxes: Vec<GivenBox>,
    /// Species and viewpoint that the table states.
    pub(super) labels: LabelFilter,
    /// The annotation of the catalog that is asked about; none asks about the photo.
    pub(super) annotation: Option<AnnotationRecord>,
}

impl Query {
    fn of_photo(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            bytes: None,
            row: None,
            boxes: Vec::new(),
            labels: LabelFilter::default(),
            annotation: None,
        }
    }

    fn of_annotation(catalog: &Catalog, annotation: AnnotationRecord) -> Result<Self, EngineError> {
        let path = catalog.photo_paths(&annotation.photo)?.into_iter().next();
        let path = path.unwrap_or_else(|| annotation.photo.short().into());
        Ok(Self { annotation: Some(annotation), ..Self::of_photo(&path) })
    }

    fn in_memory(photo: &PhotoInMemory) -> Self {
        Self { bytes: Some(Arc::clone(&photo.bytes)), ..Self::of_photo(Path::new(&photo.name)) }
    }

    /// A row asks with its box and labels. Whom it names stays out of it: that is what is asked.
    fn of_row(row: &Row) -> Self {
        Self {
            path: row.path.clone(),
            bytes: None,
            row: Some(row.image_id.clone()),
            boxes: row.boxes.clone(),
            labels: LabelFilter { species: row.species.clone(), viewpoint: row.viewpoint.clone() },
            annotation: None,
        }
    }

    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// Queries that are answered at once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Question {
    pub(super) queries: Vec<Query>,
    /// Whether all of them show one animal and get one answer.
    pub(super) together: bool,
    /// What the table or the catalog calls the encounter.
    pub(super) encounter: Option<String>,
}

impl Question {
    fn alone(query: Query) -> Self {
        Self { queries: vec![query], together: false, encounter: None }
    }
}

/// Everything asked, in order, and what was noticed on the way.
#[derive(Debug, Default)]
pub(super) struct Questions {
    pub(super) questions: Vec<Question>,
    /// Rows that cannot be asked.
    pub(super) not_asked: Vec<Warning>,
    pub(super) remarks: Vec<Warning>,
}

impl Questions {
    /// # Errors
    /// A folder or table cannot be read, names no photo, or states no encounters where they are asked for; a box
    /// leaves its picture.
    pub(super) fn of(request: &IdentifyRequest, catalog: &Catalog) -> Result<Self, EngineError> {
        match &request.subject {
            Subject::Sources { paths, read } => Self::of_sources(paths, read, request.by),
            Subject::Boxes { photo, boxes } => {
                let query = Query { boxes: in_picture(photo, boxes)?, ..Query::of_photo(photo) };
                Ok(Self { questions: vec![Question::alone(query)], ..Self::default() })
            }
            Subject::InMemory(photos) => {
                let (mut all, mut together) = (Self::default(), Vec::new());
                all.add(photos.iter().map(Query::in_memory), request.by, &mut together);
                Ok(all.and_together(together))
            }
            Subject::Unidentified => Self::of_unidentified(catalog, request.by),
            Subject::Annotations(cases) => Self::of_annotations(catalog, cases),
        }
    }

    pub(super) fn n_queries(&self) -> usize {
        self.questions.iter().map(|question| question.queries.len()).sum()
    }

    fn of_sources(paths: &[PathBuf], read: &ReadOptions, by: AnswerBy) -> Result<Self, EngineError> {
        let mut all = Self::default();
        let mut together = Vec::new();
        for path in paths {
            if path.is_dir() {
                let kind = Some(read.kind.unwrap_or(SourceKind::FolderTree));
                let table = all.read(path, &ReadOptions { kind, ..read.clone() })?;
                match table.kind {
                    SourceKind::FolderTree | SourceKind::FolderPerIndividual => {
                        all.add_photos(table.rows.iter().map(|row| row.path.as_path()), by, &mut together);
                    }
                    _ => all.add_table(path, &table, by)?,
                }
            } else if is_table(path) {
                let table = all.read(path, read)?;
                all.add_table(path, &table, by)?;
            } else {
                all.add_photos(std::iter::once(path.as_path()), by, &mut together);
            }
        }
        Ok(all.and_together(together))
    }

    fn add_photos<'a>(
        &mut self,
        photos: impl Iterator<Item = &'a Path>,
        by: AnswerBy,
        together: &mut Vec<Query>,
    ) {
        self.add(photos.map(Query::of_photo), by, together);
    }

    /// With these as one question more, where there are any.
    fn and_together(mut self, together: Vec<Query>) -> Self {
        if !together.is_empty() {
            self.questions.push(Question { queries: together, together: true, encounter: None });
        }
        self
    }

    fn add(&mut self, queries: impl Iterator<Item = Query>, by: AnswerBy, together: &mut Vec<Query>) {
        match by {
            AnswerBy::Animal => self.questions.extend(queries.map(Question::alone)),
            AnswerBy::Encounter => together.extend(queries),
        }
    }

    fn read(&mut self, path: &Path, read: &ReadOptions) -> Result<Table, EngineError> {
        // Photos that are not there are found when they are opened.
        let table = read_source(path, &ReadOptions { check_files: false, ..read.clone() })?;
        if table.rows.is_empty() {
            return Err(EngineError::user(format!("no photos to ask about: {}", path.display())));
        }
        for warning in &table.warnings {
            let told = Warning { about: path.display().to_string(), message: warning.to_string() };
            if leaves_a_row_out(&warning.kind) { self.not_asked.push(told) } else { self.remarks.push(told) }
        }
        Ok(table)
    }

    fn add_table(&mut self, path: &Path, table: &Table, by: AnswerBy) -> Result<(), EngineError> {
        if by == AnswerBy::Animal {
            self.questions.extend(table.rows.iter().map(|row| Question::alone(Query::of_row(row))));
            return Ok(());
        }
        if table.rows.iter().all(|row| row.encounter.is_none()) {
            return Err(EngineError::user(format!("the table states no encounters: {}", path.display()))
                .with_hint(Hint::EncounterColumn));
        }
        self.add_grouped(table.rows.iter().map(|row| (row.encounter.clone(), Query::of_row(row))));
        Ok(())
    }

    fn of_unidentified(catalog: &Catalog, by: AnswerBy) -> Result<Self, EngineError> {
        let mut queries = Vec::new();
        for annotation in catalog.unidentified_annotations()? {
            let encounter = annotation.encounter.as_ref().map(|(_, _, key)| key.clone());
            queries.push((encounter, Query::of_annotation(catalog, annotation)?));
        }
        let mut all = Self::default();
        match by {
            AnswerBy::Animal => {
                all.questions = queries.into_iter().map(|(_, q)| Question::alone(q)).collect()
            }
            AnswerBy::Encounter => all.add_grouped(queries.into_iter()),
        }
        Ok(all)
    }

    fn of_annotations(catalog: &Catalog, cases: &[Vec<AnnotationId>]) -> Result<Self, EngineError> {
        let mut all = Self::default();
        for case in cases {
            let query = |id: &AnnotationId| Query::of_annotation(catalog, catalog.annotation(*id)?);
            let queries = case.iter().map(query).collect::<Result<Vec<_>, _>>()?;
            all.questions.push(Question { together: queries.len() > 1, queries, encounter: None });
        }
        Ok(all)
    }

    /// Queries with the same key become one question, at the place of the first of them; one without a key is one of
    /// its own.
    fn add_grouped(&mut self, queries: impl Iterator<Item = (Option<String>, Query)>) {
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (key, query) in queries {
            let Some(key) = key else {
                self.questions.push(Question::alone(query));
                continue;
            };
            match places.get(&key) {
                Some(&place) => self.questions[place].queries.push(query),
                None => {
                    places.insert(key.clone(), self.questions.len());
                    let queries = vec![query];
                    self.questions.push(Question { queries, together: true, encounter: Some(key) });
                }
            }
        }
    }
}

fn is_table(path: &Path) -> bool {
    path.extension().is_some_and(|found| TABLES.iter().any(|table| found.eq_ignore_ascii_case(table)))
}

fn leaves_a_row_out(kind: &WarningKind) -> bool {
    matches!(
        kind,
        WarningKind::Ragged { .. } | WarningKind::RowTooLong | WarningKind::NulByte | WarningKind::NoPath
    )
}

/// The boxes in pixels of the upright photo, whose header is read for its size.
fn in_picture(photo: &Path, boxes: &[DrawnBox]) -> Result<Vec<GivenBox>, EngineError> {
    let limits = Limits::default();
    let bytes =
        read_photo(photo, &limits).map_err(|error| EngineError::file("read the photo", photo, error))?;
    let header = PhotoHeader::read(&bytes, &limits)
        .map_err(|error| EngineError::user(format!("cannot be decoded: {error}: {}", photo.display())))?;
    boxes.iter().map(|drawn| Ok(GivenBox::upright(drawn.in_picture(header.full_size)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(name: &str) -> Query {
        Query::of_photo(Path::new(name))
    }

    #[test]
    fn queries_of_one_encounter_come_together_where_the_first_of_them_stands() {
        let keyed = [("a", Some("e1")), ("b", None), ("c", Some("e2")), ("d", Some("e1")), ("e", None)];
        let mut all = Questions::default();
        all.add_grouped(keyed.into_iter().map(|(name, key)| (key.map(str::to_owned), query(name))));
        let shown: Vec<(Vec<String>, bool)> = all
            .questions
            .iter()
            .map(|question| (question.queries.iter().map(Query::shown).collect(), question.together))
            .collect();
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            shown,
            [
                (names(&["a", "d"]), true),
                (names(&["b"]), false),
                (names(&["c"]), true),
                (names(&["e"]), false)
            ]
        );
    }

    #[test]
    fn tables_are_known_by_their_extension() {
        assert!(is_table(Path::new("q.csv")) && is_table(Path::new("Q.TSV")));
        assert!(!is_table(Path::new("q.jpg")) && !is_table(Path::new("csv")));
    }

    #[test]
    fn whom_a_row_names_does_not_come_along() {
        let named =
            Row { identity: Some("Ada".to_owned()), ..Row::of_photo(2, "1".to_owned(), "a.jpg".into()) };
        let unnamed = Row::of_photo(2, "1".to_owned(), "a.jpg".into());
        assert_eq!(Query::of_row(&named), Query::of_row(&unnamed));
    }
}
