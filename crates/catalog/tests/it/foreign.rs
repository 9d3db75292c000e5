//! Databases that another program, a stranger or a flipped bit changed: told as such, and nothing is done by them.

use std::path::Path;

use resight_catalog::verify::{ProblemKind, verify};
use resight_catalog::{Access, Catalog, CatalogError};
use resight_core::{ErrorKind, RoomError as _};
use rusqlite::Connection;

use crate::support::{TempCatalog, at, bundle, photo, signed};

/// A catalog of four photos of two animals that somebody changed from outside.
fn changed(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let (temp, _) = TempCatalog::with(&["Luna", "Luna", "Moby", ""]);
    let path = temp.path();
    let TempCatalog { folder, catalog, .. } = temp;
    drop(catalog);
    change(&path, sql);
    (folder, path)
}

fn change(path: &Path, sql: &str) {
    let outsider = Connection::open(path.join("catalog.sqlite")).unwrap();
    outsider.pragma_update(None, "ignore_check_constraints", true).unwrap();
    outsider.pragma_update(None, "foreign_keys", false).unwrap();
    outsider.execute_batch(sql).unwrap();
}

/// What `verify` finds, thumbnails aside, of which these catalogs have none.
fn problems(path: &Path) -> Vec<String> {
    let report = verify(path).unwrap().1;
    let problems = report.problems.iter().filter(|problem| problem.kind != ProblemKind::MissingThumbnail);
    problems.map(ToString::to_string).collect()
}

#[test]
fn whatever_resight_does_not_make_is_refused_and_named() {
    for (sql, said) in [
        (
            "CREATE TRIGGER evil AFTER INSERT ON journal_entry BEGIN UPDATE annotation SET individual_id = 1; END",
            "the trigger `evil` was added",
        ),
        ("CREATE VIEW evil AS SELECT * FROM photo", "the view `evil` was added"),
        ("CREATE TABLE evil (a)", "the table `evil` was added"),
        ("CREATE INDEX evil ON photo (format)", "the index `evil` was added"),
        ("CREATE UNIQUE INDEX evil ON photo (content, lower(format))", "the index `evil` was added"),
        ("DROP TRIGGER journal_entry_kept", "the trigger `journal_entry_kept` is missing"),
        ("DROP INDEX annotation_photo", "the index `annotation_photo` is missing"),
        ("DROP TABLE calibration", "is missing"),
        (
            "ALTER TABLE photo ADD COLUMN evil TEXT DEFAULT 'x'",
            "the table `photo` is not as resight makes it",
        ),
        (
            "DROP TRIGGER individual_stays; CREATE TRIGGER individual_stays BEFORE DELETE ON individual BEGIN \
             SELECT 1; END",
            "the trigger `individual_stays` is not as resight makes it",
        ),
        ("ANALYZE", "the table `sqlite_stat1` was added"),
        ("PRAGMA user_version = 0", "its version is 0"),
        ("PRAGMA user_version = -7", "its version is -7"),
    ] {
        let (_folder, path) = changed(sql);
        for access in [Access::Read, Access::Write] {
            let refusal = Catalog::open(&path, access).unwrap_err();
            assert!(matches!(refusal, CatalogError::ForeignSchema { .. }), "{sql}: {refusal}");
            assert!(refusal.to_string().contains(said), "{sql}: {refusal}");
            assert_eq!(refusal.kind(), ErrorKind::Corrupt);
        }
        assert!(problems(&path)[0].contains(said), "{sql}: {:?}", problems(&path));
    }
}

#[test]
fn a_database_that_is_another_programs_or_none_is_not_sound() {
    for sql in ["PRAGMA application_id = 7", "PRAGMA application_id = 0"] {
        let (_folder, path) = changed(sql);
        assert!(problems(&path)[0].contains("another program"), "{:?}", problems(&path));
    }
    let (_folder, path) = changed("");
    let bytes = std::fs::read(path.join("catalog.sqlite")).unwrap();
    for length in [0, 1, 100, 512, 4095, 4096, bytes.len() / 2, bytes.len() - 4096] {
        std::fs::write(path.join("catalog.sqlite"), &bytes[..length]).unwrap();
        let found = Catalog::open(&path, Access::Read).and_then(|catalog| catalog.settings().map(drop));
        if let Err(error) = found {
            assert_ne!(error.kind(), ErrorKind::Internal, "{length}: {error}");
        }
        assert!(!problems(&path).is_empty(), "cut to {length} bytes");
    }
}

