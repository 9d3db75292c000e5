//! `assign`, `new`, `merge`, `separate`, `undo`, `individual`, `journal`.

use crate::study::World;

const LUNA: &str = "study/photos/Ada_0.jpg";

#[test]
fn every_step_is_shown_back_and_can_be_taken_back() {
    let world = World::new(2, 3);
    let steps: [(&[&str], &str); 5] = [
        (&["assign", "zebras", LUNA, "Bo"], "Ada → Bo"),
        (&["new", "zebras", "study/photos/Ada_1.jpg", "--name", "Zoe"], "Zoe (ind-3) is a new individual"),
        (&["merge", "zebras", "Zoe", "Bo"], "Zoe (ind-3) was merged into Bo (ind-2)"),
        (&["separate", "zebras", "ann-1", "ann-2"], "new-0001 (ind-4) is a new individual"),
        (&["individual", "rename", "zebras", "new-0001", "Luna"], "`Luna` is the name of ind-4"),
    ];
    for (number, (arguments, expected)) in (2..).zip(steps) {
        let text = world.text(arguments);
        assert!(text.starts_with(&format!("step-{number}: ")), "{text}");
        assert!(text.contains(expected), "{text}");
        assert!(text.contains(&format!("undo: resight undo zebras step-{number}")), "{text}");
    }
    for _ in 0..5 {
        world.text(&["undo", "zebras"]);
    }
    let rows = world.json(&["individual", "list", "zebras"]);
    let names: Vec<_> =
        rows.iter().map(|row| (row["name"].as_str().unwrap(), row["photos"].as_u64().unwrap())).collect();
    assert_eq!(names, [("Ada", 3), ("Bo", 3)]);
}

#[test]
fn an_import_is_not_taken_back_unasked() {
    let world = World::new(2, 3);
    let before = world.json(&["individual", "list", "zebras"]);
    assert_eq!(world.code(&["assign", "zebras", "nothing.jpg", "Bo"]), 1);
    // Nobody is at the terminal of a test.
    for arguments in [&["undo", "zebras"][..], &["undo", "zebras", "step-1"], &["undo", "zebras", "--json"]] {
        let (code, complaint) = world.complaint(arguments);
        assert_eq!(code, 1, "{complaint}");
        for said in ["step-1 (import by Ada", "6 photos", "Ada, Bo", "nothing was changed", "--yes"] {
            assert!(complaint.contains(said), "{said}: {complaint}");
        }
    }
    assert_eq!(world.json(&["individual", "list", "zebras"]), before);
    assert_eq!(world.json(&["journal", "zebras"]).len(), 1);
    assert!(world.text(&["undo", "zebras", "--yes"]).starts_with("step-2: undo of step-1"));
    assert!(world.json(&["individual", "list", "zebras"]).is_empty());
}

#[test]
fn a_step_on_many_photos_is_not_taken_back_unasked() {
    let world = World::new(3, 11);
    world.text(&["merge", "zebras", "Ada", "Bo"]);
    world.text(&["undo", "zebras"]);
    let many: Vec<String> = (1..=22).map(|number| format!("ann-{number}")).collect();
    let mut arguments = vec!["new", "zebras"];
    arguments.extend(many.iter().map(String::as_str));
    world.text(&arguments);
    let (code, complaint) = world.complaint(&["undo", "zebras"]);
    assert!(code == 1 && complaint.contains("22 photos") && complaint.contains("--yes"), "{complaint}");
    world.text(&["undo", "zebras", "--yes"]);
}

#[test]
fn a_step_is_one_object_in_json_signed_by_whoever_did_it() {
    let world = World::new(2, 2);
    let step = world.json(&["assign", "zebras", LUNA, "Bo", "--by", "Grace"]).remove(0);
    assert_eq!(
        (&step["step"], &step["action"], &step["by"]),
        (&"step-2".into(), &"assign".into(), &"Grace".into())
    );
    assert_eq!(step["photos"][0]["annotation"], "ann-1");
    assert_eq!(step["photos"][0]["after"]["name"], "Bo");
    assert_eq!(step["undo"], "resight undo zebras step-2");
    let by_login = world.json(&["undo", "zebras"]).remove(0);
    assert_eq!((&by_login["by"], &by_login["undoes"]), (&"ada".into(), &"step-2".into()));
}

#[test]
fn the_catalog_may_be_left_out_inside_its_folder_or_named_by_the_environment() {
    let world = World::new(2, 2);
    let inside = world
        .resight()
        .current_dir(world.path("zebras"))
        .args(["assign", "../study/photos/Ada_0.jpg", "Bo"])
        .output()
        .unwrap();
    assert!(inside.status.success(), "{inside:?}");
    let named = world.resight().env("RESIGHT_CATALOG", "zebras").args(["undo", "step-2"]).output().unwrap();
    assert!(named.status.success(), "{named:?}");
    let (code, complaint) = world.complaint(&["undo", "step-2"]);
    assert!(code == 1 && complaint.contains("which catalog?"), "{complaint}");
}

#[test]
fn wrong_command_lines_are_told_apart_from_failures() {
    let world = World::new(2, 2);
    let (code, complaint) = world.complaint(&["merge", "zebras", "Ada", "Bo", "Cy"]);
    assert!(code == 2 && complaint.contains("resight merge [CATALOG] GOES STAYS"), "{complaint}");
    assert_eq!(world.code(&["assign"]), 2);
    let (code, complaint) = world.complaint(&["assign", "zebras", LUNA, "Bi"]);
    assert!(code == 1 && complaint.contains("hint: did you mean `Bo`?"), "{complaint}");
    let (code, complaint) = world.complaint(&["assign", "zebras", "nowhere.jpg", "Bo"]);
    assert!(code == 1 && complaint.contains("no such photo"), "{complaint}");
}

#[test]
fn nobody_takes_a_name_away() {
    let world = World::new(2, 2);
    let text = world.text(&["assign", "zebras", LUNA, "--nobody"]);
    assert!(text.contains("Ada → unidentified"), "{text}");
}

#[test]
fn individuals_and_journal_are_shown_for_people_and_for_programs() {
    let world = World::new(2, 2);
    world.text(&["individual", "rename", "zebras", "Ada", "Luna"]);
    let list = world.text(&["individual", "list", "zebras"]);
    assert!(list.contains("Luna") && list.contains("ind-1") && list.contains("2024-05-02"), "{list}");
    let shown = world.text(&["individual", "show", "zebras", "Ada"]);
    assert!(shown.starts_with("Luna (ind-1), also Ada") && shown.contains("Ada_1.jpg"), "{shown}");
    let journal = world.text(&["journal", "zebras"]);
    assert!(journal.contains("rename") && journal.contains("import"), "{journal}");
    let rows = world.json(&["journal", "zebras", "--last", "1"]);
    assert_eq!((rows.len(), &rows[0]["action"]), (1, &"rename".into()));
    let step = world.text(&["journal", "zebras", "step-1"]);
    assert!(
        step.starts_with("step-1: import") && step.contains("unidentified → Ada"),
        "as it was called then: {step}"
    );
}
