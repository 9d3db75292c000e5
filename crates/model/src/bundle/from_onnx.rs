//! Making a bundle from any ONNX file: what the file does not say is given, the rest is found by running it.

use std::collections::BTreeMap;
use std::path::Path;

use prost::bytes::Bytes;
use resight_core::{Calibration, ClassifierRule, Distance};
use resight_imaging::Preprocess;

use super::files::{MAX_MODEL, read_file};
use super::manifest::{FORMAT_VERSION, MODEL_FILE, Manifest, Purpose, checksum};
use super::{Bundle, BundleError};
use crate::detect::DetectorManifest;
use crate::onnx::{Dimension, OnnxError, OnnxFacts, ValueFacts, inspect};
use crate::runtime::{ModelError, NetworkSpec, RuntimeChoice, load_onnx, probe};
use crate::trial::TrialProgram;

/// What an ONNX file does not say about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ManifestInput {
    /// Short name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Name of the network architecture, where resight knows it.
    pub architecture: Option<String>,
    /// The input to use; the only one where `None`.
    pub input: Option<String>,
    /// The output to use; the first one where `None`.
    pub output: Option<String>,
    /// How embeddings are compared.
    pub distance: Distance,
    /// The species or classes it was made for.
    pub labels: Vec<String>,
    /// Licence of the weights.
    pub licence: String,
    /// Where the weights come from.
    pub origin: String,
    /// What a user should know.
    pub card: String,
    /// How a crop becomes the network's input.
    pub preprocess: Preprocess,
    /// What the boxes of a detector mean.
    pub detector: Option<DetectorManifest>,
    /// What a classifier tells, and when.
    pub classifier: Option<ClassifierRule>,
    /// A calibration to start with.
    pub calibration: Option<Calibration>,
}

impl ManifestInput {
    /// The least that has to be said; everything else is empty or the default.
    pub fn new(name: &str, purpose: Purpose, preprocess: Preprocess, licence: &str) -> Self {
        Self {
            name: name.to_owned(),
            purpose,
            architecture: None,
            input: None,
            output: None,
            distance: Distance::default(),
            labels: Vec::new(),
            licence: licence.to_owned(),
            origin: String::new(),
            card: String::new(),
            preprocess,
            detector: None,
            classifier: None,
            calibration: None,
        }
    }
}

impl Bundle {
    /// Makes a bundle from an ONNX file that comes from elsewhere. The network is tried in a process of its own, on
    /// one image and on two, to learn its dimension and that it does what an embedder must.
    ///
    /// # Errors
    /// As for [`Bundle::from_onnx`]; when it does not stand its trial.
    pub fn from_foreign_onnx(
        path: &Path,
        given: ManifestInput,
        trial: &TrialProgram,
    ) -> Result<Self, ModelError> {
        let bytes = Bytes::from(read_file(path, MAX_MODEL)?);
        let made = Self::joined(bytes, given, path, |model, spec, manifest| {
            let shapes = trial.try_network(model, spec, RuntimeChoice::Auto, &manifest.name)?;
            check_boxes(&shapes, manifest)?;
            if manifest.purpose.gives_rows() { dimension_of(&shapes, manifest) } else { Ok(0) }
        })?;
        Ok(made.after_trial())
    }

    /// Makes a bundle from an ONNX file that is known: see [`Bundle::from_foreign_onnx`] for any other. The network
    /// is run once, on one and on two images, to learn its dimension and that it does what an embedder must.
    ///
    /// # Errors
    /// When the file cannot be read, is not a network in a single file, has no fitting input or output, or
    /// no runtime takes it.
    pub fn from_onnx(path: &Path, given: ManifestInput) -> Result<Self, ModelError> {
        let bytes = Bytes::from(read_file(path, MAX_MODEL)?);
        Self::from_onnx_bytes(bytes, given, path)
    }

    /// As [`Bundle::from_onnx`], for a network in memory; `path` is for messages.
    ///
    /// # Errors
    /// As for [`Bundle::from_onnx`].
    pub fn from_onnx_bytes(model: Bytes, given: ManifestInput, path: &Path) -> Result<Self, ModelError> {
        Self::joined(model, given, path, |model, spec, manifest| {
            if !manifest.purpose.gives_rows() {
                return Ok(0);
            }
            let network = load_onnx(model, spec, RuntimeChoice::Auto, &manifest.name)?;
            dimension_of(&probe(&*network, spec, &manifest.name)?, manifest)
        })
    }

