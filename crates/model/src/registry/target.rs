//! For which machines a file is made.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Operating system and processor, such as `linux-x86_64`, in Rust's own words for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Target {
    system: String,
    processor: String,
}

/// The text does not name a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a target such as linux-x86_64: `{0}`")]
pub struct TargetError(String);

impl Target {
    /// The machine that the program was built for.
    pub fn here() -> Self {
        Self { system: std::env::consts::OS.to_owned(), processor: std::env::consts::ARCH.to_owned() }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.system, self.processor)
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text.split_once('-') {
            Some((system, processor)) if !system.is_empty() && !processor.is_empty() => {
                Ok(Self { system: system.to_owned(), processor: processor.to_owned() })
            }
            _ => Err(TargetError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Target {
    type Error = TargetError;

    fn try_from(text: String) -> Result<Self, TargetError> {
        text.parse()
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        target.to_string()
    }
}
