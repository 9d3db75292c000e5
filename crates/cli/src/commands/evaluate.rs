//! `resight evaluate`: measures how well individuals are told apart on a labelled table.

use std::path::PathBuf;

use resight_core::{Effort, Policy};
use resight_dataset::{ReadOptions, SplitOptions, SplitRule, TimeCut};
use resight_engine::evaluate::{EvaluateRequest, Evaluation, EvidenceRow, METRICS, Summary, evaluate, html};
use resight_engine::{EngineError, LocalChoice};
use resight_eval::{Asking, Hide, Interval, Same};

use super::calibrate::PoolingArg;
use super::effort::EffortArg;
use super::ingest::{EncounterArgs, ReadingArgs, remarks};
use super::init::PriceArgs;
use super::labelled_source::{LabelledArgs, LabelledSource};
use crate::context::Context;
use crate::refusal::InWords as _;
use crate::written::write;
use crate::{exit, output};

/// Measure how well it would work on your photos.
///
/// Every labelled photo asks "who is this?", the others answer. A query never sees its own individual's photos
/// of the same encounter, nor near-duplicates: that is the strict answer, the one to expect with new photos.
/// The optimistic one, with nothing hidden, is printed beside it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight evaluate photos/metadata.csv                               every photo in turn, strict
  resight evaluate photos/metadata.csv --html report.html            with curves, a map and the worst mistakes
  resight evaluate photos/metadata.csv --csv asked.csv               which photos were named wrongly?
  resight evaluate photos/metadata.csv --by encounter                all photos of an encounter asked together
  resight evaluate named/ --kind folder-per-individual               one folder an individual
  resight evaluate my-catalog                                        its named photos, with its bundle and prices
  resight evaluate log.csv --column identity='Whale ID' --same viewpoint
  resight evaluate log.csv --protocol time-cutoff --cut 2024-01-01   earlier photos answer for later ones
  resight evaluate happywhale/train.csv --protocol open-set --json

Exit codes: 0 done, 3 some photos or rows could not be used.")]
pub(crate) struct Args {
    #[command(flatten)]
    source: LabelledArgs,
    /// Write a self-contained page with curves, a map and the worst mistakes
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a table with a line for each photo that asked: the rank of the right individual, and who came first
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write over a file that is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    protocol: ProtocolArgs,
    /// What a query must not see of its own individual: `encounter`, `duplicates`, both, or `none`
    #[arg(long, value_name = "WHAT", value_delimiter = ',', default_value = "encounter,duplicates")]
    hide: Vec<HideArg>,
    #[command(flatten)]
    ranking: RankingArgs,
    /// What is asked at once: each photo, or all photos of an encounter together, as with `identify --encounter`
    #[arg(long, value_enum, value_name = "UNIT", default_value = "photo")]
    by: AskingArg,
    #[command(flatten)]
    prices: PriceArgs,
    /// Seed of splits, folds and intervals: the same numbers on every machine
    #[arg(long, value_name = "N", default_value_t = SplitOptions::DEFAULT_SEED)]
    seed: u64,
    /// Resamplings of the individuals for the intervals
    #[arg(long, value_name = "N", default_value_t = 1000)]
    resamplings: usize,
    #[command(flatten)]
    encounters: EncounterArgs,
    #[command(flatten)]
    reading: ReadingArgs,
}

/// How individuals are ranked; the same for `evaluate` and `submit`.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RankingArgs {
    /// Compare only photos with the same label: `viewpoint`, `species`; an unknown label filters nothing
    #[arg(long, value_name = "LABEL", value_delimiter = ',')]
    pub(crate) same: Vec<SameArg>,
    /// How the photos of an individual become one similarity
    #[arg(long, value_enum, default_value = "best")]
    pub(crate) pooling: PoolingArg,
    /// How much work goes into an answer: `fast` compares embeddings, `normal` marks too, `thorough` looks
    /// closer at the twenty most alike photos, about a second more a photo
    #[arg(long, value_enum, default_value = "normal")]
    pub(crate) effort: EffortArg,
    /// Which local features are compared: names of bundles with commas between them, as `xfeat,rootsift,outline` for fins; `yes` for
    /// those that serve animals of every kind, or of a catalog its own
    #[arg(long, value_name = "NAMES", default_value = "yes")]
    pub(crate) local_features: LocalChoice,
    /// Expected share of photos whose animal is not known, between 0 and 1 [default: 0.1; of a catalog its own]
    #[arg(long, value_name = "SHARE")]
    pub(crate) new_rate: Option<f64>,
    /// What finds the animal where no box is given: `whole-picture`, `mask`, `masks`, or `objects:` and a detector's name
    #[arg(long, value_name = "NAME", default_value = "whole-picture")]
    pub(crate) detector: String,
    /// Bring animals into their own frame before they are compared: `body` straightens flanks by their mask
    #[arg(long, value_name = "NAME")]
    pub(crate) frame: Option<String>,
    /// An animal with fewer pixels on its shorter side is not used
    #[arg(long, value_name = "PIXELS", default_value_t = 32)]
    pub(crate) least_pixels: u32,
    /// Embed every photo anew instead of keeping embeddings for the next run
    #[arg(long)]
    pub(crate) no_cache: bool,
}

