//! The plan: every value that an import needs, and who says it.

use std::path::{Path, PathBuf};

use resight_core::Distance;
use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange};
use serde::Serialize;

use super::choices::{other_choices, preprocess_of};
use super::config::{self, Found};
use super::error::ImportError;
use super::network::of_network;
use super::told::{PlanNote, Source, Told};
use super::usual::{self, Family};
use super::wishes::ImportWishes;
use super::{readme, source, weights};
use crate::architecture::Architecture;
use crate::bundle::{ManifestInput, Purpose};
use crate::detect::{BoxesForm, DetectorManifest};
use crate::onnx::BoxesInParts;
use crate::registry::{HubName, Sha256};
use crate::store::{StoreError, is_weight_file};

/// What of the registry or the weights is said where nobody says it.
const NOT_STATED: &str = "not stated";

/// What the network is, as far as the file says.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum PlannedNetwork {
    /// Weights of a network that resight knows.
    Weights {
        /// Its name.
        architecture: String,
        /// How many tensors it needs.
        tensors: usize,
        /// How many of them have another name in the file.
        renamed: usize,
        /// How many numbers it gives.
        dimension: usize,
    },
    /// A network as ONNX, which is tried before it is used.
    Onnx {
        /// The input to use; the only one where none is said.
        input: Option<String>,
        /// The output to use; the first where none is said.
        output: Option<String>,
        /// Whether labels, boxes and scores are joined to one output, and the photo's size becomes a constant.
        joined: bool,
    },
}

/// How photos are prepared, and who says so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedPreprocess {
    /// Width and height, in pixels.
    pub size: Told<(u32, u32)>,
    /// What happens to other proportions.
    pub fit: Told<Fit>,
    /// How pixels are mixed.
    pub filter: Told<ResizeFilter>,
    /// The order of the colours.
    pub color: Told<ColorOrder>,
    /// The range of a colour before mean and deviation.
    pub range: Told<ValueRange>,
    /// Subtracted from each colour.
    pub mean: Told<[f32; 3]>,
    /// Then divided by.
    pub deviation: Told<[f32; 3]>,
    /// How exactly JPEG photos are decoded.
    pub decode: Told<DecodePrecision>,
}

/// What the boxes of a detector mean, and who says so.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedDetector {
    /// How its numbers are boxes.
    pub form: Told<BoxesForm>,
    /// What its classes are called.
    pub labels: Told<Vec<String>>,
    /// Which of them are animals.
    pub animals: Told<Vec<String>>,
    /// Boxes that are less sure do not count.
    pub least_confidence: Told<f32>,
}

/// What an import will do. Every value may be changed before it does it.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportPlan {
    /// The file of weights, or of the network.
    pub file: PathBuf,
    /// The model on the hub that it is part of.
    pub hub: Option<HubName>,
    /// Its size on disk, in bytes.
    pub bytes: u64,
    /// Its hash.
    pub sha256: Sha256,
    /// The entry of the registry that names this hash.
    pub known_as: Option<String>,
    /// The name in the store.
    pub name: Told<String>,
    /// What it is for.
    pub purpose: Told<Purpose>,
    /// What the network is.
    pub network: PlannedNetwork,
    /// How photos are prepared.
    pub preprocess: PlannedPreprocess,
    /// What embeddings are compared by.
    pub distance: Told<Distance>,
    /// The licence of the weights.
    pub licence: Told<String>,
    /// Where they come from.
    pub origin: Told<String>,
    /// What the boxes mean; of a detector.
    pub detector: Option<PlannedDetector>,
    /// What a person should know of before.
    pub notes: Vec<PlanNote>,
    pub(crate) parts: Option<BoxesInParts>,
}

/// What is known of a file before it is opened.
pub(crate) struct Given<'a> {
    pub(crate) file: &'a Path,
    pub(crate) bytes: u64,
    pub(crate) sha256: Sha256,
    /// The registry's entry that names the hash: its name and its licence.
    pub(crate) known: Option<(&'a str, &'a str)>,
    pub(crate) hub: Option<&'a HubName>,
    pub(crate) wishes: &'a ImportWishes,
}

/// Makes the plan for a file, with what lies beside it.
///
/// # Errors
/// When the file or a config is refused, or something is not said that must be.
pub(crate) fn plan(given: &Given<'_>) -> Result<ImportPlan, StoreError> {
    let folder = given.file.parent().unwrap_or(Path::new(""));
    let found = config::read_beside(folder)?;
    let mut plan = match is_weight_file(given.file) {
        true => of_weights(given, found)?,
        false => of_network(given, found)?,
    };
    let stated = readme::licence_beside(folder).or(plan.licence_of_file());
    let registry = given
        .known
        .map(|(entry, licence)| Told::by(Source::Registry { entry: entry.to_owned() }, licence.to_owned()));
    let wish = given.wishes.licence.clone().map(|licence| Told::by(Source::Asked, licence));
    let licence = wish.or(registry).or(stated);
    if licence.is_none() {
        plan.notes.push(PlanNote::LicenceNotStated);
    }
    plan.licence = licence.unwrap_or_else(|| Told::by(Source::NotStated, NOT_STATED.to_owned()));
    if given.known.is_none() {
        plan.notes.push(PlanNote::HashNotKnown);
    }
    plan.preprocess.joined().check().map_err(|error| ImportError::Wish(error.to_string()))?;
    Ok(plan)
}

