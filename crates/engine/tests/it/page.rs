//! The page with the photos beside their candidates.

use resight_engine::identify::{BoxForm, DrawnBox, IdentifyRequest, PhotoInMemory, Subject};

use resight_imaging::{DecodeSize, Limits, decode};

use crate::support::Study;

fn page_of(study: &Study, photos: &[std::path::PathBuf]) -> String {
    let request = IdentifyRequest { page: true, ..study.question(photos) };
    study.ask(&request).page.unwrap()
}

#[test]
fn a_page_shows_query_and_candidates_and_needs_nothing_else() {
    let study = Study::new(12, 3);
    let page = page_of(&study, &[study.new_photo(3, 40)]);
    assert!(page.contains("This is Dot, with a probability of"), "the answer in plain words");
    assert_eq!(page.matches("class=\"shot\"").count(), 6, "the query and five candidates");
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,").count(), 6 + 5 * 2, "and their other photos");
    assert_eq!(page.matches("href=\"file:///").count(), 6 + 5 * 2, "links to all of them");
    assert!(page.contains("new individual") && page.contains("all others"));
    assert!(
        page.contains("taken 2024-05-") && page.contains("encounter Dot-") && page.contains("from the table")
    );
    assert!(page.contains("class=\"bar\""));
    for elsewhere in ["http://", "https://", "<script", "src=\"/", "@import", "url("] {
        assert!(!page.contains(elsewhere), "{elsewhere}");
    }
}

#[test]
fn a_page_says_where_nothing_can_be_said() {
    let study = Study::new(2, 2);
    let broken = study.path("broken.jpg");
    std::fs::write(&broken, "no photo").unwrap();
    let page = page_of(&study, &[broken, study.sights[0].path.clone()]);
    assert!(page.contains("Not identifiable") && page.contains("cannot be decoded"));
    assert!(page.contains("A person should look") && page.contains("too little to calibrate on"));
    assert!(page.contains("is itself in the catalog (ann-1), where it shows Ada"));
    assert!(!page.contains("class=\"bar\""), "no probability, no bar");
}

#[test]
fn a_lost_thumbnail_is_made_again_from_the_photo() {
    let study = Study::new(2, 2);
    std::fs::remove_dir_all(study.path("catalog/thumbs")).unwrap();
    let page = page_of(&study, &[study.new_photo(0, 40)]);
    assert_eq!(page.matches("class=\"shot\"").count(), 3);
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,").count(), 5);
    std::fs::remove_dir_all(study.path("study/photos")).unwrap();
    assert!(page_of(&study, &[study.new_photo(0, 40)]).contains("no picture any more"));
}

#[cfg(unix)]
#[test]
fn a_file_name_cannot_write_into_the_page() {
    let study = Study::new(2, 2);
    let odd = study.path("<b>&\"x.jpg");
    std::fs::copy(study.new_photo(0, 40), &odd).unwrap();
    let page = page_of(&study, &[odd]);
    assert!(!page.contains("<b>&") && page.contains("&#60;b&#62;&#38;&#34;x.jpg"), "escaped");
}

#[test]
fn an_animal_in_a_larger_photo_is_there_at_full_resolution() {
    let study = Study::new(2, 2);
    let (photo, _) = study.group_photo("group.jpg", &[1, 0], 40);
    let boxes = [0.0, 96.0].map(|x| DrawnBox::parse(&format!("{x},0,96,96"), BoxForm::Xywh).unwrap());
    let subject = Subject::Boxes { photo, boxes: boxes.to_vec() };
    let request = IdentifyRequest { page: true, ..IdentifyRequest::new(subject) };
    let page = study.ask(&request).page.unwrap();
    assert_eq!(page.matches("the animal, at full resolution</summary>").count(), 2, "one a box");
    assert!(!page.contains("<details open"), "closed until somebody looks");
}

#[test]
fn photos_of_a_candidate_stand_by_likeness_and_end_somewhere() {
    let study = Study::new(2, 16);
    let page = page_of(&study, &[study.new_photo(0, 40)]);
    // 16 photos: the best, twelve beside it, three not shown.
    assert_eq!(page.matches("and 3 more").count(), 2);
    let again = page_of(&study, &[study.new_photo(0, 40)]);
    assert_eq!(page.split("<dt>made").next().map(str::len), again.split("<dt>made").next().map(str::len));
}

#[test]
fn a_photo_in_memory_is_no_link_to_a_file_of_its_name() {
    let study = Study::new(2, 2);
    let file = study.new_photo(0, 40);
    let bytes = std::fs::read(&file).unwrap().into();
    let name = study.sights[0].path.display().to_string();
    let subject = Subject::InMemory(vec![PhotoInMemory { name: name.clone(), bytes }]);
    let request = IdentifyRequest { page: true, ..IdentifyRequest::new(subject) };
    let page = study.ask(&request).page.unwrap();
    let asked = page.split("class=\"row").next().unwrap();
    assert!(asked.contains(&name) && !asked.contains("href=\"file:"), "a name, and no link");
}

#[test]
fn where_the_similarity_lies_is_shown_on_demand_and_nowhere_else() {
    let study = Study::new(12, 3);
    let photos = [study.new_photo(3, 40)];
    let lies = |page: &str| page.matches("where the similarity lies").count();
    assert_eq!(lies(&page_of(&study, &photos)), 0);
    let request = IdentifyRequest { page: true, regions: true, ..study.question(&photos) };
    let page = study.ask(&request).page.unwrap();
    assert_eq!((lies(&page), page.matches("<svg class=\"regions\"").count()), (5, 5), "every candidate");
}

#[test]
fn a_picture_shows_photo_and_best_candidate_with_the_marks_between_them() {
    let study = Study::with_marks(4, 2);
    let photos = [study.new_photo(3, 9), study.new_photo(1, 9)];
    let request = IdentifyRequest { picture: true, ..study.question(&photos) };
    let found = study.ask(&request);
    let png = found.picture.unwrap();
    let drawn = decode(&png, &Limits::default(), DecodeSize::Full).unwrap().image;
    // Two answers below each other, each two squares beside each other.
    assert!(drawn.width() > 960 && drawn.height() > 2 * 480, "{:?}", drawn.dimensions());
    let lines = drawn.pixels().filter(|pixel| pixel.0 == [230, 110, 0]).count();
    assert!(lines > 500, "{lines} pixels of lines");
    assert_eq!(study.ask(&study.question(&photos)).picture, None);
}

#[test]
fn where_nobody_could_be_shown_answers_stand_without_a_picture_and_that_is_said() {
    let study = Study::empty();
    let request = IdentifyRequest { picture: true, ..study.question(&[study.new_photo(3, 9)]) };
    let found = study.ask(&request);
    assert_eq!((found.answers.len(), found.picture), (1, None));
    assert!(found.remarks[0].message.contains("nothing is drawn"), "{:?}", found.remarks);
}
