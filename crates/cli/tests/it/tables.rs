//! What tables say, as every command takes it: encounters, boxes, names, and text of strangers.

use std::fs;
use std::path::Path;

use resight_imaging::encode_jpeg;
use resight_testkit::bundles::TINY;
use resight_testkit::exif::{Directory, Value, block, into_jpeg};
use resight_testkit::photos::scene;

use crate::workplace::{Workplace, lines_of_json, text, write_photo};

/// A workplace with photos `p1.jpg` to `p6.jpg` of 96 x 64 pixels.
fn workplace() -> Workplace {
    let place = Workplace::new();
    for number in 1..=6 {
        write_photo(&place.path(&format!("p{number}.jpg")), number);
    }
    place
}

fn table(place: &Workplace, name: &str, rows: &str) {
    fs::write(place.path(name), rows).unwrap();
}

/// A photo that says when it was taken, and where on the globe its clock is set.
fn write_timed_photo(path: &Path, seed: u64, time: &str, offset: Option<&str>) {
    let text = |tag, text: &str| (Directory::Exif, tag, Value::Text(text.to_owned()));
    let fields: Vec<_> =
        [text(0x9003, time)].into_iter().chain(offset.map(|offset| text(0x9011, offset))).collect();
    let jpeg = encode_jpeg(&scene(96, 64, seed), 90).unwrap();
    fs::write(path, into_jpeg(&jpeg, &block(&fields))).unwrap();
}

fn evaluate(place: &Workplace, name: &str) -> serde_json::Value {
    // The small scenes look alike, so that near-duplicates are not hidden here.
    let arguments =
        ["evaluate", name, "--bundle", TINY, "--hide", "encounter", "--resamplings", "10", "--no-cache"];
    place.json(&arguments)[0].clone()
}

#[test]
fn a_date_hides_the_photos_of_its_day() {
    let place = workplace();
    let days = "path,identity,date\np1.jpg,Luna,2020-06-01\np2.jpg,Luna,2020-06-01\np3.jpg,Luna,2023-06-01\n\
                p4.jpg,Nick,2020-06-01\np5.jpg,Nick,2020-06-01\np6.jpg,Nick,\n";
    table(&place, "t.csv", days);
    let found = evaluate(&place, "t.csv");
    assert_eq!((&found["encounters"]["date"], &found["encounters"]["not_known"]), (&5.into(), &1.into()));
    assert_eq!(found["n_answerable"], 3, "Nick's photo without a date may be of his one day");
    table(&place, "u.csv", &days.replace("p6.jpg,Nick,\n", ""));
    let found = evaluate(&place, "u.csv");
    assert_eq!(found["n_answerable"], 3, "Nick was met on one day");
    let shown = place.run(&["evaluate", "t.csv", "--bundle", TINY, "--resamplings", "10"]);
    assert!(
        text(&shown.stdout).contains("encounters from: date (5), not known (1)"),
        "{}",
        text(&shown.stdout)
    );
    let said = text(&shown.stderr);
    assert!(said.contains("1 of 6 photos state neither encounter, date nor time"), "{said}");
    let preview = ["train", "t.csv", "--recipe", "head", "--bundle", TINY, "--preview", "views.png"];
    let preview = place.run(&preview);
    assert!(
        text(&preview.stderr).contains("encounters from: date (5), not known (1)"),
        "{}",
        text(&preview.stderr)
    );
}

#[test]
fn a_word_for_a_missing_value_is_no_encounter() {
    let place = workplace();
    for (name, word) in [("na.csv", "NA"), ("none.csv", ""), ("null.csv", "null")] {
        let row = |photo: u8, who: &str| format!("p{photo}.jpg,{who},{word}\n");
        let rows = [row(1, "Luna"), row(2, "Luna"), row(3, "Nick"), row(4, "Nick")].concat();
        table(&place, name, &format!("path,identity,encounter\n{rows}"));
        let found = evaluate(&place, name);
        assert_eq!((&found["n_answerable"], &found["encounters"]["table"]), (&4.into(), &0.into()), "{name}");
    }
}

#[test]
fn labels_of_encounters_that_begin_anew_are_told_apart() {
    let place = workplace();
    place.init();
    table(&place, "2020.csv", "path,identity,encounter,date\np1.jpg,Luna,1,2020-06-01\n");
    table(&place, "2023.csv", "path,identity,encounter,date\np2.jpg,Luna,1,2023-06-01\n");
    table(
        &place,
        "all.csv",
        "path,identity,encounter,date\np3.jpg,Nick,1,2020-06-01\np4.jpg,Nick,1,2023-06-01\n",
    );
    place.json(&["ingest", "catalog", "2020.csv"]);
    place.json(&["ingest", "catalog", "2023.csv"]);
    let last = place.json(&["ingest", "catalog", "all.csv"]);
    assert!(last[0]["warnings"].to_string().contains("told apart by day, 2 encounters"), "{}", last[0]);
    for name in ["Luna", "Nick"] {
        let shown = place.json(&["individual", "show", "catalog", name]);
        assert_eq!(shown[0]["encounters"], 2, "{name}");
    }
}

