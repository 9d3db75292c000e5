//! The eight ways a camera can have been held (EXIF tag 0x0112), and turning a picture upright.

use image::{RgbImage, imageops};
use resight_core::{BoxSpace, GivenBox, ImageSize, PixelBox};

/// How stored pixels become the upright picture. The numbers are those of the EXIF standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Orientation {
    /// 1: stored upright.
    #[default]
    Upright,
    /// 2: mirror left and right.
    MirrorHorizontal,
    /// 3: turn by 180°.
    Rotate180,
    /// 4: mirror top and bottom.
    MirrorVertical,
    /// 5: transpose (mirror on the diagonal from the top left).
    Transpose,
    /// 6: turn by 90° clockwise.
    Rotate90,
    /// 7: transverse (mirror on the diagonal from the top right).
    Transverse,
    /// 8: turn by 90° counter-clockwise.
    Rotate270,
}

impl Orientation {
    /// All eight, in the order of their EXIF numbers.
    pub const ALL: [Self; 8] = [
        Self::Upright,
        Self::MirrorHorizontal,
        Self::Rotate180,
        Self::MirrorVertical,
        Self::Transpose,
        Self::Rotate90,
        Self::Transverse,
        Self::Rotate270,
    ];

    /// The orientation with an EXIF number, 1 to 8; `None` for any other.
    pub fn from_exif(number: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
    }

    /// The number that EXIF gives it, 1 to 8.
    pub(crate) fn to_exif(self) -> u8 {
        (1..).zip(Self::ALL).find(|(_, one)| *one == self).map_or(1, |(number, _)| number)
    }

    /// Whether width and height change places.
    pub fn swaps_sides(self) -> bool {
        matches!(self, Self::Transpose | Self::Rotate90 | Self::Transverse | Self::Rotate270)
    }

    /// Whether left and right change places, but for turning.
    fn mirrors(self) -> bool {
        matches!(self, Self::MirrorHorizontal | Self::MirrorVertical | Self::Transpose | Self::Transverse)
    }

    /// Whether the stored x axis and the stored y axis run backwards in the upright picture.
    pub(crate) fn reverses_stored(self) -> (bool, bool) {
        match self {
            Self::Upright | Self::Transpose => (false, false),
            Self::MirrorHorizontal | Self::Rotate270 => (true, false),
            Self::Rotate180 | Self::Transverse => (true, true),
            Self::MirrorVertical | Self::Rotate90 => (false, true),
        }
    }

    /// The size of the upright picture.
    pub fn upright_size(self, stored: ImageSize) -> ImageSize {
        self.stored_size(stored)
    }

    /// The size of the stored picture, given the upright one: sides change places both ways.
    pub fn stored_size(self, upright: ImageSize) -> ImageSize {
        if self.swaps_sides() { ImageSize { width: upright.height, height: upright.width } } else { upright }
    }

    /// A box in pixels of the stored picture, in pixels of the upright one. `stored` is the size of the stored
    /// picture; a box that reaches beyond it does so afterwards too.
    pub fn upright_box(self, stored_box: &PixelBox, stored: ImageSize) -> PixelBox {
        let PixelBox { x, y, width, height, .. } = *stored_box;
        let from_right = f64::from(stored.width) - x - width;
        let from_bottom = f64::from(stored.height) - y - height;
        let (reverses_x, reverses_y) = self.reverses_stored();
        let along_x = if reverses_x { from_right } else { x };
        let along_y = if reverses_y { from_bottom } else { y };
        let upright = if self.swaps_sides() {
            PixelBox::at(along_y, along_x, height, width)
        } else {
            PixelBox::at(along_x, along_y, width, height)
        };
        // In a mirror what is turned clockwise is turned the other way.
        upright.turned(if self.mirrors() { -stored_box.rotation } else { stored_box.rotation })
    }

    /// A box in pixels of the upright picture, whose size is `upright`, in pixels of the stored one.
    pub(crate) fn stored_box(self, upright_box: &PixelBox, upright: ImageSize) -> PixelBox {
        // All turn back by themselves but the two quarter turns, which undo each other.
        let back = match self {
            Self::Rotate90 => Self::Rotate270,
            Self::Rotate270 => Self::Rotate90,
            other => other,
        };
        back.upright_box(upright_box, upright)
    }

    /// A box as it was given, in pixels of the upright picture, whose size is `upright`.
    pub fn upright_of_given(self, given: &GivenBox, upright: ImageSize) -> PixelBox {
        match given.space {
            BoxSpace::Upright => given.bounds,
            BoxSpace::Stored => self.upright_box(&given.bounds, self.stored_size(upright)),
        }
    }

