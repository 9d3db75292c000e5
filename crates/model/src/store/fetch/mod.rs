//! Getting bytes onto this machine: by the user's own pip, npm or hf, or from an address.

mod hub;
mod package;
mod program;
mod url;

pub(super) use package::Packages;
pub(super) use url::from_url;

/// How many bytes more than expected may arrive before a download is given up.
pub(super) const SLACK_BYTES: u64 = 64 << 20;

/// Whether a text is an address rather than a path.
pub(super) fn is_address(text: &str) -> bool {
    ["http://", "https://"].iter().any(|start| text.starts_with(start))
}
