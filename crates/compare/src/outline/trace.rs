//! From a mask to its outline, between the pixels.

/// Pixels above this belong to the animal.
const LEVEL: f32 = 0.5;

/// Runs of an outline that are shorter are left out, in pixels.
const SHORTEST: f32 = 80.0;

/// A point of an outline: to the right and downwards, in pixels, a pixel's middle being whole.
pub(super) type Point = (f32, f32);

/// The closed lines where a mask crosses its level, the animal on their left as one walks along; around the picture there is
/// nothing. Two parts that touch with a corner alone are two. Marching squares (W. Lorensen and H. Cline, 1987, in the plane).
pub(super) fn outlines(mask: &[f32], width: usize, height: usize) -> Vec<Vec<Point>> {
    let lattice = Lattice { mask, width, height };
    let (columns, rows) = (width + 2, height + 2);
    // Edges of the lattice: 2 · place to the right of a place, 2 · place + 1 below it.
    const NONE: u32 = u32::MAX;
    let mut next = vec![NONE; 2 * columns * rows];
    let mut starts = Vec::new();
    for y in 0..rows - 1 {
        for x in 0..columns - 1 {
            let place = y * columns + x;
            let (top, left) = (2 * place, 2 * place + 1);
            let (bottom, right) = (2 * (place + columns), 2 * (place + 1) + 1);
            for (from, to) in lattice.segments(x, y, [top, right, bottom, left]) {
                starts.push(from);
                next[from] = u32::try_from(to).unwrap_or(NONE);
            }
        }
    }
    let mut outlines = Vec::new();
    for start in starts {
        let (mut at, mut outline) = (start, Vec::new());
        while next[at] != NONE {
            outline.push(lattice.crossing(at, columns));
            at = std::mem::replace(&mut next[at], NONE) as usize;
        }
        if !outline.is_empty() {
            outlines.push(outline);
        }
    }
    outlines
}

/// A mask with a frame of nothing around it.
struct Lattice<'a> {
    mask: &'a [f32],
    width: usize,
    height: usize,
}

impl Lattice<'_> {
    fn value(&self, x: usize, y: usize) -> f32 {
        let is_inside = (1..=self.width).contains(&x) && (1..=self.height).contains(&y);
        if is_inside { self.mask[(y - 1) * self.width + x - 1] } else { 0.0 }
    }

    /// The pieces of outlines in the square to the right of and below a place, from edge to edge.
    fn segments(
        &self,
        x: usize,
        y: usize,
        [top, right, bottom, left]: [usize; 4],
    ) -> impl Iterator<Item = (usize, usize)> + use<> {
        let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
        let is_in = corners.map(|(x, y)| self.value(x, y) > LEVEL);
        let (one, other) = match is_in {
            [false, false, false, false] | [true, true, true, true] => (None, None),
            [true, false, false, false] => (Some((left, top)), None),
            [false, true, false, false] => (Some((top, right)), None),
            [false, false, true, false] => (Some((right, bottom)), None),
            [false, false, false, true] => (Some((bottom, left)), None),
            [true, true, false, false] => (Some((left, right)), None),
            [false, true, true, false] => (Some((top, bottom)), None),
            [false, false, true, true] => (Some((right, left)), None),
            [true, false, false, true] => (Some((bottom, top)), None),
            [false, true, true, true] => (Some((top, left)), None),
            [true, false, true, true] => (Some((right, top)), None),
            [true, true, false, true] => (Some((bottom, right)), None),
            [true, true, true, false] => (Some((left, bottom)), None),
            [true, false, true, false] => (Some((left, top)), Some((right, bottom))),
            [false, true, false, true] => (Some((top, right)), Some((bottom, left))),
        };
        one.into_iter().chain(other)
    }

    /// Where the mask crosses its level on an edge.
    #[expect(clippy::cast_precision_loss, reason = "pixels of a network's input")]
    fn crossing(&self, edge: usize, columns: usize) -> Point {
        let (x, y) = (edge / 2 % columns, edge / 2 / columns);
        let (across, down) = if edge.is_multiple_of(2) { (1, 0) } else { (0, 1) };
        let (one, other) = (self.value(x, y), self.value(x + across, y + down));
        let share = (LEVEL - one) / (other - one);
        (x as f32 - 1.0 + share * across as f32, y as f32 - 1.0 + share * down as f32)
    }
}

/// A piece of an outline, as points a pixel of its length apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    pub(super) points: Vec<Point>,
    /// Whether it is the whole outline, and begins where it ends.
    pub(super) is_closed: bool,
}

/// The area that an outline goes around, in square pixels; below 0 where it is that of a hole, which is walked the other way round.
pub(super) fn area(outline: &[Point]) -> f32 {
    let pairs = outline.iter().zip(outline.iter().cycle().skip(1));
    // With rows counted downwards the area on one's left is negative.
    pairs.map(|((ax, ay), (bx, by))| bx * ay - ax * by).sum::<f32>() / 2.0
}

/// The runs of an outline that `holds` keeps.
pub(super) fn runs(outline: &[Point], holds: impl Fn(Point) -> bool) -> Vec<Run> {
    let inside: Vec<bool> = outline.iter().map(|point| holds(*point)).collect();
    // From a point outside, so that no run goes on at the beginning.
    let Some(first) = inside.iter().position(|inside| !inside) else {
        let around: Vec<Point> = outline.iter().chain(outline.first()).copied().collect();
        return evenly(&around).map(|points| Run { points, is_closed: true }).into_iter().collect();
    };
    let mut runs = vec![Vec::new()];
    for step in 0..outline.len() {
        let at = (first + step) % outline.len();
        match (inside[at], runs.last_mut()) {
            (true, Some(run)) => run.push(outline[at]),
            _ => runs.push(Vec::new()),
        }
    }
    let open = |run: &Vec<Point>| Some(Run { points: evenly(run)?, is_closed: false });
    runs.iter().filter_map(open).collect()
}

