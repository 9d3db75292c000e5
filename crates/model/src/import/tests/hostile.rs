//! Configs and files that are wrong, by mistake or on purpose.

use super::*;
use crate::import::ImportError;

fn refusal(name: &str, text: &str) -> String {
    Folder::of("dinov2-mini").beside(name, text).plan(&ImportWishes::default()).unwrap_err().to_string()
}

#[test]
fn a_config_that_is_no_json_or_endless_is_refused_with_its_name() {
    let deep = "[".repeat(100_000);
    let deep_object = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    for text in ["", "{", "[1, 2]", "nonsense", deep.as_str(), deep_object.as_str()] {
        let refused = refusal("config.json", text);
        assert!(refused.contains("config.json"), "{refused}");
    }
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(2 << 20));
    assert!(refusal("preprocessor_config.json", &long).contains("preprocessor_config.json"));
}

#[test]
fn values_that_cannot_be_meant_are_left_out_and_told() {
    let config = r#"{"image_mean": [1e300, 0, 0], "image_std": [0, 0, 0], "size": {"height": 1e9, "width": -1}, "resample": 77,
        "rescale_factor": "much", "do_center_crop": "yes", "do_normalize": [], "crop_size": {}}"#;
    let plan = Folder::of("dinov2-mini").beside("preprocessor_config.json", config).planned();
    let told: Vec<&str> = plan
        .notes
        .iter()
        .filter_map(|note| match note {
            PlanNote::NotUsed { key, .. } => Some(key.as_str()),
            _ => None,
        })
        .collect();
    for key in
        ["image_mean", "image_std", "size", "resample", "rescale_factor", "do_center_crop", "do_normalize"]
    {
        assert!(told.contains(&key), "{key}: {told:?}");
    }
    assert_eq!(plan.preprocess.mean.value, [0.485, 0.456, 0.406], "what is usual");
    assert_eq!(plan.preprocess.size.value, (56, 56));
}

#[test]
fn long_and_strange_values_are_shown_shortly() {
    let config = format!(
        r#"{{"image_mean": "{}", "size": null}}"#,
        "\u{1b}[31m".repeat(1000).replace('\u{1b}', "\\u001b")
    );
    let plan = Folder::of("dinov2-mini").beside("preprocessor_config.json", &config).planned();
    let found = plan.notes.iter().find_map(|note| match note {
        PlanNote::NotUsed { found, .. } => Some(found.clone()),
        _ => None,
    });
    let found = found.unwrap();
    assert!(found.chars().count() <= 60 && !found.contains('\u{1b}'), "{found}");
}

#[test]
fn objects_where_values_belong_do_no_harm() {
    for config in [
        r#"{"pretrained_cfg": 7}"#,
        r#"{"pretrained_cfg": {"input_size": [3, 0, 99999999], "crop_pct": -2, "mean": {}, "std": [true, true, true]}}"#,
        r#"{"preprocess_cfg": [], "model_cfg": {"vision_cfg": {"image_size": [1, 2, 3, 4]}}}"#,
        r#"{"architectures": {"MiewIdNet": 1}, "model_type": ["miewid"]}"#,
    ] {
        let plan = Folder::of("dinov2-mini").beside("config.json", config).planned();
        assert_eq!(plan.preprocess.mean.value, [0.485, 0.456, 0.406], "{config}");
    }
}

#[test]
fn weights_of_no_known_network_are_refused_and_tensors_without_a_place_are_counted() {
    let architecture = Architecture::named("dinov2-mini").unwrap();
    let mut weights = architecture.seeded_weights();
    weights.insert("mask_token".to_owned(), Tensor { shape: vec![1, 32], values: vec![0.0; 32] });
    let plan = Folder::with(&weights).planned();
    let left_out = PlanNote::TensorsLeftOut { count: 1, names: vec!["mask_token".to_owned()] };
    assert!(plan.notes.contains(&left_out), "{:?}", plan.notes);

    let mut strange = Weights::default();
    strange.insert("w".to_owned(), Tensor { shape: vec![1], values: vec![0.0] });
    let refused = Folder::with(&strange).plan(&ImportWishes::default()).unwrap_err();
    assert!(matches!(refused, StoreError::NoArchitecture { .. }), "{refused}");
}

#[test]
fn without_anything_usual_it_asks_for_what_is_missing() {
    let refused = Folder::of("efficientnetv2-mini").plan(&ImportWishes::default()).unwrap_err();
    assert!(matches!(refused, StoreError::Import(ImportError::NotSaid { what: "size" })), "{refused}");
    let wishes = ImportWishes {
        size: Some((64, 64)),
        mean: Some([0.5; 3]),
        deviation: Some([f32::NAN; 3]),
        ..ImportWishes::default()
    };
    let refused = Folder::of("efficientnetv2-mini").plan(&wishes).unwrap_err();
    assert!(matches!(refused, StoreError::Import(ImportError::Wish(_))), "{refused}");
    let oblong = refusal("preprocessor_config.json", r#"{"size": {"height": 70, "width": 84}}"#);
    assert!(oblong.contains("takes squares, not 84×70 pixels"), "{oblong}");
}

#[test]
fn a_program_in_place_of_weights_is_refused_with_the_way_to_onnx() {
    for member in ["x/code/__torch__/net.py", "x/constants.pkl", "archive_format"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.pt");
        let mut zip = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        let stored =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        for name in ["x/data.pkl", member] {
            zip.start_file(name, stored).unwrap();
        }
        zip.finish().unwrap();
        let refused = plan_of(&path, &ImportWishes::default()).unwrap_err().to_string();
        assert!(refused.contains("export the network to ONNX with the program that made it"), "{refused}");
    }
}
