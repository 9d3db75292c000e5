//! One session, many requests, while others write.

use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

use resight_catalog::{Access, Catalog};
use resight_engine::identify::{BoxForm, IdentifyRequest, PhotoInMemory, Subject};
use resight_engine::identity::{LabelsSaid, Verdict};
use resight_engine::{CancelToken, Session, Silent};

use crate::support::Study;

fn first(session: &Session, request: &IdentifyRequest) -> String {
    let found = session.identify(request, &Silent, &CancelToken::default()).unwrap();
    found.answers[0].candidates[0].individual.clone()
}

#[test]
fn what_somebody_else_writes_is_in_the_next_answer() {
    let study = Study::new(6, 3);
    let session = study.session();
    let request = study.question(&[study.new_photo(2, 9)]);
    let before = first(&session, &request);
    let rename = |from: &str, to: &str| {
        let verdict = Verdict::Rename { individual: from.to_owned(), name: to.to_owned() };
        study.session().record("Bo", &verdict).unwrap();
    };
    rename(&before, "Stella");
    assert_eq!(first(&session, &request), "Stella");
    // Taken out photo by photo, she answers no more; undone, she does.
    let stella = study.open().find_individual("Stella").unwrap();
    let photos: Vec<String> = study
        .open()
        .annotations_of_individual(stella)
        .unwrap()
        .iter()
        .map(|annotation| annotation.id.to_string())
        .collect();
    study.session().record("Bo", &Verdict::Remove { photos }).unwrap();
    assert_ne!(first(&session, &request), "Stella");
    study.session().record("Bo", &Verdict::Undo { step: None }).unwrap();
    assert_eq!(first(&session, &request), "Stella");
}

#[test]
fn photos_that_an_ingest_brings_answer_in_an_open_session() {
    let study = Study::new(6, 3);
    let session = study.session();
    let photo = study.new_photo(40, 1);
    let request = study.question(&[study.new_photo(40, 2)]);
    assert_ne!(first(&session, &request), "Newcomer");
    let table =
        study.table("asked/more.csv", &["path,identity".to_owned(), format!("{},Newcomer", photo.display())]);
    study.ingest(&table);
    assert_eq!(first(&session, &request), "Newcomer");
}

#[test]
fn several_threads_get_the_answers_that_one_gets() {
    let study = Study::new(6, 3);
    let requests: Vec<IdentifyRequest> =
        (0..6).map(|individual| study.question(&[study.new_photo(individual, 9)])).collect();
    let alone: Vec<_> = requests.iter().map(|request| study.ask(request).answers).collect();
    let session = study.session();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for (request, expected) in requests.iter().zip(&alone) {
                    let found = session.identify(request, &Silent, &CancelToken::default()).unwrap();
                    assert_eq!(&found.answers, expected);
                }
            });
        }
    });
}

#[test]
fn a_photo_in_memory_gets_the_answer_of_its_file() {
    let study = Study::new(6, 3);
    let photo = study.new_photo(3, 9);
    let of_file = study.answer(&photo);
    let bytes = std::fs::read(&photo).unwrap().into();
    let request =
        IdentifyRequest::new(Subject::InMemory(vec![PhotoInMemory { name: "sent.jpg".to_owned(), bytes }]));
    let in_memory = study.ask(&request).answers.remove(0);
    assert_eq!(in_memory.photo, "sent.jpg");
    assert_eq!(in_memory.candidates, of_file.candidates);
    assert_eq!(in_memory.decision, of_file.decision);
    let adding = IdentifyRequest { add_by: Some("Ada".to_owned()), ..request };
    let refused = study.session().identify(&adding, &Silent, &CancelToken::default()).unwrap_err();
    assert!(refused.to_string().contains("no file"), "{refused}");
}

#[test]
fn while_somebody_writes_reading_goes_on_and_storing_is_refused() {
    let study = Study::new(6, 3);
    let session = study.session();
    let request = study.question(&[study.new_photo(2, 9)]);
    let before = first(&session, &request);
    let writer = Catalog::open(&study.catalog(), Access::Write).unwrap();
    assert_eq!(first(&session, &request), before);
    let adding = IdentifyRequest { add_by: Some("Ada".to_owned()), ..request.clone() };
    let refused = session.identify(&adding, &Silent, &CancelToken::default()).unwrap_err();
    assert!(refused.to_string().contains("is being written to"), "{refused}");
    drop(writer);
    session.identify(&adding, &Silent, &CancelToken::default()).unwrap();
    assert_eq!(first(&session, &request), before);
}

