//! Who is who: verdicts, what they leave in the journal, and the way back.

use resight_core::{AnnotationId, PixelBox};
use resight_engine::identity::{Step, Verdict};
use resight_engine::{AnimalInPhoto, EngineError, Hint};

use crate::support::Study;

fn say(study: &Study, verdict: Verdict) -> Result<Step, EngineError> {
    study.session().record("Ada", &verdict)
}

fn assign(photos: &[&str], individual: &str) -> Verdict {
    Verdict::Assign {
        photos: photos.iter().map(|p| (*p).to_owned()).collect(),
        individual: individual.to_owned(),
    }
}

fn undo(step: Option<&str>) -> Verdict {
    Verdict::Undo { step: step.map(str::to_owned) }
}

/// Who every annotation shows, by name.
fn names(study: &Study) -> Vec<String> {
    let catalog = study.open();
    let name = |id| catalog.individual_name(id).unwrap().unwrap();
    let annotations = catalog.annotations().unwrap();
    annotations.iter().map(|a| a.individual.map_or_else(|| "-".to_owned(), name)).collect()
}

#[test]
fn assign_says_what_changed_and_how_to_take_it_back() {
    let study = Study::new(2, 2);
    let photo = study.sights[0].path.display().to_string();
    let step = say(&study, assign(&[&photo], "Bo")).unwrap();
    assert_eq!((step.action, step.by.as_str(), step.by_kind), ("assign", "Ada", "person"));
    let [moved] = step.photos.as_slice() else { panic!("{step:?}") };
    assert_eq!(moved.photo, photo);
    assert_eq!(moved.before.as_ref().unwrap().name, "Ada");
    assert_eq!(moved.after.as_ref().unwrap().name, "Bo");
    assert_eq!(names(&study), ["Bo", "Ada", "Bo", "Bo"]);

    let back = say(&study, undo(None)).unwrap();
    assert_eq!((back.action, back.undoes), ("undo", Some(step.step)));
    assert_eq!(names(&study), ["Ada", "Ada", "Bo", "Bo"]);
    let shown = study.session().journal_step(&step.step.to_string()).unwrap();
    assert_eq!(shown.undone_by, Some(back.step), "it is not in effect any more");
}

#[test]
fn a_photo_is_found_by_bytes_by_path_by_hash_and_by_annotation() {
    let study = Study::new(2, 2);
    let sight = study.sights[0].path.clone();
    let moved = study.path("moved somewhere else.jpg");
    std::fs::rename(&sight, &moved).unwrap();
    let hash = study.open().annotations().unwrap()[0].photo.to_string();
    let elsewhere = moved.display().to_string();
    let known_path = sight.display().to_string();
    for text in
        [elsewhere.as_str(), known_path.as_str(), &hash, &hash[..8], &hash[..12].to_uppercase(), "ann-1"]
    {
        say(&study, assign(&[text], "Bo")).unwrap();
        assert_eq!(names(&study)[0], "Bo", "{text}");
        say(&study, undo(None)).unwrap();
    }
}

#[test]
fn a_photo_that_is_not_there_is_refused_with_a_way_on() {
    let study = Study::new(2, 2);
    let refusal = |text: &str| {
        let error = say(&study, assign(&[text], "Bo")).unwrap_err();
        (error.to_string(), error.hint().cloned())
    };
    let unknown = study.new_photo(1, 40).display().to_string();
    let (message, hint) = refusal(&unknown);
    assert!(message.starts_with("the catalog does not have this photo"), "{message}");
    assert!(matches!(hint, Some(Hint::TakePhotoIn { former: None, .. })), "{hint:?}");

    std::fs::copy(&unknown, &study.sights[0].path).unwrap();
    let (message, _) = refusal(&study.sights[0].path.display().to_string());
    assert!(message.starts_with("the file has changed since"), "{message}");

    let (message, hint) = refusal("abc");
    assert!(message.starts_with("no such photo"), "{message}");
    assert_eq!(hint, Some(Hint::NamePhoto));
    assert_eq!(refusal("ann-99").0, "no such annotation: ann-99");
    assert_eq!(names(&study), ["Ada", "Ada", "Bo", "Bo"]);
}

#[test]
fn a_photo_of_several_animals_needs_to_be_told_which() {
    let study = Study::empty();
    let photo = study.new_photo(0, 1);
    let table = study.path("two.csv");
    let rows =
        "path,identity,bbox\nasked/Ada_1.jpg,Ada,\"[0, 0, 48, 96]\"\nasked/Ada_1.jpg,,\"[48, 0, 48, 96]\"\n";
    std::fs::write(&table, rows).unwrap();
    assert_eq!(study.ingest(&table).annotations, 2);
    let photo = photo.display().to_string();
    let error = say(&study, assign(&[&photo], "Ada")).unwrap_err();
    assert!(error.to_string().starts_with("the photo shows 2 animals"));
    let animal = |annotation, name: Option<&str>, x| AnimalInPhoto {
        annotation: AnnotationId(annotation),
        name: name.map(str::to_owned),
        region: Some(PixelBox::at(x, 0.0, 48.0, 96.0)),
    };
    let animals = vec![animal(1, Some("Ada"), 0.0), animal(2, None, 48.0)];
    assert_eq!(error.hint(), Some(&Hint::SayWhichAnimal { animals }));
    say(&study, assign(&["ann-2"], "Ada")).unwrap();
    assert_eq!(names(&study), ["Ada", "Ada"]);
}

