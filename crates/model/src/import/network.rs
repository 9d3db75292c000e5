//! The plan for a network as ONNX: what its shapes and its notes tell.

use prost::bytes::Bytes;
use resight_files::read_plain;
use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange};

use super::choices::preprocess_of;
use super::config::Found;
use super::detector::{self, Boxes, Known};
use super::error::ImportError;
use super::labels;
use super::plan::{Given, ImportPlan, PlannedDetector, PlannedNetwork, begun};
use super::told::{Source, Told};
use super::wishes::ImportWishes;
use crate::bundle::{BundleError, Purpose};
use crate::detect::{BoxesForm, DetectorManifest};
use crate::onnx::{Dimension, OnnxFacts, inspect};
use crate::runtime::ModelError;
use crate::store::StoreError;

/// The largest ONNX file, in bytes.
const MAX_ONNX: u64 = 1 << 31;

/// What the file is called where it says something itself.
const ONNX_FILE: &str = "the ONNX file";

/// The longest text that a file says of its licence or origin, in characters.
const LONGEST: usize = 200;

/// The plan for an ONNX file.
///
/// # Errors
/// When the file is no ONNX model, or its shapes and notes leave something open.
pub(super) fn of_network(given: &Given<'_>, mut found: Found) -> Result<ImportPlan, StoreError> {
    let wishes = given.wishes;
    let bytes = read_plain(given.file, MAX_ONNX).map_err(StoreError::read(given.file))?;
    let refuse = |source| ModelError::from(BundleError::Onnx { source, path: given.file.to_path_buf() });
    let facts = inspect(Bytes::from(bytes)).map_err(refuse)?;
    let purpose = purpose_of(&facts, wishes)?;
    let size = size_of(&facts, &found, wishes)?;
    let boxes = match purpose.value {
        Purpose::Detector => Some(boxes_of(&facts, size.value, wishes)?),
        _ => None,
    };
    let usual = boxes.as_ref().map(|(boxes, _)| usual_for(boxes, size.value));
    let of = boxes.as_ref().map_or("networks of this kind", |(boxes, _)| boxes.form.name());
    found.size = Some(size);
    let notes = std::mem::take(&mut found.notes);
    let preprocess = preprocess_of(found, usual.as_ref(), of, wishes)?;
    let output = boxes.as_ref().and_then(|(boxes, _)| boxes.output.clone()).or(wishes.output.clone());
    let (parts, detector) = boxes.map(|(boxes, detector)| (boxes.parts, detector)).unzip();
    let parts = parts.flatten();
    let network = PlannedNetwork::Onnx { input: wishes.input.clone(), output, joined: parts.is_some() };
    let plan = begun(given, purpose, network, preprocess, notes);
    Ok(with_notes(ImportPlan { detector, parts, ..plan }, &facts))
}

/// What the program that wrote the file noted of licence and origin, where nobody says otherwise.
fn with_notes(mut plan: ImportPlan, facts: &OnnxFacts) -> ImportPlan {
    let noted = |key: &str| facts.notes.get(key).map(|text| plain(text)).filter(|text| !text.is_empty());
    if let Some(licence) = noted("license") {
        plan.licence = Told::by(Source::file(ONNX_FILE, "license"), licence);
    }
    if let (Some(text), Source::NotStated | Source::Place) = (noted("description"), &plan.origin.from) {
        plan.origin = Told::by(Source::file(ONNX_FILE, "description"), text);
    }
    plan
}

/// The boxes of a detector and what they mean.
fn boxes_of(
    facts: &OnnxFacts,
    size: (u32, u32),
    wishes: &ImportWishes,
) -> Result<(Boxes, PlannedDetector), ImportError> {
    let wished = wishes.labels.clone().map(|labels| Told::by(Source::Asked, labels));
    let labels = wished.or_else(|| noted_labels(facts));
    let known = Known {
        form: wishes.boxes,
        output: wishes.output.as_deref(),
        labels: labels.as_ref().map(|labels| labels.value.len()),
    };
    let boxes = detector::boxes_of(facts, size, known)?;
    let detector = planned_detector(&boxes, labels, wishes)?;
    Ok((boxes, detector))
}