#[test]
fn days_are_those_of_the_cameras_clock() {
    let place = workplace();
    place.init();
    write_timed_photo(&place.path("sydney.jpg"), 11, "2024:05:31 08:00:00", Some("+10:00"));
    write_timed_photo(&place.path("lima.jpg"), 12, "2024:05:31 22:30:00", Some("-05:00"));
    table(&place, "t.csv", "path,identity\nsydney.jpg,Sydney\nlima.jpg,Lima\n");
    place.json(&["ingest", "catalog", "t.csv"]);
    for row in place.json(&["individual", "list", "catalog"]) {
        assert_eq!(
            (&row["first_seen"], &row["last_seen"]),
            (&"2024-05-31".into(), &"2024-05-31".into()),
            "{row}"
        );
    }
}

#[test]
fn a_bare_date_takes_the_times_that_the_photos_of_that_day_state() {
    let place = workplace();
    place.init();
    write_timed_photo(&place.path("morning.jpg"), 11, "2024:05:31 06:00:00", None);
    write_timed_photo(&place.path("evening.jpg"), 12, "2024:05:31 19:00:00", None);
    table(&place, "t.csv", "path,identity,date\nmorning.jpg,Luna,2024-05-31\nevening.jpg,Luna,2024-05-31\n");
    let report = place.json(&["ingest", "catalog", "t.csv"]);
    assert_eq!(report[0]["encounters"]["folder_and_time"], 2, "{}", report[0]);
    let shown = place.json(&["individual", "show", "catalog", "Luna"]);
    assert_eq!(shown[0]["encounters"], 2);
    assert_eq!(shown[0]["photo_list"][0]["date"], "2024-05-31T06:00:00");
    // And `evaluate` sees what `ingest` sees.
    assert_eq!(evaluate(&place, "t.csv")["n_answerable"], 2);
}

#[test]
fn rows_about_known_photos_fill_in_names_and_bring_further_animals() {
    let place = workplace();
    place.init();
    table(&place, "a.csv", "path,whale,bbox\np1.jpg,Luna,\"[2,2,40,40]\"\np2.jpg,Nick,\"[2,2,40,40]\"\n");
    place.json(&["ingest", "catalog", "a.csv"]);
    let named = place.json(&["ingest", "catalog", "a.csv", "--column", "identity=whale"]);
    assert_eq!((&named[0]["identified_later"], &named[0]["further_animals"]), (&2.into(), &0.into()));
    table(&place, "b.csv", "path,identity,bbox\np1.jpg,Bo,\"[50,20,40,40]\"\n");
    let further = place.json(&["ingest", "catalog", "b.csv"]);
    assert_eq!((&further[0]["further_animals"], &further[0]["already_there"]), (&1.into(), &1.into()));
    let again = place.json(&["ingest", "catalog", "b.csv"]);
    assert_eq!(again[0]["further_animals"], 0, "once");
    let names: Vec<String> = place
        .json(&["individual", "list", "catalog"])
        .iter()
        .map(|row| format!("{} {}", row["name"].as_str().unwrap(), row["photos"]))
        .collect();
    assert_eq!(names, ["Bo 1", "Luna 1", "Nick 1"]);
    assert!(place.run(&["verify", "catalog"]).status.success());
}

