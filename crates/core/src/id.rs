//! Identifiers. Each kind is a type of its own, so that a photo can never be passed for an animal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The text given is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}: `{found}`")]
pub struct IdError {
    /// What was expected, with its article: "an individual id such as ind-12".
    pub expected: &'static str,
    /// The text that was found.
    pub found: String,
}

macro_rules! row_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "-{}"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "-"))
                    .and_then(|digits| digits.parse().ok())
                    .map(Self)
                    .ok_or_else(|| IdError { expected: $expected, found: text.to_owned() })
            }
        }
    };
}

row_id!(
    /// One animal in one photo, within a catalog or a dataset; shown as `ann-12`.
    AnnotationId, "ann", "an annotation id such as ann-12"
);
row_id!(
    /// One catalogued animal, within a catalog or a dataset; shown as `ind-12`.
    IndividualId, "ind", "an individual id such as ind-12"
);
row_id!(
    /// One animal at one place and time, within a catalog or a dataset; shown as `enc-12`.
    EncounterId, "enc", "an encounter id such as enc-12"
);

/// The identity of a photo: the BLAKE3 hash of the bytes of its file.
///
/// Two files with the same bytes are one photo, whatever they are called.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhotoId(pub [u8; 32]);

/// The identity of what a photo shows: a hash of its pixels as the file keeps them, without its metadata.
///
/// Two files with the same picture differ in metadata at most: keywords, a copyright, a date put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PictureId(pub [u8; 32]);

impl PhotoId {
    /// The first twelve hexadecimal digits: enough to tell photos apart on a screen.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for PhotoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PhotoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhotoId({})", self.short())
    }
}

impl FromStr for PhotoId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refuse = || IdError { expected: "a photo id of 64 hexadecimal digits", found: text.to_owned() };
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        let mut bytes = [0_u8; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| refuse())?;
        }
        Ok(Self(bytes))
    }
}

/// Names one exact model: `name@` and the first twelve hexadecimal digits of the bundle's hash.
///
/// Embeddings made by bundles with different ids are never compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BundleId(String);

impl BundleId {
    /// Makes the id of the bundle `name` whose contents hash to `hash`.
    ///
    /// # Errors
    /// When `name` is empty or has characters other than lower-case letters, digits, `-`, `_` and `.`.
    pub fn new(name: &str, hash: &[u8; 32]) -> Result<Self, IdError> {
        let digits: String = hash[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}@{digits}").parse()
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name before the `@`.
    pub fn name(&self) -> &str {
        self.0.split('@').next().unwrap_or_default()
    }
}

impl fmt::Display for BundleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BundleId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refuse = || IdError { expected: "a bundle id such as name@0123456789ab", found: text.to_owned() };
        let (name, digits) = text.split_once('@').ok_or_else(refuse)?;
        let name_is_good = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b));
        let digits_are_good =
            digits.len() == 12 && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if name_is_good && digits_are_good { Ok(Self(text.to_owned())) } else { Err(refuse()) }
    }
}

impl TryFrom<String> for BundleId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<BundleId> for String {
    fn from(id: BundleId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_ids_read_what_they_show() {
        assert_eq!(IndividualId(12).to_string(), "ind-12");
        assert_eq!("ind-12".parse(), Ok(IndividualId(12)));
        assert!("ann-12".parse::<IndividualId>().is_err());
        assert!("ind-".parse::<IndividualId>().is_err());
    }

    #[test]
    fn photo_id_reads_what_it_shows() {
        let id = PhotoId(std::array::from_fn(|i| u8::try_from(i * 7).unwrap_or(255)));
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.short().len(), 12);
        assert!("é".repeat(32).parse::<PhotoId>().is_err());
    }

    #[test]
    fn bundle_id_refuses_odd_names() {
        assert!(BundleId::new("efficientnet-lite0", &[1; 32]).is_ok());
        assert!(BundleId::new("../escape", &[1; 32]).is_err());
        assert!("lite0".parse::<BundleId>().is_err());
        assert!("lite0@0123456789AB".parse::<BundleId>().is_err());
    }
}
