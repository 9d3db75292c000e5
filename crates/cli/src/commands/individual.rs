//! `resight individual`: who there is, and what they are called.

use std::path::PathBuf;

use resight_engine::identity::{IndividualDetails, IndividualRow, Verdict};

use super::step::{self, ByArgs};
use crate::context::Context;
use crate::{exit, output};

/// List, show and rename the individuals of a catalog.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do with individuals.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// All individuals, by name
    List(List),
    /// One individual with all its photos
    Show(Show),
    /// Give an individual another name; the old one stays as an alias
    Rename(Rename),
}

#[derive(Debug, clap::Args)]
struct List {
    /// The catalog's folder
    catalog: PathBuf,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight individual show whales Luna\n  resight individual show whales ind-12"
)]
struct Show {
    /// The catalog's folder
    catalog: PathBuf,
    /// Name, alias or id
    individual: String,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  resight individual rename whales new-0007 Luna")]
struct Rename {
    /// The catalog's folder
    catalog: PathBuf,
    /// Name, alias or id
    individual: String,
    /// What it is called from now on
    name: String,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    match args.action {
        Action::List(args) => list(&context.session(args.catalog)?.individuals()?, context)?,
        Action::Show(args) => show(&context.session(args.catalog)?.individual(&args.individual)?, context)?,
        Action::Rename(args) => {
            let verdict = Verdict::Rename { individual: args.individual, name: args.name };
            step::make(&args.catalog, &args.by, &verdict, context)?;
        }
    }
    Ok(exit::DONE)
}

fn list(rows: &[IndividualRow], context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        return rows.iter().try_for_each(output::json);
    }
    let cells = rows.iter().map(|row| {
        vec![
            row.name.clone(),
            row.id.to_string(),
            row.photos.to_string(),
            row.encounters.to_string(),
            row.first_seen.clone().unwrap_or_default(),
            row.last_seen.clone().unwrap_or_default(),
            row.aliases.join(", "),
        ]
    });
    let head = ["individual", "id", "photos", "encounters", "first seen", "last seen", "also called"];
    output::line(output::table(&head, &[2, 3], cells).to_string())?;
    output::line(format!("{} individuals", rows.len()))?;
    Ok(())
}

fn show(found: &IndividualDetails, context: &Context) -> anyhow::Result<()> {
    if context.global.json {
        return output::json(found);
    }
    let row = &found.row;
    let also =
        if row.aliases.is_empty() { String::new() } else { format!(", also {}", row.aliases.join(", ")) };
    output::line(format!("{} ({}){also}", row.name, row.id))?;
    output::line(format!("  {} photos, {} encounters", row.photos, row.encounters))?;
    for (name, value) in &found.attributes {
        output::line(format!("  {name}: {value}"))?;
    }
    let cells = found.photo_list.iter().map(|photo| {
        vec![
            photo.annotation.to_string(),
            photo.date.clone().unwrap_or_default(),
            photo.encounter.clone().unwrap_or_default(),
            photo.species.as_ref().map(ToString::to_string).unwrap_or_default(),
            photo.viewpoint.as_ref().map(ToString::to_string).unwrap_or_default(),
            photo.photo.clone(),
        ]
    });
    let head = ["annotation", "taken", "encounter", "species", "viewpoint", "photo"];
    output::line(output::table(&head, &[], cells).to_string())?;
    Ok(())
}
