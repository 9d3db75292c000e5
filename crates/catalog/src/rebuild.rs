//! Making good what is derived.
//!
//! This room finds out what must be remade and clears the way; the pictures and embeddings themselves are made
//! by who can decode and embed: see [`Catalog::missing_thumbnails`] and [`Catalog::missing_embeddings`].

use std::path::PathBuf;

use resight_core::{BundleId, PhotoId, PictureId};
use rusqlite::{Connection, params};

use crate::catalog::Catalog;
use crate::embedding::{self, Appenders, BundleRecord};
use crate::error::CatalogError;
use crate::journal::{self, Present};
use crate::layout::{Layout, entries, is_plain_file};
use crate::numbers::{natural, stretch};
use crate::photo;
use crate::verify::sound_blocks;

/// What became of the embeddings of a bundle of which some were damaged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddingRepair {
    /// The bundle.
    pub bundle: BundleId,
    /// Embeddings that were sound and were kept.
    pub kept: u64,
    /// Embeddings that were lost; [`Catalog::missing_embeddings`] lists their annotations now.
    pub lost: u64,
}

/// A photo without a thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingThumbnail {
    /// The photo.
    pub photo: PhotoId,
    /// What it shows, whatever its metadata says.
    pub picture: Option<PictureId>,
    /// Where its bytes were seen, the latest first.
    pub paths: Vec<PathBuf>,
}

/// A stretch of rows that was kept: where it began, where it begins, how long it is.
struct Moved {
    from: u64,
    to: u64,
    n_rows: u64,
}

impl Catalog {
    /// The photos that have no thumbnail.
    ///
    /// # Errors
    /// Database errors.
    pub fn missing_thumbnails(&self) -> Result<Vec<MissingThumbnail>, CatalogError> {
        let mut statement =
            self.connection().prepare("SELECT id, content, picture FROM photo ORDER BY id")?;
        let mut rows = statement.query([])?;
        let mut missing = Vec::new();
        let roots = self.roots()?;
        while let Some(row) = rows.next()? {
            let photo = photo::content(row, 1)?;
            if !is_plain_file(&self.layout().thumbnail(&photo)) {
                missing.push(MissingThumbnail {
                    photo,
                    picture: photo::picture(row, 2)?,
                    paths: photo::paths(self.connection(), row.get(0)?, &roots)?,
                });
            }
        }
        Ok(missing)
    }

    /// Removes what killed processes left of thumbnails that they were writing.
    ///
    /// # Errors
    /// Read-only catalog; file errors.
    pub fn tidy_thumbnails(&self) -> Result<(), CatalogError> {
        self.require_writable()?;
        for folder in entries(&self.layout().thumbnails())? {
            if folder.symlink_metadata().is_ok_and(|found| found.is_dir()) {
                resight_files::remove_unfinished(&folder);
            }
        }
        Ok(())
    }

    /// Drops damaged embeddings, so that they can be made again, and keeps the sound ones. Bundles without
    /// damage are left alone.
    ///
    /// Sound rows are copied to fresh segments first; one transaction puts these in the place of the old ones.
    ///
    /// # Errors
    /// Read-only catalog; disk full; file and database errors.
    pub fn repair_embeddings(&mut self) -> Result<Vec<EmbeddingRepair>, CatalogError> {
        let mut repairs = Vec::new();
        for bundle in embedding::all(self.connection())? {
            let repair = self.write_with_vectors(|transaction, appenders, layout| {
                appenders.forget();
                if is_sound(transaction, layout, &bundle)? {
                    return Ok(None);
                }
                repair(transaction, appenders, layout, &bundle).map(Some)
            })?;
            repairs.extend(repair);
        }
        self.tidy_segments()?;
        Ok(repairs)
    }

