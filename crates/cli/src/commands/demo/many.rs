//! `resight demo --many`: field photos with several animals of five kinds; found, told apart by kind and side, and named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use resight_core::{ClassifierTask, PixelBox, Policy};
use resight_dataset::{ReadOptions, Row, Table, read_source};
use resight_engine::contact_sheet::Mark;
use resight_engine::found_sheet::{self, FoundBox, FoundPhoto, FoundSheet};
use resight_engine::identify::{Answer, IdentifyRequest, Subject};
use resight_engine::init::InitRequest;
use resight_engine::{DEFAULT_DETECTOR, DEFAULT_EMBEDDER, EngineError, Models, Session};
use resight_runs::run::{RUN, claim};
use resight_synth::{AnimalKind, CountRange, FieldSettings, FieldWorld, Population};
use resight_train::classifier::train_classifier;
use resight_train::finish::BUNDLE;
use resight_train::on_maps::OnMapsRequest;
use serde::Serialize;
use serde_json::json;

use super::{Args, fill_catalog};
use crate::commands::train::on_maps::came_of;
use crate::commands::train::saved::features;
use crate::context::{Context, is_catalog};
use crate::demo::{NEW_RATE, Place};
use crate::{exit, output};

/// Added to the seed: the animals that classifiers learn from are others than those that are met.
const PRACTICE: u64 = 1_000_003;
/// Boxes that overlap by this share are of one animal.
const SAME: f64 = 0.5;
/// Names of the folders of photos, and of the catalog's table.
const WORLD: &str = "world";
const PRACTICE_WORLD: &str = "practice";
const CATALOG_TABLE: &str = "world/catalog.csv";
/// Photos on the picture.
const ON_PICTURE: usize = 30;

/// What came of the animals of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
struct Tally {
    animals: usize,
    found: usize,
    kind_right: usize,
    kind_wrong: usize,
    side_right: usize,
    side_wrong: usize,
    known: usize,
    named_right: usize,
    named_wrong: usize,
    newcomers: usize,
    found_new: usize,
    asks: usize,
}

/// An animal that was asked about, and the answer that was given of it.
struct Met<'a> {
    row: &'a Row,
    is_new: bool,
    region: PixelBox,
    answer: Option<&'a Answer>,
}

