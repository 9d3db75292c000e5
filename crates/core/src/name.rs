//! Names of individuals: how they are written, and which of them a person may take for the same.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Longest name of an individual, in characters.
const LONGEST_NAME: usize = 200;

/// Why a text is no name of an individual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum NameFault {
    /// Nothing is left without the blanks around it.
    #[error("it is empty")]
    Empty,
    /// It would not fit a line.
    #[error("it is longer than 200 characters")]
    TooLong,
    /// It holds a line end or another control character.
    #[error("it holds a line end or another control character")]
    ControlCharacter,
}

/// A name of an individual as it is stored: without the blanks around it, with single ones in it, and with its accents
/// in one form (Unicode's NFC). So what looks the same on a screen is the same.
///
/// # Errors
/// What makes it none.
///
/// # Example
/// ```
/// assert_eq!(resight_core::check_name(" Big  Jose\u{301}").unwrap(), "Big José");
/// ```
pub fn check_name(text: &str) -> Result<Cow<'_, str>, NameFault> {
    let name = text.trim();
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    if name.chars().any(char::is_control) {
        return Err(NameFault::ControlCharacter);
    }
    // Composing makes some characters more, none more than three times as many.
    if name.chars().count() > 3 * LONGEST_NAME {
        return Err(NameFault::TooLong);
    }
    let is_stored_so =
        is_nfc(name) && !name.chars().any(|c| c.is_whitespace() && c != ' ') && !name.contains("  ");
    let stored = if is_stored_so {
        Cow::Borrowed(name)
    } else {
        let composed: String = name.nfc().collect();
        Cow::Owned(composed.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    if stored.chars().count() > LONGEST_NAME { Err(NameFault::TooLong) } else { Ok(stored) }
}

/// Pairs of different names that differ in capitals, accents, blanks, hyphens and the like alone: perhaps one animal,
/// perhaps two. Each name is paired with the first that is like it, in the order of the alphabet.
pub fn names_alike<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(&'a str, &'a str)> {
    let different: BTreeSet<&str> = names.into_iter().collect();
    let mut first_of: BTreeMap<String, &str> = BTreeMap::new();
    let mut pairs = Vec::new();
    for name in different {
        match first_of.entry(plain_form(name)) {
            Entry::Vacant(place) => _ = place.insert(name),
            Entry::Occupied(first) => pairs.push((*first.get(), name)),
        }
    }
    pairs.sort_unstable();
    pairs
}

/// A name without what people write differently: capitals, accents, blanks, hyphens and underscores.
pub fn plain_form(name: &str) -> String {
    let letters: String = name
        .nfkd()
        .filter(|c| !is_accent(*c))
        .flat_map(char::to_lowercase)
        .map(|c| if matches!(c, '-' | '_' | '‐' | '–') { ' ' } else { c })
        .collect();
    letters.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether this is a mark that stands over or under the letter before it.
fn is_accent(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same_name() {
        for written in ["José", " José ", "Jose\u{301}", "\u{a0}Jose\u{301}"] {
            assert_eq!(check_name(written).unwrap(), "José");
        }
        assert_eq!(check_name("Big \u{a0} Nick").unwrap(), "Big Nick");
        assert!(matches!(check_name("Big Nick").unwrap(), Cow::Borrowed("Big Nick")));
        assert_eq!(check_name("  "), Err(NameFault::Empty));
        assert_eq!(check_name("Big\nNick"), Err(NameFault::ControlCharacter));
        assert_eq!(check_name(&"x".repeat(201)), Err(NameFault::TooLong));
        assert!(check_name(&"Ø".repeat(200)).is_ok());
        assert!(check_name(&"e\u{301}".repeat(200)).is_ok());
        assert_eq!(check_name(&"\u{1d160}".repeat(200)), Err(NameFault::TooLong), "composed, it is longer");
    }

    #[test]
    fn names_that_differ_in_writing_alone_are_paired_and_others_are_not() {
        let names = ["Ana", "ana", "Aná", "Anna", "Big-Nick", "big nick", "Ana", "A-11", "A-1 1", "007", "7"];
        assert_eq!(names_alike(names), [("Ana", "Aná"), ("Ana", "ana"), ("Big-Nick", "big nick")]);
    }
}
