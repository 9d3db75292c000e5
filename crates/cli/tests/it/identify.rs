//! `resight identify` and `resight calibrate`.

use crate::study::World;

#[test]
fn identify_names_a_known_animal_and_lists_new_among_the_candidates() {
    let world = World::new(12, 3);
    let photo = world.new_photo(3, 40);
    let text = world.text(&["identify", "zebras", &photo]);
    assert!(text.starts_with(&format!("{photo}: this is Dot")), "{text}");
    assert!(text.contains("new individual") && text.contains("all others"), "{text}");
    assert!(text.contains("of 12 individuals in 36 photos; no filter"), "{text}");
}

#[test]
fn json_is_one_object_a_line_and_nothing_else() {
    let world = World::new(12, 3);
    let (known, newcomer) = (world.new_photo(3, 40), world.new_photo(14, 40));
    let answers = world.json(&["identify", "zebras", &known, &newcomer]);
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0]["photo"], known.as_str());
    assert_eq!((&answers[0]["decision"], &answers[0]["individual"]), (&"match".into(), &"Dot".into()));
    assert_eq!(
        (&answers[1]["decision"], &answers[1]["individual"]),
        (&"new".into(), &serde_json::Value::Null)
    );
    assert!(answers[1]["new_probability"].as_f64().unwrap() > 0.5);
}

#[test]
fn a_photo_that_cannot_be_used_is_a_warning_in_the_exit_code() {
    let world = World::new(2, 2);
    std::fs::write(world.path("text.jpg"), "no photo").unwrap();
    assert_eq!(world.code(&["identify", "zebras", "text.jpg"]), 3);
    let answers = world.json(&["identify", "zebras", "text.jpg"]);
    assert_eq!(answers[0]["decision"], "not-identifiable");
    assert!(answers[0]["reason"].as_str().unwrap().contains("cannot be decoded"));
}

#[test]
fn a_page_is_written_beside_the_answer() {
    let world = World::new(12, 3);
    let photo = world.new_photo(3, 40);
    world.text(&["identify", "zebras", &photo, "--html", "answer.html"]);
    let page = std::fs::read_to_string(world.path("answer.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("This is Dot"));
    let (code, complaint) =
        world.complaint(&["identify", "zebras", &photo, "--html", "no/such/folder/a.html"]);
    assert!(
        code == 1
            && complaint
                .contains("cannot write: No such file or directory (os error 2): no/such/folder/a.html"),
        "{complaint}"
    );
}

#[test]
fn an_encounter_gets_one_answer_and_add_stores_it() {
    let world = World::new(12, 3);
    let (one, two) = (world.new_photo(3, 40), world.new_photo(3, 41));
    let answers = world.json(&["identify", "zebras", &one, &two, "--encounter", "--add"]);
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["photos"].as_array().unwrap().len(), 2);
    assert_eq!(answers[0]["added"].as_array().unwrap().len(), 2);
    let text = world.text(&["identify", "zebras", &one]);
    assert!(text.contains("is itself in the catalog (ann-37: nobody yet)"), "{text}");
}

#[test]
fn filters_are_said() {
    let world = World::new(4, 2);
    let photo = world.new_photo(0, 40);
    let answers =
        world.json(&["identify", "zebras", &photo, "--viewpoint", "left", "--area", "38.7,-9.1,50"]);
    let filters = answers[0]["candidate_set"]["filters"].to_string();
    assert!(
        filters.contains("viewpoint=left") && filters.contains("leaves in 8 photos that do not say"),
        "{filters}"
    );
    let (code, complaint) = world.complaint(&["identify", "zebras", &photo, "--area", "somewhere"]);
    assert!(code == 1 && complaint.contains("hint: as in `--area 38.7,-9.1,50`"), "{complaint}");
}

#[test]
fn calibrate_shows_the_slots_and_keeps_the_prices() {
    let world = World::new(12, 3);
    let text = world.text(&["calibrate", "zebras", "--new-rate", "0.3", "--price-false-match", "5"]);
    assert!(text.contains("new rate 0.3") && text.contains("false match 5"), "{text}");
    let report = world.json(&["calibrate", "zebras"]).remove(0);
    assert_eq!(
        (report["policy"]["new_rate"].as_f64(), report["calibrated"].as_bool()),
        (Some(0.3), Some(true))
    );
    let small = World::new(2, 2);
    assert_eq!(small.code(&["calibrate", "zebras"]), 3, "too little is a warning");
}

#[test]
fn a_folder_that_is_no_catalog_is_refused_with_a_hint() {
    let world = World::without_catalog(1, 1);
    let (code, complaint) = world.complaint(&["identify", "study", "study/photos/Ada_0.jpg"]);
    assert!(code == 1 && complaint.contains("no catalog here") && complaint.contains("hint:"), "{complaint}");
}
