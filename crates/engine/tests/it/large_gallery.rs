//! Galleries of which an index proposes the photos that are compared.

use std::path::{Path, PathBuf};

use resight_catalog::{Access, Catalog};
use resight_core::{Effort, Fusion};
use resight_engine::calibrate::{CalibrateRequest, PolicyChange};
use resight_engine::identify::Answer;
use resight_engine::verify::VerifyRequest;
use resight_engine::{CancelToken, Session, Silent};

use crate::support::Study;

/// Photos up to which all are compared, so that 84 are many.
const ALL_UP_TO: usize = 20;

fn large(study: &Study) -> Session {
    Session::new(study.catalog(), study.models.clone().comparing_all_up_to(ALL_UP_TO))
}

fn answers(study: &Study, session: &Session, photos: &[PathBuf]) -> Vec<Answer> {
    session.identify(&study.question(photos), &Silent, &CancelToken::default()).unwrap().answers
}

/// Calibrates, and lets marks weigh what is usual: these animals are told apart by their looks alone, and what weighs nothing is
/// not compared.
fn calibrate(study: &Study, session: &Session) {
    let request = CalibrateRequest {
        policy: PolicyChange::default(),
        pooling: None,
        unidentified_are_others: None,
        effort: Effort::default(),
    };
    session.calibrate(&request, &Silent, &CancelToken::default()).unwrap();
    let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
    let bundle = catalog.settings().unwrap().bundle.id;
    let fusion = Fusion::usual(catalog.local_features().unwrap().into_iter().map(|spec| spec.id));
    let mut records = catalog.calibrations(&bundle).unwrap();
    records
        .iter_mut()
        .filter(|record| record.effort == Effort::Normal)
        .for_each(|record| record.fusion = fusion.clone());
    catalog.replace_calibrations(&bundle, &records).unwrap();
}

fn indexes(catalog: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(catalog.join("vectors")).unwrap();
    let mut found: Vec<PathBuf> = folders.map(|folder| folder.unwrap().path().join("rows.index")).collect();
    found.retain(|path| path.is_file());
    found.sort();
    found
}

fn length(path: &Path) -> u64 {
    path.metadata().unwrap().len()
}

fn matched(answers: &[Answer]) -> Vec<Option<usize>> {
    answers.iter().map(|answer| answer.candidate_set.photos_matched).collect()
}

fn named(answers: &[Answer]) -> Vec<Option<&str>> {
    answers.iter().map(|answer| answer.candidates.first().map(|first| first.individual.as_str())).collect()
}

#[test]
fn with_an_index_the_same_animals_are_named() {
    let study = Study::with_marks(42, 2);
    let photos: Vec<PathBuf> = (0..12).map(|at| study.new_photo(at * 3, 9)).collect();
    let session = large(&study);
    // No index is made yet: everything is compared.
    assert!(indexes(&study.catalog()).is_empty());
    assert_eq!(matched(&answers(&study, &session, &photos)), [None; 12]);

    calibrate(&study, &session);
    assert_eq!(indexes(&study.catalog()).len(), 2);
    let listed = answers(&study, &session, &photos);
    // The same catalog, and the same calibration.
    let whole = answers(&study, &study.session(), &photos);
    assert_eq!(matched(&whole), [None; 12]);
    let most = listed.iter().map(|answer| answer.candidate_set.photos_matched.unwrap()).max();
    // 32 individuals are likely, each with two photos, but not all 42.
    assert!(most.is_some_and(|most| most < 84), "{most:?}");
    assert_eq!(named(&listed), named(&whole));
    for (listed, whole) in listed.iter().zip(&whole) {
        let [one, other] = [listed, whole].map(|answer| answer.candidates[0].evidence.clone().unwrap());
        assert!(one.matches.len() == 2 && one.matches.values().any(|count| *count > 0), "{one:?}");
        assert_eq!(one.matches, other.matches);
    }
}

#[test]
fn an_index_grows_with_the_catalog_and_is_made_again_where_it_does_not_fit() {
    let mut study = Study::with_marks(12, 2);
    let photos = [study.new_photo(3, 9)];
    calibrate(&study, &large(&study));
    let [first, second] = &indexes(&study.catalog())[..] else { panic!("two kinds") };
    let before = length(first);

    // Photos that it does not know are compared always.
    study.models = study.models.clone().comparing_all_up_to(ALL_UP_TO);
    let asked = answers(&study, &study.session(), &photos);
    study.ingest(&study.path("asked"));
    assert!(length(first) > before, "ingest brings it up to date");
    let sound = std::fs::read(first).unwrap();

    // Damaged, of other rows, or gone: answers come without it, and the next writer makes it again.
    let of_the_other = std::fs::read(second).unwrap();
    for bytes in [sound[..sound.len() / 2].to_vec(), of_the_other, Vec::new()] {
        std::fs::write(first, &bytes).unwrap();
        let found = answers(&study, &study.session(), &photos);
        assert_eq!((named(&found), matched(&found)), (named(&asked), vec![None]));
        calibrate(&study, &study.session());
        let again = answers(&study, &study.session(), &photos);
        assert!(named(&again) == named(&asked) && matched(&again)[0].is_some());
    }
    std::fs::remove_file(second).unwrap();
    let verified = study
        .session()
        .verify(&VerifyRequest { originals: false }, &Silent, &CancelToken::default())
        .unwrap();
    assert!(verified.sound && verified.leftovers.is_empty(), "{verified:?}");
}
