//! `resight calibrate`: learns what a similarity is worth, and when to say "new".

use std::path::PathBuf;

use resight_core::Pooling;
use resight_engine::calibrate::{CalibrateRequest, CalibrationReport, GradeNamed};
use resight_engine::{Effort, Fusion};

use super::effort::EffortArg;
use super::init::PolicyArgs;
use crate::context::Context;
use crate::{exit, output};

/// Learn from the catalog what a similarity is worth, and when to say "new".
///
/// Individuals are hidden in turn, as simulated newcomers; a photo never sees its own individual's photos of
/// the same encounter. Prices and the expected share of newcomers are settings of the catalog.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  resight calibrate whales
  resight calibrate whales --new-rate 0.3                    three in ten animals are expected to be new
  resight calibrate whales --effort thorough                 answers that look closer too: some minutes more
  resight calibrate whales --others yes                      whoever has no name is none of those who have
  resight calibrate whales --price-false-match 5             a wrong name is five times as bad as a false \"new\"")]
pub(crate) struct Args {
    /// The catalog's folder
    catalog: PathBuf,
    #[command(flatten)]
    policy: PolicyArgs,
    /// How the photos of an individual become one similarity
    #[arg(long, value_enum)]
    pooling: Option<PoolingArg>,
    /// Whether photos without a name are known to show none of the named animals: `yes` lets them stand for newcomers, from
    /// now on (serves small catalogs); `no` takes that back
    #[arg(long, value_enum, value_name = "YES|NO")]
    others: Option<YesNo>,
    /// Up to which effort answers are calibrated; those of more keep the calibrations they have
    #[arg(long, value_enum, default_value_t = EffortArg::Normal)]
    effort: EffortArg,
}

/// An answer that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum YesNo {
    /// It is so
    Yes,
    /// It is not
    No,
}

/// The poolings by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum PoolingArg {
    /// The most similar photo speaks for the individual
    Best,
    /// The mean of the three most similar photos
    MeanOfBestThree,
    /// The mean of all photos
    Mean,
}

impl From<PoolingArg> for Pooling {
    fn from(argument: PoolingArg) -> Self {
        match argument {
            PoolingArg::Best => Self::Best,
            PoolingArg::MeanOfBestThree => Self::MeanOfBestThree,
            PoolingArg::Mean => Self::Mean,
        }
    }
}

/// Runs the command.
pub(crate) fn run(args: Args, context: &Context) -> anyhow::Result<u8> {
    let request = CalibrateRequest {
        policy: args.policy.change(),
        pooling: args.pooling.map(Pooling::from),
        unidentified_are_others: args.others.map(|answer| answer == YesNo::Yes),
        effort: args.effort.into(),
    };
    let report = context.session(args.catalog)?.calibrate(&request, &context.progress, &context.cancel)?;
    if context.global.json {
        output::json(&report)?;
    } else {
        show(&report)?;
    }
    if report.interrupted {
        context.note("it was stopped: what stands above is kept, and answers of more effort stay calibrated as they were");
    }
    if let Some(remark) = &report.remark {
        context.note(remark);
    }
    Ok(match report.calibrated {
        _ if report.interrupted => exit::INTERRUPTED,
        true => exit::DONE,
        false => exit::FINISHED_WITH_WARNINGS,
    })
}

/// Shows the calibrations for people.
pub(crate) fn show(report: &CalibrationReport) -> anyhow::Result<()> {
    let policy = &report.policy;
    output::line(format!(
        "calibration of {} (new rate {}, prices: false match {}, false new {}, ask {})",
        report.bundle, policy.new_rate, policy.price_false_match, policy.price_false_new, policy.price_ask
    ))?;
    show_slots(report)?;
    // Those of the networks that slots have for themselves; their prices are the route's.
    report.of_slots.iter().try_for_each(|of_slot| {
        output::line(format!("calibration of {}", of_slot.bundle))?;
        show_slots(of_slot)
    })
}

fn show_slots(report: &CalibrationReport) -> anyhow::Result<()> {
    let rows = report.slots.iter().map(|slot| {
        vec![
            slot.slot.clone(),
            slot.effort.word().to_owned(),
            slot.photos.to_string(),
            slot.individuals.to_string(),
            slot.answerable.to_string(),
            slot.loss.map_or_else(String::new, |loss| format!("{loss:.3}")),
            worth(slot.effort, &slot.fusion),
            remark(slot.leans_on_bundle, slot.missing.as_deref()),
        ]
    });
    let head = ["slot", "effort", "photos", "individuals", "answerable", "loss (nats)", "evidence", "remark"];
    output::line(output::table(&head, &[2, 3, 4, 5], rows).to_string())?;
    if let Some(sentence) = report.learnt.sentence() {
        output::line(sentence)?;
    }
    if let Some(quality) = &report.quality {
        let one = |one: &GradeNamed| format!("{} {} of {}", one.quality, one.named.right, one.named.asked);
        let named: Vec<String> = quality.named.iter().map(one).collect();
        output::line(format!("named rightly by grade of the photo: {}", named.join(", ")))?;
        if let Some(least) = quality.least {
            output::line(format!("photos below {least} are not identifiable: they named hardly anybody"))?;
        }
    }
    Ok(())
}

/// What each evidence is worth, in a few words.
pub(crate) fn worth(effort: Effort, fusion: &Fusion) -> String {
    if effort == Effort::Fast {
        return "embedding".to_owned();
    }
    let local = fusion.local.iter().map(|(bundle, weight)| (format!("marks ({})", bundle.name()), *weight));
    let all: Vec<(String, f64)> = local.chain([("embedding".to_owned(), fusion.embedding)]).collect();
    let (useful, useless): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, weight)| *weight > 0.0);
    let names =
        |list: Vec<(String, f64)>| list.into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
    match useless.len() {
        0 => names(useful),
        1 => format!("{}; {} adds nothing", names(useful), names(useless)),
        _ => format!("{}; {} add nothing", names(useful), names(useless)),
    }
}

/// What is to be said of a calibration, in a few words.
pub(crate) fn remark(leans_on_bundle: bool, missing: Option<&str>) -> String {
    match missing {
        Some(why) => why.to_owned(),
        None if leans_on_bundle => "few animals: leans on the bundle's".to_owned(),
        None => String::new(),
    }
}
