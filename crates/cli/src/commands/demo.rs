//! `resight demo`: the whole way, on synthetic animals.

mod many;

use std::path::{Path, PathBuf};
use std::time::Instant;

use resight_core::Policy;
use resight_engine::identify::{AnswerBy, IdentifyRequest, Subject};
use resight_engine::ingest::{IngestReport, IngestRequest};
use resight_engine::init::InitRequest;
use resight_engine::{EngineError, Models, Progress, Session, Silent, Stage, contact_sheet};
use resight_synth::AnimalKind;
use serde_json::json;

use crate::context::{Context, is_catalog};
use crate::demo::{Answered, DemoVerdict, NEW_RATE, Place, Question, Score, page, questions, sheet, world};
use crate::{exit, output};

/// See it work on synthetic animals, whose true names are known.
///
/// Makes a small world (fins, flukes, sharks, zebras, leopards), photographs it, builds a catalog of the known
/// animals, then asks who the animals of later meetings are, some of which are new. Shows every mistake.
/// Nothing is fetched: the default embedder is part of the program.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  resight demo\n  resight demo animals --seed 7\n  resight demo --many\n  resight demo --small"
)]
pub(crate) struct Args {
    /// Folder for photos, catalog and answers; a folder of an earlier demo is used again [default: resight-demo,
    /// with `--many` resight-demo-many]
    folder: Option<PathBuf>,
    /// Field photos with several animals: they are found, told apart by kind and side, and named
    #[arg(long)]
    many: bool,
    /// Fewer animals: sooner done, and a smaller show of how well it does
    #[arg(long)]
    small: bool,
    /// Another seed is another world
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl Args {
    fn folder(&self) -> PathBuf {
        let usual = if self.many { "resight-demo-many" } else { "resight-demo" };
        self.folder.clone().unwrap_or_else(|| PathBuf::from(usual))
    }

    /// The world in a word, so that a folder of another one is not used again.
    fn world(&self, which: &str) -> String {
        let size = if self.small { "small " } else { "" };
        format!("{which}{size}{}", self.seed)
    }
}

/// Folder of the answers, a page each.
const ANSWERS: &str = "answers";

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    if args.many {
        return many::run(&args, context);
    }
    let began = Instant::now();
    let models = context.models()?;
    let place = Place::at(&args.folder(), &args.world(""))?;
    let world = world(args.seed, args.small)?;
    context.note(format!("photographing {} synthetic animals, seed {}", animals(&world), args.seed));
    let table = place.photograph(&world, &context.progress)?;
    let session = open_catalog(&place, models)?;
    let Some(stored) = fill_catalog(&session, &table, context)? else { return Ok(exit::INTERRUPTED) };
    let Some(answered) = ask_all(&place, questions(&world, &place.world()), &session, context)? else {
        return Ok(exit::INTERRUPTED);
    };
    draw(&place, &answered)?;
    if context.global.json {
        output::json(&summary(&place, &answered, &stored, began))?;
        return Ok(exit::DONE);
    }
    show(&answered)?;
    output::line(format!(
        "\n{:.0} seconds with {}. All answers: {}\nSome of them as a picture: {}",
        began.elapsed().as_secs_f64(),
        stored.runtime,
        place.path("answers.html").display(),
        place.path("answers.jpg").display()
    ))?;
    what_next(&place)?;
    Ok(exit::DONE)
}

fn animals(world: &resight_synth::World) -> usize {
    world.settings().populations.iter().map(|p| p.known + p.newcomers).sum()
}

/// The catalog of the demonstration, made where it is not there yet.
pub(super) fn open_catalog(place: &Place, models: Models) -> Result<Session, EngineError> {
    let catalog = place.catalog();
    if is_catalog(&catalog) {
        return Ok(Session::new(catalog, models));
    }
    let request =
        InitRequest { policy: Policy { new_rate: NEW_RATE, ..Policy::default() }, ..InitRequest::default() };
    Session::create(catalog, models, &request)
}

/// Takes the known animals in; none where that was stopped.
fn fill_catalog(session: &Session, table: &Path, context: &Context) -> anyhow::Result<Option<IngestReport>> {
    let request = IngestRequest::of(table, "demo");
    let report = session.ingest(&request, &context.progress, &context.cancel)?;
    context.note(format!(
        "{} photos in the catalog, {:.0} a second with {}",
        report.stored + report.already_there,
        report.photos_per_second(),
        report.runtime
    ));
    Ok((!report.interrupted).then_some(report))
}

