//! `bundle.toml`: what a bundle says about itself.

use std::collections::BTreeMap;
use std::path::Path;

use resight_compare::{FoundRule, Rule};
use resight_core::{Calibration, ClassifierRule, Distance};
use resight_imaging::Preprocess;
use serde::{Deserialize, Serialize};

use super::error::BundleError;
use crate::detect::DetectorManifest;

/// The newest format that is read, and the one that is written.
pub const FORMAT_VERSION: u32 = 1;
/// Name of the manifest in a bundle.
pub const MANIFEST_FILE: &str = "bundle.toml";
/// Name of the network in a bundle.
pub const MODEL_FILE: &str = "model.onnx";
/// Name of the record of what the network has learnt, in the bundle of one that was trained.
pub const LEARNT_FILE: &str = "learnt.csv";

/// The most numbers an embedding may have.
const MAX_DIMENSION: usize = 65_536;
/// The largest side of a network's input, in pixels.
const MAX_SIDE: u32 = 4096;

/// What a bundle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A crop goes in, an embedding comes out.
    Embedder,
    /// A photo goes in, a map of what stands out comes out, to find the animal by.
    Mask,
    /// A crop goes in, maps come out from which keypoints and their descriptors are read.
    LocalFeatures,
    /// A photo goes in, boxes of what is in it come out.
    Detector,
    /// Keypoints and descriptors of two crops go in, how sure it is that they are one comes out.
    Matcher,
    /// A crop goes in, a score for each of its labels comes out.
    Classifier,
}

impl Purpose {
    /// Whether it gives a row of numbers for each crop, as many as its dimension says.
    pub(super) fn gives_rows(self) -> bool {
        matches!(self, Self::Embedder | Self::Classifier)
    }

    /// In words, with the article.
    pub fn with_article(self) -> &'static str {
        match self {
            Self::Embedder => "an embedder",
            Self::Mask => "a mask network",
            Self::Detector => "a detector",
            Self::LocalFeatures => "a network of local features",
            Self::Matcher => "a matcher of local features",
            Self::Classifier => "a classifier",
        }
    }
}

/// What a matcher matches, and which matches count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatcherManifest {
    /// Architecture of the local features that it was made for.
    pub features: String,
    /// Which of its matches count.
    pub rule: FoundRule,
}

/// What a bundle says about itself: the single source of preprocessing, distance and normalisation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Format of the bundle; see [`FORMAT_VERSION`].
    pub format_version: u32,
    /// Short name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Name of the network architecture, where resight knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Name of the network's image input; of a matcher, that of the first crop's keypoints.
    pub input: String,
    /// Names of further inputs; of a matcher alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_inputs: Vec<String>,
    /// Name of the network's output that is used.
    pub output: String,
    /// Names of further outputs that are used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_outputs: Vec<String>,
    /// How many numbers an embedding, a row of local features, or the scores of a classifier are; 0 for a network that gives none
    /// of them.
    pub dimension: usize,
    /// How embeddings are compared; with the cosine they are brought to unit length first.
    #[serde(default)]
    pub distance: Distance,
    /// The species or classes it was made for; empty where it was made for nothing special.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Licence of the weights, as an SPDX expression where there is one.
    pub licence: String,
    /// Where the weights come from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// What a user should know: training data, measured quality, limits.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub card: String,
    /// How a crop becomes the network's input; of a matcher, how the crops were made that the keypoints lie in.
    pub preprocess: Preprocess,
    /// When keypoints of two crops match and fit together; needed by local features, and by nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Rule>,
    /// What a matcher matches; needed by matchers, and by nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matcher: Option<MatcherManifest>,
    /// What the boxes of a detector mean; needed by detectors, and by nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<DetectorManifest>,
    /// What a classifier tells, and when; needed by classifiers, and by nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classifier: Option<ClassifierRule>,
    /// A calibration to start with, until a catalog has fitted its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// BLAKE3 hash, as 64 hexadecimal digits, of each file beside the manifest.
    pub files: BTreeMap<String, String>,
}

/// As much of a manifest as every format has.
#[derive(Deserialize)]
struct AnyFormat {
    format_version: Option<u64>,
}

impl Manifest {
    /// Reads the text of a manifest; `path` is for messages.
    pub(super) fn parse(text: &str, path: &Path) -> Result<Self, BundleError> {
        let refuse = |error: toml::de::Error| BundleError::Manifest {
            reason: error.to_string().trim_end().to_owned(),
            path: path.to_path_buf(),
        };
        let any: AnyFormat = toml::from_str(text).map_err(refuse)?;
        match any.format_version {
            Some(found) if found > u64::from(FORMAT_VERSION) => {
                Err(BundleError::Newer { found, newest: FORMAT_VERSION, path: path.to_path_buf() })
            }
            Some(1..) => toml::from_str(text).map_err(refuse),
            _ => Err(BundleError::NotABundle {
                reason: format!("{MANIFEST_FILE} names no format_version"),
                path: path.to_path_buf(),
            }),
        }
    }

