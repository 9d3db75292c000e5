//! `resight label`: says what photos and individuals are like.

use resight_dataset::BoxForm;
use resight_engine::EngineError;
use resight_engine::identity::{LabelsSaid, Verdict};

use super::ingest::remarks;
use super::step::{self, ByArgs};
use crate::context::{Context, catalog_and_rest};
use crate::exit;
use crate::refusal::InWords as _;

/// Say or correct what is known of photos: species, side, box, encounter, quality and more.
///
/// A photo is a path, the beginning of its content hash (six digits or more), or an annotation such as
/// ann-12, which a photo with several animals needs. A word for "not known" (none, -) takes away what is said.
/// The step goes into the journal and can be undone. Where a box changes, the animal is embedded anew.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight label [OPTIONS] [CATALOG] [PHOTO]…",
    after_help = "\
Examples:
  resight label whales IMG_1.jpg --viewpoint left
  resight label whales IMG_1.jpg IMG_2.jpg --encounter 'trip 7' --set observer=Ada
  resight label whales ann-17 --box 120,80,640,480
  resight label whales ann-17 --quality none               nothing is said of its quality any more
  resight label whales --individual Luna --set sex=female"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the photos
    #[arg(value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// What kind of animal
    #[arg(long, value_name = "NAME")]
    species: Option<String>,
    /// Which side of it is seen, such as left, right, front, back
    #[arg(long, value_name = "NAME")]
    viewpoint: Option<String>,
    /// What of it is seen, such as fluke, dorsal_fin, flank
    #[arg(long, value_name = "NAME")]
    body_part: Option<String>,
    /// How usable the photo is: junk, poor, fair, good, excellent
    #[arg(long, value_name = "GRADE")]
    quality: Option<String>,
    /// The encounter it is of, by its key
    #[arg(long, value_name = "KEY")]
    encounter: Option<String>,
    /// Where the animal is in the upright photo: left,top,width,height in pixels, or `whole`
    #[arg(long = "box", value_name = "BOX", allow_hyphen_values = true)]
    region: Option<String>,
    /// What the four numbers of the box are: xywh, corners, center, relative, relative-corners, relative-center
    #[arg(long, value_name = "FORM", default_value = "xywh")]
    box_form: BoxForm,
    /// When the photo was taken, such as `2024-05-31 14:02:07`, 2024-05 or 2024
    #[arg(long, value_name = "TIME")]
    date: Option<String>,
    /// Where it was taken
    #[arg(long, value_name = "LATITUDE,LONGITUDE", allow_hyphen_values = true)]
    place: Option<String>,
    /// Anything else, by a name of your own; can be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// An individual that `--set` speaks of, by name; can be given several times
    #[arg(long, value_name = "NAME")]
    individual: Vec<String>,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let (catalog, photos) = catalog_and_rest(&args.arguments, 0)?;
    let attributes = args.set.iter().map(|text| attribute(text)).collect::<anyhow::Result<_>>()?;
    let labels = LabelsSaid {
        species: args.species,
        viewpoint: args.viewpoint,
        body_part: args.body_part,
        quality: args.quality,
        encounter: args.encounter,
        region: args.region.map(|numbers| (numbers, args.box_form)),
        time: args.date,
        place: args.place,
        attributes,
    };
    if labels.is_empty() || (photos.is_empty() && args.individual.is_empty()) {
        crate::complain(
            "error: nothing is said\nhint: resight label [CATALOG] PHOTO… --viewpoint left; see --help",
        );
        return Ok(exit::WRONG_COMMAND_LINE);
    }
    if photos.is_empty() && !labels.fits_individuals() {
        return Err(EngineError::user("of an individual, `--set` alone can be said").into());
    }
    let verdict =
        Verdict::Label { photos: photos.to_vec(), individuals: args.individual, labels: Box::new(labels) };
    make(&catalog, &args.by, &verdict, context)
}

/// Makes a step that may change boxes, and shows it.
pub(super) fn make(
    catalog: &std::path::Path,
    by: &ByArgs,
    verdict: &Verdict,
    context: &Context,
) -> anyhow::Result<u8> {
    let actor = context.actor(by.name());
    let (step, told) =
        context.session(catalog)?.relabel(&actor, verdict, &context.progress, &context.cancel)?;
    step::show(&step, catalog, context)?;
    remarks("not embedded anew (`resight reembed` makes it good)", &told, context);
    Ok(if told.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn attribute(text: &str) -> anyhow::Result<(String, String)> {
    let parts = text.split_once('=').map(|(name, value)| (name.trim(), value.trim()));
    match parts {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(EngineError::user(format!("not NAME=VALUE: `{text}`"))
            .in_words("as in `--set sex=female`")
            .into()),
    }
}
