//! How far each pixel is from the nearest one of a kind: P. Felzenszwalb and D. Huttenlocher, "Distance Transforms of
//! Sampled Functions", 2012, exact and in linear time.

/// Squared distances, in pixels, to the nearest pixel that is meant; infinite where there is none.
pub(super) fn squared_distances(is_meant: &[bool], width: usize) -> Vec<f64> {
    let mut distances: Vec<f64> =
        is_meant.iter().map(|meant| if *meant { 0.0 } else { f64::INFINITY }).collect();
    let height = distances.len() / width.max(1);
    let mut line = Line::default();
    for column in 0..width {
        line.values.clear();
        line.values.extend((0..height).map(|row| distances[row * width + column]));
        for (row, distance) in line.envelope().iter().enumerate() {
            distances[row * width + column] = *distance;
        }
    }
    for row in distances.chunks_exact_mut(width.max(1)) {
        line.values.clear();
        line.values.extend_from_slice(row);
        row.copy_from_slice(line.envelope());
    }
    distances
}

/// One row or column, and the parabolas that lie lowest over it.
#[derive(Debug, Default)]
struct Line {
    values: Vec<f64>,
    /// Where each of the lowest parabolas has its vertex, and from where on it is the lowest.
    lowest: Vec<(usize, f64)>,
    result: Vec<f64>,
}

impl Line {
    /// At each place the least of value + squared distance, over all places.
    fn envelope(&mut self) -> &[f64] {
        self.lowest.clear();
        for (at, value) in self.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            let mut from = f64::NEG_INFINITY;
            while let Some((vertex, begins)) = self.lowest.last().copied() {
                from = crossing((vertex, self.values[vertex]), (at, *value));
                if from > begins {
                    break;
                }
                self.lowest.pop();
                from = f64::NEG_INFINITY;
            }
            self.lowest.push((at, from));
        }
        self.result.clear();
        let mut current = 0;
        for at in 0..self.values.len() {
            while self.lowest.get(current + 1).is_some_and(|(_, begins)| *begins < at as f64) {
                current += 1;
            }
            let nearest = self.lowest.get(current).map_or(f64::INFINITY, |(vertex, _)| {
                self.values[*vertex] + (at as f64 - *vertex as f64).powi(2)
            });
            self.result.push(nearest);
        }
        &self.result
    }
}

/// Where a parabola to the right begins to lie lower.
fn crossing(left: (usize, f64), right: (usize, f64)) -> f64 {
    let (a, b) = (left.0 as f64, right.0 as f64);
    ((right.1 + b * b) - (left.1 + a * a)) / (2.0 * (b - a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_looking_at_every_pixel() {
        let width = 13;
        let is_meant: Vec<bool> = (0..width * 9).map(|at| at * 7919 % 31 == 3).collect();
        let meant = || (0..is_meant.len()).filter(|at| is_meant[*at]);
        assert!(meant().count() > 2);
        for (at, distance) in squared_distances(&is_meant, width).into_iter().enumerate() {
            let to = |other: usize| {
                (at % width).abs_diff(other % width).pow(2) + (at / width).abs_diff(other / width).pow(2)
            };
            assert_eq!(Some(distance), meant().map(to).min().map(|least| least as f64), "pixel {at}");
        }
    }

    #[test]
    fn where_none_is_meant_the_distance_is_infinite() {
        assert!(squared_distances(&[false; 12], 4).iter().all(|distance| distance.is_infinite()));
        assert!(squared_distances(&[], 0).is_empty());
    }
}
