//! The commands, one file each: arguments, the call of one use case, the display of its value.

pub(crate) mod assign;
pub(crate) mod audit;
pub(crate) mod calibrate;
pub(crate) mod classify;
pub(crate) mod demo;
pub(crate) mod detect;
pub(crate) mod doctor;
pub(crate) mod effort;
pub(crate) mod evaluate;
pub(crate) mod export;
pub(crate) mod export_table;
pub(crate) mod identify;
pub(crate) mod individual;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod join;
pub(crate) mod journal;
pub(crate) mod label;
mod labelled_source;
pub(crate) mod merge;
pub(crate) mod models;
pub(crate) mod new;
pub(crate) mod pack;
pub(crate) mod plan;
pub(crate) mod rebuild;
pub(crate) mod reembed;
pub(crate) mod remove;
pub(crate) mod root;
pub(crate) mod route;
pub(crate) mod separate;
mod serve;
pub(crate) mod shares;
pub(crate) mod status;
mod step;
pub(crate) mod submit;
pub(crate) mod train;
pub(crate) mod try_network;
pub(crate) mod tune;
pub(crate) mod undo;
pub(crate) mod verify;

use std::time::Duration;

use crate::context::{Context, OnSignal};

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// See it work on synthetic animals
    Demo(demo::Args),
    /// Make a catalog
    Init(init::Args),
    /// Take photos into a catalog
    Ingest(ingest::Args),
    /// Take over what other catalogs have
    Join(join::Args),
    /// Take a large table in by shares, on many machines
    Shares(shares::Args),
    /// Say which individual a photo shows, or that it is a new one
    Identify(identify::Args),
    /// Learn from the catalog what a similarity is worth, and when to say "new"
    Calibrate(calibrate::Args),
    /// Say which individual photos show
    Assign(assign::Args),
    /// Make a new individual of photos
    New(new::Args),
    /// Say that two individuals are one
    Merge(merge::Args),
    /// Make a new individual of part of another one's photos
    Separate(separate::Args),
    /// Say or correct what is known of photos: species, side, box, encounter, quality
    Label(Box<label::Args>),
    /// Take photos out of the catalog
    Remove(remove::Args),
    /// Take a step of the journal back
    Undo(undo::Args),
    /// List, show and rename individuals
    Individual(individual::Args),
    /// What was done, by whom and when
    Journal(journal::Args),
    /// Learn an embedding from labelled photos
    Train(Box<train::Args>),
    /// Search better numbers for a recipe
    Tune(tune::Args),
    /// One network for all animals, or one for each kind and side?
    Plan(Box<plan::Args>),
    /// Which network serves which animals of a catalog
    Route(route::Args),
    /// Bring a catalog over to another bundle
    Reembed(reembed::Args),
    /// The bundles and runtimes of this machine
    Models(models::Args),
    /// Write the catalog for other programs: tables, archives, sidecars, crops, capture histories
    Export(Box<export::Args>),
    /// Write the catalog as a table for training and evaluation
    ExportTable(export_table::Args),
    /// Write a catalog as one file, to mail or to keep
    Pack(pack::PackArgs),
    /// Make a catalog of such a file again
    Unpack(pack::UnpackArgs),
    /// Measure how well it would work on your photos
    Evaluate(Box<evaluate::Args>),
    /// Find the animals in photos
    Detect(Box<detect::Args>),
    /// Say of animals what kind they are and which side is seen
    Classify(Box<classify::Args>),
    /// Look for names that the photos contradict
    Audit(Box<audit::Args>),
    /// Write answers for a test set in the form of a Kaggle competition
    Submit(submit::Args),
    /// Open the screen of a catalog in a browser, and answer other programs
    Serve(serve::Args),
    /// The folders of a catalog's photos, and where they are now
    Root(root::Args),
    /// Show how a catalog stands
    Status(status::Args),
    /// Prove that a catalog is sound
    Verify(verify::Args),
    /// Make good what is derived
    Rebuild(rebuild::Args),
    /// Look this machine over: what is installed, how fast it is
    Doctor(doctor::Args),
    /// Try a network from elsewhere, given on standard input, within limits: resight calls itself so
    #[command(hide = true, name = TRY_NETWORK)]
    TryNetwork,
}

