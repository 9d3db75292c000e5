//! The linear assignment problem, solved exactly.
//!
//! Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
//! (1987): a cheap start that assigns most rows, then a shortest augmenting path for each row that is left. Prices
//! v of the columns are kept such that every assigned column is a cheapest one of its row; then the assignment is
//! the best there is.

/// A square matrix of costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Costs {
    side: usize,
    values: Vec<f32>,
}

impl Costs {
    /// A matrix from its values, row-major.
    ///
    /// What is not a number becomes `forbidden`, so that the search always ends.
    ///
    /// # Panics
    /// When the values are not side × side.
    pub fn new(side: usize, mut values: Vec<f32>, forbidden: f32) -> Self {
        assert_eq!(values.len(), side * side, "a square matrix of costs");
        for value in values.iter_mut().filter(|value| !value.is_finite()) {
            *value = forbidden;
        }
        Self { side, values }
    }

    /// How many rows, and columns.
    pub fn side(&self) -> usize {
        self.side
    }

    /// One cost.
    pub fn get(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.side + column]
    }

    /// Replaces one cost.
    pub fn set(&mut self, row: usize, column: usize, cost: f32) {
        self.values[row * self.side + column] = cost;
    }

    fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.side..][..self.side]
    }

    /// The column of each row, one to one, such that the sum of the costs is as small as it can be.
    ///
    /// Takes n³ operations at worst, far fewer as a rule.
    pub fn assign(&self) -> Vec<u32> {
        let solved = Solver::new(self).solve();
        solved.column_of.into_iter().map(|column| column as u32).collect()
    }
}

/// No row, or no column.
const NONE: usize = usize::MAX;

/// How often a row may be reconsidered on average before the search for paths takes over.
const PATIENCE: usize = 4;

struct Solver<'a> {
    costs: &'a Costs,
    /// Price of each column.
    price: Vec<f64>,
    column_of: Vec<usize>,
    row_of: Vec<usize>,
}

impl<'a> Solver<'a> {
    fn new(costs: &'a Costs) -> Self {
        let side = costs.side;
        Self { costs, price: vec![0.0; side], column_of: vec![NONE; side], row_of: vec![NONE; side] }
    }

    fn solve(mut self) -> Self {
        self.start_with_cheapest_rows();
        for _ in 0..2 {
            self.start_by_outbidding();
        }
        let mut search = Search::new(self.costs.side);
        for row in 0..self.costs.side {
            if self.column_of[row] == NONE {
                search.assign(&mut self, row);
            }
        }
        self
    }

    /// Every column costs what its cheapest row pays; a row keeps the first column that finds it free.
    fn start_with_cheapest_rows(&mut self) {
        let side = self.costs.side;
        let mut cheapest = vec![0; side];
        self.price = self.costs.values[..side].iter().map(|cost| f64::from(*cost)).collect();
        for row in 1..side {
            for (column, cost) in self.costs.row(row).iter().enumerate() {
                if f64::from(*cost) < self.price[column] {
                    self.price[column] = f64::from(*cost);
                    cheapest[column] = row;
                }
            }
        }
        for column in (0..side).rev() {
            let row = cheapest[column];
            if self.column_of[row] == NONE {
                self.column_of[row] = column;
                self.row_of[column] = row;
            }
        }
    }

    /// Each free row takes its cheapest column, at a price at which the second cheapest would serve as well; the
    /// row that held it becomes free.
    fn start_by_outbidding(&mut self) {
        let mut free: Vec<usize> =
            (0..self.costs.side).filter(|row| self.column_of[*row] == NONE).rev().collect();
        let mut bids = PATIENCE * self.costs.side;
        while let Some(row) = free.pop() {
            if bids == 0 {
                return;
            }
            bids -= 1;
            let (first, mut column, second, other) = self.two_cheapest(row);
            let lowers = first < second;
            if lowers {
                self.price[column] -= second - first;
            } else if self.row_of[column] != NONE && other != NONE {
                column = other;
            }
            let outbid = std::mem::replace(&mut self.row_of[column], row);
            self.column_of[row] = column;
            if outbid != NONE {
                self.column_of[outbid] = NONE;
                // Where no price changed, two rows could take a column from each other for ever: the paths see to it.
                if lowers {
                    free.push(outbid);
                }
            }
        }
    }

    /// Cost and column of the cheapest and of the second cheapest, with prices.
    fn two_cheapest(&self, row: usize) -> (f64, usize, f64, usize) {
        let (mut first, mut column, mut second, mut other) = (f64::INFINITY, NONE, f64::INFINITY, NONE);
        for (place, (cost, price)) in self.costs.row(row).iter().zip(&self.price).enumerate() {
            let reduced = f64::from(*cost) - price;
            if reduced < second {
                if reduced < first {
                    (second, other) = (first, column);
                    (first, column) = (reduced, place);
                } else {
                    (second, other) = (reduced, place);
                }
            }
        }
        // A single column has no second: its price stays.
        if other == NONE { (first, column, first, NONE) } else { (first, column, second, other) }
    }
}

