//! Tests of reading tables: good ones, odd ones, hostile ones.

use std::fs;

use proptest::prelude::*;
use resight_core::PixelBox;

use super::*;
use crate::read_source;

fn read_with(bytes: &[u8], options: &ReadOptions) -> Result<Table, DatasetError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, bytes).unwrap();
    read_source(&path, options)
}

/// Reads a table without looking for its photos.
fn read(bytes: &[u8]) -> Result<Table, DatasetError> {
    read_with(bytes, &ReadOptions { check_files: false, ..ReadOptions::default() })
}

fn warnings(table: &Table) -> Vec<String> {
    table.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_full_row_is_read() {
    let text = "\u{feff}image_id;path;identity;species;position;encounter;datetime;lat;lon;bbox;split;station\r\n\
        a1;images/a.jpg; 007 ;Tursiops truncatus;Left;e1;2024-05-31 14:02:07;-33.5;151.25;[1, 2, 3, 4];train;AABP 13\r\n";
    let table = read(text.as_bytes()).expect("a table");
    assert_eq!(warnings(&table), [""; 0]);
    assert_eq!(table.extra_columns, ["station"]);
    let row = &table.rows[0];
    assert_eq!((row.line, row.image_id.as_str(), row.identity.as_deref()), (2, "a1", Some("007")));
    assert!(row.path.ends_with("images/a.jpg") && row.path.is_absolute());
    assert_eq!(row.species, Species::parse("tursiops_truncatus"));
    assert_eq!(row.viewpoint, Viewpoint::parse("left"));
    assert_eq!(row.encounter.as_deref(), Some("e1"));
    assert_eq!(row.date.map(|date| date.to_string()).as_deref(), Some("2024-05-31T14:02:07"));
    assert_eq!((row.latitude, row.longitude), (Some(-33.5), Some(151.25)));
    assert_eq!(row.boxes, [GivenBox::stored(PixelBox { x: 1.0, y: 2.0, width: 3.0, height: 4.0 })]);
    assert_eq!((row.split.as_deref(), &row.extra[0]), (Some("train"), &"AABP 13".to_owned()));
}

#[test]
fn faults_of_single_cells_cost_the_cell_and_not_the_row() {
    let table = read(
        b"path,identity,date,bbox,lat,lon\n\
          a.jpg,w1,yesterday,\"[1, 2, 3]\",95,0\n\
          b.jpg,NA,,\"__import__('os')\",,\n\
          c.jpg,w1,,\"[[1,1,5,5],[9,9,5,5]]\",,\n\
          d.jpg,NA,NaN,,,\n",
    )
    .expect("a table");
    assert_eq!(table.rows.len(), 4);
    assert_eq!(
        warnings(&table),
        [
            "line 2: box not understood: not four numbers x, y, width, height: `[1, 2, 3]`",
            "line 2: date not understood (use `2024-05-31 14:02:07`): `yesterday`",
            "line 2: position not understood: `95, 0`",
            "line 3: box not understood: not a number: `__import__('os')`",
            "line 3: identity `NA` is kept as a name; hint: if it means \"not known\", say so or leave the cell empty \
             (and 1 more)",
            "line 4: one identity for 2 boxes: it is not said which box it is",
        ]
    );
    let says_na =
        ReadOptions { unidentified_words: vec!["NA".into()], check_files: false, ..ReadOptions::default() };
    assert_eq!(read_with(b"path,identity\na.jpg,NA\n", &says_na).expect("a table").rows[0].identity, None);
}

#[test]
fn rows_that_may_have_shifted_are_left_out() {
    let table = read(
        b"path,identity,note\na.jpg,w1,x,y\nb.jpg,w2\nc.jpg,w3,,\n,w4,\nd.jpg,w5,\0\n\n  e.jpg ,w6,ok\n",
    )
    .expect("a table");
    let names: Vec<_> = table.rows.iter().filter_map(|row| row.identity.as_deref()).collect();
    assert_eq!(names, ["w3", "w6"]);
    assert_eq!(
        warnings(&table),
        [
            "line 2: row left out: 4 cells where the table has 3 columns",
            "line 3: row left out: 2 cells where the table has 3 columns",
            "line 5: row left out: no path of a photo",
            "line 6: row left out: it holds a NUL byte",
        ]
    );
    assert!(table.rows[1].path.ends_with("e.jpg"));
}

#[test]
fn image_ids_are_made_unique() {
    let table = read(b"image_id,path\nx,a.jpg\nx,b.jpg\nx#2,c.jpg\nx,d.jpg\n").expect("a table");
    let ids: Vec<_> = table.rows.iter().map(|row| row.image_id.as_str()).collect();
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 4, "{ids:?}");
    assert_eq!(ids[..2], ["x", "x#2"]);
    assert_eq!(table.warnings.len(), 3);
    // Several animals of one photo, in a table without ids, are nothing to warn about.
    let table = read(b"path,identity\na.jpg,w1\na.jpg,w2\n").expect("a table");
    assert_eq!(table.rows[1].image_id, "a.jpg#2");
    assert!(table.warnings.is_empty());
}

