//! The detector that looks for animals one by one, by a network of the YOLO families.

use std::sync::Arc;

use resight_core::{BundleId, ImageSize, PixelBox};
use resight_imaging::{DecodeSize, Preprocess, RgbImage};
use serde::{Deserialize, Serialize};

use super::boxes::{BoxesForm, RawBox, drawn_together, keep_the_surest, read};
use super::{Detection, Detector};
use crate::bundle::{Bundle, Manifest, Purpose};
use crate::runtime::{ModelError, Network, Output, RuntimeChoice, load_network};

/// Animals that one photo may show, at most; of more, the surest.
const MOST_ANIMALS: usize = 200;

/// Cells that are less sure than this share of what counts have no say in where a box lies.
const HAS_A_SAY: f32 = 0.1;

/// What the boxes of a detector's network mean, and which count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorManifest {
    /// How its numbers are boxes.
    pub form: BoxesForm,
    /// Which of the bundle's labels are animals; empty where all are. Others, such as people and boats, are not looked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub animals: Vec<String>,
    /// Boxes that are less sure do not count, 0 to 1.
    pub least_confidence: f32,
    /// Of two boxes that share more than this of what both cover the surer one counts, 0 to 1.
    #[serde(default = "usual_overlap")]
    pub most_overlap: f32,
}

/// As most of these networks are evaluated.
fn usual_overlap() -> f32 {
    0.45
}

impl Default for DetectorManifest {
    fn default() -> Self {
        Self {
            form: BoxesForm::Corners,
            animals: Vec::new(),
            least_confidence: 0.3,
            most_overlap: usual_overlap(),
        }
    }
}

impl DetectorManifest {
    /// What is wrong with it, for a network with these labels; none where nothing is.
    pub fn fault(&self, labels: &[String]) -> Option<String> {
        let share = |name: &str, value: f32| {
            (!(0.0..=1.0).contains(&value)).then(|| format!("{name} {value} is not between 0 and 1"))
        };
        if labels.is_empty() {
            return Some("a detector needs labels".to_owned());
        }
        let unknown = self.animals.iter().find(|animal| !labels.contains(animal));
        share("least_confidence", self.least_confidence)
            .or_else(|| share("most_overlap", self.most_overlap))
            .or_else(|| unknown.map(|animal| format!("`{animal}` is none of the labels")))
    }
}

/// How the answer of a detector's network becomes animals in a photo.
#[derive(Debug, Clone)]
pub struct ReadAnimals {
    preprocess: Preprocess,
    rule: DetectorManifest,
    labels: Vec<Arc<str>>,
}

impl ReadAnimals {
    /// As a bundle says it; none where that says nothing of boxes.
    pub fn of(manifest: &Manifest) -> Option<Self> {
        Some(Self::new(manifest.preprocess.clone(), manifest.detector.clone()?, &manifest.labels))
    }

    /// By a rule, for the labels of its network.
    pub fn new(preprocess: Preprocess, rule: DetectorManifest, labels: &[String]) -> Self {
        Self { preprocess, rule, labels: labels.iter().map(|label| Arc::from(label.as_str())).collect() }
    }

    fn is_animal(&self, class: usize) -> bool {
        let animals = &self.rule.animals;
        let label = self.labels.get(class);
        animals.is_empty() || label.is_some_and(|label| animals.iter().any(|animal| **animal == **label))
    }

    /// The animals that the network's answer to one photo of this full size shows, the surest first; empty where it shows none.
    ///
    /// # Errors
    /// What the answer should have been and what it is, where it is no such answer.
    pub fn animals(&self, output: &Output, full_size: ImageSize) -> Result<Vec<Detection>, (String, String)> {
        let DetectorManifest { form, least_confidence, most_overlap, .. } = self.rule;
        let size = (self.preprocess.width as usize, self.preprocess.height as usize);
        let classes = self.labels.len();
        // Where cells draw a box together, those that are less sure have a say in where it lies.
        let least = if form == BoxesForm::Cells { least_confidence * HAS_A_SAY } else { least_confidence };
        let mut all = read(form, output, size, least, classes, |class| self.is_animal(class))?;
        // What is around the photo in the input has no animals.
        let frame = InputFrame::of(&self.preprocess, full_size);
        all.retain(|raw| frame.is_some_and(|frame| frame.has(raw.middle())));
        let overlap = if form.repeats() { most_overlap } else { 1.0 };
        let boxes = match form {
            BoxesForm::Cells => {
                let sure = all.iter().filter(|one| one.confidence >= least_confidence).copied().collect();
                let drawn = drawn_together(&keep_the_surest(sure, overlap, MOST_ANIMALS), &all, overlap);
                // Drawn together, two boxes may have become one.
                keep_the_surest(drawn, overlap, MOST_ANIMALS)
            }
            _ => keep_the_surest(all, overlap, MOST_ANIMALS),
        };
        let detection = |raw: &RawBox| self.detection(raw, &frame?, full_size);
        Ok(boxes.iter().filter_map(detection).collect())
    }

