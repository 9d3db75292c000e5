//! Who is this?

use std::path::PathBuf;

use resight_core::{Decision, LabelFilter, Pooling, Species, UnusableReason, Viewpoint};
use resight_engine::identify::{Answer, AnswerBy, Area, IdentifyRequest};
use resight_engine::{CancelToken, ErrorKind, Silent};
use resight_testkit::animals::{name, write_photo};

use crate::support::Study;

/// Candidates, all others and "new": one of them is the answer.
fn sum(answer: &Answer) -> f64 {
    let candidates: f64 = answer.candidates.iter().filter_map(|candidate| candidate.probability).sum();
    candidates + answer.others_probability.unwrap() + answer.new_probability.unwrap()
}

#[test]
fn known_animals_are_named_and_newcomers_are_new() {
    let study = Study::new(12, 4);
    let asked: Vec<PathBuf> = (0..18).map(|individual| study.new_photo(individual, 40)).collect();
    let found = study.ask(&study.question(&asked));
    assert_eq!(found.answers.len(), 18);
    let mut right = 0;
    for (individual, answer) in (0..).zip(&found.answers) {
        assert!((sum(answer) - 1.0).abs() < 1e-9, "{answer:?}");
        assert_eq!(answer.candidate_set.individuals, 12);
        let expected = if individual < 12 { Some(name(individual)) } else { None };
        let is_right = match &answer.decision {
            Decision::Match(_) => answer.individual == expected,
            Decision::New => expected.is_none(),
            _ => false,
        };
        right += usize::from(is_right);
        if let Some(expected) = expected {
            assert_eq!(
                answer.candidates[0].individual, expected,
                "the ranking is right even where the decision is not"
            );
            assert!(answer.candidates[0].best_photo.contains(&format!("{expected}_")));
            assert_eq!(answer.candidates[0].photos, 4);
        }
    }
    assert!(right >= 16, "{right} of 18");
}

#[test]
fn without_a_calibration_it_asks_and_still_ranks() {
    let study = Study::new(4, 2);
    let answer = study.answer(&study.new_photo(2, 40));
    assert_eq!(answer.decision.word(), "ask");
    assert_eq!((answer.new_probability, answer.others_probability, answer.individual), (None, None, None));
    assert!(answer.candidates.iter().all(|candidate| candidate.probability.is_none()));
    assert_eq!(answer.candidates[0].individual, name(2));
    assert!(answer.reason.unwrap().contains("too little to calibrate on"));
}

#[test]
fn an_empty_catalog_asks_and_lists_nobody() {
    let study = Study::empty();
    let answer = study.answer(&study.new_photo(2, 40));
    assert_eq!((answer.decision.word(), answer.candidates.len()), ("ask", 0));
    assert_eq!(answer.candidate_set.individuals, 0);
}

#[test]
fn a_photo_of_the_catalog_does_not_answer_for_itself() {
    let study = Study::new(3, 2);
    let asked = &study.sights[0];
    let elsewhere = study.path("copy.jpg");
    std::fs::copy(&asked.path, &elsewhere).unwrap();
    let answer = study.answer(&elsewhere);
    assert_eq!(answer.in_catalog[0].individual, Some(name(0)));
    assert_eq!(answer.candidate_set.photos, 5);
    let own = answer.candidates.iter().find(|candidate| candidate.individual == name(0)).unwrap();
    assert_eq!(own.photos, 1);
    assert!(own.best_photo.ends_with("Ada_1.jpg"), "{}", own.best_photo);
}

#[test]
fn the_photos_of_an_encounter_are_answered_together_and_none_answers_for_another() {
    let study = Study::new(3, 3);
    let of_ada: Vec<PathBuf> = study.sights[..2].iter().map(|sight| sight.path.clone()).collect();
    let request = IdentifyRequest { by: AnswerBy::Encounter, ..study.question(&of_ada) };
    let answers = study.ask(&request).answers;
    let [answer] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((answer.photos.len(), answer.in_catalog.len()), (2, 2));
    let own = answer.candidates.iter().find(|candidate| candidate.individual == name(0)).unwrap();
    assert_eq!(own.photos, 1, "only the third photo of Ada was compared");
    assert!(own.best_photo.ends_with("Ada_2.jpg"));
}

