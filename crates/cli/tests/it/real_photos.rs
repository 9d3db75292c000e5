//! Agreement with independent reference values on real photos, where there are some.
//!
//! `RESIGHT_PHOTOS` names their folder, `RESIGHT_HOME` a model store that holds efficientnet-lite0; docs/numbers.md
//! has all the values.

use std::path::PathBuf;

use resight_testkit::skip::skipped;

use crate::workplace::{Workplace, text};

/// (table, rules, MAP@5 by other tools).
const REFERENCES: [(&str, &[&str], f64); 4] = [
    ("dolphin_fins_darwin", &["--hide", "none"], 0.525),
    ("chimp_faces", &["--hide", "none"], 0.875),
    ("lion", &["--hide", "none", "--least-pixels", "1"], 0.137),
    ("nyala", &["--hide", "encounter", "--same", "viewpoint"], 0.114),
];

#[test]
fn map_at_5_is_that_of_the_reference() {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(photos) = folder("RESIGHT_PHOTOS") else { return skipped("photos", "no real photos") };
    let Some(home) = folder("RESIGHT_HOME") else { return skipped("models", "no model store") };
    let network = home.join("models/efficientnet-lite0/model.onnx");
    if !network.is_file() {
        skipped("models", "efficientnet-lite0 is not in the model store");
        return;
    }
    let place = Workplace::new();
    let network = network.display().to_string();
    let preprocess =
        ["--size", "224", "--range", "byte", "--mean", "127,127,127", "--deviation", "128,128,128"];
    let add = [&["models", "add", &network, "--name", "exact", "--exact"], &preprocess[..]].concat();
    let added = place.run(&add);
    assert!(added.status.success(), "{}", text(&added.stderr));
    for (table, rules, reference) in REFERENCES {
        let path = photos.join(table).join("metadata.csv");
        if !path.is_file() {
            skipped("photos", &format!("no photos of {table}"));
            continue;
        }
        let path = path.display().to_string();
        let found =
            place.json(&[&["evaluate", &path, "--bundle", "exact", "--effort", "fast"], rules].concat());
        let map5 = found[0]["metrics"]["map@5"]["value"].as_f64().unwrap();
        assert!(
            (map5 - reference).abs() < 0.015,
            "{table} {rules:?}: {map5} where {reference} is the reference"
        );
    }
}