/// How resight calls itself to try a network.
pub(crate) const TRY_NETWORK: &str = "try-network";

impl Command {
    /// What a signal does: commands with safe points are asked to stop there, the others have nothing to finish.
    pub(crate) fn on_signal(&self) -> OnSignal {
        match self {
            // A checkpoint of a large network is written first.
            Self::Train(_) | Self::Tune(_) | Self::Plan(_) => OnSignal::Ask(Duration::from_secs(60)),
            // The photos at hand are stored first, or what was found is shown.
            Self::Demo(_)
            | Self::Ingest(_)
            | Self::Identify(_)
            | Self::Join(_)
            | Self::Shares(_)
            | Self::Reembed(_)
            | Self::Evaluate(_)
            | Self::Detect(_)
            | Self::Classify(_)
            | Self::Audit(_)
            | Self::Submit(_)
            | Self::Calibrate(_)
            | Self::Route(_)
            | Self::Export(_)
            | Self::Pack(_)
            | Self::Unpack(_)
            | Self::Rebuild(_) => OnSignal::Ask(Duration::from_secs(10)),
            Self::Models(args) if args.compares() => OnSignal::Ask(Duration::from_secs(10)),
            Self::Verify(_) => OnSignal::Ask(Duration::from_secs(2)),
            // What was asked before is answered.
            Self::Serve(_) => OnSignal::Ask(Duration::from_secs(15)),
            Self::Init(_)
            | Self::Assign(_)
            | Self::New(_)
            | Self::Merge(_)
            | Self::Separate(_)
            | Self::Label(_)
            | Self::Remove(_)
            | Self::Undo(_)
            | Self::Individual(_)
            | Self::Journal(_)
            | Self::Models(_)
            | Self::ExportTable(_)
            | Self::Status(_)
            | Self::Root(_)
            | Self::Doctor(_)
            | Self::TryNetwork => OnSignal::End,
        }
    }
}

/// Runs a command; the number is the exit code.
pub(crate) fn run(command: Command, context: &Context) -> anyhow::Result<u8> {
    match command {
        Command::Demo(args) => demo::run(args, context),
        Command::Init(args) => init::run(args, context),
        Command::Ingest(args) => ingest::run(args, context),
        Command::Join(args) => join::run(args, context),
        Command::Shares(args) => shares::run(args, context),
        Command::Identify(args) => identify::run(args, context),
        Command::Calibrate(args) => calibrate::run(args, context),
        Command::Assign(args) => assign::run(args, context),
        Command::New(args) => new::run(args, context),
        Command::Merge(args) => merge::run(args, context),
        Command::Separate(args) => separate::run(args, context),
        Command::Label(args) => label::run(*args, context),
        Command::Remove(args) => remove::run(args, context),
        Command::Undo(args) => undo::run(args, context),
        Command::Individual(args) => individual::run(args, context),
        Command::Journal(args) => journal::run(args, context),
        Command::Train(args) => train::run(*args, context),
        Command::Tune(args) => tune::run(args, context),
        Command::Plan(args) => plan::run(*args, context),
        Command::Route(args) => route::run(args, context),
        Command::Reembed(args) => reembed::run(args, context),
        Command::Models(args) => models::run(args, context),
        Command::Pack(args) => pack::pack(args, context),
        Command::Unpack(args) => pack::run_unpack(args, context),
        Command::Export(args) => export::run(*args, context),
        Command::ExportTable(args) => export_table::run(args, context),
        Command::Evaluate(args) => evaluate::run(&args, context),
        Command::Detect(args) => detect::run(*args, context),
        Command::Classify(args) => classify::run(*args, context),
        Command::Audit(args) => audit::run(&args, context),
        Command::Submit(args) => submit::run(args, context),
        Command::Serve(args) => serve::run(args, context),
        Command::Root(args) => root::run(args, context),
        Command::Status(args) => status::run(args, context),
        Command::Verify(args) => verify::run(args, context),
        Command::Rebuild(args) => rebuild::run(args, context),
        Command::Doctor(args) => doctor::run(args, context),
        Command::TryNetwork => try_network::run(),
    }
}
