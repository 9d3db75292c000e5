//! Answers that look at the likeliest photos more closely.

use std::path::PathBuf;
use std::sync::Mutex;

use resight_catalog::{Access, BundleSpec, Catalog};
use resight_core::Effort;
use resight_engine::calibrate::{CalibrateRequest, CalibrationReport, PolicyChange};
use resight_engine::evaluate::{EvaluateRequest, Evaluation, evaluate};
use resight_engine::identify::IdentifyRequest;
use resight_engine::reembed::ReembedRequest;
use resight_engine::{CancelToken, DEFAULT_MATCHER, EngineError, Hint, LocalChoice, Progress, Silent, Stage};
use resight_testkit::animals::name;
use resight_testkit::bundles::PROJECTION;

use crate::support::Study;

fn calibrate(
    study: &Study,
    effort: Effort,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> CalibrationReport {
    let request = CalibrateRequest {
        policy: PolicyChange::default(),
        pooling: None,
        unidentified_are_others: None,
        effort,
    };
    study.session().calibrate(&request, progress, cancel).unwrap()
}

/// How many calibrations of thorough answers the catalog keeps.
fn thorough(study: &Study) -> usize {
    let catalog = study.open();
    let records = catalog.calibrations(&catalog.settings().unwrap().bundle.id).unwrap();
    records.iter().filter(|record| record.effort == Effort::Thorough).count()
}

/// Lets the closer look weigh a little, and no other marks anything: these animals are told apart by their looks alone, and what
/// weighs nothing is not looked at.
fn let_it_weigh(study: &Study) {
    let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
    let bundle = catalog.settings().unwrap().bundle.id;
    let mut records = catalog.calibrations(&bundle).unwrap();
    for record in records.iter_mut().filter(|record| record.effort == Effort::Thorough) {
        assert_eq!(record.fusion.local.len(), 3, "{:?}", record.fusion);
        for (bundle, weight) in &mut record.fusion.local {
            *weight = if bundle.name() == DEFAULT_MATCHER { 0.01 } else { 0.0 };
        }
    }
    catalog.replace_calibrations(&bundle, &records).unwrap();
}

/// Stops the work when a stage of this title has come so far; keeps what each stage had to do.
struct StopsAt<'a> {
    title: &'static str,
    cancel: Option<&'a CancelToken>,
    totals: Mutex<Vec<(String, Option<u64>)>>,
}

impl<'a> StopsAt<'a> {
    fn the_look(cancel: Option<&'a CancelToken>) -> Self {
        Self { title: "looking closer", cancel, totals: Mutex::default() }
    }

    /// How many queries were to be looked at.
    fn looked_at(self) -> Option<u64> {
        let totals = self.totals.into_inner().unwrap();
        totals.into_iter().find(|(title, _)| title == self.title).and_then(|(_, total)| total)
    }
}

impl Progress for StopsAt<'_> {
    fn begin(&self, stage: Stage) {
        self.totals.lock().unwrap().push((stage.title, stage.total));
    }

    fn advance(&self, _items: u64) {
        let is_there = self.totals.lock().unwrap().last().is_some_and(|(title, _)| title == self.title);
        if let Some(cancel) = self.cancel.filter(|_| is_there) {
            cancel.cancel();
        }
    }

    fn note(&self, _text: &str) {}

    fn end(&self) {}
}

