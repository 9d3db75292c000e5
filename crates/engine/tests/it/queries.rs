//! Who is asked about: annotations of the catalog, boxes, rows of tables, folders.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use resight_catalog::{Access, Catalog, NewAnnotation, NewEmbedding, NewPhoto, Signature};
use resight_core::{AnnotationId, ImageSize, PhotoId, PixelBox, UnusableReason};
use resight_dataset::ReadOptions;
use resight_engine::identify::{
    Answer, AnswerBy, BoxForm, DrawnBox, Identification, IdentifyRequest, Same, Subject, write_table,
};
use resight_engine::{CancelToken, EngineError, Hint, Silent};
use resight_testkit::animals::{name, write_photo};

use crate::support::Study;

fn try_to_ask(study: &Study, request: &IdentifyRequest) -> Result<Identification, EngineError> {
    study.session().identify(request, &Silent, &CancelToken::default())
}

/// The individual that each answer puts first.
fn firsts(answers: &[Answer]) -> Vec<&str> {
    answers.iter().map(|answer| answer.candidates[0].individual.as_str()).collect()
}

fn cell(region: &PixelBox) -> String {
    format!("\"[{}, {}, {}, {}]\"", region.x, region.y, region.width, region.height)
}

/// Takes a group photo in, each animal with its box, nobody named.
fn take_in_group(study: &Study, individuals: &[u64]) -> (PathBuf, Vec<PixelBox>) {
    let (photo, boxes) = study.group_photo("group.jpg", individuals, 50);
    let mut lines = vec!["path,species,viewpoint,encounter,bbox".to_owned()];
    let sides = ["left", "right"];
    lines.extend(
        boxes
            .iter()
            .zip(sides.iter().cycle())
            .map(|(b, side)| format!("group.jpg,zebra,{side},g1,{}", cell(b))),
    );
    study.ingest(&study.table("group.csv", &lines));
    (photo, boxes)
}

/// Puts annotations into the catalog by hand.
fn store(study: &Study, photo: NewPhoto) -> Vec<AnnotationId> {
    let mut catalog = Catalog::open(&study.catalog(), Access::Write).unwrap();
    let now = Timestamp::now();
    let bundle = catalog.settings().unwrap().bundle.id;
    let import = catalog.begin_import("by hand", &Signature::person("Ada", now)).unwrap();
    let id = photo.id;
    catalog.store_batch(import, &bundle, &[photo], now).unwrap();
    catalog.annotations_of_photo(&id).unwrap().into_iter().map(|annotation| annotation.id).collect()
}

fn photo_of(id: PhotoId, path: &Path, size: ImageSize, annotations: Vec<NewAnnotation>) -> NewPhoto {
    NewPhoto {
        id,
        path: path.to_owned(),
        size,
        byte_len: 1,
        format: "jpeg".to_owned(),
        capture_time: None,
        position: None,
        camera: None,
        perceptual_hash: None,
        picture: None,
        encounter: None,
        annotations,
    }
}

fn unnamed(region: Option<PixelBox>, embedding: NewEmbedding) -> NewAnnotation {
    NewAnnotation { region, detector: "table".to_owned(), embedding, ..NewAnnotation::default() }
}

#[test]
fn a_photo_of_the_catalog_is_asked_annotation_by_annotation() {
    let study = Study::new(12, 3);
    let (photo, boxes) = take_in_group(&study, &[3, 5]);
    let answers = study.ask(&study.question(&[photo])).answers;
    assert_eq!(firsts(&answers), [name(3), name(5)]);
    assert!(answers.iter().all(|answer| answer.decision.word() == "match"), "{answers:?}");
    assert_eq!(answers.iter().map(|a| a.region.unwrap()).collect::<Vec<_>>(), boxes);
    let ids: Vec<AnnotationId> = answers.iter().map(|answer| answer.annotation.unwrap()).collect();
    let stored = study.open().annotations_of_photo(&answers[0].photo_id.unwrap()).unwrap();
    assert_eq!(ids, stored.iter().map(|annotation| annotation.id).collect::<Vec<_>>());
    let sides: Vec<String> = answers.iter().map(|a| a.viewpoint.as_ref().unwrap().to_string()).collect();
    assert_eq!(sides, ["left", "right"]);
    assert!(
        answers.iter().all(|answer| answer.candidate_set.filters.is_empty()),
        "labels filter only if asked"
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.in_catalog.len() == 1 && answer.in_catalog[0].individual.is_none())
    );
}

