//! Photos: which are known, and what is known of them.

use std::path::{Path, PathBuf};

use resight_core::{CaptureTime, ImageSize, PhotoId, PictureId};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::catalog::Catalog;
use crate::error::CatalogError;
use crate::numbers::natural;
use crate::photo_root::Roots;

/// Everything stored of one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct PhotoRecord {
    /// The hash of its bytes.
    pub id: PhotoId,
    /// Where its bytes were seen, the latest first. Empty where another file took its place.
    pub paths: Vec<PathBuf>,
    /// Size of the upright picture, in pixels.
    pub size: ImageSize,
    /// Length of the file, in bytes.
    pub byte_len: u64,
    /// What kind of file: `jpeg`, `png`, `tiff`, `webp`.
    pub format: String,
    /// When it was taken.
    pub capture_time: Option<CaptureTime>,
    /// Where it was taken: latitude and longitude, in degrees.
    pub position: Option<(f64, f64)>,
    /// Which camera, as far as the photo says.
    pub camera: Option<String>,
    /// What it looks like, for finding near-duplicates.
    pub perceptual_hash: Option<u64>,
    /// What it shows, whatever its metadata says.
    pub picture: Option<PictureId>,
}

/// What telling near-duplicates and bursts apart takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PhotoSummary {
    /// The hash of its bytes.
    pub id: PhotoId,
    /// What it looks like.
    pub perceptual_hash: Option<u64>,
    /// What it shows, whatever its metadata says.
    pub picture: Option<PictureId>,
    /// When it was taken, on the time line of [`CaptureTime::seconds`].
    pub seconds: Option<f64>,
}

const COLUMNS: &str = "SELECT width, height, byte_len, format, capture_time, latitude, longitude, camera, \
    perceptual_hash, picture";

impl Catalog {
    /// Which of these photos the catalog has, one answer a photo.
    ///
    /// # Errors
    /// Database errors.
    pub fn known_photos(&self, photos: &[PhotoId]) -> Result<Vec<bool>, CatalogError> {
        photos.iter().map(|photo| Ok(find(self.connection(), photo)?.is_some())).collect()
    }

    /// The photo that a file is of: by its bytes, else by what it shows, where its metadata alone was edited.
    ///
    /// # Errors
    /// Database errors.
    pub fn photo_of(
        &self,
        content_hash: &PhotoId,
        picture: Option<&PictureId>,
    ) -> Result<Option<PhotoId>, CatalogError> {
        let connection = self.connection();
        let key = match find(connection, content_hash)? {
            Some(_) => return Ok(Some(*content_hash)),
            None => find_picture(connection, picture)?,
        };
        key.map(|key| content_of(connection, key)).transpose()
    }

    /// The photo whose bytes were last seen at this path.
    ///
    /// # Errors
    /// Database errors.
    pub fn photo_at(&self, path: &Path) -> Result<Option<PhotoId>, CatalogError> {
        let mut statement = self.connection().prepare_cached(
            "SELECT content FROM photo_path JOIN photo ON photo.id = photo_id WHERE path = ?1",
        )?;
        let recorded = self.roots()?.recorded(path);
        Ok(statement.query_row([PathValue(&recorded)], |row| content(row, 0)).optional()?)
    }

    /// Everything stored of one photo.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchPhoto`]; database errors.
    pub fn photo(&self, id: &PhotoId) -> Result<PhotoRecord, CatalogError> {
        let key = find(self.connection(), id)?.ok_or(CatalogError::NoSuchPhoto(*id))?;
        let mut statement =
            self.connection().prepare_cached(&format!("{COLUMNS} FROM photo WHERE id = ?1"))?;
        let mut record = statement.query_row([key], |row| record(*id, row))?;
        record.paths = paths(self.connection(), key, &self.roots()?)?;
        Ok(record)
    }

