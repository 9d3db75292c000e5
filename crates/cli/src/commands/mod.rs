//! The commands, one file each: arguments, the call of one use case, the display of its value.

pub(crate) mod calibrate;
pub(crate) mod export_table;
pub(crate) mod identify;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod models;
pub(crate) mod reembed;

use crate::context::Context;

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a catalog
    Init(init::Args),
    /// Take photos into a catalog
    Ingest(ingest::Args),
    /// Say which individual a photo shows, or that it is a new one
    Identify(identify::Args),
    /// Learn from the catalog what a similarity is worth, and when to say "new"
    Calibrate(calibrate::Args),
    /// Bring a catalog over to another bundle
    Reembed(reembed::Args),
    /// The bundles and runtimes of this machine
    Models(models::Args),
    /// Write the catalog as a table for training and evaluation
    ExportTable(export_table::Args),
}

/// Runs a command; the number is the exit code.
pub(crate) fn run(command: Command, context: &Context) -> anyhow::Result<u8> {
    match command {
        Command::Init(args) => init::run(args, context),
        Command::Ingest(args) => ingest::run(args, context),
        Command::Identify(args) => identify::run(args, context),
        Command::Calibrate(args) => calibrate::run(args, context),
        Command::Reembed(args) => reembed::run(args, context),
        Command::Models(args) => models::run(args, context),
        Command::ExportTable(args) => export_table::run(args, context),
    }
}