/// Each of these asked for gigabytes, ran out of numbers, or was used unseen.
const NUMBERS: &[&str] = &[
    "UPDATE segment SET n_rows = 9223372036854775807",
    "UPDATE segment SET n_rows = -1",
    "UPDATE segment SET n_rows = 3",
    "UPDATE segment SET n_rows = 1000000, first_row = 0",
    "UPDATE segment SET n_rows = 1099511627776; UPDATE segment_block SET n_rows = 1099511627776",
    "UPDATE segment SET n_rows = 9223372036854775807; UPDATE segment_block SET n_rows = 9223372036854775807",
    "UPDATE segment SET first_row = 9223372036854775807",
    "UPDATE segment SET number = 4294967297; UPDATE segment_block SET number = 4294967297",
    "UPDATE segment SET number = 1000000; UPDATE segment_block SET number = 1000000",
    "UPDATE segment_block SET n_rows = 9223372036854775807",
    "UPDATE segment_block SET first_row = 9223372036854775807",
    "UPDATE embedding SET row = 9223372036854775807 WHERE row = 0",
    "UPDATE embedding SET row = 1 << 33 WHERE row = 0",
    "DELETE FROM embedding WHERE row = 0",
    "UPDATE photo SET id = 134217728 WHERE id = 1; UPDATE annotation SET photo_id = 134217728 WHERE photo_id = 1; \
     UPDATE photo_path SET photo_id = 134217728 WHERE photo_id = 1",
    "UPDATE photo SET id = 1 << 33 WHERE id = 4; UPDATE annotation SET photo_id = 1 << 33 WHERE photo_id = 4; \
     UPDATE photo_path SET photo_id = 1 << 33 WHERE photo_id = 4; \
     UPDATE sqlite_sequence SET seq = 1 << 33 WHERE name = 'photo'",
    "UPDATE annotation SET id = 9223372036854775807 WHERE id = 4; \
     UPDATE embedding SET annotation_id = 9223372036854775807 WHERE annotation_id = 4; \
     UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'annotation'",
    "UPDATE annotation SET id = -5 WHERE id = 1; UPDATE embedding SET annotation_id = -5 WHERE annotation_id = 1; \
     DROP TRIGGER journal_assignment_fixed; UPDATE journal_assignment SET annotation_id = -5 WHERE annotation_id = 1; \
     CREATE TRIGGER journal_assignment_fixed BEFORE UPDATE ON journal_assignment
BEGIN SELECT RAISE(ABORT, 'the journal is only added to'); END",
    "UPDATE sqlite_sequence SET seq = 1 << 33 WHERE name IN ('photo', 'annotation')",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "UPDATE sqlite_sequence SET seq = -1 WHERE name = 'individual'",
    "UPDATE sqlite_sequence SET seq = 'many' WHERE name = 'journal_entry'",
    "UPDATE bundle SET dimension = 0",
    "UPDATE bundle SET dimension = -1",
    "UPDATE bundle SET dimension = 9",
    "UPDATE bundle SET dimension = 4294967304",
    "UPDATE bundle SET name = 'tiny@ffffffffffff'",
    "UPDATE bundle SET name = '../../x@0123456789ab'",
    "UPDATE bundle SET in_use = 0",
    "UPDATE photo SET byte_len = -1 WHERE id = 1",
    "UPDATE photo SET width = 4294967296 WHERE id = 1",
    "UPDATE annotation SET x = 1, y = 1, width = 9e999, height = 1 WHERE id = 1",
    "UPDATE setting SET value = '4294967295' WHERE name = 'thumbnail_pixels'",
    "UPDATE setting SET value = 'null' WHERE name = 'policy'",
];

/// Everything that reads and writes, up to the first refusal.
fn use_all_of_it(path: &Path) -> Result<(), CatalogError> {
    let reader = Catalog::open(path, Access::Read)?;
    reader.settings()?;
    reader.stats()?;
    let embeddings = reader.embeddings(&bundle())?;
    embeddings.similarities(&[0.0; crate::support::DIMENSION])?;
    let gallery = reader.gallery(&bundle())?;
    gallery.filter(&resight_catalog::GalleryFilter::default());
    for annotation in reader.annotations()? {
        reader.photo(&annotation.photo)?;
    }
    reader.individuals()?;
    let mut writer = Catalog::open(path, Access::Write)?;
    let import = writer.begin_import("more", &signed(5))?;
    writer.store_batch(import, &bundle(), &[photo(77, Some("Luna"))], at(6))?;
    writer.repair_embeddings()?;
    Ok(())
}

