//! Numbers as the database has them: whatever counts or numbers something is looked at before it is used.

use std::ops::Range;

use rusqlite::Row;

use crate::error::CatalogError;

/// Reads a number that counts or numbers something, and so cannot be less than zero.
pub(crate) fn natural(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let found: i64 = row.get(column)?;
    u64::try_from(found).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, found))
}

/// The numbers from `first` on, `count` of them.
///
/// # Errors
/// [`CatalogError::Corrupt`] where no number is that great.
pub(crate) fn stretch(first: u64, count: u64) -> Result<Range<u64>, CatalogError> {
    let end = first.checked_add(count).filter(|end| i64::try_from(*end).is_ok());
    end.map(|end| first..end)
        .ok_or_else(|| CatalogError::Corrupt(format!("{count} rows from row {first} on are not possible")))
}

/// Values by the ids of their rows, which need not be close together.
#[derive(Debug)]
pub(crate) struct ById<T>(Vec<(i64, T)>);

impl<T: Copy> ById<T> {
    pub(crate) fn new(mut values: Vec<(i64, T)>) -> Self {
        // They come in order, or nearly so, which this sort is fast at.
        values.sort_by_key(|(id, _)| *id);
        Self(values)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, id: i64) -> Option<T> {
        let first = self.0.first()?.0;
        // Ids are given out one after the other: the place is known unless somebody else changed them.
        let guess = id.checked_sub(first).and_then(|place| usize::try_from(place).ok());
        match guess.and_then(|place| self.0.get(place)) {
            Some((found, value)) if *found == id => Some(*value),
            _ => self.0.binary_search_by_key(&id, |(found, _)| *found).ok().map(|place| self.0[place].1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_ids_wherever_these_lie() {
        let by_id = ById::new(vec![(i64::MAX, 'd'), (3, 'b'), (2, 'a'), (1 << 40, 'c'), (i64::MIN, 'm')]);
        let found = |id| by_id.get(id);
        assert_eq!([2, 3, 1 << 40, i64::MAX, i64::MIN].map(found), ['a', 'b', 'c', 'd', 'm'].map(Some));
        assert_eq!([4, 0, -1, 1 << 41].map(found), [None; 4]);
        assert_eq!(by_id.len(), 5);
        assert_eq!(ById::<char>::new(Vec::new()).get(1), None);
    }

    #[test]
    fn no_stretch_is_longer_than_numbers_go() {
        assert_eq!(stretch(3, 4).unwrap(), 3..7);
        for (first, count) in [(u64::MAX, 1), (1, u64::MAX), (1 << 62, 1 << 62)] {
            stretch(first, count).unwrap_err();
        }
    }
}
