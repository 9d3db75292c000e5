//! A picture of how often a classifier takes one label for another.

use resight_imaging::canvas::{Canvas, Color, Font, shortened};
use resight_imaging::encode_png;

use crate::EngineError;
use crate::classify::Classifications;
use crate::contact_sheet::{GROUND, INK, SOFT};

/// A cell of the matrix, in pixels.
const CELL: (u32, u32) = (64, 34);
/// Space around and between matrices.
const GAP: u32 = 16;
/// Height of the head of a matrix: title, figures, the labels above it.
const HEAD: u32 = 78;
/// Letters of a label at the side, and above a column.
const LETTERS: (usize, usize) = (28, 7);
/// The line of figures has room in so many pixels.
const LEAST_WIDTH: u32 = 840;
/// Rows of a matrix; of more nothing could be read.
const MOST: usize = 60;
/// What a cell of which every animal falls into it is filled with: where that is right, and where it is wrong.
const RIGHT: Color = [96, 176, 112];
const WRONG: Color = [226, 122, 86];
/// And where nothing was said.
const OPEN: Color = [134, 164, 204];

/// Draws a matrix for each classifier that was measured, right labels as rows and what was said as columns, and returns them as a PNG;
/// none where nothing was measured.
///
/// # Errors
/// So many labels that none of them could be read.
pub fn draw(said: &Classifications) -> Result<Option<Vec<u8>>, EngineError> {
    let measured: Vec<_> =
        said.measured.iter().filter_map(|one| Some((one, one.measured.as_ref()?))).collect();
    let Some(most) = measured.iter().map(|(_, found)| found.confusion.len()).max() else { return Ok(None) };
    if most > MOST {
        let labels = most - 1;
        return Err(EngineError::user(format!(
            "{labels} labels are too many for a picture; {} are not",
            MOST - 1
        )));
    }
    let side = LETTERS.0 as u32 * Font::Plain.letter_width();
    let tall = |labels: usize| HEAD + labels as u32 * CELL.1 + GAP;
    let width = (2 * GAP + side + most as u32 * CELL.0).max(LEAST_WIDTH);
    let height = GAP + measured.iter().map(|(_, found)| tall(found.confusion.len())).sum::<u32>();
    let mut canvas = Canvas::new(width, height, GROUND);
    let mut top = GAP;
    for (one, found) in measured {
        let right =
            found.right_of_answered.map_or_else(|| "none".to_owned(), |share| format!("{:.3}", share.value));
        let letters = ((width - 2 * GAP) / Font::Plain.letter_width()) as usize;
        let title = format!("{} by {}", one.task, one.classifier);
        canvas.text(&shortened(&title, letters), (GAP, top), Font::Bold, INK);
        let figures = format!(
            "{} animals; {:.3} got a label, of those right {right}; rows: what they are, columns: what was said",
            found.animals, found.answered.value
        );
        canvas.text(&shortened(&figures, letters), (GAP, top + 18), Font::Plain, SOFT);
        let label = |place: usize, beyond: &'static str| one.labels.get(place).map_or(beyond, String::as_str);
        let first = GAP + side;
        // Nothing that the classifier has never learnt was asked about: no row for it.
        let is_row = |(row, counts): &(usize, &Vec<usize>)| {
            *row < one.labels.len() || counts.iter().any(|count| *count > 0)
        };
        for (row, counts) in found.confusion.iter().enumerate() {
            let y = top + HEAD + row as u32 * CELL.1;
            let above = shortened(label(row, "none"), LETTERS.1);
            canvas.text(&above, (first + row as u32 * CELL.0 + 2, y_above(top)), Font::Plain, SOFT);
            if !is_row(&(row, counts)) {
                continue;
            }
            canvas.text(&shortened(label(row, "others"), LETTERS.0 - 1), (GAP, y + 10), Font::Plain, INK);
            let all: usize = counts.iter().sum();
            for (column, count) in counts.iter().enumerate() {
                let share = *count as f64 / all.max(1) as f64;
                let at = first + column as u32 * CELL.0;
                let full = match (row == column, column == one.labels.len()) {
                    // Nothing was said of it, which is right of what was never learnt.
                    (_, true) => OPEN,
                    (true, false) => RIGHT,
                    (false, false) => WRONG,
                };
                canvas.fill((at, y), (CELL.0 - 2, CELL.1 - 2), shade(full, share));
                if *count > 0 {
                    canvas.text(&count.to_string(), (at + 6, y + 10), Font::Plain, INK);
                }
            }
        }
        top += tall(found.confusion.len());
    }
    let png = encode_png(&canvas.into_image());
    Ok(Some(png.map_err(|error| EngineError::internal(error.to_string()).because(error))?))
}

fn y_above(top: u32) -> u32 {
    top + HEAD - 18
}

/// A colour from the ground's (0) to its own (1).
fn shade(full: Color, share: f64) -> Color {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes")]
    let mixed = |place: usize| {
        // What is rare is seen too.
        let (ground, full) = (f64::from(EMPTY[place]), f64::from(full[place]));
        (ground + (full - ground) * share.sqrt()) as u8
    };
    [mixed(0), mixed(1), mixed(2)]
}

/// A cell that nothing falls into.
const EMPTY: Color = [240, 240, 238];
