//! What a reader of ours reads is what was written.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::select;
use resight_core::{BoxSpace, CaptureTime, GivenBox, ImageSize, PixelBox, Species, Viewpoint};

use super::world::{about, everything, identity, sighting};
use crate::exchange::*;
use crate::{ReadOptions, Row, Table, read_source};

const NAMES: [&str; 6] = ["Luna", "=Nick O'Brien", "007", "José", "A-1, the old", "Mara \"M\""];

fn time() -> impl Strategy<Value = Option<CaptureTime>> {
    let text = prop_oneof![
        (1990..2024_i32, 1..13_i32, 1..29_i32, 1..60_i32)
            .prop_map(|(year, month, day, second)| format!("{year}-{month:02}-{day:02} 10:02:{second:02}")),
        (1990..2024_i32, 1..13_i32, 1..29_i32)
            .prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}T23:59:59.5-03:30")),
        (1990..2024_i32).prop_map(|year| year.to_string()),
    ];
    proptest::option::of(text.prop_map(|text| text.parse().unwrap()))
}

/// A box in a photo of 100 × 50 pixels.
fn region() -> impl Strategy<Value = Option<PixelBox>> {
    let corner = (0.0..90.0_f64, 0.0..40.0_f64, 1.5..10.0_f64, 1.5..10.0_f64);
    proptest::option::of(corner.prop_map(|(x, y, width, height)| PixelBox::at(x, y, width, height)))
}

fn labels() -> impl Strategy<Value = (Option<Species>, Option<Viewpoint>, Option<String>)> {
    (
        proptest::option::of(select(vec!["lynx_lynx", "bottlenose dolphin", "-x+y"])),
        proptest::option::of(select(vec!["left", "dorsal_fin"])),
        proptest::option::of("[a-z=+@'\"][a-z0-9 ,;]{0,6}[a-z]"),
    )
        .prop_map(|(species, viewpoint, encounter)| {
            let encounter = encounter.filter(|text| !resight_core::says_nothing(text));
            (species.and_then(Species::parse), viewpoint.and_then(Viewpoint::parse), encounter)
        })
}

/// Annotations, as many as one likes in each of a few photos of 100 × 50 pixels.
fn exported() -> impl Strategy<Value = Exported> {
    let one = (
        0..4_usize,
        proptest::option::of(0..NAMES.len()),
        labels(),
        region(),
        proptest::option::of((-90.0..90.0_f64, -180.0..180.0_f64)),
        proptest::option::of("[a-z=+-][a-z ]{0,5}[a-z]"),
    );
    (proptest::collection::vec(time(), 4), proptest::collection::vec(one, 0..12)).prop_map(|(times, all)| {
        let mut sightings = Vec::new();
        for (id, (photo, name, (species, viewpoint, encounter), region, position, scar)) in (1..).zip(all) {
            let mut shared = sighting(id);
            shared.photo.paths = vec![PathBuf::from(format!("/photos/p {photo}, =x/{photo}.jpg"))];
            shared.photo.upright_size = Some(ImageSize { width: 100, height: 50 });
            shared.photo.capture_time = times[photo];
            shared.photo.position = position;
            (shared.photo.station, shared.photo.photographer) = (None, None);
            shared.identity = name.map(|name| identity(i64::try_from(name).unwrap(), NAMES[name]));
            (shared.species, shared.viewpoint, shared.encounter) = (species, viewpoint, encounter);
            shared.region = region;
            shared.attributes = scar.map(|scar| ("scar".to_owned(), scar)).into_iter().collect();
            sightings.push(shared);
        }
        Exported { about: about(), sightings, individuals: Vec::new() }
    })
}

/// Writes the only file of a format into a folder and reads it.
fn read_back(exported: &Exported, format: ExportFormat, folder: &Path, photos: &Path) -> Table {
    let written =
        export(exported, &ExportOptions { unconfirmed: Unconfirmed::Withheld, ..everything() }, format);
    let file = written.unwrap().files.remove(0);
    let path = folder.join(&file.name);
    fs::write(&path, &file.bytes).unwrap();
    let options =
        ReadOptions { photo_folder: Some(photos.to_owned()), check_files: false, ..ReadOptions::default() };
    read_source(&path, &options).unwrap()
}

