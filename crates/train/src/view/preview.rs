//! A sheet of views to look at before training: what does the network see?

use std::path::PathBuf;

use resight_core::GivenBox;
use resight_imaging::canvas::{Canvas, Color, Font, shortened};
use resight_imaging::{EncodeError, RgbImage, encode_png, read_photo, thumbnail};

use super::{Augmentation, FlipPolicy, View, ViewFailure, ViewFailureReason, ViewJob, ViewMaker};

/// Space between pictures, in pixels.
const GAP: u32 = 6;
/// Height of a line of text.
const LINE: u32 = 16;
/// Height of the head: the names of the columns and what they do.
const HEAD: u32 = GAP + 2 * LINE + GAP / 2;

const INK: Color = [31, 41, 51];
const SOFT: Color = [91, 103, 115];
const GROUND: Color = [255, 255, 255];
const EMPTY: Color = [236, 239, 242];

/// A photo for the sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct PreviewPhoto {
    /// The annotation.
    pub job: ViewJob,
    /// What is written below its pictures, such as the individual.
    pub caption: String,
}

/// How the sheet looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreviewOptions {
    /// Longest side of a picture on the sheet, in pixels. Default 160.
    pub side: u32,
    /// How many views with everything together. Default 5.
    pub full_views: u32,
}

impl Default for PreviewOptions {
    fn default() -> Self {
        Self { side: 160, full_views: 5 }
    }
}

/// One column of the sheet.
struct Column {
    name: String,
    detail: String,
    /// `None` where the recipe has it turned off.
    maker: Option<ViewMaker>,
    view: View,
}

/// Draws a sheet: a row a photo; the columns are what inference sees, each augmentation alone as strong as chance
/// makes it, what the flip policy and the background check make of it, and some views with everything together.
///
/// The sheet can be written with [`resight_imaging::encode_png`]. Photos that cannot be shown are left empty and
/// come back as failures.
pub fn preview(
    maker: &ViewMaker,
    photos: &[PreviewPhoto],
    options: PreviewOptions,
) -> (RgbImage, Vec<ViewFailure>) {
    let columns = columns(maker, options);
    let cell = (options.side.max(16) + GAP, options.side.max(16) + LINE + GAP);
    let extent = |count: usize, cell: u32| (count as u32).saturating_mul(cell);
    let width = GAP + extent(columns.len(), cell.0);
    let mut canvas = Canvas::new(width, HEAD + extent(photos.len(), cell.1), GROUND);
    let letters = |font: Font| (options.side / font.letter_width()) as usize;
    for (column, x) in columns.iter().zip((GAP..).step_by(cell.0 as usize)) {
        let ink = if column.maker.is_some() { INK } else { SOFT };
        canvas.text(&shortened(&column.name, letters(Font::Bold)), (x, GAP), Font::Bold, ink);
        canvas.text(&shortened(&column.detail, letters(Font::Small)), (x, GAP + LINE), Font::Small, SOFT);
    }
    let mut failures = Vec::new();
    for (photo, y) in photos.iter().zip((HEAD..).step_by(cell.1 as usize)) {
        if let Err(reason) = draw_row(&mut canvas, photo, &columns, options.side, (cell.0, y)) {
            failures.push(reason.of(photo.job.row, &photo.job.path));
        }
        let caption = shortened(&photo.caption, (width / Font::Small.letter_width()) as usize);
        canvas.text(&caption, (GAP, y + options.side + 2), Font::Small, SOFT);
    }
    (canvas.into_image(), failures)
}

/// As [`preview`], as the bytes of a PNG file.
///
/// # Errors
/// When the sheet is too large to be encoded.
pub fn preview_png(
    maker: &ViewMaker,
    photos: &[PreviewPhoto],
    options: PreviewOptions,
) -> Result<(Vec<u8>, Vec<ViewFailure>), EncodeError> {
    let (sheet, failures) = preview(maker, photos, options);
    Ok((encode_png(&sheet)?, failures))
}

