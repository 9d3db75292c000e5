//! Folders of files as other programs keep them, read as every kind of source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use resight_dataset::{ReadOptions, SourceKind, read_source};

use super::tables::follow;
use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "sources", seeds, words: WORDS, mend: as_it_is, run, cost: 40 };

/// Begins a file: behind it stands the place of its name in [`NAMES`].
const MARK: &[u8] = b"\n%%%%";
/// What files are called; an input has no names of its own.
const NAMES: [&str; 12] = [
    "table.csv",
    "found.json",
    "datapackage.json",
    "deployments.csv",
    "media.csv",
    "observations.csv",
    "chip_table.csv",
    "image_table.csv",
    "name_table.csv",
    "fins.db",
    "001L_a.jpg.xmp",
    "book.xlsx",
];
/// No input has more files.
const MOST_FILES: usize = 6;

const WORDS: &[&[u8]] = &[
    MARK,
    b"\"bbox\": [0.1, 0.1, 0.5, 0.5]",
    b"\"id\": 1",
    b"\"image_id\": 1",
    b"\"detections\": [",
    b"null",
    b"1e308",
    b"-1",
    b"NaN",
    b"[ 4 2 20 10]",
    b"<rdf:li>",
    b"</rdf:li>",
    b"&lt;",
    b"<!DOCTYPE x [<!ENTITY a \"aaaaaaaa\">]>",
    b"&a;",
    b"stArea:x=\"0.5\"",
    b"PK\x03\x04",
    b"CREATE TABLE",
    b"../../../../dev/zero",
    b"2024-01-03T10:00:00+25:00",
    b"\0",
];

fn run(input: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let files: BTreeSet<&str> = files_of(input)
        .into_iter()
        .map(|(name, content)| {
            fs::write(folder.path().join(name), content).expect("room for a small file");
            name
        })
        .collect();
    fs::write(folder.path().join("001L_a.jpg"), []).expect("room for an empty file");
    for kind in [None].into_iter().chain(SourceKind::ALL.iter().copied().map(Some)) {
        read(folder.path(), kind);
        for name in &files {
            read(&folder.path().join(name), kind);
        }
    }
}

fn read(path: &Path, kind: Option<SourceKind>) {
    let options = ReadOptions { kind, check_files: kind.is_none(), ..ReadOptions::default() };
    if let Ok(table) = read_source(path, &options) {
        follow(path, table);
    }
}

/// The files of an input; a name that comes twice is the last.
fn files_of(input: &[u8]) -> Vec<(&'static str, &[u8])> {
    let mut starts: Vec<usize> =
        input.windows(MARK.len()).enumerate().filter(|(_, bytes)| *bytes == MARK).map(|(at, _)| at).collect();
    starts.truncate(MOST_FILES);
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([input.len()]).collect();
    let file = |(start, end): (usize, usize)| {
        let (name, content) = input[start + MARK.len()..end].split_first()?;
        Some((NAMES[usize::from(*name) % NAMES.len()], content))
    };
    starts.into_iter().zip(ends).filter_map(file).collect()
}

