//! Every format of the field, each from a small file written after its specification, read as a person would give it: nobody says what
//! it is.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use resight_dataset::{ReadOptions, Row, SourceKind, Table, read_source};

/// A folder with photos of these names; they are there, and are not looked into.
fn photos(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let gray = resight_imaging::RgbImage::from_pixel(40, 20, [7, 7, 7].into());
        fs::write(&path, resight_imaging::encode_jpeg(&gray, 80).unwrap()).unwrap();
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

fn read(path: &Path) -> Table {
    read_source(path, &ReadOptions::default()).unwrap()
}

fn who(table: &Table) -> Vec<&str> {
    table.rows.iter().map(|row| row.identity.as_deref().unwrap_or("-")).collect()
}

/// A cell of an extra column.
fn extra<'a>(table: &'a Table, row: &'a Row, column: &str) -> &'a str {
    let place = table.extra_columns.iter().position(|name| name == column);
    place.map_or("", |place| row.extra[place].as_str())
}

fn remarks(table: &Table) -> String {
    table.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn wildbooks_bulk_import() {
    let folder = photos(&["a.jpg", "b.jpg", "c.jpg"]);
    let text = "Encounter.mediaAsset0,Encounter.mediaAsset0.keywords,Encounter.mediaAsset1,MarkedIndividual.individualID,Encounter.genus,\
        Encounter.specificEpithet,Encounter.year,Encounter.month,Encounter.day,Encounter.hour,Encounter.minutes,Encounter.decimalLatitude,\
        Encounter.decimalLongitude,Encounter.locationID,Encounter.sex,Encounter.sightingID,Sighting.seaState\n\
        a.jpg,left_fluke,b.jpg,W-01,Megaptera,novaeangliae,2024,5,3,14,7,-33.5,18.25,Bay 1,female,S1,2\n\
        c.jpg,,,,Megaptera,novaeangliae,2024,5,,,,,,,,,\n\
        ,,,W-02,Megaptera,novaeangliae,2024,5,4,,,,,,,,\n";
    let table = read(&write(folder.path(), "upload.csv", text));
    assert_eq!((table.kind, who(&table)), (SourceKind::Wildbook, vec!["W-01", "W-01", "-"]));
    let [first, second, third] = &table.rows[..] else { panic!("{:?}", table.rows) };
    assert_eq!(first.species.as_ref().unwrap().as_str(), "megaptera_novaeangliae");
    assert_eq!(first.date.unwrap().to_string(), "2024-05-03T14:07:00");
    assert_eq!((first.latitude, first.longitude), (Some(-33.5), Some(18.25)));
    assert_eq!(first.encounter, second.encounter);
    assert_eq!(third.date.unwrap().to_string(), "2024-05");
    assert_eq!(
        [extra(&table, first, "sex"), extra(&table, first, "station"), extra(&table, first, "sighting")],
        ["female", "Bay 1", "S1"]
    );
    assert_eq!(extra(&table, first, "Sighting.seaState"), "2");
    assert!(remarks(&table).contains("line 4: row left out: it names no photo"), "{}", remarks(&table));
}

#[test]
fn camera_trap_data_packages() {
    let folder = photos(&["dep1/a.jpg", "dep1/b.jpg"]);
    let at = folder.path();
    write(at, "datapackage.json", "{\"profile\": \"x\"}");
    write(
        at,
        "deployments.csv",
        "deploymentID,locationName,latitude,longitude,deploymentStart,deploymentEnd\nd1,North ridge,50.1,4.2,2024-01-01T00:00:00Z,2024-02-01T00:00:00Z\n",
    );
    write(
        at,
        "media.csv",
        "mediaID,deploymentID,timestamp,filePath,filePublic,fileMediatype,eventID\n\
        m1,d1,2024-01-03T10:00:00+01:00,dep1/a.jpg,false,image/jpeg,e1\nm2,d1,2024-01-03T10:00:05+01:00,dep1/b.jpg,false,image/jpeg,e2\n",
    );
    write(
        at,
        "observations.csv",
        "observationID,deploymentID,mediaID,eventID,eventStart,eventEnd,observationLevel,observationType,scientificName,sex,individualID,bboxX,bboxY,bboxWidth,bboxHeight\n\
        o1,d1,m1,e1,,,media,animal,Lynx lynx,female,L7,0.25,0.5,0.5,0.25\no2,d1,m1,e1,,,media,human,,,,,,,\n\
        o3,d1,,e2,,,event,animal,Lynx lynx,,L8,,,,\no4,d1,m9,e9,,,media,animal,Lynx lynx,,L9,,,,\n",
    );
    for given in [at.to_owned(), at.join("datapackage.json")] {
        let table = read(&given);
        assert_eq!((table.kind, who(&table)), (SourceKind::CamtrapDp, vec!["L7", "L8"]));
        let first = &table.rows[0];
        let bounds = first.boxes[0].bounds;
        assert_eq!((bounds.x, bounds.y, bounds.width, bounds.height), (10.0, 10.0, 20.0, 5.0));
        assert_eq!((first.latitude, extra(&table, first, "station")), (Some(50.1), "North ridge"));
        assert_eq!(first.date.unwrap().to_string(), "2024-01-03T10:00:00+01:00");
        assert!(table.rows[1].boxes.is_empty() && table.rows[1].path.ends_with("dep1/b.jpg"));
        assert!(
            remarks(&table).contains("line 5: row left out: the package has no photo of it"),
            "{}",
            remarks(&table)
        );
    }
}

#[test]
fn inaturalist_with_the_photos_saved_beside_it() {
    let folder = photos(&["101.jpg", "large.jpeg"]);
    let text = "id,observed_on,time_observed_at,quality_grade,image_url,latitude,longitude,scientific_name,field:individual\n\
        101,2024-05-31,2024-05-31 12:02:07 UTC,research,https://x.example/1/original.jpg,10.5,20.5,Zalophus wollebaeki,Lola\n\
        102,2024-06-01,,research,https://x.example/2/large.jpeg?1,,,Zalophus wollebaeki,\n\
        103,2024-06-02,,casual,https://x.example/3/original.jpg,,,Zalophus wollebaeki,\n";
    let table = read(&write(folder.path(), "observations.csv", text));
    assert_eq!((table.kind, who(&table)), (SourceKind::Inaturalist, vec!["Lola", "-"]));
    assert_eq!(table.rows[0].date.unwrap().to_string(), "2024-05-31T12:02:07+00:00");
    assert_eq!(table.rows[1].date.unwrap().day().unwrap().to_string(), "2024-06-01");
    assert!(remarks(&table).contains("line 4: row left out: its photo is an address"), "{}", remarks(&table));
}

#[test]
fn camtraprs_table_and_folders() {
    let folder = photos(&["north/lynx/L1/a.jpg", "north/lynx/b.jpg", "south/c.jpg"]);
    let text = "Station,Species,Individual,DateTimeOriginal,Directory,FileName\nnorth,lynx,L1,2024-01-02 03:04:05,north/lynx/L1,a.jpg\n";
    let table = read(&write(folder.path(), "records.csv", text));
    assert_eq!(who(&table), ["L1"]);
    assert_eq!(
        (extra(&table, &table.rows[0], "Station"), table.rows[0].date.unwrap().to_string().as_str()),
        ("north", "2024-01-02T03:04:05")
    );
    assert!(table.rows[0].path.is_file());
    fs::remove_file(folder.path().join("records.csv")).unwrap();
    let options = ReadOptions { kind: Some(SourceKind::CamtraprFolders), ..ReadOptions::default() };
    let table = read_source(folder.path(), &options).unwrap();
    assert_eq!(who(&table), ["L1", "-", "-"]);
    assert_eq!(table.rows[1].species.as_ref().unwrap().as_str(), "lynx");
    assert_eq!(extra(&table, &table.rows[2], "station"), "south");
    assert!(table.rows.iter().all(|row| row.path.is_file()));
}

#[test]
fn hotspotters_tables() {
    let folder = photos(&["images/a.jpg"]);
    let at = folder.path();
    write(
        at,
        "_hsdb/chip_table.csv",
        "# chip table\n# NumData 2\n#   ChipID, ImgID, NameID, roi[tl_x  tl_y  w  h], theta\n  1, 1, 2, [ 4 2 20 10], 1.5\n  2, 1, 1, [ 0 0 9 9], 0\n  3, 7, 1, [0 0 1 1], 0\n",
    );
    write(at, "_hsdb/image_table.csv", "# image table\n# ImgID, ImageName, AifBit\n 1, a.jpg, 1\n");
    write(at, "_hsdb/name_table.csv", "# name table\n# NameID, Name\n 1, ____\n 2, Zuri\n");
    let table = read(&at.join("_hsdb"));
    assert_eq!((table.kind, who(&table)), (SourceKind::Hotspotter, vec!["Zuri", "-"]));
    let bounds = table.rows[0].boxes[0].bounds;
    assert_eq!((bounds.x, bounds.width, bounds.rotation), (4.0, 20.0, 1.5));
    assert!(table.rows[0].path.is_file());
    assert!(remarks(&table).contains("line 6: row left out"), "{}", remarks(&table));
}

#[test]
fn darwins_database() {
    let folder = photos(&["nick.png"]);
    let path = folder.path().join("fins.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    database
        .execute_batch(
            "CREATE TABLE Individuals (ID INTEGER PRIMARY KEY, IDCode TEXT, Name TEXT, fkDamageCategoryID INTEGER);
             CREATE TABLE Images (ID INTEGER PRIMARY KEY, fkIndividualID INTEGER, ImageFilename TEXT, DateOfSighting TEXT,
                RollAndFrame TEXT, LocationCode TEXT, ShortDescription TEXT);
             INSERT INTO Individuals VALUES (1, 'EC-001', 'Nick', 2);
             INSERT INTO Images VALUES (1, 1, 'C:\\DARWIN\\nick.png', '2004-07-01', '3-17', 'Bay', 'two nicks'), (2, 1, '', '', '', '', '');",
        )
        .unwrap();
    drop(database);
    let table = read(&path);
    assert_eq!((table.kind, who(&table)), (SourceKind::Darwin, vec!["EC-001"]));
    let row = &table.rows[0];
    assert_eq!(
        (row.date.unwrap().to_string().as_str(), extra(&table, row, "nickname")),
        ("2004-07-01", "Nick")
    );
    assert!(row.path.is_file());
    assert!(remarks(&table).contains("it names no photo"), "{}", remarks(&table));
    fs::write(&path, b"SQLite format 3\0 and nothing of the kind").unwrap();
    let error = read_source(&path, &ReadOptions::default()).unwrap_err().to_string();
    assert!(error.contains("not a catalog of DARWIN"), "{error}");
}

#[test]
fn the_matches_of_the_crru_app() {
    let folder = photos(&["001L_fin.jpg", "002R_other.jpg"]);
    write(
        folder.path(),
        "matches.csv",
        "match id,file name\n001,fin.jpg\n002,002R_other.jpg\n003,gone.jpg\n",
    );
    let table = read(folder.path());
    assert_eq!((table.kind, who(&table)), (SourceKind::Crru, vec!["001", "002", "003"]));
    let sides: Vec<_> =
        table.rows.iter().map(|row| row.viewpoint.as_ref().map_or("-", |side| side.as_str())).collect();
    assert_eq!(sides, ["left", "right", "-"]);
    assert!(remarks(&table).contains("line 4: no such file"), "{}", remarks(&table));
}

#[test]
fn coco_of_wild_me_and_of_camera_traps() {
    let folder = photos(&["a.jpg"]);
    let text = r#"{"images": [{"id": 1, "file_name": "a.jpg", "date_captured": "2022-12-31 09:52:50", "location": "T12", "seq_id": "s9",
        "gps_lat_captured": -1.5, "gps_lon_captured": 36.9}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 5, "bbox": [4, 2, 20, 10], "name": "Zuri", "viewpoint": "left", "theta": 0.5},
                        {"id": 2, "image_id": 1, "category_id": 5, "bbox": [0, 0, 9, 9], "name": "____"}],
        "categories": [{"id": 5, "name": "zebra_grevys"}]}"#;
    let table = read(&write(folder.path(), "wildme.json", text));
    assert_eq!((table.kind, who(&table)), (SourceKind::Coco, vec!["Zuri", "-"]));
    let row = &table.rows[0];
    assert_eq!(
        (row.boxes[0].bounds.rotation, row.encounter.as_deref(), row.latitude),
        (0.5, Some("s9"), Some(-1.5))
    );
    assert_eq!((extra(&table, row, "station"), row.viewpoint.as_ref().unwrap().as_str()), ("T12", "left"));
    assert_eq!(row.date.unwrap().to_string(), "2022-12-31T09:52:50");
}

