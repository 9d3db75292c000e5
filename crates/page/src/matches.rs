//! Two pictures side by side, with lines between the marks that are seen in both.

use std::fmt::Write as _;

/// Width of each picture, in units of the drawing; a page stretches it to the room there is.
const WIDTH: f64 = 480.0;

/// Room between the two.
const GAP: f64 = 24.0;

/// Lines that are drawn, at most: more would hide the pictures. Of the rest the places are marked.
const MOST_LINES: usize = 40;

/// One of the two pictures.
#[derive(Debug, Clone)]
pub struct Half {
    /// The picture, as an address that holds it.
    pub uri: String,
    /// What is seen, for those who do not see it.
    pub alt: String,
    /// Height over width.
    pub aspect: f64,
}

/// A mark that is seen in both, as shares of width and height, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeenTwice {
    /// Where in the left picture.
    pub left: (f64, f64),
    /// Where in the right picture.
    pub right: (f64, f64),
    /// How alike the two look, 0 to 1.
    pub alike: f64,
}

/// Where the two pictures and the marks lie in a drawing, in its units.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Width of the drawing.
    pub width: f64,
    /// Height of the drawing.
    pub height: f64,
    /// Of each picture left, top, width and height.
    pub pictures: [[f64; 4]; 2],
    /// The marks, the least alike first.
    pub marks: Vec<Placed>,
}

/// A mark in a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Where in the left picture.
    pub left: (f64, f64),
    /// Where in the right picture.
    pub right: (f64, f64),
    /// How strongly it is drawn, 0 to 1.
    pub strength: f64,
    /// Whether a line joins the two: of many the less alike ones are marked without.
    pub has_line: bool,
}

impl Layout {
    /// Of two pictures, given their height over width, and these marks.
    pub fn of(aspects: [f64; 2], marks: &[SeenTwice]) -> Self {
        let heights = aspects.map(|aspect| WIDTH * aspect.clamp(0.05, 20.0));
        let height = heights[0].max(heights[1]);
        let lefts = [0.0, WIDTH + GAP];
        let pictures = [0, 1].map(|at| [lefts[at], (height - heights[at]) / 2.0, WIDTH, heights[at]]);
        let mut weakest_first: Vec<&SeenTwice> = marks.iter().collect();
        weakest_first.sort_by(|a, b| a.alike.total_cmp(&b.alike));
        let without_line = marks.len().saturating_sub(MOST_LINES);
        let place = |[left, top, width, height]: [f64; 4], (x, y): (f64, f64)| {
            (left + width * x.clamp(0.0, 1.0), top + height * y.clamp(0.0, 1.0))
        };
        let placed = |(rank, mark): (usize, &SeenTwice)| Placed {
            left: place(pictures[0], mark.left),
            right: place(pictures[1], mark.right),
            strength: 0.35 + 0.65 * mark.alike.clamp(0.0, 1.0),
            has_line: rank >= without_line,
        };
        let marks = weakest_first.into_iter().enumerate().map(placed).collect();
        Self { width: 2.0 * WIDTH + GAP, height, pictures, marks }
    }
}

/// Draws them: SVG in one piece. The more alike, the stronger the line; of many, the places of the less alike ones are marked
/// without lines.
pub fn drawing(left: &Half, right: &Half, marks: &[SeenTwice]) -> String {
    let Layout { width, height, pictures, marks: placed } = Layout::of([left.aspect, right.aspect], marks);
    let mut svg = format!(
        "<svg class=\"matches\" viewBox=\"0 0 {width} {height:.1}\" role=\"img\" aria-label=\"{} marks seen in both\">",
        marks.len()
    );
    for (half, [x, y, width, height]) in [left, right].into_iter().zip(pictures) {
        let _ = write!(
            svg,
            "<image href=\"{}\" x=\"{x}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height:.1}\" \
             preserveAspectRatio=\"none\"><title>{}</title></image>",
            half.uri,
            escaped(&half.alt)
        );
    }
    for Placed { left: (x1, y1), right: (x2, y2), strength, has_line } in placed {
        let line = match has_line {
            false => String::new(),
            true => format!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"),
        };
        let _ = write!(
            svg,
            "<g opacity=\"{strength:.2}\">{line}\
             <circle cx=\"{x1:.1}\" cy=\"{y1:.1}\" r=\"4\"/><circle cx=\"{x2:.1}\" cy=\"{y2:.1}\" r=\"4\"/></g>"
        );
    }
    svg.push_str("</svg>");
    svg
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn half(aspect: f64, alt: &str) -> Half {
        Half { uri: "data:image/jpeg;base64,Zg==".to_owned(), alt: alt.to_owned(), aspect }
    }

    #[test]
    fn every_mark_is_a_line_between_its_two_places() {
        let mark = SeenTwice { left: (0.5, 0.5), right: (0.0, 1.0), alike: 1.0 };
        let svg = drawing(&half(0.5, "left"), &half(1.0, "right"), &[mark]);
        // The lower picture stands in the middle of the higher one.
        assert!(svg.contains("<line x1=\"240.0\" y1=\"240.0\" x2=\"504.0\" y2=\"480.0\"/>"), "{svg}");
        assert!(svg.contains("viewBox=\"0 0 984 480.0\"") && svg.contains("1 marks seen in both"));
        assert_eq!(svg.matches("<image").count(), 2);
    }

    #[test]
    fn of_many_marks_the_most_alike_get_the_lines() {
        let mark = |alike: f64| SeenTwice { left: (0.5, alike), right: (0.5, alike), alike };
        let marks: Vec<SeenTwice> = (0..100).map(|at| mark(f64::from(at) / 100.0)).collect();
        let svg = drawing(&half(1.0, ""), &half(1.0, ""), &marks);
        assert_eq!((svg.matches("<line").count(), svg.matches("<circle").count()), (40, 200));
        assert!(
            svg.contains("y1=\"475.2\"") && !svg.contains("y1=\"0.0\""),
            "the last one is the most alike"
        );
    }

    #[test]
    fn names_of_strangers_stay_text() {
        let svg = drawing(&half(1.0, "<script>\"x\"&"), &half(f64::INFINITY, ""), &[]);
        assert!(svg.contains("&lt;script&gt;&quot;x&quot;&amp;") && !svg.contains("<script"));
    }
}