fn purpose_of(facts: &OnnxFacts, wishes: &ImportWishes) -> Result<Told<Purpose>, ImportError> {
    if let Some(purpose) = wishes.purpose {
        return Ok(Told::by(Source::Asked, purpose));
    }
    let is_detector = facts.notes.get("task").is_some_and(|task| task == "detect");
    if wishes.boxes.is_some() || is_detector || detector::looks_like_boxes(facts) {
        return Ok(Told::by(Source::Network, Purpose::Detector));
    }
    let first = facts.outputs.iter().find(|output| output.is_f32).and_then(|output| output.shape.as_deref());
    match first {
        Some([_, _] | [_, _, Dimension::Fixed(1), Dimension::Fixed(1)]) => {
            Ok(Told::by(Source::Network, Purpose::Embedder))
        }
        _ => Err(ImportError::PurposeUnknown { outputs: detector::shown(facts) }),
    }
}

/// Width and height: as wished, as the input says, as Ultralytics notes it, as a config says.
fn size_of(facts: &OnnxFacts, found: &Found, wishes: &ImportWishes) -> Result<Told<(u32, u32)>, ImportError> {
    if let Some(size) = wishes.size {
        return Ok(Told::by(Source::Asked, size));
    }
    let wanted = |name: &str| wishes.input.as_deref().is_none_or(|input| input == name);
    let image = facts.inputs.iter().find(|input| input.is_f32 && wanted(&input.name));
    let extent = |dimension: &Dimension| match dimension {
        Dimension::Fixed(extent) => u32::try_from(*extent).ok(),
        Dimension::Open => None,
    };
    let fixed = match image.and_then(|input| input.shape.as_deref()) {
        Some([_, _, height, width]) => extent(width).zip(extent(height)),
        _ => None,
    };
    let noted = facts.notes.get("imgsz").and_then(|text| {
        let sides = text.trim().strip_prefix('[')?.strip_suffix(']')?;
        let (height, width) = sides.split_once(',')?;
        Some((width.trim().parse().ok()?, height.trim().parse().ok()?))
    });
    fixed
        .map(|size| Told::by(Source::Network, size))
        .or(noted.map(|size| Told::by(Source::file(ONNX_FILE, "imgsz"), size)))
        .or(found.size.clone())
        .ok_or(ImportError::NotSaid { what: "size" })
}

fn noted_labels(facts: &OnnxFacts) -> Option<Told<Vec<String>>> {
    let labels = labels::parse(facts.notes.get("names")?).filter(|labels| !labels.is_empty())?;
    Some(Told::by(Source::file(ONNX_FILE, "names"), labels))
}

fn planned_detector(
    boxes: &Boxes,
    labels: Option<Told<Vec<String>>>,
    wishes: &ImportWishes,
) -> Result<PlannedDetector, ImportError> {
    let named = |labels: [&str; 3]| labels.map(str::to_owned).to_vec();
    let three = boxes.classes == Some(labels::MEGADETECTOR.len());
    let megadetector = three.then(|| Told::by(Source::usual("MegaDetector"), named(labels::MEGADETECTOR)));
    let labels = labels.or(megadetector).ok_or(ImportError::LabelsUnknown { classes: boxes.classes })?;
    let animals = match &wishes.animals {
        Some(animals) => Told::by(Source::Asked, animals.clone()),
        None => {
            let animals = labels::animals(&labels.value);
            let unknown = || ImportError::AnimalsUnknown { labels: labels.value.clone() };
            Told::by(Source::usual("these labels"), animals.ok_or_else(unknown)?)
        }
    };
    let form_from = if wishes.boxes.is_some() { Source::Asked } else { Source::Network };
    let least = DetectorManifest::default().least_confidence;
    Ok(PlannedDetector {
        form: Told::by(form_from, boxes.form),
        least_confidence: match wishes.least_confidence {
            Some(least) => Told::by(Source::Asked, least),
            None => Told::by(Source::usual("detectors"), least),
        },
        labels,
        animals,
    })
}

/// How photos are prepared for a detector whose boxes have this form.
fn usual_for(boxes: &Boxes, (width, height): (u32, u32)) -> Preprocess {
    let is_yolox = boxes.form == BoxesForm::Yolox;
    let is_stretched = boxes.parts.is_some() || boxes.form == BoxesForm::RtDetr;
    Preprocess {
        width,
        height,
        fit: if is_stretched { Fit::Stretch } else { Fit::Letterbox { fill: [114; 3] } },
        filter: ResizeFilter::Bilinear,
        color: if is_yolox { ColorOrder::Bgr } else { ColorOrder::Rgb },
        value_range: if is_yolox { ValueRange::Byte } else { ValueRange::Unit },
        mean: [0.0; 3],
        deviation: [1.0; 3],
        decode: DecodePrecision::Scaled,
        crop_margin: 0.0,
    }
}

/// A text of a file without what would move the words around it.
fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
    text.trim().to_owned()
}