    /// The text of the manifest; `path` is for messages.
    pub(super) fn to_toml(&self, path: &Path) -> Result<String, BundleError> {
        toml::to_string(self)
            .map_err(|error| BundleError::Manifest { reason: error.to_string(), path: path.to_path_buf() })
    }

    /// Checks that the manifest makes sense by itself; `path` is for messages.
    pub(super) fn check(&self, path: &Path) -> Result<(), BundleError> {
        let problem = self.problem();
        problem.map_or(Ok(()), |reason| Err(BundleError::Manifest { reason, path: path.to_path_buf() }))
    }

    /// Names of the inputs, [`Self::input`] first.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.input).chain(&self.further_inputs).map(String::as_str)
    }

    /// Names of the outputs that are used, [`Self::output`] first.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.output).chain(&self.further_outputs).map(String::as_str)
    }

    fn problem(&self) -> Option<String> {
        let side = self.preprocess.width.max(self.preprocess.height);
        if let Err(error) = self.preprocess.check() {
            return Some(format!("[preprocess]: {error}"));
        }
        if side > MAX_SIDE {
            return Some(format!("[preprocess]: a side of {side} pixels is more than {MAX_SIDE}"));
        }
        let needs_dimension = self.purpose.gives_rows() || self.purpose == Purpose::LocalFeatures;
        if self.dimension > MAX_DIMENSION || (self.dimension == 0) == needs_dimension {
            return Some(format!(
                "dimension {} does not suit {}",
                self.dimension,
                self.purpose.with_article()
            ));
        }
        let is_matcher = self.purpose == Purpose::Matcher;
        self.misplaced("[comparison]", self.comparison.is_some(), self.purpose == Purpose::LocalFeatures)
            .or_else(|| self.misplaced("[matcher]", self.matcher.is_some(), is_matcher))
            .or_else(|| {
                self.misplaced("[detector]", self.detector.is_some(), self.purpose == Purpose::Detector)
            })
            .or_else(|| {
                self.misplaced("[classifier]", self.classifier.is_some(), self.purpose == Purpose::Classifier)
            })
            .or_else(|| self.misplaced("further_inputs", !self.further_inputs.is_empty(), is_matcher))
            .or_else(|| {
                let fault = self.comparison.and_then(|rule| rule.fault());
                fault.map(|fault| format!("[comparison]: {fault}"))
            })
            .or_else(|| {
                let fault = self.matcher.as_ref().and_then(|matcher| matcher.rule.fault());
                fault.map(|fault| format!("[matcher.rule]: {fault}"))
            })
            .or_else(|| {
                let fault = self.detector.as_ref().and_then(|detector| detector.fault(&self.labels));
                fault.map(|fault| format!("[detector]: {fault}"))
            })
            .or_else(|| self.classifier_fault().map(|fault| format!("[classifier]: {fault}")))
            .or_else(|| self.wrong_files())
    }

    fn classifier_fault(&self) -> Option<String> {
        let rule = self.classifier.as_ref()?;
        let labels = self.labels.len();
        let scores =
            (self.dimension != labels).then(|| format!("{} scores for {labels} labels", self.dimension));
        // Scores of unit length would mean something else.
        let bent = (self.distance != Distance::Euclidean)
            .then(|| "its scores are taken as they are: distance = \"euclidean\"".to_owned());
        rule.fault(labels).or(scores).or(bent)
    }

    /// What is wrong with a part that is there and does not suit, or is needed and not there.
    fn misplaced(&self, part: &str, is_there: bool, is_needed: bool) -> Option<String> {
        let wrong = if is_needed { "is needed by" } else { "does not suit" };
        (is_there != is_needed).then(|| format!("{part} {wrong} {}", self.purpose.with_article()))
    }

    fn wrong_files(&self) -> Option<String> {
        let is_ours = |name: &String| [MODEL_FILE, LEARNT_FILE].contains(&name.as_str());
        if !self.files.contains_key(MODEL_FILE) || !self.files.keys().all(is_ours) {
            return Some(format!("[files] must name {MODEL_FILE}, perhaps {LEARNT_FILE}, and nothing else"));
        }
        None
    }

    /// Checks a file, or that there is none, against the checksums; `path` is for messages.
    pub(super) fn verify(&self, name: &str, bytes: Option<&[u8]>, path: &Path) -> Result<(), BundleError> {
        let not_a_bundle = |reason| Err(BundleError::NotABundle { reason, path: path.to_path_buf() });
        match (self.files.get(name), bytes.map(checksum)) {
            (None, None) => Ok(()),
            (Some(promised), Some(found)) if *promised == found => Ok(()),
            (Some(_), Some(_)) => {
                Err(BundleError::Checksum { file: name.to_owned(), path: path.to_path_buf() })
            }
            (Some(_), None) => not_a_bundle(format!("{MANIFEST_FILE} names `{name}`, which is not there")),
            (None, Some(_)) => {
                not_a_bundle(format!("there is a `{name}` of which {MANIFEST_FILE} says nothing"))
            }
        }
    }
}

/// The checksum of a file, as the manifest has it.
pub(super) fn checksum(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
