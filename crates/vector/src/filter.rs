//! Which rows a search may answer with.

/// A set of rows, one bit each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFilter {
    rows: u64,
    words: Vec<u64>,
}

impl RowFilter {
    /// Admits none of `rows` rows.
    pub fn none(rows: u64) -> Self {
        let words = usize::try_from(rows.div_ceil(64)).expect("a bit for each row fits memory");
        Self { rows, words: vec![0; words] }
    }

    /// Admits each of `rows` rows.
    pub fn all(rows: u64) -> Self {
        Self::from_fn(rows, |_| true)
    }

    /// Admits those of `rows` rows for which `admit` says so; it is asked once a row, in order.
    pub fn from_fn(rows: u64, mut admit: impl FnMut(u64) -> bool) -> Self {
        let mut filter = Self::none(rows);
        (0..rows).filter(|row| admit(*row)).for_each(|row| filter.admit(row));
        filter
    }

    /// Admits the rows listed, in any order; those beyond the last of `rows` rows are left out.
    pub fn from_rows(rows: u64, listed: impl IntoIterator<Item = u64>) -> Self {
        let mut filter = Self::none(rows);
        listed.into_iter().for_each(|row| filter.admit(row));
        filter
    }

    /// How many rows the filter speaks of, admitted or not.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many rows are admitted.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether `row` is admitted; `false` beyond the last row.
    pub fn contains(&self, row: u64) -> bool {
        row < self.rows && self.words[word_of(row)] & bit_of(row) != 0
    }

    /// Admits `row`; nothing happens beyond the last row.
    pub fn admit(&mut self, row: u64) {
        if row < self.rows {
            self.words[word_of(row)] |= bit_of(row);
        }
    }

    /// No longer admits `row`.
    pub fn refuse(&mut self, row: u64) {
        if row < self.rows {
            self.words[word_of(row)] &= !bit_of(row);
        }
    }

    /// Keeps only the rows that `other` admits too.
    pub fn keep_common(&mut self, other: &Self) {
        for (index, word) in self.words.iter_mut().enumerate() {
            *word &= other.words.get(index).copied().unwrap_or(0);
        }
    }

    /// The admitted rows in order.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        self.iter_range(0, self.rows)
    }

    /// The admitted rows of `first..end` in order.
    pub(crate) fn iter_range(&self, first: u64, end: u64) -> impl Iterator<Item = u64> {
        let end = end.min(self.rows);
        let words = if first < end { word_of(first)..word_of(end - 1) + 1 } else { 0..0 };
        words
            .flat_map(|index| BitsOf { base: index as u64 * 64, word: self.words[index] })
            .skip_while(move |row| *row < first)
            .take_while(move |row| *row < end)
    }
}

/// The positions of the bits that are set in one word.
struct BitsOf {
    base: u64,
    word: u64,
}

impl Iterator for BitsOf {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        if self.word == 0 {
            return None;
        }
        let bit = u64::from(self.word.trailing_zeros());
        self.word &= self.word - 1;
        Some(self.base + bit)
    }
}

/// The word of a row within the filter: `none` saw that all words fit memory.
fn word_of(row: u64) -> usize {
    (row / 64) as usize
}

fn bit_of(row: u64) -> u64 {
    1 << (row % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_and_out_and_those_beyond_the_end_do_not_count() {
        let mut filter = RowFilter::from_rows(130, [129, 0, 64, 130, 1000]);
        assert_eq!(filter.iter().collect::<Vec<_>>(), [0, 64, 129]);
        assert_eq!((filter.rows(), filter.count()), (130, 3));
        filter.refuse(64);
        assert!(!filter.contains(64) && filter.contains(129) && !filter.contains(130));
        assert_eq!(RowFilter::all(130).count(), 130);
        assert_eq!(RowFilter::none(0).iter().count(), 0);
    }

    #[test]
    fn a_range_holds_the_admitted_rows_within_it() {
        let filter = RowFilter::from_fn(1000, |row| row % 3 == 0);
        for (first, end) in [(0, 0), (0, 1), (1, 3), (63, 65), (64, 128), (500, 2000), (2000, 3000)] {
            let expected: Vec<u64> = (first..end.min(1000)).filter(|row| row % 3 == 0).collect();
            assert_eq!(filter.iter_range(first, end).collect::<Vec<_>>(), expected, "{first}..{end}");
        }
    }

    #[test]
    fn common_rows_are_those_of_both() {
        let mut filter = RowFilter::from_fn(200, |row| row % 2 == 0);
        filter.keep_common(&RowFilter::from_fn(100, |row| row % 3 == 0));
        assert_eq!(filter, RowFilter::from_fn(200, |row| row < 100 && row % 6 == 0));
    }
}
