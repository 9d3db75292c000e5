//! From the numbers that a detector's network gives to boxes, in pixels of its input.
//!
//! Each family writes them in its own way: as offsets to the cells of a grid, as middles and sides, as corners. What they have in
//! common is a number for each class, or one class with its number.

use serde::{Deserialize, Serialize};

use crate::runtime::Output;

/// How the numbers of a network are boxes. `C` is the number of classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BoxesForm {
    /// YOLOX as it is exported: 1 × N × (5 + C), the cells of grids of 8, 16 and 32 pixels one after the other; offset of the middle
    /// in cells, logarithms of the sides in cells, objectness, classes (Z. Ge et al., "YOLOX: Exceeding YOLO Series in 2021").
    Yolox,
    /// YOLOv5 and MegaDetector 5: 1 × N × (5 + C); middle and sides in pixels, objectness, classes.
    Yolov5,
    /// YOLOv8, 9, 11: 1 × (4 + C) × N; middle and sides in pixels, classes.
    Yolov8,
    /// RT-DETR as Ultralytics exports it: 1 × N × (4 + C); middle and sides as shares of the input, classes. Nothing is to be sorted
    /// out (Y. Zhao et al., "DETRs Beat YOLOs on Real-time Object Detection", 2024).
    RtDetr,
    /// Detectors that leave nothing to be sorted out, such as YOLOv10: 1 × N × 6; left, top, right and bottom in pixels, confidence,
    /// class.
    Corners,
    /// What resight trains itself: 1 × 5 × rows × columns, a cell each, of animals of one kind; the log-odds that the middle of one is
    /// near, and the logarithms of the distances from the cell's middle to left, top, right and bottom, in cells. Cells that see the
    /// same animal draw its box together.
    Cells,
}

impl BoxesForm {
    /// The forms of networks that are not resight's own.
    pub const KNOWN: [Self; 5] = [Self::Yolox, Self::Yolov5, Self::Yolov8, Self::RtDetr, Self::Corners];

    /// Its name, as manifests have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yolox => "yolox",
            Self::Yolov5 => "yolov5",
            Self::Yolov8 => "yolov8",
            Self::RtDetr => "rt-detr",
            Self::Corners => "corners",
            Self::Cells => "cells",
        }
    }

    /// Whether one animal has many boxes, of which the surest is kept.
    pub fn repeats(self) -> bool {
        !matches!(self, Self::Corners | Self::RtDetr)
    }

    /// Numbers of a box before those of the classes.
    fn fixed(self) -> usize {
        match self {
            Self::Yolox | Self::Yolov5 | Self::Cells => 5,
            Self::Yolov8 | Self::RtDetr => 4,
            Self::Corners => 6,
        }
    }

    /// Whether an output of so many boxes, for an input of this width and height, has one a cell as YOLOX has it: the numbers of YOLOX and
    /// YOLOv5 are told apart by nothing else, and mean other places.
    pub(crate) fn suits(self, count: usize, input: (usize, usize)) -> bool {
        let is_one_a_cell = count == grid(input).len();
        match self {
            Self::Yolox => is_one_a_cell,
            Self::Yolov5 => !is_one_a_cell,
            Self::Yolov8 | Self::RtDetr | Self::Corners | Self::Cells => true,
        }
    }

    /// How many boxes an output of this shape has, of a network with so many classes.
    ///
    /// # Errors
    /// The shape that was to be expected, where it is another.
    pub(crate) fn count(self, shape: &[usize], classes: usize) -> Result<usize, String> {
        if self == Self::Cells {
            return match shape {
                [1, 5, rows, columns] if classes == 1 && rows.saturating_mul(*columns) <= MOST_BOXES => {
                    Ok(rows * columns)
                }
                _ => Err("[1, 5, rows, columns] numbers, for one label".to_owned()),
            };
        }
        let length = if self == Self::Corners { self.fixed() } else { self.fixed() + classes };
        let found = match shape {
            [1, rows, columns] if self == Self::Yolov8 => Some((*columns, *rows)),
            [1, rows, columns] => Some((*rows, *columns)),
            _ => None,
        };
        match found {
            Some((count, found)) if found == length && count <= MOST_BOXES => Ok(count),
            _ if self == Self::Yolov8 => Err(format!("[1, {length}, boxes] numbers, for {classes} labels")),
            _ if self == Self::Corners => Err(format!("[1, boxes, {length}] numbers")),
            _ => Err(format!("[1, boxes, {length}] numbers, for {classes} labels")),
        }
    }
}