impl RankingArgs {
    /// A request with what these arguments say; prices are left as they are.
    pub(crate) fn over(&self, request: EvaluateRequest) -> EvaluateRequest {
        let new_rate = self.new_rate.unwrap_or(request.policy.new_rate);
        EvaluateRequest {
            detector: self.detector.clone(),
            frame: self.frame.clone(),
            least_pixels: self.least_pixels,
            same: self.same(),
            pooling: self.pooling.into(),
            effort: self.effort(),
            local_features: self.local_features.clone(),
            policy: Policy { new_rate, ..request.policy },
            cache: !self.no_cache,
            ..request
        }
    }

    /// How much work goes into an answer: none into local features where there are none.
    pub(crate) fn effort(&self) -> Effort {
        self.local_features.at_most(self.effort.into())
    }

    /// The labels that must be shared.
    pub(crate) fn same(&self) -> Same {
        SameArg::all(&self.same)
    }
}

/// Who asks and who answers.
#[derive(Debug, Clone, clap::Args)]
struct ProtocolArgs {
    /// Who asks and who answers
    #[arg(long, value_enum, default_value = "leave-one-out")]
    protocol: ProtocolArg,
    /// Share of the photos that answer, for closed-set and open-set; that is left for a learner, for disjoint-set
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    train_share: f64,
    /// Share of the photos whose individual only asks, for open-set
    #[arg(long, value_name = "SHARE", default_value_t = 0.1)]
    new_share: f64,
    /// Where time is cut, for time-cutoff: a date, or the share of the photos before it
    #[arg(long, value_name = "DATE|SHARE", default_value = "0.8")]
    cut: String,
    /// A word of the split column that means "answers", where it is none of the usual; several times
    #[arg(long, value_name = "WORD")]
    train_word: Vec<String>,
    /// A word of the split column that means "asks", where it is none of the usual; several times
    #[arg(long, value_name = "WORD")]
    test_word: Vec<String>,
    /// Let the photos of one encounter come to both sides of a split
    #[arg(long)]
    part_encounters: bool,
}

/// What is asked at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AskingArg {
    /// Each photo by itself
    Photo,
    /// The photos of an encounter together
    Encounter,
}

impl From<AskingArg> for Asking {
    fn from(asking: AskingArg) -> Self {
        match asking {
            AskingArg::Photo => Self::Photo,
            AskingArg::Encounter => Self::Encounter,
        }
    }
}

/// The protocols by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ProtocolArg {
    /// Every labelled photo asks in turn, all others answer
    LeaveOneOut,
    /// Every individual that asks is among those that answer
    ClosedSet,
    /// Some individuals that ask are new
    OpenSet,
    /// A share of the individuals is set apart and asked among themselves: those that a learner never saw
    DisjointSet,
    /// Earlier photos answer for later ones
    TimeCutoff,
    /// As a column of the table says (`--column split=NAME` where it is called otherwise)
    SplitColumn,
}

/// What can be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum HideArg {
    /// Photos of the same encounter
    Encounter,
    /// Near-duplicates
    Duplicates,
    /// Nothing
    None,
}

/// The labels that can be asked to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum SameArg {
    /// The side or part of the animal that is seen
    Viewpoint,
    /// The kind of animal
    Species,
}

impl SameArg {
    /// The labels named.
    pub(crate) fn all(named: &[Self]) -> Same {
        Same { viewpoint: named.contains(&Self::Viewpoint), species: named.contains(&Self::Species) }
    }
}

