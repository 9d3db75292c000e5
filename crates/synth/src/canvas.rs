//! The body of one animal, painted once in body coordinates and then photographed many times.

use crate::outline::{Outline, Point};

/// The distance field is computed on every `COARSE`-th texel.
const COARSE: usize = 6;

/// Linear light, red, green, blue; 1 is white paper in full light.
pub(crate) type Color = [f32; 3];

/// The colour `t` of the way from `a` to `b`.
pub(crate) fn mix_color(a: Color, b: Color, t: f32) -> Color {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// A colour times a number.
pub(crate) fn scale_color(a: Color, by: f32) -> Color {
    a.map(|c| c * by)
}

/// What a painter says about one point of a body part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    /// Share of light sent back.
    pub(crate) color: Color,
    /// 0 dry fur, 1 wet skin.
    pub(crate) gloss: f32,
    /// Height of the fine relief, body units.
    pub(crate) bump: f32,
}

/// One point of the painted body.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Texel {
    pub(crate) color: Color,
    /// 0 no animal here, 1 all animal.
    pub(crate) coverage: f32,
    /// Rise of the surface towards the camera per unit to the right and per unit down.
    pub(crate) slope: [f32; 2],
    pub(crate) gloss: f32,
}

/// How a part swells towards the camera: over `radius` from its edge it rises by `height`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Relief {
    pub(crate) radius: f32,
    pub(crate) height: f32,
}

/// A painted body.
#[derive(Debug, Clone)]
pub(crate) struct Canvas {
    per_unit: f32,
    reach: [f32; 2],
    columns: usize,
    rows: usize,
    texels: Vec<Texel>,
}

impl Canvas {
    /// An empty canvas with `per_unit` texels a body unit that reaches so far right and left, down and up of the middle.
    pub(crate) fn new(per_unit: f32, reach: [f32; 2]) -> Self {
        let [columns, rows] = reach.map(|half| (2.0 * half * per_unit) as usize + 1);
        Self { per_unit, reach, columns, rows, texels: vec![Texel::default(); columns * rows] }
    }

    /// Half the width and half the height of the painted rectangle, body units.
    pub(crate) fn reach(&self) -> [f32; 2] {
        self.reach
    }

    /// Texels a body unit.
    pub(crate) fn per_unit(&self) -> f32 {
        self.per_unit
    }

