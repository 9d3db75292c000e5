//! Exit codes, the same for every command.

/// All done.
pub(crate) const DONE: u8 = 0;
/// It failed, and the user can do something about it.
pub(crate) const FAILED: u8 = 1;
/// The command line is wrong (clap exits with it by itself, too).
pub(crate) const WRONG_COMMAND_LINE: u8 = 2;
/// It finished, but not for everything: some photos could not be used, some rows were skipped.
pub(crate) const FINISHED_WITH_WARNINGS: u8 = 3;
/// A mistake in resight itself.
pub(crate) const OUR_BUG: u8 = 70;
/// Stopped by Ctrl-C; what was reported as stored is stored (128 + SIGINT, as shells have it).
pub(crate) const INTERRUPTED: u8 = 130;
