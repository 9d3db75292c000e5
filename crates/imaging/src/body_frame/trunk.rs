//! From a mask to the animal's trunk: the largest part of it, without legs and neck.

use super::distance::squared_distances;
use super::mask::Shape;

/// What is thinner than twice this share of the largest circle inside the animal is no part of the trunk.
const OPENING: f64 = 0.62;

impl Shape {
    /// How many pixels are inside.
    pub(super) fn area(&self) -> usize {
        self.inside.iter().filter(|inside| **inside).count()
    }

    /// Its largest part alone; of equal ones the upper left.
    pub(super) fn largest_part(&self) -> Self {
        let mut part_of = vec![None; self.inside.len()];
        let mut largest = (0, None);
        for start in 0..self.inside.len() {
            if self.inside[start] && part_of[start].is_none() {
                let area = self.flood(start, &mut part_of);
                if area > largest.0 {
                    largest = (area, Some(start));
                }
            }
        }
        let inside = part_of.iter().map(|part| part.is_some() && *part == largest.1).collect();
        Self { inside, ..self.clone() }
    }

    /// Marks what hangs together with a pixel by edges; its area.
    fn flood(&self, start: usize, part_of: &mut [Option<usize>]) -> usize {
        let mut waiting = vec![start];
        part_of[start] = Some(start);
        let mut area = 0;
        while let Some(pixel) = waiting.pop() {
            area += 1;
            for neighbor in self.neighbors(pixel).into_iter().flatten() {
                if self.inside[neighbor] && part_of[neighbor].is_none() {
                    part_of[neighbor] = Some(start);
                    waiting.push(neighbor);
                }
            }
        }
        area
    }

    pub(super) fn neighbors(&self, pixel: usize) -> [Option<usize>; 4] {
        let column = pixel % self.width;
        [
            (column > 0).then(|| pixel - 1),
            (column + 1 < self.width).then_some(pixel + 1),
            pixel.checked_sub(self.width),
            (pixel + self.width < self.inside.len()).then_some(pixel + self.width),
        ]
    }

    /// What circles cover that fit inside, of [`OPENING`] times the radius of the largest that does. Beyond the edge of the
    /// crop the animal goes on. None where all is inside: there is no outline then.
    pub(super) fn trunk(&self) -> Option<Self> {
        let outside: Vec<bool> = self.inside.iter().map(|inside| !inside).collect();
        let depths = squared_distances(&outside, self.width);
        let deepest = depths.iter().copied().fold(0.0, f64::max);
        if !deepest.is_finite() {
            return None;
        }
        let radius = OPENING * OPENING * deepest;
        let centers: Vec<bool> = depths.iter().map(|depth| *depth > radius).collect();
        let inside = squared_distances(&centers, self.width).iter().map(|far| *far <= radius).collect();
        Some(Self { inside, ..self.clone() }.largest_part())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(width: usize, height: usize, is_inside: impl Fn(usize, usize) -> bool) -> Shape {
        let inside = (0..width * height).map(|at| is_inside(at % width, at / width)).collect();
        Shape { width, height, inside, pixel: [1.0; 2] }
    }

    #[test]
    fn the_largest_part_is_kept_and_what_touches_by_a_corner_is_no_part_of_it() {
        let two = shape(12, 8, |x, y| (x < 3 && y < 3) || (3..9).contains(&x) && (3..7).contains(&y));
        let kept = two.largest_part();
        assert_eq!(kept.area(), 24);
        assert!(!kept.inside[0] && kept.inside[3 * 12 + 3]);
    }

    #[test]
    fn legs_go_and_the_trunk_stays() {
        let is_trunk = |x: usize, y: usize| (10..90).contains(&x) && (10..40).contains(&y);
        let is_leg = |x: usize, y: usize| {
            (40..60).contains(&y) && [15, 30, 70, 85].iter().any(|at| x.abs_diff(*at) < 4)
        };
        let animal = shape(100, 70, |x, y| is_trunk(x, y) || is_leg(x, y));
        let trunk = animal.trunk().unwrap();
        let legs =
            (0..trunk.inside.len()).filter(|at| trunk.inside[*at] && is_leg(at % 100, at / 100)).count();
        assert!(legs < 20, "{legs}");
        assert!(trunk.area() > 80 * 30 * 95 / 100, "{}", trunk.area());
    }

    #[test]
    fn what_touches_the_crops_edge_is_not_rounded_there() {
        let animal = shape(60, 40, |x, y| x < 50 && (5..35).contains(&y));
        let trunk = animal.trunk().unwrap();
        assert!(trunk.inside[5 * 60] && trunk.inside[34 * 60]);
        assert_eq!(shape(9, 9, |_, _| true).trunk(), None);
    }
}
