//! Killed at any moment, a build goes on where it stopped.
//!
//! The builder is this test binary itself, started again with a folder in its environment.

use std::process::{Command, Stdio};

use super::*;

const FOLDER: &str = "RESIGHT_TEST_CACHE_FOLDER";
const PHOTOS: u32 = 40;

/// The builder: slow enough to be killed on the way.
#[test]
fn child_that_builds_until_it_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let (jobs, maker, views) = (jobs(folder, PHOTOS), maker(1), View::numbered(4));
    let network = Means { pause: Duration::from_millis(8), ..Means::maps() };
    build(folder, &request(&maker, &jobs, &views), &network).unwrap();
    println!("built");
}

#[test]
fn a_build_that_is_killed_again_and_again_is_complete_and_right_in_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, maker, views) = (jobs(folder.path(), PHOTOS), maker(1), View::numbered(4));
    let mut killed = 0;
    for round in 0..12_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "cache::tests::kills::child_that_builds_until_it_is_killed",
                "--exact",
                "--test-threads=1",
            ])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(30 + round * 37 % 140));
        if child.try_wait().unwrap().is_none() {
            killed += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(killed >= 3, "only {killed} of 12 builders were still at work when they were killed");
    let (request, network) = (request(&maker, &jobs, &views), Means::maps());
    let (cache, warnings) = build(folder.path(), &request, &network).unwrap();
    assert_eq!(cache.present().count(), jobs.len());
    assert!(warnings.is_empty(), "nothing was entered that had not been written: {warnings:?}");
    assert_right(&cache, &request, &network);
}
