//! A plan line by line: a part, its value, and who says it.

use resight_core::Distance;
use resight_imaging::{ColorOrder, DecodePrecision, Fit, ResizeFilter, ValueRange};
use serde::Serialize;

use super::plan::{ImportPlan, PlannedNetwork};
use super::told::{Source, Told};

/// A part of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanPart {
    /// The file.
    File,
    /// Its size in bytes.
    Bytes,
    /// Its hash.
    Sha256,
    /// The name in the store.
    Name,
    /// What the network is for.
    Purpose,
    /// What the network is.
    Network,
    /// How many numbers it gives.
    Dimension,
    /// Width and height of its input.
    Size,
    /// What happens to other proportions.
    Fit,
    /// How pixels are mixed.
    Filter,
    /// The order of the colours.
    Color,
    /// The range of a colour.
    Range,
    /// Subtracted from each colour.
    Mean,
    /// Then divided by.
    Deviation,
    /// How exactly JPEG photos are decoded.
    Decode,
    /// What embeddings are compared by.
    Distance,
    /// The form of the boxes.
    Boxes,
    /// What the classes are called.
    Labels,
    /// Which of them are animals.
    Animals,
    /// Boxes that are less sure do not count.
    LeastConfidence,
    /// The licence of the weights.
    Licence,
    /// Where they come from.
    Origin,
}

/// A line of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanLine {
    /// Which part it is.
    pub part: PlanPart,
    /// Its value, in words.
    pub value: String,
    /// Who says it.
    pub from: Source,
}

impl ImportPlan {
    /// The plan as lines, in the order in which they are best read.
    pub fn describe(&self) -> Vec<PlanLine> {
        let line = |part, value: String, from: &Source| PlanLine { part, value, from: from.clone() };
        let hash_from = match &self.known_as {
            Some(entry) => Source::Registry { entry: entry.clone() },
            None => Source::Network,
        };
        let mut lines = vec![
            line(PlanPart::File, self.file.display().to_string(), &Source::Place),
            line(PlanPart::Bytes, self.bytes.to_string(), &Source::Network),
            line(PlanPart::Sha256, self.sha256.to_string(), &hash_from),
            told(PlanPart::Name, &self.name, String::clone),
            told(PlanPart::Purpose, &self.purpose, |purpose| purpose.with_article().to_owned()),
            line(PlanPart::Network, self.shown_network(), &Source::Network),
        ];
        if let PlannedNetwork::Weights { dimension, .. } = self.network {
            lines.push(line(PlanPart::Dimension, dimension.to_string(), &Source::Network));
        }
        lines.extend(self.shown_preprocess());
        match &self.detector {
            None => {
                lines.push(told(PlanPart::Distance, &self.distance, |distance| shown_distance(*distance)))
            }
            Some(detector) => lines.extend([
                told(PlanPart::Boxes, &detector.form, |form| form.name().to_owned()),
                told(PlanPart::Labels, &detector.labels, |labels| labels.join(", ")),
                told(PlanPart::Animals, &detector.animals, |animals| animals.join(", ")),
                told(PlanPart::LeastConfidence, &detector.least_confidence, f32::to_string),
            ]),
        }
        lines.push(told(PlanPart::Licence, &self.licence, String::clone));
        if !self.origin.value.is_empty() {
            lines.push(told(PlanPart::Origin, &self.origin, String::clone));
        }
        lines
    }

    fn shown_network(&self) -> String {
        match &self.network {
            PlannedNetwork::Weights { architecture, tensors, renamed: 0, .. } => {
                format!("{architecture}, {tensors} tensors")
            }
            PlannedNetwork::Weights { architecture, tensors, renamed, .. } => {
                format!("{architecture}, {tensors} tensors, {renamed} of them by other names")
            }
            PlannedNetwork::Onnx { output, joined, .. } => {
                let output = output.as_ref().map(|name| format!(", output `{name}`")).unwrap_or_default();
                let joined = if *joined { ", labels, boxes and scores joined" } else { "" };
                format!("ONNX{output}{joined}")
            }
        }
    }

    fn shown_preprocess(&self) -> [PlanLine; 8] {
        let preprocess = &self.preprocess;
        [
            told(PlanPart::Size, &preprocess.size, |(width, height)| format!("{width}×{height}")),
            told(PlanPart::Fit, &preprocess.fit, |fit| shown_fit(*fit)),
            told(PlanPart::Filter, &preprocess.filter, |filter| shown_filter(*filter).to_owned()),
            told(PlanPart::Color, &preprocess.color, |color| match color {
                ColorOrder::Rgb => "rgb".to_owned(),
                ColorOrder::Bgr => "bgr".to_owned(),
            }),
            told(PlanPart::Range, &preprocess.range, |range| match range {
                ValueRange::Byte => "byte".to_owned(),
                ValueRange::Unit => "unit".to_owned(),
                ValueRange::Brightest => "brightest".to_owned(),
            }),
            told(PlanPart::Mean, &preprocess.mean, shown_three),
            told(PlanPart::Deviation, &preprocess.deviation, shown_three),
            told(PlanPart::Decode, &preprocess.decode, |decode| match decode {
                DecodePrecision::Exact => "exact".to_owned(),
                DecodePrecision::Scaled => "scaled".to_owned(),
            }),
        ]
    }
}

fn told<T>(part: PlanPart, told: &Told<T>, shown: impl FnOnce(&T) -> String) -> PlanLine {
    PlanLine { part, value: shown(&told.value), from: told.from.clone() }
}

pub(super) fn shown_fit(fit: Fit) -> String {
    match fit {
        Fit::Stretch => "stretch".to_owned(),
        Fit::Letterbox { .. } => "letterbox".to_owned(),
        Fit::CenterCrop { share } => format!("center-crop, {share} of the sides"),
    }
}

fn shown_filter(filter: ResizeFilter) -> &'static str {
    match filter {
        ResizeFilter::Bilinear => "bilinear",
        ResizeFilter::Bicubic => "bicubic",
        ResizeFilter::Lanczos3 => "lanczos3",
        ResizeFilter::Nearest => "nearest",
        ResizeFilter::PlainBilinear => "plain-bilinear",
    }
}

fn shown_three(numbers: &[f32; 3]) -> String {
    numbers.map(|number| number.to_string()).join(", ")
}

fn shown_distance(distance: Distance) -> String {
    match distance {
        Distance::Cosine => "cosine".to_owned(),
        Distance::Euclidean => "euclidean".to_owned(),
    }
}
