//! What is derived: thumbnails and embeddings that should be there, and files that should not.

use std::path::Path;

use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::embedding;
use crate::error::CatalogError;
use crate::layout::{Layout, entries, is_plain_file, refuse_link};
use crate::photo::content;

pub(super) fn check(
    connection: &Connection,
    layout: &Layout,
    report: &mut Report,
) -> Result<(), CatalogError> {
    for folder in [layout.vectors(), layout.thumbnails()] {
        links_within(&folder, report)?;
    }
    let mut statement = connection.prepare("SELECT content FROM photo ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut missing = 0_u64;
    while let Some(row) = rows.next()? {
        missing += u64::from(!is_plain_file(&layout.thumbnail(&content(row, 0)?)));
    }
    if missing > 0 {
        report.add(ProblemKind::MissingThumbnail, format!("{missing} photos have no thumbnail"));
    }
    let bundle = embedding::in_use(connection)?;
    let missing = embedding::count_missing(connection, &bundle)?;
    if missing > 0 {
        let what = format!("{missing} annotations have no embedding by {}", bundle.spec.id);
        report.add(ProblemKind::MissingEmbedding, what);
    }
    report.leftovers.extend(embedding::unreferenced_files(connection, layout)?);
    Ok(())
}

/// No link lies in our folders, nor in the folders in these.
fn links_within(folder: &Path, report: &mut Report) -> Result<(), CatalogError> {
    for path in entries(folder)? {
        report.note(refuse_link(&path))?;
        if path.symlink_metadata().is_ok_and(|found| found.is_dir()) {
            for within in entries(&path)? {
                report.note(refuse_link(&within))?;
            }
        }
    }
    Ok(())
}