#[test]
fn a_slip_of_the_keyboard_makes_no_new_individual() {
    let study = Study::new(3, 2);
    let near = say(&study, assign(&["ann-1"], "Bp")).unwrap_err();
    assert_eq!(near.to_string(), "no individual is called `Bp`");
    assert_eq!(near.hint(), Some(&Hint::DidYouMean { near: vec!["Bo".to_owned()] }));
    let unlike = say(&study, assign(&["ann-1"], "Wilhelmina")).unwrap_err();
    assert_eq!(unlike.hint(), Some(&Hint::MakeIndividual { name: "Wilhelmina".to_owned() }));
    assert_eq!(study.session().individuals().unwrap().len(), 3);
}

#[test]
fn new_individuals_come_with_a_name_or_without() {
    let study = Study::new(2, 2);
    let step = say(&study, Verdict::New { photos: vec!["ann-1".to_owned()], name: None }).unwrap();
    assert_eq!(step.individuals[0].individual.name, "new-0001");
    assert_eq!((step.individuals[0].before, step.individuals[0].after), (None, "active"));
    let named = Verdict::New { photos: vec!["ann-2".to_owned()], name: Some("Zoe".to_owned()) };
    say(&study, named).unwrap();
    assert_eq!(names(&study), ["new-0001", "Zoe", "Bo", "Bo"]);
    let taken = Verdict::New { photos: vec!["ann-3".to_owned()], name: Some("Zoe".to_owned()) };
    assert!(matches!(say(&study, taken).unwrap_err().hint(), Some(Hint::OtherNameOrMerge { .. })));
}

#[test]
fn merge_and_separate_and_rename_tell_their_whole_story() {
    let study = Study::new(2, 2);
    let step = say(&study, Verdict::Merge { from: "Bo".to_owned(), into: "Ada".to_owned() }).unwrap();
    let merged = &step.individuals[0];
    assert_eq!((merged.individual.name.as_str(), merged.after), ("Bo", "merged"));
    assert_eq!(merged.merged_into.as_ref().unwrap().name, "Ada");
    assert_eq!(step.photos[0].before.as_ref().unwrap().name, "Bo", "as it was called then");
    assert_eq!(study.session().individual("Bo").unwrap().row.aliases, ["Bo"]);

    let apart = Verdict::Separate { photos: vec!["ann-3".to_owned()], name: Some("Cleo".to_owned()) };
    let step = say(&study, apart).unwrap();
    assert_eq!(step.photos[0].after.as_ref().unwrap().name, "Cleo");
    assert_eq!(names(&study), ["Ada", "Ada", "Cleo", "Ada"]);

    let rename = Verdict::Rename { individual: "Cleo".to_owned(), name: "Cleopatra".to_owned() };
    let step = say(&study, rename).unwrap();
    let roles: Vec<_> =
        step.names.iter().map(|moved| (moved.name.as_str(), moved.after.as_ref().unwrap().role)).collect();
    assert_eq!(roles, [("Cleo", "alias"), ("Cleopatra", "name")]);

    for _ in 0..3 {
        say(&study, undo(None)).unwrap();
    }
    assert_eq!(names(&study), ["Ada", "Ada", "Bo", "Bo"]);
}

#[test]
fn nobody_knows_can_be_said_too() {
    let study = Study::new(2, 2);
    let step = say(&study, Verdict::Unassign { photos: vec!["ann-1".to_owned()] }).unwrap();
    assert_eq!((step.action, step.photos[0].after.clone()), ("unassign", None));
    assert_eq!(names(&study), ["-", "Ada", "Bo", "Bo"]);
}

#[test]
fn undo_says_what_stands_in_the_way() {
    let study = Study::new(2, 2);
    let first = say(&study, Verdict::New { photos: vec!["ann-1".to_owned()], name: None }).unwrap();
    let later = say(&study, assign(&["ann-2"], "new-0001")).unwrap();
    let error = say(&study, undo(Some(&first.step.to_string()))).unwrap_err();
    assert_eq!(error.hint(), Some(&Hint::UndoFirst { step: later.step.to_string() }));
    let wrong = say(&study, undo(Some("yesterday"))).unwrap_err();
    assert_eq!(wrong.hint(), Some(&Hint::ListSteps));
}

#[test]
fn the_journal_lists_the_latest_first() {
    let study = Study::new(2, 2);
    say(&study, assign(&["ann-1"], "Bo")).unwrap();
    say(&study, undo(None)).unwrap();
    let rows = study.session().journal(10).unwrap();
    let actions: Vec<_> = rows.iter().map(|row| (row.action, row.annotations)).collect();
    assert_eq!(actions, [("undo", 1), ("assign", 1), ("import", 4)]);
    assert_eq!(rows[1].undone_by.as_deref(), Some("step-3"));
    assert_eq!(study.session().journal(1).unwrap().len(), 1);
    let import = study.session().journal_step("step-1").unwrap();
    assert_eq!((import.photos.len(), import.individuals.len()), (4, 2));
}

#[test]
fn an_individual_shows_its_photos_by_time() {
    let study = Study::new(2, 3);
    let found = study.session().individual("ind-1").unwrap();
    assert_eq!((found.row.name.as_str(), found.row.photos, found.row.encounters), ("Ada", 3, 3));
    assert_eq!(
        (found.row.first_seen.as_deref(), found.row.last_seen.as_deref()),
        (Some("2024-05-01"), Some("2024-05-03"))
    );
    let taken: Vec<_> = found.photo_list.iter().map(|photo| photo.date.as_deref().unwrap()).collect();
    assert_eq!(taken, ["2024-05-01T12:00:00", "2024-05-02T12:00:00", "2024-05-03T12:00:00"]);
    let encounter = found.photo_list[0].encounter.as_deref().unwrap();
    assert!(encounter.starts_with("Ada-0 of 2024-05-01, "), "a label of its table: {encounter}");
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(
        (json["id"].as_str(), json["photo_list"][0]["annotation"].as_str()),
        (Some("ind-1"), Some("ann-1"))
    );
}