#[test]
fn the_animals_of_one_photo_do_not_answer_for_each_other() {
    let study = Study::new(3, 2);
    let (photo, boxes) = study.group_photo("group.jpg", &[0, 0], 50);
    let lines = [
        "path,identity,bbox".to_owned(),
        format!("group.jpg,Ada,{}", cell(&boxes[0])),
        format!("group.jpg,Ada,{}", cell(&boxes[1])),
    ];
    study.ingest(&study.table("group.csv", &lines));
    let answers = study.ask(&study.question(&[photo])).answers;
    assert_eq!(answers.len(), 2);
    for answer in &answers {
        let ada = answer.candidates.iter().find(|candidate| candidate.individual == name(0)).unwrap();
        assert_eq!((ada.photos, answer.candidate_set.photos), (2, 6), "the photos of the study alone");
        assert_eq!(answer.in_catalog[0].individual, Some(name(0)));
    }
}

#[test]
fn labels_of_the_catalog_filter_where_they_are_to_be_the_same() {
    let study = Study::new(4, 2);
    let (photo, _) = take_in_group(&study, &[0, 1]);
    let same = Same { viewpoint: true, species: false };
    let answers = study.ask(&IdentifyRequest { same, ..study.question(&[photo]) }).answers;
    let filters: Vec<&str> = answers.iter().map(|a| a.candidate_set.filters[0].as_str()).collect();
    assert_eq!(filters, ["viewpoint=left", "viewpoint=right"]);
    assert!(answers.iter().all(|answer| answer.candidate_set.individuals == 2));
    assert_eq!(firsts(&answers), [name(0), name(1)], "Ada is known from the left, Bo from the right");
}

#[test]
fn whoever_is_unidentified_is_asked_by_what_is_stored_even_when_the_photos_are_gone() {
    let study = Study::new(12, 3);
    let (photo, boxes) = take_in_group(&study, &[7, 2]);
    std::fs::remove_file(&photo).unwrap();
    std::fs::remove_dir_all(study.path("study/photos")).unwrap();
    let request = IdentifyRequest::new(Subject::Unidentified);
    let answers = study.ask(&request).answers;
    assert_eq!(firsts(&answers), [name(7), name(2)]);
    assert_eq!(answers[1].region, Some(boxes[1]));
    assert!(answers[0].photo.ends_with("group.jpg"));
    let together = study.ask(&IdentifyRequest { by: AnswerBy::Encounter, ..request }).answers;
    assert_eq!(together.len(), 1);
    assert!(together[0].encounter.as_deref().unwrap().starts_with("g1, "), "{:?}", together[0].encounter);
    assert_eq!(together[0].photos.len(), 2);
}

#[test]
fn more_annotations_than_wait_at_once_are_answered_in_their_order() {
    let study = Study::new(3, 2);
    let values: Vec<f32> = {
        let catalog = study.open();
        let bundle = catalog.settings().unwrap().bundle;
        catalog.embeddings(&bundle.id).unwrap().row(0).unwrap().iter().map(|value| value.to_f32()).collect()
    };
    let many = (0..700).map(|_| unnamed(None, NewEmbedding::Values(values.clone()))).collect();
    let size = ImageSize { width: 96, height: 96 };
    let stored = store(&study, photo_of(PhotoId([9; 32]), Path::new("/gone.jpg"), size, many));
    let answers = study.ask(&IdentifyRequest::new(Subject::Unidentified)).answers;
    let asked: Vec<AnnotationId> = answers.iter().map(|answer| answer.annotation.unwrap()).collect();
    assert_eq!(asked, stored);
    assert!(firsts(&answers).iter().all(|first| *first == name(0)));
}