#[cfg(unix)]
#[test]
fn another_catalog_in_the_same_place_is_noticed() {
    let (study, other) = (Study::new(6, 3), Study::new(2, 3));
    let session = study.session();
    let request = study.question(&[study.new_photo(4, 9)]);
    let before = first(&session, &request);
    std::fs::remove_dir_all(study.catalog()).unwrap();
    let gone = session.identify(&request, &Silent, &CancelToken::default()).unwrap_err();
    assert!(gone.to_string().contains("no catalog"), "{gone}");
    std::fs::rename(other.catalog(), study.catalog()).unwrap();
    let after = first(&session, &request);
    assert!(before != after && ["Ada", "Bo"].contains(&after.as_str()), "{before}, then {after}");
}

#[test]
fn a_request_that_fails_leaves_no_former_answer_behind() {
    let study = Study::new(6, 3);
    let session = study.session();
    let request = study.question(&[study.new_photo(2, 9)]);
    let before = first(&session, &request);
    // Somebody else writes, and a segment is gone for a while.
    let verdict = Verdict::Rename { individual: before, name: "Stella".to_owned() };
    study.session().record("Bo", &verdict).unwrap();
    let (vectors, aside) = (study.path("catalog/vectors"), study.path("aside"));
    std::fs::rename(&vectors, &aside).unwrap();
    for _ in 0..2 {
        assert!(session.identify(&request, &Silent, &CancelToken::default()).is_err());
    }
    std::fs::rename(&aside, &vectors).unwrap();
    assert_eq!(first(&session, &request), "Stella");
}

#[test]
fn requests_go_on_while_boxes_change_and_segments_are_made_anew() {
    let study = Study::new(6, 3);
    let session = study.session();
    let request = study.question(&[study.new_photo(2, 9)]);
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = || {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                let found = session.identify(&request, &Silent, &CancelToken::default());
                let found = found.unwrap_or_else(|error| panic!("{error}"));
                assert!(!found.answers[0].candidates.is_empty());
            }
        };
        for _ in 0..3 {
            scope.spawn(asking);
        }
        for round in 0..6 {
            let labels = LabelsSaid {
                region: Some((format!("{round},1,60,60"), BoxForm::Xywh)),
                ..LabelsSaid::default()
            };
            let (photos, individuals) = (vec!["ann-1".to_owned()], Vec::new());
            let verdict = Verdict::Label { photos, individuals, labels: Box::new(labels) };
            let said = study.session().relabel("Bo", &verdict, &Silent, &CancelToken::default());
            assert!(said.unwrap().1.is_empty());
            // Of a lost row the sound ones are copied to a new segment, and the old one goes.
            let segment = only_file(&only_file(&study.path("catalog/vectors")));
            let mut file = std::fs::OpenOptions::new().read(true).write(true).open(&segment).unwrap();
            let mut last = [0];
            file.seek(SeekFrom::End(-1)).unwrap();
            file.read_exact(&mut last).unwrap();
            file.seek(SeekFrom::End(-1)).unwrap();
            file.write_all(&[last[0] ^ 1]).unwrap();
            let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
            assert_eq!(catalog.repair_embeddings().unwrap()[0].lost, 1);
        }
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    let problems = study.open().verify().unwrap().problems;
    assert!(problems.iter().all(|one| one.to_string().starts_with("missing-embedding")), "{problems:?}");
}

/// What lies in a folder of one file or folder.
fn only_file(folder: &std::path::Path) -> std::path::PathBuf {
    std::fs::read_dir(folder).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn what_is_written_through_a_session_is_in_its_next_answer() {
    let study = Study::new(6, 3);
    let session = study.session();
    let request = study.question(&[study.new_photo(2, 9)]);
    let before = first(&session, &request);
    let verdict = Verdict::Rename { individual: before, name: "Stella".to_owned() };
    session.record("Bo", &verdict).unwrap();
    assert_eq!(first(&session, &request), "Stella");
    assert_eq!(session.individual("Stella").unwrap().row.name, "Stella");
    session.record("Bo", &Verdict::Undo { step: None }).unwrap();
    assert_ne!(first(&session, &request), "Stella");
    assert!(session.individual("Stella").is_err());
}