impl ProtocolArgs {
    fn rule(&self) -> anyhow::Result<SplitRule> {
        Ok(match self.protocol {
            ProtocolArg::LeaveOneOut => SplitRule::LeaveOneOut,
            ProtocolArg::ClosedSet => SplitRule::ClosedSet { train_share: self.train_share },
            ProtocolArg::OpenSet => {
                SplitRule::OpenSet { train_share: self.train_share, new_share: self.new_share }
            }
            ProtocolArg::DisjointSet => SplitRule::DisjointSet { test_share: 1.0 - self.train_share },
            ProtocolArg::TimeCutoff => SplitRule::TimeCutoff { cut: self.time_cut()? },
            ProtocolArg::SplitColumn => {
                SplitRule::Column { train: self.train_word.clone(), test: self.test_word.clone() }
            }
        })
    }

    /// A year alone, such as 2019, is a date and no share.
    fn time_cut(&self) -> anyhow::Result<TimeCut> {
        if let Ok(share) = self.cut.parse::<f64>()
            && share < 1.0
        {
            return Ok(TimeCut::Share(share));
        }
        self.cut.parse().map(TimeCut::At).map_err(|_| {
            EngineError::user(format!("neither a date nor a share below 1: `{}`", self.cut))
                .in_words("as in `--cut 2024-01-01` or `--cut 0.8`")
                .into()
        })
    }
}

/// What is to be hidden.
pub(crate) fn hide(words: &[HideArg]) -> Result<Hide, EngineError> {
    if words.contains(&HideArg::None) && words.len() > 1 {
        return Err(EngineError::user("`--hide none` hides nothing: name nothing else with it"));
    }
    Ok(Hide {
        encounter: words.contains(&HideArg::Encounter),
        duplicates: words.contains(&HideArg::Duplicates),
    })
}

impl Args {
    /// The request about this source; a catalog says what the command leaves open.
    fn request(&self, source: &LabelledSource) -> anyhow::Result<EvaluateRequest> {
        let new_rate = self.ranking.new_rate.unwrap_or(source.policy.new_rate);
        let request = EvaluateRequest {
            called: source.given.clone(),
            read: ReadOptions { check_files: false, ..self.reading.options()? },
            rule: self.protocol.rule()?,
            encounter_gap_secs: self.encounters.encounter_gap,
            whole_encounters: !self.protocol.part_encounters,
            hide: hide(&self.hide)?,
            asking: self.by.into(),
            policy: self.prices.over(Policy { new_rate, ..source.policy }),
            seed: self.seed,
            replicates: self.resamplings,
            bundle: source.bundle.clone(),
            ..self.ranking.over(EvaluateRequest::of(source.table.clone()))
        };
        Ok(source.completed(request))
    }
}

/// Runs the command.
pub(crate) fn run(args: &Args, context: &Context) -> anyhow::Result<u8> {
    let source = LabelledSource::open(&args.source, context)?;
    let request = args.request(&source)?;
    let place = |file: &Option<PathBuf>| {
        file.as_ref().map(|file| source.place(file, &request.read, args.force)).transpose()
    };
    let (html_file, csv_file) = (place(&args.html)?, place(&args.csv)?);
    let measured = evaluate(&request, &context.models()?, &context.progress, &context.cancel);
    if context.cancel.is_cancelled() {
        context.note("stopped; what was embedded is kept, and the same command goes on");
        return Ok(exit::INTERRUPTED);
    }
    let evaluation = measured?;
    if let Some(file) = &html_file {
        write(file, html(&evaluation)?.as_bytes())?;
        context.note(format!("page with curves, map and mistakes: {}", file.path().display()));
    }
    if let Some(file) = &csv_file {
        write(file, &evaluation.asked_csv().map_err(EngineError::from)?)?;
        context.note(format!("what was answered to each photo: {}", file.path().display()));
    }
    if context.global.json {
        output::json(&evaluation.summary())?;
    } else {
        show(&evaluation)?;
        remarks("remarks", &evaluation.warnings, context);
        remarks("could not be used, or not as it stands", &evaluation.failures, context);
    }
    Ok(if evaluation.failures.is_empty() { exit::DONE } else { exit::FINISHED_WITH_WARNINGS })
}