fn given(region: Option<PixelBox>) -> Vec<GivenBox> {
    region.map(GivenBox::upright).into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_table_of_wildlife_datasets_comes_back(exported in exported()) {
        let folder = tempfile::tempdir().unwrap();
        let table = read_back(&exported, ExportFormat::WildlifeDatasets, folder.path(), Path::new("/photos"));
        prop_assert_eq!(table.rows.len(), exported.sightings.len());
        for (shared, row) in exported.sightings.iter().zip(&table.rows) {
            let position = shared.photo.position;
            let expected = Row {
                line: row.line,
                identity: shared.identity.as_ref().map(|identity| identity.name.clone()),
                species: shared.species.clone(),
                viewpoint: shared.viewpoint.clone(),
                encounter: shared.encounter.clone(),
                date: shared.photo.capture_time,
                latitude: position.map(|(latitude, _)| latitude),
                longitude: position.map(|(_, longitude)| longitude),
                boxes: given(shared.region),
                extra: row.extra.clone(),
                ..Row::of_photo(0, shared.annotation.to_string(), shared.photo.paths[0].clone())
            };
            prop_assert_eq!(row, &expected);
            let extra: BTreeMap<_, _> = table.extra_columns.iter().zip(&row.extra).collect();
            let cell = |name: &str| extra.get(&name.to_owned()).map_or("", |cell| cell.as_str());
            prop_assert_eq!(cell("body_part"), "flank");
            prop_assert_eq!(cell("quality"), "good");
            prop_assert_eq!(cell("scar"), shared.attributes.get("scar").map_or("", String::as_str));
        }
    }

    #[test]
    fn coco_comes_back(exported in exported()) {
        let folder = tempfile::tempdir().unwrap();
        let table = read_back(&exported, ExportFormat::Coco, folder.path(), Path::new("/photos"));
        prop_assert_eq!(table.rows.len(), exported.sightings.len());
        let whole = PixelBox::at(0.0, 0.0, 100.0, 50.0);
        for (shared, row) in exported.sightings.iter().zip(&table.rows) {
            prop_assert_eq!(&row.path, &shared.photo.paths[0]);
            prop_assert_eq!(&row.species, &shared.species);
            prop_assert_eq!(&row.boxes, &given(Some(shared.region.unwrap_or(whole))));
        }
    }

    #[test]
    fn megadetector_comes_back(exported in exported()) {
        // Its boxes are shares: the reader looks at the photos, one of which is stored turned.
        let folder = tempfile::tempdir().unwrap();
        let mut exported = exported;
        for photo in 0..4 {
            let place = folder.path().join(format!("p {photo}, =x"));
            fs::create_dir(&place).unwrap();
            let upright = resight_imaging::RgbImage::new(100, 50);
            let bytes = resight_testkit::photos::oriented_jpeg(&upright, if photo == 3 { 6 } else { 1 });
            fs::write(place.join(format!("{photo}.jpg")), bytes.unwrap()).unwrap();
        }
        exported.sightings.sort_by_key(|shared| shared.photo.paths[0].clone());
        let table = read_back(&exported, ExportFormat::Megadetector, folder.path(), folder.path());
        prop_assert_eq!(table.rows.len(), exported.sightings.len());
        let whole = PixelBox::at(0.0, 0.0, 100.0, 50.0);
        for (shared, row) in exported.sightings.iter().zip(&table.rows) {
            let expected = shared.region.unwrap_or(whole);
            let read = row.boxes[0];
            let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
            prop_assert!(read.space == BoxSpace::Upright && near(read.bounds.x, expected.x)
                && near(read.bounds.y, expected.y) && near(read.bounds.width, expected.width)
                && near(read.bounds.height, expected.height), "{:?} {:?}", read, expected);
            let below = shared.photo.paths[0].strip_prefix("/photos").unwrap();
            prop_assert_eq!(&row.path, &folder.path().join(below));
        }
    }
}
