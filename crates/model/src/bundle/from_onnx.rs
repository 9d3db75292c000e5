//! Making a bundle from any ONNX file: what the file does not say is given, the rest is found by running it.

use std::collections::BTreeMap;
use std::path::Path;

use prost::bytes::Bytes;
use resight_core::{Calibration, Distance};
use resight_imaging::Preprocess;

use super::files::{MAX_MODEL, read_file};
use super::manifest::{FORMAT_VERSION, MODEL_FILE, Manifest, Purpose, checksum};
use super::{Bundle, BundleError};
use crate::onnx::{Dimension, OnnxError, OnnxFacts, ValueFacts, inspect};
use crate::runtime::{ModelError, NetworkSpec, RuntimeChoice, load_onnx};

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
            calibration: None,
        }
    }
}

impl Bundle {
    /// Makes a bundle from an ONNX file. The network is run once, on one and on two empty images, to learn
    /// its dimension and that it does what an embedder must.
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
        let refuse = |source| BundleError::Onnx { source, path: path.to_path_buf() };
        let facts = inspect(model.clone()).map_err(refuse)?;
        let input = choose_input(&facts, given.input.as_deref(), &given.preprocess).map_err(refuse)?;
        let output = choose(&facts.outputs, given.output.as_deref(), "output").map_err(refuse)?;
        let mut manifest = manifest(given, &input.name, &output.name, &model);
        if manifest.purpose == Purpose::Embedder {
            manifest.dimension = probe(&model, input, &manifest)?;
        }
        Ok(Self::assemble(manifest, model, None, path)?)
    }
}

fn manifest(given: ManifestInput, input: &str, output: &str, model: &[u8]) -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        name: given.name,
        purpose: given.purpose,
        architecture: given.architecture,
        input: input.to_owned(),
        output: output.to_owned(),
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

/// Runs the network on one and on two images of zeros and returns the dimension of its embeddings.
fn probe(model: &[u8], input: &ValueFacts, manifest: &Manifest) -> Result<usize, ModelError> {
    let Preprocess { height, width, .. } = manifest.preprocess;
    let spec = NetworkSpec {
        input: &manifest.input,
        output: &manifest.output,
        height: height as usize,
        width: width as usize,
        threads: 1,
        one_by_one: takes_one_image(input),
    };
    let network = load_onnx(model, &spec, RuntimeChoice::Auto, &manifest.name)?;
    let mut dimension = 0;
    for n in [1, 2] {
        let batch = vec![0.0; spec.batch_shape(n).iter().product()];
        let output = network.run(&batch, n).map_err(|reason| ModelError::Run {
            runtime: network.runtime().to_owned(),
            bundle: manifest.name.clone(),
            reason,
        })?;
        let is_right = output.shape.len() >= 2
            && output.shape[0] == n
            && output.shape[2..].iter().all(|&extent| extent == 1)
            && (n == 1 || output.shape[1] == dimension);
        if !is_right {
            return Err(ModelError::Shape {
                bundle: manifest.name.clone(),
                expected: format!("{n} × dimension"),
                found: format!("{:?} from the output `{}`", output.shape, manifest.output),
            });
        }
        dimension = output.shape[1];
    }
    Ok(dimension)
}

/// Whether a network was made for batches of exactly one image.
pub(crate) fn takes_one_image(input: &ValueFacts) -> bool {
    input.shape.as_ref().and_then(|shape| shape.first()) == Some(&Dimension::Fixed(1))
}
