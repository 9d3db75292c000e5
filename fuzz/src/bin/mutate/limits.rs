//! Limits that a child takes upon itself, and what it used.

/// Limits what this process may write to in memory (Linux; elsewhere the system limits nothing), and lets it leave no
/// image of its memory behind.
#[cfg(target_os = "linux")]
pub(crate) fn limit_memory(megabytes: u64) -> Result<(), String> {
    use nix::sys::resource::{Resource, setrlimit};

    for (resource, limit) in [(Resource::RLIMIT_DATA, megabytes << 20), (Resource::RLIMIT_CORE, 0)] {
        setrlimit(resource, limit, limit).map_err(|error| format!("a limit cannot be set: {error}"))?;
    }
    Ok(())
}

/// Does nothing.
#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_memory(_megabytes: u64) -> Result<(), String> {
    Ok(())
}

/// The most memory that this process has had, in MiB; 0 where the system does not say.
pub(crate) fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kibibytes.unwrap_or(0) / 1024
}
