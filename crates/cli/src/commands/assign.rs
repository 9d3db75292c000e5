//! `resight assign`: says whom photos show.

use resight_engine::identity::Verdict;

use super::step::{self, ByArgs};
use crate::context::Context;

/// Say which individual photos show.
///
/// A photo is a path, the beginning of its content hash (six digits or more), or an annotation such as
/// ann-12, which a photo with several animals needs. An individual is a name, an alias, or an id such as
/// ind-12. The step goes into the journal and can be undone.
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "resight assign [OPTIONS] [CATALOG] PHOTO… INDIVIDUAL",
    after_help = "\
Examples:
  resight assign whales IMG_1.jpg Luna
  resight assign whales IMG_1.jpg IMG_2.jpg ann-17 Luna
  resight assign whales IMG_1.jpg --nobody                 it is not known who this is
  cd whales && resight assign ../IMG_1.jpg Luna            the catalog may be left out inside its folder, or
                                                           where RESIGHT_CATALOG names it"
)]
pub(crate) struct Args {
    /// The catalog (may be left out inside its folder), the photos, the individual
    #[arg(required = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    /// Take the photos from whoever they were given to; no individual is named then
    #[arg(long)]
    nobody: bool,
    #[command(flatten)]
    by: ByArgs,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let usage = "resight assign [CATALOG] PHOTO… INDIVIDUAL, or resight assign [CATALOG] PHOTO… --nobody";
    let needed = if args.nobody { 1 } else { 2 };
    step::run(context, &args.by, &args.arguments, needed, usage, |rest| match (args.nobody, rest) {
        (true, [_, ..]) => Some(Verdict::Unassign { photos: rest.to_vec() }),
        (false, [photos @ .., individual]) if !photos.is_empty() => {
            Some(Verdict::Assign { photos: photos.to_vec(), individual: individual.clone() })
        }
        _ => None,
    })
}