/// Shortest augmenting paths from a free row to a free column (Dijkstra 1959, over reduced costs).
struct Search {
    /// Length of the shortest path to each column found so far.
    length: Vec<f64>,
    /// The row from which that path reaches the column.
    from: Vec<usize>,
    /// Columns whose shortest path is not known yet.
    open: Vec<usize>,
    /// Columns whose shortest path is known.
    settled: Vec<usize>,
}

impl Search {
    fn new(side: usize) -> Self {
        let (open, settled) = (Vec::with_capacity(side), Vec::with_capacity(side));
        Self { length: vec![0.0; side], from: vec![NONE; side], open, settled }
    }

    fn assign(&mut self, solver: &mut Solver<'_>, free_row: usize) {
        let end = self.shortest(solver, free_row);
        for column in &self.settled {
            solver.price[*column] += self.length[*column] - self.length[end];
        }
        let mut column = end;
        loop {
            let row = self.from[column];
            solver.row_of[column] = row;
            std::mem::swap(&mut solver.column_of[row], &mut column);
            if row == free_row {
                return;
            }
        }
    }

    /// Settles columns, nearest first, until one is free: that one.
    fn shortest(&mut self, solver: &Solver<'_>, free_row: usize) -> usize {
        self.open.clear();
        self.open.extend(0..solver.costs.side);
        self.settled.clear();
        self.length.fill(f64::INFINITY);
        let (mut row, mut so_far, mut base) = (free_row, 0.0, 0.0);
        loop {
            let place = self.relax(solver, row, so_far - base);
            let column = self.open.swap_remove(place);
            if solver.row_of[column] == NONE {
                return column;
            }
            self.settled.push(column);
            row = solver.row_of[column];
            so_far = self.length[column];
            base = f64::from(solver.costs.get(row, column)) - solver.price[column];
        }
    }

    /// Shortens paths by going over a row; the place in `open` of the nearest column, a free one where several are.
    fn relax(&mut self, solver: &Solver<'_>, row: usize, offset: f64) -> usize {
        let costs = solver.costs.row(row);
        let (mut nearest, mut place) = (f64::INFINITY, 0);
        for (at, &column) in self.open.iter().enumerate() {
            let length = f64::from(costs[column]) - solver.price[column] + offset;
            if length < self.length[column] {
                self.length[column] = length;
                self.from[column] = row;
            }
            let length = self.length[column];
            if length < nearest || (length == nearest && solver.row_of[column] == NONE) {
                (nearest, place) = (length, at);
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;

    use super::*;
    use crate::generator;

    fn random_costs(side: usize, seed: u64, draw: impl Fn(f32) -> f32) -> Costs {
        let mut random = generator(seed, "costs", &[side as u64]);
        Costs::new(side, (0..side * side).map(|_| draw(random.random::<f32>())).collect(), 1e4)
    }

    fn total(costs: &Costs, columns: &[u32]) -> f64 {
        columns.iter().enumerate().map(|(row, column)| f64::from(costs.get(row, *column as usize))).sum()
    }

    /// The least total over all permutations.
    fn least(costs: &Costs, row: usize, taken: &mut Vec<bool>) -> f64 {
        if row == costs.side() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for column in 0..costs.side() {
            if !std::mem::replace(&mut taken[column], true) {
                best = best.min(f64::from(costs.get(row, column)) + least(costs, row + 1, taken));
                taken[column] = false;
            }
        }
        best
    }

    #[test]
    fn no_permutation_of_small_matrices_costs_less() {
        for side in 0..=7 {
            for seed in 0..30 {
                // Few different values make ties, the hard case of the start.
                let levels = if seed % 2 == 0 { 1e6 } else { 3.0 };
                let costs = random_costs(side, seed, |value| (value * levels).floor() / levels);
                let found = total(&costs, &costs.assign());
                let best = least(&costs, 0, &mut vec![false; side]);
                assert!((found - best).abs() < 1e-5, "side {side}, seed {seed}: {found} instead of {best}");
            }
        }
    }

    #[test]
    fn prices_prove_that_large_assignments_are_the_best_there_are() {
        for (side, forbidden_share) in [(40, 0.0), (120, 0.5), (200, 0.9), (300, 0.0)] {
            let draw = |value: f32| if value < forbidden_share { 1e4 } else { value };
            let costs = random_costs(side, 5, draw);
            let solved = Solver::new(&costs).solve();
            // Duality: if each row's column is its cheapest at these prices, no other assignment costs less.
            let mut taken = vec![false; side];
            for row in 0..side {
                let own =
                    f64::from(costs.get(row, solved.column_of[row])) - solved.price[solved.column_of[row]];
                let cheapest = solved.two_cheapest(row).0;
                assert!(own <= cheapest + 1e-6, "row {row} of {side}: {own}, but {cheapest} is to be had");
                assert!(!std::mem::replace(&mut taken[solved.column_of[row]], true), "a column twice");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_forbidden() {
        let costs = Costs::new(2, vec![f32::NAN, 1.0, 1.0, f32::INFINITY], 1e4);
        assert_eq!(costs.assign(), [1, 0]);
    }
}
