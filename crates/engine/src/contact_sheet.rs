//! A picture of answers: each photo asked about beside the photo of the catalog that is most like it.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use embedded_graphics::Pixel;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::iso_8859_1::{FONT_8X13, FONT_8X13_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::{DrawTarget, Drawable};
use embedded_graphics::text::{Baseline, Text};
use resight_core::ImageSize;
use resight_imaging::{DecodeSize, Limits, RgbImage, decode, encode_jpeg, thumbnail};

use crate::EngineError;

/// Room for one photo, in pixels.
const PHOTO: (u32, u32) = (168, 126);
/// Space between things.
const GAP: u32 = 10;
/// The coloured line left of an answer.
const STRIPE: u32 = 5;
/// Height of a line of small text.
const LINE: u32 = 16;
/// Height of the head.
const HEAD: u32 = 62;
/// Answers beside each other.
const COLUMNS: usize = 3;
/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 82;

const INK: Rgb888 = Rgb888::new(31, 41, 51);
const SOFT: Rgb888 = Rgb888::new(91, 103, 115);
const GREEN: Rgb888 = Rgb888::new(0, 134, 98);
const ORANGE: Rgb888 = Rgb888::new(196, 82, 0);
const BLUE: Rgb888 = Rgb888::new(0, 104, 164);
const GROUND: Rgb888 = Rgb888::new(255, 255, 255);
const EMPTY: Rgb888 = Rgb888::new(236, 239, 242);

/// What the picture shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactSheet {
    /// The head line.
    pub title: String,
    /// The line below it.
    pub subtitle: String,
    /// The answers, from left to right and from top to bottom.
    pub answers: Vec<SheetAnswer>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetAnswer {
    /// The photo asked about.
    pub asked: PathBuf,
    /// The photo of the catalog beside it.
    pub beside: Option<PathBuf>,
    /// The answer, shown large enough to read.
    pub said: String,
    /// Lines below it.
    pub details: [String; 2],
    /// What to make of it.
    pub mark: Mark,
}

/// How an answer is marked; in words as well, for eyes that tell no colours apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// A right answer.
    Right,
    /// A wrong answer.
    Wrong,
    /// No answer: a person should look.
    Asks,
}

impl Mark {
    fn word(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "WRONG",
            Self::Asks => "asks",
        }
    }

    fn color(self) -> Rgb888 {
        match self {
            Self::Right => GREEN,
            Self::Wrong => ORANGE,
            Self::Asks => BLUE,
        }
    }
}

/// Draws the sheet and returns it as a JPEG. Photos that cannot be read are left empty.
///
/// # Errors
/// A sheet too large for a JPEG.
pub fn draw(sheet: &ContactSheet) -> Result<Vec<u8>, EngineError> {
    let rows = u32::try_from(sheet.answers.len().div_ceil(COLUMNS)).unwrap_or(u32::MAX);
    let (cell_width, cell_height) = cell();
    let width = GAP + COLUMNS as u32 * (cell_width + 2 * GAP);
    let height = (HEAD + GAP).saturating_add(rows.saturating_mul(cell_height + 2 * GAP));
    if height > 65_000 {
        return Err(EngineError::user("too many answers for one picture"));
    }
    let mut canvas = Canvas(RgbImage::from_pixel(width, height, pixel(GROUND).into()));
    canvas.text(&sheet.title, (GAP + GAP / 2, GAP), &FONT_10X20, INK);
    canvas.text(&sheet.subtitle, (GAP + GAP / 2, GAP + 26), &FONT_8X13, SOFT);
    for (place, answer) in (0_u32..).zip(&sheet.answers) {
        let (column, row) = (place % COLUMNS as u32, place / COLUMNS as u32);
        let corner = (GAP + column * (cell_width + 2 * GAP), HEAD + row * (cell_height + 2 * GAP));
        canvas.answer(answer, corner);
    }
    encode_jpeg(&canvas.0, QUALITY).map_err(|error| EngineError::internal(error.to_string()))
}

/// Size of one answer.
fn cell() -> (u32, u32) {
    (STRIPE + GAP / 2 + 2 * PHOTO.0 + GAP / 2, PHOTO.1 + GAP / 2 + 3 * LINE)
}

fn pixel(color: Rgb888) -> [u8; 3] {
    [color.r(), color.g(), color.b()]
}

/// A picture that text can be drawn on.
struct Canvas(RgbImage);

impl Canvas {
    fn answer(&mut self, answer: &SheetAnswer, (x, y): (u32, u32)) {
        let (_, height) = cell();
        self.fill((x, y), (STRIPE, height), answer.mark.color());
        let left = x + STRIPE + GAP / 2;
        self.photo(Some(&answer.asked), (left, y));
        self.photo(answer.beside.as_deref(), (left + PHOTO.0 + GAP / 2, y));
        let below = y + PHOTO.1 + GAP / 2;
        let letters = (2 * PHOTO.0 / 8) as usize;
        let said = shortened(&format!("{}: {}", answer.mark.word(), answer.said), letters);
        self.text(&said, (left, below), &FONT_8X13_BOLD, answer.mark.color());
        for (line, detail) in (1..).zip(&answer.details) {
            self.text(&shortened(detail, letters), (left, below + line * LINE), &FONT_8X13, SOFT);
        }
    }