#[test]
fn thorough_answers_are_calibrated_on_demand_and_look_closer() {
    let study = Study::with_marks(10, 3);
    let photo = study.new_photo(3, 9);
    let asked = IdentifyRequest { effort: Effort::Thorough, ..study.question(&[photo]) };
    let refused = study.session().identify(&asked, &Silent, &CancelToken::default()).unwrap_err();
    assert_eq!(refused.hint(), Some(&Hint::CalibrateThorough), "{refused}");

    let report = calibrate(&study, Effort::Thorough, &Silent, &CancelToken::default());
    assert!(report.slots.iter().any(|slot| slot.effort == Effort::Thorough), "{report:?}");
    let kept = thorough(&study);
    assert!(kept > 0);
    let_it_weigh(&study);
    let page = IdentifyRequest { page: true, ..asked };
    let found = study.ask(&page);
    let answer = &found.answers[0];
    assert_eq!((answer.effort, &*answer.candidates[0].individual), (Effort::Thorough, &*name(3)));
    let matches = |place: usize| answer.candidates[place].evidence.clone().unwrap().matches[DEFAULT_MATCHER];
    assert!(matches(0) > 0, "{:?}", answer.candidates);
    assert!(found.page.unwrap().contains(&format!("by {DEFAULT_MATCHER}")));
    // With less effort as before.
    let normal = study.answer(&study.new_photo(4, 9));
    assert_eq!(normal.effort, Effort::Normal);

    // New animals are put together by a closer look too.
    let photos: Vec<PathBuf> =
        [(50, 1), (50, 2), (51, 1)].map(|(who, meeting)| study.new_photo(who, meeting)).to_vec();
    let asked = IdentifyRequest { effort: Effort::Thorough, ..study.question(&photos) };
    let progress = StopsAt::the_look(None);
    let found = study.session().identify(&asked, &progress, &CancelToken::default()).unwrap();
    assert_eq!((found.newcomers.answers, progress.looked_at()), (3, Some(3)), "{:?}", found.newcomers);
    assert_eq!(found.newcomers.clusters[0].answers, [0, 1], "{:?}", found.newcomers);

    let cancel = CancelToken::default();
    let found = study.session().identify(&asked, &StopsAt::the_look(Some(&cancel)), &cancel).unwrap();
    assert!(found.newcomers.missing.as_ref().is_some_and(|why| why.contains("stopped")), "{found:?}");
    assert_eq!(found.answers.len(), 3, "what was answered is not lost");

    // A calibration of less, and one that is stopped, leave it as it is.
    calibrate(&study, Effort::Normal, &Silent, &CancelToken::default());
    assert_eq!(thorough(&study), kept);
    let cancel = CancelToken::default();
    let stopped = calibrate(&study, Effort::Thorough, &StopsAt::the_look(Some(&cancel)), &cancel);
    assert!(stopped.interrupted);
    assert_eq!(thorough(&study), kept);
    let marks = |wanted: bool| {
        let request = ReembedRequest {
            local_features: Some(if wanted { LocalChoice::Usual } else { LocalChoice::None }),
            ..ReembedRequest::default()
        };
        study.session().reembed(&request, &Silent, &CancelToken::default()).unwrap();
    };
    marks(false);
    calibrate(&study, Effort::Normal, &Silent, &CancelToken::default());
    marks(true);
    assert_eq!(thorough(&study), kept, "marks that rest take nothing with them");

    // What was fitted on other newcomers does not go on serving.
    let request = CalibrateRequest {
        policy: PolicyChange::default(),
        pooling: None,
        unidentified_are_others: Some(true),
        effort: Effort::Normal,
    };
    study.session().calibrate(&request, &Silent, &CancelToken::default()).unwrap();
    assert_eq!(thorough(&study), 0);
}

#[test]
fn features_that_nothing_looks_closer_at_are_compared_and_that_is_said() {
    let study = Study::with_marks(10, 2);
    let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
    let spots: Vec<BundleSpec> =
        catalog.local_features().unwrap().into_iter().filter(|spec| spec.id.name() == "rootsift").collect();
    catalog.use_local_features(&spots, "2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    drop(catalog);
    let report = calibrate(&study, Effort::Thorough, &Silent, &CancelToken::default());
    assert!(report.remark.is_some_and(|remark| remark.contains("nothing looks closer")));
    assert_eq!(thorough(&study), 0);
    let photo = study.new_photo(3, 9);
    let asked = IdentifyRequest { effort: Effort::Thorough, ..study.question(&[photo]) };
    let found = study.ask(&asked);
    assert_eq!(found.answers[0].effort, Effort::Normal);
    assert!(
        found.remarks.iter().any(|remark| remark.message.contains("looks closer")),
        "{:?}",
        found.remarks
    );
}

fn evaluated(
    study: &Study,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Evaluation, EngineError> {
    let request = EvaluateRequest {
        bundle: PROJECTION.to_owned(),
        effort: Effort::Thorough,
        replicates: 20,
        ..EvaluateRequest::of(study.path("study"))
    };
    evaluate(&request, &study.models, progress, cancel)
}

#[test]
fn an_evaluation_that_was_stopped_looks_at_the_rest_alone() {
    let study = Study::with_marks(10, 2);
    let cancel = CancelToken::default();
    let stops = StopsAt::the_look(Some(&cancel));
    let stopped = evaluated(&study, &stops, &cancel).unwrap_err();
    assert!(stopped.to_string().contains("stopped"), "{stopped}");
    assert_eq!(stops.looked_at(), Some(20));

    let goes_on = StopsAt::the_look(None);
    let found = evaluated(&study, &goes_on, &CancelToken::default()).unwrap();
    let left = goes_on.looked_at().unwrap();
    assert!(left > 0 && left < 20, "{left}");
    let again = StopsAt::the_look(None);
    let same = evaluated(&study, &again, &CancelToken::default()).unwrap();
    assert_eq!((again.looked_at(), &same.strict), (Some(0), &found.strict));
    let evidence: Vec<_> = found.alone.iter().filter_map(|one| one.matches_of.as_ref()).collect();
    assert!(evidence.iter().any(|bundle| bundle.name() == DEFAULT_MATCHER), "{evidence:?}");
}
