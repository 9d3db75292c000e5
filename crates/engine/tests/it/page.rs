//! The page with the photos beside their candidates.

use resight_engine::identify::IdentifyRequest;

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
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,").count(), 6, "the query and five candidates");
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
    assert_eq!(page.matches("src=\"data:image/jpeg;base64,").count(), 3);
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
