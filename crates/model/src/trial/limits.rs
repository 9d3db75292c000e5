//! Limits that a process takes upon itself.

use std::io;

/// Limits the address space of this process to `memory` bytes and its work to `seconds`, and lets it leave no image of
/// its memory behind when it ends. Where the system knows no such limits, the parent's watch is all there is.
///
/// # Errors
/// What the operating system says.
#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) fn take_upon_this_process(memory: u64, seconds: u64) -> io::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let limits = [(Resource::RLIMIT_AS, memory), (Resource::RLIMIT_CPU, seconds), (Resource::RLIMIT_CORE, 0)];
    for (resource, wanted) in limits {
        let (_, highest) = getrlimit(resource)?;
        let limit = wanted.min(highest);
        let taken = setrlimit(resource, limit, limit);
        // macOS takes no limit of the address space.
        if cfg!(target_os = "linux") {
            taken?;
        }
    }
    Ok(())
}

/// Does nothing: the parent's watch is all there is.
///
/// # Errors
/// None.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn take_upon_this_process(_memory: u64, _seconds: u64) -> io::Result<()> {
    Ok(())
}

/// The most memory that this process has had in the machine's, in bytes.
pub(super) fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_ascii_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}
