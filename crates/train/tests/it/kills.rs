//! A process that is killed while it trains, at moments that it cannot prepare for.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use resight_runs::run::Checkpoint;
use resight_runs::run::log::EndReason;
use resight_train::recipe::Recipe;

use crate::rows::{Rows, Slowly, Wish, recipe};

/// Tells the child which run to train, and that it is one.
const RUN: &str = "RESIGHT_TEST_KILLED_RUN";

/// How often the process is killed.
const KILLS: u64 = 3;

/// Longest wait for a child to get anywhere.
const PATIENCE: Duration = Duration::from_secs(120);

fn long_recipe() -> Recipe {
    let changes = "
        loss = { kind = \"contrastive\" }
        memory = { size = 60 }
        schedule = { epochs = 3, batch = 4, checkpoint-seconds = 1 }
        validation = { most-queries = 20 }
    ";
    recipe(changes)
}

fn many_rows() -> Rows {
    Rows::of(Wish { individuals: 60, encounters: 4, photos: 4, ..Wish::default() })
}

#[test]
fn a_killed_run_goes_on_to_the_same_end() {
    let folder = tempfile::tempdir().unwrap();
    let (rows, recipe) = (many_rows(), long_recipe());
    let whole = rows.learn(&recipe, &folder.path().join("whole"), false, &Slowly::not()).unwrap();

    let run = folder.path().join("killed");
    let mut was_within_an_epoch = false;
    for kill in 0..KILLS {
        let before = state(&run);
        let mut child = child(&run);
        let moved_on = wait(&mut child, || state(&run) > before);
        assert!(moved_on, "the run ended before it was killed");
        // Some way behind the checkpoint, another way each time.
        std::thread::sleep(Duration::from_millis(70 + 113 * kill));
        child.kill().unwrap();
        child.wait().unwrap();
        was_within_an_epoch |= state(&run).is_some_and(|(_, batch)| batch > 0);
    }
    assert!(was_within_an_epoch, "no checkpoint lay within an epoch");
    let rest = rows.learn(&recipe, &run, true, &Slowly::not()).unwrap();
    assert_eq!(rest.end.reason, EndReason::Done);
    assert_eq!((rest.end.best_epoch, rest.end.validation), (whole.end.best_epoch, whole.end.validation));
    assert!(rest.best.arrays() == whole.best.arrays(), "other parameters");
}

/// Epoch and batch of the last checkpoint.
fn state(run: &Path) -> Option<(u32, u64)> {
    let checkpoint = Checkpoint::read(&run.join("latest.safetensors")).ok()?;
    Some((checkpoint.state.epoch, checkpoint.state.batch))
}

fn child(run: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::the_child_that_is_killed", "--ignored"])
        .env(RUN, run)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until something holds; false where the child ended before.
fn wait(child: &mut Child, holds: impl Fn() -> bool) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if holds() {
            return true;
        }
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    panic!("nothing happened in {} s", PATIENCE.as_secs());
}

#[test]
#[ignore = "started by the test that kills it"]
fn the_child_that_is_killed() {
    let run = PathBuf::from(std::env::var_os(RUN).expect("only the other test starts this one"));
    let begun = run.join("recipe.toml").exists();
    let slowly = Slowly::pausing(Duration::from_millis(10));
    many_rows().learn(&long_recipe(), &run, begun, &slowly).unwrap();
}
