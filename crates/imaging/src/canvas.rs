//! Drawing on a picture: areas, lines, other pictures, lines of text. For contact sheets.
//!
//! Text is drawn with the fixed fonts of `embedded-graphics`, so that a sheet looks the same on every machine; they
//! hold the letters of ISO 8859-1 and show a question mark for others.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::iso_8859_1::{FONT_6X10, FONT_8X13, FONT_8X13_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::{DrawTarget, Drawable, Primitive};
use embedded_graphics::primitives::{Circle, Line, PrimitiveStyle};
use embedded_graphics::text::{Baseline, Text};
use image::RgbImage;

/// Red, green and blue, 0 to 255 each.
pub type Color = [u8; 3];

/// A size of letters. All letters of a font are equally wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Font {
    /// 6 × 10 pixels a letter.
    Small,
    /// 8 × 13 pixels a letter.
    Plain,
    /// 8 × 13 pixels a letter.
    Bold,
    /// 10 × 20 pixels a letter.
    Large,
}

impl Font {
    /// Width of a letter, in pixels.
    pub fn letter_width(self) -> u32 {
        self.letters().character_size.width
    }

    fn letters(self) -> &'static MonoFont<'static> {
        match self {
            Self::Small => &FONT_6X10,
            Self::Plain => &FONT_8X13,
            Self::Bold => &FONT_8X13_BOLD,
            Self::Large => &FONT_10X20,
        }
    }
}

/// A picture to draw on. What lies outside it is not drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas(RgbImage);

impl Canvas {
    /// A canvas of one colour.
    pub fn new(width: u32, height: u32, ground: Color) -> Self {
        Self(RgbImage::from_pixel(width, height, ground.into()))
    }

    /// Fills the box whose top left corner is (x, y).
    pub fn fill(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), color: Color) {
        let (right, bottom) =
            (x.saturating_add(width).min(self.0.width()), y.saturating_add(height).min(self.0.height()));
        for row in y..bottom {
            for column in x..right {
                self.0.put_pixel(column, row, color.into());
            }
        }
    }

    /// Puts a picture with its top left corner at (x, y).
    pub fn picture(&mut self, picture: &RgbImage, (x, y): (u32, u32)) {
        for (column, row, pixel) in picture.enumerate_pixels() {
            if let Some(place) = self.0.get_pixel_mut_checked(x.saturating_add(column), y.saturating_add(row))
            {
                *place = *pixel;
            }
        }
    }

    /// Draws a line of this width in pixels.
    pub fn line(&mut self, from: (u32, u32), to: (u32, u32), width: u32, color: Color) {
        let Ok(()) = Line::new(point(from), point(to)).into_styled(stroke(color, width)).draw(self);
    }

    /// Draws a circle of this radius and width of line, in pixels.
    pub fn circle(&mut self, middle: (u32, u32), radius: u32, width: u32, color: Color) {
        let circle = Circle::with_center(point(middle), radius.saturating_mul(2).saturating_add(1));
        let Ok(()) = circle.into_styled(stroke(color, width)).draw(self);
    }

    /// Writes one line of text with its top left corner at (x, y).
    pub fn text(&mut self, text: &str, at: (u32, u32), font: Font, [red, green, blue]: Color) {
        let style = MonoTextStyle::new(font.letters(), Rgb888::new(red, green, blue));
        let Ok(_end) = Text::with_baseline(text, point(at), style, Baseline::Top).draw(self);
    }

    /// The picture that was drawn.
    pub fn into_image(self) -> RgbImage {
        self.0
    }
}

fn point((x, y): (u32, u32)) -> Point {
    Point::new(x.cast_signed(), y.cast_signed())
}

fn stroke([red, green, blue]: Color, width: u32) -> PrimitiveStyle<Rgb888> {
    PrimitiveStyle::with_stroke(Rgb888::new(red, green, blue), width)
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(at, color) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y))
                && let Some(place) = self.0.get_pixel_mut_checked(x, y)
            {
                *place = [color.r(), color.g(), color.b()].into();
            }
        }
        Ok(())
    }
}

/// A text of at most so many letters; what is cut off shows as two dots.
pub fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(2)).collect();
    format!("{kept}..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_cut() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcd..");
    }

    #[test]
    fn what_reaches_beyond_the_edge_is_left_out() {
        let mut canvas = Canvas::new(20, 10, [255; 3]);
        canvas.fill((15, 5), (100, 100), [1, 2, 3]);
        canvas.picture(&RgbImage::from_pixel(9, 9, [7; 3].into()), (18, 0));
        canvas.text("WWWW", (0, 0), Font::Large, [0; 3]);
        canvas.fill((u32::MAX, 0), (9, 9), [0; 3]);
        canvas.line((3, 3), (400, 3), 1, [9; 3]);
        canvas.circle((0, 30), 4, 1, [9; 3]);
        let drawn = canvas.into_image();
        assert_eq!(drawn.dimensions(), (20, 10));
        assert_eq!(drawn.get_pixel(16, 9).0, [1, 2, 3]);
        assert_eq!(drawn.get_pixel(19, 8).0, [7; 3]);
        assert!(drawn.pixels().filter(|pixel| pixel.0 == [0; 3]).count() > 20, "letters are there");
    }
}
