//! Outlines of bodies: smooth curves through control points, the marks along them, distance and coverage.

use crate::random::Stream;

/// A point in body coordinates: one unit is half the picture's height at scale 1, x to the right, y down.
pub(crate) type Point = (f32, f32);

/// A closed outline as a dense polygon.
#[derive(Debug, Clone, Default)]
pub(crate) struct Outline {
    /// Corners in order; the last joins the first.
    pub(crate) corners: Vec<Point>,
}

/// A bite out of an edge: where along it (0 to 1), how wide, how deep, and its form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nick {
    pub(crate) place: f32,
    pub(crate) width: f32,
    pub(crate) depth: f32,
    /// Below 1 a pointed cut, above 1 a round or square bite.
    pub(crate) fullness: f32,
    /// -1 leans to the start of the edge, 1 to its end.
    pub(crate) lean: f32,
}

impl Nick {
    /// Draws a nick somewhere between the places `from` and `to` of an edge.
    pub(crate) fn draw(stream: &mut Stream, from: f32, to: f32, depth: f32) -> Self {
        Self {
            place: stream.between(from, to),
            width: stream.between(0.018, 0.06),
            depth: depth * stream.between(0.35, 1.0),
            fullness: stream.between(0.6, 2.6),
            lean: stream.between(-0.7, 0.7),
        }
    }

    /// How far the edge is pushed inwards at `place`.
    fn depth_at(&self, place: f32) -> f32 {
        let offset = (place - self.place) / self.width;
        let centre = self.lean * 0.6;
        let t =
            if offset < centre { (offset + 1.0) / (centre + 1.0) } else { (1.0 - offset) / (1.0 - centre) };
        let t = t.clamp(0.0, 1.0);
        self.depth * (t * self.fullness).min(1.0)
    }
}

impl Outline {
    /// Adds the smooth curve through `controls` (centripetal in spirit: a uniform Catmull-Rom spline),
    /// `per_span` corners between two controls; the end controls are reached.
    pub(crate) fn curve(&mut self, controls: &[Point], per_span: usize) -> &mut Self {
        self.corners.extend(smooth(controls, per_span));
        self
    }

    /// Adds a curve whose edge is worn: `nicks` bite into it, and `ripple(place)` shifts it inwards.
    ///
    /// The body lies on the right-hand side of the direction of travel when `inside_right`.
    pub(crate) fn worn_curve(
        &mut self,
        controls: &[Point],
        per_span: usize,
        nicks: &[Nick],
        inside_right: bool,
        ripple: impl Fn(f32) -> f32,
    ) -> &mut Self {
        let edge = smooth(controls, per_span);
        let last = edge.len().saturating_sub(1).max(1);
        for (index, corner) in edge.iter().enumerate() {
            let place = index as f32 / last as f32;
            let (before, after) = (edge[index.saturating_sub(2)], edge[(index + 2).min(last)]);
            let (dx, dy) = (after.0 - before.0, after.1 - before.1);
            let length = (dx * dx + dy * dy).sqrt().max(1e-6);
            let side = if inside_right { 1.0 } else { -1.0 };
            let bite = nicks.iter().map(|nick| nick.depth_at(place)).fold(0.0, f32::max);
            let inwards = side * (bite + ripple(place));
            self.corners.push((corner.0 - dy / length * inwards, corner.1 + dx / length * inwards));
        }
        self
    }

    /// Distance to the outline, positive inside, negative outside.
    pub(crate) fn depth(&self, point: Point) -> f32 {
        let (mut nearest, mut inside) = (f32::MAX, false);
        let mut previous = *self.corners.last().unwrap_or(&(0.0, 0.0));
        for &corner in &self.corners {
            nearest = nearest.min(squared_distance(point, previous, corner));
            if (corner.1 > point.1) != (previous.1 > point.1) {
                let share = (point.1 - corner.1) / (previous.1 - corner.1);
                inside ^= point.0 < corner.0 + share * (previous.0 - corner.0);
            }
            previous = corner;
        }
        if inside { nearest.sqrt() } else { -nearest.sqrt() }
    }

    /// The x of every crossing with the horizontal line at `y`, from left to right.
    pub(crate) fn crossings(&self, y: f32) -> Vec<f32> {
        let mut found = Vec::new();
        let mut previous = *self.corners.last().unwrap_or(&(0.0, 0.0));
        for &corner in &self.corners {
            if (corner.1 > y) != (previous.1 > y) {
                found.push(corner.0 + (y - corner.1) / (previous.1 - corner.1) * (previous.0 - corner.0));
            }
            previous = corner;
        }
        found.sort_by(f32::total_cmp);
        found
    }
}

/// The Catmull-Rom curve through `controls`.
pub(crate) fn smooth(controls: &[Point], per_span: usize) -> Vec<Point> {
    let mut curve = Vec::with_capacity(controls.len() * per_span);
    let last = controls.len().saturating_sub(1);
    for span in 0..last {
        let p = [
            controls[span.saturating_sub(1)],
            controls[span],
            controls[span + 1],
            controls[(span + 2).min(last)],
        ];
        for step in 0..per_span {
            let t = step as f32 / per_span as f32;
            curve.push((spline(p.map(|q| q.0), t), spline(p.map(|q| q.1), t)));
        }
    }
    curve.extend(controls.last());
    curve
}

fn spline(p: [f32; 4], t: f32) -> f32 {
    let (a, b) = (p[2] - p[0], 2.0 * p[0] - 5.0 * p[1] + 4.0 * p[2] - p[3]);
    let c = 3.0 * (p[1] - p[2]) + p[3] - p[0];
    p[1] + 0.5 * t * (a + t * (b + t * c))
}

/// Squared distance of `point` from the segment between `a` and `b`.
pub(crate) fn squared_distance(point: Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let (px, py) = (point.0 - a.0, point.1 - a.1);
    let length = dx * dx + dy * dy;
    let t = if length > 0.0 { ((px * dx + py * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (rx, ry) = (px - t * dx, py - t * dy);
    rx * rx + ry * ry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square() -> Outline {
        Outline { corners: vec![(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] }
    }

    #[test]
    fn depth_is_positive_inside_and_negative_outside() {
        assert!((square().depth((0.0, 0.5)) - 0.5).abs() < 1e-6);
        assert!((square().depth((0.0, 1.5)) + 0.5).abs() < 1e-6);
        assert_eq!(square().crossings(0.2), vec![-1.0, 1.0]);
    }

    #[test]
    fn a_nick_bites_into_the_body_and_leaves_the_rest_of_the_edge_alone() {
        let nick = Nick { place: 0.5, width: 0.1, depth: 0.2, fullness: 1.5, lean: 0.0 };
        let mut worn = Outline::default();
        worn.worn_curve(&[(0.0, 0.0), (1.0, 0.0)], 100, &[nick], true, |_| 0.0);
        assert!((worn.corners[50].1 - 0.2).abs() < 1e-5);
        assert!(worn.corners[10].1.abs() < 1e-6);
    }
}
