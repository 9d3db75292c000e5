//! Files with care: what is ours, what is a stranger's, and nothing half-written.
//!
//! Every room that reads or writes goes through here, so that five promises have one home:
//!
//! - **Looked at before it is opened** ([`open_plain`], [`read_plain`]): a path out of a table, a catalog or a command
//!   line may name a pipe, a device or a folder. Only plain files are opened, without blocking, and no more is read
//!   than a limit says.
//! - **Own files are opened through no link** ([`open_own`], [`change_own`], [`append_own`], [`create_own`],
//!   [`own_folder`]): a catalog, a run or a model
//!   store may come by mail, and a link in it would make us write, cut or delete somebody else's file.
//! - **Written aside and renamed** ([`replace()`]): nobody ever sees half a file, a full disk loses nothing, and a link
//!   at the place is replaced, never followed.
//! - **Only what is ours is removed or written over** ([`FolderMark`], [`HeldFolder`], [`Output`]): folders that
//!   resight made carry a mark, and one process at a time works in them; files that a person asked for are written over only where they carry one, or the person insists.
//! - **Code is loaded only from where strangers cannot write** ([`refuse_if_strangers_can_write`]).
//!
//! Errors are plain [`std::io::Error`]s, whose text says what was found; rooms add the path and what they were doing.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod folder;
mod held;
mod look;
mod output;
mod own;
mod replace;
mod trust;

pub use folder::{FolderKind, FolderMark};
pub use held::HeldFolder;
pub use look::{open_plain, read_plain, read_plain_text};
pub use output::{Output, PAGE_MARK};
pub use own::{append_own, change_own, create_own, open_own, own_folder, read_own, refuse_link};
pub use replace::{remove_unfinished, replace, replace_derived, replace_with, sync_folder};
pub use trust::refuse_if_strangers_can_write;
