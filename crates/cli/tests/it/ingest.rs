//! What an ingest makes of photos that it meets again.

use crate::workplace::{Workplace, text};

#[test]
fn a_source_that_knows_the_names_names_photos_that_were_there_already() {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("photos", 3, 2);
    let first = workplace.json(&["ingest", "catalog", "photos"]);
    assert_eq!((&first[0]["stored"], &first[0]["identified"]), (&6.into(), &0.into()));
    let second = workplace.json(&["ingest", "catalog", "photos", "--kind", "folder-per-individual"]);
    assert_eq!((&second[0]["stored"], &second[0]["already_there"]), (&0.into(), &6.into()));
    assert_eq!(second[0]["identified_later"], 6);
    let third = workplace.json(&["ingest", "catalog", "photos", "--kind", "folder-per-individual"]);
    assert_eq!(third[0]["identified_later"], 0);
    assert_eq!(third[0]["warnings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn two_names_for_one_photo_are_listed_and_the_catalog_stands() {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("photos", 1, 1);
    workplace.json(&["ingest", "catalog", "photos", "--kind", "folder-per-individual"]);
    let table = "path,identity\nphotos/animal-00/0.jpg,Somebody Else\n";
    std::fs::write(workplace.path("t.csv"), table).unwrap();
    let again = workplace.run(&["ingest", "catalog", "t.csv"]);
    assert_eq!(again.status.code(), Some(3), "{}", text(&again.stderr));
    assert!(text(&again.stderr).contains("the catalog says `animal-00`"), "{}", text(&again.stderr));
}
