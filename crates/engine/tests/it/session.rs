//! One session, many requests, while others write.

use resight_catalog::{Access, Catalog};
use resight_engine::identify::{IdentifyRequest, Subject};
use resight_engine::identity::Verdict;
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
    let request = IdentifyRequest::new(Subject::InMemory { name: "sent.jpg".to_owned(), bytes });
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
