//! A picture of what was found in photos: the photos beside each other, a box around each animal, what is said of it beside the box.

use std::path::{Path, PathBuf};

use resight_core::{ImageSize, PixelBox};
use resight_imaging::canvas::{Canvas, Color, Font, shortened};
use resight_imaging::{DecodeSize, Limits, PhotoHeader, decode, encode_jpeg, read_photo, thumbnail};

use crate::EngineError;
use crate::contact_sheet::{GROUND, INK, Mark, SOFT};

/// The longer side of a photo, in pixels.
const SIDE: u32 = 480;
/// Photos beside each other.
const COLUMNS: usize = 3;
/// Space between them.
const GAP: u32 = 10;
/// Height of the head.
const HEAD: u32 = 62;
/// Height of the line below a photo.
const LINE: u32 = 18;
/// How wide the line of a box is.
const STROKE: u32 = 2;
/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 85;
/// The most photos of a picture.
const MOST_PHOTOS: usize = 300;
/// The greatest side of a JPEG.
const MOST: u32 = 65_000;

/// What the picture shows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundSheet {
    /// The head line.
    pub title: String,
    /// The line below it.
    pub subtitle: String,
    /// The photos, from left to right and from top to bottom.
    pub photos: Vec<FoundPhoto>,
}

/// A photo and the animals in it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundPhoto {
    /// Where it is.
    pub path: PathBuf,
    /// The line below it.
    pub below: String,
    /// The animals.
    pub animals: Vec<FoundBox>,
}

/// An animal.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundBox {
    /// Where it is, in pixels of the upright photo.
    pub region: PixelBox,
    /// What is said of it.
    pub said: String,
    /// What to make of it.
    pub mark: Mark,
}

/// Draws the sheet and returns it as a JPEG. Photos that cannot be read are left empty.
///
/// # Errors
/// A sheet too large for a JPEG.
pub fn draw(sheet: &FoundSheet) -> Result<Vec<u8>, EngineError> {
    let too_many = || EngineError::user("too many photos for one picture");
    if sheet.photos.len() > MOST_PHOTOS {
        return Err(too_many());
    }
    let pictures: Vec<_> = sheet.photos.iter().map(|photo| small(&photo.path)).collect();
    let rows: Vec<u32> = pictures
        .chunks(COLUMNS)
        .map(|row| row.iter().flatten().map(|(picture, _)| picture.height()).max().unwrap_or(SIDE / 2))
        .collect();
    let width = GAP + COLUMNS as u32 * (SIDE + GAP);
    let height = rows.iter().fold(HEAD, |sum, row| sum.saturating_add(row + LINE + GAP));
    if height > MOST {
        return Err(too_many());
    }
    let mut canvas = Canvas::new(width, height, GROUND);
    canvas.text(&sheet.title, (GAP, GAP), Font::Large, INK);
    canvas.text(&sheet.subtitle, (GAP, GAP + 26), Font::Plain, SOFT);
    let mut top = HEAD;
    let photos: Vec<_> = sheet.photos.iter().zip(&pictures).collect();
    for (row, tall) in photos.chunks(COLUMNS).zip(rows) {
        for (column, (photo, picture)) in (0_u32..).zip(row) {
            let left = GAP + column * (SIDE + GAP);
            if let Some((picture, full_size)) = picture {
                canvas.picture(picture, (left, top));
                let size = ImageSize { width: picture.width(), height: picture.height() };
                for animal in &photo.animals {
                    draw_box(&mut canvas, animal, (left, top), (*full_size, size));
                }
            }
            let letters = (SIDE / Font::Plain.letter_width()) as usize;
            canvas.text(&shortened(&photo.below, letters), (left, top + tall + 2), Font::Plain, SOFT);
        }
        top += tall + LINE + GAP;
    }
    encode_jpeg(&canvas.into_image(), QUALITY)
        .map_err(|error| EngineError::internal(error.to_string()).because(error))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a drawn photo")]
fn draw_box(
    canvas: &mut Canvas,
    animal: &FoundBox,
    (x, y): (u32, u32),
    (full, drawn): (ImageSize, ImageSize),
) {
    let color: Color = animal.mark.color();
    let region = animal.region.relative(full).pixels(drawn);
    let at = |value: f64, most: u32| (value.max(0.0).round() as u32).min(most.saturating_sub(STROKE));
    let (left, top) = (at(region.x, drawn.width), at(region.y, drawn.height));
    let right = at(region.x + region.width, drawn.width).max(left + STROKE);
    let bottom = at(region.y + region.height, drawn.height).max(top + STROKE);
    canvas.fill((x + left, y + top), (right - left, STROKE), color);
    canvas.fill((x + left, y + bottom), (right - left + STROKE, STROKE), color);
    canvas.fill((x + left, y + top), (STROKE, bottom - top), color);
    canvas.fill((x + right, y + top), (STROKE, bottom - top), color);
    let letters = (drawn.width.saturating_sub(2) / Font::Small.letter_width()) as usize;
    let said = shortened(&animal.said, letters);
    let wide = said.chars().count() as u32 * Font::Small.letter_width() + 2;
    // Above the box, where there is room.
    let line = if top >= 12 { top - 12 } else { top + STROKE };
    // And left of its edge, where the words would leave the photo.
    let start = left.min(drawn.width.saturating_sub(wide));
    canvas.fill((x + start, y + line), (wide, 12), color);
    canvas.text(&said, (x + start + 1, y + line + 1), Font::Small, GROUND);
}

/// The photo, small enough for its room, and its full size.
fn small(path: &Path) -> Option<(resight_imaging::RgbImage, ImageSize)> {
    let limits = Limits::default();
    let bytes = read_photo(path, &limits).ok()?;
    let full = PhotoHeader::read(&bytes, &limits).ok()?.full_size;
    let wanted = DecodeSize::AtLeast(ImageSize { width: SIDE, height: SIDE });
    let image = decode(&bytes, &limits, wanted).ok()?.image;
    Some((thumbnail(&image, SIDE), full))
}

#[cfg(test)]
mod tests {
    use resight_imaging::RgbImage;

    use super::*;

    #[test]
    fn boxes_lie_where_the_animals_are_whatever_the_size_of_the_photo() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("green.jpg");
        let picture = RgbImage::from_pixel(1920, 960, [0, 120, 0].into());
        std::fs::write(&path, encode_jpeg(&picture, 95).unwrap()).unwrap();
        let region = PixelBox::at(960.0, 480.0, 480.0, 240.0);
        let animals = vec![FoundBox { region, said: "a fin".to_owned(), mark: Mark::Wrong }];
        let gone = FoundPhoto {
            path: folder.path().join("gone.jpg"),
            below: String::new(),
            animals: animals.clone(),
        };
        let sheet = FoundSheet {
            photos: vec![FoundPhoto { path, below: "one".to_owned(), animals }, gone],
            ..FoundSheet::default()
        };
        let drawn = decode(&draw(&sheet).unwrap(), &Limits::default(), DecodeSize::Full).unwrap().image;
        let at = |x: u32, y: u32| drawn.get_pixel(GAP + x, HEAD + y).0;
        assert!(at(240, 150)[0] > 150, "{:?}", at(240, 150));
        assert!(at(300, 121)[0] > 150 && at(360, 150)[0] > 150);
        assert!(at(300, 150)[0] < 60 && at(100, 60)[0] < 60);
    }
}
