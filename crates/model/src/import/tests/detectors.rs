//! Detectors as ONNX: which form their boxes have, and what they are called.

use std::collections::BTreeMap;

use crate::detect::BoxesForm;
use crate::import::ImportError;
use crate::import::detector::{Known, boxes_of};
use crate::onnx::{Dimension, OnnxFacts, ValueFacts};

fn value(name: &str, is_f32: bool, shape: &[usize]) -> ValueFacts {
    let extent = |extent: &usize| if *extent == 0 { Dimension::Open } else { Dimension::Fixed(*extent) };
    ValueFacts { name: name.to_owned(), is_f32, shape: Some(shape.iter().map(extent).collect()) }
}

fn facts(inputs: Vec<ValueFacts>, outputs: Vec<ValueFacts>) -> OnnxFacts {
    OnnxFacts { inputs, outputs, operator_set: 17, operators: 1, notes: BTreeMap::new() }
}

fn of_one(shape: &[usize]) -> OnnxFacts {
    facts(vec![value("images", true, &[1, 3, 0, 0])], vec![value("boxes", true, shape)])
}

fn form(shape: &[usize], side: u32, labels: Option<usize>) -> Result<BoxesForm, ImportError> {
    let known = Known { labels, ..Known::default() };
    boxes_of(&of_one(shape), (side, side), known).map(|boxes| boxes.form)
}

#[test]
fn the_detectors_that_people_have_are_told_by_their_shapes() {
    for (shape, side, labels, expected) in [
        (vec![1, 102_000, 8], 1280, None, BoxesForm::Yolov5),
        (vec![1, 25_200, 85], 640, None, BoxesForm::Yolov5),
        (vec![1, 84, 8400], 640, None, BoxesForm::Yolov8),
        (vec![1, 7, 33_600], 1280, Some(3), BoxesForm::Yolov8),
        (vec![0, 84, 0], 640, None, BoxesForm::Yolov8),
        (vec![1, 300, 6], 1280, Some(3), BoxesForm::Corners),
        (vec![1, 0, 6], 960, Some(3), BoxesForm::Corners),
        (vec![1, 3549, 85], 416, None, BoxesForm::Yolox),
        (vec![1, 8400, 6], 640, Some(1), BoxesForm::Yolox),
        (vec![1, 300, 84], 640, None, BoxesForm::RtDetr),
    ] {
        assert_eq!(form(&shape, side, labels), Ok(expected), "{shape:?}");
    }
    let boxes = boxes_of(&of_one(&[1, 102_000, 8]), (1280, 1280), Known::default()).unwrap();
    assert_eq!(boxes.classes, Some(3));
}

#[test]
fn between_forms_that_both_fit_it_is_asked() {
    let torn = form(&[1, 300, 6], 640, None).unwrap_err();
    assert!(
        matches!(&torn, ImportError::TornBetween { forms, .. } if *forms == [BoxesForm::RtDetr, BoxesForm::Corners]),
        "{torn}"
    );
    assert!(torn.to_string().contains("rt-detr, corners"), "{torn}");
    assert!(matches!(form(&[1, 0, 85], 640, None), Err(ImportError::TornBetween { .. })));
    let known = Known { form: Some(BoxesForm::Corners), ..Known::default() };
    assert_eq!(boxes_of(&of_one(&[1, 300, 6]), (640, 640), known).unwrap().form, BoxesForm::Corners);
}

#[test]
fn what_fits_no_form_is_refused_with_the_forms() {
    for shape in [vec![1, 5, 6, 7], vec![2, 300, 6], vec![1, 1001, 9], vec![1, 3, 4], vec![0, 0]] {
        let refused = form(&shape, 640, None).unwrap_err();
        assert!(refused.to_string().contains("yolox, yolov5, yolov8, rt-detr, corners"), "{refused}");
    }
}

#[test]
fn labels_boxes_and_scores_apart_are_to_be_joined() {
    let inputs = vec![value("images", true, &[0, 3, 640, 640]), value("orig_target_sizes", false, &[0, 2])];
    let outputs = vec![
        value("labels", false, &[0, 300]),
        value("boxes", true, &[0, 300, 4]),
        value("scores", true, &[0, 300]),
    ];
    let boxes = boxes_of(&facts(inputs.clone(), outputs.clone()), (640, 640), Known::default()).unwrap();
    assert_eq!(boxes.form, BoxesForm::Corners);
    let parts = boxes.parts.unwrap();
    assert_eq!((parts.photo_size.as_str(), parts.scores.as_str()), ("orig_target_sizes", "scores"));
    let without_size = facts(inputs[..1].to_vec(), outputs);
    assert!(boxes_of(&without_size, (640, 640), Known::default()).is_err());
}