#[test]
fn photos_are_looked_for_beside_the_table_and_in_the_usual_folders() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("images")).unwrap();
    fs::write(folder.path().join("images/b.jpg"), b"x").unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, "path\ngone.jpg\nb.jpg\nalso_gone.jpg\n../out.jpg\n").unwrap();
    let table = read_source(&path, &ReadOptions::default()).expect("a table");
    assert_eq!(table.root, folder.path().join("images"));
    assert_eq!(table.rows[1].path, folder.path().join("images/b.jpg"));
    assert_eq!(table.rows.len(), 4);
    let missing = table.warnings.iter().filter(|w| matches!(w.kind, WarningKind::MissingFile { .. })).count();
    assert_eq!(missing, 3);
    assert!(table.warnings.iter().any(|w| w.kind == WarningKind::PathLeavesFolder && w.line == Some(5)));
}

#[cfg(unix)]
#[test]
fn a_table_made_on_windows_finds_its_photos() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("a")).unwrap();
    fs::write(folder.path().join("a/b.jpg"), b"x").unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, "path\na\\b.jpg\n").unwrap();
    let table = read_source(&path, &ReadOptions::default()).expect("a table");
    assert_eq!(table.rows[0].path, folder.path().join("a/b.jpg"));
    assert!(table.warnings.is_empty());
}

#[test]
fn names_in_latin_1_stay_different() {
    let table = read(b"path,identity\na.jpg,Andr\xE9\nb.jpg,Andr\xE8\n").expect("a table");
    let names: Vec<_> = table.rows.iter().filter_map(|row| row.identity.as_deref()).collect();
    assert_eq!(names, ["André", "Andrè"]);
    assert_eq!(warnings(&table), ["line 2: not UTF-8, read as Latin-1: check the accents (and 1 more)"]);
}

#[test]
fn what_is_no_table_is_refused_with_the_reason() {
    let refused = |bytes: &[u8]| read(bytes).expect_err("refused").to_string();
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"\n\n\r\n").contains("empty"));
    assert!(refused(b"\x7fELF\x02\x01\x01\0\0\0\0\0").contains("NUL bytes"));
    assert!(refused(b"\xFF\xFEp\0a\0t\0h\0").contains("UTF-16"));
    assert!(refused(b"a.jpg,w1\nb.jpg,w2\n").contains("column names?"));
    assert!(refused(",".repeat(10_000_000).as_bytes()).contains("4,096 columns"));
    assert!(refused(&vec![b'x'; 10_000_000]).contains("4 MiB"));
    assert!(refused(&[b'"'; 10_001]).contains("no column holds"));
}

#[test]
fn a_cell_of_a_hundred_megabytes_costs_its_row_and_little_memory() {
    let mut bytes = b"path,identity\na.jpg,w1\n".to_vec();
    bytes.extend(std::iter::repeat_n(b'x', 100 << 20));
    bytes.extend(b",w2\nb.jpg,w3\nc.jpg,\"never closed\n");
    bytes.extend(std::iter::repeat_n(b'y', 5 << 20));
    let table = read(&bytes).expect("a table");
    assert_eq!(table.rows.len(), 2);
    assert_eq!(
        warnings(&table),
        [
            "line 3: row left out: too long (is a quote never closed?)",
            "line 5: row left out: too long (is a quote never closed?)"
        ]
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = read(&[b"path,identity,bbox,date,lat,lon\n", &bytes[..]].concat());
    }

    #[test]
    fn any_text_in_cells_gives_rows_with_unique_ids(
        cells in proptest::collection::vec(("[ab#2]{1,3}", "[a-c]{1,2}", ".{0,12}", ".{0,12}"), 1..30),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["image_id", "path", "identity", "bbox"]).unwrap();
        for (id, path, identity, bbox) in &cells {
            writer.write_record([id, path, identity, bbox]).unwrap();
        }
        let table = read(&writer.into_inner().unwrap()).unwrap();
        let nul_rows = cells.iter().filter(|c| c.2.contains('\0') || c.3.contains('\0')).count();
        prop_assert_eq!(table.rows.len(), cells.len() - nul_rows);
        let ids: std::collections::BTreeSet<_> = table.rows.iter().map(|row| &row.image_id).collect();
        prop_assert_eq!(ids.len(), table.rows.len());
    }
}