    /// Joins a network and what is said of it; `dimension` runs it to find how many numbers it gives.
    fn joined(
        model: Bytes,
        given: ManifestInput,
        path: &Path,
        dimension: impl FnOnce(&[u8], &NetworkSpec<'_>, &Manifest) -> Result<usize, ModelError>,
    ) -> Result<Self, ModelError> {
        let refuse = |source| BundleError::Onnx { source, path: path.to_path_buf() };
        let facts = inspect(model.clone()).map_err(refuse)?;
        let input = choose_input(&facts, given.input.as_deref(), &given.preprocess).map_err(refuse)?;
        let output = choose(&facts.outputs, given.output.as_deref(), "output").map_err(refuse)?;
        let mut manifest = manifest(given, &input.name, &output.name, &model);
        let spec = NetworkSpec {
            input: &input.name,
            outputs: vec![&output.name],
            height: manifest.preprocess.height as usize,
            width: manifest.preprocess.width as usize,
            threads: 1,
            one_by_one: takes_one_image(input),
        };
        manifest.dimension = dimension(&model, &spec, &manifest)?;
        Ok(Self::assemble(manifest, model, None, path)?)
    }
}

/// Checks that a detector's network gives boxes as they are said to be; `shapes` are those of its output for one image and for two.
fn check_boxes(shapes: &[Vec<usize>], manifest: &Manifest) -> Result<(), ModelError> {
    let (Some(detector), Some(shape)) = (&manifest.detector, shapes.first()) else { return Ok(()) };
    let unlike = |expected: String, found: String| {
        let bundle = manifest.name.clone();
        Err(ModelError::Shape { bundle, expected, found })
    };
    let input = (manifest.preprocess.width as usize, manifest.preprocess.height as usize);
    match detector.form.count(shape, manifest.labels.len()) {
        Err(expected) => unlike(expected, format!("{shape:?} numbers")),
        Ok(count) if !detector.form.suits(count, input) => {
            let found = format!("{count} boxes, and YOLOX alone has one a cell");
            unlike(format!("boxes in the form {:?}", detector.form).to_lowercase(), found)
        }
        Ok(_) => Ok(()),
    }
}

fn manifest(given: ManifestInput, input: &str, output: &str, model: &[u8]) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        name: given.name,
        purpose: given.purpose,
        architecture: given.architecture,
        input: input.to_owned(),
        further_inputs: Vec::new(),
        output: output.to_owned(),
        further_outputs: Vec::new(),
        comparison: None,
        matcher: None,
        detector: given.detector,
        classifier: given.classifier,
        dimension: 0,
        distance: given.distance,
        labels: given.labels,
        licence: given.licence,
        origin: given.origin,
        card: given.card,
        preprocess: given.preprocess,
        calibration: given.calibration,
        files: BTreeMap::from([(MODEL_FILE.to_owned(), checksum(model))]),
    }
}

fn choose<'a>(
    values: &'a [ValueFacts],
    wanted: Option<&str>,
    what: &str,
) -> Result<&'a ValueFacts, OnnxError> {
    let found = match wanted {
        Some(name) => values.iter().find(|value| value.name == name),
        None => values.iter().find(|value| value.is_f32),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
        let wanted =
            wanted.map_or_else(|| "made of 32-bit floats".to_owned(), |name| format!("named `{name}`"));
        OnnxError::Unsuitable(format!("the network has no {what} {wanted}; it has: {}", names.join(", ")))
    })
}

fn choose_input<'a>(
    facts: &'a OnnxFacts,
    wanted: Option<&str>,
    preprocess: &Preprocess,
) -> Result<&'a ValueFacts, OnnxError> {
    let input = choose(&facts.inputs, wanted, "input")?;
    if facts.inputs.len() > 1 {
        let names: Vec<&str> = facts.inputs.iter().map(|value| value.name.as_str()).collect();
        return Err(OnnxError::Unsuitable(format!(
            "the network wants {} inputs ({}), but only one, the image, can be given",
            names.len(),
            names.join(", ")
        )));
    }
    let expected = [None, Some(3), Some(preprocess.height as usize), Some(preprocess.width as usize)];
    let Some(shape) = &input.shape else { return Ok(input) };
    let fits = shape.len() == expected.len()
        && shape.iter().zip(expected).all(|(found, expected)| match (found, expected) {
            (Dimension::Fixed(found), Some(expected)) => *found == expected,
            _ => true,
        });
    if fits {
        return Ok(input);
    }
    Err(OnnxError::Unsuitable(format!(
        "the input `{}` has the shape {}, but the preprocessing gives images × 3 × {} × {}",
        input.name,
        shown(shape),
        preprocess.height,
        preprocess.width
    )))
}

fn shown(shape: &[Dimension]) -> String {
    let extents = shape.iter().map(|dimension| match dimension {
        Dimension::Fixed(extent) => extent.to_string(),
        Dimension::Open => "any".to_owned(),
    });
    extents.collect::<Vec<_>>().join(" × ")
}

/// The dimension of embeddings whose shapes, for one image and for two, are these.
fn dimension_of(shapes: &[Vec<usize>], manifest: &Manifest) -> Result<usize, ModelError> {
    let mut dimension = 0;
    for (shape, n) in shapes.iter().zip(1..) {
        let is_right = shape.len() >= 2
            && shape[0] == n
            && shape[2..].iter().all(|&extent| extent == 1)
            && (n == 1 || shape[1] == dimension);
        if !is_right {
            return Err(ModelError::Shape {
                bundle: manifest.name.clone(),
                expected: format!("{n} × dimension"),
                found: format!("{shape:?} from the output `{}`", manifest.output),
            });
        }
        dimension = shape[1];
    }
    Ok(dimension)
}

/// Whether a network was made for batches of exactly one image.
pub(crate) fn takes_one_image(input: &ValueFacts) -> bool {
    input.shape.as_ref().and_then(|shape| shape.first()) == Some(&Dimension::Fixed(1))
}
