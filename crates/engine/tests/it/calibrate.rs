//! What a similarity is worth is learned, and the prices decide.

use resight_catalog::{Access, Catalog};
use resight_core::{Decision, Effort, LearntPart, LearntPhoto, LearntRecord, PhotoId, Pooling};
use resight_engine::calibrate::{CalibrateRequest, CalibrationReport, PolicyChange};
use resight_engine::reembed::{OtherBundles, ReembedRequest};
use resight_engine::{CancelToken, EngineError, Hint, Silent};
use resight_testkit::animals::{name, write_photo};
use resight_testkit::bundles::projection_bundle;

use crate::support::Study;

fn recalibrate(study: &Study, policy: PolicyChange) -> Result<CalibrationReport, EngineError> {
    let request =
        CalibrateRequest { policy, pooling: None, unidentified_are_others: None, effort: Effort::default() };
    study.session().calibrate(&request, &Silent, &CancelToken::default())
}

#[test]
fn ingest_calibrates_where_there_is_enough() {
    let study = Study::new(12, 3);
    let report = study.calibration();
    assert!(report.calibrated);
    let widest = report.slots.iter().find(|slot| slot.slot == "all").unwrap();
    assert_eq!((widest.photos, widest.individuals, widest.answerable), (36, 12, 36));
    assert!(widest.loss.unwrap() > 0.0 && widest.missing.is_none());
}

#[test]
fn one_encounter_each_teaches_nothing() {
    let study = Study::empty();
    let mut table = "path,identity,encounter\n".to_owned();
    for individual in 0..12 {
        for photo in 0..4 {
            write_photo(&study.path("burst"), individual, photo).unwrap();
            let name = name(individual);
            table.push_str(&format!("{name}_{photo}.jpg,{name},{name}\n"));
        }
    }
    std::fs::write(study.path("burst/metadata.csv"), table).unwrap();
    let report = study.ingest(&study.path("burst/metadata.csv")).calibration.unwrap();
    assert!(!report.calibrated, "48 photos, but each animal was met only once");
    let widest = report.slots.iter().find(|slot| slot.slot == "all").unwrap();
    assert_eq!((widest.photos, widest.answerable), (48, 0));
    assert!(widest.missing.as_ref().unwrap().contains("too little to calibrate on"));
    assert_eq!(study.answer(&study.new_photo(0, 40)).decision.word(), "ask");
}

#[test]
fn expecting_more_newcomers_makes_new_likelier() {
    let study = Study::new(12, 3);
    let asked = study.new_photo(3, 40);
    let mut before = 0.0;
    for new_rate in [0.02, 0.2, 0.6] {
        let policy = PolicyChange { new_rate: Some(new_rate), ..PolicyChange::default() };
        recalibrate(&study, policy).unwrap();
        let new = study.answer(&asked).new_probability.unwrap();
        assert!(new > before, "{new_rate}: {new} after {before}");
        before = new;
    }
}

#[test]
fn a_dear_false_match_makes_the_program_ask() {
    let study = Study::new(12, 3);
    let asked: Vec<_> = (0..12).map(|individual| study.new_photo(individual, 40)).collect();
    let matches = || {
        let answers = study.ask(&study.question(&asked)).answers;
        answers.iter().filter(|answer| matches!(answer.decision, Decision::Match(_))).count()
    };
    let at_equal_prices = matches();
    let dear = PolicyChange { price_false_match: Some(1e9), ..PolicyChange::default() };
    assert_eq!(recalibrate(&study, dear).unwrap().policy.price_false_match, 1e9);
    assert!(at_equal_prices >= 10 && matches() == 0);
}

#[test]
fn prices_out_of_range_change_nothing() {
    let study = Study::new(2, 2);
    let before = study.open().settings().unwrap().policy;
    for wrong in [
        PolicyChange { new_rate: Some(1.0), ..PolicyChange::default() },
        PolicyChange { price_ask: Some(-1.0), ..PolicyChange::default() },
        PolicyChange { price_false_new: Some(f64::NAN), ..PolicyChange::default() },
    ] {
        assert!(recalibrate(&study, wrong).is_err());
    }
    assert_eq!(study.open().settings().unwrap().policy, before);
}

#[test]
fn a_pooling_is_kept_and_calibrated_for() {
    let study = Study::new(12, 3);
    let request = CalibrateRequest {
        policy: PolicyChange::default(),
        pooling: Some(Pooling::Mean),
        unidentified_are_others: None,
        effort: Effort::default(),
    };
    let report = study.session().calibrate(&request, &Silent, &CancelToken::default()).unwrap();
    assert!(report.calibrated);
    assert_eq!(study.open().settings().unwrap().pooling, Pooling::Mean);
    let loss = |report: &CalibrationReport| report.slots.iter().find(|slot| slot.slot == "all").unwrap().loss;
    assert_ne!(loss(&report), loss(study.calibration()));
}

