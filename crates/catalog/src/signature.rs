//! Who did something, and when.

use std::fmt;

use jiff::Timestamp;

/// Who changed something. No identity changes without one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person, by the name they go by.
    Person(String),
    /// A model, by its bundle id or version.
    Model(String),
}

impl Actor {
    /// The word for the kind, as stored.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Person(_) => "person",
            Self::Model(_) => "model",
        }
    }

    /// The name, as stored; never empty.
    pub(crate) fn name(&self) -> &str {
        let (Self::Person(name) | Self::Model(name)) = self;
        if name.trim().is_empty() { "unnamed" } else { name }
    }

    pub(crate) fn from_stored(kind: &str, name: String) -> Self {
        if kind == "model" { Self::Model(name) } else { Self::Person(name) }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who did something, and when. The caller reads the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
}

impl Signature {
    /// A person's signature.
    pub fn person(name: impl Into<String>, at: Timestamp) -> Self {
        Self { actor: Actor::Person(name.into()), at }
    }
}