/// Asks every question; none where that was stopped.
fn ask_all(
    place: &Place,
    questions: Vec<Question>,
    session: &Session,
    context: &Context,
) -> anyhow::Result<Option<Vec<Answered>>> {
    place.folder(ANSWERS)?;
    let total = Some(questions.len() as u64);
    context.progress.begin(Stage { title: "asking who they are".to_owned(), total });
    let mut answered = Vec::with_capacity(questions.len());
    for question in questions {
        let request = IdentifyRequest {
            by: AnswerBy::Encounter,
            labels: question.labels.clone(),
            top: 3,
            page: true,
            ..IdentifyRequest::new(Subject::sources(&question.photos))
        };
        let found = session.identify(&request, &Silent, &context.cancel)?;
        let Some(answer) = found.answers.into_iter().next() else { return Ok(None) };
        let page = found.page.unwrap_or_default();
        place.write(&format!("{ANSWERS}/{}.html", question.encounter), page.as_bytes())?;
        answered.push(Answered::new(question, answer));
        context.progress.advance(1);
    }
    context.progress.end();
    Ok(Some(answered))
}

/// Writes the page and the picture.
fn draw(place: &Place, answered: &[Answered]) -> Result<(), EngineError> {
    place.write("answers.html", page(answered, &place.path("")).as_bytes())?;
    place.write("answers.jpg", &contact_sheet::draw(&sheet(answered))?)
}

fn score(answered: &[Answered], kind: Option<AnimalKind>, is_new: bool) -> Score {
    let fits =
        |one: &&Answered| one.question.is_new == is_new && kind.is_none_or(|kind| one.question.kind == kind);
    Score::over(answered.iter().filter(fits))
}

fn show(answered: &[Answered]) -> anyhow::Result<()> {
    let kinds = AnimalKind::ALL.map(Some).into_iter().chain([None]);
    let rows = kinds.map(|kind| {
        let (known, new) = (score(answered, kind, false), score(answered, kind, true));
        let name = kind.map_or("all", AnimalKind::name);
        vec![name.to_owned(), known.to_string(), new.to_string(), (known.asked + new.asked).to_string()]
    });
    let head = ["kind", "known, named rightly", "newcomers, found new", "asks a person"];
    output::line(output::table(&head, &[1, 2, 3], rows).to_string())?;
    let (right, mistakes): (Vec<&Answered>, Vec<&Answered>) =
        answered.iter().partition(|one| one.verdict == DemoVerdict::Right);
    output::line(format!("\nthe first right answers, and all {} mistakes:", mistakes.len()))?;
    let newcomers = right.iter().filter(|one| one.question.is_new).take(3);
    let shown = right.iter().filter(|one| !one.question.is_new).take(3).chain(newcomers).chain(&mistakes);
    let rows = shown.map(|one| {
        let truth = if one.question.is_new { "new" } else { "known" };
        vec![one.verdict.sign().to_owned(), one.question.truth.clone(), truth.to_owned(), one.said()]
    });
    output::line(output::table(&["", "it is", "", "resight says"], &[], rows).to_string())?;
    let new = score(answered, None, true);
    output::line(format!(
        "The catalog was told to expect {:.0} % newcomers (`new_rate`), as {} of the {} animals asked about are new; \
         the default is {:.0} %.",
        100.0 * NEW_RATE,
        new.of,
        answered.len(),
        100.0 * Policy::default().new_rate
    ))?;
    Ok(())
}

fn what_next(place: &Place) -> anyhow::Result<()> {
    let catalog = place.catalog();
    let catalog = catalog.display();
    output::line(format!(
        "\nLook around in it:\n  \
         resight status {catalog}\n  \
         resight individual list {catalog}\n\n\
         With your own photos, one folder an individual:\n  \
         resight init my-catalog\n  \
         resight ingest my-catalog MY_PHOTOS --kind folder-per-individual\n  \
         resight identify my-catalog NEW_PHOTO.jpg --html answer.html\n\n\
         And before you trust it, how well it does on them:\n  \
         resight export-table my-catalog my-photos.csv\n  \
         resight evaluate my-photos.csv"
    ))?;
    Ok(())
}

fn summary(place: &Place, answered: &[Answered], stored: &IngestReport, began: Instant) -> serde_json::Value {
    let answers = answered.iter().map(|one| {
        json!({
            "encounter": one.question.encounter,
            "truth": one.question.truth,
            "is_new": one.question.is_new,
            "verdict": one.verdict,
            "answer": one.answer,
        })
    });
    json!({
        "catalog": place.catalog(),
        "photos": stored.stored + stored.already_there,
        "new_rate": NEW_RATE,
        "runtime": stored.runtime,
        "known": score(answered, None, false),
        "newcomers": score(answered, None, true),
        "answers": answers.collect::<Vec<_>>(),
        "page": place.path("answers.html"),
        "picture": place.path("answers.jpg"),
        "seconds": began.elapsed().as_secs_f64(),
    })
}
