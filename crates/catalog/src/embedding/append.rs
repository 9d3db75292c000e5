//! Appending embeddings to the segments of their bundle.

use std::collections::BTreeMap;

use resight_core::AnnotationId;
use resight_vector::f16;
use resight_vector::segment::SegmentWriter;
use rusqlite::{Connection, params};

use super::{BundleRecord, NewEmbedding, segments};
use crate::error::CatalogError;
use crate::layout::{LAST_SEGMENT, Layout, own_folder};

/// A segment that reaches this many bytes is followed by a new one.
const SEGMENT_BYTES: u64 = 1 << 30;

/// The segment files that are open for appending, by bundle.
#[derive(Debug, Default)]
pub(crate) struct Appenders {
    open: BTreeMap<i64, OpenSegment>,
    /// Overrides [`SEGMENT_BYTES`], for tests that need several segments.
    #[cfg(test)]
    pub(crate) segment_bytes: Option<u64>,
}

#[derive(Debug)]
struct OpenSegment {
    number: u32,
    /// Number of its first row, counted through the bundle.
    first_row: u64,
    writer: SegmentWriter,
}

impl Appenders {
    /// Closes all files. The next append opens its segment again and cuts off what no committed row speaks of.
    pub(crate) fn forget(&mut self) {
        self.open.clear();
    }

    /// Begins the rows of a bundle anew in a segment of this number; the database must have none of it.
    pub(crate) fn start(
        &mut self,
        transaction: &Connection,
        layout: &Layout,
        bundle: &BundleRecord,
        number: u32,
    ) -> Result<(), CatalogError> {
        let open = create_segment(transaction, layout, bundle, number, 0)?;
        self.open.insert(bundle.key, open);
        Ok(())
    }

    /// Appends rows, row after row in `values`; they are on the disk when this returns, and in the database
    /// when the transaction commits. Returns the number of the first, counted through the bundle.
    pub(crate) fn append(
        &mut self,
        transaction: &Connection,
        layout: &Layout,
        bundle: &BundleRecord,
        values: &[f16],
    ) -> Result<u64, CatalogError> {
        let row_bytes = 2 * bundle.spec.dimension as u64;
        let most_rows = (self.segment_bytes() / row_bytes).max(1);
        let open = self.segment_with_room(transaction, layout, bundle, most_rows)?;
        let range = open.writer.append_half(values)?;
        let end = range.first_row + range.rows;
        transaction
            .prepare_cached("UPDATE segment SET n_rows = ?3 WHERE bundle_id = ?1 AND number = ?2")?
            .execute(params![bundle.key, open.number, end.cast_signed()])?;
        transaction
            .prepare_cached(
                "INSERT INTO segment_block (bundle_id, number, first_row, n_rows, checksum) \
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                bundle.key,
                open.number,
                range.first_row.cast_signed(),
                range.rows.cast_signed(),
                &range.blake3[..]
            ])?;
        Ok(open.first_row + range.first_row)
    }

    fn segment_bytes(&self) -> u64 {
        #[cfg(test)]
        if let Some(bytes) = self.segment_bytes {
            return bytes;
        }
        SEGMENT_BYTES
    }

    /// The last segment of the bundle, or a new one behind it where that is full.
    fn segment_with_room(
        &mut self,
        transaction: &Connection,
        layout: &Layout,
        bundle: &BundleRecord,
        most_rows: u64,
    ) -> Result<&mut OpenSegment, CatalogError> {
        if !self.open.contains_key(&bundle.key)
            && let Some(last) = segments(transaction, bundle)?.last()
        {
            let path = layout.segment(&bundle.spec.id, last.number);
            let writer = SegmentWriter::open_append(&path, bundle.row_kind(), last.n_rows)?;
            let open = OpenSegment { number: last.number, first_row: last.first_row, writer };
            self.open.insert(bundle.key, open);
        }
        let next = match self.open.get(&bundle.key) {
            None => Some((1, 0)),
            Some(open) if open.writer.rows() >= most_rows => {
                Some((open.number + 1, open.first_row + open.writer.rows()))
            }
            Some(_) => None,
        };
        if let Some((number, first_row)) = next {
            let open = create_segment(transaction, layout, bundle, number, first_row)?;
            self.open.insert(bundle.key, open);
        }
        self.open
            .get_mut(&bundle.key)
            .ok_or_else(|| CatalogError::Corrupt(format!("no segment to write to: {}", bundle.spec.id)))
    }
}