#[test]
fn an_annotation_without_an_embedding_is_embedded_on_the_way() {
    let study = Study::new(12, 3);
    let (photo, boxes) = study.group_photo("group.jpg", &[4, 6, 8], 50);
    let id = resight_imaging::photo_id(&std::fs::read(&photo).unwrap());
    let too_small = UnusableReason::TooSmall { pixels: 9, needed: 32 };
    let annotations = vec![
        unnamed(Some(boxes[0]), NewEmbedding::Later),
        unnamed(Some(boxes[1]), NewEmbedding::Unusable(too_small)),
        unnamed(Some(boxes[2]), NewEmbedding::Later),
    ];
    store(&study, photo_of(id, &photo, ImageSize { width: 288, height: 96 }, annotations));
    let questions =
        [study.question(std::slice::from_ref(&photo)), IdentifyRequest::new(Subject::Unidentified)];
    for request in questions {
        let answers = study.ask(&request).answers;
        let words: Vec<&str> = answers.iter().map(|answer| answer.decision.word()).collect();
        assert_eq!(words, ["match", "not-identifiable", "match"]);
        assert_eq!(
            (answers[0].individual.clone(), answers[2].individual.clone()),
            (Some(name(4)), Some(name(8)))
        );
        assert!(answers[1].reason.as_ref().unwrap().starts_with("too small: 9 pixels"));
    }
    std::fs::remove_file(&photo).unwrap();
    let answers = study.ask(&IdentifyRequest::new(Subject::Unidentified)).answers;
    assert!(answers[0].reason.as_ref().unwrap().starts_with("not embedded yet, and its file cannot be read"));
}

fn boxes_of(photo: &Path, texts: &[&str], form: BoxForm) -> Subject {
    let boxes = texts.iter().map(|text| DrawnBox::parse(text, form).unwrap()).collect();
    Subject::Boxes { photo: photo.to_owned(), boxes }
}

#[test]
fn each_box_of_a_photo_gets_an_answer() {
    let study = Study::new(12, 3);
    let (photo, boxes) = study.group_photo("group.jpg", &[9, 1], 40);
    for (texts, form) in [
        (["0,0,96,96", "96,0,96,96"], BoxForm::Xywh),
        (["0,0,0.5,1", "0.5,0,0.5,1"], BoxForm::Relative),
        (["0,0,96,96", "96,0,192,96"], BoxForm::Corners),
        (["48,48,96,96", "144,48,96,96"], BoxForm::Center),
    ] {
        let answers = study.ask(&IdentifyRequest::new(boxes_of(&photo, &texts, form))).answers;
        assert_eq!(firsts(&answers), [name(9), name(1)], "{form:?}");
        assert_eq!(answers.iter().map(|a| a.region.unwrap()).collect::<Vec<_>>(), boxes);
    }
}

#[test]
fn a_box_that_leaves_the_picture_is_an_error_with_its_size() {
    let study = Study::new(2, 2);
    let photo = study.new_photo(0, 40);
    let request = IdentifyRequest::new(boxes_of(&photo, &["10,10,90,50"], BoxForm::Xywh));
    let error = try_to_ask(&study, &request).unwrap_err();
    assert_eq!(error.to_string(), "the box leaves the picture of 96 × 96 pixels: 10,10,90,50");
    let missing = boxes_of(&study.path("no.jpg"), &["1,1,9,9"], BoxForm::Xywh);
    let error = try_to_ask(&study, &IdentifyRequest::new(missing)).unwrap_err();
    assert!(error.to_string().ends_with("no.jpg"), "{error}");
}

#[test]
fn a_box_is_stored_with_the_photo_that_is_added() {
    let study = Study::new(2, 2);
    let (photo, boxes) = study.group_photo("group.jpg", &[0, 1], 40);
    let subject = boxes_of(&photo, &["96,0,96,96"], BoxForm::Xywh);
    let request = IdentifyRequest { add_by: Some("Ada".to_owned()), ..IdentifyRequest::new(subject) };
    let answer = study.ask(&request).answers.remove(0);
    let stored = study.open().annotation(answer.added[0]).unwrap();
    assert_eq!((stored.region, stored.detector.as_str()), (Some(boxes[1]), "person"));
    let again = study.ask(&study.question(&[photo])).answers;
    assert_eq!((again.len(), again[0].annotation), (1, Some(stored.id)));
    assert_eq!(firsts(&again), [name(1)]);
}

/// A table of four animals in two photos, with labels.
fn queries(study: &Study) -> PathBuf {
    let (_, boxes) = study.group_photo("one.jpg", &[2, 3], 40);
    study.group_photo("two.jpg", &[3, 2], 41);
    let row = |id: &str, file: &str, name: &str, side: &str, encounter: &str, region: &PixelBox| {
        format!("{id},{file},{name},{side},{encounter},{}", cell(region))
    };
    study.table(
        "queries.csv",
        &[
            "image_id,path,identity,viewpoint,encounter,bbox".to_owned(),
            row("q1", "one.jpg", "Ada", "left", "e1", &boxes[0]),
            row("q2", "one.jpg", "Ada", "right", "e2", &boxes[1]),
            row("q3", "two.jpg", "", "right", "e2", &boxes[0]),
            row("q4", "two.jpg", "", "", "", &boxes[1]),
        ],
    )
}

