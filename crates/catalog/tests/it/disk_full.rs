//! A disk that fills up while a catalog is written to, played by a limit on the size of files.
#![cfg(unix)]

use std::process::Command;

use resight_catalog::{Access, Catalog, CatalogError, Settings};
use resight_core::RoomError as _;

use crate::crash::{child, childs_folder};
use crate::support::{assert_right_embeddings, assert_sound, at, bundle, photo, signed, spec};

/// The writer: stores batches until something fails, says what was stored and what failed, goes on with what can
/// still be done, and ends.
#[test]
fn child_that_writes_until_the_disk_is_full() {
    let Some(folder) = childs_folder() else { return };
    let mut catalog = Catalog::open(&folder, Access::Write).unwrap();
    let import = catalog.begin_import("a big one", &signed(0)).unwrap();
    let mut next = 0;
    let error = loop {
        let batch: Vec<_> = (next..next + 20).map(|n| photo(n, Some("Luna"))).collect();
        match catalog.store_batch(import, &bundle(), &batch, at(1)) {
            Ok(_) => next += 20,
            Err(error) => break error,
        }
    };
    // The test harness leaves its own line open.
    println!("\nstored {next}");
    println!("full {}", matches!(error, CatalogError::DiskFull { .. } | CatalogError::WriteFailed(_)));
    println!("hint {}", error.hint().is_some());
    println!("error {error}");
    // What is there can still be read, by the same process.
    assert_eq!(catalog.stats().unwrap().photos, next);
    assert_sound(&catalog);
}

/// Runs the writer under a limit of so many blocks of 512 bytes a file, and returns what it said.
fn run_limited(path: &std::path::Path, blocks: u32) -> String {
    run_child_limited("disk_full::child_that_writes_until_the_disk_is_full", path, blocks)
}

fn run_child_limited(test: &str, path: &std::path::Path, blocks: u32) -> String {
    let child = child(test, path);
    let output = Command::new("sh")
        .args(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")])
        .arg(child.get_program())
        .args(child.get_args())
        .envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said
}

#[test]
fn a_full_disk_is_a_clear_error_and_loses_nothing() {
    for blocks in [800, 1000, 1500] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog");
        drop(Catalog::create(&path, &Settings::new(spec()), at(0)).unwrap());
        let said = run_limited(&path, blocks);
        let stored: u64 =
            said.lines().find_map(|line| line.strip_prefix("stored ")).unwrap().parse().unwrap();
        assert!(stored > 0, "{said}");
        assert!(said.contains("full true") && said.contains("hint true"), "{said}");
        let mut catalog = Catalog::open(&path, Access::Write).unwrap();
        assert!(catalog.stats().unwrap().photos >= stored, "{said}");
        assert_sound(&catalog);
        assert_right_embeddings(&catalog);
        // With space again it goes on.
        let import = catalog.begin_import("the rest", &signed(5)).unwrap();
        catalog.store_batch(import, &bundle(), &[photo(1_000_000, None)], at(6)).unwrap();
        assert_sound(&catalog);
    }
}

/// The maker: makes a catalog and says what came of it.
#[test]
fn child_that_makes_a_catalog_on_a_full_disk() {
    let Some(folder) = childs_folder() else { return };
    match Catalog::create(&folder, &Settings::new(spec()), at(0)) {
        Ok(_) => println!("\nmade"),
        Err(error) => println!("\nnot made, {:?}: {error}", error.kind()),
    }
}

/// Whatever room there was: a catalog was made and is whole, or there is none and one can be made.
fn assert_made_or_not_there(path: &std::path::Path, said: &str) {
    let catalog = match said.contains("\nmade") {
        true => Catalog::open(path, Access::Write).unwrap(),
        false => {
            assert!(said.contains("not made, Io"), "{said}");
            let refusal = Catalog::open(path, Access::Read).unwrap_err();
            assert!(matches!(refusal, CatalogError::NotACatalog { .. }), "{said}: {refusal}");
            Catalog::create(path, &Settings::new(spec()), at(0)).unwrap()
        }
    };
    assert_sound(&catalog);
    assert_eq!(catalog.settings().unwrap(), Settings::new(spec()));
}

