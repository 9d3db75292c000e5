//! Panics in our own code end the process, barrier or not; those of libraries unwind, and barriers may catch them.

use std::panic::{self, PanicHookInfo};

/// Where the sources of others lie.
const OF_OTHERS: [&str; 4] = ["/registry/src/", "/git/checkouts/", "/rustc/", "/library/"];

/// From here on a panic in resight's code ends the process with a message.
pub fn watch_panics() {
    panic::set_hook(Box::new(|panic| {
        if is_ours(panic) {
            eprintln!("a panic in resight: {panic}");
            std::process::abort();
        }
    }));
}

fn is_ours(panic: &PanicHookInfo<'_>) -> bool {
    let Some(place) = panic.location() else { return true };
    let file = place.file().replace('\\', "/");
    !OF_OTHERS.iter().any(|folder| file.contains(folder))
}