    /// Columns and rows.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.columns, self.rows)
    }

    /// Body coordinates of a texel's centre.
    fn point(&self, column: usize, row: usize) -> Point {
        (column as f32 / self.per_unit - self.reach[0], row as f32 / self.per_unit - self.reach[1])
    }

    /// Paints one part over what is there. `paint` gets the point and its depth below the part's edge.
    pub(crate) fn part(&mut self, outline: &Outline, relief: Relief, paint: impl Fn(Point, f32) -> Paint) {
        let field = CoarseField::new(self, outline, relief);
        let mut above = vec![0.0; self.columns];
        for row in 0..self.rows {
            let coverage = self.row_coverage(outline, row);
            let mut left_bump = 0.0;
            for (column, &covered) in coverage.iter().enumerate() {
                if covered <= 0.0 {
                    (above[column], left_bump) = (0.0, 0.0);
                    continue;
                }
                let [depth, slope_x, slope_y] = field.at(column, row);
                let dab = paint(self.point(column, row), depth);
                let fine =
                    [(dab.bump - left_bump) * self.per_unit, (dab.bump - above[column]) * self.per_unit];
                let fine = if depth < 2.0 / self.per_unit { [0.0; 2] } else { fine };
                (above[column], left_bump) = (dab.bump, dab.bump);
                let slope = [slope_x + fine[0].clamp(-1.5, 1.5), slope_y + fine[1].clamp(-1.5, 1.5)];
                let texel = &mut self.texels[row * self.columns + column];
                texel.lay_over(dab, slope, covered);
            }
        }
    }

    /// Share of each texel of a row that lies inside the outline: four scan lines, exact along them.
    fn row_coverage(&self, outline: &Outline, row: usize) -> Vec<f32> {
        let mut coverage = vec![0.0f32; self.columns];
        for line in 0..4 {
            let y = (row as f32 + (line as f32 - 1.5) / 4.0) / self.per_unit - self.reach[1];
            for pair in outline.crossings(y).chunks_exact(2) {
                let to_column =
                    |x: f32| ((x + self.reach[0]) * self.per_unit + 0.5).clamp(0.0, self.columns as f32);
                let (from, to) = (to_column(pair[0]), to_column(pair[1]));
                let (first, last) = (from as usize, (to as usize).min(self.columns - 1));
                for (column, covered) in coverage.iter_mut().enumerate().take(last + 1).skip(first) {
                    let left = from.max(column as f32);
                    let right = to.min(column as f32 + 1.0);
                    *covered += 0.25 * (right - left).max(0.0);
                }
            }
        }
        coverage
    }

    /// Turns left into right.
    pub(crate) fn mirror(&mut self) {
        for row in self.texels.chunks_exact_mut(self.columns) {
            row.reverse();
        }
        for texel in &mut self.texels {
            texel.slope[0] = -texel.slope[0];
        }
    }

    /// The body at a point between texels; beyond the canvas its border goes on.
    pub(crate) fn sample(&self, point: Point) -> Texel {
        let x = ((point.0 + self.reach[0]) * self.per_unit).clamp(0.0, (self.columns - 1) as f32 - 1e-3);
        let y = ((point.1 + self.reach[1]) * self.per_unit).clamp(0.0, (self.rows - 1) as f32 - 1e-3);
        let (column, row) = (x as usize, y as usize);
        let (dx, dy) = (x - column as f32, y - row as f32);
        let index = row * self.columns + column;
        let weights = [(1.0 - dx) * (1.0 - dy), dx * (1.0 - dy), (1.0 - dx) * dy, dx * dy];
        let corners = [index, index + 1, index + self.columns, index + self.columns + 1];
        let mut sum = Texel::default();
        if corners.iter().all(|&corner| self.texels[corner].coverage == 0.0) {
            return sum;
        }
        for (&weight, &corner) in weights.iter().zip(&corners) {
            sum.add(&self.texels[corner], weight);
        }
        sum.divide_by_coverage()
    }
}

impl Texel {
    fn lay_over(&mut self, dab: Paint, slope: [f32; 2], covered: f32) {
        let total = covered + self.coverage * (1.0 - covered);
        let share = covered / total;
        self.color = mix_color(self.color, dab.color, share);
        self.slope = [0, 1].map(|axis| self.slope[axis] + (slope[axis] - self.slope[axis]) * share);
        self.gloss += (dab.gloss - self.gloss) * share;
        self.coverage = total.min(1.0);
    }

    fn add(&mut self, other: &Self, weight: f32) {
        let weight = weight * other.coverage;
        self.coverage += weight;
        for channel in 0..3 {
            self.color[channel] += weight * other.color[channel];
        }
        self.slope[0] += weight * other.slope[0];
        self.slope[1] += weight * other.slope[1];
        self.gloss += weight * other.gloss;
    }

    fn divide_by_coverage(mut self) -> Self {
        if self.coverage > 1e-4 {
            let by = 1.0 / self.coverage;
            self.color = scale_color(self.color, by);
            self.slope = self.slope.map(|s| s * by);
            self.gloss *= by;
        }
        self
    }
}

/// Depth and slope of a part on a coarse grid, read between its points.
struct CoarseField {
    columns: usize,
    values: Vec<[f32; 3]>,
}

