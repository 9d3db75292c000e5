//! `resight models compare`: a table that decides.

use std::path::PathBuf;

use resight_core::Policy;
use resight_dataset::{ReadOptions, SplitOptions};
use resight_engine::compare_models::{CompareRequest, Comparison, compare_models};
use resight_engine::evaluate::EvaluateRequest;
use resight_eval::Interval;

use crate::commands::evaluate::{HideArg, RankingArgs, hide};
use crate::commands::ingest::{EncounterArgs, ReadingArgs, remarks};
use crate::commands::labelled_source::LabelledSource;
use crate::context::Context;
use crate::written::write;
use crate::{exit, output};

/// Compare models on your own labelled photos: which is better by more than chance, and which pays on this machine.
///
/// Every model is asked the same questions, strictly: no photos of the same encounter, no near-duplicates. Two are compared on
/// the questions that both were asked; a model is never asked about what it has learnt.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight models compare photos/metadata.csv --bundle resight-base --bundle miewid
  resight models compare my-catalog --bundle a.resight --bundle b.resight --html models.html
  resight models compare photos/metadata.csv --bundle resight-base --bundle runs/whales --effort normal --json")]
pub(crate) struct Args {
    /// A table (CSV), or a folder with a table or with one folder an individual. Or a catalog: its photos of known
    /// individuals
    table: PathBuf,
    /// A model: a name of `resight models list`, or a path; twice or more
    #[arg(long, value_name = "NAME|PATH", required = true)]
    bundle: Vec<String>,
    /// Write a self-contained page with the table and a drawing
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
    /// What a query must not see of its own individual: `encounter`, `duplicates`, both, or `none`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "encounter,duplicates")]
    hide: Vec<HideArg>,
    #[command(flatten)]
    ranking: RankingArgs,
    /// Seed of the intervals: the same numbers on every machine
    #[arg(long, value_name = "N", default_value_t = SplitOptions::DEFAULT_SEED)]
    seed: u64,
    #[command(flatten)]
    encounters: EncounterArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

impl Args {
    fn request(&self, source: &LabelledSource) -> anyhow::Result<CompareRequest> {
        let new_rate = self.ranking.new_rate.unwrap_or(source.policy.new_rate);
        let questions = EvaluateRequest {
            called: source.given.clone(),
            read: ReadOptions { check_files: false, ..self.reading.options()? },
            encounter_gap_secs: self.encounters.encounter_gap,
            hide: hide(&self.hide)?,
            policy: Policy { new_rate, ..source.policy },
            seed: self.seed,
            ..self.ranking.over(EvaluateRequest::of(source.table.clone()))
        };
        Ok(CompareRequest { questions: source.completed(questions), bundles: self.bundle.clone() })
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<u8> {
    let source = LabelledSource::at(&args.table, None, context)?;
    let request = args.request(&source)?;
    let page = args.html.as_ref().map(|file| source.place(file, &request.questions.read, args.force));
    let page = page.transpose()?;
    let compared = compare_models(&request, &context.models()?, &context.progress, &context.cancel);
    if context.cancel.is_cancelled() {
        context.note("stopped; what was embedded is kept, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    let compared = compared?;
    if let Some(file) = &page {
        write(file, compared.html()?.as_bytes())?;
        context.note(format!("page with the table and a drawing: {}", file.path().display()));
    }
    if context.global.json {
        output::json(&compared)?;
    } else {
        show(&compared)?;
        remarks("remarks", &compared.warnings, context);
        remarks("could not be used, or not as it stands", &compared.failures, context);
    }
    Ok(if compared.failures.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn show(compared: &Comparison) -> anyhow::Result<()> {
    output::line(format!(
        "{}, hidden: {}, effort {}, {} with {} threads",
        compared.protocol,
        compared.hide,
        compared.effort.word(),
        compared.runtime,
        compared.threads
    ))?;
    let rows = compared.models.iter().map(|model| {
        let metric = |name: &str| model.metrics.get(name).map_or_else(String::new, in_words);
        vec![
            model.name.clone(),
            metric("top1"),
            metric("map@5"),
            format!("{:.1}", model.cost.photos_per_second),
            model.cost.memory_bytes.map_or_else(String::new, output::bytes),
            output::bytes(model.cost.size_bytes),
            model.licence.clone(),
        ]
    });
    let heads = ["model", "top1", "map@5", "photos/s", "memory", "size", "licence"];
    output::line(output::table(&heads, &[3, 4, 5], rows).to_string())?;
    let name = |place: usize| compared.models[place].name.clone();
    let rows = compared.pairs.iter().map(|pair| {
        vec![
            format!("{} beside {}", name(pair.models.1), name(pair.models.0)),
            pair.figures.questions.to_string(),
            in_words(&pair.figures.gained_top1),
            pair.better.map_or_else(|| "chance may explain it".to_owned(), name),
        ]
    });
    let heads = ["two of them", "questions", "top1 gained", "better by more than chance"];
    output::line(output::table(&heads, &[1], rows).to_string())?;
    output::line(compared.in_words())?;
    Ok(())
}

/// A value and the interval that holds it in 95 of 100 resamplings of the individuals.
fn in_words(Interval { value, low, high }: &Interval) -> String {
    format!("{value:.3} ({low:.3} to {high:.3})")
}
