//! Tests of reading tables: good ones, odd ones, hostile ones.

use std::fs;

use proptest::prelude::*;
use resight_core::{GivenBox, PixelBox, RoomError as _};

use super::*;
use crate::{Warning, read_source};

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
    let bounds = PixelBox::at(1.0, 2.0, 3.0, 4.0);
    assert_eq!(row.boxes, [GivenBox::stored(bounds)]);
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
            "line 2: box not understood: not four numbers: `[1, 2, 3]`",
            "line 2: date not understood (use `2024-05-31 14:02:07`): `yesterday`",
            "line 2: position not understood: `95, 0`",
            "line 3: box not understood: not a number: `__import__('os')`",
            "line 3: `NA` in the column identity is read as \"not known\" (and 1 more)",
            "line 4: one identity for 2 boxes: it is not said which box it is",
        ]
    );
    let says_ghost = ReadOptions {
        unidentified_words: vec!["ghost".into()],
        check_files: false,
        ..ReadOptions::default()
    };
    assert_eq!(
        read_with(b"path,identity\na.jpg,Ghost\n", &says_ghost).expect("a table").rows[0].identity,
        None
    );
}

#[test]
fn a_word_for_a_missing_value_is_none_in_every_column() {
    for word in ["NA", "n/a", "NULL", "None", "-", "?", "nan", "unknown"] {
        let text = format!(
            "image_id,path,identity,species,viewpoint,encounter,date,lat,lon,bbox,split\n\
             {word},a.jpg,{word},{word},{word},{word},{word},{word},{word},{word},{word}\n"
        );
        let table = read(text.as_bytes()).expect("a table");
        let path = table.rows[0].path.clone();
        assert_eq!(table.rows, [Row::of_photo(2, "a.jpg".to_owned(), path)], "{word}");
        let lost = |warning: &Warning| warning.kind.loses_something();
        assert!(!table.warnings.iter().any(lost), "{word}: {:?}", table.warnings);
    }
    let table = read(b"path,encounter\na.jpg,NA\nb.jpg,NA\n").expect("a table");
    assert_eq!(
        warnings(&table),
        ["line 2: `NA` in the column encounter is read as \"not known\" (and 1 more)"]
    );
}

#[test]
fn a_name_that_can_be_none_is_told_by_its_line_and_costs_the_name() {
    let table = read(b"path,identity\na.jpg,Luna\nb.jpg,\"Big\nNick\"\nc.jpg,Nick\n").expect("a table");
    let names: Vec<_> = table.rows.iter().map(|row| row.identity.as_deref()).collect();
    assert_eq!(names, [Some("Luna"), None, Some("Nick")]);
    assert_eq!(
        warnings(&table),
        [
            "line 3: no name of an individual, so nobody is named: it holds a line end or another control character: \
             `Big\\nNick`"
        ]
    );
    assert!(table.warnings[0].kind.loses_something());
}

#[test]
fn a_table_of_midnights_knows_days_alone() {
    let precise = |text: &[u8]| -> Vec<bool> {
        let rows = read(text).expect("a table").rows;
        rows.iter().filter_map(|row| row.date).map(|date| date.has_time_of_day()).collect()
    };
    assert_eq!(precise(b"path,date\na.jpg,2024-05-31 00:00:00\nb.jpg,2024-06-01 00:00:00\n"), [false, false]);
    assert_eq!(precise(b"path,date\na.jpg,2024-05-31 00:00:00\nb.jpg,2024-06-01 07:00:00\n"), [true, true]);
}

/// A folder with a photo of 200 x 100 pixels.
fn folder_with_photo() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let photo = resight_imaging::encode_jpeg(&resight_imaging::RgbImage::new(200, 100), 80).unwrap();
    fs::write(folder.path().join("a.jpg"), photo).unwrap();
    folder
}

fn boxes_of(folder: &Path, text: &str, options: &ReadOptions) -> Result<Table, DatasetError> {
    let path = folder.join("t.csv");
    fs::write(&path, text).unwrap();
    read_source(&path, options)
}