#[test]
fn an_encounter_goes_on_without_the_photos_that_cannot_be_used() {
    let study = Study::new(3, 2);
    let broken = study.path("broken.jpg");
    std::fs::write(&broken, "no photo").unwrap();
    let photos = [broken.clone(), study.new_photo(1, 40)];
    let request = IdentifyRequest { by: AnswerBy::Encounter, ..study.question(&photos) };
    let answer = study.ask(&request).answers.remove(0);
    assert_eq!(answer.candidates[0].individual, name(1));
    assert_eq!(answer.left_out.len(), 1);
    assert!(answer.left_out[0].photo.ends_with("broken.jpg"));
    assert!(answer.reason.unwrap().starts_with("not calibrated"), "the reason to ask is not lost");

    let request = IdentifyRequest { by: AnswerBy::Encounter, ..study.question(&[broken]) };
    let answer = study.ask(&request).answers.remove(0);
    assert!(matches!(answer.decision, Decision::NotIdentifiable(UnusableReason::Undecodable(_))));
}

#[test]
fn photos_that_cannot_be_used_are_not_identifiable_and_say_why() {
    let study = Study::new(2, 2);
    let small = study.path("small.png");
    let pixels = resight_imaging::thumbnail(&resight_testkit::animals::animal(0, 9), 20);
    std::fs::write(&small, resight_imaging::encode_png(&pixels).unwrap()).unwrap();
    let text = study.path("text.jpg");
    std::fs::write(&text, "no photo").unwrap();
    let answers = study.ask(&study.question(&[small, text, study.new_photo(0, 40)])).answers;
    let words: Vec<&str> = answers.iter().map(|answer| answer.decision.word()).collect();
    assert_eq!(words, ["not-identifiable", "not-identifiable", "ask"]);
    assert_eq!(answers[0].reason.as_deref(), Some("too small: 20 pixels on the shorter side, 32 needed"));
    assert!(answers[1].reason.as_deref().unwrap().starts_with("cannot be decoded"));
}

#[test]
fn nobody_is_asked_about_a_photo_that_is_not_there() {
    let study = Study::new(2, 2);
    let missing = study.path("not-there.jpg");
    let found = study.ask(&study.question(&[missing.clone(), study.new_photo(0, 40)]));
    assert_eq!(found.answers.len(), 1);
    assert_eq!(found.not_asked.len(), 1);
    assert!(found.not_asked[0].about.ends_with("not-there.jpg"), "{:?}", found.not_asked);

    let alone = study.question(&[missing]);
    let error = study.session().identify(&alone, &Silent, &CancelToken::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::User);
    assert!(error.to_string().starts_with("there is no such file: "), "{error}");
    assert!(error.to_string().ends_with("not-there.jpg"), "{error}");
}

#[test]
fn filters_narrow_the_candidates_and_a_label_that_is_not_known_filters_nothing() {
    let study = Study::new(4, 2);
    let labels = |species: &str, viewpoint: &str| LabelFilter {
        species: Species::parse(species),
        viewpoint: Viewpoint::parse(viewpoint),
    };
    let asked = [study.new_photo(1, 40)];
    let ask = |request: IdentifyRequest| study.ask(&request).answers.remove(0);

    let left = ask(IdentifyRequest { labels: labels("", "left"), ..study.question(&asked) });
    let names: Vec<&str> = left.candidates.iter().map(|c| c.individual.as_str()).collect();
    assert_eq!(
        (left.candidate_set.individuals, left.candidate_set.filters.clone()),
        (2, vec!["viewpoint=left".to_owned()])
    );
    assert!(!names.contains(&"Bo"), "Bo is only known from the right");

    let lions = ask(IdentifyRequest { labels: labels("lion", ""), ..study.question(&asked) });
    assert_eq!(lions.candidate_set.individuals, 0);

    let far_away = Area::Circle { latitude: 0.0, longitude: 0.0, radius_km: 1.0 };
    let somewhere = ask(IdentifyRequest { area: Some(far_away), ..study.question(&asked) });
    assert_eq!(somewhere.candidate_set.individuals, 4, "no photo says where it was taken");
    assert!(somewhere.candidate_set.filters[0].contains("leaves in 8 photos that do not say"));

    let late = ask(IdentifyRequest { since: Some("2024-05-02".parse().unwrap()), ..study.question(&asked) });
    assert_eq!(late.candidate_set.photos, 4, "one of two meetings each");
}

