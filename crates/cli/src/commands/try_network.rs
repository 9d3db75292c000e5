//! `resight try-network`: what resight calls itself with, to try a network from elsewhere within limits.

use anyhow::Context as _;

use crate::exit;

/// Reads a question and a network from standard input, and writes what came of it.
pub(crate) fn run() -> anyhow::Result<u8> {
    resight_engine::answer_trial(std::io::stdin().lock(), std::io::stdout().lock())
        .context("no network to try: resight calls this itself")?;
    Ok(exit::DONE)
}