#[test]
fn a_catalog_is_whole_or_not_there_whatever_room_its_files_have() {
    let mut made = 0;
    for blocks in (0..40).map(|level| level * 20) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog");
        let said = run_child_limited("disk_full::child_that_makes_a_catalog_on_a_full_disk", &path, blocks);
        made += usize::from(said.contains("\nmade"));
        assert_made_or_not_there(&path, &said);
    }
    assert!((5..35).contains(&made), "the levels lie on both sides: {made} of 40 made");
}

/// Runs the maker on a disk of so many kilobytes, in a name space of its own, and gives the disk room afterwards.
/// `None` where this system lets nobody but its owner do so.
#[cfg(target_os = "linux")]
fn make_on_small_disk(kilobytes: u32) -> Option<bool> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog");
    let make = child("disk_full::child_that_makes_a_catalog_on_a_full_disk", &path);
    let check = child("disk_full::child_that_looks_whether_a_catalog_was_made", &path);
    let script = "mount -t tmpfs -o size=$0k none \"$1\" && echo mounted && \
                  SAID=$(\"$2\" $3 --exact --nocapture) && export SAID && \
                  mount -o remount,size=20m \"$1\" && \"$2\" $4 --exact --nocapture";
    let output = Command::new("unshare")
        .args(["-Urm", "sh", "-c", script, &kilobytes.to_string()])
        .arg(folder.path())
        .arg(make.get_program())
        .args([make.get_args().next().unwrap(), check.get_args().next().unwrap()])
        .envs(make.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !said.contains("mounted") {
        return None;
    }
    assert!(output.status.success(), "{kilobytes}: {said}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(said.contains("it was made"))
}

/// Looks, on the disk that has room now, at what the maker left.
#[test]
fn child_that_looks_whether_a_catalog_was_made() {
    let Some(folder) = childs_folder() else { return };
    let said = std::env::var("SAID").unwrap();
    assert_made_or_not_there(&folder, &said);
    println!("\nit was {}made", if said.contains("\nmade") { "" } else { "not " });
}

#[cfg(target_os = "linux")]
#[test]
fn a_catalog_is_whole_or_not_there_whatever_room_the_disk_has() {
    let mut made = 0;
    for level in 1..=40 {
        let Some(was_made) = make_on_small_disk(level * 12) else {
            println!("skipped: no small disk can be made here");
            return;
        };
        made += u32::from(was_made);
    }
    assert!((5..35).contains(&made), "the levels lie on both sides: {made} of 40 made");
}

/// The reader: says what it can read and what `verify` finds.
#[test]
fn child_that_reads_on_a_full_disk() {
    let Some(folder) = childs_folder() else { return };
    match Catalog::open(&folder, Access::Read) {
        Ok(catalog) => println!("\nread {} photos", catalog.stats().unwrap().photos),
        Err(error) => println!("\nnot read, {:?}: {error}; {:?}", error.kind(), error.hint()),
    }
    let found = resight_catalog::verify::verify(&folder).unwrap().1;
    found.problems.iter().for_each(|problem| println!("found {problem}"));
}

#[test]
fn a_catalog_is_read_where_nothing_can_be_written_unless_a_writer_left_its_log() {
    let (temp, _) = crate::support::TempCatalog::with(&["Luna", "Moby"]);
    let path = temp.path();
    // As a kill leaves it: the log is there, its index is not.
    let interrupted = copy_of(&path, &temp.folder.path().join("interrupted"));
    std::fs::copy(path.join("catalog.sqlite-wal"), interrupted.join("catalog.sqlite-wal")).unwrap();
    drop(temp.catalog);
    let closed = copy_of(&path, &temp.folder.path().join("closed"));
    let reads = "disk_full::child_that_reads_on_a_full_disk";
    let said = run_child_limited(reads, &closed, 0);
    assert!(said.contains("read 2 photos"), "{said}");
    let said = run_child_limited(reads, &interrupted, 0);
    assert!(
        said.contains("not read, Io: an interrupted writer left a log that cannot be read here"),
        "{said}"
    );
    assert!(said.contains("found database: an interrupted writer left a log"), "{said}");
    assert!(said.contains("CopyCatalog"), "{said}");
    // With room it is read.
    assert_eq!(Catalog::open(&interrupted, Access::Read).unwrap().stats().unwrap().photos, 2);
}

fn copy_of(from: &std::path::Path, to: &std::path::Path) -> std::path::PathBuf {
    std::fs::create_dir(to).unwrap();
    std::fs::copy(from.join("catalog.sqlite"), to.join("catalog.sqlite")).unwrap();
    to.to_owned()
}
