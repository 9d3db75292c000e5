//! Which keypoint of one crop is which of the other: mutual nearest neighbours that are clearly the nearest.

use serde::{Deserialize, Serialize};

use crate::descriptors::{Blocks, LANES};
use crate::products::{Columns, Kernel, Nearest, QueryRows, TILE};

/// Two keypoints that look alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// Number of the keypoint in the query.
    pub query: u16,
    /// Number of the keypoint in the gallery's crop.
    pub gallery: u16,
    /// How sure it is that they are one, 1 at most: the cosine of their descriptors, or what a network says.
    pub sureness: f32,
}

/// When two keypoints count as the same.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchRule {
    /// Least cosine of the descriptors.
    pub least_cosine: f32,
    /// The distance to the nearest keypoint of the other crop is at most this share of the distance to the second nearest
    /// (D. Lowe, "Distinctive image features from scale-invariant keypoints", 2004); 1 asks for nothing.
    pub ratio: f32,
}

/// Finds matches; keeps its memory from one pair to the next.
pub(crate) struct Matcher {
    kernel: Kernel,
    products: Vec<i16>,
    /// Of each keypoint of the gallery's crop: the nearest of the query.
    columns: Columns,
    /// Of each keypoint of the query: the nearest of the gallery's crop.
    nearest: Vec<Nearest>,
}

/// A cosine of 1 as a product.
const ONE: f32 = 127.0 * 127.0;

impl Default for Matcher {
    fn default() -> Self {
        Self::with(Kernel::best())
    }
}

impl Matcher {
    pub(crate) fn with(kernel: Kernel) -> Self {
        Self { kernel, products: Vec::new(), columns: Columns::default(), nearest: Vec::new() }
    }

    /// The matches of two crops, in the order of the query's keypoints. Of keypoints that are equally near the first
    /// counts.
    pub(crate) fn matches(
        &mut self,
        query: &QueryRows,
        gallery: Blocks<'_>,
        rule: MatchRule,
        matches: &mut Vec<Match>,
    ) {
        matches.clear();
        if query.count == 0 || gallery.count == 0 {
            return;
        }
        self.find_nearest(query, gallery);
        for (at, nearest) in (0..).zip(&self.nearest) {
            if self.columns.row_of(nearest.place) != Some(at) {
                continue;
            }
            let cosine = f32::from(nearest.product) / ONE;
            // Squared distances of unit vectors: 2 - 2 · cosine.
            let (near, far) = ((1.0 - cosine).max(0.0), (1.0 - f32::from(nearest.second) / ONE).max(0.0));
            if cosine >= rule.least_cosine && near <= rule.ratio * rule.ratio * far {
                matches.push(Match { query: at, gallery: nearest.place, sureness: cosine });
            }
        }
    }

    fn find_nearest(&mut self, query: &QueryRows, gallery: Blocks<'_>) {
        let width = gallery.count.next_multiple_of(LANES);
        self.products.resize(TILE * width, 0);
        self.columns.reset(gallery.count);
        self.nearest.clear();
        let mut row = 0_u16;
        for tile in query.tiles() {
            self.kernel.products(tile, gallery, &mut self.products);
            for products in self.products.chunks_exact_mut(width).take(query.count - usize::from(row)) {
                let products = &mut products[..gallery.count];
                self.nearest.push(self.kernel.look(products, row, &mut self.columns));
                row += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Descriptors;
    use crate::made_up::unit_rows;

    const ANY: MatchRule = MatchRule { least_cosine: -1.0, ratio: 1.0 };

    fn found(kernel: Kernel, query: &Descriptors, gallery: &Descriptors, rule: MatchRule) -> Vec<Match> {
        let mut matches = Vec::new();
        Matcher::with(kernel).matches(&QueryRows::of(query.blocks()), gallery.blocks(), rule, &mut matches);
        matches
    }

    /// The definition, product by product.
    fn plain(query: &Descriptors, gallery: &Descriptors, rule: MatchRule) -> Vec<(u16, u16)> {
        let product = |a: usize, b: usize| -> i32 {
            let (one, other) = (query.blocks().row(a), gallery.blocks().row(b));
            one.zip(other).map(|(a, b)| i32::from(a) * i32::from(b)).sum()
        };
        let place = |at: usize| u16::try_from(at).expect("some hundred rows");
        let mut pairs = Vec::new();
        for a in 0..query.len() {
            let mut to: Vec<(i32, usize)> = (0..gallery.len()).map(|b| (product(a, b), b)).collect();
            to.sort_by(|x, y| y.0.cmp(&x.0).then(x.1.cmp(&y.1)));
            let (first, b) = to[0];
            let back = (0..query.len()).max_by(|x, y| product(*x, b).cmp(&product(*y, b)).then(y.cmp(x)));
            let second = to.get(1).map_or(i32::from(i16::MIN), |second| second.0);
            let far = |product: i32| (1.0 - product as f32 / ONE).max(0.0);
            let clear = far(first) <= rule.ratio * rule.ratio * far(second);
            if back == Some(a) && clear && first as f32 / ONE >= rule.least_cosine {
                pairs.push((place(a), place(b)));
            }
        }
        pairs
    }

    #[test]
    fn matches_are_those_of_the_definition_with_every_kernel() {
        for (n_query, n_gallery) in [(1, 1), (7, 33), (40, 16), (100, 90)] {
            let (query, gallery) = (unit_rows(64, 3, n_query), unit_rows(64, 8, n_gallery));
            for rule in [ANY, MatchRule { least_cosine: 0.2, ratio: 0.97 }] {
                for kernel in Kernel::available() {
                    let pairs: Vec<(u16, u16)> =
                        found(*kernel, &query, &gallery, rule).iter().map(|m| (m.query, m.gallery)).collect();
                    assert_eq!(pairs, plain(&query, &gallery, rule));
                }
            }
        }
    }

    #[test]
    fn a_crop_matches_itself() {
        let rows = unit_rows(64, 5, 50);
        let matches = found(Kernel::best(), &rows, &rows, MatchRule { least_cosine: 0.9, ratio: 0.9 });
        assert_eq!(matches.len(), 50);
        assert!(matches.iter().all(|one| one.query == one.gallery && (one.sureness - 1.0).abs() < 0.02));
    }

    #[test]
    fn nothing_matches_nothing() {
        let none = Descriptors::from_rows(64, &[]);
        assert_eq!(found(Kernel::best(), &none, &unit_rows(64, 1, 3), ANY), []);
        assert_eq!(found(Kernel::best(), &unit_rows(64, 1, 3), &none, ANY), []);
    }
}
