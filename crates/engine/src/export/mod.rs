//! What leaves a catalog for other programs: its sightings in their formats, and capture histories.
//!
//! The formats are those of [`resight_dataset::exchange`] and of `resight_capture`; here the catalog is brought into their forms, what
//! they give is written, and photos are copied and cut. Nothing that is there is written over, and no photo is touched.

mod gather;
mod histories;
mod history_page;
mod pictures;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use resight_dataset::exchange::{self, About, CapturedBy, Disclosure, Note, Written};
use resight_files::Output;
use serde::Serialize;

use crate::{CancelToken, EngineError, Progress, Session, Stage, Warning};

pub use self::histories::{
    ErrorRates, HistoryReport, HistoryRequest, OccasionsBy, PairsReviewed, rates_of_evaluation,
};
pub use resight_capture::{
    Division, EffectOfErrors, HistoryFormat, IdentificationErrors, Rate, Selection, SidePolicy, Summary,
};
pub use resight_dataset::exchange::{
    ExportFormat, ExportOptions, OtherLabels, PositionPrecision, ScientificNames, Shown, TimesShown,
    Unconfirmed,
};

/// What to write, and where.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The form.
    pub format: ExportFormat,
    /// The folder of the files: not there yet, or empty. Sidecars go beside their photos, whatever it is.
    pub folder: PathBuf,
    /// What goes out, and how exactly.
    pub options: ExportOptions,
    /// Only annotations whose individual is known.
    pub identified_only: bool,
    /// Whether species and viewpoints go out that a model alone says.
    pub labels_of_models: bool,
    /// Who made the data, in order.
    pub contributors: Vec<String>,
    /// The license of the data.
    pub data_license: Option<String>,
    /// The license of the photos.
    pub media_license: Option<String>,
    /// What took the photos.
    pub captured_by: CapturedBy,
}

impl ExportRequest {
    /// The defaults, which give away least.
    pub fn of(format: ExportFormat, folder: impl Into<PathBuf>) -> Self {
        Self {
            format,
            folder: folder.into(),
            options: ExportOptions::default(),
            identified_only: false,
            labels_of_models: false,
            contributors: Vec::new(),
            data_license: None,
            media_license: None,
            captured_by: CapturedBy::default(),
        }
    }
}

/// What was written, or would be.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ExportReport {
    /// Annotations of the catalog that were asked for.
    pub annotations: usize,
    /// Files, without photos and pictures.
    pub files: Vec<PathBuf>,
    /// Files beside photos.
    pub sidecars: usize,
    /// Photos that went along.
    pub photos: usize,
    /// Pictures that were cut out.
    pub crops: usize,
    /// What goes out that somebody may mind.
    pub discloses: Vec<Disclosure>,
    /// What there is to tell.
    pub notes: Vec<Note>,
    /// Photos that could not be read, and files that were there.
    pub left_out: Vec<Warning>,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

impl Session {
    /// What [`Session::export`] would write, and what that gives away.
    ///
    /// # Errors
    /// The catalog cannot be read; the format cannot hold it.
    pub fn plan_export(&self, request: &ExportRequest) -> Result<ExportReport, EngineError> {
        let (written, mut report) = self.made(request)?;
        report.files = written.files.iter().map(|file| request.folder.join(&file.name)).collect();
        report.sidecars = written.sidecars.len();
        (report.photos, report.crops) = (written.photos.len(), written.crops.len());
        Ok(report)
    }

    /// Writes the catalog in a form for other programs.
    ///
    /// # Errors
    /// The folder has something in it; the catalog cannot be read; a file cannot be written.
    pub fn export(
        &self,
        request: &ExportRequest,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<ExportReport, EngineError> {
        let _span = tracing::info_span!("export").entered();
        let folder = std::path::absolute(&request.folder)
            .map_err(|error| EngineError::file("find the folder", &request.folder, error))?;
        let request = ExportRequest {
            options: ExportOptions { folder: folder.clone(), ..request.options.clone() },
            folder,
            ..request.clone()
        };
        if request.format != ExportFormat::Xmp {
            refuse_occupied(&request.folder)?;
        }
        let (written, mut report) = self.made(&request)?;
        for file in &written.files {
            let path = request.folder.join(&file.name);
            write_new(&path, &file.bytes)?;
            report.files.push(path);
        }
        for sidecar in &written.sidecars {
            match Output::at(&sidecar.path, false, []).and_then(|output| output.write(&sidecar.bytes)) {
                Ok(()) => report.sidecars += 1,
                Err(error) => report.left_out.push(Warning {
                    about: sidecar.path.display().to_string(),
                    message: format!("not written: {error}"),
                }),
            }
        }
        let total = written.photos.len() + written.crops.len();
        if total > 0 {
            progress.begin(Stage { title: "writing pictures".to_owned(), total: Some(total as u64) });
            pictures::write_all(&request, &written, &mut report, progress, cancel)?;
            progress.end();
        }
        Ok(report)
    }

    /// The files of a format, and what there is to say of them.
    fn made(&self, request: &ExportRequest) -> Result<(Written, ExportReport), EngineError> {
        let name = self.folder().file_name().map(|name| name.to_string_lossy().into_owned());
        let about = About {
            title: name.unwrap_or_else(|| "catalog".to_owned()),
            description: String::new(),
            contributors: request.contributors.clone(),
            data_license: request.data_license.clone(),
            media_license: request.media_license.clone(),
            captured_by: request.captured_by,
            written_at: Timestamp::now(),
        };
        let exported = self.read(|catalog| gather::exported(catalog, request, about))?;
        let written = exchange::export(&exported, &request.options, request.format)
            .map_err(|error| EngineError::about(&request.folder, error))?;
        let report = ExportReport {
            annotations: exported.sightings.len(),
            discloses: exchange::disclosed(&exported, &request.options, request.format),
            notes: written.notes.clone(),
            ..ExportReport::default()
        };
        Ok((written, report))
    }
}

fn refuse_occupied(folder: &Path) -> Result<(), EngineError> {
    match std::fs::read_dir(folder).map(Iterator::count) {
        Ok(0) => Ok(()),
        Ok(_) => Err(EngineError::user(format!("the folder is not empty: {}", folder.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(EngineError::file("look into the folder", folder, error)),
    }
}

/// Writes a file that is not there yet, with the folders above it.
fn write_new(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    let failed = |error| EngineError::file("write", path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    Output::at(path, false, []).and_then(|output| output.write(bytes)).map_err(failed)
}
