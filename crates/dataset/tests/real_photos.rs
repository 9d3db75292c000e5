//! Real tables and photos, from the folder that `RESIGHT_PHOTOS` names.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use resight_dataset::{
    AuditOptions, PhotoFacts, ReadOptions, SourceKind, SplitLabels, SplitOptions, SplitRule, Table,
    TableWriter, audit, read_source, split,
};
use resight_imaging::photo_id;

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("RESIGHT_PHOTOS").map(PathBuf::from);
    if folder.is_none() {
        resight_testkit::skip::skipped("photos", "no real photos");
    }
    folder
}

/// Dates that are none: table, first line, cell, how many more. One author was not sure of them and wrote so, the
/// other has a thirteenth month.
const BAD_DATES: [(&str, u64, &str, u64); 2] =
    [("holstein_cattle", 14, "2025-03-31?", 1260), ("white_shark_fins", 16, "2013-13-05", 9)];

fn read(folder: &std::path::Path, name: &str) -> Table {
    read_source(&folder.join(name), &ReadOptions::default()).expect("a folder with metadata.csv")
}

#[test]
fn every_real_table_is_read_whole() {
    let Some(folder) = folder() else { return };
    // Rows and individuals, counted apart with Python's csv module.
    let expected = [
        ("chimp_faces", 300, 10),
        ("dolphin_field_boxes", 110, 0),
        ("dolphin_fins_darwin", 20, 10),
        ("holstein_cattle", 3621, 82),
        ("jaguar_boxes", 19, 0),
        ("lion", 594, 75),
        ("nyala", 1213, 179),
        ("right_whale", 2805, 274),
        ("white_shark_fins", 217, 214),
        ("zebra_boxes", 45, 0),
    ];
    for (name, n_rows, n_individuals) in expected {
        let table = read(&folder, name);
        let individuals: BTreeSet<_> = table.rows.iter().filter_map(|row| row.identity.as_deref()).collect();
        assert_eq!((name, table.rows.len(), individuals.len()), (name, n_rows, n_individuals));
        assert_eq!(table.kind, SourceKind::WildlifeDatasets);
        let told: Vec<String> = table.warnings.iter().map(ToString::to_string).collect();
        let bad_dates = BAD_DATES.iter().filter(|(table, ..)| *table == name);
        let expected: Vec<String> = bad_dates
            .map(|(_, line, date, more)| {
                format!(
                    "line {line}: date not understood (use `2024-05-31 14:02:07`): `{date}` (and {more} more)"
                )
            })
            .collect();
        assert_eq!(told, expected, "{name}");
        let boxes = table.rows.iter().filter(|row| !row.boxes.is_empty()).count();
        assert_eq!(boxes, if name.ends_with("boxes") { n_rows } else { 0 }, "{name}");
    }
}

#[test]
fn real_tables_are_written_and_read_back_the_same() {
    let Some(folder) = folder() else { return };
    for name in ["holstein_cattle", "dolphin_field_boxes", "dolphin_fins_darwin"] {
        let table = read(&folder, name);
        let mut writer = TableWriter::new(Vec::new(), &table.root, &table.extra_columns).expect("memory");
        table.rows.iter().for_each(|row| writer.write(row).expect("memory"));
        let written = tempfile::tempdir().unwrap();
        std::fs::write(written.path().join("t.csv"), writer.finish().expect("memory")).unwrap();
        let options = ReadOptions { photo_folder: Some(table.root.clone()), ..ReadOptions::default() };
        let again = read_source(&written.path().join("t.csv"), &options).expect("a table");
        assert_eq!(again.rows, table.rows, "{name}");
        assert_eq!(again.extra_columns, table.extra_columns, "{name}");
    }
}

#[test]
fn splits_of_real_tables_leak_no_encounter_unless_asked_to() {
    let Some(folder) = folder() else { return };
    let table = read(&folder, "nyala");
    let labels = SplitLabels::of_rows(&table.rows);
    let leaks = |rule: SplitRule, whole_encounters| {
        let options = SplitOptions { whole_encounters, ..SplitOptions::of(rule) };
        let division = split(&labels, &options).expect("a split");
        audit(&table.rows, None, Some(&division), AuditOptions::default()).encounter_leaks.len()
    };
    assert_eq!(leaks(SplitRule::ClosedSet { train_share: 0.8 }, true), 0);
    assert_eq!(leaks(SplitRule::OpenSet { train_share: 0.8, new_share: 0.1 }, true), 0);
    assert_eq!(leaks(SplitRule::DisjointSet { test_share: 0.2 }, false), 0);
    assert!(leaks(SplitRule::ClosedSet { train_share: 0.8 }, false) > 100);
}

#[test]
fn the_catalog_and_query_photos_of_darwin_are_divided_by_their_column() {
    let Some(folder) = folder() else { return };
    let table = read(&folder, "dolphin_fins_darwin");
    let rule = SplitRule::Column { train: Vec::new(), test: Vec::new() };
    let division = split(&SplitLabels::of_rows(&table.rows), &SplitOptions::of(rule)).expect("a split");
    assert_eq!((division.train.len(), division.test.len()), (10, 10));
}

#[test]
fn the_copies_in_nyala_are_found() {
    let Some(folder) = folder() else { return };
    let table = read(&folder, "nyala");
    let facts: Vec<PhotoFacts> = table
        .rows
        .iter()
        .map(|row| PhotoFacts {
            photo_id: Some(photo_id(&std::fs::read(&row.path).unwrap())),
            ..PhotoFacts::default()
        })
        .collect();
    let found = audit(&table.rows, Some(&facts), None, AuditOptions::default());
    assert!(!found.identical_photos.is_empty());
    let owners: BTreeSet<_> = found
        .identical_photos
        .iter()
        .flatten()
        .filter_map(|row| table.rows[*row as usize].identity.as_deref())
        .collect();
    assert!(owners.contains("218"), "{owners:?}");
    assert_eq!(found.near_duplicates, found.identical_photos);
}
