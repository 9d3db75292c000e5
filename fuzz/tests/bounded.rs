//! The bounded run of every change: the same inputs every time, as a program of its own with child processes.

use std::process::Command;

/// Over all targets; about ten seconds.
const EXECUTIONS: &str = "10000";

#[test]
fn every_target_comes_back_from_hostile_input() {
    let run = Command::new(env!("CARGO_BIN_EXE_mutate")).args(["run", "--executions", EXECUTIONS]).output();
    let run = run.expect("the program was built for this test");
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{told}{}", String::from_utf8_lossy(&run.stderr));
    let lines = told.lines().filter(|line| line.ends_with(" 0 findings")).count();
    assert_eq!(lines, resight_fuzz::targets().len(), "{told}");
}
