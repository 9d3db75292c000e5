//! What came of a run, for people.

use std::path::Path;

use resight_eval::Interval;
use resight_runs::doctor::Severity;
use resight_train::job::TrainReport;

use crate::context::Context;
use crate::{exit, output};

/// Shows the figures of a run.
pub(super) fn show(report: &TrainReport, run: &Path, context: &Context) -> anyhow::Result<()> {
    for warning in &report.warnings {
        context.note(format!("{}: {}", warning.about, warning.message));
    }
    if context.global.json {
        return output::json(report);
    }
    let end = &report.end;
    output::line(format!(
        "validation: MAP@5 {:.3}, top-1 {:.3} at epoch {} (the trunk as it came: {:.3}, {:.3}); {:.0} s, {}",
        end.validation.map5,
        end.validation.top1,
        end.best_epoch,
        report.untrained.map5,
        report.untrained.top1,
        end.seconds,
        end.reason,
    ))?;
    if let Some(test) = &report.test {
        output::line(format!("test: {} queries, {} individuals\n", test.queries, test.individuals))?;
        let names = ["map@5", "top1", "top5", "map@5_new", "auroc_new_simulated"];
        let rows = names.iter().filter_map(|name| {
            let (learnt, untrained) = (test.learnt.get(*name)?, test.untrained.get(*name)?);
            Some(vec![(*name).to_owned(), shown(untrained), shown(learnt)])
        });
        let rows: Vec<Vec<String>> = rows.collect();
        output::line(match rows.is_empty() {
            true => "no figures: too few individuals have a test photo with a right answer left".to_owned(),
            false => output::table(&["metric", "trunk as it came", "learnt"], &[], rows).to_string(),
        })?;
    }
    if let Some((id, path)) = &report.bundle {
        output::line(format!("\nbundle {id}: {}", path.display()))?;
        context.note(format!("page with all curves: {}", run.join("report.html").display()));
        context.note(format!("use it: resight reembed CATALOG --bundle {}", run.display()));
    }
    Ok(())
}

fn shown(interval: &Interval) -> String {
    format!("{:.3} ({:.3} to {:.3})", interval.value, interval.low, interval.high)
}

pub(super) fn exit_code(report: &TrainReport) -> u8 {
    let alarming = report.findings.iter().any(|finding| finding.severity == Severity::Alarm);
    if alarming || !report.warnings.is_empty() { exit::FINISHED_WITH_WARNINGS } else { exit::DONE }
}