/// What a network should have given, and what it gave.
pub(super) type Unlike = (String, String);

/// A box as the network gives it, in pixels of its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RawBox {
    /// Left, top, right and bottom.
    pub(super) corners: [f32; 4],
    pub(super) confidence: f32,
    pub(super) class: usize,
}

impl RawBox {
    fn around(middle: [f32; 2], sides: [f32; 2], confidence: f32, class: usize) -> Self {
        let [x, y] = middle;
        let [width, height] = sides.map(|side| side / 2.0);
        Self { corners: [x - width, y - height, x + width, y + height], confidence, class }
    }

    pub(super) fn middle(&self) -> [f32; 2] {
        let [left, top, right, bottom] = self.corners;
        [f32::midpoint(left, right), f32::midpoint(top, bottom)]
    }

    fn area(&self) -> f32 {
        let [left, top, right, bottom] = self.corners;
        (right - left).max(0.0) * (bottom - top).max(0.0)
    }

    /// Intersection over union.
    fn overlap(&self, other: &Self) -> f32 {
        let [left, top] = [0, 1].map(|at| self.corners[at].max(other.corners[at]));
        let [right, bottom] = [2, 3].map(|at| self.corners[at].min(other.corners[at]));
        let both = (right - left).max(0.0) * (bottom - top).max(0.0);
        both / (self.area() + other.area() - both).max(f32::MIN_POSITIVE)
    }
}

/// Sides of the cells of YOLOX's grids, in pixels, in the order of its boxes.
const STRIDES: [usize; 3] = [8, 16, 32];

/// The greatest logarithm of a distance in cells that is believed.
const FARTHEST: f32 = 6.0;

/// How far beyond 0 and 1 rounding may bring a confidence.
const SLACK: f32 = 1e-3;

/// Of a longer output nobody could look at all boxes.
const MOST_BOXES: usize = 1 << 20;

/// Reads the boxes that are at least so sure, of the classes that `wanted` lets through. `input` are width and height of the network's
/// input.
///
/// # Errors
/// The output has another shape, a number is none, or a confidence or a class cannot be.
pub(super) fn read(
    form: BoxesForm,
    output: &Output,
    input: (usize, usize),
    least: f32,
    classes: usize,
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<RawBox>, Unlike> {
    let found = || format!("{:?} numbers", output.shape);
    let count = form.count(&output.shape, classes).map_err(|expected| (expected, found()))?;
    let (fixed, length) = (form.fixed(), output.values.len() / count.max(1));
    if output.values.len() != output.shape.iter().product::<usize>() {
        return Err(("as many numbers as its shape says".to_owned(), output.values.len().to_string()));
    }
    if output.values.iter().any(|value| !value.is_finite()) {
        return Err(("numbers".to_owned(), "some that are none".to_owned()));
    }
    let cells = if form == BoxesForm::Yolox { grid(input) } else { Vec::new() };
    if form == BoxesForm::Yolox && cells.len() != count {
        return Err((format!("{} boxes, one a cell", cells.len()), count.to_string()));
    }
    let value = |at: usize, number: usize| match form {
        BoxesForm::Yolov8 | BoxesForm::Cells => output.values[number * count + at],
        _ => output.values[at * length + number],
    };
    let cell = |at: usize| cells[at];
    let mut boxes = Vec::new();
    for at in 0..count {
        let (confidence, class) = match form {
            // What fills up has a class below 0.
            BoxesForm::Corners if value(at, 5) < -0.5 => continue,
            BoxesForm::Corners => {
                let class = value(at, 5).round();
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "negative ones become 0"
                )]
                let class = class as usize;
                (value(at, 4), class)
            }
            BoxesForm::Cells => (1.0 / (1.0 + (-value(at, 0)).exp()), 0),
            _ => {
                let object = if fixed == 5 { value(at, 4) } else { 1.0 };
                let wanted = (0..length - fixed).filter(|class| wanted(*class));
                let best = wanted.map(|class| (value(at, fixed + class), class)).reduce(surer);
                best.map_or((0.0, 0), |(of_class, class)| (object * of_class, class))
            }
        };
        if !(-SLACK..=1.0 + SLACK).contains(&confidence) {
            return Err(("confidences from 0 to 1".to_owned(), confidence.to_string()));
        }
        if confidence < least || (class < classes && !wanted(class)) {
            continue;
        }
        if class >= classes {
            return Err((format!("classes below {classes}, one a label"), class.to_string()));
        }
        let four = [0, 1, 2, 3].map(|number| value(at, number));
        boxes.push(match form {
            BoxesForm::Corners => RawBox { corners: four, confidence, class },
            BoxesForm::Yolov5 | BoxesForm::Yolov8 => {
                RawBox::around([four[0], four[1]], [four[2], four[3]], confidence, class)
            }
            BoxesForm::RtDetr => {
                let (width, height) = (input.0 as f32, input.1 as f32);
                let [x, y, wide, high] = four;
                RawBox::around([x * width, y * height], [wide * width, high * height], confidence, class)
            }
            BoxesForm::Cells => {
                let columns = output.shape[3].max(1);
                let side = input.0 as f32 / columns as f32;
                let middle = [at % columns, at / columns].map(|cell| (cell as f32 + 0.5) * side);
                let away = [1, 2, 3, 4].map(|number| value(at, number).min(FARTHEST).exp() * side);
                let corners =
                    [middle[0] - away[0], middle[1] - away[1], middle[0] + away[2], middle[1] + away[3]];
                RawBox { corners, confidence, class }
            }
            BoxesForm::Yolox => {
                let (column, row, stride) = cell(at);
                let middle = [(four[0] + column) * stride, (four[1] + row) * stride];
                RawBox::around(middle, [four[2], four[3]].map(|side| side.exp() * stride), confidence, class)
            }
        });
    }
    Ok(boxes)
}

