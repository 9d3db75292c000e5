//! A catalog that came by mail, or that something damaged: told as such, exit code 1, and nothing is done by it.

use std::fs;
use std::path::Path;

use crate::workplace::{Workplace, text};

/// A catalog of six photos of three animals.
fn mailed() -> Workplace {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("named", 3, 2);
    workplace.json(&["ingest", "catalog", "named", "--kind", "folder-per-individual", "--no-calibrate"]);
    workplace
}

fn change(workplace: &Workplace, sql: &str) {
    let outsider = rusqlite::Connection::open(workplace.catalog().join("catalog.sqlite")).unwrap();
    outsider.pragma_update(None, "foreign_keys", false).unwrap();
    outsider.execute_batch(sql).unwrap();
}

/// Every command that opens a catalog.
const COMMANDS: &[&[&str]] = &[
    &["status", "catalog"],
    &["identify", "catalog", "named/animal-00/0.jpg"],
    &["ingest", "catalog", "named", "--kind", "folder-per-individual", "--no-calibrate"],
    &["assign", "catalog", "ann-1", "animal-01"],
    &["undo", "catalog", "--yes"],
    &["individual", "list", "catalog"],
    &["journal", "catalog"],
    &["calibrate", "catalog"],
    &["export-table", "catalog", "out.csv"],
    &["rebuild", "catalog"],
];

fn assert_refused_everywhere(workplace: &Workplace, said: &str) {
    for command in COMMANDS {
        let output = workplace.run(command);
        let complaint = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {complaint}");
        assert!(complaint.contains(said), "{command:?}: {complaint}");
    }
    assert_not_sound(workplace, said);
}