    /// Turns stored pixels upright.
    pub fn apply(self, stored: RgbImage) -> RgbImage {
        match self {
            Self::Upright => stored,
            Self::MirrorHorizontal => in_place(stored, imageops::flip_horizontal_in_place),
            Self::Rotate180 => in_place(stored, imageops::rotate180_in_place),
            Self::MirrorVertical => in_place(stored, imageops::flip_vertical_in_place),
            Self::Transpose => in_place(imageops::rotate90(&stored), imageops::flip_horizontal_in_place),
            Self::Rotate90 => imageops::rotate90(&stored),
            Self::Transverse => in_place(imageops::rotate270(&stored), imageops::flip_horizontal_in_place),
            Self::Rotate270 => imageops::rotate270(&stored),
        }
    }
}

fn in_place(mut picture: RgbImage, change: impl FnOnce(&mut RgbImage)) -> RgbImage {
    change(&mut picture);
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three wide, two high, every pixel another value: `0 1 2 / 3 4 5`.
    fn numbered() -> RgbImage {
        RgbImage::from_fn(3, 2, |x, y| image::Rgb([u8::try_from(y * 3 + x).unwrap(), 0, 0]))
    }

    fn rows(picture: &RgbImage) -> Vec<Vec<u8>> {
        picture.rows().map(|row| row.map(|pixel| pixel.0[0]).collect()).collect()
    }

    #[test]
    fn each_number_moves_the_pixels_as_the_exif_standard_says() {
        let expected: [&[&[u8]]; 8] = [
            &[&[0, 1, 2], &[3, 4, 5]],
            &[&[2, 1, 0], &[5, 4, 3]],
            &[&[5, 4, 3], &[2, 1, 0]],
            &[&[3, 4, 5], &[0, 1, 2]],
            &[&[0, 3], &[1, 4], &[2, 5]],
            &[&[3, 0], &[4, 1], &[5, 2]],
            &[&[5, 2], &[4, 1], &[3, 0]],
            &[&[2, 5], &[1, 4], &[0, 3]],
        ];
        for (number, expected) in (1..).zip(expected) {
            let orientation = Orientation::from_exif(number).unwrap();
            let upright = orientation.apply(numbered());
            assert_eq!(rows(&upright), expected, "orientation {number}");
            let size = orientation.upright_size(ImageSize { width: 3, height: 2 });
            assert_eq!((size.width, size.height), upright.dimensions());
        }
    }

    #[test]
    fn the_reversed_axes_are_those_whose_far_end_comes_first() {
        for orientation in Orientation::ALL {
            let upright = orientation.apply(numbered());
            // The stored corner (0, 0), value 0, is at the upright corner exactly where no axis is reversed.
            let first = upright.get_pixel(0, 0).0[0];
            let (reverses_x, reverses_y) = orientation.reverses_stored();
            assert_eq!(first, u8::from(reverses_x) * 2 + u8::from(reverses_y) * 3, "{orientation:?}");
        }
    }

    #[test]
    fn a_box_moves_with_its_pixels_in_all_eight_orientations() {
        let stored = ImageSize { width: 9, height: 6 };
        // Marked pixels in a corner-less place: every orientation brings them somewhere else.
        let marked = PixelBox::at(1.0, 2.0, 5.0, 3.0);
        let picture = RgbImage::from_fn(stored.width, stored.height, |x, y| {
            let is_marked = (1..6).contains(&x) && (2..5).contains(&y);
            image::Rgb([if is_marked { 255 } else { 0 }, 0, 0])
        });
        let mut seen = Vec::new();
        for orientation in Orientation::ALL {
            let upright = orientation.apply(picture.clone());
            let places = || upright.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[0] == 255);
            let (left, right) = (places().map(|p| p.0).min().unwrap(), places().map(|p| p.0).max().unwrap());
            let (top, bottom) = (places().map(|p| p.1).min().unwrap(), places().map(|p| p.1).max().unwrap());
            let found = orientation.upright_box(&marked, stored);
            let expected =
                PixelBox::at(left.into(), top.into(), (right + 1 - left).into(), (bottom + 1 - top).into());
            assert_eq!(found, expected, "{orientation:?}");
            assert!(!seen.contains(&found), "{orientation:?} is told from the others");
            seen.push(found);
            let size = orientation.upright_size(stored);
            assert_eq!(orientation.upright_of_given(&GivenBox::stored(marked), size), expected);
            assert_eq!(orientation.upright_of_given(&GivenBox::upright(marked), size), marked);
            assert_eq!(orientation.stored_box(&expected, size), marked);
        }
    }

    #[test]
    fn numbers_outside_one_to_eight_mean_nothing() {
        assert_eq!(Orientation::from_exif(0), None);
        assert_eq!(Orientation::from_exif(9), None);
        assert_eq!(Orientation::from_exif(u32::MAX), None);
    }
}