#[test]
fn what_a_classifier_says_behind_megadetector_is_kept_where_it_is_sure() {
    let folder = photos(&["a.jpg"]);
    let text = r#"{"info": {"format_version": "1.6"}, "detection_categories": {"1": "animal", "2": "person"}, "classification_categories": {"0": "lynx"},
        "images": [{"file": "a.jpg", "detections": [{"category": "1", "conf": 0.9, "bbox": [0.1, 0.1, 0.5, 0.5], "classifications": [["0", 0.8]]},
        {"category": "1", "conf": 0.9, "bbox": [0.6, 0.6, 0.2, 0.2], "classifications": [["0", 0.4]]}, {"category": "2", "conf": 0.99, "bbox": [0, 0, 1, 1]}]}]}"#;
    let table = read(&write(folder.path(), "found.json", text));
    let classes: Vec<&str> = table.rows.iter().map(|row| extra(&table, row, "classified_as")).collect();
    assert_eq!(classes, ["lynx", ""]);
}

#[test]
fn tables_of_other_tools_are_known_by_their_columns() {
    let folder = photos(&["a.jpg", "sub/a.jpg"]);
    let at = folder.path();
    let miewid = read(&write(
        at,
        "miewid.csv",
        "theta,viewpoint,name,file_name,species,file_path,x,y,w,h\n-0.4,left,Zuri,a.jpg,zebra,a.jpg,4,2,20,10\n",
    ));
    assert_eq!((who(&miewid), miewid.rows[0].boxes[0].bounds.rotation), (vec!["Zuri"], -0.4));
    let timelapse = read(&write(
        at,
        "timelapse.csv",
        "File,RelativePath,DateTime,Individual\na.jpg,sub,2024-05-31 01:02:03,L1\n",
    ));
    assert!(timelapse.rows[0].path.ends_with("sub/a.jpg") && who(&timelapse) == ["L1"]);
    let finfindr = read(&write(at, "labels.csv", "Image,CatalogID\na.jpg,F7\n"));
    assert_eq!(who(&finfindr), ["F7"]);
    let humpback = read(&write(at, "humpback.csv", "Image,Id\na.jpg,new_whale\na.jpg,w_1\n"));
    assert_eq!(who(&humpback), ["-", "w_1"]);
    let clef = read(&write(
        at,
        "clef.csv",
        "image_id,identity,path,date,orientation,species,split,dataset\n1,L7,a.jpg,2024-01-02,left,lynx,database,LynxID2025\n",
    ));
    assert_eq!(clef.rows[0].viewpoint.as_ref().unwrap().as_str(), "left");
    let matchy = read(&write(
        at,
        "matchy.csv",
        "file path,timestamp,survey,station,viewpoint,species,individual\na.jpg,2024-01-02 03:04:05,S,T1,right,lynx,L7\n",
    ));
    assert_eq!((who(&matchy), extra(&matchy, &matchy.rows[0], "station")), (vec!["L7"], "T1"));
}