/// Points a pixel apart along a run; none where it is too short.
fn evenly(run: &[Point]) -> Option<Vec<Point>> {
    let steps = run.windows(2).map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1));
    let length: f32 = steps.clone().sum();
    if length < SHORTEST {
        return None;
    }
    let mut even = Vec::new();
    let (mut walked, mut due) = (0.0_f32, 0.0_f32);
    for (pair, step) in run.windows(2).zip(steps) {
        while due < walked + step {
            let share = (due - walked) / step;
            even.push((
                pair[0].0 + share * (pair[1].0 - pair[0].0),
                pair[0].1 + share * (pair[1].1 - pair[0].1),
            ));
            due += 1.0;
        }
        walked += step;
    }
    Some(even)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A disc's mask, soft at its edge.
    fn disc(width: usize, height: usize, middle: Point, radius: f32) -> Vec<f32> {
        let value = |at: usize| {
            let (x, y) = ((at % width) as f32, (at / width) as f32);
            ((radius - (x - middle.0).hypot(y - middle.1)) / 6.0 + 0.5).clamp(0.0, 1.0)
        };
        (0..width * height).map(value).collect()
    }

    #[test]
    fn the_outline_of_a_disc_is_a_circle() {
        let mask = disc(60, 50, (30.3, 24.6), 17.4);
        let outlines = outlines(&mask, 60, 50);
        assert_eq!(outlines.len(), 1);
        assert!(outlines[0].iter().all(|(x, y)| ((x - 30.3).hypot(y - 24.6) - 17.4).abs() < 0.05));
        let area = area(&outlines[0]);
        assert!((area - std::f32::consts::PI * 17.4 * 17.4).abs() < 3.0, "{area}");
    }

    #[test]
    fn a_mask_that_reaches_the_edge_is_closed_there_and_the_run_is_cut() {
        let mask = disc(90, 60, (45.0, 60.0), 40.0);
        let outlines = outlines(&mask, 90, 60);
        assert_eq!(outlines.len(), 1);
        let runs = runs(&outlines[0], |(x, y)| (4.0..=85.0).contains(&x) && (4.0..=55.0).contains(&y));
        assert!(runs.len() == 1 && !runs[0].is_closed);
        let run = &runs[0].points;
        assert!(run.iter().all(|(x, y)| ((x - 45.0).hypot(y - 60.0) - 40.0).abs() < 0.05));
        let steps = run.windows(2).map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1));
        assert!(steps.clone().all(|step| (step - 1.0).abs() < 0.01), "{:?}", steps.collect::<Vec<_>>());
    }

    #[test]
    fn an_outline_within_the_picture_is_one_run_that_closes_and_a_hole_is_none() {
        let mut mask = disc(60, 50, (30.0, 25.0), 20.0);
        let hole = disc(60, 50, (30.0, 25.0), 8.0);
        mask.iter_mut().zip(&hole).for_each(|(value, hole)| *value = value.min(1.0 - hole));
        let outlines = outlines(&mask, 60, 50);
        let areas: Vec<f32> = outlines.iter().map(|outline| area(outline)).collect();
        assert!(areas.len() == 2 && areas[0] > 1200.0 && (-230.0..-170.0).contains(&areas[1]), "{areas:?}");
        let runs = runs(&outlines[0], |_| true);
        assert!(runs.len() == 1 && runs[0].is_closed);
        let points = &runs[0].points;
        let around = 2.0 * std::f32::consts::PI * 20.0;
        assert!((points.len() as f32 - around).abs() < 2.0, "{} of {around}", points.len());
        let (first, last) = (points[0], points[points.len() - 1]);
        assert!((first.0 - last.0).hypot(first.1 - last.1) < 1.01, "it comes back");
    }

    #[test]
    fn every_arrangement_of_pixels_is_walked_around_once() {
        // Noise: all sixteen arrangements, saddles among them.
        let (width, height) = (23, 17);
        let mask: Vec<f32> = (0..width * height).map(|at| ((at * at * 7919) % 97) as f32 / 96.0).collect();
        let outlines = outlines(&mask, width, height);
        let area: f32 = outlines.iter().map(|outline| area(outline)).sum();
        assert!(outlines.len() > 20 && area > 0.0, "{} outlines, {area}", outlines.len());
        let crossings: usize = outlines.iter().map(Vec::len).sum();
        let at = |x: usize, y: usize| mask[y * width + x] > LEVEL;
        let mut expected = 0;
        for y in 0..height {
            for x in 0..width {
                let right = if x + 1 < width { at(x + 1, y) } else { false };
                let below = if y + 1 < height { at(x, y + 1) } else { false };
                expected += usize::from(at(x, y) != right) + usize::from(at(x, y) != below);
                expected += usize::from(x == 0 && at(x, y)) + usize::from(y == 0 && at(x, y));
            }
        }
        assert_eq!(crossings, expected);
    }

    #[test]
    fn nothing_has_no_outline() {
        assert!(outlines(&[0.0; 12], 4, 3).is_empty());
    }
}
