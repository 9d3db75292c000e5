//! The nearest of each row and each column of products: written once, compiled for the instructions of each processor.

/// Products that are looked at together.
const CHUNK: usize = 32;

/// The nearest of a row of products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nearest {
    /// Its place; of equal ones the first.
    pub(crate) place: u16,
    /// Its product.
    pub(crate) product: i16,
    /// The second greatest product; the least possible where there is no second.
    pub(crate) second: i16,
}

/// What was the nearest of each column so far.
#[derive(Debug, Default)]
pub(crate) struct Columns {
    /// The greatest product so far.
    best: Vec<i16>,
    /// In which row it was; of equal ones the first.
    row: Vec<u16>,
}

impl Columns {
    /// Begins anew with so many columns.
    pub(crate) fn reset(&mut self, columns: usize) {
        self.best.clear();
        self.best.resize(columns, i16::MIN);
        self.row.clear();
        self.row.resize(columns, 0);
    }

    /// The row that was the nearest of a column.
    pub(crate) fn row_of(&self, column: u16) -> Option<u16> {
        self.row.get(usize::from(column)).copied()
    }
}

/// Looks at one row of products, of which the greatest is written over.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it takes over the instructions of whoever calls it")]
pub(super) fn look(products: &mut [i16], row: u16, columns: &mut Columns) -> Nearest {
    let best = columns.best.iter_mut().zip(&mut columns.row);
    for (product, (best, whose)) in products.iter().zip(best) {
        // All ones where it is nearer, else none: a branch here would be taken or not by chance.
        let nearer = 0_u16.wrapping_sub(u16::from(*product > *best));
        *best = (*best).max(*product);
        *whose = (*whose & !nearer) | (row & nearer);
    }
    let product = greatest(products);
    let holds = |chunk: &[i16]| chunk.iter().fold(0, |found, one| found | u16::from(*one == product)) != 0;
    let chunk = products.chunks(CHUNK).position(holds);
    let first = chunk.unwrap_or_default() * CHUNK;
    let within = products[first..].iter().position(|one| *one == product).unwrap_or_default();
    let place = first + within;
    products[place] = i16::MIN;
    let second = greatest(products);
    Nearest { place: u16::try_from(place).unwrap_or(u16::MAX), product, second }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "as above")]
fn greatest(products: &[i16]) -> i16 {
    products.iter().fold(i16::MIN, |greatest, product| greatest.max(*product))
}
