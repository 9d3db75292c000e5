//! Photos that go along, and pictures that are cut out of them.

use std::path::{Path, PathBuf};

use resight_dataset::exchange::{Metadata, Written};
use resight_imaging::{DecodeSize, Limits, decode, encode_jpeg, read_photo};
use resight_page::cut_from;

use super::{ExportReport, ExportRequest, write_new};
use crate::{CancelToken, EngineError, Progress, Warning};

/// Quality of pictures that are written anew, 1 to 100.
const QUALITY: u8 = 92;

/// The longer side of a picture that is cut out, at most.
const LONGEST: u32 = 4096;

/// Writes all of them; what cannot be read is told.
pub(super) fn write_all(
    request: &ExportRequest,
    written: &Written,
    report: &mut ExportReport,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<(), EngineError> {
    for order in &written.photos {
        if cancel.is_cancelled() {
            report.interrupted = true;
            return Ok(());
        }
        match copied(&order.photo, order.metadata) {
            Ok(bytes) => {
                write_new(&request.folder.join(&order.name), &bytes)?;
                report.photos += 1;
            }
            Err(message) => left_out(report, &order.photo, message),
        }
        progress.advance(1);
    }
    // Crops of one photo follow each other: it is read once.
    let mut last: Option<(PathBuf, Vec<u8>)> = None;
    for order in &written.crops {
        if cancel.is_cancelled() {
            report.interrupted = true;
            return Ok(());
        }
        if last.as_ref().is_none_or(|(path, _)| *path != order.photo) {
            last = match read_photo(&order.photo, &Limits::default()) {
                Ok(bytes) => Some((order.photo.clone(), bytes.to_vec())),
                Err(error) => {
                    left_out(report, &order.photo, error.to_string());
                    None
                }
            };
        }
        if let Some((path, bytes)) = last.as_ref().filter(|(path, _)| *path == order.photo) {
            let cut = cut_from(bytes, order.region.as_ref(), LONGEST)
                .and_then(|cut| encode_jpeg(&cut, QUALITY).ok());
            match cut {
                Some(jpeg) => {
                    write_new(&request.folder.join(&order.name), &jpeg)?;
                    report.crops += 1;
                }
                None => left_out(report, &path.clone(), "it cannot be decoded".to_owned()),
            }
        }
        progress.advance(1);
    }
    Ok(())
}

fn left_out(report: &mut ExportReport, photo: &Path, message: String) {
    report.left_out.push(Warning { about: photo.display().to_string(), message });
}

/// The bytes of a photo as they are, or of the same picture without what its metadata say.
fn copied(photo: &Path, metadata: Metadata) -> Result<Vec<u8>, String> {
    let bytes = read_photo(photo, &Limits::default()).map_err(|error| error.to_string())?;
    match metadata {
        Metadata::Kept => Ok(bytes.to_vec()),
        Metadata::Dropped => {
            let decoded =
                decode(&bytes, &Limits::default(), DecodeSize::Full).map_err(|error| error.to_string())?;
            encode_jpeg(&decoded.image, QUALITY).map_err(|error| error.to_string())
        }
    }
}