fn surer(best: (f32, usize), one: (f32, usize)) -> (f32, usize) {
    if one.0 > best.0 { one } else { best }
}

/// Column, row and side of every cell of YOLOX's grids.
#[expect(clippy::cast_precision_loss, reason = "cells of a picture")]
fn grid((width, height): (usize, usize)) -> Vec<(f32, f32, f32)> {
    let of_stride = |stride: usize| {
        let cell = move |at: usize| {
            let columns = width / stride;
            ((at % columns) as f32, (at / columns) as f32, stride as f32)
        };
        (0..(width / stride) * (height / stride)).map(cell)
    };
    STRIDES.into_iter().flat_map(of_stride).collect()
}

/// Keeps so many boxes, the surest first, of equally sure ones the first; of those that overlap by more than this share of what both
/// cover the surest alone.
pub(super) fn keep_the_surest(mut boxes: Vec<RawBox>, most_overlap: f32, most: usize) -> Vec<RawBox> {
    boxes.sort_by(|one, other| other.confidence.total_cmp(&one.confidence));
    let mut kept: Vec<RawBox> = Vec::new();
    for one in boxes {
        // What a network says may be millions of boxes.
        if kept.len() == most {
            break;
        }
        if kept.iter().all(|other| other.overlap(&one) <= most_overlap) {
            kept.push(one);
        }
    }
    kept
}

