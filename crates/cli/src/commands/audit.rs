//! `resight audit`: looks for names that the photos contradict.

use std::path::PathBuf;

use resight_core::Effort;
use resight_dataset::{AuditOptions, ReadOptions};
use resight_engine::audit::{
    AlteredRow, AskedAltered, Audit, AuditRequest, PhotoRow, audit, mirrored, without_animal,
};
use resight_engine::evaluate::EvaluateRequest;
use resight_eval::SuspectOptions;

use super::evaluate::RankingArgs;
use super::ingest::{EncounterArgs, ReadingArgs, remarks};
use super::labelled_source::{LabelledArgs, LabelledSource};
use crate::context::Context;
use crate::written::write;
use crate::{exit, output};

/// How many findings of one kind are listed for people; `--json` and the page have more.
const LISTED: usize = 40;

/// Look for names that the photos contradict.
///
/// Every labelled photo is compared with all others. Listed are photos that show somebody else, individuals that are one
/// animal, photos of one animal too far from each other, one file under two names; and it is tried whether the background gives
/// animals away, and whether mirrored photos are named as well. Nothing is changed: look at the page, then use
/// `assign`, `merge` and `separate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight audit my-catalog --html audit.html                 with the photos side by side and what they have in common
  resight audit photos/metadata.csv --same viewpoint         compare only photos of one side
  resight audit photos/metadata.csv --detector mask          boxes by the mask network, where the table has none
  resight audit named/ --kind folder-per-individual --json

