//! A disk that fills up while a catalog is written to, played by a limit on the size of files.
#![cfg(unix)]

use std::process::Command;

use resight_catalog::{Access, Catalog, CatalogError, Settings};

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
    let child = child("disk_full::child_that_writes_until_the_disk_is_full", path);
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