#[test]
fn poolings_are_selectable() {
    let study = Study::new(3, 4);
    let asked = [study.new_photo(1, 40)];
    let similarity = |pooling| {
        let request = IdentifyRequest { pooling: Some(pooling), ..study.question(&asked) };
        study.ask(&request).answers[0].candidates[0].similarity
    };
    assert!(similarity(Pooling::Best) > similarity(Pooling::MeanOfBestThree));
    assert!(similarity(Pooling::MeanOfBestThree) > similarity(Pooling::Mean));
}

#[test]
fn another_pooling_than_the_calibrated_one_has_no_probabilities() {
    let study = Study::new(12, 3);
    let asked = [study.new_photo(3, 40)];
    let ask = |pooling| {
        let request = IdentifyRequest { pooling: Some(pooling), ..study.question(&asked) };
        study.ask(&request).answers.remove(0)
    };
    assert_eq!(ask(Pooling::Best).decision.word(), "match");
    let mean = ask(Pooling::Mean);
    assert_eq!((mean.decision.word(), mean.new_probability), ("ask", None));
    assert!(mean.reason.unwrap().contains("calibrated for another pooling"));
    assert_eq!(mean.candidates[0].individual, name(3));
}

#[test]
fn nothing_is_stored_unless_asked_for() {
    let study = Study::new(2, 2);
    let asked = [study.new_photo(0, 40), study.new_photo(0, 41)];
    study.ask(&study.question(&asked));
    assert_eq!(study.open().annotations().unwrap().len(), 4);

    let adding =
        IdentifyRequest { add_by: Some("Ada".to_owned()), by: AnswerBy::Encounter, ..study.question(&asked) };
    let answer = study.ask(&adding).answers.remove(0);
    assert_eq!(answer.added.len(), 2);
    let catalog = study.open();
    let stored: Vec<_> = answer.added.iter().map(|id| catalog.annotation(*id).unwrap()).collect();
    assert!(stored.iter().all(|annotation| annotation.individual.is_none()));
    assert_eq!(stored[0].encounter, stored[1].encounter);
    assert!(stored[0].encounter.is_some());
    assert!(catalog.thumbnail(&stored[0].photo).unwrap().is_some());
    drop(catalog);

    let again = study.ask(&adding).answers.remove(0);
    assert_eq!((again.added.len(), again.in_catalog.len()), (0, 2), "they are there already");
    assert_eq!(study.open().annotations().unwrap().len(), 6);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let study = Study::new(12, 3);
    let asked = [study.new_photo(3, 40), study.new_photo(14, 40)];
    let once = study.ask(&study.question(&asked));
    assert_eq!(once, study.ask(&study.question(&asked)));
}

#[test]
fn an_answer_in_json_has_the_keys_that_programs_rely_on() {
    let study = Study::new(12, 3);
    let answer = serde_json::to_value(study.answer(&study.new_photo(3, 40))).unwrap();
    for key in ["photo", "decision", "individual", "new_probability", "candidates", "candidate_set", "bundle"]
    {
        assert!(answer.get(key).is_some(), "{key}");
    }
    for key in ["individual", "probability", "similarity", "photos", "best_photo"] {
        assert!(answer["candidates"][0].get(key).is_some(), "{key}");
    }
    for key in ["individuals", "photos", "filters"] {
        assert!(answer["candidate_set"].get(key).is_some(), "{key}");
    }
    assert!(
        answer.get("photo_id").is_none() && answer["bundle"].as_str().unwrap().starts_with("projection@")
    );
}

#[test]
fn a_stopped_run_stores_nothing() {
    let study = Study::new(2, 2);
    let cancel = CancelToken::default();
    cancel.cancel();
    let asked = [study.new_photo(0, 40)];
    let request =
        IdentifyRequest { add_by: Some("Ada".to_owned()), by: AnswerBy::Encounter, ..study.question(&asked) };
    let found = study.session().identify(&request, &Silent, &cancel).unwrap();
    assert!(found.interrupted && found.answers.is_empty());
    assert_eq!(study.open().annotations().unwrap().len(), 4);
}

#[test]
fn a_missing_bundle_is_an_error_with_the_way_to_get_it() {
    let study = Study::new(2, 2);
    std::fs::remove_dir_all(study.path("home/models")).unwrap();
    let request = study.question(&[write_photo(&study.path("asked"), 0, 40).unwrap().path]);
    let error = study.session().identify(&request, &Silent, &CancelToken::default()).unwrap_err();
    assert!(error.to_string().contains("projection"), "{error}");
    assert!(error.hint().is_some());
}
