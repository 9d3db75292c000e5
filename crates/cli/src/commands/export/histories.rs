//! Capture histories.

use std::path::{Path, PathBuf};

use resight_core::Quality;
use resight_engine::EngineError;
use resight_engine::export::{
    Division, HistoryFormat, HistoryReport, HistoryRequest, IdentificationErrors, OccasionsBy, Rate,
    Selection, SidePolicy, rates_of_evaluation,
};
use resight_files::read_plain_text;

use crate::context::Context;
use crate::refusal::InWords as _;
use crate::{exit, output};

/// The longest table of occasions and the longest evaluation that are read, in bytes.
const MOST_BYTES: u64 = 16 << 20;

/// Seed of the populations that are drawn.
const SEED: u64 = 20_240_531;

/// What capture histories are made of.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Capture histories")]
pub(super) struct HistoryArgs {
    /// How time is divided: day, month, year, or a table with `occasion`, `start`, `end` and perhaps `effort` [default: year]
    #[arg(long, value_name = "DIVISION|FILE")]
    occasions: Option<String>,
    /// Which side counts: left, right, linked (both known), both (told apart, for multimark), any
    #[arg(long, value_enum, value_name = "SIDE")]
    side: Option<SideArg>,
    /// Photos of a lower grade, and without one, do not count: poor, fair, good, excellent
    #[arg(long, value_name = "GRADE", value_parser = grade)]
    least_quality: Option<Quality>,
    /// Animals that are less strongly marked do not count (attribute `distinctiveness`)
    #[arg(long, value_name = "N")]
    least_distinctiveness: Option<u8>,
    /// Two captures of one individual that are nearer than this are one, in days
    #[arg(long, value_name = "DAYS")]
    least_interval: Option<f64>,
    /// Attribute that divides individuals into groups, such as `sex`
    #[arg(long, value_name = "ATTRIBUTE")]
    group_by: Option<String>,
    /// Attributes that are written as covariates
    #[arg(long, value_name = "ATTRIBUTE", value_delimiter = ',')]
    covariates: Vec<String>,
    /// Share of captures that bear another animal's name: 0.01, or with what it may be: 0.01,0.005,0.03
    #[arg(long, value_name = "SHARE", value_parser = rate, requires = "missed_matches")]
    false_matches: Option<Rate>,
    /// Share of captures of known animals that got a new name
    #[arg(long, value_name = "SHARE", value_parser = rate, requires = "false_matches")]
    missed_matches: Option<Rate>,
    /// Both from what `resight evaluate --json` wrote about the catalog
    #[arg(long, value_name = "FILE", conflicts_with_all = ["false_matches", "missed_matches"])]
    errors_of: Option<PathBuf>,
    /// Write over files that are there already
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum SideArg {
    Left,
    Right,
    Linked,
    Both,
    Any,
}

impl From<SideArg> for SidePolicy {
    fn from(side: SideArg) -> Self {
        match side {
            SideArg::Left => Self::Left,
            SideArg::Right => Self::Right,
            SideArg::Linked => Self::Linked,
            SideArg::Both => Self::Both,
            SideArg::Any => Self::Any,
        }
    }
}

fn grade(text: &str) -> Result<Quality, String> {
    Quality::parse(text).ok_or_else(|| "one of junk, poor, fair, good, excellent".to_owned())
}

fn rate(text: &str) -> Result<Rate, String> {
    let numbers: Option<Vec<f64>> =
        text.split(',').map(|number| number.trim().parse().ok().filter(|n| (0.0..1.0).contains(n))).collect();
    match numbers.as_deref() {
        Some([value]) => Ok(Rate::exactly(*value)),
        Some([value, low, high]) if low <= value && value <= high => {
            Ok(Rate { value: *value, low: *low, high: *high })
        }
        _ => Err("a share from 0 to 1, or three: the likeliest, the least, the most".to_owned()),
    }
}

impl HistoryArgs {
    /// A form that is no history does not take these options.
    pub(super) fn refuse_for(&self, format: &str) -> anyhow::Result<()> {
        let is_said = self.occasions.is_some()
            || self.side.is_some()
            || self.least_quality.is_some()
            || self.least_distinctiveness.is_some()
            || self.least_interval.is_some()
            || self.group_by.is_some()
            || !self.covariates.is_empty()
            || self.false_matches.is_some()
            || self.errors_of.is_some()
            || self.force;
        match is_said {
            true => Err(EngineError::user(format!("`{format}` is no form of capture histories"))
                .in_words("leave occasions, sides and what else belongs to histories out, or choose a form such as `--as mark`")
                .into()),
            false => Ok(()),
        }
    }