#[test]
fn what_a_row_says_otherwise_than_the_catalog_is_listed() {
    let place = workplace();
    place.init();
    table(&place, "a.csv", "path,identity,bbox,viewpoint\np1.jpg,Luna,\"[2,2,40,40]\",\n");
    place.json(&["ingest", "catalog", "a.csv"]);
    table(&place, "b.csv", "path,identity,bbox,viewpoint\np1.jpg,Nick,\"[3,3,40,40]\",left\n");
    let output = place.run(&["ingest", "catalog", "b.csv", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let report = &lines_of_json(&output)[0];
    let offers: Vec<String> = report["offers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|offer| format!("{}: {} → {}", offer["label"], offer["there"], offer["stated"]).replace('"', ""))
        .collect();
    assert_eq!(offers, ["individual: Luna → Nick", "box: 2,2,40,40 → 3,3,40,40"]);
    assert_eq!(report["labels_taken"], 1, "nobody had said a viewpoint");
}

#[cfg(unix)]
#[test]
fn a_row_that_a_table_cannot_hold_is_left_out_of_the_export() {
    use std::os::unix::ffi::OsStrExt;
    let place = workplace();
    place.init();
    for (folder, name, seed) in [("A", b"a.jpg".as_slice(), 1), ("B", b"caf\xe9.jpg", 2), ("C", b"c.jpg", 3)]
    {
        fs::create_dir_all(place.path("f").join(folder)).unwrap();
        write_photo(&place.path("f").join(folder).join(std::ffi::OsStr::from_bytes(name)), seed);
    }
    place.json(&["ingest", "catalog", "f", "--kind", "folder-per-individual"]);
    let output = place.run(&["export-table", "catalog", "out.csv"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("no UTF-8"), "{}", text(&output.stderr));
    let written = fs::read_to_string(place.path("out.csv")).unwrap();
    assert_eq!(written.lines().count(), 3, "{written}");
    let found = ["train", "catalog", "--recipe", "head", "--bundle", TINY, "--preview", "views.png"];
    let found = place.run(&found);
    assert!(found.status.success(), "{}", text(&found.stderr));
}

#[test]
fn one_bad_name_costs_the_name_and_is_told_by_its_line() {
    let place = workplace();
    place.init();
    table(&place, "t.csv", "path,identity\np1.jpg,Luna\np2.jpg,\"Big\nNick\"\np3.jpg,Nick\n");
    for _ in 0..2 {
        let output = place.run(&["ingest", "catalog", "t.csv"]);
        assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
        let said = text(&output.stderr);
        assert!(said.contains("line 3: no name of an individual") && said.contains("`Big\\nNick`"), "{said}");
    }
    let names: Vec<_> =
        place.json(&["individual", "list", "catalog"]).iter().map(|row| row["name"].to_string()).collect();
    assert_eq!(names, ["\"Luna\"", "\"Nick\""]);
}

#[test]
fn boxes_that_fit_only_another_form_are_refused_before_the_work() {
    let place = workplace();
    place.init();
    table(
        &place,
        "t.csv",
        "path,identity,bbox\np1.jpg,Luna,\"[40,20,90,60]\"\np2.jpg,Nick,\"[30,30,95,63]\"\n",
    );
    for arguments in [
        vec!["ingest", "catalog", "t.csv"],
        vec!["evaluate", "t.csv", "--bundle", TINY],
        vec!["train", "t.csv", "--bundle", TINY],
        vec!["submit", "t.csv", "p3.jpg", "--bundle", TINY, "--output", "s.csv"],
    ] {
        let output = place.run(&arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output.stderr));
        let said = text(&output.stderr);
        assert!(
            said.contains("2 of 2 boxes leave their picture") && said.contains("--box-form corners"),
            "{said}"
        );
    }
    assert_eq!(place.json(&["status", "catalog"])[0]["photos"], 0);
    assert_eq!(place.json(&["ingest", "catalog", "t.csv", "--box-form", "corners"])[0]["stored"], 2);
    let exported = place.run(&["export-table", "catalog", "out.csv"]);
    assert!(exported.status.success(), "{}", text(&exported.stderr));
    let written = fs::read_to_string(place.path("out.csv")).unwrap();
    assert!(written.contains("\"[40, 20, 50, 40]\",upright"), "{written}");
}

#[test]
fn what_a_terminal_would_obey_is_shown_and_json_keeps_it() {
    let place = workplace();
    place.init();
    let species = "whale\u{1b}[2k\u{202e}";
    table(
        &place,
        "t.csv",
        &format!("path,identity,species\np1.jpg,Lu\u{202e}na,{species}\np\u{1b}[31m.jpg,Nick,\n"),
    );
    let output = place.run(&["ingest", "catalog", "t.csv"]);
    let shown = place.run(&["individual", "show", "catalog", "Lu\u{202e}na"]);
    let refused = place.run(&["individual", "show", "catalog", "\u{1b}[2Jnobody"]);
    for stream in [&output.stderr, &output.stdout, &shown.stdout, &shown.stderr, &refused.stderr] {
        let stream = text(stream);
        assert!(!stream.contains(['\u{1b}', '\u{202e}']), "{stream:?}");
    }
    assert!(text(&shown.stdout).contains("Lu\\u{202e}na"), "{}", text(&shown.stdout));
    assert!(text(&output.stderr).contains("p\\u{1b}[31m.jpg"), "{}", text(&output.stderr));
    let details = place.json(&["individual", "show", "catalog", "Lu\u{202e}na"]);
    assert_eq!(details[0]["photo_list"][0]["species"], species);
    table(
        &place,
        "u.csv",
        "path,identity\np1.jpg,Lu\u{202e}na\np2.jpg,Lu\u{202e}na\np3.jpg,Nick\np4.jpg,Nick\n",
    );
    let page =
        place.run(&["evaluate", "u.csv", "--bundle", TINY, "--html", "page.html", "--resamplings", "10"]);
    assert!(page.status.success(), "{}", text(&page.stderr));
    let page = fs::read_to_string(place.path("page.html")).unwrap();
    assert!(!page.contains('\u{202e}') && page.contains("Lu\\u{202e}na"));
}