/// Runs the demonstration.
pub(super) fn run(args: &Args, context: &Context) -> anyhow::Result<u8> {
    let began = Instant::now();
    let models = context.models()?;
    let place = Place::at(&args.folder(), &args.world("many "))?;
    let world = FieldWorld::new(args.seed, settings(args.small))?;
    let practice = FieldWorld::new(args.seed.wrapping_add(PRACTICE), settings(args.small))?;
    context.note(format!("photographing an ocean and a savanna, seed {}", args.seed));
    let table = place.photograph_field(WORLD, &world, &context.progress)?;
    let learnt_from = place.photograph_field(PRACTICE_WORLD, &practice, &context.progress)?;
    let table = read_source(&table, &ReadOptions::default())?;
    let mut classifiers = Vec::new();
    for task in [ClassifierTask::Species, ClassifierTask::Viewpoint] {
        context.note(format!("learning from other animals to tell the {task}"));
        let Some(bundle) = learn(&place, task, &learnt_from, &models, context)? else {
            return Ok(exit::INTERRUPTED);
        };
        classifiers.push(bundle.display().to_string());
    }
    place.write(CATALOG_TABLE, catalog_part(&place)?.as_bytes())?;
    let session = open_catalog(&place, models, classifiers)?;
    let Some(stored) = fill_catalog(&session, &place.path(CATALOG_TABLE), context)? else {
        return Ok(exit::INTERRUPTED);
    };
    let asked: Vec<&Row> = table.rows.iter().filter(|row| row.split.as_deref() == Some("query")).collect();
    let photos: Vec<PathBuf> =
        asked.iter().map(|row| row.path.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let request = IdentifyRequest { top: 3, page: true, ..IdentifyRequest::new(Subject::sources(&photos)) };
    let found = session.identify(&request, &context.progress, &context.cancel)?;
    if context.cancel.is_cancelled() {
        return Ok(exit::INTERRUPTED);
    }
    place.write("answers.html", found.page.unwrap_or_default().as_bytes())?;
    // Where nothing is found the whole photo is asked about: no box.
    let is_whole = |answer: &Answer| is_whole(answer, &settings(args.small));
    let answers: Vec<Answer> = found.answers.into_iter().filter(|answer| !is_whole(answer)).collect();
    let met = met(&asked, &table, &answers);
    let besides = answers.len() - met.iter().filter(|one| one.answer.is_some()).count();
    place.write("found.jpg", &found_sheet::draw(&sheet(&met, &answers))?)?;
    let tallies = tallies(&met);
    if context.global.json {
        let of_kinds: BTreeMap<&str, Tally> = tallies.iter().map(|(kind, tally)| (*kind, *tally)).collect();
        output::json(&json!({
            "folder": place.path("").display().to_string(),
            "photos": photos.len(),
            "kinds": of_kinds,
            "boxes_without_an_animal": besides,
            "stored": stored.stored,
            "seconds": began.elapsed().as_secs_f64(),
        }))?;
        return Ok(exit::DONE);
    }
    show(&tallies, photos.len(), besides)?;
    output::line(format!(
        "\n{:.0} seconds with {}. What was found, as a picture: {}\nAll answers: {}\n\n\
         next: resight status {}",
        began.elapsed().as_secs_f64(),
        stored.runtime,
        place.path("found.jpg").display(),
        place.path("answers.html").display(),
        place.catalog().display(),
    ))?;
    Ok(exit::DONE)
}

/// Groups of one to three animals of five kinds, each kind met on twelve days, the last four of which are asked about; fewer of a
/// small world.
fn settings(is_small: bool) -> FieldSettings {
    let (known, newcomers, outings) = if is_small { (3, 1, 6) } else { (6, 2, 12) };
    FieldSettings {
        populations: AnimalKind::ALL.map(|kind| Population { kind, known, newcomers }).to_vec(),
        outings,
        photos: CountRange::exactly(2),
        group: CountRange::between(1, 3),
        difficulty: resight_synth::Difficulty::Easy,
        ..FieldSettings::default()
    }
}

fn is_whole(answer: &Answer, settings: &FieldSettings) -> bool {
    let (width, height) = (f64::from(settings.width), f64::from(settings.height));
    answer.region.is_none_or(|region| region.width >= width && region.height >= height)
}

/// Learns a classifier, unless that was done before; none where it was stopped.
fn learn(
    place: &Place,
    task: ClassifierTask,
    table: &Path,
    models: &Models,
    context: &Context,
) -> anyhow::Result<Option<PathBuf>> {
    let run = place.path(task.as_str());
    let bundle = run.join(BUNDLE);
    if bundle.is_dir() {
        return Ok(Some(bundle));
    }
    let request = OnMapsRequest {
        name: format!("demo-{task}"),
        table: read_source(table, &ReadOptions::default())?,
        bundle: models.bundle(DEFAULT_EMBEDDER)?,
        held: claim(RUN, &run).map_err(EngineError::from)?,
        cache: features(models),
        runtime: models.runtime(),
        threads: models.threads(),
        seed: 1,
    };
    let learnt = train_classifier(task, &request, &context.progress, context.cancel.flag());
    Ok(came_of(learnt, context)?.map(|_| bundle))
}

/// The catalog's rows of the world's table: with names and boxes, without kinds and sides, which are to be told.
fn catalog_part(place: &Place) -> anyhow::Result<String> {
    let path = place.path(WORLD).join(resight_synth::TABLE_NAME);
    let text = std::fs::read_to_string(&path).map_err(|error| EngineError::file("read", &path, error))?;
    let kept = |(number, line): &(usize, &str)| *number == 0 || line.ends_with(",catalog,false");
    // Neither of the columns before `encounter` has a comma in its cells.
    let without = |line: &str| {
        let cells: Vec<&str> = line.splitn(6, ',').collect();
        match cells[..] {
            [image_id, path, identity, _, _, rest] => format!("{image_id},{path},{identity},{rest}\n"),
            _ => String::new(),
        }
    };
    Ok(text.lines().enumerate().filter(kept).map(|(_, line)| without(line)).collect())
}

fn open_catalog(place: &Place, models: Models, classifiers: Vec<String>) -> Result<Session, EngineError> {
    let catalog = place.catalog();
    if is_catalog(&catalog) {
        return Ok(Session::new(catalog, models));
    }
    let request = InitRequest {
        detector: format!("objects:{DEFAULT_DETECTOR}"),
        classifiers,
        least_pixels: 10,
        policy: Policy { new_rate: NEW_RATE, ..Policy::default() },
        ..InitRequest::default()
    };
    Session::create(catalog, models, &request)
}

/// Each animal that is there, with the answer whose box is most around it.
fn met<'a>(asked: &[&'a Row], table: &Table, answers: &'a [Answer]) -> Vec<Met<'a>> {
    let is_new = table.extra_columns.iter().position(|column| column == "is_new");
    let mut is_taken = vec![false; answers.len()];
    let mut all = Vec::new();
    for row in asked {
        let Some(region) = row.boxes.first().map(|given| given.bounds) else { continue };
        let here = |place: &usize| !is_taken[*place] && Path::new(&answers[*place].photo) == row.path;
        let overlap = |place: usize| answers[place].region.map_or(0.0, |found| found.iou(&region));
        let best =
            (0..answers.len()).filter(here).max_by(|one, other| overlap(*one).total_cmp(&overlap(*other)));
        let best = best.filter(|place| overlap(*place) >= SAME);
        if let Some(place) = best {
            is_taken[place] = true;
        }
        let is_new = is_new.and_then(|at| row.extra.get(at)).is_some_and(|cell| cell == "true");
        all.push(Met { row, is_new, region, answer: best.map(|place| &answers[place]) });
    }
    all
}

