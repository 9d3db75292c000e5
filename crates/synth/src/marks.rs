//! Scars, rakes and rings, drawn as soft strokes on a sheet that lies over the body.

use crate::canvas::Canvas;
use crate::exact_math::{cosine, sine, smooth_step};
use crate::noise::noise;
use crate::outline::{Point, smooth, squared_distance};
use crate::random::Stream;

/// How strongly each texel of a canvas is marked, 0 to 1.
pub(crate) struct Marks {
    per_unit: f32,
    reach: [f32; 2],
    columns: usize,
    rows: usize,
    strength: Vec<f32>,
}

impl Marks {
    /// An unmarked sheet for `canvas`.
    pub(crate) fn new(canvas: &Canvas) -> Self {
        let (columns, rows) = canvas.size();
        Self {
            per_unit: canvas.per_unit(),
            reach: canvas.reach(),
            columns,
            rows,
            strength: vec![0.0; columns * rows],
        }
    }

    /// The strength of the marks at a point.
    pub(crate) fn at(&self, point: Point) -> f32 {
        let column = ((point.0 + self.reach[0]) * self.per_unit + 0.5) as usize;
        let row = ((point.1 + self.reach[1]) * self.per_unit + 0.5) as usize;
        self.strength[row.min(self.rows - 1) * self.columns + column.min(self.columns - 1)]
    }

    /// Draws a straight stroke of half width `radius`.
    pub(crate) fn stroke(&mut self, from: Point, to: Point, radius: f32, strength: f32) {
        let soft = radius + 1.0 / self.per_unit;
        let columns =
            self.range(from.0.min(to.0) - soft, from.0.max(to.0) + soft, self.reach[0], self.columns);
        for row in self.range(from.1.min(to.1) - soft, from.1.max(to.1) + soft, self.reach[1], self.rows) {
            for column in columns.clone() {
                let point = (
                    column as f32 / self.per_unit - self.reach[0],
                    row as f32 / self.per_unit - self.reach[1],
                );
                let distance = squared_distance(point, from, to).sqrt();
                let value = strength * smooth_step(soft, radius * 0.4, distance);
                let here = &mut self.strength[row * self.columns + column];
                *here = here.max(value);
            }
        }
    }

    /// Draws a curve that thins out towards its ends.
    pub(crate) fn scar(&mut self, controls: &[Point], radius: f32, strength: f32) {
        let curve = smooth(controls, 6);
        let last = curve.len().saturating_sub(1).max(1) as f32;
        for (index, pair) in curve.windows(2).enumerate() {
            let t = index as f32 / last;
            let thickness = radius * (0.35 + 2.6 * t * (1.0 - t));
            let worn = 0.68 + 0.5 * noise(pair[0].0 * 14.0, pair[0].1 * 14.0, 61);
            self.stroke(pair[0], pair[1], thickness, strength * worn.clamp(0.15, 1.0));
        }
    }

    /// Draws a ring, such as a barnacle or a sucker leaves.
    pub(crate) fn ring(&mut self, centre: Point, size: f32, radius: f32, strength: f32) {
        let at = |step: usize| {
            let angle = step as f32 / 14.0 * std::f32::consts::TAU;
            (centre.0 + size * cosine(angle), centre.1 + size * sine(angle))
        };
        for step in 0..14 {
            self.stroke(at(step), at(step + 1), radius, strength);
        }
    }

    /// Draws `count` scars within a rectangle: single cuts, and rakes of parallel tooth marks.
    pub(crate) fn scars(
        &mut self,
        stream: &mut Stream,
        count: usize,
        low: Point,
        high: Point,
        boldness: f32,
    ) {
        for _ in 0..count {
            let start = (stream.between(low.0, high.0), stream.between(low.1, high.1));
            let (angle, length) = (stream.between(-3.2, 3.2), stream.between(0.08, 0.5));
            let bend = stream.around_zero(0.25) * length;
            let (radius, strength) = (stream.between(0.002, 0.0062) * boldness, stream.between(0.35, 1.0));
            let teeth = if stream.happens(0.35) { stream.count(2, 5) } else { 1 };
            let gap = stream.between(0.018, 0.034);
            let (dx, dy) = (cosine(angle), sine(angle));
            for tooth in 0..teeth {
                let aside = tooth as f32 * gap * stream.between(0.85, 1.15);
                let length = length * stream.between(0.6, 1.0);
                let at = |t: f32, off: f32| {
                    (
                        start.0 + dx * length * t - dy * (off + aside),
                        start.1 + dy * length * t + dx * (off + aside),
                    )
                };
                self.scar(&[at(0.0, 0.0), at(0.5, bend), at(1.0, 0.0)], radius, strength);
            }
        }
    }

    fn range(&self, low: f32, high: f32, reach: f32, limit: usize) -> std::ops::Range<usize> {
        let index = |value: f32| ((value + reach) * self.per_unit).max(0.0) as usize;
        index(low).min(limit)..(index(high) + 2).min(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_marks_its_line_and_nothing_far_from_it() {
        let mut marks = Marks::new(&Canvas::new(50.0, [1.6, 1.2]));
        marks.stroke((-0.5, 0.0), (0.5, 0.0), 0.03, 0.8);
        assert!((marks.at((0.2, 0.0)) - 0.8).abs() < 1e-6);
        assert_eq!(marks.at((0.2, 0.2)), 0.0);
    }
}
