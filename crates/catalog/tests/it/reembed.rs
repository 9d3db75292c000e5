//! Changing the bundle, and calibrations.

use resight_catalog::{BundleSpec, CalibrationRecord, CatalogError, FittedOn, NewEmbedding};
use resight_core::{
    BundleId, Calibration, CalibrationCase, Distance, Effort, FitOptions, Fusion, LearntPart, LearntPhoto,
    LearntRecord, PhotoId, RankedSimilarities, Same, Similarity, Slot, Species, Viewpoint,
};

use crate::support::{TempCatalog, at, bundle, photo, spec};

fn other() -> BundleSpec {
    BundleSpec { id: BundleId::new("other", &[9; 32]).unwrap(), dimension: 3, distance: Distance::Cosine }
}

#[test]
fn the_new_bundle_serves_only_when_it_is_complete() {
    let (mut temp, _) = TempCatalog::with(&["Luna", "Moby", ""]);
    temp.catalog.add_bundle(&other(), at(5)).unwrap();
    temp.catalog.add_bundle(&other(), at(6)).unwrap();
    let missing = temp.catalog.missing_embeddings(&other().id, None, 2).unwrap();
    assert_eq!(missing.len(), 2);
    let made: Vec<_> =
        missing.iter().map(|m| (m.annotation, NewEmbedding::Values(vec![1.0, 0.0, 0.0]))).collect();
    temp.catalog.store_embeddings(&other().id, &made).unwrap();
    let early = temp.catalog.switch_bundle(&other().id).unwrap_err();
    assert!(matches!(early, CatalogError::BundleIncomplete { missing: 1, .. }), "{early}");
    assert_eq!(temp.catalog.settings().unwrap().bundle, spec());

    let rest = temp.catalog.missing_embeddings(&other().id, Some(missing[1].annotation), 9).unwrap();
    temp.catalog
        .store_embeddings(&other().id, &[(rest[0].annotation, NewEmbedding::Values(vec![0.0, 1.0, 0.0]))])
        .unwrap();
    temp.catalog.switch_bundle(&other().id).unwrap();
    assert_eq!(temp.catalog.settings().unwrap().bundle, other());
    assert_eq!(temp.catalog.embeddings(&other().id).unwrap().n_rows(), 3);
    crate::support::assert_right_embeddings(&temp.catalog);
    temp.assert_sound();

    assert!(matches!(temp.catalog.drop_bundle(&other().id), Err(CatalogError::BundleInUse(_))));
    temp.catalog.drop_bundle(&bundle()).unwrap();
    assert!(matches!(temp.catalog.gallery(&bundle()), Err(CatalogError::NoSuchBundle(_))));
    assert!(!temp.path().join("vectors").join(bundle().as_str()).exists());
    temp.reopen().assert_sound();
}

#[test]
fn local_features_serve_beside_the_embeddings() {
    let (mut temp, ids) = TempCatalog::with(&["Luna", "Moby"]);
    assert_eq!(temp.catalog.local_features().unwrap(), []);
    temp.catalog.use_local_features(&[other()], at(5)).unwrap();
    let made: Vec<_> = ids.iter().map(|id| (*id, NewEmbedding::Values(vec![1.0, 0.0, 0.0]))).collect();
    temp.catalog.store_embeddings(&other().id, &made).unwrap();
    assert_eq!(temp.catalog.local_features().unwrap(), [other()]);
    assert_eq!(temp.catalog.settings().unwrap().bundle, spec());
    // A bundle keeps its purpose, and one that serves does not go.
    assert!(matches!(temp.catalog.add_bundle(&other(), at(6)), Err(CatalogError::BundleDiffers { .. })));
    assert!(matches!(
        temp.catalog.use_local_features(&[spec()], at(6)),
        Err(CatalogError::BundleDiffers { .. })
    ));
    assert!(matches!(temp.catalog.drop_bundle(&other().id), Err(CatalogError::BundleInUse(_))));

    let newer = BundleSpec { id: BundleId::new("newer", &[8; 32]).unwrap(), ..other() };
    temp.catalog.use_local_features(&[other(), newer.clone()], at(7)).unwrap();
    assert_eq!(temp.catalog.local_features().unwrap(), [other(), newer.clone()]);
    temp.catalog.use_local_features(std::slice::from_ref(&newer), at(7)).unwrap();
    assert_eq!(temp.catalog.local_features().unwrap(), [newer]);
    assert_eq!(temp.catalog.count_missing_embeddings(&other().id).unwrap(), 0);
    temp.catalog.use_local_features(&[], at(8)).unwrap();
    assert_eq!(temp.catalog.local_features().unwrap(), []);
    temp.catalog.drop_bundle(&other().id).unwrap();
    assert_eq!(temp.catalog.settings().unwrap().bundle, spec());
    crate::support::assert_right_embeddings(&temp.catalog);
    temp.reopen().assert_sound();
}

