//! How long work is stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