fn assert_not_sound(workplace: &Workplace, said: &str) {
    let output = workplace.run(&["verify", "catalog"]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{shown}{}", text(&output.stderr));
    assert!(shown.starts_with("NOT SOUND") && shown.contains(said), "{shown}");
}

#[test]
fn a_foreign_trigger_is_named_and_never_runs() {
    let workplace = mailed();
    change(
        &workplace,
        "CREATE TRIGGER evil AFTER INSERT ON journal_entry BEGIN UPDATE annotation SET individual_id = 1; END",
    );
    assert_refused_everywhere(&workplace, "the trigger `evil` was added");
    change(&workplace, "DROP TRIGGER evil");
    let rows = workplace.json(&["individual", "list", "catalog"]);
    assert!(rows.iter().all(|row| row["photos"] == 2), "{rows:?}");
}

#[test]
fn a_database_without_a_version_or_with_half_of_its_bytes_is_not_a_bug() {
    let workplace = mailed();
    change(&workplace, "PRAGMA user_version = 0");
    assert_refused_everywhere(&workplace, "its version is 0");
    let database = workplace.catalog().join("catalog.sqlite");
    let bytes = fs::read(&database).unwrap();
    fs::write(&database, &bytes[..bytes.len() / 2]).unwrap();
    for command in COMMANDS {
        assert_eq!(workplace.run(command).status.code(), Some(1), "{command:?}");
    }
    let output = workplace.run(&["verify", "catalog"]);
    assert!(text(&output.stdout).starts_with("NOT SOUND"), "{}", text(&output.stdout));
}

/// The program with so much address space.
fn limited(workplace: &Workplace, arguments: &[&str]) -> (Option<i32>, String) {
    let program = workplace.resight(arguments);
    let mut limited = std::process::Command::new("sh");
    limited.arg("-c").arg("ulimit -v 4000000; exec \"$0\" \"$@\"").arg(program.get_program());
    limited.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = limited.output().unwrap();
    (output.status.code(), text(&output.stderr))
}

#[cfg(target_os = "linux")]
#[test]
fn numbers_of_the_database_ask_for_no_memory() {
    let asked = ["identify", "catalog", "named/animal-00/0.jpg"];
    let workplace = mailed();
    change(&workplace, "UPDATE segment SET n_rows = 9223372036854775807");
    let (code, complaint) = limited(&workplace, &asked);
    assert_eq!(code, Some(1), "{complaint}");
    assert!(complaint.contains("segment 1 of"), "{complaint}");
    assert_not_sound(&workplace, "segment 1 of");

    let workplace = mailed();
    change(&workplace, "UPDATE sqlite_sequence SET seq = 1 << 33 WHERE name IN ('photo', 'annotation')");
    assert_refused_everywhere(&workplace, "go on after 8589934592 where the last one is 6");

    let workplace = mailed();
    change(
        &workplace,
        "UPDATE photo SET id = 1 << 33 WHERE id = 6; UPDATE annotation SET photo_id = 1 << 33 WHERE photo_id = 6; \
         UPDATE photo_path SET photo_id = 1 << 33 WHERE photo_id = 6; \
         UPDATE sqlite_sequence SET seq = 1 << 33 WHERE name = 'photo'",
    );
    let (code, complaint) = limited(&workplace, &asked);
    assert_eq!(code, Some(0), "it is found in its place: {complaint}");
    assert_not_sound(&workplace, "the 6 rows of `photo` are numbered 1 to 8589934592");
}

#[test]
fn a_circle_of_merges_ends() {
    let workplace = mailed();
    change(
        &workplace,
        "UPDATE annotation SET individual_id = NULL; DELETE FROM individual_name; \
         UPDATE individual SET state = 'merged', merged_into = 2 WHERE id = 1; \
         UPDATE individual SET state = 'merged', merged_into = 1 WHERE id = 2",
    );
    for command in [
        &["individual", "show", "catalog", "ind-1"][..],
        &["assign", "catalog", "ann-1", "ind-2"],
        &["merge", "catalog", "ind-1", "ind-3"],
        &["individual", "rename", "catalog", "ind-1", "Zoe"],
    ] {
        let output = workplace.run(command);
        let complaint = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{complaint}");
        assert!(complaint.contains("merged in a circle"), "{complaint}");
    }
    assert_not_sound(&workplace, "merged in a circle");
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    use std::os::unix::fs::symlink;
    let workplace = mailed();
    let mine = workplace.path("mine");
    fs::create_dir_all(mine.join("vectors/mine@0123456789ab")).unwrap();
    let (victim, rows) = (mine.join("victim.txt"), mine.join("vectors/mine@0123456789ab/seg-000001.f16"));
    for file in [&victim, &rows] {
        fs::write(file, "precious").unwrap();
    }
    let place = |name: &str| workplace.catalog().join(name);
    let put = |target: &Path, link: &str| symlink(target, place(link)).unwrap();
    put(&victim, "lock.json");
    assert_refused_everywhere(&workplace, "a link inside a catalog");
    fs::remove_file(place("lock.json")).unwrap();
    put(rows.parent().unwrap(), "vectors/x@0123456789ab");
    assert_refused_everywhere(&workplace, "x@0123456789ab");
    fs::remove_file(place("vectors/x@0123456789ab")).unwrap();
    fs::rename(place("thumbs"), workplace.path("thumbs")).unwrap();
    put(&workplace.path("thumbs"), "thumbs");
    assert_refused_everywhere(&workplace, "a link inside a catalog");
    for file in [&victim, &rows] {
        assert_eq!(fs::read_to_string(file).unwrap(), "precious");
    }
    fs::remove_file(place("thumbs")).unwrap();
    fs::rename(workplace.path("thumbs"), place("thumbs")).unwrap();
    assert!(workplace.run(&["verify", "catalog"]).status.success());
}

#[cfg(unix)]
#[test]
fn paths_of_a_catalog_are_looked_at_before_they_are_opened() {
    let workplace = mailed();
    fs::remove_dir_all(workplace.catalog().join("thumbs")).unwrap();
    let pipe = workplace.path("pipe.jpg");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    change(
        &workplace,
        &format!(
            "UPDATE photo_path SET path = '/dev/zero' WHERE photo_id = 1; \
             UPDATE photo_path SET path = '{}' WHERE photo_id = 2",
            pipe.display()
        ),
    );
    let output = workplace.run(&["verify", "catalog", "--originals"]);
    let said = text(&output.stderr);
    assert!(said.contains("a device") && said.contains("a pipe"), "{said}");
    let output = workplace.run(&["rebuild", "catalog"]);
    assert_eq!(output.status.code(), Some(1), "two thumbnails cannot be made");
    assert!(text(&output.stderr).contains("a pipe"), "{}", text(&output.stderr));
    fs::remove_dir_all(workplace.catalog().join("vectors")).unwrap();
    let output = workplace.run(&["rebuild", "catalog"]);
    assert_eq!(output.status.code(), Some(1), "nor their embeddings: {}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn a_page_is_made_where_a_thumbnail_cannot_be_read() {
    use std::os::unix::fs::PermissionsExt;
    let workplace = mailed();
    let thumbnails: Vec<_> = fs::read_dir(workplace.catalog().join("thumbs"))
        .unwrap()
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(thumbnails.len(), 6);
    let any = workplace.path("any");
    fs::write(&any, "").unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
    for thumbnail in &thumbnails {
        assert_eq!(mode(thumbnail), mode(&any), "others may read it as any file");
        fs::remove_file(thumbnail).unwrap();
        // What nobody can read, not even who may read everything.
        fs::create_dir(thumbnail).unwrap();
    }
    fs::remove_dir_all(workplace.path("named/animal-01")).unwrap();
    let output = workplace.run(&["identify", "catalog", "named/animal-00/0.jpg", "--html", "answer.html"]);
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", text(&output.stderr));
    assert!(workplace.path("answer.html").is_file());
}
