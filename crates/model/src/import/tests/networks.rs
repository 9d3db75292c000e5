//! Plans for ONNX files: what shapes, notes and configs tell.

use std::path::PathBuf;

use resight_imaging::{ColorOrder, Fit, ValueRange};
use tempfile::TempDir;

use super::{file, plan_of};
use crate::bundle::Purpose;
use crate::detect::BoxesForm;
use crate::import::{ImportError, ImportPlan, ImportWishes, PlannedNetwork, Source};
use crate::onnx::detector_in_parts;
use crate::store::StoreError;
use crate::test_support::tiny_onnx;

/// A note in an ONNX file, as the bytes of its field: `metadata_props`, the fourteenth.
fn note(key: &str, value: &str) -> Vec<u8> {
    let text = |number: u8, text: &str| [&[number << 3 | 2, text.len() as u8], text.as_bytes()].concat();
    let entry = [text(1, key), text(2, value)].concat();
    [&[14 << 3 | 2, entry.len() as u8], entry.as_slice()].concat()
}

fn written(folder: &TempDir, onnx: &[u8]) -> PathBuf {
    let path = folder.path().join("My Net.onnx");
    std::fs::write(&path, onnx).unwrap();
    path
}

fn planned(onnx: &[u8], wishes: &ImportWishes) -> Result<ImportPlan, StoreError> {
    let folder = tempfile::tempdir().unwrap();
    plan_of(&written(&folder, onnx), wishes)
}

#[test]
fn an_embedder_as_onnx_says_its_size_and_a_config_beside_it_the_rest() {
    let refused = planned(&tiny_onnx(), &ImportWishes::default()).unwrap_err();
    assert!(matches!(refused, StoreError::Import(ImportError::NotSaid { what: "mean" })), "{refused}");
    let folder = tempfile::tempdir().unwrap();
    let config = r#"{"image_mean": [0.5, 0.5, 0.5], "image_std": [0.25, 0.25, 0.25], "size": 999}"#;
    std::fs::write(folder.path().join("preprocessor_config.json"), config).unwrap();
    let plan = plan_of(&written(&folder, &tiny_onnx()), &ImportWishes::default()).unwrap();
    assert_eq!((plan.purpose.value, plan.name.value.as_str()), (Purpose::Embedder, "my-net"));
    assert_eq!((plan.preprocess.size.value, &plan.preprocess.size.from), ((16, 16), &Source::Network));
    assert_eq!(plan.preprocess.deviation.from, file("preprocessor_config.json", "image_std"));
    assert!(plan.manifest_input().architecture.is_none());
}

#[test]
fn a_detector_in_parts_is_joined_and_its_notes_are_read() {
    let refused = planned(&detector_in_parts(), &ImportWishes::default()).unwrap_err();
    assert!(matches!(refused, StoreError::Import(ImportError::LabelsUnknown { classes: None })), "{refused}");
    let names = [detector_in_parts(), note("names", "{0: 'person', 1: 'fox'}")].concat();
    let refused = planned(&names, &ImportWishes::default()).unwrap_err();
    assert!(refused.to_string().contains("person, fox"), "{refused}");
    let licence = [names, note("license", "AGPL-3.0 License\n"), note("description", "a net")].concat();
    let wishes = ImportWishes { animals: Some(vec!["fox".to_owned()]), ..ImportWishes::default() };
    let plan = planned(&licence, &wishes).unwrap();
    assert_eq!((plan.licence.value.as_str(), plan.origin.value.as_str()), ("AGPL-3.0 License", "a net"));
    assert!(matches!(plan.network, PlannedNetwork::Onnx { joined: true, output: None, .. }));
    let manifest = plan.manifest_input();
    let detector = manifest.detector.unwrap();
    assert_eq!((detector.form, detector.animals), (BoxesForm::Corners, vec!["fox".to_owned()]));
    assert_eq!(manifest.labels, ["person", "fox"]);
    let preprocess = manifest.preprocess;
    assert_eq!((preprocess.fit, preprocess.width), (Fit::Stretch, 16));
    assert_eq!((preprocess.color, preprocess.value_range), (ColorOrder::Rgb, ValueRange::Unit));
    assert_eq!((preprocess.mean, preprocess.deviation), ([0.0; 3], [1.0; 3]));
}

#[test]
fn bytes_that_are_no_network_are_refused() {
    for bytes in [&b""[..], b"nonsense", &tiny_onnx()[..200]] {
        assert!(planned(bytes, &ImportWishes::default()).is_err());
    }
}