/// Makes an empty segment. A file of that name is what an interrupted writer left, and goes.
fn create_segment(
    transaction: &Connection,
    layout: &Layout,
    bundle: &BundleRecord,
    number: u32,
    first_row: u64,
) -> Result<OpenSegment, CatalogError> {
    if number > LAST_SEGMENT {
        return Err(CatalogError::Corrupt(format!("too many segments: {}", bundle.spec.id)));
    }
    let folder = layout.bundle_vectors(&bundle.spec.id);
    for folder in [&layout.vectors(), &folder] {
        own_folder(folder)?;
    }
    for folder in [&layout.vectors(), layout.root()] {
        resight_files::sync_folder(folder).map_err(CatalogError::file("sync the folder", folder))?;
    }
    let path = layout.segment(&bundle.spec.id, number);
    if path.symlink_metadata().is_ok() {
        std::fs::remove_file(&path).map_err(CatalogError::file("remove the leftover", &path))?;
    }
    let writer = SegmentWriter::create(&path, bundle.row_kind())?;
    transaction.execute(
        "INSERT INTO segment (bundle_id, number, first_row, n_rows) VALUES (?1, ?2, ?3, 0)",
        params![bundle.key, number, first_row.cast_signed()],
    )?;
    Ok(OpenSegment { number, first_row, writer })
}

/// The embeddings of one batch, gathered and appended at once.
pub(crate) struct StoringEmbeddings<'a> {
    bundle: &'a BundleRecord,
    annotations: Vec<AnnotationId>,
    values: Vec<f16>,
}

impl<'a> StoringEmbeddings<'a> {
    pub(crate) fn new(bundle: &'a BundleRecord) -> Self {
        Self { bundle, annotations: Vec::new(), values: Vec::new() }
    }

    /// Takes one embedding, or records why there is none. Numbers that half precision cannot hold make an
    /// embedding unusable.
    ///
    /// # Errors
    /// [`CatalogError::WrongDimension`]; database errors.
    pub(crate) fn add(
        &mut self,
        transaction: &Connection,
        annotation: AnnotationId,
        embedding: &NewEmbedding,
    ) -> Result<(), CatalogError> {
        let reason = match embedding {
            NewEmbedding::Later => return Ok(()),
            NewEmbedding::Unusable(reason) => reason.to_string(),
            NewEmbedding::Values(values) => {
                let (expected, found) = (self.bundle.spec.dimension, values.len());
                if expected != found {
                    let bundle = self.bundle.spec.id.clone();
                    return Err(CatalogError::WrongDimension { expected, found, bundle });
                }
                let start = self.values.len();
                self.values.extend(values.iter().map(|value| f16::from_f32(*value)));
                if self.values[start..].iter().all(|value| value.is_finite()) {
                    self.annotations.push(annotation);
                    return Ok(());
                }
                self.values.truncate(start);
                "the embedding has numbers that half precision cannot hold".to_owned()
            }
        };
        transaction
            .prepare_cached(
                "INSERT INTO embedding_failure (annotation_id, bundle_id, reason) VALUES (?1, ?2, ?3) \
                 ON CONFLICT (annotation_id, bundle_id) DO UPDATE SET reason = excluded.reason",
            )?
            .execute(params![annotation.0, self.bundle.key, reason])?;
        Ok(())
    }

