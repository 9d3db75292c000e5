//! A value, and who says so.

use serde::Serialize;

/// Who says a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Source {
    /// A file beside the weights.
    File {
        /// Its name.
        file: String,
        /// The key in it.
        key: String,
    },
    /// The weights or the network itself.
    Network,
    /// Nobody for this file; it is usual for what the file holds.
    Usual {
        /// For what.
        of: String,
    },
    /// The registry, which knows the file by its hash.
    Registry {
        /// The name of its entry.
        entry: String,
    },
    /// The name of the file or of the model on the hub.
    Place,
    /// The person who imports it.
    Asked,
    /// Nobody.
    NotStated,
}

/// A value, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told<T> {
    /// The value.
    pub value: T,
    /// Who says so.
    pub from: Source,
}

impl<T> Told<T> {
    /// A value that this source says.
    pub fn by(from: Source, value: T) -> Self {
        Self { value, from }
    }

    /// The same source, about another value.
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Told<U> {
        Told { value: change(self.value), from: self.from }
    }
}

impl Source {
    pub(super) fn file(file: &str, key: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), key: key.into() }
    }

    pub(super) fn usual(of: &str) -> Self {
        Self::Usual { of: of.to_owned() }
    }
}

/// Something in or beside the file that a person should know of before it is imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "note", rename_all = "kebab-case")]
pub enum PlanNote {
    /// Another source says another value; which is better, a test on one's own photos tells.
    OtherChoice {
        /// Of what.
        part: String,
        /// The other value.
        value: String,
        /// Who says it.
        from: Source,
    },
    /// A value in a config is not one that can be meant, or not one that resight can do; it is left out.
    NotUsed {
        /// The name of the config.
        file: String,
        /// The key in it.
        key: String,
        /// What it holds, shortened.
        found: String,
    },
    /// Tensors of the file have no place in the network, and are left out.
    TensorsLeftOut {
        /// How many.
        count: usize,
        /// The names of the first few.
        names: Vec<String>,
    },
    /// Nobody says under which licence the weights are.
    LicenceNotStated,
    /// The file was not compared with any hash: what came is what came.
    HashNotKnown,
}
