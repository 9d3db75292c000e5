//! What the database, its segments and its upgrades report, as errors of the catalog.

use resight_vector::segment::SegmentError;

use super::{CatalogError, says_full};

impl From<SegmentError> for CatalogError {
    fn from(error: SegmentError) -> Self {
        match &error {
            SegmentError::Io { source, path, .. } if says_full(source) => {
                Self::DiskFull { doing: format!("writing embeddings to {}", path.display()) }
            }
            _ => Self::Vector(error),
        }
    }
}

impl From<rusqlite::Error> for CatalogError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as E;
        use rusqlite::ErrorCode as Code;
        if matches!(
            error,
            E::FromSqlConversionFailure(..)
                | E::IntegralValueOutOfRange(..)
                | E::Utf8Error(..)
                | E::InvalidColumnType(..)
                | E::QueryReturnedNoRows
        ) {
            return Self::Corrupt(error.to_string());
        }
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull { doing: "writing the database".to_owned() },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy(error),
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Damaged(error),
            Some(Code::CannotOpen | Code::PermissionDenied | Code::ReadOnly) => Self::Inaccessible(error),
            Some(Code::SystemIoFailure) => io_failure(error),
            Some(Code::OutOfMemory | Code::NoLargeFileSupport) => Self::MachineFailed(error),
            // The database's own rules hold for whatever this program writes: what breaks them was there before.
            Some(Code::ConstraintViolation | Code::TypeMismatch | Code::TooBig) => {
                Self::Corrupt(error.to_string())
            }
            _ => Self::Database(error),
        }
    }
}

/// A quota or a limit on the size of files comes as a failed write, a full disk also as a log whose index cannot be
/// made, without saying which it was.
fn io_failure(error: rusqlite::Error) -> CatalogError {
    use rusqlite::ffi;
    match error.sqlite_error().map(|code| code.extended_code) {
        Some(
            ffi::SQLITE_IOERR_WRITE
            | ffi::SQLITE_IOERR_FSYNC
            | ffi::SQLITE_IOERR_DIR_FSYNC
            | ffi::SQLITE_IOERR_TRUNCATE
            | ffi::SQLITE_IOERR_SHMOPEN
            | ffi::SQLITE_IOERR_SHMSIZE
            | ffi::SQLITE_IOERR_SHMMAP,
        ) => CatalogError::WriteFailed(error),
        Some(ffi::SQLITE_IOERR_SHORT_READ | ffi::SQLITE_IOERR_CORRUPTFS) => CatalogError::Damaged(error),
        _ => CatalogError::MachineFailed(error),
    }
}

impl From<rusqlite_migration::Error> for CatalogError {
    fn from(error: rusqlite_migration::Error) -> Self {
        match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            other => Self::Upgrade(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;
    use resight_core::{ErrorKind, RoomError as _};

    #[test]
    fn what_the_machine_or_a_stranger_did_is_no_bug_of_ours() {
        let of = |code| CatalogError::from(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        for code in [
            ffi::SQLITE_FULL,
            ffi::SQLITE_READONLY_CANTINIT,
            ffi::SQLITE_CANTOPEN_SYMLINK,
            ffi::SQLITE_IOERR_READ,
            ffi::SQLITE_IOERR_SHMSIZE,
            ffi::SQLITE_NOMEM,
        ] {
            assert_eq!(of(code).kind(), ErrorKind::Io, "{code}");
        }
        for code in [
            ffi::SQLITE_CORRUPT,
            ffi::SQLITE_IOERR_SHORT_READ,
            ffi::SQLITE_CONSTRAINT_TRIGGER,
            ffi::SQLITE_TOOBIG,
        ] {
            assert_eq!(of(code).kind(), ErrorKind::Corrupt, "{code}");
        }
        assert_eq!(of(ffi::SQLITE_MISUSE).kind(), ErrorKind::Internal);
        let negative = rusqlite::Error::IntegralValueOutOfRange(0, -1);
        assert_eq!(CatalogError::from(negative).kind(), ErrorKind::Corrupt);
    }
}
