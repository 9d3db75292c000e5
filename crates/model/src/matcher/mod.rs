//! From the local features of two crops to their matches, by a network that looks at both crops as a whole.
//!
//! [`resight_compare::Comparer`] takes keypoints for one whose descriptors are each other's nearest. A matcher also knows
//! what lies around them, in both crops, which finds more and takes a thousand times as long: it is for the few candidates that
//! a comparer leaves.

use resight_compare::{Descriptors, Evidence, Features, FoundRule, Keypoint, Match};
use resight_core::BundleId;

use crate::bundle::{Bundle, Manifest, MatcherManifest, Purpose};
use crate::onnx::Dimension;
use crate::runtime::{
    Graph, GraphSpec, Input, ModelError, Output, RuntimeChoice, check_standing, load_graph,
};

/// How matches are taken from what a network says, as a word that changes with it: what was counted otherwise is counted anew.
pub const MATCHING: &str = "matcher-1";

/// What goes into a matcher.
const INPUTS: [&str; 4] = ["keypoints0", "descriptors0", "keypoints1", "descriptors1"];

/// What comes out: of every keypoint of one crop and every one of the other, how sure it is that they are one.
const OUTPUT: &str = "confidence";

/// How far beyond 0 and 1 rounding may bring a confidence.
const SLACK: f32 = 1e-3;

/// Matches local features with the network of a bundle.
pub struct LocalMatcher {
    bundle: BundleId,
    rule: FoundRule,
    crop: Crop,
    /// Numbers of a descriptor.
    dim: usize,
    graph: Box<dyn Graph>,
}

impl LocalMatcher {
    /// Loads the network of a matcher, for the features that a bundle of this manifest reads.
    ///
    /// `threads` is how many threads may work at one pair of crops; 0 counts as 1.
    ///
    /// # Errors
    /// When the bundle is no matcher or one of other features, has inputs or outputs that are not known, comes from
    /// elsewhere, the runtime asked for is not there, or no runtime takes the network.
    pub fn load(
        bundle: &Bundle,
        features: &Manifest,
        choice: RuntimeChoice,
        threads: usize,
    ) -> Result<Self, ModelError> {
        bundle.expect_purpose(Purpose::Matcher)?;
        let manifest = bundle.manifest();
        let refuse = |expected: String, found: String| ModelError::Shape {
            bundle: bundle.id().to_string(),
            expected,
            found,
        };
        let (inputs, outputs): (Vec<&str>, Vec<&str>) =
            (manifest.inputs().collect(), manifest.outputs().collect());
        if inputs != INPUTS || outputs != [OUTPUT] {
            let words = |inputs: &[&str], outputs: &[&str]| {
                format!("{} from {}", outputs.join(", "), inputs.join(", "))
            };
            return Err(refuse(words(&INPUTS, &[OUTPUT]), words(&inputs, &outputs)));
        }
        let matcher = manifest.matcher.as_ref();
        let matcher = matcher.ok_or_else(|| refuse("a [matcher]".to_owned(), "none".to_owned()))?;
        let dim = descriptor_length(bundle)
            .ok_or_else(|| refuse("descriptors of one length".to_owned(), "others".to_owned()))?;
        check_features(bundle, matcher, features)?;
        check_standing(bundle)?;
        let spec = GraphSpec { inputs, outputs, threads };
        let graph = load_graph(bundle.model_bytes(), &spec, choice, bundle.id().as_str())?;
        Ok(Self { bundle: bundle.id().clone(), rule: matcher.rule, crop: Crop::of(manifest), dim, graph })
    }

    /// Whether a matcher was made for features that a bundle of this manifest reads.
    pub fn reads(bundle: &Bundle, features: &Manifest) -> bool {
        let matcher = bundle.manifest().matcher.as_ref();
        matcher.is_some_and(|matcher| check_features(bundle, matcher, features).is_ok())
    }

    /// The bundle.
    pub fn bundle(&self) -> &BundleId {
        &self.bundle
    }

    /// Which of its matches count.
    pub fn rule(&self) -> FoundRule {
        self.rule
    }

    /// The runtime that does the work, with its version.
    pub fn runtime(&self) -> &str {
        self.graph.runtime()
    }

    /// The keypoints that are each other's surest and sure enough, in the order of the query's keypoints. Of several that
    /// are equally sure the first counts.
    ///
    /// # Errors
    /// When the features are of another kind, the runtime fails, or the network gives what are no confidences.
    pub fn matches(&self, query: &Features, gallery: &Features) -> Result<Vec<Match>, ModelError> {
        for descriptors in [&query.descriptors, &gallery.descriptors] {
            if descriptors.dim() != self.dim {
                return Err(self.unsuited(self.dim, descriptors.dim()));
            }
        }
        let (n, m) = (query.len(), gallery.len());
        // An empty tensor is something that not every runtime takes.
        if n == 0 || m == 0 {
            return Ok(Vec::new());
        }
        let (places0, places1) = (self.crop.places(&query.keypoints), self.crop.places(&gallery.keypoints));
        let (units0, units1) = (unit_rows(&query.descriptors), unit_rows(&gallery.descriptors));
        let outputs = self.graph.run(&[
            Input { shape: &[n, 2], values: &places0 },
            Input { shape: &[n, self.dim], values: &units0 },
            Input { shape: &[m, 2], values: &places1 },
            Input { shape: &[m, self.dim], values: &units1 },
        ]);
        let confidence = outputs.and_then(Output::only).map_err(|reason| ModelError::Run {
            runtime: self.graph.runtime().to_owned(),
            bundle: self.bundle.to_string(),
            reason,
        })?;
        self.check(&confidence, n, m)?;
        Ok(mutual(&confidence.values, m, self.rule.least_sureness))
    }

