//! Killed at any moment, a catalog opens clean and has everything that was reported as stored.
//!
//! The writer is this test binary itself, started again with a folder in its environment.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use resight_catalog::{Access, Catalog, Settings};

use crate::support::{assert_right_embeddings, assert_sound, at, bundle, photo, photo_id, signed, spec};

const FOLDER: &str = "RESIGHT_TEST_CRASH_FOLDER";
const KILLS: u64 = 50;

/// Starts the test called `test` of this binary as a process of its own, working on a catalog.
pub(crate) fn child(test: &str, catalog: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(FOLDER, catalog);
    command
}

/// The catalog to work on, where this process is such a child.
pub(crate) fn childs_folder() -> Option<std::path::PathBuf> {
    std::env::var_os(FOLDER).map(Into::into)
}

/// The writer: stores batches, makes other steps between them, and says what is stored until it is killed.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(folder) = childs_folder() else { return };
    let mut catalog = Catalog::open(&folder, Access::Write).unwrap();
    let import = catalog.begin_import("a doomed one", &signed(0)).unwrap();
    let mut next = catalog.stats().unwrap().photos;
    loop {
        let batch: Vec<_> =
            (next..next + 7).map(|n| photo(n, Some(["Luna", "Moby", "Willy"][n as usize % 3]))).collect();
        let stored = catalog.store_batch(import, &bundle(), &batch, at(1)).unwrap();
        next += 7;
        println!("\nstored {next}");
        let new = catalog.new_individual(&crate::support::annotations(&stored[0]), None, &signed(2)).unwrap();
        println!("step {}", new.id.0);
        let undo = catalog.undo(None, &signed(3)).unwrap();
        println!("step {}", undo.id.0);
    }
}

/// From when on a writer has its while to live.
#[derive(Clone, Copy, PartialEq)]
enum KilledAfter {
    /// It was started: it may still be opening the catalog.
    Start,
    /// It stored something: it is at work, however slow the machine is.
    FirstReport,
}

/// Runs the writer, kills it after a while, and returns the greatest numbers that it reported.
fn run_and_kill(folder: &Path, after: KilledAfter, millis: u64) -> (u64, i64) {
    let mut child = child("crash::child_that_writes_until_it_is_killed", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let (report, reported) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let (mut stored, mut step, mut line) = (0, 0, String::new());
        while lines.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            if let Some(number) = line.trim().strip_prefix("stored ") {
                stored = number.parse().unwrap_or(stored);
                let _nobody_waits_any_more = report.send(());
            } else if let Some(number) = line.trim().strip_prefix("step ") {
                step = number.parse().unwrap_or(step);
            }
            line.clear();
        }
        (stored, step)
    });
    if after == KilledAfter::FirstReport {
        reported.recv_timeout(Duration::from_secs(60)).expect("the writer came to write");
    }
    std::thread::sleep(Duration::from_millis(millis));
    assert_eq!(child.try_wait().unwrap(), None, "the writer writes until it is killed");
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn fifty_kills_lose_nothing_that_was_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog");
    drop(Catalog::create(&path, &Settings::new(spec()), at(0)).unwrap());
    let (mut reported, mut last_step) = (0, 0);
    for kill in 0..KILLS {
        let after = if kill % 2 == 0 { KilledAfter::Start } else { KilledAfter::FirstReport };
        let (stored, step) = run_and_kill(&path, after, 12 + (kill * 37) % 90);
        reported = reported.max(stored);
        last_step = last_step.max(step);
        // Every other time it is looked at before anybody tidies up.
        let access = if kill % 4 < 2 { Access::Read } else { Access::Write };
        let catalog = Catalog::open(&path, access).unwrap();
        let photos = catalog.stats().unwrap().photos;
        assert!(photos >= reported, "kill {kill}: {reported} reported, {photos} there");
        assert_eq!(photos % 7, 0, "kill {kill}: batches are whole");
        let known = catalog.known_photos(&(0..photos).map(photo_id).collect::<Vec<_>>()).unwrap();
        assert!(known.iter().all(|known| *known));
        assert_eq!(catalog.gallery(&bundle()).unwrap().rows.len() as u64, photos);
        let latest = catalog.journal(1).unwrap().first().map_or(0, |line| line.id.0);
        assert!(latest >= last_step, "kill {kill}: step {last_step} reported, {latest} there");
        assert_right_embeddings(&catalog);
        assert_sound(&catalog);
    }
    assert!(reported >= 7 * KILLS / 2, "the writer came to write: {reported} photos");
}

/// The maker: makes a catalog and says so.
#[test]
fn child_that_makes_a_catalog() {
    let Some(folder) = childs_folder() else { return };
    Catalog::create(&folder, &Settings::new(spec()), at(0)).unwrap();
    println!("\nmade");
}

#[test]
fn a_catalog_killed_while_it_is_made_is_there_or_can_be_made() {
    for millis in (0..40).map(|kill| kill * 3) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog");
        let mut child =
            child("crash::child_that_makes_a_catalog", &path).stdout(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(millis));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut said = String::new();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        let catalog = match Catalog::open(&path, Access::Write) {
            Ok(catalog) => catalog,
            Err(error) => {
                assert!(!said.contains("made"), "{error}");
                Catalog::create(&path, &Settings::new(spec()), at(0)).unwrap()
            }
        };
        assert_sound(&catalog);
        assert_eq!(catalog.settings().unwrap(), Settings::new(spec()));
    }
}

#[test]
fn a_writer_in_another_process_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog");
    drop(Catalog::create(&path, &Settings::new(spec()), at(0)).unwrap());
    let mut child =
        child("crash::child_that_writes_until_it_is_killed", &path).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("stored") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0);
    }
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    let refusal = Catalog::open(&path, Access::Write).unwrap_err();
    assert!(refusal.to_string().contains(&format!("process {} on ", child.id())), "{refusal}");
    let reader = Catalog::open(&path, Access::Read).unwrap();
    let before = reader.stats().unwrap().photos;
    assert!(before >= 7);
    assert_sound(&reader);
    child.kill().unwrap();
    child.wait().unwrap();
    Catalog::open(&path, Access::Write).unwrap();
}