#[test]
fn bundles_never_mix() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    let nobody = temp.catalog.store_embeddings(&other().id, &[]).unwrap_err();
    assert!(matches!(nobody, CatalogError::NoSuchBundle(_)));
    temp.catalog.add_bundle(&other(), at(5)).unwrap();
    let changed = BundleSpec { dimension: 4, ..other() };
    assert!(matches!(temp.catalog.add_bundle(&changed, at(6)), Err(CatalogError::BundleDiffers { .. })));
    let long = temp
        .catalog
        .store_embeddings(&other().id, &[(ids[0], NewEmbedding::Values(vec![0.0; 8]))])
        .unwrap_err();
    assert!(matches!(long, CatalogError::WrongDimension { expected: 3, found: 8, .. }), "{long}");
    temp.catalog.store_embeddings(&other().id, &[(ids[0], NewEmbedding::Values(vec![1.0; 3]))]).unwrap();
    temp.store(&[photo(1, None)]).unwrap();
    assert_eq!(temp.catalog.embeddings(&other().id).unwrap().n_rows(), 1);
    assert_eq!(temp.catalog.embeddings(&bundle()).unwrap().n_rows(), 2);
    crate::support::assert_right_embeddings(&temp.catalog);
}

#[test]
fn an_embedding_that_is_there_is_kept() {
    let (mut temp, ids) = TempCatalog::with(&["Luna"]);
    let again = (ids[0], NewEmbedding::Values(vec![5.0; 8]));
    temp.catalog.store_embeddings(&bundle(), &[again.clone(), again]).unwrap();
    crate::support::assert_right_embeddings(&temp.catalog);
    temp.assert_sound();
}

/// A calibration with numbers that have no short form.
fn fitted() -> Calibration {
    let case = |i: u8| {
        let known = i.is_multiple_of(2);
        let best = if known { 0.6 } else { 0.4 } + f32::from(i % 13) / 70.0;
        let all = [best, 0.35, 0.3 - f32::from(i % 7) / 90.0].map(Similarity);
        CalibrationCase {
            ranked: RankedSimilarities::from_sorted(&all),
            truth: known.then_some(0),
            weight: 1.0,
        }
    };
    let cases: Vec<CalibrationCase> = (0..120).map(case).collect();
    Calibration::fit(&cases, FitOptions::default()).unwrap().calibration
}

#[test]
fn a_calibration_of_another_version_counts_as_missing() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    let record = CalibrationRecord {
        slot: Slot::default(),
        effort: Effort::Normal,
        fusion: Fusion::embedding_alone(),
        outcome: Ok(fitted()),
        fitted_on: FittedOn::default(),
        fitted_at: at(7),
    };
    temp.catalog.replace_calibrations(&bundle(), &[record]).unwrap();
    let outsider = rusqlite::Connection::open(temp.path().join("catalog.sqlite")).unwrap();
    outsider.execute_batch("UPDATE calibration SET calibration = '{\"curve\": [1, 2]}'").unwrap();
    let read = temp.catalog.calibrations(&bundle()).unwrap();
    assert!(read[0].outcome.as_ref().unwrap_err().contains("another version"));
}

