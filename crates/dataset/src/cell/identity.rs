//! Identities in cells: names as they stand, or words for "not known".

use std::borrow::Cow;
use std::collections::BTreeSet;

use resight_core::{NameFault, check_name, says_nothing};

/// What a cell says about who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IdentityCell<'a> {
    /// Nobody knows.
    NotKnown,
    /// A word for a missing value, which an animal might be called all the same.
    Missing(&'a str),
    /// No name can be like this.
    NoName(NameFault),
    /// A name, as it is stored.
    Named(Cow<'a, str>),
    /// A name, but one that elsewhere means "not known".
    Suspicious(&'a str),
}

/// Words that say "not known" of individuals in public tables, besides those that mean it in any column
/// ([`says_nothing`]): Kaggle's (`new_whale`, `new_individual`) and ours.
const NOT_KNOWN: [&str; 3] = ["new_whale", "new_individual", "unidentified"];

/// Words that mean it so often that there is nothing to tell: wildlife-datasets, pandas, Wild Me.
const USUAL: [&str; 4] = ["", "unknown", "nan", "____"];

/// Words that might be names.
const SUSPICIOUS: [&str; 3] = ["unidentifiable", "0", "-1"];

/// The words that mean "not known" in one table.
#[derive(Debug, Clone, Default)]
pub(crate) struct IdentityWords {
    more: BTreeSet<String>,
}

impl IdentityWords {
    /// The usual words and those that the user adds; capitals make no difference.
    pub(crate) fn with(more: &[String]) -> Self {
        Self { more: more.iter().map(|word| word.trim().to_lowercase()).collect() }
    }

    /// Reads one cell. A name is kept as it stands (`007` stays `007`), but for blanks and the form of its accents.
    pub(crate) fn read<'a>(&self, text: &'a str) -> IdentityCell<'a> {
        let name = text.trim();
        let is_in = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(name));
        let is_given = || !self.more.is_empty() && self.more.contains(&name.to_lowercase());
        if is_in(&USUAL) || is_in(&NOT_KNOWN) || is_given() {
            IdentityCell::NotKnown
        } else if says_nothing(name) {
            IdentityCell::Missing(name)
        } else if is_in(&SUSPICIOUS) {
            IdentityCell::Suspicious(name)
        } else {
            check_name(name).map_or_else(IdentityCell::NoName, IdentityCell::Named)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_as_they_stand() {
        let words = IdentityWords::default();
        for name in ["007", "1e5", "998230000006455", "Ø", "true", "1.0"] {
            assert_eq!(words.read(&format!(" {name}\t")), IdentityCell::Named(name.into()));
        }
    }

    #[test]
    fn words_for_not_known_are_no_names() {
        let words = IdentityWords::default();
        for word in ["", "  ", "unknown", "Unknown", "NaN", "new_whale", "new_individual", "____"] {
            assert_eq!(words.read(word), IdentityCell::NotKnown, "{word}");
        }
        for word in ["NA", "n/a", "null", "None", "-", "?"] {
            assert_eq!(words.read(word), IdentityCell::Missing(word), "{word}");
        }
        assert_eq!(words.read("-1"), IdentityCell::Suspicious("-1"));
        assert_eq!(IdentityWords::with(&["na".into()]).read("NA"), IdentityCell::NotKnown);
    }

    #[test]
    fn what_can_be_no_name_is_none() {
        let words = IdentityWords::default();
        assert_eq!(words.read("Big\nNick"), IdentityCell::NoName(NameFault::ControlCharacter));
        assert_eq!(words.read(&"x".repeat(300)), IdentityCell::NoName(NameFault::TooLong));
    }
}
