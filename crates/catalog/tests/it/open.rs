//! Making and opening catalogs, and refusing what is none.

use std::path::Path;

use resight_catalog::{Access, Catalog, CatalogError, Settings};
use resight_core::{Hint, RoomError as _};
use rusqlite::Connection;

use crate::support::{TempCatalog, at, photo, spec};

fn create(path: &Path) -> Result<Catalog, CatalogError> {
    Catalog::create(path, &Settings::new(spec()), at(0))
}

#[test]
fn settings_are_read_back_as_they_were_given() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = Settings::new(spec());
    settings.detector = "mask:u2netp@0123456789ab".to_owned();
    settings.encounter_gap_secs = 600.5;
    settings.pooling = resight_core::Pooling::MeanOfBestThree;
    settings.policy.new_rate = 0.25;
    let catalog = Catalog::create(folder.path(), &settings, at(0)).unwrap();
    assert_eq!(catalog.settings().unwrap(), settings);
    drop(catalog);
    assert_eq!(Catalog::open(folder.path(), Access::Read).unwrap().settings().unwrap(), settings);
}

#[test]
fn a_folder_in_use_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.doc"), "years of work").unwrap();
    assert!(matches!(create(folder.path()), Err(CatalogError::NotEmpty { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing was added");
    let temp = TempCatalog::new();
    assert!(matches!(create(&temp.path()), Err(CatalogError::AlreadyACatalog { .. })));
}

#[test]
fn a_making_that_was_interrupted_can_be_made_again() {
    let folder = tempfile::tempdir().unwrap();
    for leftover in
        ["catalog.sqlite.new", "catalog.sqlite.new-wal", "catalog.sqlite.new-shm", "lock", "lock.json"]
    {
        std::fs::write(folder.path().join(leftover), "half a cata").unwrap();
    }
    assert!(matches!(Catalog::open(folder.path(), Access::Read), Err(CatalogError::NotACatalog { .. })));
    let catalog = create(folder.path()).unwrap();
    assert!(catalog.verify().unwrap().is_sound());
}

#[test]
fn what_is_no_catalog_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = Catalog::open(&folder.path().join("nowhere"), Access::Write).unwrap_err();
    assert!(matches!(refusal, CatalogError::NotACatalog { .. }));
    assert_eq!(refusal.hint(), Some(Hint::MakeCatalog { folder: folder.path().join("nowhere") }));
    assert!(!folder.path().join("nowhere").exists());

    let database = folder.path().join("catalog.sqlite");
    Connection::open(&database).unwrap().execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    for access in [Access::Read, Access::Write] {
        let refusal = Catalog::open(folder.path(), access).unwrap_err();
        assert!(matches!(refusal, CatalogError::OtherApplication { found: 0, .. }), "{refusal}");
    }
    std::fs::write(&database, "this is no database, but it is longer than a header of one ".repeat(20))
        .unwrap();
    for access in [Access::Read, Access::Write] {
        let refusal = Catalog::open(folder.path(), access).unwrap_err();
        assert!(matches!(refusal, CatalogError::Damaged(_)), "{refusal}");
    }
}

#[test]
fn a_newer_catalog_is_refused_and_left_as_it_is() {
    let temp = TempCatalog::new();
    let path = temp.path();
    drop(temp.catalog);
    let database = path.join("catalog.sqlite");
    Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for access in [Access::Read, Access::Write] {
        let refusal = Catalog::open(&path, access).unwrap_err();
        assert!(matches!(refusal, CatalogError::NewerSchema { found: 99, .. }), "{refusal}");
        assert_eq!(refusal.hint(), Some(Hint::UpdateProgram));
    }
    let version: i64 = Connection::open(&database)
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_reader_changes_nothing() {
    let mut temp = TempCatalog::new();
    temp.store(&[photo(0, Some("Luna"))]).unwrap();
    let mut reader = Catalog::open(&temp.path(), Access::Read).unwrap();
    assert!(matches!(reader.set_pooling(resight_core::Pooling::Mean), Err(CatalogError::ReadOnly { .. })));
    assert!(reader.store_thumbnail(&crate::support::photo_id(0), b"jpeg").is_err());
    assert_eq!(reader.stats().unwrap().photos, 1);
}

#[test]
fn a_closed_catalog_can_be_moved_and_opened_elsewhere() {
    let (temp, _) = TempCatalog::with(&["Luna", "Moby"]);
    let (from, to) = (temp.path(), temp.folder.path().join("elsewhere ünd%20 #1?"));
    drop(temp.catalog);
    let files: Vec<String> = std::fs::read_dir(&from)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("catalog"))
        .collect();
    assert_eq!(files, ["catalog.sqlite"], "closed, the record is one file");
    std::fs::rename(&from, &to).unwrap();
    let moved = Catalog::open(&to, Access::Read).unwrap();
    crate::support::assert_sound(&moved);
    crate::support::assert_right_embeddings(&moved);
}
