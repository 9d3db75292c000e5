//! Which pixels are the animal's, on a grid whose pixels are square.

use resight_core::ImageSize;

use super::BodyFrameError;

/// The longer side of the grid that the body's shape is found on. Networks for masks say little more than that.
const GRID_SIDE: u32 = 256;
/// From here on a value says that this is the animal.
const THRESHOLD: f32 = 128.0;

/// How likely each pixel is the animal's, 0 to 255, stretched over the whole crop.
#[derive(Debug, Clone, Copy)]
pub struct AnimalMask<'a> {
    size: ImageSize,
    values: &'a [u8],
}

/// Pixels that are inside or outside, and how large they are in the crop.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shape {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Row after row.
    pub(super) inside: Vec<bool>,
    /// Pixels of the crop to one of the grid, across and down: nearly the same.
    pub(super) pixel: [f64; 2],
}

impl<'a> AnimalMask<'a> {
    /// Takes a mask of any size, row after row.
    ///
    /// # Errors
    /// It has no pixels, or not as many values as pixels.
    pub fn new(size: ImageSize, values: &'a [u8]) -> Result<Self, BodyFrameError> {
        let pixels = u64::from(size.width) * u64::from(size.height);
        if pixels == 0 || pixels != values.len() as u64 {
            return Err(BodyFrameError::MaskSize { size, values: values.len() });
        }
        Ok(Self { size, values })
    }

    /// What of a crop of this size is the animal, on the grid.
    pub(super) fn shape(&self, crop: ImageSize) -> Shape {
        let longest = crop.width.max(crop.height);
        let side = |extent: u32| {
            let scaled = u64::from(extent) * u64::from(GRID_SIDE.min(longest)) / u64::from(longest.max(1));
            usize::try_from(scaled).unwrap_or(0).max(1)
        };
        let (width, height) = (side(crop.width), side(crop.height));
        let columns = places(width, self.size.width as usize);
        let rows = places(height, self.size.height as usize);
        let inside = rows.iter().flat_map(|row| columns.iter().map(|column| self.between(*row, *column)));
        let inside = inside.map(|value| value >= THRESHOLD).collect();
        let pixel = [f64::from(crop.width) / width as f64, f64::from(crop.height) / height as f64];
        Shape { width, height, inside, pixel }
    }

    /// The value between four neighbors.
    fn between(&self, row: Place, column: Place) -> f32 {
        let width = self.size.width as usize;
        let along = |row: usize| {
            let at = |column: usize| f32::from(self.values[row * width + column]);
            at(column.first) + column.share * (at(column.second) - at(column.first))
        };
        along(row.first) + row.share * (along(row.second) - along(row.first))
    }
}

/// Two neighbors along an axis, and how far from the first to the second a place lies.
#[derive(Debug, Clone, Copy)]
struct Place {
    first: usize,
    second: usize,
    share: f32,
}

/// Where `n` pixels' centers lie on an axis of `extent` pixels.
fn places(n: usize, extent: usize) -> Vec<Place> {
    let last = (extent - 1) as f64;
    let place = |at: usize| {
        let center = ((at as f64 + 0.5) * extent as f64 / n as f64 - 0.5).clamp(0.0, last);
        let first = center.floor();
        Place {
            first: first as usize,
            second: (first as usize + 1).min(extent - 1),
            share: (center - first) as f32,
        }
    };
    (0..n).map(place).collect()
}