    /// A box of the network's input in the full photo; none where it lies outside.
    fn detection(&self, raw: &RawBox, frame: &InputFrame, full_size: ImageSize) -> Option<Detection> {
        Some(Detection {
            region: frame.in_photo(raw.corners).clamped(full_size)?,
            confidence: raw.confidence.clamp(0.0, 1.0),
            label: self.labels.get(raw.class).cloned(),
        })
    }
}

/// Where a photo lies in the input of a network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InputFrame {
    /// The part of the photo that is seen.
    seen: PixelBox,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

impl InputFrame {
    /// Of a photo of this size as a whole; none for a photo without extent.
    pub fn of(preprocess: &Preprocess, full_size: ImageSize) -> Option<Self> {
        Self::of_part(preprocess, full_size, None)
    }

    /// Of a part of a photo of this size, or of all of it; none where it has no extent.
    pub fn of_part(preprocess: &Preprocess, full_size: ImageSize, part: Option<&PixelBox>) -> Option<Self> {
        let seen = preprocess.source_region(full_size, part).ok()?;
        let (width, height) = preprocess.target_size(&seen);
        let margin = |side: u32, used: u32| f64::from((side - used) / 2);
        Some(Self {
            seen,
            left: margin(preprocess.width, width),
            top: margin(preprocess.height, height),
            width: f64::from(width),
            height: f64::from(height),
        })
    }

    /// A box of the input, by left, top, right and bottom, in the photo.
    pub fn in_photo(&self, corners: [f32; 4]) -> PixelBox {
        let across = |at: f32| self.seen.x + (f64::from(at) - self.left) / self.width * self.seen.width;
        let down = |at: f32| self.seen.y + (f64::from(at) - self.top) / self.height * self.seen.height;
        let [x, y, right, bottom] = corners;
        let (x, y) = (across(x), down(y));
        PixelBox::at(x, y, across(right) - x, down(bottom) - y)
    }

    /// A box of the photo in the input: left, top, right and bottom.
    pub fn in_input(&self, region: &PixelBox) -> [f32; 4] {
        let across = |at: f64| (self.left + (at - self.seen.x) / self.seen.width * self.width) as f32;
        let down = |at: f64| (self.top + (at - self.seen.y) / self.seen.height * self.height) as f32;
        let PixelBox { x, y, width, height, .. } = *region;
        [across(x), down(y), across(x + width), down(y + height)]
    }

    /// Whether the photo is at this point of the input.
    fn has(&self, [across, down]: [f32; 2]) -> bool {
        let [left, top, right, bottom] = self.bounds();
        (left..right).contains(&across) && (top..bottom).contains(&down)
    }

    /// Where the photo lies in the input: left, top, right and bottom.
    fn bounds(&self) -> [f32; 4] {
        [self.left, self.top, self.left + self.width, self.top + self.height].map(|at| at as f32)
    }
}

/// Finds animals one by one; where it finds none it falls back to the whole picture.
pub struct ObjectDetector {
    bundle: BundleId,
    reading: ReadAnimals,
    network: Box<dyn Network>,
}

impl ObjectDetector {
    /// What such detectors are called, before the bundle's name.
    pub const KIND: &'static str = "objects";

    /// Loads a bundle whose purpose is to find animals. `threads` may work at one photo.
    ///
    /// # Errors
    /// When the bundle is for something else, or no runtime takes its network.
    pub fn load(bundle: &Bundle, choice: RuntimeChoice, threads: usize) -> Result<Self, ModelError> {
        bundle.expect_purpose(Purpose::Detector)?;
        Self::new(bundle.id().clone(), bundle.manifest(), load_network(bundle, choice, threads)?)
    }

    /// Joins a loaded network and what its bundle says.
    ///
    /// # Errors
    /// When that says nothing of boxes.
    pub fn new(bundle: BundleId, manifest: &Manifest, network: Box<dyn Network>) -> Result<Self, ModelError> {
        let reading = ReadAnimals::of(manifest).ok_or_else(|| ModelError::Shape {
            bundle: bundle.to_string(),
            expected: "a [detector]".to_owned(),
            found: "none".to_owned(),
        })?;
        Ok(Self { bundle, reading, network })
    }
}

impl Detector for ObjectDetector {
    fn id(&self) -> String {
        format!("{}:{}", Self::KIND, self.bundle)
    }

    fn decode_size(&self, full_size: ImageSize) -> DecodeSize {
        self.reading.preprocess.decode_size(full_size, None)
    }

    fn detect(&self, image: &RgbImage, full_size: ImageSize) -> Result<Vec<Detection>, ModelError> {
        let failed = |reason: String| ModelError::Run {
            runtime: self.network.runtime().to_owned(),
            bundle: self.bundle.to_string(),
            reason,
        };
        let preprocess = &self.reading.preprocess;
        let mut input = vec![0.0; preprocess.input_len()];
        let prepared = preprocess.apply(image, None, full_size, &mut input);
        prepared.map_err(|error| failed(error.to_string()))?;
        let output = self.network.run(&input, 1).and_then(Output::only).map_err(failed)?;
        let found = self.reading.animals(&output, full_size).map_err(|(expected, found)| {
            ModelError::Shape { bundle: self.bundle.to_string(), expected, found }
        })?;
        Ok(if found.is_empty() { vec![Detection::nothing_found(full_size)] } else { found })
    }
}

