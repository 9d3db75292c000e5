//! Tests of written tables: what is written comes back.

use std::fs;

use proptest::prelude::*;
use resight_core::PixelBox;

use super::*;
use crate::{ReadOptions, read_source};

fn row(identity: &str) -> Row {
    Row {
        identity: Some(identity.to_owned()),
        ..Row::of_photo(2, "a".into(), PathBuf::from("/photos/a.jpg"))
    }
}

fn written(rows: &[Row], extra_columns: &[String]) -> Result<Vec<u8>, TableWriteError> {
    let mut writer = TableWriter::new(Vec::new(), Path::new("/photos"), extra_columns)?;
    rows.iter().try_for_each(|row| writer.write(row))?;
    writer.finish()
}

fn read_back(bytes: &[u8]) -> Vec<Row> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    fs::write(&path, bytes).unwrap();
    let photo_folder = Some(PathBuf::from("/photos"));
    let options = ReadOptions { photo_folder, check_files: false, ..ReadOptions::default() };
    let table = read_source(&path, &options).expect("a table");
    assert!(
        table.warnings.iter().all(|warning| !warning.to_string().contains("left out")),
        "{:?}",
        table.warnings
    );
    table.rows
}

#[test]
fn a_full_row_is_written_and_read_back() {
    let full = Row {
        line: 2,
        image_id: "a,\"1\"".into(),
        path: "/photos/sub/a.jpg".into(),
        identity: Some("007".into()),
        species: resight_core::Species::parse("lion"),
        viewpoint: resight_core::Viewpoint::parse("left"),
        encounter: Some("e 1".into()),
        encounter_source: None,
        date: "2024-05-31T14:02:07.5+02:00".parse().ok(),
        latitude: Some(-33.5),
        longitude: Some(151.25),
        boxes: vec![
            GivenBox::upright(PixelBox::at(1.5, -2.0, 3.0, 1.0 / 3.0)),
            GivenBox::upright(PixelBox::at(0.0, 0.0, 9.0, 9.0)),
        ],
        split: Some("train".into()),
        extra: vec!["=1+1".into(), "two\nlines".into()],
    };
    let unidentified = Row { identity: None, ..Row::of_photo(4, "b".into(), "/elsewhere/b.jpg".into()) };
    let unidentified = Row { extra: vec![String::new(); 2], ..unidentified };
    let rows = [full, unidentified];
    let bytes = written(&rows, &["formula".into(), "note".into()]).expect("written");
    assert_eq!(read_back(&bytes), rows);
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("image_id,path,identity,species,viewpoint,encounter,date,latitude,"), "{text}");
    assert!(text.contains("sub/a.jpg,007,lion,left,e 1,2024-05-31T14:02:07.5+02:00,-33.5,151.25,"), "{text}");
    assert!(text.contains("\nb,/elsewhere/b.jpg,unknown,"), "{text}");
    assert!(text.contains("'=1+1"), "{text}");
}

#[test]
fn no_cell_is_a_formula_to_a_spreadsheet() {
    for name in ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "''=x", "'=x"] {
        let bytes = written(&[row(name)], &[]).expect("written");
        let text = String::from_utf8(bytes.clone()).unwrap();
        let cell = text.lines().nth(1).and_then(|line| line.split(',').nth(2)).unwrap();
        assert!(cell.trim_start_matches('"').starts_with('\''), "{cell}");
        assert_eq!(read_back(&bytes)[0].identity.as_deref(), Some(name));
    }
    for name in ["-12", "+5", "'quoted'", "O'Neil", "'"] {
        assert_eq!(guarded(name), name);
        assert_eq!(unguarded(name), name);
    }
}

#[test]
fn names_that_would_not_come_back_are_refused() {
    for name in ["unknown", "NaN", "NA", "-", "", " padded ", "new_whale", "nul\0", "two\nlines"] {
        let refused = written(&[row(name)], &[]).expect_err("refused");
        assert_eq!(refused.hint(), Some(Hint::RenameIndividual), "{refused}");
    }
    assert!(written(&[row("Nala")], &[]).is_ok());
    let of_earlier = read_back(&written(&[row("Jose\u{301} II"), row("Big  Nick")], &[]).unwrap());
    let names: Vec<_> = of_earlier.iter().filter_map(|row| row.identity.as_deref()).collect();
    assert_eq!(names, ["José II", "Big Nick"], "as they are read today");
}

#[test]
fn a_row_that_a_table_cannot_hold_leaves_nothing_of_itself() {
    let mut writer = TableWriter::new(Vec::new(), Path::new("/photos"), &[]).unwrap();
    writer.write(&row("Ada")).unwrap();
    let torn = Row { path: PathBuf::from("/photos/a\nb.jpg"), ..row("Bo") };
    let error = writer.write(&torn).unwrap_err();
    assert!(error.concerns_row() && error.to_string().contains("a\\nb.jpg"), "{error}");
    let torn = Row { encounter: Some("trip\u{1b}[2J".into()), ..row("Cy") };
    assert!(writer.write(&torn).unwrap_err().concerns_row());
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let bytes = std::ffi::OsStr::from_bytes(b"/photos/caf\xe9.jpg");
        let torn = Row { path: PathBuf::from(bytes), ..row("Di") };
        assert!(matches!(writer.write(&torn), Err(TableWriteError::Path(_))));
    }
    writer.write(&row("Eve")).unwrap();
    let rows = read_back(&writer.finish().unwrap());
    let names: Vec<_> = rows.iter().filter_map(|row| row.identity.as_deref()).collect();
    assert_eq!(names, ["Ada", "Eve"]);
}

proptest! {
    #[test]
    fn every_name_comes_back_or_is_refused(name in "['=+@\t\r -]{0,3}.{0,6}|.{0,12}") {
        match written(&[row(&name)], &[]) {
            Ok(bytes) => {
                let rows = read_back(&bytes);
                let expected = in_todays_form(&name);
                prop_assert_eq!(rows[0].identity.as_deref(), Some(&*expected));
            }
            Err(error) => prop_assert!(matches!(error, TableWriteError::Name(_))),
        }
    }
}

#[test]
fn a_list_of_any_columns_holds_no_formula() {
    let columns = ["path".to_owned(), "individual".to_owned()];
    let mut list = ListWriter::new(Vec::new(), &columns).unwrap();
    list.write(&["=cmd|' /C calc'!A0".to_owned(), "-0.5".to_owned()]).unwrap();
    let text = String::from_utf8(list.finish().unwrap()).unwrap();
    assert_eq!(text, "path,individual\n'=cmd|' /C calc'!A0,-0.5\n");
    let mut list = ListWriter::new(Vec::new(), &columns).unwrap();
    assert!(list.write(&["one cell".to_owned()]).is_err(), "cells would stand under the wrong columns");
}