/// An input of these files.
fn joined(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut input = Vec::new();
    for (name, content) in files {
        let place = NAMES.iter().position(|known| known == name).expect("the name is in the list");
        input.extend(MARK);
        input.push(place as u8);
        input.extend(*content);
    }
    input
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        joined(&[(
            "table.csv",
            b"Encounter.mediaAsset0,Encounter.mediaAsset0.keywords,MarkedIndividual.individualID,Encounter.genus,\
              Encounter.specificEpithet,Encounter.year,Encounter.month,Encounter.decimalLatitude,Encounter.decimalLongitude\n\
              001L_a.jpg,left_fluke,W-01,Megaptera,novaeangliae,2024,5,-33.5,18.25\n",
        )]),
        joined(&[
            ("datapackage.json", b"{\"profile\": \"x\"}"),
            ("deployments.csv", b"deploymentID,locationName,latitude,longitude,deploymentStart\nd1,North ridge,50.1,4.2,2024-01-01T00:00:00Z\n"),
            ("media.csv", b"mediaID,deploymentID,timestamp,filePath,fileMediatype,eventID\nm1,d1,2024-01-03T10:00:00+01:00,001L_a.jpg,image/jpeg,e1\n"),
            ("observations.csv", b"observationID,deploymentID,mediaID,eventID,observationLevel,observationType,scientificName,individualID,bboxX,bboxY,bboxWidth,bboxHeight\n\
              o1,d1,m1,e1,media,animal,Lynx lynx,L7,0.25,0.5,0.5,0.25\n"),
        ]),
        joined(&[(
            "observations.csv",
            b"id,observed_on,time_observed_at,image_url,latitude,longitude,scientific_name,field:individual\n\
              1,2024-05-31,2024-05-31 12:02:07 UTC,https://x.example/001L_a.jpg,10.5,20.5,Zalophus wollebaeki,Lola\n",
        )]),
        joined(&[
            ("chip_table.csv", b"# chip table\n#   ChipID, ImgID, NameID, roi[tl_x  tl_y  w  h], theta\n  1, 1, 2, [ 4 2 20 10], 1.5\n"),
            ("image_table.csv", b"# ImgID, ImageName, AifBit\n 1, 001L_a.jpg, 1\n"),
            ("name_table.csv", b"# NameID, Name\n 1, ____\n 2, Zuri\n"),
        ]),
        joined(&[("table.csv", b"match id,file name\n001,a.jpg\n")]),
        joined(&[("table.csv", b"Station,Species,Individual,DateTimeOriginal,Directory,FileName\nnorth,lynx,L1,2024-01-02 03:04:05,.,001L_a.jpg\n")]),
        joined(&[("table.csv", b"theta,viewpoint,name,species,file_path,x,y,w,h\n-0.4,left,Zuri,zebra,001L_a.jpg,4,2,20,10\n")]),
        joined(&[(
            "found.json",
            br#"{"images": [{"id": 1, "file_name": "001L_a.jpg", "date_captured": "2022-12-31 09:52:50", "location": "T12", "seq_id": "s9",
               "gps_lat_captured": -1.5}], "annotations": [{"id": 1, "image_id": 1, "category_id": 5, "bbox": [4, 2, 20, 10], "name": "Zuri",
               "viewpoint": "left", "theta": 0.5}], "categories": [{"id": 5, "name": "zebra_grevys"}]}"#,
        )]),
        joined(&[(
            "found.json",
            br#"{"info": {"format_version": "1.6"}, "detection_categories": {"1": "animal", "2": "person"},
               "classification_categories": {"0": "lynx"}, "images": [{"file": "001L_a.jpg", "detections": [{"category": "1", "conf": 0.9,
               "bbox": [0.1, 0.1, 0.5, 0.5], "classifications": [["0", 0.8]]}]}, {"file": "b.jpg", "failure": "no photo"}]}"#,
        )]),
        joined(&[(
            "001L_a.jpg.xmp",
            br#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
               <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
               xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#">
               <dc:subject><rdf:Bag><rdf:li>W-01</rdf:li></rdf:Bag></dc:subject>
               <lr:hierarchicalSubject><rdf:Bag><rdf:li>individual|W-01</rdf:li><rdf:li>species|orca</rdf:li></rdf:Bag></lr:hierarchicalSubject>
               <mwg-rs:Regions rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li rdf:parseType="Resource">
               <mwg-rs:Name>W-02</mwg-rs:Name><mwg-rs:Area stArea:x="0.5" stArea:y="0.5" stArea:w="0.2" stArea:h="0.2" stArea:unit="normalized"/>
               </rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions></rdf:Description></rdf:RDF></x:xmpmeta>"#,
        )]),
        joined(&[("fins.db", &catalog_of_darwin())]),
        joined(&[("book.xlsx", &workbook())]),
    ]
}

fn catalog_of_darwin() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fins.db");
    let database = rusqlite::Connection::open(&path).expect("a new database");
    database
        .execute_batch(
            "PRAGMA page_size = 512;
             CREATE TABLE Individuals (ID INTEGER PRIMARY KEY, IDCode TEXT, Name TEXT, fkDamageCategoryID INTEGER);
             CREATE TABLE Images (ID INTEGER PRIMARY KEY, fkIndividualID INTEGER, ImageFilename TEXT, DateOfSighting TEXT,
                RollAndFrame TEXT, LocationCode TEXT, ShortDescription TEXT);
             INSERT INTO Individuals VALUES (1, 'EC-001', 'Nick', 2);
             INSERT INTO Images VALUES (1, 1, 'C:\\DARWIN\\001L_a.jpg', '2004-07-01', '3-17', 'Bay', 'two nicks');",
        )
        .expect("the statements are right");
    drop(database);
    fs::read(&path).expect("it was written")
}

fn workbook() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in
        [["path", "identity", "date"], ["001L_a.jpg", "W-01", "2024-05-31"]].iter().enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(row as u32, column as u16, *cell).expect("a small sheet");
        }
    }
    book.save_to_buffer().expect("a small workbook")
}