fn tallies(met: &[Met<'_>]) -> Vec<(&'static str, Tally)> {
    let of = |kind: Option<AnimalKind>| {
        let species = kind.and_then(|kind| resight_core::Species::parse(kind.species()));
        let mut tally = Tally::default();
        for one in met.iter().filter(|one| kind.is_none() || one.row.species == species) {
            count(one, &mut tally);
        }
        (kind.map_or("all", AnimalKind::name), tally)
    };
    AnimalKind::ALL.map(Some).into_iter().chain([None]).map(of).collect()
}

fn count(one: &Met<'_>, tally: &mut Tally) {
    tally.animals += 1;
    *(if one.is_new { &mut tally.newcomers } else { &mut tally.known }) += 1;
    let Some(answer) = one.answer else { return };
    tally.found += 1;
    if answer.species.is_some() {
        *(if answer.species == one.row.species { &mut tally.kind_right } else { &mut tally.kind_wrong }) += 1;
    }
    if answer.viewpoint.is_some() {
        *(if answer.viewpoint == one.row.viewpoint {
            &mut tally.side_right
        } else {
            &mut tally.side_wrong
        }) += 1;
    }
    match answer.decision.word() {
        "match" if !one.is_new && answer.individual == one.row.identity => tally.named_right += 1,
        "match" => tally.named_wrong += 1,
        "new" if one.is_new => tally.found_new += 1,
        "new" => tally.named_wrong += 1,
        _ => tally.asks += 1,
    }
}

/// What is said of an animal, and whether all of it is right.
fn said(one: &Met<'_>, answer: &Answer) -> (String, Mark) {
    let (is_right, name) = match answer.decision.word() {
        "match" => {
            let name = answer.individual.clone().unwrap_or_default();
            (Some(!one.is_new && Some(&name) == one.row.identity.as_ref()), name)
        }
        "new" => (Some(one.is_new), "new".to_owned()),
        _ => (None, "who?".to_owned()),
    };
    let label = |label: Option<String>| label.unwrap_or_else(|| "?".to_owned());
    let species = label(
        answer.species.as_ref().map(|one| one.as_str().split('_').next().unwrap_or_default().to_owned()),
    );
    let side = label(answer.viewpoint.as_ref().map(ToString::to_string));
    let mark = match is_right {
        Some(true) => Mark::Right,
        Some(false) => Mark::Wrong,
        None => Mark::Asks,
    };
    (format!("{species}, {side}: {name}"), mark)
}

fn sheet(met: &[Met<'_>], answers: &[Answer]) -> FoundSheet {
    let mut photos: BTreeMap<&Path, Vec<&Met<'_>>> = BTreeMap::new();
    for one in met {
        photos.entry(&one.row.path).or_default().push(one);
    }
    let photo = |(path, met): (&Path, Vec<&Met<'_>>)| {
        let mut animals = Vec::new();
        for one in &met {
            let (region, (said, mark)) = match one.answer {
                Some(answer) => (answer.region.unwrap_or(one.region), said(one, answer)),
                None => (one.region, ("not found".to_owned(), Mark::Wrong)),
            };
            animals.push(FoundBox { region, said, mark });
        }
        let is_met =
            |answer: &&Answer| met.iter().any(|one| one.answer.is_some_and(|of| std::ptr::eq(of, *answer)));
        let besides = answers.iter().filter(|answer| Path::new(&answer.photo) == path && !is_met(answer));
        animals.extend(besides.filter_map(|answer| {
            Some(FoundBox { region: answer.region?, said: "no animal".to_owned(), mark: Mark::Wrong })
        }));
        let truth: Vec<&str> = met.iter().filter_map(|one| one.row.identity.as_deref()).collect();
        FoundPhoto { path: path.to_owned(), below: format!("it shows {}", truth.join(", ")), animals }
    };
    FoundSheet {
        title: "An ocean and a savanna: where they are, what they are, who they are".to_owned(),
        subtitle: "green: named rightly; orange: wrong, not found or no animal; blue: a person should look"
            .to_owned(),
        photos: photos.into_iter().take(ON_PICTURE).map(photo).collect(),
    }
}

fn show(tallies: &[(&str, Tally)], photos: usize, besides: usize) -> anyhow::Result<()> {
    let share = |part: usize, of: usize| format!("{part} of {of}");
    let rows = tallies.iter().map(|(name, one)| {
        vec![
            (*name).to_owned(),
            share(one.found, one.animals),
            share(one.kind_right, one.kind_right + one.kind_wrong),
            share(one.side_right, one.side_right + one.side_wrong),
            share(one.named_right, one.known),
            share(one.found_new, one.newcomers),
            one.named_wrong.to_string(),
            one.asks.to_string(),
        ]
    });
    let head = [
        "kind",
        "found",
        "kind right",
        "side right",
        "known, named rightly",
        "newcomers, found new",
        "wrong",
        "asks a person",
    ];
    output::line(output::table(&head, &[1, 2, 3, 4, 5, 6, 7], rows).to_string())?;
    output::line(format!("\n{photos} photos; {besides} boxes without an animal"))?;
    Ok(())
}