/// Draws a photo's row: the gaps first, so that a photo that fails leaves them empty.
fn draw_row(
    canvas: &mut Canvas,
    photo: &PreviewPhoto,
    columns: &[Column],
    side: u32,
    (step, y): (u32, u32),
) -> Result<(), ViewFailureReason> {
    let corners = || columns.iter().zip((GAP..).step_by(step as usize));
    for (_, x) in corners() {
        canvas.fill((x, y), (side, side), EMPTY);
    }
    let ViewJob { row, path, region, .. } = &photo.job;
    let limits = resight_imaging::Limits::default();
    let bytes = read_photo(path, columns[0].maker.as_ref().map_or(&limits, ViewMaker::limits))?;
    for (column, x) in corners() {
        let Some(maker) = &column.maker else { continue };
        let opened = maker.open(&bytes, &[*region])?;
        let picture = thumbnail(&maker.picture(&opened, *region, *row, column.view)?, side);
        let (width, height) = picture.dimensions();
        canvas.picture(&picture, (x + side.saturating_sub(width) / 2, y + side.saturating_sub(height) / 2));
    }
    Ok(())
}

fn columns(maker: &ViewMaker, options: PreviewOptions) -> Vec<Column> {
    let all = || Some(maker.clone());
    let column =
        |name: &str, detail: String, maker, view| Column { name: name.to_owned(), detail, maker, view };
    // A view whose number is never mirrored by itself, so that one thing is seen at a time.
    let upright = |maker: ViewMaker| maker.with_flip(FlipPolicy::Forbidden);
    let mut columns = vec![column("as it is", "view 0: what inference sees".to_owned(), all(), View::PLAIN)];
    for augmentation in Augmentation::ALL {
        let probability = maker.recipe().probability(augmentation);
        let alone = upright(maker.clone().with_recipe(maker.recipe().alone(augmentation)));
        let is_on = (probability > 0.0).then_some(alone);
        let detail = match is_on {
            Some(_) => format!("{:.0} %: {}", probability * 100.0, strength(maker, augmentation)),
            None => "off".to_owned(),
        };
        columns.push(column(augmentation.as_str(), detail, is_on, View::Numbered(2)));
    }
    let flip = maker.flip();
    let mirrored = (flip != FlipPolicy::Forbidden).then(|| maker.clone());
    columns.push(column("mirrored", flip.as_str().to_owned(), mirrored, View::Mirrored));
    columns.push(column("background", "for the doctor's check".to_owned(), all(), View::Background));
    for number in 2..2 + options.full_views {
        columns.push(column(
            &format!("view {number}"),
            "all together".to_owned(),
            all(),
            View::Numbered(number),
        ));
    }
    columns
}

/// The strength of an augmentation in a few words.
fn strength(maker: &ViewMaker, augmentation: Augmentation) -> String {
    let recipe = maker.recipe();
    match augmentation {
        Augmentation::Crop => format!("area {}-1", recipe.crop.smallest_area),
        Augmentation::Affine => {
            format!("{} deg, shift {}", recipe.affine.rotation, recipe.affine.translation)
        }
        Augmentation::Color => format!("light {}, hue {}", recipe.color.brightness, recipe.color.hue),
        Augmentation::Grey => "no colour".to_owned(),
        Augmentation::Blur => format!("to {} px", recipe.blur.deviation),
        Augmentation::Noise => format!("to {} of 255", recipe.noise.deviation),
        Augmentation::Jpeg => format!("quality {}-95", recipe.jpeg.lowest_quality),
        Augmentation::Erasing => format!("area to {}", recipe.erasing.largest_area),
    }
}

impl PreviewPhoto {
    /// A whole photo, or a region of it.
    pub fn new(row: u32, path: PathBuf, region: Option<GivenBox>, caption: String) -> Self {
        Self { job: ViewJob { row, path, photo: None, region }, caption }
    }
}
