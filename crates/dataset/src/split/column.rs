//! The division that the table itself states.

use std::collections::BTreeSet;

use super::{Split, SplitError, SplitLabels, UnusedReason};

const GALLERY: [&str; 9] =
    ["train", "training", "gallery", "catalog", "catalogue", "database", "reference", "enrolled", "known"];
const QUERY: [&str; 8] = ["test", "testing", "query", "queries", "probe", "eval", "evaluation", "unseen"];
const VALIDATION: [&str; 4] = ["val", "valid", "validation", "dev"];

/// Follows the column. Words are compared without regard to capitals. Validation rows are queries where no
/// row says test, else they are left out.
pub(super) fn divide(labels: &SplitLabels, train: &[String], test: &[String]) -> Result<Split, SplitError> {
    let sides: Vec<Option<Side>> =
        labels.words.iter().map(|word| word.as_deref().and_then(|word| side(word, train, test))).collect();
    let unknown: BTreeSet<&str> = labels
        .words
        .iter()
        .zip(&sides)
        .filter(|(_, side)| side.is_none())
        .filter_map(|(word, _)| word.as_deref())
        .collect();
    // With the user's own words the others are left out on purpose.
    if train.is_empty() && test.is_empty() && !unknown.is_empty() {
        let found = unknown.into_iter().take(10).map(|word| format!("`{word}`")).collect();
        return Err(SplitError::UnknownWords { found });
    }
    let has_test = sides.contains(&Some(Side::Query));
    let mut split = Split::default();
    for (row, side) in (0_u32..).zip(sides) {
        match side {
            Some(Side::Gallery) => split.train.push(row),
            Some(Side::Query) => split.test.push(row),
            Some(Side::Validation) if !has_test => split.test.push(row),
            Some(Side::Validation) | None => split.unused.push((row, UnusedReason::NotInColumn)),
        }
    }
    Ok(split)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Gallery,
    Query,
    Validation,
}

fn side(word: &str, train: &[String], test: &[String]) -> Option<Side> {
    let own = |words: &[String]| words.iter().any(|own| own.trim().eq_ignore_ascii_case(word));
    let usual = |words: &[&str]| words.iter().any(|usual| usual.eq_ignore_ascii_case(word));
    match () {
        () if own(train) => Some(Side::Gallery),
        () if own(test) => Some(Side::Query),
        () if train.is_empty() && usual(&GALLERY) => Some(Side::Gallery),
        () if test.is_empty() && usual(&QUERY) => Some(Side::Query),
        () if test.is_empty() && usual(&VALIDATION) => Some(Side::Validation),
        () => None,
    }
}
