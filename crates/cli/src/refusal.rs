//! What the command line itself refuses, with what helps in its own words.

use std::error::Error;
use std::fmt;

use resight_engine::{EngineError, ErrorKind};

use crate::hint;

/// An error with a hint that only this door gives.
#[derive(Debug)]
pub(crate) struct Refusal {
    error: EngineError,
    hint: String,
}

/// Gives an error a hint in words.
pub(crate) trait InWords {
    /// The error with this hint.
    fn in_words(self, hint: impl Into<String>) -> Refusal;
}

impl InWords for EngineError {
    fn in_words(self, hint: impl Into<String>) -> Refusal {
        Refusal { error: self, hint: hint.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

/// The error as lines of text: what happened, what led to it where that is not said yet, and what helps.
pub(crate) fn told(error: &anyhow::Error) -> String {
    let mut text = format!("error: {error}");
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text.push_str(&format!("\n  because: {cause}"));
        }
    }
    if let Some(hint) = hint_of(error) {
        text.push_str(&format!("\nhint: {hint}"));
    }
    text
}

/// Who has to act, where that is known.
pub(crate) fn kind(error: &anyhow::Error) -> Option<ErrorKind> {
    error.chain().find_map(|cause| match cause.downcast_ref::<Refusal>() {
        Some(refusal) => Some(refusal.error.kind()),
        None => cause.downcast_ref::<EngineError>().map(EngineError::kind),
    })
}

fn hint_of(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|cause| match cause.downcast_ref::<Refusal>() {
        Some(refusal) => Some(refusal.hint.clone()),
        None => cause.downcast_ref::<EngineError>().and_then(EngineError::hint).map(hint::words),
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use resight_engine::Hint;

    use super::*;

    #[test]
    fn what_led_to_an_error_is_said_once_and_the_hint_last() {
        let disk = || io::Error::from(io::ErrorKind::StorageFull);
        let error = EngineError::file("write", "a.csv", disk()).with_hint(Hint::FreeSpace);
        let text = told(&anyhow::Error::from(error));
        assert!(!text.contains("because") && text.contains(&disk().to_string()), "{text}");
        assert!(text.ends_with("\nhint: free some space and try again: nothing stored was lost"), "{text}");
        let error = EngineError::user("no page was written").because(disk()).in_words("look at the disk");
        let error = anyhow::Error::from(error);
        assert_eq!(
            told(&error),
            format!("error: no page was written\n  because: {}\nhint: look at the disk", disk())
        );
        assert_eq!(kind(&error), Some(ErrorKind::User));
    }
}