/// Fifty rows as the field makes them: each is taken, or told by its line.
#[test]
fn of_fifty_rows_of_the_field_none_is_lost_without_a_word() {
    let names: Vec<String> = (0..50).map(|number| format!("p{number:02}.jpg")).collect();
    // Every tenth photo is gone.
    let there: Vec<&str> =
        names.iter().enumerate().filter(|(at, _)| at % 10 != 9).map(|(_, name)| name.as_str()).collect();
    let folder = photos(&there);
    let dates = ["2024-05-31", "31.05.2024", "2024-05-31 14:02", "May 31st", "2024", "31/05/2024 14:02"];
    let whales = ["W-001", " W-001 ", "unknown", "NA", "", "new_individual", "Ana\u{7}", "W-002", "-", "Ben"];
    let mut bytes = b"Foto,Whale_ID,datetime,lat,long,notes,bbox\r\n".to_vec();
    for (at, name) in names.iter().enumerate() {
        let (date, whale) = (dates[at % dates.len()], whales[at % whales.len()]);
        let place = if at == 13 { "91.5,200" } else { "-33.5,18.2" };
        let bounds = if at == 21 { "[1 2 3]" } else { "" };
        match at {
            // A row that was cut off, one with a stray comma, one with a NUL.
            17 => bytes.extend(format!("{name},{whale}\r\n").bytes()),
            23 => bytes.extend(format!("{name},{whale},{date},{place},seen, twice,{bounds},x\r\n").bytes()),
            31 => bytes.extend(format!("{name},{whale},{date},{place},a\0b,{bounds}\r\n").bytes()),
            // An accent as Windows writes it.
            37 => bytes.extend(
                [
                    format!("{name},Jos").as_bytes(),
                    b"\xe9",
                    format!(",{date},{place},,{bounds}\r\n").as_bytes(),
                ]
                .concat(),
            ),
            41 => bytes.extend(format!(",{whale},{date},{place},no photo,{bounds}\r\n").bytes()),
            _ => bytes.extend(format!("{name},{whale},{date},{place},,{bounds}\r\n").bytes()),
        }
    }
    // A copy of an earlier row.
    bytes.extend(b"p00.jpg,W-001,2024-05-31,-33.5,18.2,,\r\n");
    let path = folder.path().join("field.csv");
    fs::write(&path, bytes).unwrap();
    let refused = read_source(&path, &ReadOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("no column holds the paths") && refused.contains("Foto"), "{refused}");

    let columns = resight_dataset::ColumnMapping::default()
        .with(resight_dataset::Column::Path, "Foto")
        .with(resight_dataset::Column::Identity, "Whale_ID");
    let table = read_source(&path, &ReadOptions { columns, ..ReadOptions::default() }).unwrap();
    let said = remarks(&table);
    let taken: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
    for line in 2..=52_u64 {
        let is_taken = taken.contains(&line);
        let is_told = said.lines().any(|remark| remark.starts_with(&format!("line {line}: row left out")));
        assert!(is_taken != is_told, "line {line}: {is_taken} {is_told}\n{said}");
    }
    for says in [
        "line 19: row left out: 2 cells where the table has 7 columns",
        "line 25: row left out",
        "line 33: row left out: it holds a NUL byte",
        "line 43: row left out: no path of a photo",
        "line 39: not UTF-8, read as Windows-1252",
        "line 11: no such file",
        "date not understood",
        "line 15: position not understood: `91.5, 200`",
        "line 23: box not understood",
        "line 8: no name of an individual",
    ] {
        assert!(said.contains(says), "{says}\n{said}");
    }
    assert!(table.rows.iter().any(|row| row.identity.as_deref() == Some("José")));
    assert_eq!(table.rows.iter().filter(|row| row.identity.as_deref() == Some("W-001")).count(), 9);
}

#[test]
fn what_is_written_as_a_camera_trap_data_package_is_read_again() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exchange/camtrap-dp");
    let options = ReadOptions { check_files: false, ..ReadOptions::default() };
    let table = read_source(&package, &options).unwrap();
    assert_eq!(table.kind, SourceKind::CamtrapDp);
    assert!(table.rows.iter().any(|row| row.identity.is_some()), "{:?}", who(&table));
    assert!(table.rows.iter().all(|row| row.date.is_some()));
}
