//! A small world to export.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::PathBuf;

use jiff::Timestamp;
use resight_core::{
    AnnotationId, BodyPart, ImageSize, IndividualId, LabelSource, PhotoId, PixelBox, Quality, Species,
    Viewpoint,
};

use crate::exchange::*;

/// Names that nothing but the one field holds: each says what it is of.
pub(super) const PHOTOGRAPHER: &str = "zarathustra@example.org";
pub(super) const STATION: &str = "Quetzalcoatl";
pub(super) const PERSON: &str = "Wolfgang";
pub(super) const NOTE: &str = "Rumpelstilzchen";
pub(super) const ATTRIBUTE: &str = "Xylophon";
pub(super) const FOLDER: &str = "geheim";
pub(super) const UNCONFIRMED: &str = "Mara";

pub(super) fn sighting(id: i64) -> Shared {
    Shared {
        annotation: AnnotationId(id),
        photo: SharedPhoto {
            paths: vec![PathBuf::from(format!("/photos/{FOLDER}/IMG_{id}.JPG"))],
            content: PhotoId([u8::try_from(id).unwrap(); 32]),
            upright_size: Some(ImageSize { width: 400, height: 300 }),
            exif_orientation: 1,
            capture_time: format!("2024-05-{:02}T14:02:07+02:00", id + 10).parse().ok(),
            position: Some((47.123_456, -71.654_321)),
            station: Some(STATION.to_owned()),
            photographer: Some(PHOTOGRAPHER.to_owned()),
        },
        region: Some(PixelBox::at(40.0, 30.0, 100.0, 60.0)),
        detection_confidence: None,
        species: Species::parse("lynx_lynx"),
        species_said_by: Some(LabelSource::Table("/photos/geheim/list.csv".to_owned())),
        viewpoint: Viewpoint::parse("left"),
        body_part: BodyPart::parse("flank"),
        quality: Some(Quality::Good),
        identity: None,
        encounter: Some(format!("{STATION} {id}")),
        sighting: None,
        attributes: BTreeMap::new(),
    }
}

pub(super) fn identity(id: i64, name: &str) -> SharedIdentity {
    SharedIdentity {
        individual: IndividualId(id),
        name: name.to_owned(),
        said_by: LabelSource::Person(PERSON.to_owned()),
        probability: None,
        standing: Standing::Confirmed,
    }
}

pub(super) fn card(id: i64, name: &str) -> IndividualCard {
    IndividualCard {
        id: IndividualId(id),
        name: name.to_owned(),
        aliases: vec![format!("old {name}")],
        sex: Some(if id == 1 { Sex::Female } else { Sex::Male }),
        attributes: BTreeMap::new(),
        notes: String::new(),
    }
}

/// Luna twice in one encounter and once later, with Nick; Mara by a model's word; somebody unidentified.
pub(super) fn world() -> Exported {
    let mut sightings: Vec<Shared> = (1..=6).map(sighting).collect();
    for (place, who) in [(0, identity(1, "Luna")), (1, identity(1, "Luna")), (2, identity(1, "Luna"))] {
        sightings[place].identity = Some(who);
    }
    sightings[1].encounter = Some(format!("{STATION} 1"));
    sightings[1].photo.capture_time = "2024-05-11T14:02:09+02:00".parse().ok();
    sightings[1].attributes.insert("behavior".to_owned(), ATTRIBUTE.to_owned());
    // Nick is in Luna's third photo.
    sightings[3].photo = sightings[2].photo.clone();
    sightings[3].identity = Some(identity(2, "=Nick O'Brien"));
    sightings[3].region = Some(PixelBox::at(200.0, 100.0, 50.0, 80.0).turned(0.25));
    sightings[3].viewpoint = Viewpoint::parse("right");
    for place in [2, 3] {
        sightings[place].sighting = Some(format!("{STATION} trip"));
    }
    sightings[4].identity = Some(SharedIdentity {
        said_by: LabelSource::Model("lite0@0123456789ab".to_owned()),
        probability: Some(0.93),
        standing: Standing::Unconfirmed,
        ..identity(3, UNCONFIRMED)
    });
    sightings[4].photo.exif_orientation = 6;
    sightings[4].photo.capture_time = "2024-05".parse().ok();
    sightings[4].detection_confidence = Some(0.75);
    sightings[5].region = None;
    sightings[5].photo.capture_time = "2024-05-16 04:05:06".parse().ok();
    let mut individuals = vec![card(1, "Luna"), card(2, "=Nick O'Brien"), card(3, UNCONFIRMED)];
    individuals[0].notes = NOTE.to_owned();
    Exported { about: about(), sightings, individuals }
}

pub(super) fn about() -> About {
    About {
        title: "Lynx <of> the north".to_owned(),
        description: String::new(),
        contributors: vec!["A lynx society".to_owned()],
        data_license: Some("CC0-1.0".to_owned()),
        media_license: Some("CC-BY-4.0".to_owned()),
        captured_by: CapturedBy::CameraTraps,
        written_at: "2024-12-01T10:00:00Z".parse::<Timestamp>().unwrap(),
    }
}

/// All that is known goes out.
pub(super) fn everything() -> ExportOptions {
    ExportOptions {
        positions: PositionPrecision::Exact,
        unconfirmed: Unconfirmed::Marked,
        folders: Shown::Kept,
        place_names: Shown::Kept,
        people: Shown::Kept,
        folder: PathBuf::from("/photos"),
        scientific_names: ScientificNames { others: OtherLabels::Scientific, ..Default::default() },
        ..ExportOptions::default()
    }
}

/// The least that goes out, but for what species are called.
pub(super) fn least() -> ExportOptions {
    let scientific_names = everything().scientific_names;
    ExportOptions { scientific_names, ..ExportOptions::default() }
}

/// All that an export would put on a disk or a screen of somebody else, as text: what is packed is unpacked.
pub(super) fn all_text(written: &Written) -> String {
    let mut text = String::new();
    for file in &written.files {
        text += &format!("{}\n", file.name);
        text += &unpacked(&file.name, &file.bytes);
    }
    for sidecar in &written.sidecars {
        text += &String::from_utf8(sidecar.bytes.clone()).unwrap();
    }
    for name in written.photos.iter().map(|one| &one.name).chain(written.crops.iter().map(|one| &one.name)) {
        text += &format!("{name}\n");
    }
    text
}

/// A file's text; of a workbook that of all its parts.
pub(super) fn unpacked(name: &str, bytes: &[u8]) -> String {
    if !name.ends_with(".xlsx") {
        return String::from_utf8(bytes.to_vec()).unwrap();
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for place in 0..archive.len() {
        archive.by_index(place).unwrap().read_to_string(&mut text).unwrap();
    }
    text
}