#[cfg(test)]
mod tests {
    use resight_imaging::Fit;

    use super::*;
    use std::collections::BTreeMap;

    use resight_core::Distance;
    use resight_testkit::bundles::preprocess;

    const PHOTO: ImageSize = ImageSize { width: 200, height: 100 };

    /// A network that gives these boxes whatever it is shown.
    struct Says(Vec<[f32; 6]>);

    impl Network for Says {
        fn run(&self, _: &[f32], _: usize) -> Result<Vec<Output>, String> {
            Ok(vec![Output {
                name: "boxes".to_owned(),
                shape: vec![1, self.0.len(), 6],
                values: self.0.concat(),
            }])
        }

        fn runtime(&self) -> &str {
            "made up"
        }
    }

    fn detector(boxes: Vec<[f32; 6]>) -> ObjectDetector {
        let rule = DetectorManifest {
            form: BoxesForm::Corners,
            animals: vec!["bird".to_owned()],
            least_confidence: 0.3,
            most_overlap: 0.45,
        };
        let manifest = Manifest {
            format_version: 1,
            name: "made-up".to_owned(),
            purpose: Purpose::Detector,
            architecture: None,
            input: "images".to_owned(),
            further_inputs: Vec::new(),
            output: "boxes".to_owned(),
            further_outputs: Vec::new(),
            dimension: 0,
            distance: Distance::Cosine,
            labels: ["person", "bird"].map(str::to_owned).to_vec(),
            licence: "MIT".to_owned(),
            origin: String::new(),
            card: String::new(),
            preprocess: Preprocess { fit: Fit::Letterbox { fill: [114; 3] }, ..preprocess(64, 64) },
            comparison: None,
            matcher: None,
            detector: Some(rule),
            classifier: None,
            calibration: None,
            files: BTreeMap::new(),
        };
        let bundle = BundleId::new("made-up", &[1; 32]).unwrap();
        ObjectDetector::new(bundle, &manifest, Box::new(Says(boxes))).unwrap()
    }

    fn found(boxes: Vec<[f32; 6]>) -> Vec<Detection> {
        detector(boxes).detect(&RgbImage::new(200, 100), PHOTO).unwrap()
    }

    #[test]
    fn boxes_are_in_pixels_of_the_photo_and_people_are_left_out() {
        // 200 × 100 in 64 × 64: 64 × 32 in the middle.
        let all = found(vec![
            [16.0, 24.0, 32.0, 40.0, 0.9, 1.0],
            [0.0, 16.0, 64.0, 48.0, 0.95, 0.0],
            [0.0, 16.0, 8.0, 20.0, 0.2, 1.0],
        ]);
        let [bird] = &all[..] else { panic!("{all:?}") };
        assert_eq!(bird.region, PixelBox::at(50.0, 25.0, 50.0, 50.0));
        assert_eq!((bird.confidence, bird.label.as_deref()), (0.9, Some("bird")));
    }

    #[test]
    fn where_nothing_is_found_the_whole_picture_is_taken_and_boxes_end_at_the_edge() {
        let nothing = found(vec![[0.0, 0.0, 64.0, 10.0, 0.9, 1.0]]);
        assert_eq!(nothing, [Detection::nothing_found(PHOTO)], "in the bar alone");
        let beside = found(vec![[10.0, 6.0, 30.0, 20.0, 0.9, 1.0]]);
        assert_eq!(beside, [Detection::nothing_found(PHOTO)], "its middle is in the bar");
        let over = found(vec![[-20.0, 0.0, 32.0, 64.0, 0.9, 1.0]]);
        assert_eq!(over[0].region, PixelBox::at(0.0, 0.0, 100.0, 100.0));
    }

    #[test]
    fn a_box_goes_into_the_input_and_comes_back() {
        let preprocess = Preprocess { fit: Fit::Letterbox { fill: [114; 3] }, ..preprocess(64, 64) };
        let frame = InputFrame::of(&preprocess, PHOTO).unwrap();
        assert_eq!(frame.bounds(), [0.0, 16.0, 64.0, 48.0]);
        let region = PixelBox::at(50.0, 25.0, 50.0, 50.0);
        assert_eq!(frame.in_input(&region), [16.0, 24.0, 32.0, 40.0]);
        assert_eq!(frame.in_photo(frame.in_input(&region)), region);
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_said() {
        let rule = detector(Vec::new()).reading.rule;
        let labels = ["person", "bird"].map(str::to_owned);
        assert_eq!(rule.fault(&labels), None);
        assert!(rule.fault(&labels[..1]).is_some_and(|fault| fault.contains("bird")));
        let wild = DetectorManifest { least_confidence: 1.5, ..rule };
        assert!(wild.fault(&labels).is_some_and(|fault| fault.contains("least_confidence")));
    }
}
