//! The first signal ends every command, whatever it is doing.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::workplace::Workplace;

/// Longer than any command takes from a signal to its end, and shorter than it waits for a busy database.
const SOON: Duration = Duration::from_secs(8);

#[test]
fn a_command_that_waits_is_ended_by_the_first_signal() {
    let workplace = Workplace::new();
    workplace.init();
    // Who holds the database for itself makes every reader wait for ten seconds.
    let holder = rusqlite::Connection::open(workplace.catalog().join("catalog.sqlite")).unwrap();
    holder.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
    holder.execute_batch("BEGIN IMMEDIATE; UPDATE setting SET value = value; COMMIT").unwrap();
    let commands: [(&[&str], &str); 4] = [
        (&["status", "catalog"], "TERM"),
        (&["journal", "catalog"], "INT"),
        (&["verify", "catalog"], "TERM"),
        (&["export-table", "catalog", "out.csv"], "INT"),
    ];
    for (command, signal) in commands {
        let mut child =
            workplace.resight(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(child.try_wait().unwrap(), None, "{command:?} waits");
        let asked = Instant::now();
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{command:?}");
        assert!(asked.elapsed() < SOON, "{command:?} took {:?}", asked.elapsed());
    }
}
