//! `datapackage.json`: what the tables are.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::going::Prepared;
use super::deployments::Deployment;
use super::observations::INDIVIDUALS;
use super::{Timed, days};

/// Where the standard keeps its profile and the schemas of its tables.
const STANDARD: &str = "https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/";

/// The whole file.
pub(super) fn of(prepared: &Prepared<'_>, timed: &[Timed<'_>], deployments: &[Deployment]) -> Value {
    let about = prepared.about;
    let made = jiff::tz::Offset::UTC.to_datetime(about.written_at);
    let (start, end) = days(timed, made.date());
    let nobody = ["not stated".to_owned()];
    let contributors: &[String] = if about.contributors.is_empty() { &nobody } else { &about.contributors };
    let mut package = json!({
        "profile": format!("{STANDARD}camtrap-dp-profile.json"),
        "name": name(&about.title),
        "created": made.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "title": about.title,
        "contributors": contributors.iter().map(|name| json!({"title": name})).collect::<Vec<_>>(),
        "description": about.description,
        "sources": [{"title": "resight"}],
        "resources": resources(),
        "project": {
            "title": about.title,
            "samplingDesign": "opportunistic",
            "captureMethod": ["activityDetection"],
            "individualAnimals": true,
            "observationLevel": ["media"],
        },
        "spatial": spatial(deployments),
        "temporal": {"start": start.to_string(), "end": end.to_string()},
        "taxonomic": taxonomic(prepared, timed),
    });
    if let Some(fields) = package.as_object_mut() {
        add_what_is_known(fields, prepared, deployments);
    }
    package
}

/// Fields that stand there only where there is something to say.
fn add_what_is_known(fields: &mut Map<String, Value>, prepared: &Prepared<'_>, deployments: &[Deployment]) {
    let about = prepared.about;
    if let (Some(data), Some(media)) = (&about.data_license, &about.media_license) {
        let licenses = json!([license(data, "data"), license(media, "media")]);
        fields.insert("licenses".to_owned(), licenses);
    }
    let cell = deployments.iter().filter_map(|deployment| deployment.place?.cell_degrees).reduce(f64::max);
    fields.extend(cell.map(|cell| ("coordinatePrecision".to_owned(), json!(cell))));
    if about.description.is_empty() {
        fields.remove("description");
    }
}

/// A license by its address or its name, in the letters that a name takes.
fn license(license: &str, scope: &str) -> Value {
    if license.starts_with("http://") || license.starts_with("https://") {
        return json!({"path": license, "scope": scope});
    }
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-._".contains(c) { c } else { '-' };
    let name: String = license.chars().map(plain).collect();
    json!({"name": name, "title": license, "scope": scope})
}

/// The tables: three of the standard's, and one of ours.
fn resources() -> Vec<Value> {
    let table = |name: &str, schema: Value| {
        json!({
            "name": name,
            "path": format!("{name}.csv"),
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": schema,
        })
    };
    let of_standard = |name: &str| table(name, Value::from(format!("{STANDARD}{name}-table-schema.json")));
    let fields = INDIVIDUALS.map(|name| json!({"name": name, "type": "string"}));
    let individuals = json!({"fields": fields, "primaryKey": "individualID"});
    vec![
        of_standard("deployments"),
        of_standard("media"),
        of_standard("observations"),
        table("individuals", individuals),
    ]
}

/// The title as a name: small letters, digits and hyphens.
fn name(title: &str) -> String {
    let letters: String =
        title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    let name = letters.split_whitespace().collect::<Vec<_>>().join("-");
    if name.is_empty() { "sightings".to_owned() } else { name }
}

/// The box around all places, as they go out; an empty collection where none does.
fn spatial(deployments: &[Deployment]) -> Value {
    let places: Vec<_> = deployments.iter().filter_map(|deployment| deployment.place).collect();
    if places.is_empty() {
        return json!({"type": "GeometryCollection", "geometries": []});
    }
    let least = |of: &dyn Fn(usize) -> f64| (0..places.len()).map(of).fold(f64::INFINITY, f64::min);
    let west = least(&|at| places[at].longitude);
    let east = -least(&|at| -places[at].longitude);
    let south = least(&|at| places[at].latitude);
    let north = -least(&|at| -places[at].latitude);
    json!({
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    })
}

/// The species that are observed.
fn taxonomic(prepared: &Prepared<'_>, timed: &[Timed<'_>]) -> Vec<Value> {
    let names: BTreeSet<String> = timed.iter().filter_map(|one| prepared.scientific_name(one.row)).collect();
    names.into_iter().map(|name| json!({"scientificName": name})).collect()
}