fn show(evaluation: &Evaluation) -> anyhow::Result<()> {
    let summary = evaluation.summary();
    let hides = evaluation.hides_something();
    output::line(format!(
        "{}, {}{}",
        summary.protocol,
        if hides { format!("hidden: {}", summary.hide) } else { "nothing hidden".to_owned() },
        if summary.same.is_empty() { String::new() } else { format!(", only the same {}", summary.same) },
    ))?;
    output::line(format!("bundle {} with {}", summary.bundle, summary.runtime))?;
    output::line(counts(&summary, evaluation.left_out))?;
    output::line(format!("encounters from: {}", summary.encounters))?;
    if let Some(chance) = summary.chance {
        output::line(format!("by chance: map@5 {:.3}, top1 {:.3}", chance.map5, chance.top1))?;
    }
    if let Some(why) = &summary.withheld {
        output::line(format!("\nno {}figures: {why}", if hides { "strict " } else { "" }))?;
        if summary.optimistic.metrics.is_empty() {
            return Ok(());
        }
    }
    output::line("")?;
    let mut head = vec!["metric", if hides { "strict" } else { "value" }, "95 % interval"];
    let mut right = vec![1, 2];
    if hides {
        head.extend(["optimistic", "95 % interval"]);
        right.extend([3, 4]);
    }
    let rows = METRICS.iter().filter_map(|(name, _)| row(&summary, name, hides));
    output::line(output::table(&head, &right, rows).to_string())?;
    if !summary.evidence.is_empty() {
        let row = |one: &EvidenceRow| {
            let [top1, of_top1] = value_and_interval(Some(&one.top1));
            let gained = &one.gained_together;
            let together = format!("{:+.3} ({:+.3} to {:+.3})", gained.value, gained.low, gained.high);
            let name =
                if one.name == "embedding" { one.name.clone() } else { format!("marks ({})", one.name) };
            vec![name, top1, of_top1, format!("{:.3}", one.map5.value), together]
        };
        let head = ["evidence by itself", "top1", "95 % interval", "map@5", "gained by all together"];
        output::line(format!("\n{}", output::table(&head, &[1, 3, 4], summary.evidence.iter().map(row))))?;
    }
    if let Some(price) = summary.metrics.get("price") {
        output::line(format!(
            "\nat your prices the answers to 100 questions cost {:.1} ({:.1} to {:.1}); always asking costs {:.1}",
            price.value,
            price.low,
            price.high,
            100.0 * summary.policy.price_ask
        ))?;
    }
    if let Some(reason) = &summary.uncalibrated_reason {
        output::line(format!(
            "\n{} of {} queries have no calibrated probability ({reason}): for them \"new\" is never guessed",
            summary.n_uncalibrated, summary.n_queries
        ))?;
    }
    Ok(())
}

fn counts(summary: &Summary, left_out: usize) -> String {
    let mut text = format!(
        "{} photos of {} individuals, {} {}, {} with a right answer left",
        summary.n_photos,
        summary.n_individuals,
        summary.n_queries,
        if summary.asking == Asking::Encounter { "encounters ask" } else { "queries" },
        summary.n_answerable
    );
    if summary.optimistic.n_answerable != summary.n_answerable {
        text.push_str(&format!(" ({} with nothing hidden)", summary.optimistic.n_answerable));
    }
    if summary.n_unidentified > 0 {
        text.push_str(&format!("; {} rows without an identity are not used", summary.n_unidentified));
    }
    if left_out > 0 {
        text.push_str(&format!("; {left_out} are left out by the protocol"));
    }
    text
}

/// A row of the table for people; none where the metric has no value in either view.
fn row(summary: &Summary, name: &str, hides: bool) -> Option<Vec<String>> {
    let (strict, optimistic) = (summary.metrics.get(name), summary.optimistic.metrics.get(name));
    strict.or(optimistic.filter(|_| hides))?;
    let mut cells = vec![name.to_owned()];
    cells.extend(value_and_interval(strict));
    if hides {
        cells.extend(value_and_interval(optimistic));
    }
    Some(cells)
}

fn value_and_interval(interval: Option<&Interval>) -> [String; 2] {
    interval.map_or_else(
        || ["–".to_owned(), String::new()],
        |found| [format!("{:.3}", found.value), format!("{:.3} to {:.3}", found.low, found.high)],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_hidden_only_by_itself() {
        assert_eq!(hide(&[HideArg::None]).expect("alone"), Hide::NOTHING);
        assert_eq!(hide(&[HideArg::Encounter, HideArg::Duplicates]).expect("both"), Hide::STRICT);
        assert!(hide(&[HideArg::None, HideArg::Encounter]).is_err());
    }

    #[test]
    fn a_cut_is_a_share_or_a_date() {
        let cut = |text: &str| {
            ProtocolArgs {
                protocol: ProtocolArg::TimeCutoff,
                train_share: 0.8,
                new_share: 0.1,
                cut: text.to_owned(),
                train_word: Vec::new(),
                test_word: Vec::new(),
                part_encounters: false,
            }
            .time_cut()
        };
        assert_eq!(cut("0.7").expect("a share"), TimeCut::Share(0.7));
        assert!(matches!(cut("2024-05-31"), Ok(TimeCut::At(_))));
        assert!(cut("soon").is_err());
    }
}