    /// Makes the database's indexes anew from its tables, and says who is who anew from the journal, where the
    /// two have come apart. Returns whether anything about who is who changed.
    ///
    /// # Errors
    /// [`CatalogError::Corrupt`] where the journal contradicts itself: then only a copy helps. Read-only catalog;
    /// database errors.
    pub fn restore_from_journal(&mut self) -> Result<bool, CatalogError> {
        self.write(|transaction| {
            transaction.execute_batch("REINDEX")?;
            let replayed = journal::replay(transaction)?;
            if let Some(contradiction) = replayed.contradictions.first() {
                return Err(CatalogError::Corrupt(contradiction.clone()));
            }
            let apart = Present::read(transaction, &replayed.state)? != replayed.state;
            if apart {
                replayed.state.write(transaction)?;
            }
            Ok(apart)
        })
    }
}

fn is_sound(connection: &Connection, layout: &Layout, bundle: &BundleRecord) -> Result<bool, CatalogError> {
    for segment in embedding::segments(connection, bundle)? {
        let path = layout.segment(&bundle.spec.id, segment.number);
        match sound_blocks(&path, bundle.row_kind(), &segment.blocks) {
            Ok((_, sound)) if sound == segment.blocks => {}
            _ => return Ok(false),
        }
    }
    Ok(true)
}

fn repair(
    transaction: &Connection,
    appenders: &mut Appenders,
    layout: &Layout,
    bundle: &BundleRecord,
) -> Result<EmbeddingRepair, CatalogError> {
    let annotations = embedding_rows(transaction, bundle)?;
    let retired = embedding::retired_rows(transaction, bundle)?;
    let old = embedding::segments(transaction, bundle)?;
    for table in ["embedding", "embedding_retired", "segment_block", "segment"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE bundle_id = ?1"), [bundle.key])?;
    }
    let next_number = old.last().map_or(1, |segment| segment.number + 1);
    appenders.start(transaction, layout, bundle, next_number)?;
    let mut moved = Vec::new();
    for segment in &old {
        let path = layout.segment(&bundle.spec.id, segment.number);
        let Ok((rows, sound)) = sound_blocks(&path, bundle.row_kind(), &segment.blocks) else { continue };
        for block in sound {
            let values = embedding::values(&rows, block.first_row, block.n_rows)?;
            let to = appenders.append(transaction, layout, bundle, values)?;
            let from = stretch(segment.first_row, block.first_row)?.end;
            moved.push(Moved { from, to, n_rows: block.n_rows });
        }
    }
    let kept = reinsert(transaction, bundle, &annotations, &moved)?;
    for row in retired.into_iter().filter_map(|row| row_now(&moved, row)) {
        embedding::retire_row(transaction, bundle.key, row)?;
    }
    Ok(EmbeddingRepair { bundle: bundle.spec.id.clone(), kept, lost: annotations.len() as u64 - kept })
}

/// Rows and annotations of a bundle, by row.
fn embedding_rows(connection: &Connection, bundle: &BundleRecord) -> Result<Vec<(u64, i64)>, CatalogError> {
    let mut statement = connection
        .prepare_cached("SELECT row, annotation_id FROM embedding WHERE bundle_id = ?1 ORDER BY row")?;
    let rows = statement.query_map([bundle.key], |row| Ok((natural(row, 0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Says of every annotation whose row was kept where it is now. Returns how many there are.
fn reinsert(
    connection: &Connection,
    bundle: &BundleRecord,
    annotations: &[(u64, i64)],
    moved: &[Moved],
) -> Result<u64, CatalogError> {
    let mut insert = connection
        .prepare_cached("INSERT INTO embedding (bundle_id, row, annotation_id) VALUES (?1, ?2, ?3)")?;
    let mut kept = 0;
    for (row, annotation) in annotations {
        if let Some(new_row) = row_now(moved, *row) {
            insert.execute(params![bundle.key, new_row.cast_signed(), annotation])?;
            kept += 1;
        }
    }
    Ok(kept)
}

/// Where a row is now; `None` where it was lost.
fn row_now(moved: &[Moved], row: u64) -> Option<u64> {
    // Blocks are in the order of their rows.
    let last_begun = moved.partition_point(|stretch| stretch.from <= row);
    let stretch = last_begun.checked_sub(1).map(|index| &moved[index])?;
    (row - stretch.from < stretch.n_rows).then(|| stretch.to + (row - stretch.from))
}