    /// Appends what was gathered.
    pub(crate) fn finish(
        self,
        transaction: &Connection,
        appenders: &mut Appenders,
        layout: &Layout,
    ) -> Result<(), CatalogError> {
        if self.annotations.is_empty() {
            return Ok(());
        }
        let first = appenders.append(transaction, layout, self.bundle, &self.values)?;
        let mut insert = transaction
            .prepare_cached("INSERT INTO embedding (bundle_id, row, annotation_id) VALUES (?1, ?2, ?3)")?;
        let mut no_longer_failed = transaction
            .prepare_cached("DELETE FROM embedding_failure WHERE annotation_id = ?1 AND bundle_id = ?2")?;
        for (row, annotation) in (first..).zip(&self.annotations) {
            no_longer_failed.execute(params![annotation.0, self.bundle.key])?;
            insert.execute(params![self.bundle.key, row.cast_signed(), annotation.0])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use resight_core::{BundleId, Distance, ImageSize, PhotoId};

    use super::*;
    use crate::{Access, BundleSpec, Catalog, NewAnnotation, NewPhoto, Settings, Signature};

    const NOW: jiff::Timestamp = jiff::Timestamp::UNIX_EPOCH;

    fn photo(number: u8) -> NewPhoto {
        let animal = NewAnnotation {
            detector: "whole-picture".to_owned(),
            embedding: NewEmbedding::Values(vec![f32::from(number); 4]),
            ..NewAnnotation::default()
        };
        NewPhoto {
            id: PhotoId([number; 32]),
            path: format!("{number}.jpg").into(),
            size: ImageSize { width: 8, height: 8 },
            byte_len: 1,
            format: "png".to_owned(),
            capture_time: None,
            position: None,
            camera: None,
            perceptual_hash: None,
            picture: None,
            encounter: None,
            annotations: vec![animal.clone(), animal],
        }
    }

    /// What every row says, row after row: the number of its photo.
    fn rows(catalog: &Catalog, bundle: &BundleId) -> Vec<f32> {
        let embeddings = catalog.embeddings(bundle).unwrap();
        (0..embeddings.n_rows()).map(|row| embeddings.row(row).unwrap()[0].to_f32()).collect()
    }

    #[test]
    fn rows_go_on_through_many_segments_across_failures_and_openings() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = BundleId::new("tiny", &[7; 32]).unwrap();
        let spec = BundleSpec { id: bundle.clone(), dimension: 4, distance: Distance::Euclidean };
        let mut catalog = Catalog::create(folder.path(), &Settings::new(spec), NOW).unwrap();
        let import = catalog.begin_import("a test", &Signature::person("Ada", NOW)).unwrap();
        let mut expected = Vec::new();
        for number in 0..12 {
            // Room for three rows of eight bytes; each photo brings two.
            let small = catalog.write_with_vectors(|_, appenders, _| {
                appenders.segment_bytes = Some(24);
                Ok(())
            });
            small.unwrap();
            let refused: Result<(), _> = catalog.write_with_vectors(|transaction, appenders, layout| {
                let record = super::super::find(transaction, &bundle)?;
                appenders.append(transaction, layout, &record, &[f16::ONE; 8])?;
                Err(CatalogError::NothingToUndo)
            });
            refused.unwrap_err();
            catalog.store_batch(import, &bundle, &[photo(number)], NOW).unwrap();
            expected.extend([f32::from(number); 2]);
            if number % 3 == 2 {
                drop(catalog);
                catalog = Catalog::open(folder.path(), Access::Write).unwrap();
            }
            assert_eq!(rows(&catalog, &bundle), expected, "after photo {number}");
        }
        let record = super::super::find(catalog.connection(), &bundle).unwrap();
        let numbers: Vec<u32> =
            segments(catalog.connection(), &record).unwrap().iter().map(|s| s.number).collect();
        assert_eq!(
            numbers,
            [1, 2, 3, 4, 5, 6],
            "a segment takes whole batches, and is full at three rows or more"
        );
        let found = catalog.gallery(&bundle).unwrap();
        assert!(found.rows.iter().all(|row| f32::from(row.photo.0[0]) == expected[row.row as usize]));
        let kinds: Vec<_> = catalog.verify().unwrap().problems.iter().map(|p| p.kind).collect();
        assert_eq!(kinds, [crate::verify::ProblemKind::MissingThumbnail]);
    }
}
