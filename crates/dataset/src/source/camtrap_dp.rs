//! Camtrap DP 1.0: `deployments.csv`, `media.csv` and `observations.csv` in a folder with `datapackage.json`.
//!
//! Every animal that is observed in a photo is a row; one that is observed in an event alone is a row of each photo of the event. Boxes
//! are shares of the picture, the deployment is the station, the event the encounter. People, vehicles and empty photos are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::records::{Record, Records};
use crate::table::folder_of;
use crate::warning::{Warning, WarningKind};
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;

const PACKAGE: &str = "datapackage.json";

/// Columns of an observation that are kept under these names.
const KEPT: [(&str, &str); 8] = [
    ("sex", "sex"),
    ("life_stage", "lifeStage"),
    ("behavior", "behavior"),
    ("classified_by", "classifiedBy"),
    ("classification_method", "classificationMethod"),
    ("classification_probability", "classificationProbability"),
    ("keywords", "observationTags"),
    ("notes", "observationComments"),
];

pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    let folder = looked.folder_or_parent_of(PACKAGE)?;
    let is_one = ["media.csv", "observations.csv"].iter().all(|name| folder.join(name).is_file());
    is_one.then_some("it holds datapackage.json, media.csv and observations.csv")
}

pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let folder: PathBuf = if path.is_dir() { path.to_owned() } else { folder_of(path) };
    let observations_file = folder.join("observations.csv");
    let observations = Records::read(&observations_file)?;
    let media = Records::read(&folder.join("media.csv"))?;
    let deployments = match folder.join("deployments.csv") {
        file if file.is_file() => Records::read(&file)?,
        _ => Records::default(),
    };
    let places = by_id(&deployments, "deploymentID");
    let photos = Media::of(&media);
    let column = |name: &str| observations.column(&[name]);
    let kind = column("observationType");
    let (media_id, event) = (column("mediaID"), column("eventID"));
    let boxes = ["bboxX", "bboxY", "bboxWidth", "bboxHeight"].map(&column);
    let heads = [
        "image_id",
        "path",
        "identity",
        "species",
        "encounter",
        "date",
        "latitude",
        "longitude",
        "bboxX",
        "bboxY",
        "bboxWidth",
        "bboxHeight",
        "station",
    ];
    let heads: Vec<&str> = heads.into_iter().chain(KEPT.iter().map(|(name, _)| *name)).collect();
    let mut records = Records { warnings: observations.warnings.clone(), ..Records::new(&heads) };
    let mut left_out: BTreeMap<&str, u64> = BTreeMap::new();
    let seen_in_photos: BTreeSet<&str> =
        observations.rows.iter().filter_map(|row| row.said(media_id).and(row.said(event))).collect();
    for row in &observations.rows {
        if !row.cell(kind).eq_ignore_ascii_case("animal") {
            *left_out.entry("people, vehicles and what else is no animal").or_default() += 1;
            continue;
        }
        let of_event = row.said(media_id).is_none();
        if of_event && row.said(event).is_some_and(|event| seen_in_photos.contains(event)) {
            // Its photos are observed one by one as well.
            *left_out.entry("observations of events whose photos are observed one by one").or_default() += 1;
            continue;
        }
        let shown: Vec<&Record> = match row.said(media_id) {
            Some(id) => photos.by_id.get(id).copied().into_iter().collect(),
            None => row.said(event).and_then(|event| photos.by_event.get(event)).cloned().unwrap_or_default(),
        };
        if shown.is_empty() {
            records.leave_out(row.line, "the package has no photo of it");
        }
        for photo in shown {
            let deployment = photo.said(photos.deployment).or_else(|| row.said(column("deploymentID")));
            let place = deployment.and_then(|id| places.get(id).copied());
            let of_place = |name: &str| {
                place.and_then(|place| place.said(deployments.column(&[name]))).unwrap_or_default().to_owned()
            };
            let said = |column: Option<usize>| row.said(column).unwrap_or_default().to_owned();
            let file = photo.cell(photos.file).to_owned();
            let id = format!(
                "{}{}",
                said(column("observationID")),
                if of_event { format!(" {file}") } else { String::new() }
            );
            let mut cells = vec![id, file, said(column("individualID")), said(column("scientificName"))];
            cells.extend([said(event), photo.cell(photos.timestamp).to_owned()]);
            cells.extend([of_place("latitude"), of_place("longitude")]);
            // A box belongs to the photo that it was drawn in.
            cells.extend(boxes.map(|column| if of_event { String::new() } else { said(column) }));
            let station =
                place.and_then(|place| place.said(deployments.column(&["locationName", "locationID"])));
            cells.push(station.or(deployment).unwrap_or_default().to_owned());
            cells.extend(KEPT.iter().map(|(_, name)| said(column(name))));
            records.push(row.line, cells);
        }
    }
    records.warnings.extend(left_out.into_iter().map(|(what, rows)| Warning {
        kind: WarningKind::LeftOut { what },
        line: None,
        rows,
    }));
    records.into_table(&observations_file, SourceKind::CamtrapDp, options)
}

/// Photos by id and by event.
struct Media<'a> {
    by_id: BTreeMap<&'a str, &'a Record>,
    by_event: BTreeMap<&'a str, Vec<&'a Record>>,
    file: Option<usize>,
    timestamp: Option<usize>,
    deployment: Option<usize>,
}

impl<'a> Media<'a> {
    fn of(media: &'a Records) -> Self {
        let event = media.column(&["eventID"]);
        let mut by_event: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        for row in &media.rows {
            if let Some(event) = row.said(event) {
                by_event.entry(event).or_default().push(row);
            }
        }
        Self {
            by_id: by_id(media, "mediaID"),
            by_event,
            file: media.column(&["filePath"]),
            timestamp: media.column(&["timestamp"]),
            deployment: media.column(&["deploymentID"]),
        }
    }
}

fn by_id<'a>(records: &'a Records, name: &str) -> BTreeMap<&'a str, &'a Record> {
    let id = records.column(&[name]);
    records.rows.iter().filter_map(|row| Some((row.said(id)?, row))).collect()
}
