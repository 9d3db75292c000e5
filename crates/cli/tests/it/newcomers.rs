//! Answers of many photos: newcomers among themselves, what is worth looking at, workbooks.

use crate::study::World;

/// Three photos of one newcomer, two of another, and one of a known animal, mixed.
fn mixed(world: &World) -> Vec<String> {
    let shown = [(14, 40), (15, 40), (3, 40), (14, 41), (15, 41), (14, 42)];
    shown.into_iter().map(|(individual, meeting)| world.new_photo(individual, meeting)).collect()
}

fn asked<'a>(photos: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    let photos = photos.iter().map(String::as_str);
    ["identify", "zebras"].into_iter().chain(photos).chain(more.iter().copied()).collect()
}

#[test]
fn photos_of_one_newcomer_get_one_letter() {
    let world = World::new(12, 3);
    let photos = mixed(&world);
    let mut lines = world.json(&asked(&photos, &[]));
    let newcomers = lines.pop().unwrap()["newcomers"].clone();
    let letters: Vec<&str> =
        lines.iter().map(|answer| answer["newcomer"]["cluster"].as_str().unwrap_or("-")).collect();
    assert_eq!(letters, ["A", "B", "-", "A", "B", "A"], "the known animal is in none");
    assert_eq!(lines[0]["newcomer"]["answers"], 3);
    assert!(lines[0]["newcomer"]["probability"].as_f64().unwrap() > 0.5);
    assert_eq!(newcomers["answers"], 5);
    assert_eq!(newcomers["clusters"][0]["answers"], serde_json::json!([0, 3, 5]));
    let number = &newcomers["number"];
    let of = |key: &str| number[key].as_u64().unwrap();
    assert!(of("low") <= 2 && of("high") >= 2 && of("low") <= of("likely"), "{number}");

    let text = world.text(&asked(&photos, &[]));
    assert!(text.contains(": new individual A (3 answers)"), "{text}");
    assert!(text.contains("new individuals in the 5 answers that say \"new\" or ask: likely"), "{text}");
}

#[test]
fn newcomers_of_a_catalog_that_is_not_calibrated_are_not_put_together() {
    let world = World::new(2, 2);
    let photos = mixed(&world);
    let answers = world.json(&asked(&photos, &[]));
    assert_eq!(answers.len(), photos.len(), "no line of newcomers");
    assert!(answers.iter().all(|answer| answer.get("newcomer").is_none()));
}

#[test]
fn two_animals_in_one_photo_are_two_newcomers() {
    let world = World::new(12, 3);
    crate::identify::write_group(&world, "twins.jpg", [14, 14], 40);
    let boxes = ["identify", "zebras", "twins.jpg", "--box", "0,0,96,96", "--box", "96,0,96,96"];
    let lines = world.json(&boxes);
    assert_eq!(
        (&lines[0]["newcomer"]["cluster"], &lines[1]["newcomer"]["cluster"]),
        (&"A".into(), &"B".into()),
        "as alike as they are"
    );
}

#[test]
fn answers_are_shown_by_what_they_are_worth_and_kept_as_they_were_asked() {
    let world = World::new(12, 3);
    let photos = mixed(&world);
    std::fs::write(world.path("text.jpg"), "no photo").unwrap();
    let photos = [vec!["text.jpg".to_owned()], photos].concat();
    let mut ranks: Vec<u64> =
        world.json(&asked(&photos, &[])).iter().filter_map(|answer| answer["rank"].as_u64()).collect();
    assert_eq!(ranks[0], 7, "nobody can tell what no photo shows");
    ranks.sort_unstable();
    assert_eq!(ranks, [1, 2, 3, 4, 5, 6, 7]);
    let first = |more: &[&str]| {
        let output = world.run(&asked(&photos, more));
        String::from_utf8(output.stdout).unwrap().lines().next().unwrap().to_owned()
    };
    assert!(first(&["--sort", "asked"]).starts_with("text.jpg: not identifiable"));
    assert!(!first(&[]).starts_with("text.jpg"), "{}", first(&[]));
}

#[test]
fn a_workbook_is_written_where_nothing_of_the_users_is() {
    let world = World::new(12, 3);
    let photos = mixed(&world);
    let text = world.text(&asked(&photos, &["--xlsx", "answers.xlsx"]));
    assert!(text.starts_with("6 answers: 1 known"), "{text}");
    let book = std::fs::read(world.path("answers.xlsx")).unwrap();
    assert!(book.starts_with(b"PK"), "a workbook is a ZIP archive");
    std::fs::write(world.path("answers.xlsx"), "years of work").unwrap();
    let (code, complaint) = world.complaint(&asked(&photos, &["--xlsx", "answers.xlsx"]));
    assert!(code == 1 && complaint.contains("hint: `--force` writes over it"), "{complaint}");
}
