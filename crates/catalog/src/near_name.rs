//! Names that someone may have meant.

/// At most this many are offered.
const OFFERED: usize = 3;

/// The names most like `asked`, most alike first; none where nothing comes near.
pub(crate) fn near_names<'a>(asked: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let asked = asked.to_lowercase();
    let allowed = (asked.chars().count() / 3).max(1);
    let mut near: Vec<(usize, &str)> = names
        .filter_map(|name| {
            let distance = edits(&asked, &name.to_lowercase());
            (distance <= allowed).then_some((distance, name))
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(OFFERED).map(|(_, name)| name.to_owned()).collect()
}

/// How many characters must be put in, taken out or changed to get from one text to the other (Levenshtein 1966).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_counts_single_characters() {
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("ähre", "ahre"), 1);
    }

    #[test]
    fn only_near_names_are_offered_nearest_first() {
        let names = ["Luna", "Lena", "Moby", "luna-2", "Lun"];
        assert_eq!(near_names("luna", names.into_iter()), ["Luna", "Lena", "Lun"]);
        assert!(near_names("zzz", names.into_iter()).is_empty());
    }
}
