//! `resight identify`: who is this?

use std::path::PathBuf;

use resight_core::{CaptureTime, Decision, LabelFilter, Species, Viewpoint};
use resight_engine::identify::{
    Answer, AnswerBy, AnswerOrder, Area, DrawnBox, Identification, IdentifyRequest, NewcomersFound, Subject,
    write_table, write_workbook,
};
use resight_engine::{Effort, EngineError};
use resight_files::Output;

use super::calibrate::PoolingArg;
use super::effort::EffortArg;
use super::evaluate::SameArg;
use super::ingest::{TableArgs, label, remarks};
use crate::context::Context;
use crate::refusal::InWords as _;
use crate::written::{Inputs, place, write_and_say};
use crate::{exit, hint, output};

/// Say which individual of the catalog a photo shows, or that it is a new one.
///
/// A photo that the catalog has already is asked annotation by annotation, with the boxes that are stored, and does not
/// answer for itself. Nothing is stored, unless `--add` is given.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight identify whales IMG_1.jpg
  resight identify whales burst/*.jpg --encounter                    all photos show one animal: one answer
  resight identify whales IMG_1.jpg --box 120,80,640,480 --box 900,60,300,200      two animals in it
  resight identify whales field/2026-05 --csv answers.csv            all photos of a folder, as a table
  resight identify whales field/2026-05 --xlsx answers.xlsx          a workbook: answers, candidates, new individuals
  resight identify whales queries.csv --same viewpoint               an answer a row, by the row's box and viewpoint
  resight identify whales queries.csv --encounter                    an answer an encounter of the table
  resight identify whales --unidentified --json > answers.jsonl      whoever the catalog has no name for
  resight identify whales IMG_1.jpg --viewpoint left --html answer.html
  resight identify whales IMG_1.jpg --effort thorough --png why.png  look closer, and draw what is seen in both
  resight identify whales IMG_1.jpg --area 38.7,-9.1,50 --since 2020-01-01

Answers stand by what is worth looking at: what a person is asked, the most undecided first; matches below 90 %, the least
likely first; new individuals; sure matches; what nobody can tell. JSON and tables stand as they were asked, with a `rank`.

Exit codes: 0 done, 1 nothing could be asked about, 3 some photos or rows could not be used.")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    /// Photos, folders of photos, or tables (.csv, .tsv) with a query a row
    #[arg(required_unless_present = "unidentified", conflicts_with = "unidentified")]
    source: Vec<PathBuf>,
    /// Ask about every annotation of the catalog that nobody has named yet
    #[arg(long)]
    unidentified: bool,
    /// Where in the photo the animal is, in pixels of the upright photo; can be given several times, for one photo
    #[arg(
        long = "box",
        value_name = "X,Y,WIDTH,HEIGHT",
        allow_hyphen_values = true,
        conflicts_with_all = ["encounter", "unidentified"]
    )]
    boxes: Vec<String>,
    /// One answer an encounter: all photos named show one animal, met once; a table and the catalog (`--unidentified`)
    /// say which photos belong together
    #[arg(long)]
    encounter: bool,
    /// Only photos of this viewpoint may answer, such as `left`
    #[arg(long, value_name = "NAME")]
    viewpoint: Option<String>,
    /// Only photos of this species may answer
    #[arg(long, value_name = "NAME")]
    species: Option<String>,
    /// Only photos with the label that the row or annotation asked about states may answer: `viewpoint`, `species`; an
    /// unknown label filters nothing
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    same: Vec<SameArg>,
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
    /// How much work goes into an answer: `fast` compares embeddings, `normal` marks too, `thorough` looks
    /// closer at the twenty most alike photos, about a second more a photo
    #[arg(long, value_enum, default_value = "normal")]
    effort: EffortArg,
    /// Ask by photos of every grade, those of grades too that named nobody when the catalog was calibrated
    #[arg(long)]
    any_quality: bool,
    /// Store the photos as unidentified ones
    #[arg(long)]
    add: bool,
    /// Who does it, for the journal [default: your login name]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Write a page with the photos and their candidates side by side
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show on the page where in each photo its similarity to the candidates lies, on a click: about a second a photo
    #[arg(long, requires = "html")]
    regions: bool,
    /// Write a picture (PNG) of each photo beside the best one of its first candidate, with the marks seen in both
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Write the answers as a table (CSV), a row an answer
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the answers as a workbook (Excel), with their candidates and the new individuals
    #[arg(long, value_name = "FILE")]
    xlsx: Option<PathBuf>,
    /// In which order answers are shown, here and on the page
    #[arg(long, value_enum, default_value = "worth")]
    sort: SortArg,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    table: TableArgs,
}

/// Values of `--sort`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum SortArg {
    /// What is worth looking at first
    Worth,
    /// As they were asked
    Asked,
}

impl From<SortArg> for AnswerOrder {
    fn from(sort: SortArg) -> Self {
        match sort {
            SortArg::Worth => Self::Worth,
            SortArg::Asked => Self::Asked,
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let inputs = Inputs::read(args.source.iter().cloned()).and_kept(&args.catalog);
    let place =
        |file: &Option<PathBuf>| file.as_ref().map(|file| place(file, args.force, &inputs)).transpose();
    let (html, csv, xlsx) = (place(&args.html)?, place(&args.csv)?, place(&args.xlsx)?);
    let png = place(&args.png)?;
    let request = request(&args, context)?;
    let session = context.session(&args.catalog)?;
    let found = session.identify(&request, &context.progress, &context.cancel)?;
    if context.global.json {
        found.answers.iter().try_for_each(output::json)?;
        if several(&found.newcomers) {
            output::json(&serde_json::json!({ "newcomers": &found.newcomers }))?;
        }
    } else {
        if csv.is_none() && xlsx.is_none() {
            let places = request.order.places(&found.answers).into_iter();
            places.map(|place| &found.answers[place]).try_for_each(show)?;
        } else {
            output::line(counts(&found.answers))?;
        }
        show_newcomers(&found)?;
    }
    remarks("not asked about", &found.not_asked, context);
    remarks("remarks", &found.remarks, context);
    if found.answers.is_empty() && args.unidentified {
        context.note("everybody in the catalog has a name");
    }
    if let (Some(html), Some(page)) = (&html, &found.page) {
        write_and_say(html, page.as_bytes(), context)?;
    }
    if let (Some(png), Some(picture)) = (&png, &found.picture) {
        write_and_say(png, picture, context)?;
    }
    if let Some(csv) = &csv {
        write_and_say(csv, &as_table(&found.answers, request.top, csv)?, context)?;
    }
    if let Some(xlsx) = &xlsx {
        write_and_say(xlsx, &write_workbook(&found, request.top)?, context)?;
    }
    Ok(exit_code(&found))
}

fn request(args: &Args, context: &Context) -> anyhow::Result<IdentifyRequest> {
    Ok(IdentifyRequest {
        by: if args.encounter { AnswerBy::Encounter } else { AnswerBy::Animal },
        labels: LabelFilter {
            species: label("--species", args.species.as_deref(), Species::parse)?,
            viewpoint: label("--viewpoint", args.viewpoint.as_deref(), Viewpoint::parse)?,
        },
        same: SameArg::all(&args.same),
        since: args.since,
        area: args.area.as_deref().map(area).transpose()?,
        pooling: args.pooling.map(Into::into),
        effort: args.effort.into(),
        top: usize::from(args.top),
        any_quality: args.any_quality,
        add_by: args.add.then(|| context.actor(args.by.as_deref())),
        page: args.html.is_some(),
        regions: args.regions,
        picture: args.png.is_some(),
        order: args.sort.into(),
        ..IdentifyRequest::new(subject(args)?)
    })
}

fn subject(args: &Args) -> anyhow::Result<Subject> {
    if args.unidentified {
        return Ok(Subject::Unidentified);
    }
    if args.boxes.is_empty() {
        return Ok(Subject::Sources { paths: args.source.clone(), read: args.table.options()? });
    }
    let [photo] = args.source.as_slice() else {
        return Err(EngineError::user(format!("`--box` speaks of one photo, not of {}", args.source.len()))
            .in_words("a table with a column `bbox` asks about many")
            .into());
    };
    let form = args.table.box_form.unwrap_or_default();
    let boxes = args.boxes.iter().map(|text| DrawnBox::parse(text, form));
    Ok(Subject::Boxes { photo: photo.clone(), boxes: boxes.collect::<Result<_, _>>()? })
}

fn as_table(answers: &[Answer], top: usize, file: &Output) -> Result<Vec<u8>, EngineError> {
    write_table(answers, top, Vec::new())
        .map_err(|error| EngineError::user(format!("{error}: {}", file.path().display())))
}

/// How many answers there are of each kind.
fn counts(answers: &[Answer]) -> String {
    let of = |word: &str| answers.iter().filter(|answer| answer.decision.word() == word).count();
    format!(
        "{} answers: {} known, {} new, {} for a person to look at, {} not identifiable",
        answers.len(),
        of("match"),
        of("new"),
        of("ask"),
        of("not-identifiable")
    )
}

fn exit_code(found: &Identification) -> u8 {
    let unusable = |answer: &Answer| {
        matches!(answer.decision, Decision::NotIdentifiable(_)) || !answer.left_out.is_empty()
    };
    match found {
        found if found.interrupted => exit::INTERRUPTED,
        found if !found.not_asked.is_empty() || found.answers.iter().any(unusable) => {
            exit::FINISHED_WITH_WARNINGS
        }
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
            .in_words("as in `--area 38.7,-9.1,50`")
            .into()),
    }
}

/// The answer for people: what is said, then the candidates with "new individual" among them.
fn show(answer: &Answer) -> anyhow::Result<()> {
    let photos = if answer.photos.is_empty() { answer.photo.clone() } else { answer.photos.join(", ") };
    output::line(format!("{photos}{}: {}", which(answer), verdict(answer)))?;
    if let Some(reason) = &answer.reason {
        let helps = match &answer.decision {
            Decision::Ask(reason) => reason.hint().map(|hint| format!("; {}", hint::words(&hint))),
            _ => None,
        };
        output::line(format!("  {reason}{}", helps.unwrap_or_default()))?;
    }
    for said in &answer.said_by_models {
        let sure = output::percent(f64::from(said.confidence));
        output::line(format!("  {}: {}, says a classifier ({sure})", said.label, said.value))?;
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
        let head = ["", "individual", "probability", "similarity", "matches", "photos", "best photo"];
        let rows = rows(answer);
        let table = match answer.effort {
            Effort::Fast => output::table(
                &without_matches(&head),
                &[0, 2, 3, 4],
                rows.iter().map(|row| without_matches(row)),
            ),
            Effort::Normal | Effort::Thorough => output::table(&head, &[0, 2, 3, 4, 5], rows),
        };
        output::line(table.to_string())?;
        let set = &answer.candidate_set;
        let filters = if set.filters.is_empty() { "no filter".to_owned() } else { set.filters.join(", ") };
        let left_out = match set.individuals_left_out {
            0 => String::new(),
            1 => "; 1 individual has no such photo and cannot be the answer".to_owned(),
            several => format!("; {several} individuals have no such photo and cannot be the answer"),
        };
        let matched = match set.photos_matched {
            Some(matched) => format!(", marks compared with the likeliest {matched} of them"),
            None => String::new(),
        };
        let (individuals, photos) = (set.individuals, set.photos);
        output::line(format!(
            "  of {individuals} individuals in {photos} photos{matched}; {filters}{left_out}"
        ))?;
        if let Some(slot) = &answer.slot {
            output::line(format!("  by the network of the slot {slot}: {}", answer.bundle))?;
        }
        if answer.leans_on_bundle {
            output::line("  few animals: the probabilities lean on what the bundle has shown on others")?;
        }
    }
    for annotation in &answer.added {
        output::line(format!("  stored as {annotation}, unidentified"))?;
    }
    Ok(())
}

/// Which animal of the photo, where that is not the whole of it.
fn which(answer: &Answer) -> String {
    let encounter = answer.encounter.as_ref().map(|key| format!("encounter {key}"));
    let annotation = answer.annotation.map(|annotation| annotation.to_string());
    let place = answer
        .region
        .map(|r| format!("the animal at {:.0},{:.0}, {:.0} × {:.0} pixels", r.x, r.y, r.width, r.height));
    let parts: Vec<String> = [encounter, annotation, place].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

fn verdict(answer: &Answer) -> String {
    match &answer.decision {
        Decision::Match(_) => format!("this is {}", answer.individual.as_deref().unwrap_or_default()),
        Decision::New => match together(answer) {
            Some(together) => format!("new individual {together}"),
            None => "a new individual".to_owned(),
        },
        Decision::Ask(_) => match together(answer) {
            Some(together) => format!("a person should look; if new, individual {together}"),
            None => "a person should look".to_owned(),
        },
        Decision::NotIdentifiable(_) => "not identifiable".to_owned(),
    }
}

/// The cluster of an answer, where it is not alone in it.
fn together(answer: &Answer) -> Option<String> {
    let newcomer = answer.newcomer.as_ref().filter(|newcomer| newcomer.answers > 1)?;
    Some(format!("{} ({} answers)", newcomer.cluster, newcomer.answers))
}

/// Whether there was anything to put together.
fn several(newcomers: &NewcomersFound) -> bool {
    newcomers.answers > 1 && newcomers.number.is_some()
}

/// How many new individuals there are, and which answers are likely of the same.
fn show_newcomers(found: &Identification) -> anyhow::Result<()> {
    let newcomers = &found.newcomers;
    let Some(number) = newcomers.number.filter(|_| several(newcomers)) else {
        if let Some(missing) = newcomers.missing.as_ref().filter(|_| newcomers.answers > 1) {
            output::line(format!("new individuals are not put together: {missing}"))?;
        }
        return Ok(());
    };
    output::line(format!(
        "new individuals in the {} answers that say \"new\" or ask: likely {} (between {} and {})",
        newcomers.answers, number.likely, number.low, number.high
    ))?;
    let together: Vec<_> = newcomers.clusters.iter().filter(|cluster| cluster.answers.len() > 1).collect();
    let alone = newcomers.clusters.len() - together.len();
    if together.is_empty() {
        output::line("  none of them are likely of the same one")?;
        return Ok(());
    }
    let stated = |probability: Option<f64>| probability.map_or_else(String::new, output::percent);
    let rows = together.iter().map(|cluster| {
        let shown: Vec<&str> =
            cluster.answers.iter().map(|place| found.answers[*place].photo.as_str()).collect();
        vec![
            format!("  {}", cluster.name),
            cluster.photos.to_string(),
            stated(cluster.probability),
            stated(cluster.weakest),
            shown.join(", "),
        ]
    });
    let head = ["  likely the same", "photos", "probability", "weakest", "shown in"];
    output::line(output::table(&head, &[1, 2, 3], rows).to_string())?;
    match alone {
        0 => {}
        1 => output::line("  1 more stands alone")?,
        several => output::line(format!("  {several} more stand alone"))?,
    }
    Ok(())
}

/// A row without the place of the matches.
fn without_matches<T: Clone>(cells: &[T]) -> Vec<T> {
    let place = 4;
    cells.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, cell)| cell.clone()).collect()
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
                format!("{:.3}", candidate.embedding_similarity()),
                candidate.matches().map_or_else(String::new, |matches| matches.to_string()),
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
            String::new(),
        ]);
    }
    rows
}