    /// All photos in the order they came, with what telling near-duplicates apart takes.
    ///
    /// # Errors
    /// Database errors.
    pub fn photo_summaries(&self) -> Result<Vec<PhotoSummary>, CatalogError> {
        let mut statement = self
            .connection()
            .prepare("SELECT content, perceptual_hash, capture_seconds, picture FROM photo ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            Ok(PhotoSummary {
                id: content(row, 0)?,
                perceptual_hash: row.get::<_, Option<i64>>(1)?.map(i64::cast_unsigned),
                seconds: row.get(2)?,
                picture: picture(row, 3)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Where the bytes of a photo were seen, the latest first.
    ///
    /// # Errors
    /// [`CatalogError::NoSuchPhoto`]; database errors.
    pub fn photo_paths(&self, id: &PhotoId) -> Result<Vec<PathBuf>, CatalogError> {
        let key = find(self.connection(), id)?.ok_or(CatalogError::NoSuchPhoto(*id))?;
        paths(self.connection(), key, &self.roots()?)
    }
}

/// Reads every photo, to see that it can be read.
///
/// # Errors
/// [`CatalogError::Corrupt`] where one cannot; database errors.
pub(crate) fn read_all(connection: &Connection) -> Result<(), CatalogError> {
    let mut statement = connection.prepare(&format!("{COLUMNS}, content FROM photo"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        record(content(row, 10)?, row)?;
    }
    Ok(())
}

/// The row of a photo.
pub(crate) fn find(connection: &Connection, photo: &PhotoId) -> Result<Option<i64>, CatalogError> {
    let mut statement = connection.prepare_cached("SELECT id FROM photo WHERE content = ?1")?;
    Ok(statement.query_row([&photo.0[..]], |row| row.get(0)).optional()?)
}

/// The row of the first photo that shows this.
pub(crate) fn find_picture(
    connection: &Connection,
    picture: Option<&PictureId>,
) -> Result<Option<i64>, CatalogError> {
    let Some(picture) = picture else { return Ok(None) };
    let mut statement =
        connection.prepare_cached("SELECT id FROM photo WHERE picture = ?1 ORDER BY id LIMIT 1")?;
    Ok(statement.query_row([&picture.0[..]], |row| row.get(0)).optional()?)
}

/// The id of a row's photo.
pub(crate) fn content_of(connection: &Connection, photo: i64) -> Result<PhotoId, CatalogError> {
    let mut statement = connection.prepare_cached("SELECT content FROM photo WHERE id = ?1")?;
    Ok(statement.query_row([photo], |row| content(row, 0))?)
}

/// Notes what a photo shows, where that was not known yet.
pub(crate) fn remember_picture(
    connection: &Connection,
    photo: i64,
    picture: Option<&PictureId>,
) -> Result<(), CatalogError> {
    let Some(picture) = picture else { return Ok(()) };
    connection
        .prepare_cached("UPDATE photo SET picture = ?1 WHERE id = ?2 AND picture IS NULL")?
        .execute(params![&picture.0[..], photo])?;
    Ok(())
}

/// Notes that a photo's bytes were seen at a path. Returns whether the catalog did not know that yet.
pub(crate) fn remember_path(
    connection: &Connection,
    photo: i64,
    path: &Path,
    seen_at: jiff::Timestamp,
) -> Result<bool, CatalogError> {
    let path = PathValue(path);
    let before: Option<i64> = connection
        .prepare_cached("SELECT photo_id FROM photo_path WHERE path = ?1")?
        .query_row([&path], |row| row.get(0))
        .optional()?;
    connection
        .prepare_cached(
            "INSERT INTO photo_path (path, photo_id, seen_at) VALUES (?1, ?2, ?3) \
             ON CONFLICT (path) DO UPDATE SET photo_id = excluded.photo_id, seen_at = excluded.seen_at",
        )?
        .execute(params![path, photo, seen_at.to_string()])?;
    Ok(before != Some(photo))
}

/// Where a photo is looked for now.
pub(crate) fn paths(
    connection: &Connection,
    photo: i64,
    roots: &Roots,
) -> Result<Vec<PathBuf>, CatalogError> {
    let mut statement = connection
        .prepare_cached("SELECT path FROM photo_path WHERE photo_id = ?1 ORDER BY seen_at DESC, path")?;
    let rows = statement.query_map([photo], |row| Ok(roots.located(path_from_stored(row.get_ref(0)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads a photo's id out of a column.
pub(crate) fn content(row: &Row<'_>, column: usize) -> rusqlite::Result<PhotoId> {
    row.get(column).map(PhotoId)
}

/// Reads what a photo shows out of a column.
pub(crate) fn picture(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<PictureId>> {
    Ok(row.get::<_, Option<[u8; 32]>>(column)?.map(PictureId))
}

fn record(id: PhotoId, row: &Row<'_>) -> rusqlite::Result<PhotoRecord> {
    let capture_time: Option<String> = row.get(4)?;
    let latitude: Option<f64> = row.get(5)?;
    let longitude: Option<f64> = row.get(6)?;
    Ok(PhotoRecord {
        id,
        paths: Vec::new(),
        size: ImageSize { width: row.get(0)?, height: row.get(1)? },
        byte_len: natural(row, 2)?,
        format: row.get(3)?,
        capture_time: capture_time.and_then(|text| text.parse().ok()),
        position: latitude.zip(longitude),
        camera: row.get(7)?,
        perceptual_hash: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
        picture: picture(row, 9)?,
    })
}

/// A path as stored: text, or bytes where it is not text.
pub(crate) struct PathValue<'a>(pub(crate) &'a Path);

impl rusqlite::ToSql for PathValue<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0.to_str() {
            Some(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            None => ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_os_str().as_encoded_bytes())),
        })
    }
}

/// The path again. Bytes that are no text come from, and lead back to, systems whose paths are bytes.
pub(crate) fn path_from_stored(value: ValueRef<'_>) -> PathBuf {
    let bytes = match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
        _ => &[],
    };
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    {
        PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
    }
}
