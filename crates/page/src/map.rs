//! A map of embeddings: near each other what the network finds alike.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::COLORS;
use super::pca::plane;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 460.0;
const MARGIN: f64 = 14.0;

/// Points drawn, at most: a browser shall not suffer.
const MOST: usize = 3000;

/// The drawing, and what its colours mean.
#[derive(Debug, Clone)]
pub struct Map {
    /// An `<svg>` element.
    pub svg: String,
    /// (color, name, number of photos) of those drawn in color: the individuals with the most photos.
    pub legend: Vec<(&'static str, String, usize)>,
    /// Share of all spread along each axis.
    pub shares: [f64; 2],
    /// Photos drawn.
    pub drawn: usize,
}

/// Draws embeddings (rows × dimension) by the names of their individuals; `hover` is shown for a point
/// under the mouse. The individuals with the most photos are drawn in color, the others in grey.
pub fn map<V: Copy + Into<f64>>(values: &[V], dimension: usize, names: &[&str], hover: &[String]) -> Map {
    let legend = most_photographed(names);
    let color_of = |name: &str| legend.iter().find(|(_, known, _)| known == name).map(|(color, ..)| *color);
    let rows: Vec<&[V]> = values.chunks_exact(dimension.max(1)).collect();
    let chosen = choose(names, |name| color_of(name).is_some());
    let found = plane(&chosen.iter().map(|row| rows[*row]).collect::<Vec<_>>());
    let place = fit(&found.points);
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"map of embeddings\">");
    // The grey ones first, so that the coloured ones lie on top.
    for wanted_grey in [true, false] {
        for (row, point) in chosen.iter().zip(&found.points) {
            let color = color_of(names[*row]);
            if color.is_none() == wanted_grey {
                let (x, y) = place(point);
                let (radius, fill) = color.map_or((2.2, "#b9c0c7"), |color| (3.6, color));
                let _ = write!(
                    svg,
                    "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{fill}\"><title>{}</title></circle>",
                    escaped(&hover[*row])
                );
            }
        }
    }
    svg.push_str("</svg>");
    Map { svg, legend, shares: found.shares, drawn: chosen.len() }
}

/// The individuals to draw in color, most photos first.
fn most_photographed(names: &[&str]) -> Vec<(&'static str, String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut sorted: Vec<(&str, usize)> = counts.into_iter().filter(|(_, count)| *count > 1).collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    sorted.into_iter().zip(COLORS).map(|((name, count), color)| (color, name.to_owned(), count)).collect()
}

/// All rows where there are few; else the coloured ones (up to half) and every n-th of the others.
fn choose(names: &[&str], colored: impl Fn(&str) -> bool) -> Vec<usize> {
    let all = 0..names.len();
    if names.len() <= MOST {
        return all.collect();
    }
    let (in_color, grey): (Vec<usize>, Vec<usize>) = all.partition(|row| colored(names[*row]));
    let mut chosen = every_nth(&in_color, MOST / 2);
    chosen.extend(every_nth(&grey, MOST - chosen.len()));
    chosen.sort_unstable();
    chosen
}

fn every_nth(rows: &[usize], most: usize) -> Vec<usize> {
    let step = rows.len().div_ceil(most.max(1)).max(1);
    rows.iter().copied().step_by(step).collect()
}

/// From the plane to the drawing, both directions at one scale.
fn fit(points: &[[f64; 2]]) -> impl Fn(&[f64; 2]) -> (f64, f64) {
    let range = |axis: usize| {
        let values = || points.iter().map(move |point| point[axis]);
        (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max))
    };
    let ((left, right), (bottom, top)) = (range(0), range(1));
    let room = |from: f64, to: f64, size: f64| (size - 2.0 * MARGIN) / (to - from).max(1e-9);
    let scale = room(left, right, WIDTH).min(room(bottom, top, HEIGHT));
    let middle = [f64::midpoint(left, right), f64::midpoint(bottom, top)];
    move |point| (WIDTH / 2.0 + scale * (point[0] - middle[0]), HEIGHT / 2.0 - scale * (point[1] - middle[1]))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_a_hostile_table_stay_text() {
        let values = [0.0_f32, 0.0, 1.0, 0.5, 0.2, 1.0];
        let hover = vec!["<script>alert(1)</script>".to_owned(), "b & c".to_owned(), "d".to_owned()];
        let map = map(&values, 2, &["a", "a", "b"], &hover);
        assert!(!map.svg.contains("<script>"));
        assert!(map.svg.contains("&lt;script&gt;") && map.svg.contains("b &amp; c"));
        assert_eq!(map.legend, [(COLORS[0], "a".to_owned(), 2)]);
        assert_eq!(map.drawn, 3);
        assert!(!map.svg.contains("NaN"));
    }

    #[test]
    fn of_many_photos_a_part_is_drawn_and_all_kinds_are_there() {
        let names: Vec<&str> = (0..10_000).map(|i| if i % 4 == 0 { "known" } else { "grey" }).collect();
        let chosen = choose(&names, |name| name == "known");
        assert!(chosen.len() <= MOST && chosen.len() > MOST / 2);
        assert!(chosen.iter().any(|row| names[*row] == "grey"));
        assert!(chosen.is_sorted());
    }
}
