//! How far a word is from another, for hints at what was meant.

/// How many letters must be put in, taken out or changed (Levenshtein 1966).
pub fn edit_distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, candidate) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *candidate);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_taken_out_and_changed_count_one_each() {
        for (one, other, distance) in
            [("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("Bär", "Bar", 1)]
        {
            assert_eq!(
                (edit_distance(one, other), edit_distance(other, one)),
                (distance, distance),
                "{one} {other}"
            );
        }
    }
}
