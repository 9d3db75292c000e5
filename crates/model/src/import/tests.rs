//! Plans of files with what lies beside them: who says what, and what is refused.

mod detectors;
mod hostile;
mod networks;

use std::path::{Path, PathBuf};

use resight_imaging::{Fit, ResizeFilter, ValueRange};
use tempfile::TempDir;

use super::{Given, ImportPlan, ImportWishes, PlanNote, PlanPart, PlannedNetwork, Source, plan, weights_in};
use crate::architecture::Architecture;
use crate::registry::Sha256;
use crate::store::StoreError;
use crate::weights::{Tensor, Weights};

/// A folder with weights of a network, and files beside them.
struct Folder(TempDir);

impl Folder {
    fn of(architecture: &str) -> Self {
        let architecture = Architecture::named(architecture).unwrap();
        Self::with(&architecture.seeded_weights())
    }

    fn with(weights: &Weights) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        write_weights(weights, &folder.path("model.safetensors"));
        folder
    }

    fn beside(self, name: &str, text: &str) -> Self {
        std::fs::write(self.path(name), text).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn plan(&self, wishes: &ImportWishes) -> Result<ImportPlan, StoreError> {
        plan_of(&weights_in(self.0.path(), None)?, wishes)
    }

    fn planned(&self) -> ImportPlan {
        self.plan(&ImportWishes::default()).unwrap()
    }
}

fn plan_of(file: &Path, wishes: &ImportWishes) -> Result<ImportPlan, StoreError> {
    plan(&Given { file, bytes: 1, sha256: Sha256([0; 32]), known: None, hub: None, wishes })
}

/// Weights as a safetensors file.
pub(crate) fn write_weights(weights: &Weights, path: &Path) {
    let bytes =
        |tensor: &Tensor| tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let tensors: Vec<_> =
        weights.iter().map(|(name, tensor)| (name.to_owned(), tensor.shape.clone(), bytes(tensor))).collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name, safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize_to_file(views, None, path).unwrap();
}

fn file(name: &str, key: &str) -> Source {
    Source::File { file: name.to_owned(), key: key.to_owned() }
}

#[test]
fn without_a_config_what_is_usual_is_planned_and_said_so() {
    let plan = Folder::of("dinov2-mini").planned();
    let usual = Source::Usual { of: "dinov2-mini".to_owned() };
    let preprocess = &plan.preprocess;
    assert_eq!(preprocess.fit.value, Fit::CenterCrop { share: 0.875 });
    assert_eq!((preprocess.mean.value, &preprocess.mean.from), ([0.485, 0.456, 0.406], &usual));
    assert_eq!((preprocess.filter.value, &preprocess.filter.from), (ResizeFilter::Bicubic, &usual));
    assert_eq!(preprocess.size.value, (56, 56));
    assert_eq!(plan.licence.from, Source::NotStated);
    assert!(plan.notes.contains(&PlanNote::LicenceNotStated) && plan.notes.contains(&PlanNote::HashNotKnown));
    assert!(matches!(plan.network, PlannedNetwork::Weights { dimension: 32, renamed: 0, .. }));
    let lines = plan.describe();
    let line = |part| lines.iter().find(|line| line.part == part).unwrap();
    assert_eq!(line(PlanPart::Mean).value, "0.485, 0.456, 0.406");
    assert_eq!(line(PlanPart::Fit).value, "center-crop, 0.875 of the sides");
    assert_eq!(line(PlanPart::Dimension).value, "32");
    assert_eq!(serde_json::to_value(&lines).unwrap()[0]["part"], "file");
}

#[test]
fn of_hugging_face_mean_size_filter_and_range_are_taken() {
    let config = r#"{"crop_size": {"height": 56, "width": 56}, "do_center_crop": true, "do_rescale": true,
        "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4, 0.5, 0.6], "resample": 2, "rescale_factor": 0.00392156862745098,
        "size": {"shortest_edge": 64}, "image_processor_type": "BitImageProcessor"}"#;
    let plan = Folder::of("dinov2-mini").beside("preprocessor_config.json", config).planned();
    let preprocess = &plan.preprocess;
    let from = |key: &str| file("preprocessor_config.json", key);
    assert_eq!((preprocess.mean.value, &preprocess.mean.from), ([0.1, 0.2, 0.3], &from("image_mean")));
    assert_eq!(
        (preprocess.deviation.value, &preprocess.deviation.from),
        ([0.4, 0.5, 0.6], &from("image_std"))
    );
    assert_eq!(
        (preprocess.fit.value, &preprocess.fit.from),
        (Fit::CenterCrop { share: 0.875 }, &from("size"))
    );
    assert_eq!((preprocess.filter.value, preprocess.range.value), (ResizeFilter::Bilinear, ValueRange::Unit));
    assert_eq!((preprocess.size.value, &preprocess.size.from), ((56, 56), &from("crop_size")));
    assert!(!plan.notes.iter().any(|note| matches!(note, PlanNote::NotUsed { .. })), "{:?}", plan.notes);
}

