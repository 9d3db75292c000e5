//! A picture with the parts marked that something rests on.

use std::fmt::Write as _;

use crate::matches::{Half, escaped};

/// Width of the picture, in units of the drawing.
const WIDTH: f64 = 480.0;

/// How much the strongest part covers what is below it.
const STRONGEST: f64 = 0.65;

/// Draws cells over a picture, row by row from the top, the stronger the more of its colour: SVG in one piece. `cells` are 0 to 1.
pub fn drawing(picture: &Half, cells: &[Vec<f64>]) -> String {
    let height = WIDTH * picture.aspect.clamp(0.05, 20.0);
    let mut svg = format!(
        "<svg class=\"regions\" viewBox=\"0 0 {WIDTH} {height:.1}\" role=\"img\" aria-label=\"{0}\">\
         <image href=\"{1}\" width=\"{WIDTH}\" height=\"{height:.1}\" preserveAspectRatio=\"none\"><title>{0}</title></image>",
        escaped(&picture.alt),
        picture.uri
    );
    #[expect(clippy::cast_precision_loss, reason = "some cells")]
    let share = |of: usize, at: usize| at as f64 / of.max(1) as f64;
    for (row, line) in cells.iter().enumerate() {
        let (top, tall) = (height * share(cells.len(), row), height * share(cells.len(), 1));
        for (column, strength) in line.iter().enumerate().filter(|(_, strength)| **strength > 0.0) {
            let (left, wide) = (WIDTH * share(line.len(), column), WIDTH * share(line.len(), 1));
            let opacity = STRONGEST * strength.clamp(0.0, 1.0);
            let _ = write!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{wide:.1}\" height=\"{tall:.1}\" opacity=\"{opacity:.2}\"/>"
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_part_covers_most_and_nothing_covers_what_says_nothing() {
        let picture = Half { uri: "data:,x".to_owned(), alt: "a <fin>".to_owned(), aspect: 0.5 };
        let svg = drawing(&picture, &[vec![0.0, 1.0], vec![0.5, 0.0]]);
        assert_eq!(svg.matches("<rect").count(), 2);
        assert!(
            svg.contains("<rect x=\"240.0\" y=\"0.0\" width=\"240.0\" height=\"120.0\" opacity=\"0.65\"/>"),
            "{svg}"
        );
        assert!(
            svg.contains("x=\"0.0\" y=\"120.0\"") && svg.contains("a &lt;fin&gt;") && !svg.contains("<fin>")
        );
    }
}
