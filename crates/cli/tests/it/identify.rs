//! `resight identify` and `resight calibrate`.

use resight_imaging::{RgbImage, encode_jpeg};
use resight_testkit::animals::{SIDE, animal};

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
    assert!(code == 1 && complaint.contains("cannot write"), "{complaint}");
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
        filters.contains("viewpoint=left") && filters.contains("leaves in 4 photos that do not say"),
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

/// Two animals side by side, in one photo of 192 × 96 pixels.
pub(crate) fn write_group(world: &World, file: &str, individuals: [u64; 2], meeting: u64) {
    let animals = individuals.map(|individual| animal(individual, meeting));
    let together =
        RgbImage::from_fn(2 * SIDE, SIDE, |x, y| *animals[(x / SIDE) as usize].get_pixel(x % SIDE, y));
    std::fs::write(world.path(file), encode_jpeg(&together, 92).unwrap()).unwrap();
}

fn individuals(answers: &[serde_json::Value]) -> Vec<&str> {
    answers.iter().map(|answer| answer["individual"].as_str().unwrap_or("-")).collect()
}

#[test]
fn a_photo_with_stored_boxes_gets_an_answer_an_annotation() {
    let world = World::new(12, 3);
    write_group(&world, "group.jpg", [3, 5], 50);
    let table = "path,bbox\ngroup.jpg,\"[0, 0, 96, 96]\"\ngroup.jpg,\"[96, 0, 96, 96]\"\n";
    std::fs::write(world.path("group.csv"), table).unwrap();
    assert_eq!(world.code(&["ingest", "zebras", "group.csv"]), 0);
    let answers = world.json(&["identify", "zebras", "group.jpg"]);
    assert_eq!(individuals(&answers), ["Dot", "Fay"]);
    assert_eq!((&answers[0]["annotation"], &answers[1]["annotation"]), (&"ann-37".into(), &"ann-38".into()));
    assert_eq!(answers[1]["region"]["x"], 96.0);
    let text = world.text(&["identify", "zebras", "group.jpg"]);
    assert!(text.contains("group.jpg (ann-38, the animal at 96,0, 96 × 96 pixels): this is Fay"), "{text}");
    assert_eq!(world.json(&["identify", "zebras", "--unidentified"]).len(), 2);
    assert_eq!(individuals(&world.json(&["identify", "zebras", "--unidentified"])), ["Dot", "Fay"]);
}

#[test]
fn boxes_can_be_given_in_four_forms_and_must_lie_in_the_picture() {
    let world = World::new(12, 3);
    write_group(&world, "group.jpg", [9, 1], 40);
    for (form, left, right) in [
        ("xywh", "0,0,96,96", "96,0,96,96"),
        ("relative", "0,0,0.5,1", "0.5,0,0.5,1"),
        ("corners", "0,0,96,96", "96,0,192,96"),
        ("center", "48,48,96,96", "144,48,96,96"),
    ] {
        let answers = world.json(&[
            "identify",
            "zebras",
            "group.jpg",
            "--box",
            left,
            "--box",
            right,
            "--box-form",
            form,
        ]);
        assert_eq!(individuals(&answers), ["Jo", "Bo"], "{form}");
    }
    let (code, complaint) = world.complaint(&["identify", "zebras", "group.jpg", "--box", "96,0,192,96"]);
    assert_eq!(code, 1, "{complaint}");
    assert!(complaint.contains("the box leaves the picture of 192 × 96 pixels: 96,0,192,96"), "{complaint}");
    assert!(complaint.contains("hint:") && complaint.contains("corners"), "{complaint}");
    let two = ["identify", "zebras", "group.jpg", "group.jpg", "--box", "0,0,9,9"];
    assert!(world.complaint(&two).1.contains("`--box` speaks of one photo"));
}

#[test]
fn a_table_of_queries_gets_an_answer_a_row_or_an_encounter() {
    let world = World::new(12, 3);
    write_group(&world, "one.jpg", [2, 3], 40);
    write_group(&world, "two.jpg", [3, 2], 41);
    let table = "image_id,File,identity,viewpoint,encounter,bbox\n\
                 q1,one.jpg,Ada,left,e1,\"[0, 0, 96, 96]\"\n\
                 q2,one.jpg,Ada,right,e2,\"[96, 0, 96, 96]\"\n\
                 q3,two.jpg,Ada,right,e2,\"[0, 0, 96, 96]\"\n";
    std::fs::write(world.path("queries.csv"), table).unwrap();
    let column = ["identify", "zebras", "queries.csv", "--column", "path=File"];
    let answers = world.json(&column);
    assert_eq!(individuals(&answers), ["Cy", "Dot", "Dot"], "whom the table names stays out of it");
    assert_eq!(answers[2]["row"], "q3");
    let same = world.json(&[&column[..], &["--same", "species,viewpoint"]].concat());
    assert_eq!(same[0]["candidate_set"]["filters"][0], "viewpoint=left");
    let by_encounter = world.json(&[&column[..], &["--encounter"]].concat());
    let keys: Vec<&str> = by_encounter.iter().map(|answer| answer["encounter"].as_str().unwrap()).collect();
    assert_eq!(keys, ["e1", "e2"]);
    assert_eq!(by_encounter[1]["photos"].as_array().unwrap().len(), 2);
}

#[test]
fn a_folder_is_asked_and_the_answers_become_a_table() {
    let world = World::new(12, 3);
    for individual in [4, 1] {
        world.new_photo(individual, 40);
    }
    std::fs::write(world.path("asked/broken.jpg"), "no photo").unwrap();
    let ask = ["identify", "zebras", "asked", "--csv", "answers.csv"];
    let output = world.run(&ask);
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.starts_with("3 answers: 2 known, 0 new, 0 for a person to look at, 1 not identifiable"),
        "{said}"
    );
    let table = std::fs::read_to_string(world.path("answers.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[0].starts_with("path,photos,row,encounter,annotation,x,y,width,height,decision,individual")
    );
    assert!(lines[1].starts_with("asked/Bo_40.jpg,1,,,,,,,,match,Bo,0."), "{}", lines[1]);
    assert!(lines[3].starts_with("asked/broken.jpg") && lines[3].contains("not-identifiable"));

    std::fs::write(world.path("answers.csv"), "years of work").unwrap();
    let (code, complaint) = world.complaint(&ask);
    assert!(code == 1 && complaint.contains("hint: `--force` writes over it"), "{complaint}");
    assert_eq!(std::fs::read_to_string(world.path("answers.csv")).unwrap(), "years of work");
    assert_eq!(world.code(&[&ask[..], &["--force"]].concat()), 3);
    assert_eq!(std::fs::read_to_string(world.path("answers.csv")).unwrap(), table);
    let over_the_photo = ["identify", "zebras", "asked/Bo_40.jpg", "--csv", "asked/Bo_40.jpg", "--force"];
    assert_eq!(world.code(&over_the_photo), 1, "what is asked about is never written over");
}
