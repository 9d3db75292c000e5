//! In which form the outputs of a detector are boxes, by their shapes.

use crate::detect::BoxesForm;
use crate::onnx::{BoxesInParts, Dimension, OnnxFacts, ValueFacts};

use super::error::ImportError;

/// Sides of the cells of the grids, in pixels; the last is that of the largest networks alone.
const STRIDES: [u32; 4] = [8, 16, 32, 64];

/// Boxes that YOLOv5 has for each cell.
const ANCHORS: usize = 3;

/// Networks that leave nothing to be sorted out give no more boxes than this.
const MOST_SORTED: usize = 1000;

/// Numbers of a box in [`BoxesForm::Corners`].
const CORNERS: usize = 6;

/// What a detector's network gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Boxes {
    pub(super) form: BoxesForm,
    /// The output; none where one is made of several.
    pub(super) output: Option<String>,
    /// How many classes there are, where the shape tells.
    pub(super) classes: Option<usize>,
    /// The outputs that are to be joined.
    pub(super) parts: Option<BoxesInParts>,
}

/// What is known before the shapes are looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known<'a> {
    pub(super) form: Option<BoxesForm>,
    pub(super) output: Option<&'a str>,
    pub(super) labels: Option<usize>,
}

/// The form of the boxes of a network with an input of this width and height.
///
/// # Errors
/// When several forms fit, or none.
pub(super) fn boxes_of(facts: &OnnxFacts, input: (u32, u32), known: Known<'_>) -> Result<Boxes, ImportError> {
    if let Some(parts) = in_parts(facts).filter(|_| known.output.is_none()) {
        return Ok(Boxes { form: BoxesForm::Corners, output: None, classes: None, parts: Some(parts) });
    }
    let is_wanted =
        |output: &&ValueFacts| known.output.is_none_or(|name| output.name == name) && output.is_f32;
    let no_form = || ImportError::NoForm { outputs: shown(facts) };
    let mut torn = Vec::new();
    for output in facts.outputs.iter().filter(is_wanted) {
        let Some(shape) = rows_and_columns(output) else { continue };
        let mut forms = fitting(shape, input, known.labels);
        forms.retain(|form| known.form.is_none_or(|wanted| wanted == *form));
        match forms.as_slice() {
            [] => {}
            [form] => {
                let (form, output) = (*form, Some(output.name.clone()));
                return Ok(Boxes { form, output, classes: classes(form, shape), parts: None });
            }
            several => torn.extend_from_slice(several),
        }
    }
    torn.dedup();
    match (torn.is_empty(), known.form) {
        (false, _) => Err(ImportError::TornBetween { forms: torn, outputs: shown(facts) }),
        // Whoever names the form is believed, until the network is tried.
        (true, Some(form)) => {
            let first = facts.outputs.iter().find(is_wanted).ok_or_else(no_form)?;
            Ok(Boxes { form, output: Some(first.name.clone()), classes: None, parts: None })
        }
        (true, None) => Err(no_form()),
    }
}

/// Whether the first output has the shape of boxes: images × rows × columns.
pub(super) fn looks_like_boxes(facts: &OnnxFacts) -> bool {
    in_parts(facts).is_some()
        || facts
            .outputs
            .iter()
            .find(|output| output.is_f32)
            .is_some_and(|first| rows_and_columns(first).is_some())
}

/// Names and shapes of the outputs, for messages.
pub(super) fn shown(facts: &OnnxFacts) -> String {
    let one = |output: &ValueFacts| {
        let extents = output.shape.as_ref().map(|shape| {
            let extents = shape.iter().map(|extent| match extent {
                Dimension::Fixed(extent) => extent.to_string(),
                Dimension::Open => "any".to_owned(),
            });
            extents.collect::<Vec<_>>().join(" × ")
        });
        let name: String = output.name.chars().take(40).collect();
        format!("`{name}` of {}", extents.unwrap_or_else(|| "a shape that is not said".to_owned()))
    };
    facts.outputs.iter().take(4).map(one).collect::<Vec<_>>().join(", ")
}

type Extent = Option<usize>;

