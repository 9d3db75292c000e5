//! `resight identify`: who is this?

use std::path::PathBuf;

use resight_core::{CaptureTime, Decision, LabelFilter, Species, Viewpoint};
use resight_engine::EngineError;
use resight_engine::identify::{Answer, Area, Identification, IdentifyRequest, identify};

use super::calibrate::PoolingArg;
use super::ingest::label;
use crate::context::Context;
use crate::written::{Inputs, place, write};
use crate::{exit, output};

/// Say which individual of the catalog a photo shows, or that it is a new one.
///
/// Nothing is stored, unless `--add` is given. A photo that the catalog has already does not answer for itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight identify whales IMG_1.jpg
  resight identify whales burst/*.jpg --encounter                    all photos show one animal: one answer
  resight identify whales IMG_1.jpg --viewpoint left --html answer.html
  resight identify whales new/*.jpg --json > answers.jsonl
  resight identify whales IMG_1.jpg --area 38.7,-9.1,50 --since 2020-01-01")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// Photos to ask about
    #[arg(required = true)]
    photo: Vec<PathBuf>,
    /// All photos show one animal, met once: answer them together
    #[arg(long)]
    encounter: bool,
    /// Only photos of this viewpoint may answer, such as `left`
    #[arg(long, value_name = "NAME")]
    viewpoint: Option<String>,
    /// Only photos of this species may answer
    #[arg(long, value_name = "NAME")]
    species: Option<String>,
    /// Only photos taken since may answer, as in 2024-05-31
    #[arg(long, value_name = "DATE")]
    since: Option<CaptureTime>,
    /// Only photos taken within so many kilometres of a place may answer
    #[arg(long, value_name = "LAT,LON,KM", allow_hyphen_values = true)]
    area: Option<String>,
    /// How many individuals to list
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u8).range(1..=20))]
    top: u8,
    /// How the photos of an individual become one similarity [default: the catalog's setting]
    #[arg(long, value_enum)]
    pooling: Option<PoolingArg>,
    /// Store the photos as unidentified ones
    #[arg(long)]
    add: bool,
    /// Who does it, for the journal [default: your login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Write a page with the photos and their candidates side by side
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the page over a file that is there already and is no page of resight's
    #[arg(long, requires = "html")]
    force: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let inputs = Inputs::read(args.photo.iter().cloned()).and_kept(&args.catalog);
    let html = args.html.as_ref().map(|file| place(file, args.force, &inputs)).transpose()?;
    let request = IdentifyRequest {
        area: args.area.as_deref().map(area).transpose()?,
        labels: LabelFilter {
            species: label("--species", args.species.as_deref(), Species::parse)?,
            viewpoint: label("--viewpoint", args.viewpoint.as_deref(), Viewpoint::parse)?,
        },
        add_by: args.add.then(|| context.actor(args.by.as_deref())),
        pooling: args.pooling.map(Into::into),
        catalog: args.catalog,
        photos: args.photo,
        encounter: args.encounter,
        since: args.since,
        top: usize::from(args.top),
        page: html.is_some(),
    };
    let found = identify(&request, &context.models()?, &context.progress, &context.cancel)?;
    for answer in &found.answers {
        if context.global.json { output::json(answer)? } else { show(answer)? }
    }
    if let (Some(html), Some(page)) = (&html, &found.page) {
        write(html, page.as_bytes())?;
        context.note(format!("wrote {}", html.path().display()));
    }
    Ok(exit_code(&found))
}

fn exit_code(found: &Identification) -> u8 {
    let unusable = |answer: &Answer| {
        matches!(answer.decision, Decision::NotIdentifiable(_)) || !answer.left_out.is_empty()
    };
    match found {
        found if found.interrupted => exit::INTERRUPTED,
        found if found.answers.iter().any(unusable) => exit::FINISHED_WITH_WARNINGS,
        _ => exit::DONE,
    }
}

/// Reads `latitude,longitude,kilometres`.
fn area(text: &str) -> anyhow::Result<Area> {
    let numbers: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
    match numbers[..] {
        [latitude, longitude, radius_km]
            if text.split(',').count() == 3
                && latitude.abs() <= 90.0
                && longitude.abs() <= 180.0
                && radius_km > 0.0 =>
        {
            Ok(Area::Circle { latitude, longitude, radius_km })
        }
        _ => Err(EngineError::user(format!("not LATITUDE,LONGITUDE,KILOMETRES: `{text}`"))
            .with_hint("as in `--area 38.7,-9.1,50`")
            .into()),
    }
}

/// The answer for people: what is said, then the candidates with "new individual" among them.
fn show(answer: &Answer) -> anyhow::Result<()> {
    let photos = if answer.photos.is_empty() { answer.photo.clone() } else { answer.photos.join(", ") };
    let place = answer.region.map_or_else(String::new, |r| {
        format!(" (the animal at {:.0},{:.0}, {:.0} × {:.0} pixels)", r.x, r.y, r.width, r.height)
    });
    output::line(format!("{photos}{place}: {}", verdict(answer)))?;
    if let Some(reason) = &answer.reason {
        output::line(format!("  {reason}"))?;
    }
    for known in &answer.in_catalog {
        let who = known.individual.as_deref().unwrap_or("nobody yet");
        let (photo, annotation) = (&known.photo, known.annotation);
        output::line(format!(
            "  {photo} is itself in the catalog ({annotation}: {who}); it did not answer for itself"
        ))?;
    }
    for left_out in &answer.left_out {
        output::line(format!("  left out {}: {}", left_out.photo, left_out.reason))?;
    }
    if !answer.candidates.is_empty() {
        let head = ["", "individual", "probability", "similarity", "photos", "best photo"];
        output::line(output::table(&head, &[0, 2, 3, 4], rows(answer)).to_string())?;
        let set = &answer.candidate_set;
        let filters = if set.filters.is_empty() { "no filter".to_owned() } else { set.filters.join(", ") };
        output::line(format!("  of {} individuals in {} photos; {filters}", set.individuals, set.photos))?;
    }
    for annotation in &answer.added {
        output::line(format!("  stored as {annotation}, unidentified"))?;
    }
    Ok(())
}

fn verdict(answer: &Answer) -> String {
    match &answer.decision {
        Decision::Match(_) => format!("this is {}", answer.individual.as_deref().unwrap_or_default()),
        Decision::New => "a new individual".to_owned(),
        Decision::Ask(_) => "a person should look".to_owned(),
        Decision::NotIdentifiable(_) => "not identifiable".to_owned(),
    }
}

fn rows(answer: &Answer) -> Vec<Vec<String>> {
    let stated = |probability: Option<f64>| probability.map_or_else(|| "–".to_owned(), output::percent);
    let mut rows: Vec<(f64, Vec<String>)> = answer
        .candidates
        .iter()
        .map(|candidate| {
            let cells = vec![
                candidate.individual.clone(),
                stated(candidate.probability),
                format!("{:.3}", candidate.similarity),
                candidate.photos.to_string(),
                candidate.best_photo.clone(),
            ];
            (candidate.probability.unwrap_or(0.0), cells)
        })
        .collect();
    if let Some(new) = answer.new_probability {
        let place = rows.partition_point(|(probability, _)| *probability >= new);
        let cells = vec![
            "new individual".to_owned(),
            output::percent(new),
            String::new(),
            String::new(),
            String::new(),
        ];
        rows.insert(place, (new, cells));
    }
    let numbered = rows.into_iter().enumerate();
    let mut rows: Vec<Vec<String>> =
        numbered.map(|(rank, (_, cells))| [vec![(rank + 1).to_string()], cells].concat()).collect();
    if let Some(others) = answer.others_probability.filter(|others| *others > 0.0) {
        rows.push(vec![
            String::new(),
            "all others".to_owned(),
            output::percent(others),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }
    rows
}
