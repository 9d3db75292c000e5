//! Identities in cells: names as they stand, or words for "not known".

use std::collections::BTreeSet;

/// What a cell says about who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IdentityCell<'a> {
    /// Nobody knows.
    NotKnown,
    /// A name.
    Named(&'a str),
    /// A name, but one that elsewhere means "not known".
    Suspicious(&'a str),
}

/// Words that say "not known" in public tables: wildlife-datasets (`unknown`, also from pandas `nan`),
/// Kaggle (`new_whale`, `new_individual`), Wild Me (`____`), and ours.
const NOT_KNOWN: [&str; 7] = ["", "unknown", "nan", "new_whale", "new_individual", "____", "unidentified"];

/// Words that might be names; R writes `NA` for a missing cell.
const SUSPICIOUS: [&str; 9] = ["na", "n/a", "none", "null", "?", "-", "unidentifiable", "0", "-1"];

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

    /// Reads one cell. A name is kept as it stands, without the blanks around it: `007` stays `007`.
    pub(crate) fn read<'a>(&self, text: &'a str) -> IdentityCell<'a> {
        let name = text.trim();
        let is_in = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(name));
        if is_in(&NOT_KNOWN) || (!self.more.is_empty() && self.more.contains(&name.to_lowercase())) {
            IdentityCell::NotKnown
        } else if is_in(&SUSPICIOUS) {
            IdentityCell::Suspicious(name)
        } else {
            IdentityCell::Named(name)
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
            assert_eq!(words.read(&format!(" {name}\t")), IdentityCell::Named(name));
        }
    }

    #[test]
    fn words_for_not_known_are_no_names() {
        let words = IdentityWords::default();
        for word in ["", "  ", "unknown", "Unknown", "NaN", "new_whale", "new_individual", "____"] {
            assert_eq!(words.read(word), IdentityCell::NotKnown, "{word}");
        }
        assert_eq!(words.read("NA"), IdentityCell::Suspicious("NA"));
        assert_eq!(IdentityWords::with(&["na".into()]).read("NA"), IdentityCell::NotKnown);
    }
}