#[test]
fn a_table_gets_an_answer_a_row_and_whom_it_names_does_not_matter() {
    let study = Study::new(12, 3);
    let table = queries(&study);
    let found = study.ask(&study.question(std::slice::from_ref(&table)));
    assert_eq!(
        firsts(&found.answers),
        [name(2), name(3), name(3), name(2)],
        "and not Ada, as the table says"
    );
    let rows: Vec<&str> = found.answers.iter().map(|answer| answer.row.as_deref().unwrap()).collect();
    assert_eq!(rows, ["q1", "q2", "q3", "q4"]);
    assert!(found.answers.iter().all(|answer| answer.candidate_set.filters.is_empty()));
    assert_eq!(
        (found.not_asked.len(), study.open().annotations().unwrap().len()),
        (0, 36),
        "nothing is stored"
    );
    let unnamed = std::fs::read_to_string(&table).unwrap().replace("Ada", "");
    std::fs::write(&table, unnamed).unwrap();
    assert_eq!(study.ask(&study.question(&[table])).answers, found.answers);
}

#[test]
fn labels_of_a_row_filter_where_they_are_to_be_the_same() {
    let study = Study::new(12, 3);
    let table = queries(&study);
    let request =
        IdentifyRequest { same: Same { viewpoint: true, species: true }, ..study.question(&[table]) };
    let answers = study.ask(&request).answers;
    let filters: Vec<String> = answers.iter().map(|answer| answer.candidate_set.filters.join(" ")).collect();
    assert_eq!(filters, ["viewpoint=left", "viewpoint=right", "viewpoint=right", ""]);
    assert_eq!(answers[0].candidate_set.individuals, 6);
}

#[test]
fn a_table_by_encounter_gets_an_answer_an_encounter() {
    let study = Study::new(12, 3);
    let table = queries(&study);
    let request = IdentifyRequest { by: AnswerBy::Encounter, ..study.question(&[table]) };
    let answers = study.ask(&request).answers;
    let asked: Vec<(Option<&str>, usize)> =
        answers.iter().map(|answer| (answer.encounter.as_deref(), answer.photos.len())).collect();
    assert_eq!(asked, [(Some("e1"), 1), (Some("e2"), 2), (None, 0)]);
    assert_eq!(firsts(&answers), [name(2), name(3), name(2)]);

    let without = study.table("without.csv", &["path".to_owned(), "one.jpg".to_owned()]);
    let request = IdentifyRequest { by: AnswerBy::Encounter, ..study.question(&[without]) };
    let error = try_to_ask(&study, &request).unwrap_err();
    assert!(error.to_string().starts_with("the table states no encounters"), "{error}");
}

#[test]
fn rows_that_cannot_be_asked_are_told() {
    let study = Study::new(2, 2);
    study.group_photo("one.jpg", &[0], 40);
    let table = study.table(
        "queries.csv",
        &[
            "path,bbox".to_owned(),
            "one.jpg,\"[0, 0, 96, 96]\"".to_owned(),
            "gone.jpg,\"[0, 0, 96, 96]\"".to_owned(),
            "one.jpg".to_owned(),
            "one.jpg,\"[48, 0, 96, 96]\"".to_owned(),
            "one.jpg,\"[500, 500, 96, 96]\"".to_owned(),
            "one.jpg,\"[0, 0, 96, 96]\"".to_owned(),
            "one.jpg,\"[0, 0, 96, 96]\"".to_owned(),
        ],
    );
    let found = study.ask(&study.question(&[table]));
    let words: Vec<&str> = found.answers.iter().map(|answer| answer.decision.word()).collect();
    assert_eq!(words, ["ask", "ask", "not-identifiable", "ask", "ask"]);
    assert_eq!(
        found.answers[2].reason.as_deref(),
        Some("the box lies outside of the picture of 96 × 96 pixels: 500,500,96,96")
    );
    let not_asked: Vec<String> = found.not_asked.iter().map(ToString::to_string).collect();
    assert!(not_asked.iter().any(|told| told.contains("gone.jpg")), "{not_asked:?}");
    assert!(not_asked.iter().any(|told| told.contains("row left out")), "{not_asked:?}");
    assert!(found.remarks.iter().any(|told| told.message.contains("and was cut")), "{:?}", found.remarks);
}

