//! How long work tells how far it is, and how it is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the work is busy with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// What is done to each item, for people: "reading photos".
    pub title: String,
    /// How many items there are, where that is known.
    pub total: Option<u64>,
}

/// Receives the progress of long work. Only the doors know bars and screens.
pub trait Progress: Send + Sync {
    /// A new stage begins; the one before is over.
    fn begin(&self, stage: Stage);
    /// `items` more are done in this stage.
    fn advance(&self, items: u64);
    /// Something worth a line now, while the work goes on.
    fn note(&self, text: &str);
    /// All stages are over.
    fn end(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: Stage) {}
    fn advance(&self, _items: u64) {}
    fn note(&self, _text: &str) {}
    fn end(&self) {}
}

/// A flag that asks long work to stop at the next safe point. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// Asks the work to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The flag itself, for rooms below that take one.
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_token_share_the_flag() {
        let token = CancelToken::default();
        let seen_by_the_work = token.clone();
        assert!(!seen_by_the_work.is_cancelled());
        token.cancel();
        assert!(seen_by_the_work.is_cancelled() && seen_by_the_work.flag().load(Ordering::Relaxed));
    }
}