#[test]
fn numbers_that_cannot_be_are_a_clear_error_and_a_finding() {
    let (_folder, sound) = changed("");
    assert_eq!(problems(&sound), Vec::<String>::new());
    use_all_of_it(&sound).unwrap();
    for sql in NUMBERS {
        let (_folder, path) = changed(sql);
        let segment = path.join("vectors").join(bundle().as_str()).join("seg-000001.f16");
        let before = std::fs::read(&segment).unwrap();
        assert!(!problems(&path).is_empty(), "not noticed: {sql}");
        if let Err(error) = use_all_of_it(&path) {
            assert_ne!(error.kind(), ErrorKind::Internal, "{sql}: {error}");
            let after = std::fs::read(&segment).unwrap();
            assert_eq!(after, before, "nothing is cut off by a number that makes no sense: {sql}");
        }
    }
}

#[test]
fn a_flipped_bit_is_never_a_bug_of_ours() {
    let (_folder, path) = changed("");
    let database = path.join("catalog.sqlite");
    let segment = path.join("vectors").join(bundle().as_str()).join("seg-000001.f16");
    let sound = [&database, &segment].map(|file| std::fs::read(file).unwrap());
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..150 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut damaged = sound.clone();
        // Half of them in the first pages, where the header and the schema are.
        let reach = if dice & 1 == 0 { 8192 } else { damaged[0].len() };
        let bit = (dice >> 20) as usize % (reach * 8);
        damaged[0][bit / 8] ^= 1 << (bit % 8);
        for (file, bytes) in [&database, &segment].into_iter().zip(&damaged) {
            std::fs::write(file, bytes).unwrap();
        }
        for beside in ["catalog.sqlite-wal", "catalog.sqlite-shm", "catalog.sqlite-journal"] {
            let _ = std::fs::remove_file(path.join(beside));
        }
        if let Err(error) = verify(&path) {
            let other_version =
                matches!(error, CatalogError::NewerSchema { .. } | CatalogError::OlderSchema { .. });
            assert!(other_version, "bit {bit}: {error}");
        }
        if let Err(error) = use_all_of_it(&path) {
            assert_ne!(error.kind(), ErrorKind::Internal, "bit {bit}: {error}");
        }
    }
}

#[test]
fn a_circle_of_merges_ends_and_is_found() {
    let (_folder, path) = changed(
        "UPDATE annotation SET individual_id = NULL; DELETE FROM individual_name; \
         UPDATE individual SET state = 'merged', merged_into = 2 WHERE id = 1; \
         UPDATE individual SET state = 'merged', merged_into = 1 WHERE id = 2",
    );
    let found = problems(&path);
    assert!(found.iter().any(|problem| problem.contains("in a circle: ind-1")), "{found:?}");
    let catalog = Catalog::open(&path, Access::Read).unwrap();
    let refusal = catalog.find_individual("ind-1").unwrap_err();
    assert_eq!(refusal.kind(), ErrorKind::Corrupt);
    assert!(refusal.to_string().contains("in a circle"), "{refusal}");
    drop(catalog);
    // The journal knows better, and that is enough.
    let mut catalog = Catalog::open(&path, Access::Write).unwrap();
    assert!(catalog.restore_from_journal().unwrap());
    drop(catalog);
    assert_eq!(problems(&path), Vec::<String>::new());
}

#[test]
fn a_segment_of_another_bundle_is_not_used() {
    let (_folder, path) = changed("");
    let other = resight_catalog::BundleSpec {
        id: resight_core::BundleId::new("other", &[9; 32]).unwrap(),
        ..crate::support::spec()
    };
    let mut catalog = Catalog::open(&path, Access::Write).unwrap();
    catalog.add_bundle(&other, at(2)).unwrap();
    let annotations: Vec<_> = catalog.annotations().unwrap().iter().map(|found| found.id).collect();
    let values = resight_catalog::NewEmbedding::Values(vec![1.0; crate::support::DIMENSION]);
    let again: Vec<_> = annotations.iter().map(|id| (*id, values.clone())).collect();
    catalog.store_embeddings(&other.id, &again).unwrap();
    drop(catalog);
    assert_eq!(problems(&path), Vec::<String>::new());
    let segment = |bundle: &str| path.join("vectors").join(bundle).join("seg-000001.f16");
    std::fs::copy(segment(other.id.as_str()), segment(bundle().as_str())).unwrap();
    let catalog = Catalog::open(&path, Access::Read).unwrap();
    let refusal = catalog.embeddings(&bundle()).unwrap_err();
    assert!(refusal.to_string().contains("made by something else"), "{refusal}");
    assert!(problems(&path).iter().any(|problem| problem.contains("made by something else")));
}