#[test]
fn every_form_of_boxes_is_read_as_the_same_animal() {
    let folder = folder_with_photo();
    let animal = PixelBox::at(120.0, 30.0, 60.0, 40.0);
    let by_option =
        |form| ReadOptions { boxes: BoxReading { form: Some(form), space: None }, ..ReadOptions::default() };
    let by_name = ReadOptions::default();
    use crate::BoxForm;
    for (text, options) in [
        ("path,bbox\na.jpg,\"[120,30,60,40]\"\n", by_name.clone()),
        ("path,bbox\na.jpg,\"[120,30,180,70]\"\n", by_option(BoxForm::Corners)),
        ("path,bbox_xyxy\na.jpg,\"[120,30,180,70]\"\n", by_name.clone()),
        ("path,xmin,ymin,xmax,ymax\na.jpg,120,30,180,70\n", by_name.clone()),
        ("path,left,top,right,bottom\na.jpg,120,30,180,70\n", by_name.clone()),
        ("path,cx,cy,w,h\na.jpg,150,50,60,40\n", by_name.clone()),
        ("path,bbox\na.jpg,\"[150,50,60,40]\"\n", by_option(BoxForm::Center)),
        ("path,bbox\na.jpg,\"[0.6,0.3,0.3,0.4]\"\n", by_option(BoxForm::Relative)),
        ("path,bboxX,bboxY,bboxWidth,bboxHeight\na.jpg,0.6,0.3,0.3,0.4\n", by_name.clone()),
        ("path,bbox\na.jpg,\"[0.6,0.3,0.9,0.7]\"\n", by_option(BoxForm::RelativeCorners)),
        ("path,bbox\na.jpg,\"[0.75,0.5,0.3,0.4]\"\n", by_option(BoxForm::RelativeCenter)),
    ] {
        let table = boxes_of(folder.path(), text, &options).expect(text);
        assert!(table.warnings.is_empty(), "{text}: {:?}", table.warnings);
        let [GivenBox { bounds, space: BoxSpace::Stored }] = table.rows[0].boxes[..] else {
            panic!("{text}")
        };
        assert!(bounds.iou(&animal) > 0.999, "{text}: {bounds:?}");
    }
}

#[test]
fn boxes_that_fit_only_another_form_are_refused_with_that_form() {
    let folder = folder_with_photo();
    let refused = |text: &str| {
        let error = boxes_of(folder.path(), text, &ReadOptions::default()).expect_err(text);
        format!("{error}; {:?}", error.hint())
    };
    let corners = refused("path,bbox\na.jpg,\"[120,30,180,70]\"\na.jpg,\"[60,40,190,90]\"\n");
    assert!(
        corners.contains("leave their picture") && corners.contains("form: Some(\"corners\")"),
        "{corners}"
    );
    let shares = refused("path,bbox\na.jpg,\"[0.1,0.2,0.5,0.6]\"\n");
    assert!(shares.contains("smaller than a pixel") && shares.contains("form: Some(\"relative"), "{shares}");
    let nowhere = refused("path,bbox\na.jpg,\"[9000,30,60,40]\"\n");
    assert!(nowhere.contains("SayBoxes"), "{nowhere}");
}

#[test]
fn a_few_boxes_that_leave_their_pictures_are_told() {
    let folder = folder_with_photo();
    let rows = |outside: usize, inside: usize, row: &str| {
        let text = "a.jpg,\"[1,1,150,80]\"\n".repeat(inside);
        format!("path,bbox\n{text}{}", format!("a.jpg,\"{row}\"\n").repeat(outside))
    };
    let table = boxes_of(folder.path(), &rows(1, 3, "[100,50,180,90]"), &ReadOptions::default()).unwrap();
    let said = warnings(&table);
    assert!(said.iter().any(|text| text.contains("1 of 4") && text.contains("fit as `corners`")), "{said:?}");
    let table = boxes_of(folder.path(), &rows(1, 19, "[190,50,80,90]"), &ReadOptions::default()).unwrap();
    assert_eq!(
        warnings(&table).last().map(String::as_str),
        Some("1 of 20 boxes leave their picture; they are cut at its edge")
    );
}

