//! Names of files that every system takes.

use std::collections::{BTreeMap, BTreeSet};

/// Longest name without its ending, in bytes: with an ending and a number it stays below what file systems take.
const LONGEST: usize = 120;

/// Names that Windows keeps for itself.
const RESERVED: [&str; 8] = ["con", "prn", "aux", "nul", "com", "lpt", "conin$", "conout$"];

/// A text as the name of a folder or the stem of a file: no separators, nothing that Windows refuses, no dots or
/// blanks at the ends, never empty.
pub(super) fn portable(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).collect();
    let plain = shortened(plain.trim_matches(['.', ' ']));
    let stem = plain.split('.').next().unwrap_or_default().to_lowercase();
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    match () {
        () if plain.is_empty() => "_".to_owned(),
        () if RESERVED.contains(&bare) => format!("_{plain}"),
        () => plain.to_owned(),
    }
}

/// As much of the text as a name can hold.
fn shortened(text: &str) -> &str {
    let end = (0..=text.len().min(LONGEST)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].trim_end_matches(['.', ' '])
}

/// A file's stem and its ending without the dot.
pub(super) fn stem_and_ending(name: &str) -> (&str, &str) {
    match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => (stem, ending),
        _ => (name, ""),
    }
}

/// Names, each given once. Names that differ in capitals alone are one on many systems.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
    /// The last number that was given for a name.
    numbers: BTreeMap<String, usize>,
}

impl Names {
    /// The first of these names that nobody has: `of(None)`, `of(Some(2))`, `of(Some(3))` …
    pub(super) fn free(&mut self, of: impl Fn(Option<usize>) -> String) -> String {
        let mut name = of(None);
        if self.taken.insert(name.to_lowercase()) {
            return name;
        }
        let number = self.numbers.entry(name.to_lowercase()).or_insert(1);
        while !self.taken.insert(name.to_lowercase()) {
            *number += 1;
            name = of(Some(*number));
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_name_leads_elsewhere_or_is_refused_by_windows() {
        for (text, name) in [
            ("Luna", "Luna"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("a:b*c", "a_b_c"),
            ("CON", "_CON"),
            ("com1.txt", "_com1.txt"),
            ("...", "_"),
            (" dots. ", "dots"),
            ("Ångström", "Ångström"),
        ] {
            assert_eq!(portable(text), name, "{text}");
        }
        let mut names = Names::default();
        let mut free = |name: &str| {
            names.free(|number| number.map_or_else(|| name.to_owned(), |number| format!("{name}-{number}")))
        };
        assert_eq!(
            (free("Luna"), free("luna"), free("Luna")),
            ("Luna".into(), "luna-2".into(), "Luna-3".into())
        );
        assert_eq!(stem_and_ending("a.b.JPG"), ("a.b", "JPG"));
        assert_eq!(stem_and_ending(".hidden"), (".hidden", ""));
    }

    proptest! {
        #[test]
        fn any_text_is_a_name_below_its_folder(text in any::<String>()) {
            let name = portable(&text);
            prop_assert!(!name.is_empty() && name != "." && name != ".." && name.len() <= LONGEST + 1);
            prop_assert!(!name.contains(['/', '\\', ':', '\0']));
            prop_assert_eq!(portable(&name), name);
        }
    }
}