/// Says that the bundle of the catalog learnt the first so many photos of its gallery, by bytes or by look.
fn learnt(study: &Study, photos: usize, by_look: bool) -> LearntRecord {
    let catalog = study.open();
    let gallery = catalog.gallery(&catalog.settings().unwrap().bundle.id).unwrap();
    let one = |(row, number): (&resight_catalog::GalleryRow, u8)| LearntPhoto {
        photo: if by_look { PhotoId([number; 32]) } else { row.photo },
        individual: u32::from(number),
        part: LearntPart::Train,
        look: if by_look { row.perceptual_hash.map(|look| look ^ 0b1001) } else { None },
    };
    LearntRecord::new(gallery.rows.iter().zip(0..).take(photos).map(one))
}

#[test]
fn what_the_bundle_learnt_is_known_by_bytes_and_by_look() {
    for by_look in [false, true] {
        let study = Study::new(12, 3);
        assert_eq!(study.calibration().learnt.photos, 0);
        let record = learnt(&study, 6, by_look);
        let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
        let bundle = catalog.settings().unwrap().bundle.id;
        catalog.keep_learnt(&bundle, &record).unwrap();
        drop(catalog);
        let report = recalibrate(&study, PolicyChange::default()).unwrap();
        assert_eq!(report.learnt.identified, 36);
        assert!(report.learnt.photos >= 6 && report.learnt.photos < 36, "{:?}", report.learnt);
        assert!(report.learnt.individuals >= 2, "{:?}", report.learnt);
        let widest = report.slots.iter().find(|slot| slot.slot == "all").unwrap();
        assert_eq!(widest.photos as usize, 36 - report.learnt.photos, "learnt photos are no evidence");
        let advice = study.session().status().unwrap().advice;
        assert!(advice.iter().any(|said| said.what.contains("identified photos were learnt")), "{advice:?}");
        assert!(advice.iter().all(|said| said.hint != Some(Hint::Calibrate)), "{advice:?}");
    }
}

#[test]
fn a_catalog_keeps_the_record_of_the_bundle_it_goes_over_to() {
    let study = Study::new(4, 2);
    let record = learnt(&study, 3, false);
    let trained = projection_bundle().with_learnt(record.clone()).unwrap();
    trained.write(&study.path("run/bundle")).unwrap();
    let path = study.path("run").display().to_string();
    let request = ReembedRequest { bundle: Some(path), others: OtherBundles::Keep, local_features: None };
    let report = study.session().reembed(&request, &Silent, &CancelToken::default()).unwrap();
    assert_eq!(report.calibration.unwrap().learnt.photos, 3);
    let catalog = study.open();
    assert_eq!(catalog.learnt(&catalog.settings().unwrap().bundle.id).unwrap(), record);
    let kept = study.models.bundle(trained.id().as_str()).unwrap();
    assert_eq!(*kept.learnt(), record, "the store keeps it too");
}

#[test]
fn whoever_is_known_to_be_nobody_of_the_catalog_stands_for_newcomers() {
    let study = Study::new(3, 12);
    let reason = |report: &CalibrationReport| {
        report.slots.iter().find(|slot| slot.slot == "all").unwrap().missing.clone()
    };
    assert!(reason(&recalibrate(&study, PolicyChange::default()).unwrap()).is_some(), "three animals only");
    let mut table = "path,encounter\n".to_owned();
    for other in 100..112 {
        write_photo(&study.path("others"), other, 0).unwrap();
        table.push_str(&format!("{}_0.jpg,{other}\n", name(other)));
    }
    std::fs::write(study.path("others/metadata.csv"), table).unwrap();
    study.ingest(&study.path("others/metadata.csv"));
    let request = CalibrateRequest {
        policy: PolicyChange::default(),
        pooling: None,
        unidentified_are_others: Some(true),
        effort: Effort::default(),
    };
    let report = study.session().calibrate(&request, &Silent, &CancelToken::default()).unwrap();
    let widest = report.slots.iter().find(|slot| slot.slot == "all").unwrap();
    assert_eq!(
        (widest.photos, widest.individuals),
        (36, 3),
        "the nameless are no individuals of the catalog"
    );
    assert_eq!(widest.missing, None, "twelve strangers and three animals are enough");
    assert!(study.open().settings().unwrap().unidentified_are_others);
}
