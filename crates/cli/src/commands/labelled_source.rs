//! Labelled photos to compare with each other: a table, a folder, or a catalog, which is written as a table first.

use std::path::{Path, PathBuf};

use resight_core::Policy;
use resight_dataset::ReadOptions;
use resight_engine::evaluate::EvaluateRequest;
use resight_engine::{DEFAULT_EMBEDDER, EngineError, LocalChoice};
use resight_files::Output;
use tempfile::TempDir;

use super::export_table::write_known;
use crate::context::{Context, is_catalog};
use crate::written::{Inputs, place};

/// What is given.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct LabelledArgs {
    /// A table (CSV), or a folder with a table or with one folder an individual; paths in a table are absolute
    /// or relative to it. Or a catalog: its photos of known individuals
    table: PathBuf,
    /// Bundle that makes the embeddings: a name of `resight models list`, or a path; a catalog's own, or else the one
    /// that the program carries
    #[arg(long, value_name = "NAME|PATH")]
    bundle: Option<String>,
}

/// What was given, ready to be read.
pub(crate) struct LabelledSource {
    /// What was given.
    pub(crate) given: PathBuf,
    /// The table to read: what was given, or the one that was written.
    pub(crate) table: PathBuf,
    /// The bundle that was named, or the one that a catalog uses, or the one that the program carries.
    pub(crate) bundle: String,
    /// The prices of a catalog, or the usual ones.
    pub(crate) policy: Policy,
    catalog: Option<OfCatalog>,
}

/// What a catalog says of how its photos are compared.
struct OfCatalog {
    frame: Option<String>,
    local_features: LocalChoice,
    /// The table goes with this folder.
    _scratch: TempDir,
}

impl LabelledSource {
    /// Opens what was given; a catalog's photos of known individuals become a table.
    pub(crate) fn open(args: &LabelledArgs, context: &Context) -> anyhow::Result<Self> {
        Self::at(&args.table, args.bundle.clone(), context)
    }

    /// Opens a table, a folder or a catalog, with the bundle that was named, if one was.
    pub(crate) fn at(given: &Path, named: Option<String>, context: &Context) -> anyhow::Result<Self> {
        if !is_catalog(given) {
            return Ok(Self {
                given: given.to_owned(),
                table: given.to_owned(),
                bundle: named.unwrap_or_else(|| DEFAULT_EMBEDDER.to_owned()),
                policy: Policy::default(),
                catalog: None,
            });
        }
        let scratch = tempfile::tempdir()
            .map_err(|error| EngineError::file("make a folder in", std::env::temp_dir(), error))?;
        let table = scratch.path().join("table.csv");
        write_known(given, &table, context)?;
        let session = context.session(given)?;
        let settings = session.settings()?;
        let local_features = session.local_features()?;
        Ok(Self {
            given: given.to_owned(),
            table,
            bundle: named.unwrap_or_else(|| settings.bundle.id.to_string()),
            policy: settings.policy,
            catalog: Some(OfCatalog { frame: settings.frame, local_features, _scratch: scratch }),
        })
    }

    /// A request about it, with what a catalog says where the command leaves it open.
    pub(crate) fn completed(&self, mut request: EvaluateRequest) -> EvaluateRequest {
        if let Some(catalog) = &self.catalog {
            // The table is ours, and the photos lie wherever the catalog has them.
            request.read.photo_folder = Some(PathBuf::from("/"));
            request.frame = request.frame.or_else(|| catalog.frame.clone());
            if request.local_features == LocalChoice::default() {
                request.local_features = catalog.local_features.clone();
            }
            request.effort = request.local_features.at_most(request.effort);
        }
        request
    }

    /// Where a page about it goes.
    pub(crate) fn place(&self, file: &Path, read: &ReadOptions, force: bool) -> anyhow::Result<Output> {
        let inputs = match &self.catalog {
            Some(_) => Inputs::default().and_kept(&self.given),
            None => Inputs::read([self.given.clone()]).and_photos_of(&self.given, read, file, force)?,
        };
        place(file, force, &inputs)
    }
}