impl CoarseField {
    fn new(canvas: &Canvas, outline: &Outline, relief: Relief) -> Self {
        let (columns, rows) = (canvas.columns / COARSE + 2, canvas.rows / COARSE + 2);
        let thinned = Outline { corners: outline.corners.iter().copied().step_by(3).collect() };
        let depth_at =
            |index: usize| thinned.depth(canvas.point(index % columns * COARSE, index / columns * COARSE));
        let depths: Vec<f32> = (0..columns * rows).map(depth_at).collect();
        let swell = |depth: &f32| {
            let t = (depth / relief.radius).clamp(0.0, 1.0);
            relief.height * t * (2.0 - t)
        };
        let mut rises: Vec<f32> = depths.iter().map(swell).collect();
        let reach = (0.22 * relief.radius * canvas.per_unit / COARSE as f32 + 0.5) as usize;
        for _ in 0..2 {
            rises = soften(&rises, columns, reach);
        }
        let rise = |column: usize, row: usize| rises[row.min(rows - 1) * columns + column.min(columns - 1)];
        let step = 2.0 * COARSE as f32 / canvas.per_unit;
        let value = |index: usize| {
            let (column, row) = (index % columns, index / columns);
            let slope_x = (rise(column + 1, row) - rise(column.saturating_sub(1), row)) / step;
            let slope_y = (rise(column, row + 1) - rise(column, row.saturating_sub(1))) / step;
            [depths[index], slope_x, slope_y]
        };
        Self { columns, values: (0..columns * rows).map(value).collect() }
    }

    fn at(&self, column: usize, row: usize) -> [f32; 3] {
        let (i, j) = (column / COARSE, row / COARSE);
        let (dx, dy) = ((column % COARSE) as f32 / COARSE as f32, (row % COARSE) as f32 / COARSE as f32);
        let index = j * self.columns + i;
        let (above, below) = (index, index + self.columns);
        [0, 1, 2].map(|k| {
            let top = self.values[above][k] * (1.0 - dx) + self.values[above + 1][k] * dx;
            let bottom = self.values[below][k] * (1.0 - dx) + self.values[below + 1][k] * dx;
            top * (1.0 - dy) + bottom * dy
        })
    }
}

/// The mean over a square of `reach` grid points to each side; it rounds the ridges of the distance field.
fn soften(field: &[f32], columns: usize, reach: usize) -> Vec<f32> {
    let rows = field.len() / columns;
    let mean = |count: usize, length: usize, at: &dyn Fn(usize) -> f32| {
        let (low, high) = (count.saturating_sub(reach), (count + reach).min(length - 1));
        (low..=high).map(at).sum::<f32>() / (high - low + 1) as f32
    };
    let along =
        |index: usize| mean(index % columns, columns, &|column| field[index / columns * columns + column]);
    let across: Vec<f32> = (0..field.len()).map(along).collect();
    let down = |index: usize| mean(index / columns, rows, &|row| across[row * columns + index % columns]);
    (0..field.len()).map(down).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted() -> Canvas {
        let mut canvas = Canvas::new(40.0, [1.6, 1.2]);
        let corners = (0..60).map(|i| {
            let angle = i as f32 / 60.0 * std::f32::consts::TAU;
            (0.3 + 0.5 * angle.cos(), 0.5 * angle.sin())
        });
        let disc = Outline { corners: corners.collect() };
        let paint = |p: Point, _| Paint { color: [p.0, 0.5, 0.1], gloss: 1.0, bump: 0.0 };
        canvas.part(&disc, Relief { radius: 0.5, height: 0.3 }, paint);
        canvas
    }

    #[test]
    fn a_disc_covers_its_area() {
        let canvas = painted();
        let area: f32 = canvas.texels.iter().map(|t| t.coverage).sum::<f32>() / 1600.0;
        assert!((area - std::f32::consts::PI * 0.25).abs() < 0.01, "{area}");
    }

    #[test]
    fn a_disc_rises_from_its_edge_to_its_middle() {
        let canvas = painted();
        assert!(canvas.sample((0.0, 0.0)).slope[0] > 0.1);
        assert!(canvas.sample((0.6, 0.0)).slope[0] < -0.1);
    }

    #[test]
    fn the_mirrored_body_is_the_body_seen_from_the_other_side() {
        let (canvas, mut mirrored) = (painted(), painted());
        mirrored.mirror();
        let (a, b) = (canvas.sample((0.6, 0.1)), mirrored.sample((-0.6, 0.1)));
        assert!((a.color[0] - b.color[0]).abs() < 1e-4);
        assert!((a.slope[0] + b.slope[0]).abs() < 1e-4);
    }
}
