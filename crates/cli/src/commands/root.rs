//! `resight root`: the folders of the photos, and where they are now.

use std::path::PathBuf;

use resight_engine::roots::RootRow;

use crate::context::Context;
use crate::{exit, output};

/// List the folders that photos were taken in from, or say where one is now.
///
/// A catalog that is moved or mailed together with its photos finds them by itself. Where they went somewhere else, say
/// where: nothing is taken in again.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight root whales                                      the folders, and how many of their photos are there
  resight root whales field /mnt/disk/field                the folder `field` is there now")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// The folder, by its name
    #[arg(requires = "folder")]
    name: Option<String>,
    /// Where it is now
    folder: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let session = context.session(&args.catalog)?;
    let rows = match (&args.name, &args.folder) {
        (Some(name), Some(folder)) => session.move_root(name, folder)?,
        _ => session.roots()?,
    };
    if context.global.json {
        rows.iter().try_for_each(output::json)?;
    } else {
        output::line(table(&rows))?;
    }
    let all_found = rows.iter().all(|row| row.found == row.photos);
    Ok(if all_found { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn table(rows: &[RootRow]) -> String {
    let cells = rows.iter().map(|row| {
        vec![row.name.clone(), row.photos.to_string(), row.found.to_string(), row.location.clone()]
    });
    output::table(&["folder", "photos", "found", "is looked for in"], &[1, 2], cells).to_string()
}
