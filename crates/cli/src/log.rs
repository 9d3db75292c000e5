//! What each stage took, on standard error, where somebody asks for it.
//!
//! The rooms mark their stages as spans; nothing listens to them unless this does. Spans carry numbers alone, so that
//! nothing of a stranger's reaches the terminal this way.

use std::io;
use std::str::FromStr;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::prelude::*;

/// Which stages are told of.
#[derive(Debug, Clone)]
pub(crate) struct LogFilter(Targets);

impl FromStr for LogFilter {
    type Err = String;

    /// A level, or rooms with a level each.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut targets = Targets::new();
        for part in text.split(',').map(str::trim) {
            targets = match part.split_once('=') {
                Some((room, word)) => targets.with_target(room.trim(), level(word)?),
                None => targets.with_default(level(part)?),
            };
        }
        Ok(Self(targets))
    }
}

/// A level by its name; a word that is none would be taken for a room, and nothing be told.
fn level(word: &str) -> Result<LevelFilter, String> {
    let found = word.trim().parse().ok().filter(|_| !word.trim().is_empty());
    found.ok_or_else(|| format!("`{word}` is none of off, error, warn, info, debug, trace"))
}

/// Begins to listen: each stage is told of when it ends, with the time it took.
pub(crate) fn start(filter: &LogFilter) {
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(false)
        .with_timer(uptime())
        .with_span_events(FmtSpan::CLOSE)
        .with_filter(filter.0.clone());
    // Only `main` calls this, once: nobody listens yet.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_or_rooms_with_levels() {
        for sound in
            ["debug", "INFO", "off", "resight_train=info, resight_catalog=debug", "warn,resight_model=trace"]
        {
            assert!(sound.parse::<LogFilter>().is_ok(), "{sound}");
        }
        for wrong in ["", "loud", "resight_train", "resight_train=loud", "debug,"] {
            assert!(wrong.parse::<LogFilter>().is_err(), "{wrong}");
        }
    }
}
