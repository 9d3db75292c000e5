//! A picture of answers: each photo asked about beside the photo of the catalog that is most like it.

use std::path::{Path, PathBuf};

use resight_core::ImageSize;
use resight_imaging::canvas::{Canvas, Color, Font, shortened};
use resight_imaging::{DecodeSize, Limits, RgbImage, decode, encode_jpeg, read_photo, thumbnail};

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

/// Of what is written.
pub(crate) const INK: Color = [31, 41, 51];
/// Of what is said beside it.
pub(crate) const SOFT: Color = [91, 103, 115];
const GREEN: Color = [0, 134, 98];
const ORANGE: Color = [196, 82, 0];
const BLUE: Color = [0, 104, 164];
/// Of the paper.
pub(crate) const GROUND: Color = [255, 255, 255];
const EMPTY: Color = [236, 239, 242];

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

    pub(crate) fn color(self) -> Color {
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
    let mut canvas = Canvas::new(width, height, GROUND);
    canvas.text(&sheet.title, (GAP + GAP / 2, GAP), Font::Large, INK);
    canvas.text(&sheet.subtitle, (GAP + GAP / 2, GAP + 26), Font::Plain, SOFT);
    for (place, answer) in (0_u32..).zip(&sheet.answers) {
        let (column, row) = (place % COLUMNS as u32, place / COLUMNS as u32);
        let corner = (GAP + column * (cell_width + 2 * GAP), HEAD + row * (cell_height + 2 * GAP));
        draw_answer(&mut canvas, answer, corner);
    }
    encode_jpeg(&canvas.into_image(), QUALITY)
        .map_err(|error| EngineError::internal(error.to_string()).because(error))
}

/// Size of one answer.
fn cell() -> (u32, u32) {
    (STRIPE + GAP / 2 + 2 * PHOTO.0 + GAP / 2, PHOTO.1 + GAP / 2 + 3 * LINE)
}

fn draw_answer(canvas: &mut Canvas, answer: &SheetAnswer, (x, y): (u32, u32)) {
    let (_, height) = cell();
    canvas.fill((x, y), (STRIPE, height), answer.mark.color());
    let left = x + STRIPE + GAP / 2;
    draw_photo(canvas, Some(&answer.asked), (left, y));
    draw_photo(canvas, answer.beside.as_deref(), (left + PHOTO.0 + GAP / 2, y));
    let below = y + PHOTO.1 + GAP / 2;
    let letters = (2 * PHOTO.0 / Font::Plain.letter_width()) as usize;
    let said = shortened(&format!("{}: {}", answer.mark.word(), answer.said), letters);
    canvas.text(&said, (left, below), Font::Bold, answer.mark.color());
    for (line, detail) in (1..).zip(&answer.details) {
        canvas.text(&shortened(detail, letters), (left, below + line * LINE), Font::Plain, SOFT);
    }
}

fn draw_photo(canvas: &mut Canvas, path: Option<&Path>, (x, y): (u32, u32)) {
    canvas.fill((x, y), PHOTO, EMPTY);
    let Some(picture) = path.and_then(small) else { return };
    let (width, height) = picture.dimensions();
    let (left, top) = (x + PHOTO.0.saturating_sub(width) / 2, y + PHOTO.1.saturating_sub(height) / 2);
    canvas.picture(&picture, (left, top));
}

/// The photo, small enough for its room.
fn small(path: &Path) -> Option<RgbImage> {
    let limits = Limits::default();
    let bytes = read_photo(path, &limits).ok()?;
    let wanted = DecodeSize::AtLeast(ImageSize { width: PHOTO.0, height: PHOTO.1 });
    let image = decode(&bytes, &limits, wanted).ok()?.image;
    let (width, height) = image.dimensions();
    // The longer side that makes both sides fit.
    let by_height = u64::from(PHOTO.1) * u64::from(width.max(height)) / u64::from(height.max(1));
    let by_width = u64::from(PHOTO.0) * u64::from(width.max(height)) / u64::from(width.max(1));
    Some(thumbnail(&image, u32::try_from(by_height.min(by_width)).ok()?))
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
}