#[test]
fn sizes_of_hugging_face_are_read_in_all_their_forms() {
    let of = |config: &str| {
        let plan = Folder::of("dinov2-mini").beside("preprocessor_config.json", config).planned();
        (plan.preprocess.size.value, plan.preprocess.fit.value)
    };
    let middle = |share| Fit::CenterCrop { share };
    assert_eq!(of(r#"{"size": 70}"#), ((70, 70), Fit::Stretch));
    assert_eq!(of(r#"{"size": {"height": 70, "width": 70}}"#), ((70, 70), Fit::Stretch));
    assert_eq!(of(r#"{"size": {"shortest_edge": 70}}"#), ((70, 70), middle(1.0)));
    let both = r#"{"size": {"shortest_edge": 70}, "do_center_crop": true, "crop_size": 56}"#;
    assert_eq!(of(both), ((56, 56), middle(0.8)));
    assert_eq!(of(r#"{"size": 70, "do_center_crop": false, "crop_size": 56}"#), ((70, 70), Fit::Stretch));
}

#[test]
fn of_timm_the_pretrained_config_is_taken() {
    let config = r#"{"architecture": "vit", "num_classes": 0, "pretrained_cfg": {"input_size": [3, 70, 70],
        "interpolation": "bilinear", "crop_pct": 0.9, "crop_mode": "center", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}}"#;
    let plan = Folder::of("dinov2-mini").beside("config.json", config).planned();
    let preprocess = &plan.preprocess;
    assert_eq!(preprocess.mean.from, file("config.json", "pretrained_cfg.mean"));
    assert_eq!((preprocess.size.value, preprocess.fit.value), ((70, 70), Fit::CenterCrop { share: 0.9 }));
    assert_eq!((preprocess.mean.value, preprocess.filter.value), ([0.5; 3], ResizeFilter::Bilinear));
    let squash = config.replace("\"center\"", "\"squash\"").replace("0.9", "1.0");
    let plan = Folder::of("dinov2-mini").beside("config.json", &squash).planned();
    assert_eq!(plan.preprocess.fit.value, Fit::Stretch);
}

#[test]
fn of_open_clip_the_preprocessing_and_the_size_are_taken() {
    let config = r#"{"model_cfg": {"embed_dim": 768, "vision_cfg": {"image_size": 56, "patch_size": 14}},
        "preprocess_cfg": {"mean": [0.48, 0.46, 0.41], "std": [0.27, 0.26, 0.28], "interpolation": "bicubic",
        "resize_mode": "shortest"}}"#;
    let plan = Folder::of("dinov2-mini").beside("open_clip_config.json", config).planned();
    let preprocess = &plan.preprocess;
    assert_eq!(preprocess.size.from, file("open_clip_config.json", "model_cfg.vision_cfg.image_size"));
    assert_eq!(preprocess.mean.value, [0.48, 0.46, 0.41]);
    assert_eq!(preprocess.fit.value, Fit::CenterCrop { share: 1.0 });
}

#[test]
fn a_config_of_miewid_means_440_pixels_stretched_without_antialiasing() {
    let config =
        r#"{"architectures": ["MiewIdNet"], "model_type": "miewid", "model_name": "efficientnetv2_rw_m"}"#;
    let plan = Folder::of("efficientnetv2-mini").beside("config.json", config).planned();
    let preprocess = plan.preprocess.joined();
    assert_eq!((preprocess.width, preprocess.height, preprocess.fit), (440, 440, Fit::Stretch));
    assert_eq!((preprocess.filter, preprocess.mean), (ResizeFilter::PlainBilinear, [0.485, 0.456, 0.406]));
}

#[test]
fn what_a_person_asks_for_counts_before_any_file() {
    let config = r#"{"image_mean": [0.1, 0.2, 0.3], "size": 70}"#;
    let folder = Folder::of("dinov2-mini")
        .beside("preprocessor_config.json", config)
        .beside("README.md", "---\nlicense: cc-by-nc-4.0\n---\n");
    let stated = folder.planned();
    assert_eq!(stated.licence.value, "cc-by-nc-4.0");
    assert_eq!(stated.licence.from, file("README.md", "license"));
    let wishes = ImportWishes {
        name: Some("mine".to_owned()),
        size: Some((84, 84)),
        mean: Some([0.0; 3]),
        licence: Some("MIT".to_owned()),
        ..ImportWishes::default()
    };
    let plan = folder.plan(&wishes).unwrap();
    let manifest = plan.manifest_input();
    assert_eq!((manifest.name.as_str(), manifest.licence.as_str()), ("mine", "MIT"));
    assert_eq!((manifest.preprocess.width, manifest.preprocess.mean), (84, [0.0; 3]));
    assert_eq!(plan.preprocess.size.from, Source::Asked);
    assert_eq!(manifest.preprocess.fit, Fit::Stretch, "the config says the rest");
}

#[test]
fn of_a_folder_the_usual_file_is_taken_and_its_name_is_the_folders() {
    let folder = Folder::of("dinov2-mini");
    std::fs::write(folder.path("other.bin"), "").unwrap();
    assert_eq!(weights_in(folder.0.path(), None).unwrap(), folder.path("model.safetensors"));
    assert_eq!(weights_in(folder.0.path(), Some("other.bin")).unwrap(), folder.path("other.bin"));
    assert!(weights_in(folder.0.path(), Some("third.bin")).is_err());
    let named = folder.path("Mega Descriptor");
    std::fs::create_dir(&named).unwrap();
    std::fs::rename(folder.path("model.safetensors"), named.join("model.safetensors")).unwrap();
    let plan = plan_of(&named.join("model.safetensors"), &ImportWishes::default()).unwrap();
    assert_eq!((plan.name.value.as_str(), plan.name.from), ("mega-descriptor", Source::Place));
    std::fs::write(folder.path("third.onnx"), "").unwrap();
    let several = weights_in(folder.0.path(), None).unwrap_err().to_string();
    assert!(several.contains("other.bin") && several.contains("third.onnx"), "{several}");
    assert!(weights_in(&folder.path("Mega Descriptor/.."), None).is_err());
}
