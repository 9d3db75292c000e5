//! The catalog as a table of labelled annotations, for training and evaluation.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use resight_catalog::{AnnotationRecord, Catalog, LabelName, LabelSubject};
use resight_core::{AnnotationId, GivenBox, LabelSource};
use resight_dataset::{Row, TableWriteError, TableWriter};
use resight_files::Output;
use serde::Serialize;

use crate::{EngineError, Session, Warning};

/// What to write, and where.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The table to write; it appears whole or not at all.
    pub table: Output,
    /// Only annotations whose individual is known.
    pub identified_only: bool,
    /// Whether species and viewpoints are written that only a model says.
    pub labels_of_models: bool,
}

/// What was written.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ExportReport {
    /// Rows of the table.
    pub rows: usize,
    /// Those of them with an individual.
    pub identified: usize,
    /// Annotations that a table cannot hold.
    pub left_out: Vec<Warning>,
}

/// Why a table was not written.
enum Failed {
    /// The file.
    File(std::io::Error),
    /// The catalog, or a cell.
    Rows(EngineError),
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::File(error)
    }
}

impl Session {
    /// Writes the catalog as a table.
    ///
    /// # Errors
    /// The catalog cannot be read or the file cannot be written.
    pub fn export_table(&self, request: &ExportRequest) -> Result<ExportReport, EngineError> {
        self.read(|catalog| write_table(catalog, request))
    }

    /// The whole catalog as a table, with what people and files say of it. Paths of photos below the folder that the catalog lies in begin there;
    /// others are whole.
    ///
    /// # Errors
    /// The catalog cannot be read.
    pub fn table(&self) -> Result<Vec<u8>, EngineError> {
        let folder = std::path::absolute(self.folder())
            .map_err(|error| EngineError::file("find the folder", self.folder(), error))?;
        let beside = folder.parent().unwrap_or(&folder);
        let all = Wanted { identified_only: false, labels_of_models: false };
        let mut table = Vec::new();
        self.read(|catalog| write_rows(catalog, all, &mut table, beside, Path::new("the table")))?;
        Ok(table)
    }
}

/// Which rows and labels.
#[derive(Clone, Copy)]
struct Wanted {
    identified_only: bool,
    labels_of_models: bool,
}

fn write_table(catalog: &Catalog, request: &ExportRequest) -> Result<ExportReport, EngineError> {
    let path = request.table.path();
    let failed = |error: std::io::Error| EngineError::file("write the table", path, error);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let folder = std::path::absolute(&folder).map_err(failed)?;
    let wanted =
        Wanted { identified_only: request.identified_only, labels_of_models: request.labels_of_models };
    let written = request
        .table
        .write_with(|output| write_rows(catalog, wanted, output, &folder, path).map_err(Failed::Rows));
    written.map_err(|error| match error {
        Failed::File(error) => failed(error),
        Failed::Rows(error) => error,
    })
}

fn write_rows(
    catalog: &Catalog,
    wanted: Wanted,
    output: impl Write,
    folder: &Path,
    table: &Path,
) -> Result<ExportReport, EngineError> {
    let unwritable = |error: TableWriteError| EngineError::about(table, error);
    let mut annotations = catalog.annotations()?;
    annotations.retain(|annotation| !wanted.identified_only || annotation.individual.is_some());
    // A table does not say whose word a grade is: one that was measured is measured again.
    for annotation in annotations.iter_mut().filter(|one| one.quality.is_some()) {
        if by_model(catalog, annotation.id, &LabelName::Quality)? {
            annotation.quality = None;
        }
    }
    let columns = further_columns(&annotations);
    let mut writer = TableWriter::new(output, folder, &columns).map_err(unwritable)?;
    let mut report = ExportReport::default();
    for annotation in annotations {
        let mut row = row(catalog, &annotation, &columns)?;
        if !wanted.labels_of_models {
            if by_model(catalog, annotation.id, &LabelName::Species)? {
                row.species = None;
            }
            if by_model(catalog, annotation.id, &LabelName::Viewpoint)? {
                row.viewpoint = None;
            }
        }
        match writer.write(&row) {
            Ok(()) => {
                report.rows += 1;
                report.identified += usize::from(row.identity.is_some());
            }
            Err(error) if error.concerns_row() => {
                report.left_out.push(Warning { about: annotation.id.to_string(), message: error.to_string() })
            }
            Err(error) => return Err(unwritable(error)),
        }
    }
    writer.finish().map_err(unwritable)?;
    Ok(report)
}

/// Whether a label is a model's word.
fn by_model(catalog: &Catalog, annotation: AnnotationId, label: &LabelName) -> Result<bool, EngineError> {
    let said = catalog.label_of(LabelSubject::Annotation(annotation), label)?;
    Ok(said.is_some_and(|said| matches!(said.source, Some(LabelSource::Model(_)))))
}

/// The columns of a table of these annotations beyond those that every table has: body part and quality, where one says
/// them, and the attributes.
fn further_columns(annotations: &[AnnotationRecord]) -> Vec<String> {
    let has = |says: fn(&AnnotationRecord) -> bool| annotations.iter().any(says);
    let body_part = has(|one| one.body_part.is_some()).then(|| BODY_PART.to_owned());
    let quality = has(|one| one.quality.is_some()).then(|| QUALITY.to_owned());
    let attributes: BTreeSet<&String> = annotations.iter().flat_map(|one| one.attributes.keys()).collect();
    let rotation =
        has(|one| one.region.is_some_and(|region| region.rotation != 0.0)).then(|| ROTATION.to_owned());
    let mut columns: Vec<String> = [body_part, quality, rotation].into_iter().flatten().collect();
    for name in attributes {
        if !columns.contains(name) {
            columns.push(name.clone());
        }
    }
    columns
}

const BODY_PART: &str = "body_part";
const QUALITY: &str = "quality";
/// How far the box is turned, in radians.
const ROTATION: &str = "theta";

fn further_cell(annotation: &AnnotationRecord, column: &str) -> String {
    match (column, &annotation.body_part, annotation.quality) {
        (BODY_PART, Some(part), _) => part.to_string(),
        (QUALITY, _, Some(quality)) => quality.to_string(),
        (ROTATION, ..) => annotation.region.map_or_else(String::new, |region| region.rotation.to_string()),
        _ => annotation.attributes.get(column).cloned().unwrap_or_default(),
    }
}

fn row(catalog: &Catalog, annotation: &AnnotationRecord, columns: &[String]) -> Result<Row, EngineError> {
    let photo = catalog.photo(&annotation.photo)?;
    let identity = match annotation.individual {
        Some(individual) => catalog.individual_name(individual)?,
        None => None,
    };
    let path = photo.paths.first().cloned().unwrap_or_default();
    Ok(Row {
        identity,
        species: annotation.species.clone(),
        viewpoint: annotation.viewpoint.clone(),
        encounter: annotation.encounter.as_ref().map(|(_, _, key)| key.clone()),
        date: photo.capture_time,
        latitude: photo.position.map(|(latitude, _)| latitude),
        longitude: photo.position.map(|(_, longitude)| longitude),
        boxes: annotation.region.map(GivenBox::upright).into_iter().collect(),
        extra: columns.iter().map(|column| further_cell(annotation, column)).collect(),
        ..Row::of_photo(0, annotation.id.to_string(), path)
    })
}
