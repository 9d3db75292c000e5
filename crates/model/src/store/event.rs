//! What a pull tells while it works.

use std::path::PathBuf;

use crate::registry::Sha256;

/// A step of a pull. The store prints nothing: whoever called shows these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullEvent {
    /// Another process changes the store; this one waits for it.
    Waiting,
    /// The user's package manager is started, or an address is asked.
    Asking {
        /// The command line or the address.
        command: String,
    },
    /// Bytes are arriving.
    Downloading {
        /// How many so far.
        bytes: u64,
        /// How many there will be, where that is known; about as many, for a package manager.
        total: Option<u64>,
    },
    /// The file is taken out of its package and its hash is compared.
    Checking,
    /// What a file is by its hash.
    Hashed {
        /// The hash that was found.
        sha256: Sha256,
        /// Whether the registry knows it; else it is for the user to compare.
        is_known: bool,
    },
    /// A bundle is made of the file.
    Converting,
    /// It was there already; nothing was fetched.
    AlreadyThere {
        /// Where it lies.
        path: PathBuf,
    },
    /// It is installed.
    Done {
        /// Where it lies.
        path: PathBuf,
    },
}
