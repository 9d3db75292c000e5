//! One picture of the answers: each photo asked about beside the best photo of its first candidate, with the marks that are seen in
//! both. For a report or a letter; the page shows more.

use resight_catalog::Catalog;
use resight_imaging::canvas::{Canvas, Color, Font, shortened};
use resight_imaging::{RgbImage, encode_png, resized};
use resight_page::matches::{Layout, Placed};

use super::asked::Asked;
use super::drawn::{Pair, pair};
use super::looked::Looked;
use super::pictures::Pictures;
use super::plain_words::{percent, verdict};
use super::{Answer, AnswerOrder};
use crate::contact_sheet::{GROUND, INK, SOFT};
use crate::session::Loaded;
use crate::{CancelToken, EngineError};

/// Answers that are shown, at most: more are for the page.
const MOST: usize = 40;

/// Room around everything, in pixels.
const GAP: u32 = 16;

/// Height of a line of text.
const LINE: u32 = 20;

/// Of the lines between marks.
const ORANGE: Color = [230, 110, 0];

/// Of the rings around them.
const RING: Color = [255, 255, 255];

/// One answer as it is drawn.
struct Shown {
    layout: Layout,
    pictures: [RgbImage; 2],
    lines: [String; 2],
}

impl Shown {
    fn of(pair: Pair, lines: [String; 2]) -> Self {
        let aspect = |picture: &RgbImage| f64::from(picture.height()) / f64::from(picture.width().max(1));
        let layout = Layout::of([aspect(&pair.pictures[0]), aspect(&pair.pictures[1])], &pair.marks);
        Self { layout, pictures: pair.pictures, lines }
    }

    fn height(&self) -> u32 {
        2 * LINE + pixels(self.layout.height) + GAP
    }

    fn draw(&self, canvas: &mut Canvas, top: u32) {
        let letters = (pixels(self.layout.width) / Font::Plain.letter_width()) as usize;
        canvas.text(&shortened(&self.lines[0], letters), (GAP, top), Font::Bold, INK);
        canvas.text(&shortened(&self.lines[1], letters), (GAP, top + LINE), Font::Plain, SOFT);
        let top = top + 2 * LINE;
        let at = |(x, y): (f64, f64)| (GAP + pixels(x), top + pixels(y));
        for (picture, [left, above, width, height]) in self.pictures.iter().zip(self.layout.pictures) {
            let (width, height) = (pixels(width).max(1), pixels(height).max(1));
            canvas.picture(&resized(picture, width, height), at((left, above)));
        }
        for Placed { left, right, has_line, .. } in &self.layout.marks {
            if *has_line {
                canvas.line(at(*left), at(*right), 1, ORANGE);
            }
            canvas.circle(at(*left), 4, 1, RING);
            canvas.circle(at(*right), 4, 1, RING);
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths in a drawing, which are no less than 0"
)]
fn pixels(length: f64) -> u32 {
    length.round() as u32
}

/// Draws the answers that have a candidate whose photo can still be read, as a PNG; none where there is none. With a remark where some
/// are not in it.
///
/// # Errors
/// The catalog cannot be read.
pub(super) fn draw(
    catalog: &Catalog,
    loaded: &Loaded,
    order: AnswerOrder,
    kept: &[Looked],
    answers: &[Answer],
    cancel: &CancelToken,
) -> Result<(Option<Vec<u8>>, Option<String>), EngineError> {
    let pictures = Pictures::of(catalog);
    let mut shown = Vec::new();
    for place in order.places(answers) {
        if shown.len() < MOST && !cancel.is_cancelled() {
            shown.extend(of_answer(catalog, loaded, &pictures, kept, &answers[place])?);
        }
    }
    let remark = (shown.len() < answers.len()).then(|| match shown.len() {
        _ if cancel.is_cancelled() => "it was stopped before all answers were drawn".to_owned(),
        0 => "nothing is drawn: no answer has a candidate whose photo could be shown".to_owned(),
        drawn => format!("{drawn} of {} answers are drawn: {MOST} at most, with a candidate", answers.len()),
    });
    let Some(width) = shown.iter().map(|one| pixels(one.layout.width)).max() else {
        return Ok((None, remark));
    };
    let height = shown.iter().map(Shown::height).sum::<u32>() + GAP;
    let mut canvas = Canvas::new(width + 2 * GAP, height, GROUND);
    let mut top = GAP;
    for one in &shown {
        one.draw(&mut canvas, top);
        top += one.height();
    }
    let png = encode_png(&canvas.into_image());
    Ok((Some(png.map_err(|error| EngineError::internal(error.to_string()).because(error))?), remark))
}

fn of_answer(
    catalog: &Catalog,
    loaded: &Loaded,
    pictures: &Pictures<'_>,
    kept: &[Looked],
    answer: &Answer,
) -> Result<Option<Shown>, EngineError> {
    let Some(candidate) = answer.candidates.first() else { return Ok(None) };
    let looked: Vec<&Looked> = answer.kept.iter().filter_map(|place| kept.get(*place)).collect();
    let asked = Asked::of(answer, &looked);
    let annotation = catalog.annotation(candidate.best)?;
    let photo = catalog.photo(&annotation.photo)?;
    let Some(pair) = pair(loaded, pictures, &asked, candidate, &annotation, &photo) else { return Ok(None) };
    let likely = candidate.probability.map_or_else(String::new, |p| format!(", {}", percent(p)));
    let marks = pair.said.as_deref().map_or_else(String::new, |said| format!("; {said}"));
    let lines = [
        format!("{}: {}", verdict(answer), pair.asked),
        format!("beside {}{likely}: {}{marks}", candidate.individual, candidate.best_photo),
    ];
    Ok(Some(Shown::of(pair, lines)))
}
