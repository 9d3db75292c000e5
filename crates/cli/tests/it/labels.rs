//! `label`, `remove`, what a newer table says (`ingest --take`), and photos that were moved (`root`).

use std::fs;

use crate::study::World;

const LUNA: &str = "study/photos/Ada_0.jpg";

fn exported(world: &World) -> String {
    world.text(&["export-table", "zebras", "out.csv", "--force"]);
    fs::read_to_string(world.path("out.csv")).unwrap()
}

/// Cells of the first row of the exported table whose photo is this one, by the names of their columns.
fn row(world: &World, photo: &str) -> std::collections::BTreeMap<String, String> {
    let table = exported(world);
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut reader = lines.filter(|line| line.contains(photo));
    let cells = csv_cells(reader.next().unwrap());
    names.into_iter().map(str::to_owned).zip(cells).collect()
}

/// Cells of a line in which quotes stand around whole cells.
fn csv_cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

#[test]
fn labels_are_corrected_and_taken_back() {
    let world = World::new(2, 3);
    let arguments = [
        "label",
        "zebras",
        LUNA,
        "--viewpoint",
        "LHS",
        "--quality",
        "good",
        "--encounter",
        "trip 7",
        "--date",
        "2021-03-04",
        "--set",
        "observer=Bo",
        "--body-part",
        "flank",
    ];
    let text = world.text(&arguments);
    assert!(text.starts_with("step-2: label, by ada"), "{text}");
    assert!(text.contains("viewpoint: ") && text.contains("→ left"), "{text}");
    let after = row(&world, "Ada_0.jpg");
    for (column, value) in [
        ("viewpoint", "left"),
        ("quality", "good"),
        ("encounter", "trip 7"),
        ("date", "2021-03-04"),
        ("observer", "Bo"),
        ("body_part", "flank"),
    ] {
        assert_eq!(after[column], value, "{column}: {after:?}");
    }
    let again = world.complaint(&arguments);
    assert!(again.0 == 1 && again.1.contains("say so already"), "{again:?}");
    world.text(&["undo", "zebras"]);
    let back = row(&world, "Ada_0.jpg");
    assert!(!back.contains_key("observer") && back["encounter"] != "trip 7", "{back:?}");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn a_corrected_box_is_embedded_anew_and_back() {
    let world = World::new(2, 3);
    let similarity = |world: &World| {
        let answer = &world.json(&["identify", "zebras", &world.new_photo(0, 9), "--top", "2"])[0];
        answer["candidates"].to_string()
    };
    let before = similarity(&world);
    for number in 1..=3 {
        world.text(&["label", "zebras", &format!("ann-{number}"), "--box", "1,1,20,20"]);
    }
    let status = world.json(&["status", "zebras"])[0].to_string();
    assert!(!status.contains("\"missing\":3"), "{status}");
    assert_ne!(similarity(&world), before, "the crops are others");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
    for _ in 0..3 {
        world.text(&["undo", "zebras"]);
    }
    assert_eq!(similarity(&world), before, "to the last bit");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn a_removed_photo_answers_nothing_and_can_come_back() {
    let world = World::new(2, 3);
    let text = world.text(&["remove", "zebras", LUNA]);
    assert!(text.contains("removed: not known → yes"), "{text}");
    assert!(!exported(&world).contains("Ada_0.jpg"));
    // Taken in again, it stays removed, and that is told.
    let (_, told) = world.complaint(&["ingest", "zebras", "study/metadata.csv", "--by", "Ada"]);
    assert!(told.contains("was removed from the catalog"), "{told}");
    assert!(!exported(&world).contains("Ada_0.jpg"));
    world.text(&["undo", "zebras"]);
    assert!(exported(&world).contains("Ada_0.jpg"));
}

#[test]
fn attributes_of_an_individual_are_said_and_shown() {
    let world = World::new(2, 3);
    let text = world.text(&["label", "zebras", "--individual", "Ada", "--set", "sex=female"]);
    assert!(text.contains("sex: not known → female"), "{text}");
    let shown = &world.json(&["individual", "show", "zebras", "Ada"])[0];
    assert_eq!(shown["attributes"]["sex"], "female");
    assert!(world.text(&["individual", "show", "zebras", "Ada"]).contains("sex: female"));
    world.text(&["label", "zebras", "--individual", "Ada", "--set", "sex=none"]);
    let shown = &world.json(&["individual", "show", "zebras", "Ada"])[0];
    assert!(shown["attributes"].as_object().unwrap().is_empty(), "{shown}");
}

#[test]
fn a_newer_table_is_taken_where_asked() {
    let world = World::new(2, 3);
    fs::write(
        world.path("study/2.csv"),
        "path,identity,viewpoint,date,note\nphotos/Ada_0.jpg,Bo,right,2022-02-02,wet\n",
    )
    .unwrap();
    let old = world.json(&["ingest", "zebras", "study/2.csv", "--no-calibrate"]);
    assert!(old[0]["offers"].to_string().contains("individual"), "{}", old[0]);
    assert_eq!(row(&world, "Ada_0.jpg")["identity"], "Ada");
    assert_eq!(row(&world, "Ada_0.jpg")["note"], "wet", "what nobody had said is taken over");
    let new = world.json(&["ingest", "zebras", "study/2.csv", "--take", "new", "--no-calibrate"]);
    assert!(new[0]["offers"].as_array().unwrap().is_empty(), "{}", new[0]);
    let after = row(&world, "Ada_0.jpg");
    assert_eq!((after["identity"].as_str(), after["viewpoint"].as_str()), ("Bo", "right"));
    assert_eq!(after["date"], "2022-02-02");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn a_newer_version_of_a_table_means_the_same_encounters() {
    let world = World::new(2, 3);
    let table = fs::read_to_string(world.path("study/metadata.csv")).unwrap();
    fs::write(world.path("study/metadata-2.csv"), table).unwrap();
    let report = &world.json(&["ingest", "zebras", "study/metadata-2.csv", "--no-calibrate"])[0];
    assert!(report["offers"].as_array().unwrap().is_empty(), "{report}");
    assert_eq!(report["labels_taken"], 0);
}

#[test]
fn columns_without_a_meaning_are_named_with_what_they_were_probably_meant_for() {
    let world = World::new(2, 3);
    fs::write(world.path("study/w.csv"), "path,whale_id,sea\nphotos/Ada_0.jpg,Luna,calm\n").unwrap();
    let (_, told) = world.complaint(&["ingest", "zebras", "study/w.csv", "--no-calibrate"]);
    assert!(told.contains("kept as they are: whale_id, sea"), "{told}");
    assert!(told.contains("--column 'identity=whale_id'"), "{told}");
}

#[test]
fn a_folder_in_a_column_of_its_own_leads_to_the_right_photo() {
    let world = World::without_catalog(2, 3);
    for (folder, photo) in [("A", "Ada_0.jpg"), ("B", "Bo_0.jpg")] {
        fs::create_dir_all(world.path("t").join(folder)).unwrap();
        fs::copy(world.path("study/photos").join(photo), world.path("t").join(folder).join("IMG_1.JPG"))
            .unwrap();
    }
    fs::write(world.path("t/t.csv"), "File,RelativePath,Individual\nIMG_1.JPG,A,Luna\nIMG_1.JPG,B,Nick\n")
        .unwrap();
    assert_eq!(world.code(&["init", "zebras", "--bundle", resight_testkit::bundles::PROJECTION]), 0);
    world.text(&["ingest", "zebras", "t/t.csv"]);
    let nick = &world.json(&["individual", "show", "zebras", "Nick"])[0];
    assert!(nick["photo_list"][0]["photo"].as_str().unwrap().ends_with("B/IMG_1.JPG"), "{nick}");
}

#[test]
fn a_slip_of_a_side_is_refused_and_who_has_none_of_a_side_is_counted() {
    let world = World::new(2, 3);
    world.text(&["label", "zebras", "ann-1", "ann-2", "ann-3", "--viewpoint", "left"]);
    world.text(&["label", "zebras", "ann-4", "ann-5", "ann-6", "--viewpoint", "right"]);
    let photo = world.new_photo(0, 9);
    let (code, told) = world.complaint(&["identify", "zebras", &photo, "--viewpoint", "lefft"]);
    assert!(code == 1 && told.contains("did you mean `left`?"), "{told}");
    let answer = &world.json(&["identify", "zebras", &photo, "--viewpoint", "left"])[0];
    assert_eq!(answer["candidate_set"]["individuals_left_out"], 1, "{answer}");
    let text = world.text(&["identify", "zebras", &photo, "--viewpoint", "L"]);
    assert!(text.contains("1 individual has no such photo"), "{text}");
}

#[test]
fn photos_are_found_when_they_and_the_catalog_are_moved() {
    let world = World::new(2, 3);
    let reread = |catalog: &str| {
        // A box that changes is embedded anew, from the photo where it lies now.
        let code = world.code(&["label", catalog, "ann-1", "--box", "1,1,30,30"]);
        world.code(&["undo", catalog]);
        code
    };
    assert_eq!(reread("zebras"), 0);
    // Both together.
    fs::create_dir(world.path("disk")).unwrap();
    fs::rename(world.path("study"), world.path("disk/study")).unwrap();
    fs::rename(world.path("zebras"), world.path("disk/zebras")).unwrap();
    assert_eq!(reread("disk/zebras"), 0, "moved together");
    // The photos alone.
    fs::rename(world.path("disk/study"), world.path("elsewhere")).unwrap();
    assert_eq!(reread("disk/zebras"), 3);
    let lost = world.run(&["root", "disk/zebras"]);
    assert_eq!(lost.status.code(), Some(3));
    let (code, told) = world.complaint(&["root", "disk/zebras", "study", "home"]);
    assert!(code == 1 && told.contains("none of its photos"), "{told}");
    let (code, told) = world.complaint(&["root", "disk/zebras", "studi", "elsewhere"]);
    assert!(code == 1 && told.contains("no folder of photos is called `studi`"), "{told}");
    world.text(&["root", "disk/zebras", "study", "elsewhere"]);
    assert_eq!(reread("disk/zebras"), 0, "said where they are");
    // Taken in from there, they are the same photos in the same places.
    world.text(&["ingest", "disk/zebras", "elsewhere/metadata.csv", "--by", "Ada"]);
    let rows = world.json(&["root", "disk/zebras"]);
    assert_eq!(
        (rows.len(), rows[0]["photos"].as_u64(), rows[0]["found"].as_u64()),
        (1, Some(6), Some(6)),
        "{rows:?}"
    );
}

#[test]
fn boxes_find_their_animals_whatever_the_order_of_the_rows() {
    let world = World::without_catalog(1, 1);
    assert_eq!(world.code(&["init", "zebras", "--bundle", resight_testkit::bundles::PROJECTION]), 0);
    let table = |name: &str, rows: &[(&str, &str)]| {
        let rows: String =
            rows.iter().map(|(who, place)| format!("photos/Ada_0.jpg,{who},\"[{place}]\"\n")).collect();
        fs::write(world.path("study").join(name), format!("path,identity,bbox\n{rows}")).unwrap();
    };
    table("1.csv", &[("", "10,10,40,40")]);
    world.text(&["ingest", "zebras", "study/1.csv"]);
    // The calf stands first, and overlaps with her mother's box by more than a half.
    table("2.csv", &[("Calf", "10,15,40,35"), ("Mother", "10,10,40,40")]);
    let report = &world.json(&["ingest", "zebras", "study/2.csv"])[0];
    assert_eq!((&report["identified_later"], &report["further_animals"]), (&2.into(), &1.into()), "{report}");
    let mother = &world.json(&["individual", "show", "zebras", "Mother"])[0];
    assert_eq!(mother["photo_list"][0]["annotation"], "ann-1");
}

#[test]
fn sides_are_read_out_of_names_where_asked() {
    let world = World::without_catalog(2, 3);
    for (place, photo) in
        [("left side/a.jpg", "Ada_0.jpg"), ("R/b.jpg", "Bo_0.jpg"), ("other/c_L.jpg", "Ada_1.jpg")]
    {
        let to = world.path("t").join(place);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(world.path("study/photos").join(photo), to).unwrap();
    }
    assert_eq!(world.code(&["init", "zebras", "--bundle", resight_testkit::bundles::PROJECTION]), 0);
    world.text(&["ingest", "zebras", "t", "--kind", "folder-tree", "--side-from", "folder"]);
    let sides = |photo: &str| row(&world, photo)["viewpoint"].clone();
    assert_eq!(["a.jpg", "b.jpg", "c_L.jpg"].map(sides), ["left", "right", ""]);
    // A later look at the names of files fills in what nobody has said.
    world.run(&["ingest", "zebras", "t", "--kind", "folder-tree", "--side-from", "file"]);
    assert_eq!(row(&world, "c_L.jpg")["viewpoint"], "left");
}

#[test]
fn the_last_live_photo_is_not_separated_from_its_individual() {
    let world = World::new(2, 3);
    world.text(&["remove", "zebras", "ann-1"]);
    let (code, told) = world.complaint(&["separate", "zebras", "ann-2", "ann-3"]);
    assert!(code == 1 && told.contains("all the photos"), "{told}");
}

#[test]
fn refusals_say_what_would_do() {
    let world = World::new(2, 3);
    world.text(&["remove", "zebras", LUNA]);
    for (arguments, said) in [
        (&["label", "zebras", "ann-2", "--quality", "great"][..], "one of junk, poor, fair, good, excellent"),
        (&["label", "zebras", "ann-2", "--date", "yesterday"], "as in `2024-05-31 14:02:07`"),
        (&["remove", "zebras", LUNA], "was removed from the catalog"),
        (&["label", "zebras"], "nothing is said"),
    ] {
        let (code, told) = world.complaint(arguments);
        assert!(code != 0 && told.contains(said), "{arguments:?}: {told}");
    }
}

/// What ingesting a table of these lines says, in JSON.
fn taken_in(world: &World, lines: &str) -> serde_json::Value {
    fs::write(world.path("study/more.csv"), lines).unwrap();
    world.json(&["ingest", "zebras", "study/more.csv", "--no-calibrate"]).remove(0)
}

#[test]
fn rows_that_contradict_each_other_name_nobody_and_are_told() {
    let world = World::new(2, 3);
    world.new_photo(5, 1);
    let photo = "../asked/Fay_1.jpg";
    let table = format!("path,identity,species\n{photo},Cy,zebra\n{photo},Dot,lion\n{photo},Cy,zebra\n");
    let told = taken_in(&world, &table)["conflicts"].to_string();
    assert!(told.contains("named both `Cy` and `Dot`: nobody is named"), "{told}");
    assert!(told.contains("species: both `zebra` and `lion`"), "{told}");
    assert_eq!(row(&world, "Fay_1.jpg")["identity"], "unknown");
    // One photo under two names of its file, of which the catalog does not know whom it shows.
    fs::copy(world.path("asked/Fay_1.jpg"), world.path("study/copy.jpg")).unwrap();
    let told =
        taken_in(&world, &format!("path,identity\n{photo},Cy\ncopy.jpg,Dot\n"))["conflicts"].to_string();
    assert!(told.contains("named both `Cy` and `Dot`: nobody is named"), "{told}");
    let rows = exported(&world);
    assert!(!rows.contains(",Cy,") && !rows.contains(",Dot,"), "{rows}");
}

#[test]
fn what_a_person_took_away_is_offered_and_not_filled_in_again() {
    let world = World::new(2, 3);
    world.text(&["label", "zebras", LUNA, "--viewpoint", "none"]);
    world.text(&["assign", "zebras", LUNA, "--nobody"]);
    let again = ["ingest", "zebras", "study/metadata.csv", "--no-calibrate"];
    let report = world.json(&again).remove(0);
    assert_eq!((&report["labels_taken"], &report["identified_later"]), (&0.into(), &0.into()), "{report}");
    let offers = report["offers"].as_array().unwrap();
    assert_eq!(offers.len(), 2, "{report}");
    assert!(offers.iter().all(|offer| offer["there"] == "none" && offer["said_by"] == "ada"), "{report}");
    let code = world.code(&[&again[..], &["--take", "new"]].concat());
    let row = row(&world, "Ada_0.jpg");
    assert_eq!((code, row["viewpoint"].as_str(), row["identity"].as_str()), (0, "left", "Ada"));
}

#[test]
fn a_box_that_was_corrected_still_means_its_animal() {
    let world = World::new(2, 3);
    let table = "path,identity,x,y,w,h\nphotos/Ada_0.jpg,Ada,1,1,30,30\n";
    assert_eq!(
        taken_in(&world, table)["further_animals"],
        0,
        "the whole photo was Ada, and this says where she is"
    );
    world.text(&["label", "zebras", LUNA, "--box", "60,60,30,30"]);
    let report = taken_in(&world, table);
    assert_eq!(report["further_animals"], 0, "{report}");
    assert_eq!(report["offers"][0]["label"], "box", "{report}");
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn one_value_that_cannot_be_kept_costs_itself_alone() {
    let world = World::new(2, 3);
    let long = "x".repeat(5000);
    let table = format!("path,note,sea\nphotos/Ada_0.jpg,{long},calm\nphotos/Bo_0.jpg,short,rough\n");
    let report = taken_in(&world, &table);
    assert_eq!(report["labels_taken"], 3, "{report}");
    let told = report["conflicts"][0].to_string();
    assert!(told.contains("Ada_0.jpg") && told.contains("note") && told.len() < 500, "{told}");
}

#[test]
fn encounters_are_offered_as_their_table_calls_them() {
    let world = World::new(2, 3);
    let report = taken_in(&world, "path,encounter,date\nphotos/Ada_0.jpg,trip 7,2024-05-01 12:00:00\n");
    let offer = &report["offers"][0];
    assert_eq!(offer["there"], "Ada-0 of 2024-05-01", "{report}");
    assert_eq!(offer["stated"], "trip 7 of 2024-05-01", "{report}");
    // Said so, it is that one.
    let told =
        world.text(&["label", "zebras", "study/photos/Ada_1.jpg", "--encounter", "Ada-0 of 2024-05-01"]);
    assert!(
        told.contains("encounter: Ada-1 of 2024-05-02 (said by a table) → Ada-0 of 2024-05-01\n"),
        "{told}"
    );
    assert_eq!(row(&world, "Ada_1.jpg")["encounter"], row(&world, "Ada_0.jpg")["encounter"]);
}

#[test]
fn new_photos_of_a_newer_table_belong_to_the_encounters_of_the_former() {
    let world = World::new(2, 3);
    world.new_photo(0, 9);
    let table = "path,identity,encounter,date\nphotos/Ada_1.jpg,Ada,Ada-1,2024-05-02 12:00:00\n\
                 ../asked/Ada_9.jpg,Ada,Ada-1,2024-05-01 23:50:00\n";
    let report = taken_in(&world, table);
    assert!(report["offers"].as_array().unwrap().is_empty(), "{report}");
    assert_eq!(row(&world, "Ada_9.jpg")["encounter"], row(&world, "Ada_1.jpg")["encounter"]);
}

#[test]
fn a_removed_photo_that_comes_back_is_embedded_by_the_bundle_of_today() {
    let world = World::new(6, 3);
    world.text(&["remove", "zebras", LUNA]);
    world.text(&["reembed", "zebras", "--bundle", "resight-base", "--quiet"]);
    world.text(&["undo", "zebras"]);
    let status = world.json(&["status", "zebras"])[0].to_string();
    assert_eq!(world.code(&["verify", "zebras"]), 0, "{status}");
}

#[test]
fn a_step_stands_where_its_box_cannot_be_embedded() {
    let world = World::new(2, 3);
    fs::rename(world.path("home"), world.path("elsewhere")).unwrap();
    let (code, told) = world.complaint(&["label", "zebras", LUNA, "--box", "1,1,30,30"]);
    assert!(code == 3 && told.contains("not embedded anew") && told.contains("step-2"), "{code}: {told}");
    fs::rename(world.path("elsewhere"), world.path("home")).unwrap();
    // The next ingest that sees the photo makes it good, as after a command that was stopped.
    assert_ne!(world.code(&["verify", "zebras"]), 0);
    world.run(&["ingest", "zebras", "study/metadata.csv", "--no-calibrate"]);
    assert_eq!(world.code(&["verify", "zebras"]), 0);
}

#[test]
fn a_table_that_was_exported_says_nothing_new() {
    let world = World::new(2, 3);
    for labels in [["--body-part", "flank"], ["--quality", "good"]] {
        world.text(&[&["label", "zebras", LUNA][..], &labels].concat());
    }
    // One whose encounter was found by folder and time.
    world.new_photo(4, 1);
    world.text(&["ingest", "zebras", "asked", "--no-calibrate"]);
    let before = exported(&world);
    let output = world.run(&["ingest", "zebras", "out.csv", "--no-calibrate"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(!told.contains("kept for `export-table`"), "{told}");
    assert_eq!(exported(&world), before);
}

#[test]
fn a_dry_run_tells_what_is_no_photo() {
    let world = World::new(2, 3);
    world.new_photo(4, 1);
    fs::write(world.path("asked/note.jpg"), "no photo").unwrap();
    fs::write(world.path("asked/phone.heic"), b"\0\0\0\x18ftypheic\0\0\0\0mif1heic").unwrap();
    let (code, told) = world.complaint(&["ingest", "zebras", "asked", "--dry-run"]);
    assert_eq!(code, 3, "{told}");
    assert!(
        told.contains("note.jpg: not a picture") && told.contains("HEIC files are not supported"),
        "{told}"
    );
}
