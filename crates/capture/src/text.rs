//! Names as the formats can have them.

use std::collections::BTreeMap;

/// Gives every name a form that a format allows, a different one to each: letters, digits and what else is allowed stay, the rest
/// becomes `-`; two that would be the same get a number.
pub(crate) fn distinct<'a>(
    names: impl IntoIterator<Item = &'a str>,
    also: &[char],
    longest: usize,
) -> BTreeMap<String, String> {
    let mut taken: BTreeMap<String, ()> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for name in names {
        if all.contains_key(name) {
            continue;
        }
        let kept = |c: char| if c.is_ascii_alphanumeric() || also.contains(&c) { c } else { '-' };
        let plain: String = name.chars().map(kept).take(longest).collect();
        let plain = if plain.is_empty() { "x".to_owned() } else { plain };
        let mut free = plain.clone();
        let mut number = 2;
        while taken.contains_key(&free) {
            let ending = format!("-{number}");
            free = plain.chars().take(longest.saturating_sub(ending.len())).collect::<String>() + &ending;
            number += 1;
        }
        taken.insert(free.clone(), ());
        all.insert(name.to_owned(), free);
    }
    all
}

/// A number without needless digits.
pub(crate) fn number(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value}") }
}

/// Rows as a CSV text.
pub(crate) fn csv_text(head: &[String], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    // Memory takes what is written to it.
    let _ = writer.write_record(head);
    for row in rows {
        let _ = writer.write_record(row.iter().map(|cell| guarded(cell)));
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// A cell that a spreadsheet would take for a formula, as a text.
fn guarded(cell: &str) -> String {
    match looks_like_a_formula(cell) && cell.parse::<f64>().is_err() {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// The cell as it was before [`csv_text`] guarded it.
pub(crate) fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|rest| looks_like_a_formula(rest)).unwrap_or(cell)
}

/// Behind any quotes that guard it already.
fn looks_like_a_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_different_however_short_they_must_be() {
        let found = distinct(["Ana Lu", "Ana_Lu", "Ana/Lu", "", "Anastasia", "Anastasius"], &[], 6);
        let given: Vec<&str> = found.values().map(String::as_str).collect();
        let mut unique = given.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 6, "{given:?}");
        assert!(given.iter().all(|name| name.len() <= 6 && !name.contains(['_', ' ', '/'])), "{given:?}");
        assert_eq!(found["Ana Lu"], "Ana-Lu");
    }

    #[test]
    fn what_looks_like_a_formula_is_a_text() {
        let text = csv_text(&["a".to_owned()], [vec!["=1+1".to_owned()], vec!["-1.5".to_owned()]]);
        assert_eq!(text, "a\n'=1+1\n-1.5\n");
        for name in ["=1", "'=1", "''=1", "-1", "'-1", "-Ana", "O'Neill", "'"] {
            assert_eq!(unguarded(&guarded(name)), name);
        }
    }
}
