//! `resight init`: makes a catalog.

use std::path::{Path, PathBuf};

use resight_core::{Policy, Pooling};
use resight_engine::calibrate::PolicyChange;
use resight_engine::init::{InitRequest, Settings};
use resight_engine::{LocalChoice, Progress as _, Session};
use serde_json::json;

use crate::context::Context;
use crate::{exit, output};

/// Make a catalog: one folder that can be copied, mailed and backed up.
///
/// The detector, the encounter gap and the least number of pixels are fixed here, so that the same photo
/// gets the same answer on every machine.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight init whales\n  resight init lions --detector mask --bundle efficientnet-lite2"
)]
pub(crate) struct Args {
    /// Folder to make; it must be empty or not there yet
    catalog: PathBuf,
    /// Bundle that makes the embeddings: a name of `resight models list`, or a path
    #[arg(long, value_name = "NAME|PATH", default_value = resight_engine::DEFAULT_EMBEDDER)]
    bundle: String,
    /// What finds the animals in a photo: `whole-picture`, `mask` (cuts the animal out by U²-Net-p), `masks` (each part of it that stands apart), or
    /// `objects:` and the name of a detector (finds animals one by one)
    #[arg(long, value_name = "NAME", default_value = "whole-picture")]
    detector: String,
    /// Bring animals into their own frame before they are compared: `body` straightens flanks by their mask, for stripes
    #[arg(long, value_name = "NAME")]
    frame: Option<String>,
    /// Classifier that says of an animal what nobody else has said, its species or its viewpoint: the folder of a run of
    /// `resight train --task`, a name, or a path; can be given twice
    #[arg(long, value_name = "NAME|PATH")]
    classifier: Vec<String>,
    /// Photos of one folder further apart than this belong to different encounters, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1800.0)]
    encounter_gap: f64,
    /// An animal with fewer pixels on its shorter side is not identifiable
    #[arg(long, value_name = "PIXELS", default_value_t = 32)]
    least_pixels: u32,
    /// Compare embeddings alone: no local features are read, photos are taken in faster and take less room
    #[arg(long, conflicts_with = "local_features")]
    no_local_features: bool,
    /// Which local features are compared: names of bundles with commas between them, as `xfeat,rootsift,outline` for fins; `yes` for
    /// those that serve animals of every kind, `no` for none
    #[arg(long, value_name = "NAMES", default_value = "yes")]
    local_features: LocalChoice,
    /// Set it as this catalog is: bundle, local features, detector, frame, classifiers, route, pooling, limits, prices
    #[arg(long, value_name = "CATALOG", conflicts_with_all = OF_ITS_OWN)]
    like: Option<PathBuf>,
    #[command(flatten)]
    policy: PolicyArgs,
}

/// What another catalog says where one is made like it.
const OF_ITS_OWN: [&str; 8] = [
    "bundle",
    "detector",
    "frame",
    "classifier",
    "encounter_gap",
    "least_pixels",
    "no_local_features",
    "local_features",
];

/// Prices of errors and what to expect; the answer is the one with the least expected price.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct PolicyArgs {
    /// Expected share of photos whose animal is not in the catalog, between 0 and 1
    #[arg(long, value_name = "SHARE")]
    pub(crate) new_rate: Option<f64>,
    #[command(flatten)]
    pub(crate) prices: PriceArgs,
}

/// Prices of errors.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct PriceArgs {
    /// Price of naming an individual that it is not
    #[arg(long, value_name = "PRICE")]
    pub(crate) price_false_match: Option<f64>,
    /// Price of calling a known animal new
    #[arg(long, value_name = "PRICE")]
    pub(crate) price_false_new: Option<f64>,
    /// Price of asking a person
    #[arg(long, value_name = "PRICE")]
    pub(crate) price_ask: Option<f64>,
}

impl PolicyArgs {
    /// What was given on the command line.
    pub(crate) fn change(&self) -> PolicyChange {
        PolicyChange {
            new_rate: self.new_rate,
            price_false_match: self.prices.price_false_match,
            price_false_new: self.prices.price_false_new,
            price_ask: self.prices.price_ask,
        }
    }
}

impl PriceArgs {
    /// The policy with the prices that were given.
    pub(crate) fn over(&self, policy: Policy) -> Policy {
        PolicyArgs { new_rate: None, prices: self.clone() }.change().over(policy)
    }
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let session = match &args.like {
        Some(other) => like(&args.catalog, &context.session(other)?, args.policy.change(), context)?,
        None => Session::create(&args.catalog, context.models()?, &args.request())?,
    };
    let settings = session.settings()?;
    show(&args.catalog, &settings, context)?;
    Ok(exit::DONE)
}

/// Makes a catalog that is set as another one is, but for this change of its policy.
pub(super) fn like(
    catalog: &Path,
    other: &Session,
    policy: PolicyChange,
    context: &Context,
) -> anyhow::Result<Session> {
    let (settings, local_features) = (other.settings()?, other.local_features()?);
    let request = InitRequest::like(&settings, local_features);
    let request = InitRequest { policy: policy.over(request.policy), ..request };
    let session = Session::create(catalog, context.models()?, &request)?;
    if !(settings.routes.is_empty() && settings.species_types.is_empty()) {
        session.set_route(&settings.routes, &settings.species_types, &context.progress, &context.cancel)?;
        context.progress.end();
    }
    Ok(session)
}

impl Args {
    fn request(&self) -> InitRequest {
        InitRequest {
            bundle: self.bundle.clone(),
            detector: self.detector.clone(),
            frame: self.frame.clone(),
            classifiers: self.classifier.clone(),
            encounter_gap_secs: self.encounter_gap,
            least_pixels: self.least_pixels,
            policy: self.policy.change().over(Policy::default()),
            pooling: Pooling::default(),
            local_features: match self.no_local_features {
                true => LocalChoice::None,
                false => self.local_features.clone(),
            },
        }
    }
}

fn show(catalog: &Path, settings: &Settings, context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        return output::json(&json!({
            "catalog": catalog,
            "bundle": settings.bundle.id,
            "detector": settings.detector,
            "frame": settings.frame,
            "encounter_gap_secs": settings.encounter_gap_secs,
            "policy": settings.policy,
        }));
    }
    output::line(format!("made the catalog {}", catalog.display()))?;
    output::line(format!("bundle {}, detector {}", settings.bundle.id, settings.detector))?;
    context.note(format!("next: resight ingest {} YOUR_PHOTOS", catalog.display()));
    Ok(())
}
