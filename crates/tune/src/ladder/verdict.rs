//! Whether a rung is passed: a pure function of its run's log.

use serde::Serialize;

use super::rung::Rung;
use resight_runs::doctor::{Finding, Severity, all_findings};
use resight_runs::run::log::{EndReason, Record, Score};

/// A validation that is as good as solved passes, whatever the reference line.
const SOLVED: f64 = 0.98;

/// What came of a rung.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RungVerdict {
    /// The rung.
    pub rung: Rung,
    /// Whether the next one may be tried.
    pub passed: bool,
    /// Why not, in words; empty where it passed.
    pub why_not: String,
    /// The best validation.
    pub validation: Score,
    /// The validation with the trunk as it came.
    pub untrained: Score,
    /// Blind guessing.
    pub chance: Score,
    /// The MAP@5 that the rung asks for.
    pub wanted: f64,
    /// Photos learnt from, and classes.
    pub photos: (usize, usize),
    /// Seconds of learning.
    pub seconds: f64,
    /// What the doctor noticed, the worst first.
    pub findings: Vec<Finding>,
}

/// The MAP@5 that a rung asks for over these reference lines: the error of the better one must shrink to a share.
pub fn wanted(rung: Rung, untrained: Score, chance: Score) -> f64 {
    let reference = untrained.map5.max(chance.map5).clamp(0.0, 1.0);
    (1.0 - rung.error_share() * (1.0 - reference)).min(SOLVED)
}

/// Judges the log of a rung; none while the run is not over.
pub fn verdict(rung: Rung, records: &[Record]) -> Option<RungVerdict> {
    let start = records.iter().rev().find_map(|record| match record {
        Record::Start(start) => Some(start),
        _ => None,
    })?;
    let end = match records.iter().rev().find(|record| matches!(record, Record::End(_) | Record::Step(_)))? {
        Record::End(end) => end,
        _ => return None,
    };
    let findings = all_findings(records);
    let wanted = wanted(rung, start.untrained, start.chance);
    let why_not = why_not(&findings, end.reason == EndReason::Diverged, end.validation, wanted);
    Some(RungVerdict {
        rung,
        passed: why_not.is_empty(),
        why_not,
        validation: end.validation,
        untrained: start.untrained,
        chance: start.chance,
        wanted,
        photos: (start.n_photos, start.n_classes),
        seconds: end.seconds,
        findings,
    })
}

/// The doctor's alarm goes before the figure: it says what to do.
fn why_not(findings: &[Finding], diverged: bool, validation: Score, wanted: f64) -> String {
    let told = |finding: &Finding| {
        format!("the doctor: {}. {} {}", finding.ailment.title(), finding.evidence, finding.remedy)
    };
    if let Some(alarm) = findings.iter().find(|finding| finding.severity == Severity::Alarm) {
        return told(alarm);
    }
    if diverged {
        return "the loss is no number any more: lower the rate".to_owned();
    }
    if validation.map5 >= wanted {
        return String::new();
    }
    let too_low = format!("MAP@5 is {:.3}, and {wanted:.3} was wanted", validation.map5);
    match findings.iter().find(|finding| finding.severity == Severity::Warning) {
        Some(warning) => format!("{too_low}; {}", told(warning)),
        None => {
            format!("{too_low}; the doctor sees nothing wrong: perhaps it needs longer, or a higher rate")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resight_runs::doctor::Ailment;
    use resight_runs::run::log::{End, Start, Step};

    fn log(map5: f64, reason: EndReason) -> Vec<Record> {
        let start = Start {
            untrained: Score { map5: 0.5, top1: 0.4 },
            chance: Score { map5: 0.1, top1: 0.05 },
            n_photos: 100,
            n_classes: 20,
            ..Start::default()
        };
        let validation = Score { map5, top1: map5 };
        let end = End { reason, best_epoch: 3, validation, seconds: 9.0 };
        vec![Record::Start(Box::new(start)), Record::Step(Step::default()), Record::End(end)]
    }

    #[test]
    fn the_error_of_the_better_reference_line_must_shrink() {
        let score = |map5| Score { map5, top1: map5 };
        assert!((wanted(Rung::Easy, score(0.5), score(0.1)) - 0.6).abs() < 1e-12);
        assert!((wanted(Rung::Easy, score(0.05), score(0.1)) - 0.28).abs() < 1e-12);
        assert_eq!(wanted(Rung::Easy, score(0.999), score(0.1)), SOLVED);
    }

    #[test]
    fn a_figure_above_the_line_passes_and_one_below_does_not() {
        let good = verdict(Rung::Easy, &log(0.61, EndReason::Done)).unwrap();
        assert!(good.passed && good.why_not.is_empty() && good.photos == (100, 20));
        let poor = verdict(Rung::Easy, &log(0.59, EndReason::Done)).unwrap();
        assert!(!poor.passed && poor.why_not.starts_with("MAP@5 is 0.590, and 0.600"), "{}", poor.why_not);
        assert!(!verdict(Rung::Easy, &log(0.61, EndReason::Diverged)).unwrap().passed);
    }

    #[test]
    fn an_alarm_fails_the_best_of_figures_and_says_what_to_do() {
        let mut records = log(0.99, EndReason::Done);
        records.insert(
            1,
            Record::Finding(Finding {
                ailment: Ailment::Leak,
                severity: Severity::Alarm,
                epoch: 1,
                evidence: "Three encounters are on both sides.".to_owned(),
                remedy: "Divide again.".to_owned(),
                settings: Vec::new(),
                photos: Vec::new(),
            }),
        );
        let verdict = verdict(Rung::Easy, &records).unwrap();
        assert!(
            !verdict.passed && verdict.why_not.contains("leak") && verdict.why_not.contains("Divide again")
        );
    }

    #[test]
    fn a_run_that_is_not_over_has_no_verdict() {
        let mut records = log(0.9, EndReason::Done);
        assert!(verdict(Rung::Easy, &records[..2]).is_none() && verdict(Rung::Easy, &[]).is_none());
        // Taken up again after its end was written.
        records.push(Record::Step(Step { step: 2, ..Step::default() }));
        assert!(verdict(Rung::Easy, &records).is_none());
    }
}