Exit codes: 0 done, whatever was found; 3 some photos or rows could not be used.")]
pub(crate) struct Args {
    #[command(flatten)]
    source: LabelledArgs,
    /// Write a self-contained page with the photos of wrong and second names side by side
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the page over a file that is there already and is no page of resight's
    #[arg(long, requires = "html")]
    force: bool,
    /// Expected share of wrong names, and of individuals with a second name
    #[arg(long, value_name = "SHARE", default_value_t = SuspectOptions::default().share_wrong)]
    share_wrong: f64,
    /// Least probability of what is listed
    #[arg(long, value_name = "P", default_value_t = SuspectOptions::default().least)]
    least: f64,
    /// Kilometres an hour that no animal keeps up from one photo to the next; a date without a time of day may be any time of
    /// its day
    #[arg(long, value_name = "KM_H", default_value_t = AuditOptions::default().fastest)]
    fastest: f64,
    /// Leave out the trials with altered photos: without their animals, and mirrored
    #[arg(long)]
    no_altered: bool,
    #[command(flatten)]
    ranking: RankingArgs,
    #[command(flatten)]
    encounters: EncounterArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

impl Args {
    fn request(&self, source: &LabelledSource) -> anyhow::Result<AuditRequest> {
        let compared = EvaluateRequest {
            called: source.given.clone(),
            read: ReadOptions { check_files: false, ..self.reading.options()? },
            encounter_gap_secs: self.encounters.encounter_gap,
            ..self.ranking.over(EvaluateRequest {
                bundle: source.bundle.clone(),
                policy: source.policy,
                ..EvaluateRequest::of(source.table.clone())
            })
        };
        Ok(AuditRequest {
            compared: source.completed(compared),
            suspect: SuspectOptions { share_wrong: self.share_wrong, least: self.least },
            fastest: self.fastest,
            ask_altered: !self.no_altered,
            page: self.html.is_some(),
        })
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<u8> {
    let source = LabelledSource::open(&args.source, context)?;
    let request = args.request(&source)?;
    let html_file =
        args.html.as_ref().map(|file| source.place(file, &request.compared.read, args.force)).transpose()?;
    let audited = audit(&request, &context.models()?, &context.progress, &context.cancel);
    if context.cancel.is_cancelled() {
        context.note("stopped; what was embedded is kept, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    let audit = audited?;
    if let (Some(file), Some(page)) = (&html_file, &audit.page) {
        write(file, page.as_bytes())?;
        context.note(format!("page with the photos: {}", file.path().display()));
    }
    if context.global.json {
        output::json(&audit)?;
    } else {
        show(&audit, &request.compared.effort)?;
        remarks("remarks", &audit.warnings, context);
        remarks("could not be used, or not as it stands", &audit.failures, context);
    }
    Ok(if audit.failures.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn show(audit: &Audit, effort: &Effort) -> anyhow::Result<()> {
    output::line(audit.lead())?;
    output::line(audit.verdict())?;
    if *effort == Effort::Fast && audit.wrong_names.is_empty() && audit.uncalibrated < audit.asked {
        output::line("only embeddings were compared: --effort normal compares marks too, and finds more")?;
    }
    let names = audit.wrong_names.iter().map(|one| {
        vec![
            one.photo.shown(),
            one.photo.individual.clone(),
            one.shows.clone(),
            output::percent(one.probability),
            one.like.shown(),
        ]
    });
    listed("photos that show somebody else", &["photo", "named", "shows", "probability", "like"], 3, names)?;
    let animals = audit.one_animal.iter().map(|one| {
        let [first, second] = &one.individuals;
        let pair = one.pairs.first().map(|[left, right]| format!("{} and {}", left.shown(), right.shown()));
        vec![
            first.clone(),
            second.clone(),
            output::percent(one.probability),
            one.pairs.len().to_string(),
            pair.unwrap_or_default(),
        ]
    });
    let head = ["name", "other name", "probability", "pairs of photos", "the most similar"];
    listed("individuals that are one animal", &head, 2, animals)?;
    let journeys = audit.impossible_journeys.iter().map(|one| {
        let [first, second] = &one.photos;
        vec![
            one.individual.clone(),
            first.shown(),
            second.shown(),
            format!("{:.0} km", one.kilometers),
            format!("{:.1} h", one.hours),
        ]
    });
    listed(
        "photos of one individual too far from each other",
        &["individual", "photo", "photo", "apart", "within"],
        3,
        journeys,
    )?;
    let twice = audit.twice_in_one_photo.iter().map(|[first, second]| {
        vec![first.individual.clone(), first.shown(), second.shown(), first.path.display().to_string()]
    });
    listed("one name twice in one photo", &["individual", "box", "box", "file"], 9, twice)?;
    let same = audit.same_photo.iter().map(|group| {
        let names: Vec<&str> = group.iter().map(|photo| &*photo.individual).collect();
        let photos: Vec<String> = group.iter().map(PhotoRow::shown).collect();
        vec![names.join(", "), photos.join(", ")]
    });
    listed("the same photo under several names", &["individuals", "photos"], 9, same)?;
    let species =
        audit.species_conflicts.iter().map(|(name, species)| vec![name.clone(), species.join(", ")]);
    listed("individuals of several species", &["individual", "species"], 9, species)?;
    let boxes = " (boxes come with the table, or by --detector mask)";
    altered("background", &audit.without_animal, without_animal, boxes)?;
    altered("mirror", &audit.mirrored, mirrored, "")
}

fn listed(
    title: &str,
    head: &[&str],
    right: usize,
    rows: impl ExactSizeIterator<Item = Vec<String>>,
) -> anyhow::Result<()> {
    let all = rows.len();
    if all > 0 {
        output::line(format!("\n{title}: {all}"))?;
        output::line(output::table(head, &[right], rows.take(LISTED)).to_string())?;
        if all > LISTED {
            output::line(format!("… and {} more: --json and --html have them", all - LISTED))?;
        }
    }
    Ok(())
}

fn altered(
    name: &str,
    outcome: &Option<AlteredRow>,
    words: fn(&AskedAltered) -> String,
    hint: &str,
) -> anyhow::Result<()> {
    match outcome {
        Some(AlteredRow::Measured(asked)) => output::line(format!("\n{name}: {}", words(asked)))?,
        Some(AlteredRow::NotLookedAt(why)) => output::line(format!("\n{name}: not looked at: {why}{hint}"))?,
        None => {}
    }
    Ok(())
}
