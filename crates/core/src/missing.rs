//! How tables say that something is not known: the one list, for every column.

/// What programs and people write into a cell that has nothing to say: R (`NA`), pandas (`nan`, `NaT`, `<NA>`),
/// databases (`NULL`), spreadsheets (`#N/A`), programming languages (`None`, `nil`), and `unknown`. In lower case.
const WORDS: [&str; 14] = [
    "na",
    "n/a",
    "n.a.",
    "n.a",
    "#n/a",
    "<na>",
    "nan",
    "nat",
    "null",
    "(null)",
    "nil",
    "none",
    "unknown",
    "undefined",
];

/// Whether a cell says nothing: blank, a word of the list in whatever capitals, or nothing but marks such as `-`,
/// `?` or `____`.
///
/// # Example
/// ```
/// assert!(resight_core::says_nothing(" N/A "));
/// assert!(!resight_core::says_nothing("Nala"));
/// ```
pub fn says_nothing(cell: &str) -> bool {
    let cell = cell.trim();
    let is_mark = |c: char| matches!(c, '-' | '‐' | '–' | '—' | '_' | '?' | '.' | '*' | '/');
    cell.chars().all(is_mark) || WORDS.iter().any(|word| word.eq_ignore_ascii_case(cell))
}

#[cfg(test)]
mod tests {
    use super::says_nothing;

    #[test]
    fn missing_values_are_known_by_word_and_by_mark() {
        for cell in
            ["", "  ", "NA", "n/a", "NaN", "NaT", "NULL", "none", "-", "--", "–", "?", "???", "____", "."]
        {
            assert!(says_nothing(cell), "{cell}");
        }
        for cell in ["0", "-1", "Nala", "nano", "A-1", "new", "7?", "north"] {
            assert!(!says_nothing(cell), "{cell}");
        }
    }
}
