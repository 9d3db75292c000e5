//! What is derived: thumbnails and embeddings that should be there, and files that should not.

use rusqlite::Connection;

use super::{ProblemKind, Report};
use crate::embedding;
use crate::error::CatalogError;
use crate::layout::Layout;
use crate::photo::content;

pub(super) fn check(
    connection: &Connection,
    layout: &Layout,
    report: &mut Report,
) -> Result<(), CatalogError> {
    let mut statement = connection.prepare("SELECT content FROM photo ORDER BY id")?;
    let mut rows = statement.query([])?;
    let mut missing = 0_u64;
    while let Some(row) = rows.next()? {
        missing += u64::from(!layout.thumbnail(&content(row, 0)?).is_file());
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