/// Boxes that were kept, each the mean of all that overlap with it by more than this share, by their confidence ("box voting":
/// S. Gidaris, N. Komodakis, "Object detection via a multi-region and semantic segmentation-aware CNN model", 2015).
pub(super) fn drawn_together(kept: &[RawBox], all: &[RawBox], overlap: f32) -> Vec<RawBox> {
    let together = |one: &RawBox| {
        let (mut corners, mut weight) = ([0.0_f32; 4], 0.0);
        for other in all.iter().filter(|other| other.overlap(one) > overlap) {
            weight += other.confidence;
            corners.iter_mut().zip(other.corners).for_each(|(sum, at)| *sum += other.confidence * at);
        }
        if weight > 0.0 { RawBox { corners: corners.map(|sum| sum / weight), ..*one } } else { *one }
    };
    kept.iter().map(together).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(form: BoxesForm, shape: [usize; 3], values: Vec<f32>) -> Result<Vec<RawBox>, Unlike> {
        let classes = if form == BoxesForm::Yolox { 1 } else { 3 };
        let output = Output { name: "boxes".to_owned(), shape: shape.to_vec(), values };
        read(form, &output, (64, 32), 0.25, classes, |class| class != 2)
    }

    #[test]
    fn middles_and_sides_become_corners_and_unwanted_classes_go() {
        let boxes = [
            [20.0, 10.0, 8.0, 4.0, 0.5, 0.1, 0.8, 0.0],
            [20.0, 10.0, 8.0, 4.0, 0.5, 0.1, 0.4, 0.9],
            [9.0, 9.0, 2.0, 2.0, 0.9, 0.0, 0.1, 1.0],
        ];
        let found = read_all(BoxesForm::Yolov5, [1, 3, 8], boxes.concat()).unwrap();
        assert_eq!(found, [RawBox { corners: [16.0, 8.0, 24.0, 12.0], confidence: 0.4, class: 1 }]);
        assert!(BoxesForm::Yolox.suits(42, (64, 32)) && !BoxesForm::Yolov5.suits(42, (64, 32)));
        assert!(BoxesForm::Yolov5.suits(126, (64, 32)) && !BoxesForm::Yolox.suits(126, (64, 32)));
        // The same without objectness, the numbers of all boxes one after the other.
        let columns = [20.0, 10.0, 8.0, 4.0, 0.1, 0.4, 0.0].map(|value| [value, value]).concat();
        let found = read_all(BoxesForm::Yolov8, [1, 7, 2], columns).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], RawBox { corners: [16.0, 8.0, 24.0, 12.0], confidence: 0.4, class: 1 });
    }

    #[test]
    fn cells_of_all_grids_lie_where_they_should() {
        // 64 × 32 pixels: 8 × 4 cells of 8, 4 × 2 of 16, 2 × 1 of 32.
        let mut values = vec![0.0; 42 * 6];
        let of = |cell: usize| cell * 6..cell * 6 + 6;
        values[of(9)].copy_from_slice(&[0.5, 0.5, 0.0, 2.0_f32.ln(), 1.0, 0.5]);
        values[of(32 + 7)].copy_from_slice(&[0.0, 0.25, 0.0, 0.0, 0.5, 1.0]);
        values[of(41)].copy_from_slice(&[0.5, 0.5, 0.0, 0.0, 1.0, 1.0]);
        let found = read_all(BoxesForm::Yolox, [1, 42, 6], values).unwrap();
        let corners: Vec<[f32; 4]> = found.iter().map(|one| one.corners.map(|at| at.round())).collect();
        assert_eq!(corners, [[8.0, 4.0, 16.0, 20.0], [40.0, 12.0, 56.0, 28.0], [32.0, 0.0, 64.0, 32.0]]);
        assert_eq!(found.iter().map(|one| one.confidence).collect::<Vec<_>>(), [0.5, 0.5, 1.0]);
        let wrong = read_all(BoxesForm::Yolox, [1, 41, 6], vec![0.0; 41 * 6]).unwrap_err();
        assert_eq!(wrong, ("42 boxes, one a cell".to_owned(), "41".to_owned()));
    }

    #[test]
    fn shares_of_the_input_become_pixels() {
        let values = vec![0.25, 0.5, 0.125, 0.25, 0.1, 0.7, 0.9, 0.25, 0.5, 0.125, 0.25, 0.1, 0.2, 0.0];
        let found = read_all(BoxesForm::RtDetr, [1, 2, 7], values).unwrap();
        assert_eq!(found, [RawBox { corners: [12.0, 12.0, 20.0, 20.0], confidence: 0.7, class: 1 }]);
        assert!(!BoxesForm::RtDetr.repeats() && BoxesForm::Yolov8.repeats());
    }

    #[test]
    fn corners_are_taken_as_they_are_and_bad_numbers_are_refused() {
        let values = vec![1.0, 2.0, 3.0, 4.0, 0.9, 1.0, 1.0, 2.0, 3.0, 4.0, 0.9, 2.0];
        let found = read_all(BoxesForm::Corners, [1, 2, 6], values).unwrap();
        assert_eq!(found, [RawBox { corners: [1.0, 2.0, 3.0, 4.0], confidence: 0.9, class: 1 }]);
        for (shape, values) in [
            ([1, 2, 7], vec![0.0; 14]),
            ([2, 1, 6], vec![0.0; 12]),
            ([1, 2, 6], vec![0.0; 11]),
            ([1, 1, 6], vec![f32::NAN; 6]),
        ] {
            assert!(read_all(BoxesForm::Corners, shape, values).is_err(), "{shape:?}");
        }
        assert!(read_all(BoxesForm::Yolov5, [1, 2, 5], vec![0.0; 10]).is_err(), "no classes");
        assert_eq!(read_all(BoxesForm::Yolov5, [1, 0, 8], Vec::new()), Ok(Vec::new()));
        // The numbers of another form, or of other labels, are no boxes.
        assert!(read_all(BoxesForm::Yolov5, [1, 7, 20], vec![0.5; 140]).is_err(), "YOLOv8's");
        assert!(read_all(BoxesForm::Yolov8, [1, 20, 8], vec![0.5; 160]).is_err(), "YOLOv5's");
        assert!(
            read_all(BoxesForm::Yolov5, [1, 2, 9], vec![0.0; 18]).is_err(),
            "four classes for three labels"
        );
        let sure = vec![20.0, 10.0, 8.0, 4.0, 9.0, 1.0, 0.0, 0.0];
        assert!(read_all(BoxesForm::Yolov5, [1, 1, 8], sure).is_err(), "surer than sure");
        let class =
            |class: f32| read_all(BoxesForm::Corners, [1, 1, 6], vec![1.0, 2.0, 3.0, 4.0, 0.9, class]);
        assert_eq!(class(-1.0), Ok(Vec::new()), "what fills up");
        assert!(class(3.0).is_err(), "a class without a label");
    }

    #[test]
    fn cells_that_see_one_animal_draw_its_box_together() {
        // 4 × 2 cells of 16 pixels; two neighbours see an animal, one of them a little wider.
        let mut values = vec![0.0; 5 * 8];
        values[..8].fill(-9.0);
        (values[1], values[2]) = (2.0, 2.0);
        for (number, distances) in [(1, [1.0, 2.0]), (2, [0.5, 0.5]), (3, [1.0, 0.5]), (4, [0.5, 0.5])] {
            for (cell, distance) in (1..).zip(distances) {
                values[number * 8 + cell] = f32::ln(distance);
            }
        }
        let output = Output { name: "boxes".to_owned(), shape: vec![1, 5, 2, 4], values };
        let found = read(BoxesForm::Cells, &output, (64, 32), 0.25, 1, |_| true).unwrap();
        let corners: Vec<[f32; 4]> = found.iter().map(|one| one.corners).collect();
        assert_eq!(corners, [[8.0, 0.0, 40.0, 16.0], [8.0, 0.0, 48.0, 16.0]]);
        let kept = keep_the_surest(found.clone(), 0.45, 9);
        let drawn = drawn_together(&kept, &found, 0.45);
        assert_eq!(drawn.len(), 1);
        assert_eq!(drawn[0].corners, [8.0, 0.0, 44.0, 16.0]);
        let wild = Output { values: vec![1e30; 40], ..output };
        assert!(
            read(BoxesForm::Cells, &wild, (64, 32), 0.25, 1, |_| true)
                .is_ok_and(|all| { all.iter().all(|one| one.corners.iter().all(|at| at.is_finite())) })
        );
        assert!(BoxesForm::Cells.count(&[1, 5, 2, 4], 2).is_err(), "animals of two kinds");
    }

    #[test]
    fn of_boxes_over_each_other_the_surest_is_kept() {
        let at = |left: f32, confidence: f32| RawBox {
            corners: [left, 0.0, left + 10.0, 10.0],
            confidence,
            class: 0,
        };
        let kept = keep_the_surest(vec![at(0.0, 0.5), at(1.0, 0.9), at(30.0, 0.3), at(7.0, 0.8)], 0.45, 9);
        assert_eq!(kept, [at(1.0, 0.9), at(7.0, 0.8), at(30.0, 0.3)]);
        let kept = keep_the_surest(vec![at(30.0, 0.3), at(0.0, 0.5), at(50.0, 0.9)], 1.0, 2);
        assert_eq!(kept, [at(50.0, 0.9), at(0.0, 0.5)]);
    }
}