#[test]
fn a_folder_is_asked_photo_by_photo_whatever_table_lies_in_it() {
    let study = Study::new(12, 3);
    let folder = study.path("asked");
    for individual in [4, 1, 9] {
        write_photo(&folder, individual, 40).unwrap();
    }
    std::fs::write(folder.join("broken.jpg"), "no photo").unwrap();
    std::fs::write(folder.join("metadata.csv"), "path,identity\nBo_40.jpg,Eve\n").unwrap();
    std::fs::create_dir(study.path("empty")).unwrap();
    let found = study.ask(&study.question(&[folder]));
    let shown: Vec<&str> = found.answers.iter().map(|a| a.photo.rsplit('/').next().unwrap()).collect();
    assert_eq!(shown, ["Bo_40.jpg", "Eve_40.jpg", "Jo_40.jpg", "broken.jpg"], "sorted");
    assert_eq!(firsts(&found.answers[..3]), ["Bo", "Eve", "Jo"]);
    assert_eq!(found.answers[3].decision.word(), "not-identifiable");
    let error = try_to_ask(&study, &study.question(&[study.path("empty")])).unwrap_err();
    assert!(error.to_string().starts_with("no photos to ask about"), "{error}");
}

#[test]
fn rows_and_annotations_are_not_added() {
    let study = Study::new(2, 2);
    let (_, boxes) = take_in_group(&study, &[0]);
    let table =
        study.table("queries.csv", &["path,bbox".to_owned(), format!("group.jpg,{}", cell(&boxes[0]))]);
    let add_by = Some("Ada".to_owned());
    let request = IdentifyRequest { add_by: add_by.clone(), ..study.question(&[table]) };
    assert_eq!(try_to_ask(&study, &request).unwrap_err().hint(), Some(&Hint::TakeTableIn));
    let request = IdentifyRequest { add_by, ..IdentifyRequest::new(Subject::Unidentified) };
    assert!(try_to_ask(&study, &request).is_err());
}

#[test]
fn a_column_can_be_named() {
    let study = Study::new(2, 2);
    study.group_photo("one.jpg", &[1], 40);
    let table = study.table("log.tsv", &["Picture\tWhen".to_owned(), "one.jpg\t2024".to_owned()]);
    let columns = resight_dataset::ColumnMapping::default().with(resight_dataset::Column::Path, "Picture");
    let read = ReadOptions { columns, ..ReadOptions::default() };
    let request = IdentifyRequest::new(Subject::Sources { paths: vec![table], read });
    assert_eq!(firsts(&study.ask(&request).answers), [name(1)]);
}

#[test]
fn answers_are_written_as_a_table() {
    let study = Study::new(12, 3);
    let (photo, _) = take_in_group(&study, &[3, 5]);
    let odd = study.path("=1+1.jpg");
    std::fs::write(&odd, "no photo").unwrap();
    let answers = study.ask(&study.question(&[photo, odd])).answers;
    let text = String::from_utf8(write_table(&answers, 2, Vec::new()).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "path,photos,row,encounter,annotation,x,y,width,height,decision,individual,probability,new_probability,\
         others_probability,candidate_1,candidate_1_probability,candidate_1_similarity,candidate_1_matches,candidate_2,\
         candidate_2_probability,candidate_2_similarity,candidate_2_matches,leans_on_bundle,reason,new_individual,\
         new_individual_probability,rank"
    );
    assert_eq!(lines.len(), 4);
    let first: Vec<&str> = lines[1].split(',').collect();
    assert!(first[0].ends_with("group.jpg"));
    assert_eq!(first[4..11], ["ann-37", "0", "0", "96", "96", "match", "Dot"]);
    assert_eq!((first[11], first[14]), (first[15], "Dot"), "the probability is that of what was decided");
    assert!(lines[3].contains("not-identifiable") && lines[3].contains("cannot be decoded"));
}

#[test]
fn a_page_shows_the_animal_of_a_photo_of_the_catalog_in_its_box() {
    let study = Study::new(12, 3);
    let (photo, _) = take_in_group(&study, &[3, 5]);
    let request = IdentifyRequest { page: true, ..study.question(&[photo]) };
    let page = study.ask(&request).page.unwrap();
    assert!(page.contains("left:0%;top:0%;width:50%;height:100%"), "the box of the first");
    assert!(page.contains("left:50%;top:0%;width:50%;height:100%"), "the box of the second");
    assert!(page.contains("ann-37 of the catalog") && page.contains("192 × 96 pixels"));
}
