//! Connected parts of a mask.

use resight_core::PixelBox;

/// Pixels of a mask that hang together by their edges.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Component {
    /// Row-major numbers of the pixels.
    pub(super) pixels: Vec<usize>,
}

impl Component {
    /// The box around all of the parts, in pixels of the mask of this width.
    pub(super) fn bounds(parts: &[Self], width: usize) -> Option<PixelBox> {
        let pixels = || parts.iter().flat_map(|part| &part.pixels);
        let (left, right) = (pixels().map(|p| p % width).min()?, pixels().map(|p| p % width).max()?);
        let (top, bottom) = (pixels().map(|p| p / width).min()?, pixels().map(|p| p / width).max()?);
        Some(PixelBox::at(left as f64, top as f64, (right + 1 - left) as f64, (bottom + 1 - top) as f64))
    }
}

/// The largest component and all that have at least `share` of its area, in the order of their first pixels.
pub(super) fn largest_components(inside: &[bool], width: usize, share: f64) -> Vec<Component> {
    let mut all = components(inside, width);
    let largest = all.iter().map(|part| part.pixels.len()).max().unwrap_or(0);
    all.retain(|part| part.pixels.len() as f64 >= share * largest as f64);
    all
}

fn components(inside: &[bool], width: usize) -> Vec<Component> {
    let mut seen = vec![false; inside.len()];
    let mut found = Vec::new();
    for start in 0..inside.len() {
        if inside[start] && !seen[start] {
            found.push(flood(inside, width, start, &mut seen));
        }
    }
    found
}

fn flood(inside: &[bool], width: usize, start: usize, seen: &mut [bool]) -> Component {
    let mut pixels = Vec::new();
    let mut waiting = vec![start];
    seen[start] = true;
    while let Some(pixel) = waiting.pop() {
        pixels.push(pixel);
        for neighbor in neighbors(pixel, width, inside.len()) {
            if inside[neighbor] && !seen[neighbor] {
                seen[neighbor] = true;
                waiting.push(neighbor);
            }
        }
    }
    Component { pixels }
}

/// The pixels left, right, above and below, where there are such.
fn neighbors(pixel: usize, width: usize, len: usize) -> impl Iterator<Item = usize> {
    let column = pixel % width;
    let left = (column > 0).then(|| pixel - 1);
    let right = (column + 1 < width && pixel + 1 < len).then_some(pixel + 1);
    let above = pixel.checked_sub(width);
    let below = (pixel + width < len).then_some(pixel + width);
    [left, right, above, below].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(rows: &[&str]) -> (Vec<bool>, usize) {
        (rows.concat().bytes().map(|b| b == b'#').collect(), rows[0].len())
    }

    #[test]
    fn parts_that_touch_by_a_corner_or_across_the_edge_are_two() {
        let (inside, width) = mask(&["#..#", "#..#", ".#..", ".#.."]);
        assert_eq!(components(&inside, width).len(), 3);
    }

    #[test]
    fn only_the_large_parts_are_kept() {
        let (inside, width) = mask(&["####..#", "####...", "......#", "###...#"]);
        let kept = largest_components(&inside, width, 0.3);
        assert_eq!(kept.iter().map(|part| part.pixels.len()).collect::<Vec<_>>(), [8, 3]);
        let bounds = Component::bounds(&kept, width);
        assert_eq!(bounds, Some(PixelBox::at(0.0, 0.0, 4.0, 4.0)));
    }

    #[test]
    fn an_empty_mask_has_no_parts() {
        assert!(largest_components(&[false; 12], 4, 0.3).is_empty());
        assert_eq!(Component::bounds(&[], 4), None);
    }
}