#[test]
fn calibrations_are_kept_by_slot_with_the_reason_where_there_is_none() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    let calibration = fitted();
    let fitted_on = FittedOn {
        annotations: 70,
        individuals: 12,
        hidden: "encounter,duplicates".into(),
        ..FittedOn::default()
    };
    let record = |slot, outcome| CalibrationRecord {
        slot,
        effort: Effort::Fast,
        fusion: Fusion::embedding_alone(),
        outcome,
        fitted_on: fitted_on.clone(),
        fitted_at: at(7),
    };
    let left = Slot {
        same: Same { species: true, viewpoint: true },
        species: Species::parse("lion"),
        viewpoint: Viewpoint::parse("left"),
    };
    let with_local = CalibrationRecord {
        effort: Effort::Normal,
        fusion: Fusion { embedding: 2.5, local: [(other().id, 0.75)].into() },
        ..record(Slot::default(), Ok(calibration.clone()))
    };
    let records =
        [record(Slot::default(), Ok(calibration)), record(left, Err("too few".to_owned())), with_local];
    temp.catalog.replace_calibrations(&bundle(), &records[1..]).unwrap();
    temp.catalog.replace_calibrations(&bundle(), &records).unwrap();
    assert_eq!(temp.catalog.calibrations(&bundle()).unwrap(), records);
    assert_eq!(temp.catalog.stats().unwrap().bundles[0].calibrated_slots, 2);
    temp.assert_sound();
}

#[test]
fn what_a_bundle_has_learnt_stays_with_it_and_goes_with_it() {
    let (mut temp, _) = TempCatalog::with(&["Luna"]);
    let learnt = |number: u8| {
        let photo = PhotoId([number; 32]);
        LearntRecord::new([LearntPhoto { photo, individual: 0, part: LearntPart::Train, look: Some(9) }])
    };
    assert!(temp.catalog.learnt(&bundle()).unwrap().is_empty());
    temp.catalog.add_bundle(&other(), at(5)).unwrap();
    temp.catalog.keep_learnt(&other().id, &learnt(1)).unwrap();
    temp.catalog.keep_learnt(&other().id, &LearntRecord::default()).unwrap();
    let mut temp = temp.reopen();
    assert_eq!(temp.catalog.learnt(&other().id).unwrap(), learnt(1), "nothing is forgotten");
    temp.catalog.keep_learnt(&other().id, &learnt(2)).unwrap();
    assert_eq!(temp.catalog.learnt(&other().id).unwrap().n_learnt_photos(), 2);
    assert!(temp.catalog.learnt(&bundle()).unwrap().is_empty());

    temp.catalog.drop_bundle(&other().id).unwrap();
    assert!(matches!(temp.catalog.learnt(&other().id), Err(CatalogError::NoSuchBundle(_))));
    assert!(temp.catalog.keep_learnt(&other().id, &learnt(2)).is_err());
    temp.assert_sound();
}

#[test]
fn a_record_that_cannot_be_read_is_told_and_not_taken_for_none() {
    let (temp, _) = TempCatalog::with(&["Luna"]);
    let database = temp.path().join("catalog.sqlite");
    let connection = rusqlite::Connection::open(database).unwrap();
    connection.execute("UPDATE bundle SET learnt = x'00'", []).unwrap();
    let error = temp.catalog.learnt(&bundle()).unwrap_err();
    assert!(matches!(error, CatalogError::Corrupt(_)), "{error}");
    let found = temp.catalog.verify().unwrap().problems;
    assert!(found.iter().any(|problem| problem.to_string().starts_with("record: ")), "{found:?}");
}
