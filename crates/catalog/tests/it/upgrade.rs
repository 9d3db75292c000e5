//! A catalog of version 1 becomes one of today, whenever the process that does it is killed.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use resight_catalog::{Access, Catalog, CatalogError, NewEmbedding};
use resight_core::Viewpoint;
use rusqlite::Connection;

use crate::crash::{child, childs_folder};
use crate::support::{
    TempCatalog, assert_right_embeddings, assert_sound, bundle, embedding, open_for_writing, photo, signed,
};

const KILLS: u32 = 50;

/// Puts the catalog of version 1 into a folder.
fn version_1(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let database = Connection::open(folder.join("catalog.sqlite")).unwrap();
    database.pragma_update(None, "application_id", 0x5253_4754).unwrap();
    database.execute_batch(include_str!("../../src/schema/001_first.sql")).unwrap();
    database.execute_batch(include_str!("../fixtures/version_1.sql")).unwrap();
    database.pragma_update(None, "user_version", 1).unwrap();
}

/// All that it held is there, and nothing else is wrong than that its embeddings were never in the fixture.
fn assert_whole(catalog: &Catalog) {
    let names: Vec<String> =
        catalog.individuals().unwrap().into_iter().map(|individual| individual.name).collect();
    assert_eq!(names, ["Nick", "Stella"]);
    assert_eq!(catalog.find_individual("Luna").unwrap(), catalog.find_individual("Stella").unwrap());
    let left = Viewpoint::parse("left");
    let sides: Vec<bool> =
        catalog.annotations().unwrap().iter().map(|annotation| annotation.viewpoint == left).collect();
    assert_eq!(sides, [true, true, true, false, false], "`L`, `left` and `LHS` are one side now");
    let report = catalog.verify().unwrap();
    let others = |problem: &&resight_catalog::verify::Problem| {
        let told = problem.to_string();
        !(told.starts_with("missing-thumbnail") || told.starts_with("missing-embedding"))
    };
    let problems: Vec<String> = report.problems.iter().filter(others).map(ToString::to_string).collect();
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(catalog.journal(100).unwrap().len(), 5);
}

#[test]
fn a_catalog_of_version_1_is_brought_to_today() {
    let folder = tempfile::tempdir().unwrap();
    version_1(folder.path());
    assert!(matches!(Catalog::open(folder.path(), Access::Read), Err(CatalogError::OlderSchema { .. })));
    assert_whole(&crate::support::open_for_writing(folder.path()));
    assert_whole(&Catalog::open(folder.path(), Access::Read).unwrap());
    // Its steps can still be taken back.
    let mut catalog = crate::support::open_for_writing(folder.path());
    catalog.undo(None, &crate::support::signed(5)).unwrap();
    assert!(catalog.find_individual("Stella").is_err());
}

/// What makes the tables of each version out of those of the one before.
const STEPS: [&str; 3] = [
    include_str!("../../src/schema/001_first.sql"),
    include_str!("../../src/schema/002_learnt.sql"),
    include_str!("../../src/schema/003_picture.sql"),
];

/// Puts what a catalog of today holds into tables of an earlier version, as far as these have a place for it.
fn bring_back(folder: &Path, version: usize) {
    let (now, then) = (folder.join("catalog.sqlite"), folder.join("then.sqlite"));
    let database = Connection::open(&then).unwrap();
    database.pragma_update(None, "application_id", 0x5253_4754).unwrap();
    for step in &STEPS[..version] {
        database.execute_batch(step).unwrap();
    }
    database.pragma_update(None, "user_version", version as i64).unwrap();
    database.execute("ATTACH ?1 AS today", [now.to_str().unwrap()]).unwrap();
    let texts = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    for table in
        texts("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    {
        let columns = texts(&format!("SELECT name FROM pragma_table_info('{table}', 'main')")).join(", ");
        let copied = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}");
        database.execute(&copied, []).unwrap();
    }
    drop(database);
    for beside in ["catalog.sqlite-wal", "catalog.sqlite-shm"] {
        let _there_or_not = std::fs::remove_file(folder.join(beside));
    }
    std::fs::rename(then, now).unwrap();
}

#[test]
fn a_catalog_of_every_earlier_version_keeps_its_embeddings_and_its_steps() {
    for version in 1..=STEPS.len() {
        let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby", "", "Luna", "Willy"]);
        temp.catalog.assign(&ids[2..3], temp.catalog.find_individual("Moby").unwrap(), &signed(5)).unwrap();
        let TempCatalog { folder, catalog, .. } = temp;
        drop(catalog);
        let path = folder.path().join("catalog");
        bring_back(&path, version);
        let mut catalog = open_for_writing(&path);
        assert_sound(&catalog);
        assert_right_embeddings(&catalog);
        let gallery = catalog.gallery(&bundle()).unwrap();
        assert_eq!((gallery.rows.len(), gallery.n_segment_rows), (5, 5), "version {version}");
        let import = catalog.begin_import("more", &signed(6)).unwrap();
        catalog.store_batch(import, &bundle(), &[photo(9, Some("Nick"))], crate::support::at(7)).unwrap();
        catalog.undo(None, &signed(8)).unwrap();
        catalog.undo(None, &signed(9)).unwrap();
        assert_eq!(catalog.unidentified_annotations().unwrap().len(), 2, "Nick's and the assigned one");
        // Where rows were lost they are made anew, as in a catalog of today.
        let stored = NewEmbedding::Values(embedding(0));
        catalog.store_embeddings(&bundle(), &[(ids[0], stored)]).unwrap();
        assert_right_embeddings(&catalog);
        assert_sound(&catalog);
    }
}

#[test]
fn child_that_upgrades() {
    let Some(folder) = childs_folder() else { return };
    drop(Catalog::open(&folder, Access::Write).unwrap());
}

#[test]
fn an_upgrade_that_is_killed_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut finished = 0;
    for kill in 0..KILLS {
        let catalog = folder.path().join(kill.to_string());
        version_1(&catalog);
        let mut child = child("upgrade::child_that_upgrades", &catalog)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(u64::from(kill) * 700));
        let _it_may_have_ended = child.kill();
        finished += u32::from(child.wait().unwrap().success());
        assert_whole(&crate::support::open_for_writing(&catalog));
    }
    println!("{finished} of {KILLS} upgrades came to their end before they were killed");
}