fn of_weights(given: &Given<'_>, found: Found) -> Result<ImportPlan, StoreError> {
    let wishes = given.wishes;
    if let Some(other) = wishes.purpose.filter(|purpose| *purpose != Purpose::Embedder) {
        let what = other.with_article();
        return Err(ImportError::Wish(format!("a file of weights is an embedder, not {what}")).into());
    }
    let recognised = weights::recognise(given.file, wishes.architecture.as_deref())?;
    let architecture = recognised.architecture;
    let usual = usual::preprocess(&architecture);
    let mut found = found;
    let mut notes = std::mem::take(&mut found.notes);
    other_choices(Family::of(&architecture.name), &mut found, &mut notes);
    let preprocess = preprocess_of(found, usual.as_ref(), &architecture.name, wishes)?;
    check_size(&architecture, preprocess.size.value)?;
    let (count, names) = recognised.left_out;
    if count > 0 {
        notes.push(PlanNote::TensorsLeftOut { count, names });
    }
    Ok(begun(given, Told::by(Source::Network, Purpose::Embedder), recognised.network, preprocess, notes))
}

/// Whether a network can be written for inputs of this width and height.
fn check_size(architecture: &Architecture, (width, height): (u32, u32)) -> Result<(), ImportError> {
    let (name, side) = (&architecture.name, architecture.side);
    let found = format!("{width}×{height}");
    if width != height {
        return Err(ImportError::Wish(format!("{name} takes squares, not {found} pixels")));
    }
    if width as usize != side && !usual::takes_any_side(name) {
        return Err(ImportError::Wish(format!("{name} takes {side}×{side} pixels alone, not {found}")));
    }
    Ok(())
}

/// A plan without what comes from files beside the weights.
pub(super) fn begun(
    given: &Given<'_>,
    purpose: Told<Purpose>,
    network: PlannedNetwork,
    preprocess: PlannedPreprocess,
    notes: Vec<PlanNote>,
) -> ImportPlan {
    let wishes = given.wishes;
    let name = match &wishes.name {
        Some(name) => Told::by(Source::Asked, name.clone()),
        None => Told::by(Source::Place, source::name_of(given.file, given.hub)),
    };
    let origin = match (&wishes.origin, given.hub) {
        (Some(origin), _) => Told::by(Source::Asked, origin.clone()),
        (None, Some(hub)) => Told::by(Source::Place, format!("Hugging Face hub, {hub}")),
        (None, None) => Told::by(Source::NotStated, String::new()),
    };
    let distance = match wishes.distance {
        Some(distance) => Told::by(Source::Asked, distance),
        None => Told::by(Source::usual("embedders"), Distance::Cosine),
    };
    ImportPlan {
        file: given.file.to_path_buf(),
        hub: given.hub.cloned(),
        bytes: given.bytes,
        sha256: given.sha256,
        known_as: given.known.map(|(entry, _)| entry.to_owned()),
        name,
        purpose,
        network,
        preprocess,
        distance,
        licence: Told::by(Source::NotStated, NOT_STATED.to_owned()),
        origin,
        detector: None,
        notes,
        parts: None,
    }
}

impl PlannedPreprocess {
    /// As a manifest has it.
    pub fn joined(&self) -> Preprocess {
        let (width, height) = self.size.value;
        Preprocess {
            width,
            height,
            fit: self.fit.value,
            filter: self.filter.value,
            color: self.color.value,
            value_range: self.range.value,
            mean: self.mean.value,
            deviation: self.deviation.value,
            decode: self.decode.value,
            crop_margin: 0.0,
        }
    }
}

impl ImportPlan {
    /// The licence that the file itself states.
    fn licence_of_file(&self) -> Option<Told<String>> {
        (self.licence.from != Source::NotStated).then(|| self.licence.clone())
    }

    /// What a bundle of it will say.
    pub fn manifest_input(&self) -> ManifestInput {
        let (architecture, input, output) = match &self.network {
            PlannedNetwork::Weights { architecture, .. } => (Some(architecture.clone()), None, None),
            PlannedNetwork::Onnx { input, output, .. } => (None, input.clone(), output.clone()),
        };
        let detector = self.detector.as_ref().map(|detector| DetectorManifest {
            form: detector.form.value,
            animals: detector.animals.value.clone(),
            least_confidence: detector.least_confidence.value,
            ..DetectorManifest::default()
        });
        ManifestInput {
            architecture,
            input,
            output,
            distance: self.distance.value,
            labels: self.detector.as_ref().map(|detector| detector.labels.value.clone()).unwrap_or_default(),
            origin: self.origin.value.clone(),
            detector,
            ..ManifestInput::new(
                &self.name.value,
                self.purpose.value,
                self.preprocess.joined(),
                &self.licence.value,
            )
        }
    }
}
