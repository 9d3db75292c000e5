//! Two at once, and a disk that is full.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::workplace::{Workplace, text};

/// Starts an ingest and waits until it holds the catalog.
fn ingest_at_work(workplace: &Workplace) -> std::process::Child {
    let mut child = workplace
        .resight(&["ingest", "catalog", "many", "--kind", "folder-per-individual"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while !workplace.catalog().join("lock.json").is_file() && began.elapsed() < Duration::from_secs(20) {
        assert!(child.try_wait().unwrap().is_none(), "the ingest ended before it was seen at work");
        std::thread::sleep(Duration::from_millis(2));
    }
    child
}

#[test]
fn a_second_writer_is_told_who_writes_and_a_reader_goes_on() {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("many", 30, 20);
    let mut writing = ingest_at_work(&workplace);
    let second = workplace.run(&["calibrate", "catalog"]);
    let reader = workplace.run(&["status", "catalog"]);
    let was_at_work = writing.try_wait().unwrap().is_none();
    writing.kill().unwrap();
    writing.wait().unwrap();
    assert!(was_at_work, "the ingest was over too soon for this test to mean something");
    assert_eq!(second.status.code(), Some(1), "{}", text(&second.stdout));
    assert!(text(&second.stderr).contains("is being written to by"), "{}", text(&second.stderr));
    assert!(reader.status.success(), "{}", text(&reader.stderr));
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_and_loses_nothing() {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("many", 6, 4);
    workplace.json(&["ingest", "catalog", "many", "--kind", "folder-per-individual"]);
    workplace.photos("more", 200, 3);
    // A limit on the size of files stands in for a full disk: the write-ahead log runs into it.
    let program = workplace.resight(&["ingest", "catalog", "more", "--kind", "folder-per-individual"]);
    let mut limited = std::process::Command::new("sh");
    limited.arg("-c").arg("ulimit -f 160; trap '' XFSZ; exec \"$0\" \"$@\"").arg(program.get_program());
    limited.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = limited.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}{}", text(&output.stdout), text(&output.stderr));
    let verified = workplace.run(&["verify", "catalog"]);
    assert!(verified.status.success(), "{}{}", text(&verified.stdout), text(&verified.stderr));
    let found = workplace.json(&["ingest", "catalog", "many", "--kind", "folder-per-individual"]);
    assert_eq!((&found[0]["already_there"], &found[0]["stored"]), (&24.into(), &0.into()));
}