    fn occasions(&self) -> anyhow::Result<OccasionsBy> {
        Ok(match self.occasions.as_deref() {
            None | Some("year") => OccasionsBy::Time(Division::Year),
            Some("month") => OccasionsBy::Time(Division::Month),
            Some("day") => OccasionsBy::Time(Division::Day),
            Some(file) => {
                let path = PathBuf::from(file);
                let text = text_of(&path).map_err(|error| error.in_words("or `day`, `month`, `year`"))?;
                OccasionsBy::Table { path, text }
            }
        })
    }

    fn errors(&self) -> anyhow::Result<Option<IdentificationErrors>> {
        if let Some(path) = &self.errors_of {
            let rates = rates_of_evaluation(&text_of(path)?).map_err(|reason| {
                let message = format!("not what `evaluate --json` writes ({reason}): {}", path.display());
                EngineError::user(message)
            })?;
            return Ok(Some(rates));
        }
        let both = self.false_matches.zip(self.missed_matches);
        Ok(both.map(|(false_matches, missed_matches)| IdentificationErrors { false_matches, missed_matches }))
    }
}

fn text_of(path: &Path) -> Result<String, EngineError> {
    read_plain_text(path, MOST_BYTES).map_err(|error| EngineError::file("read", path, error))
}

/// Writes them.
pub(super) fn run(
    args: &HistoryArgs,
    format: HistoryFormat,
    (catalog, place): (PathBuf, PathBuf),
    (unconfirmed, dry_run): (bool, bool),
    context: &Context,
) -> anyhow::Result<u8> {
    let sides = args.side.map_or_else(|| format.usual_sides(), Into::into);
    let request = HistoryRequest {
        format,
        place,
        occasions: args.occasions()?,
        selection: Selection {
            sides,
            least_quality: args.least_quality,
            least_distinctiveness: args.least_distinctiveness,
            least_days_between: args.least_interval.unwrap_or(0.0),
            unconfirmed,
            group_by: args.group_by.clone(),
            covariates: args.covariates.clone(),
        },
        errors: args.errors()?,
        force: args.force,
        seed: SEED,
    };
    let report = context.session(catalog)?.export_histories(&request, dry_run)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report, dry_run, context)?;
    }
    Ok(exit::DONE)
}

fn show(report: &HistoryReport, dry_run: bool, context: &Context) -> anyhow::Result<()> {
    let summary = &report.summary;
    output::line(format!(
        "{}{} individuals on {} occasions, {} captures; both sides known of {}",
        if dry_run { "would write " } else { "" },
        summary.individuals,
        report.occasions.len(),
        summary.captures,
        summary.linked
    ))?;
    for (count, why) in report.left_out.in_words() {
        output::line(format!("{count} sightings do not count: {why}"))?;
    }
    match (&report.errors, &report.effect) {
        (None, _) => output::line(
            "how often names are wrong nothing tells: let people compare named photos, or say it with `--errors-of evaluation.json`",
        )?,
        (Some(errors), effect) => {
            let percent = |rate: &Rate| {
                format!("{:.1} % ({:.1} to {:.1})", 100.0 * rate.value, 100.0 * rate.low, 100.0 * rate.high)
            };
            output::line(format!(
                "false matches {}, missed matches {}: {}",
                percent(&errors.rates.false_matches),
                percent(&errors.rates.missed_matches),
                errors.from
            ))?;
            if let Some(effect) = effect {
                let Rate { value, low, high } = effect.abundance_times;
                output::line(format!(
                    "with these an estimate of how many there are comes out {value:.2} times ({low:.2} to {high:.2}) too large"
                ))?;
            }
        }
    }
    for note in &report.notes {
        context.note(note);
    }
    for file in &report.files {
        output::line(file.display().to_string())?;
    }
    Ok(())
}