#[test]
fn what_boxes_count_in_is_said_by_the_table_or_the_user() {
    let folder = folder_with_photo();
    let space = |text: &str, said: Option<BoxSpace>| {
        let boxes = BoxReading { form: None, space: said };
        let table = boxes_of(folder.path(), text, &ReadOptions { boxes, ..ReadOptions::default() }).unwrap();
        table.rows[0].boxes[0].space
    };
    let plain = "path,bbox\na.jpg,\"[1,1,50,50]\"\n";
    let stated = "path,bbox,bbox_space\na.jpg,\"[1,1,50,50]\",upright\n";
    assert_eq!(space(plain, None), BoxSpace::Stored);
    assert_eq!(space(stated, None), BoxSpace::Upright);
    assert_eq!(space(plain, Some(BoxSpace::Upright)), BoxSpace::Upright);
    assert_eq!(space(stated, Some(BoxSpace::Stored)), BoxSpace::Stored);
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
    fs::write(&path, "path\ngone.jpg\nb.jpg\nalso_gone.jpg\n../../out.jpg\n").unwrap();
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
fn names_from_windows_stay_different() {
    let table = read(b"path,identity\na.jpg,Andr\xE9\nb.jpg,Andr\xE8\n").expect("a table");
    let names: Vec<_> = table.rows.iter().filter_map(|row| row.identity.as_deref()).collect();
    assert_eq!(names, ["André", "Andrè"]);
    let told = warnings(&table);
    assert_eq!(told[0], "line 2: not UTF-8, read as Windows-1252: check the accents (and 1 more)");
    assert!(told.len() == 2 && told[1].contains("`Andrè` and `André` are two individuals"), "{told:?}");
    let table = read(b"path,identity\na.jpg,O\x92Brien\n").expect("a table");
    assert_eq!(table.rows[0].identity.as_deref(), Some("O\u{2019}Brien"));
}

#[test]
fn what_is_no_table_is_refused_with_the_reason() {
    let refused = |bytes: &[u8]| {
        let error = read(bytes).expect_err("refused");
        format!("{error}; {:?}", error.hint())
    };
    assert!(refused(b"").contains("empty"));
    assert!(refused(b"\n\n\r\n").contains("empty"));
    assert!(refused(b"\x7fELF\x02\x01\x01\0\0\0\0\0").contains("NUL bytes"));
    assert!(refused(b"\xFF\xFEp\0a\0t\0h\0").contains("UTF-16"));
    assert!(refused(b"a.jpg,w1\nb.jpg,w2\n").contains("PathColumn { near: None }"));
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

#[test]
fn a_path_leads_out_of_the_folder_only_where_it_does() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jpg"), b"x").unwrap();
    let path = folder.path().join("t.csv");
    let leads_out = |cell: &str| {
        fs::write(&path, format!("path\n{cell}\n")).unwrap();
        let table =
            read_source(&path, &ReadOptions { check_files: false, ..ReadOptions::default() }).unwrap();
        table.warnings.iter().any(|warning| warning.kind == WarningKind::PathLeavesFolder)
    };
    let own = folder.path().join("a.jpg");
    for inside in ["a.jpg", "b/../a.jpg", own.to_str().unwrap()] {
        assert!(!leads_out(inside), "{inside}");
    }
    for outside in ["../a.jpg", "b/../../a.jpg", "/elsewhere/a.jpg"] {
        assert!(leads_out(outside), "{outside}");
    }
}

#[test]
fn a_year_or_a_month_stays_one_and_zero_degrees_are_no_place() {
    let table = read(b"path,date,lat,lon\na.jpg,2019,0,0\nb.jpg,2019-07,1,0\n").expect("a table");
    let dates: Vec<_> = table.rows.iter().filter_map(|row| row.date).map(|date| date.to_string()).collect();
    assert_eq!((dates, table.rows[0].latitude), (vec!["2019".to_owned(), "2019-07".to_owned()], None));
    assert_eq!(table.rows[1].latitude, Some(1.0));
    assert_eq!(warnings(&table), [""; 0]);
}
