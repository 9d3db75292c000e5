//! Wildbook's bulk import: a row an encounter, its photos in `Encounter.mediaAsset0`, `Encounter.mediaAsset1`, … (Wildbook's
//! documentation and its validator, 2026).
//!
//! Every photo becomes a row; those of one row are one encounter. The columns of `Sighting.` and what else has no meaning here are kept.

use std::collections::BTreeSet;
use std::path::Path;

use crate::columns::plain;
use crate::records::{Record, Records};
use crate::{DatasetError, ReadOptions, SourceKind, Table};

use super::Looked;

const GENUS: &str = "Encounter.genus";
const EPITHET: &str = "Encounter.specificEpithet";
const IDENTITY: [&str; 2] = ["MarkedIndividual.individualID", "Encounter.individualID"];
const SIGHTING: [&str; 3] = ["Encounter.sightingID", "Sighting.sightingID", "Encounter.occurrenceID"];

/// Columns that have a name of their own here.
const NAMED: [(&str, &[&str]); 6] = [
    ("sex", &["Encounter.sex"]),
    ("life_stage", &["Encounter.lifeStage"]),
    ("behavior", &["Encounter.behavior"]),
    ("station", &["Encounter.locationID"]),
    ("notes", &["Encounter.researcherComments"]),
    ("photographer", &["Encounter.photographer0.emailAddress"]),
];

pub(super) fn told_by(looked: &Looked<'_>) -> Option<&'static str> {
    looked.has("encounter.mediaasset0").then_some("it has the column Encounter.mediaAsset0")
}

pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Table, DatasetError> {
    let sheet = Records::read(path)?;
    let assets = assets(&sheet);
    let column = |names: &[&str]| sheet.column(names);
    let (identity, sighting) = (column(&IDENTITY), column(&SIGHTING));
    let (genus, epithet) = (column(&[GENUS]), column(&[EPITHET]));
    let latitude = column(&["Encounter.decimalLatitude", "Sighting.decimalLatitude"]);
    let longitude = column(&["Encounter.decimalLongitude", "Sighting.decimalLongitude"]);
    let when = When::of(&sheet);
    let named: Vec<(&str, Option<usize>)> =
        NAMED.iter().map(|(name, columns)| (*name, sheet.column(columns))).collect();
    let used: BTreeSet<usize> = [identity, sighting, genus, epithet, latitude, longitude]
        .into_iter()
        .chain(when.columns())
        .chain(named.iter().map(|(_, column)| *column))
        .chain(assets.iter().flat_map(|asset| [Some(asset.path), asset.keywords, asset.quality]))
        .flatten()
        .collect();
    let further: Vec<usize> = (0..sheet.heads.len()).filter(|at| !used.contains(at)).collect();
    let mut heads =
        vec!["path", "identity", "species", "encounter", "date", "latitude", "longitude", "sighting"];
    heads.extend(["keywords", "wildbook_quality"]);
    heads.extend(named.iter().map(|(name, _)| *name));
    heads.extend(further.iter().map(|at| sheet.heads[*at].as_str()));
    let mut records = Records { warnings: sheet.warnings.clone(), ..Records::new(&heads) };
    for row in &sheet.rows {
        let said = |column: Option<usize>| row.said(column).unwrap_or_default().to_owned();
        let species = [said(genus), said(epithet)].join(" ").trim().to_owned();
        let mut photos = 0;
        for asset in &assets {
            let Some(photo) = row.said(Some(asset.path)) else { continue };
            photos += 1;
            let mut cells = vec![photo.to_owned(), said(identity), species.clone()];
            cells.push(format!("row {}", row.line));
            cells.extend([when.read(row), said(latitude), said(longitude), said(sighting)]);
            cells.extend([said(asset.keywords), said(asset.quality)]);
            cells.extend(named.iter().map(|(_, column)| said(*column)));
            cells.extend(further.iter().map(|at| row.cell(Some(*at)).to_owned()));
            records.push(row.line, cells);
        }
        if photos == 0 {
            records.leave_out(row.line, "it names no photo");
        }
    }
    records.into_table(path, SourceKind::Wildbook, options)
}

/// The columns of one photo of a row.
struct Asset {
    path: usize,
    keywords: Option<usize>,
    quality: Option<usize>,
}

fn assets(sheet: &Records) -> Vec<Asset> {
    let number = |head: &String| plain(head).strip_prefix("encounter.mediaasset")?.parse::<u32>().ok();
    let mut all: Vec<(u32, usize)> =
        sheet.heads.iter().enumerate().filter_map(|(at, head)| Some((number(head)?, at))).collect();
    all.sort_unstable();
    let beside = |number: u32, what: &str| sheet.column(&[&format!("Encounter.mediaAsset{number}.{what}")]);
    all.into_iter()
        .map(|(number, path)| Asset {
            path,
            keywords: beside(number, "keywords"),
            quality: beside(number, "quality"),
        })
        .collect()
}

/// The columns that say when.
struct When {
    parts: [Option<usize>; 5],
    milliseconds: Option<usize>,
}

impl When {
    fn of(sheet: &Records) -> Self {
        let part = |name: &str| sheet.column(&[&format!("Encounter.{name}"), &format!("Sighting.{name}")]);
        Self {
            parts: ["year", "month", "day", "hour", "minutes"].map(part),
            milliseconds: part("dateInMilliseconds"),
        }
    }

    fn columns(&self) -> impl Iterator<Item = Option<usize>> {
        self.parts.into_iter().chain([self.milliseconds])
    }

    /// As far as the row says it.
    fn read(&self, row: &Record) -> String {
        let [year, month, day, hour, minute] = self.parts.map(|column| row.said(column));
        let two = |text: &str| format!("{text:0>2}");
        match (year, month, day, hour) {
            (Some(year), Some(month), Some(day), Some(hour)) => {
                let minute = two(minute.unwrap_or("0"));
                format!("{year}-{}-{} {}:{minute}:00", two(month), two(day), two(hour))
            }
            (Some(year), Some(month), Some(day), None) => format!("{year}-{}-{}", two(month), two(day)),
            (Some(year), Some(month), None, _) => format!("{year}-{}", two(month)),
            (Some(year), None, _, _) => year.to_owned(),
            (None, ..) => row.said(self.milliseconds).map_or_else(String::new, |text| {
                let moment =
                    text.parse::<i64>().ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
                moment.map_or_else(
                    || text.to_owned(),
                    |moment| moment.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
                )
            }),
        }
    }
}