    /// What speaks for two crops showing one animal: the matches that fit together.
    ///
    /// # Errors
    /// As for [`Self::matches`].
    pub fn evidence(&self, query: &Features, gallery: &Features) -> Result<Evidence, ModelError> {
        let matches = self.matches(query, gallery)?;
        Ok(Evidence::of_matches(&query.keypoints, &gallery.keypoints, &matches, &self.rule.geometry))
    }

    fn check(&self, confidence: &Output, n: usize, m: usize) -> Result<(), ModelError> {
        let refuse = |expected: String, found: String| {
            Err(ModelError::Shape { bundle: self.bundle.to_string(), expected, found })
        };
        if confidence.shape != [n, m] || confidence.values.len() != n * m {
            return refuse(format!("{n} × {m} numbers"), format!("{:?}", confidence.shape));
        }
        let is_one = |value: &f32| (-SLACK..=1.0 + SLACK).contains(value);
        match confidence.values.iter().find(|value| !is_one(value)) {
            Some(value) => refuse("numbers from 0 to 1".to_owned(), format!("{value}")),
            None => Ok(()),
        }
    }

    fn unsuited(&self, expected: usize, found: usize) -> ModelError {
        let words = |numbers: usize| format!("descriptors of {numbers} numbers");
        ModelError::Unsuited {
            bundle: self.bundle.to_string(),
            expected: words(expected),
            found: words(found),
        }
    }
}

/// Checks that features of a bundle of this manifest are what a matcher was made for.
fn check_features(bundle: &Bundle, matcher: &MatcherManifest, features: &Manifest) -> Result<(), ModelError> {
    if features.purpose != Purpose::LocalFeatures {
        return Err(ModelError::Purpose {
            bundle: features.name.clone(),
            expected: Purpose::LocalFeatures.with_article(),
            found: features.purpose.with_article(),
        });
    }
    let words = |architecture: &str, crop: &Manifest| {
        let (width, height) = (crop.preprocess.width, crop.preprocess.height);
        format!("features of `{architecture}` in crops of {width} × {height} pixels")
    };
    let expected = words(&matcher.features, bundle.manifest());
    let found = words(features.architecture.as_deref().unwrap_or(&features.name), features);
    if expected == found {
        return Ok(());
    }
    Err(ModelError::Unsuited { bundle: bundle.id().to_string(), expected, found })
}

/// How many numbers a descriptor has, by the network itself; none where it has them of several lengths or of any.
fn descriptor_length(bundle: &Bundle) -> Option<usize> {
    let length = |name: &str| {
        let input = bundle.facts().inputs.iter().find(|input| input.name == name)?;
        match input.shape.as_deref()? {
            [Dimension::Open, Dimension::Fixed(length)] => Some(*length),
            _ => None,
        }
    };
    let [_, first, _, second] = INPUTS;
    length(first).filter(|dim| length(second) == Some(*dim))
}

/// The crops that keypoints lie in.
#[derive(Debug, Clone, Copy)]
struct Crop {
    width: f32,
    height: f32,
}

impl Crop {
    #[expect(clippy::cast_precision_loss, reason = "a side of a network's input")]
    fn of(manifest: &Manifest) -> Self {
        Self { width: manifest.preprocess.width as f32, height: manifest.preprocess.height as f32 }
    }

    /// Keypoints as a matcher takes them: from the middle of the crop, in halves of its longer side.
    fn places(&self, keypoints: &[Keypoint]) -> Vec<f32> {
        let half = self.width.max(self.height) / 2.0;
        let place = |at: &Keypoint| [(at.x - self.width / 2.0) / half, (at.y - self.height / 2.0) / half];
        keypoints.iter().flat_map(place).collect()
    }
}

/// Descriptors one after the other, brought to unit length again after their rounding.
fn unit_rows(descriptors: &Descriptors) -> Vec<f32> {
    let row = |at: usize| {
        let numbers: Vec<f32> = descriptors.row(at).into_iter().map(f32::from).collect();
        let length = numbers.iter().map(|number| number * number).sum::<f32>().sqrt().max(1.0);
        numbers.into_iter().map(move |number| number / length)
    };
    (0..descriptors.len()).flat_map(row).collect()
}

/// Pairs of which each is the surest of the other, and sure enough; `confidence` has `m` numbers for each keypoint of the
/// query.
fn mutual(confidence: &[f32], m: usize, least: f32) -> Vec<Match> {
    // Of every column the surest row so far.
    let mut columns = vec![(f32::NEG_INFINITY, 0); m];
    let mut rows = Vec::new();
    for (row, values) in confidence.chunks_exact(m).enumerate() {
        let mut surest = (f32::NEG_INFINITY, 0);
        for ((column, value), best) in values.iter().enumerate().zip(&mut columns) {
            if *value > surest.0 {
                surest = (*value, column);
            }
            if *value > best.0 {
                *best = (*value, row);
            }
        }
        rows.push(surest);
    }
    let pairs = rows
        .into_iter()
        .enumerate()
        .filter(|(row, (sureness, column))| columns[*column].1 == *row && *sureness >= least);
    pairs
        .filter_map(|(row, (sureness, column))| {
            let (query, gallery) = (u16::try_from(row).ok()?, u16::try_from(column).ok()?);
            Some(Match { query, gallery, sureness: sureness.clamp(0.0, 1.0) })
        })
        .collect()
}

#[cfg(test)]
mod tests;