    fn photo(&mut self, path: Option<&Path>, (x, y): (u32, u32)) {
        self.fill((x, y), PHOTO, EMPTY);
        let Some(picture) = path.and_then(small) else { return };
        let (width, height) = picture.dimensions();
        let (width, height) = (width.min(PHOTO.0), height.min(PHOTO.1));
        let (left, top) = (x + (PHOTO.0 - width) / 2, y + (PHOTO.1 - height) / 2);
        for row in 0..height {
            for column in 0..width {
                self.0.put_pixel(left + column, top + row, *picture.get_pixel(column, row));
            }
        }
    }

    fn fill(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), color: Rgb888) {
        for row in y..y + height {
            for column in x..x + width {
                self.0.put_pixel(column, row, pixel(color).into());
            }
        }
    }

    fn text(&mut self, text: &str, (x, y): (u32, u32), font: &MonoFont<'_>, color: Rgb888) {
        let at = Point::new(x.cast_signed(), y.cast_signed());
        let style = MonoTextStyle::new(font, color);
        let Ok(_end) = Text::with_baseline(text, at, style, Baseline::Top).draw(self);
    }
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
        let (width, height) = self.0.dimensions();
        for Pixel(at, color) in pixels {
            if let (Ok(x), Ok(y)) = (u32::try_from(at.x), u32::try_from(at.y))
                && x < width
                && y < height
            {
                self.0.put_pixel(x, y, pixel(color).into());
            }
        }
        Ok(())
    }
}

/// The photo, small enough for its room.
fn small(path: &Path) -> Option<RgbImage> {
    let limits = Limits::default();
    if path.metadata().ok()?.len() > limits.max_bytes {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let wanted = DecodeSize::AtLeast(ImageSize { width: PHOTO.0, height: PHOTO.1 });
    let image = decode(&bytes, &limits, wanted).ok()?.image;
    let (width, height) = image.dimensions();
    // The longer side that makes both sides fit.
    let by_height = u64::from(PHOTO.1) * u64::from(width.max(height)) / u64::from(height.max(1));
    let by_width = u64::from(PHOTO.0) * u64::from(width.max(height)) / u64::from(width.max(1));
    Some(thumbnail(&image, u32::try_from(by_height.min(by_width)).ok()?))
}

/// A text of at most so many letters; the font has no others than those of ISO 8859-1.
fn shortened(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(2)).collect();
    format!("{kept}..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(asked: PathBuf, beside: Option<PathBuf>, mark: Mark) -> SheetAnswer {
        let details =
            ["it shows Ada".to_owned(), "a rather long line that does not fit, whatever one does".to_owned()];
        SheetAnswer { asked, beside, said: "Ada 93 %".to_owned(), details, mark }
    }

    #[test]
    fn photos_stand_beside_each_other_and_missing_ones_are_left_empty() {
        let folder = tempfile::tempdir().unwrap();
        let red = folder.path().join("red.jpg");
        let picture = RgbImage::from_pixel(640, 480, [200, 0, 0].into());
        std::fs::write(&red, encode_jpeg(&picture, 95).unwrap()).unwrap();
        let sheet = ContactSheet {
            title: "A title".to_owned(),
            subtitle: "and more".to_owned(),
            answers: vec![answer(red, Some(folder.path().join("gone.jpg")), Mark::Wrong)],
        };
        let drawn = decode(&draw(&sheet).unwrap(), &Limits::default(), DecodeSize::Full).unwrap().image;
        let at = |x: u32, y: u32| drawn.get_pixel(x, y).0;
        let left = GAP + STRIPE + GAP / 2;
        let middle = (left + PHOTO.0 / 2, HEAD + PHOTO.1 / 2);
        assert!(at(middle.0, middle.1)[0] > 180 && at(middle.0, middle.1)[1] < 30);
        assert!(at(middle.0 + PHOTO.0, middle.1).iter().all(|byte| (225..250).contains(byte)), "empty");
        let stripe = at(GAP + STRIPE / 2, middle.1);
        assert!(stripe[0] > 150 && stripe[2] < 60, "{stripe:?} is orange");
        let head = (0..drawn.width()).flat_map(|x| (GAP..GAP + 20).map(move |y| (x, y)));
        assert!(head.filter(|(x, y)| at(*x, *y)[0] < 100).count() > 50, "the title is there");
    }

    #[test]
    fn long_lines_are_cut() {
        assert_eq!(shortened("abcdef", 6), "abcdef");
        assert_eq!(shortened("abcdefg", 6), "abcd..");
    }
}