fn extent(dimension: &Dimension) -> Extent {
    match dimension {
        Dimension::Fixed(extent) => Some(*extent),
        Dimension::Open => None,
    }
}

fn rows_and_columns(output: &ValueFacts) -> Option<(Extent, Extent)> {
    match output.shape.as_deref()? {
        [images, rows, columns] if extent(images).is_none_or(|images| images == 1) => {
            Some((extent(rows), extent(columns)))
        }
        _ => None,
    }
}

/// The forms that so many rows and columns may be.
fn fitting(shape: (Extent, Extent), input: (u32, u32), labels: Option<usize>) -> Vec<BoxesForm> {
    let fits = |form: &BoxesForm| {
        let counted = labels.is_none_or(|labels| classes(*form, shape).is_none_or(|found| found == labels));
        counted && fits(*form, shape, input)
    };
    let mut forms: Vec<BoxesForm> = BoxesForm::KNOWN.into_iter().filter(fits).collect();
    if forms.is_empty() && shape.1 == Some(CORNERS) {
        forms.push(BoxesForm::Corners);
    }
    forms
}

fn fits(form: BoxesForm, (rows, columns): (Extent, Extent), input: (u32, u32)) -> bool {
    let (three, four) = (cells(input, 3), cells(input, 4));
    let rows_are = |counts: &[usize]| rows.is_none_or(|rows| counts.contains(&rows));
    let columns_from = |least: usize| columns.is_some_and(|columns| columns >= least);
    match form {
        BoxesForm::Yolox => columns_from(6) && rows_are(&[three]),
        BoxesForm::Yolov5 => columns_from(6) && rows_are(&[ANCHORS * three, ANCHORS * four]),
        BoxesForm::Yolov8 => {
            rows.is_some_and(|rows| rows >= 5)
                && columns.is_none_or(|columns| columns == three || columns == four)
        }
        BoxesForm::RtDetr => {
            // More columns than that are the boxes of another form.
            columns_from(5)
                && columns.is_none_or(|columns| columns <= MOST_SORTED)
                && rows.is_none_or(|rows| rows <= MOST_SORTED)
        }
        BoxesForm::Corners => columns == Some(CORNERS) && rows.is_none_or(|rows| rows <= MOST_SORTED),
        BoxesForm::Cells => false,
    }
}

/// How many classes an output of this form has.
fn classes(form: BoxesForm, (rows, columns): (Extent, Extent)) -> Option<usize> {
    match form {
        BoxesForm::Yolox | BoxesForm::Yolov5 => columns?.checked_sub(5),
        BoxesForm::Yolov8 => rows?.checked_sub(4),
        BoxesForm::RtDetr => columns?.checked_sub(4),
        BoxesForm::Corners | BoxesForm::Cells => None,
    }
}

/// Cells of the first grids of an input of this width and height.
fn cells((width, height): (u32, u32), grids: usize) -> usize {
    let of = |stride: &u32| (width / stride) as usize * (height / stride) as usize;
    STRIDES.iter().take(grids).map(of).sum()
}

/// Labels, boxes and scores apart, and the photo's size as a second input: RT-DETR as its authors export it.
fn in_parts(facts: &OnnxFacts) -> Option<BoxesInParts> {
    let ([_, photo_size], [_, _, _]) = (facts.inputs.as_slice(), facts.outputs.as_slice()) else {
        return None;
    };
    let is_size = matches!(photo_size.shape.as_deref(), Some([_, Dimension::Fixed(2)])) && !photo_size.is_f32;
    let output = |is_it: &dyn Fn(&ValueFacts, &[Dimension]) -> bool| {
        let mut fitting = facts
            .outputs
            .iter()
            .filter(|output| output.shape.as_deref().is_some_and(|shape| is_it(output, shape)));
        fitting.next().map(|output| output.name.clone())
    };
    if !is_size {
        return None;
    }
    Some(BoxesInParts {
        labels: output(&|output, shape| !output.is_f32 && shape.len() == 2)?,
        boxes: output(&|output, shape| output.is_f32 && matches!(shape, [_, _, Dimension::Fixed(4)]))?,
        scores: output(&|output, shape| output.is_f32 && shape.len() == 2)?,
        photo_size: photo_size.name.clone(),
    })
}
