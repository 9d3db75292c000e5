//! The contact sheet of the worst mistakes: asked, answered, true.

use resight_dataset::Row;

use super::Evaluation;
use resight_page::picture_of;

/// Longer side of a picture, in pixels.
const SIDE: u32 = 240;

/// One wrong answer, to look at.
pub(super) struct Mistake {
    pub(super) headline: String,
    pub(super) pictures: Vec<Picture>,
}

/// One of its photos.
pub(super) struct Picture {
    pub(super) role: &'static str,
    pub(super) class: &'static str,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) uri: Option<String>,
    pub(super) instead: &'static str,
}

pub(super) fn mistakes(evaluation: &Evaluation) -> Vec<Mistake> {
    evaluation.strict.mistakes.iter().map(|mistake| one(evaluation, mistake)).collect()
}

fn one(evaluation: &Evaluation, mistake: &resight_eval::Mistake) -> Mistake {
    let similarity = format!("best similarity {:.3}", mistake.similarity);
    let headline = match mistake.probability {
        Some(probability) => format!("answered with {:.0} %, {similarity}", 100.0 * probability),
        None => similarity,
    };
    let asked = picture(evaluation, "asked", "", Some(mistake.query_row), "");
    let answered = picture(evaluation, "answered", "wrong", mistake.predicted_row, "new individual");
    let truth = picture(evaluation, "true", "right", mistake.true_row, "no photo of it left: it is new");
    Mistake { headline, pictures: vec![asked, answered, truth] }
}

fn picture(
    evaluation: &Evaluation,
    role: &'static str,
    class: &'static str,
    row: Option<u32>,
    instead: &'static str,
) -> Picture {
    let place = row.map(|row| row as usize);
    let Some((place, row)) = place.and_then(|place| Some((place, evaluation.used_row(place)?))) else {
        return Picture { role, class, name: String::new(), about: String::new(), uri: None, instead };
    };
    let region = evaluation.embedded.regions.get(place);
    Picture {
        role,
        class,
        name: row.identity.clone().unwrap_or_default(),
        about: about(row),
        uri: picture_of(&row.path, region, SIDE),
        instead: "the photo cannot be read any more",
    }
}

/// What else is known of a photo, in one line.
fn about(row: &Row) -> String {
    let mut words = vec![row.image_id.clone()];
    words.extend(row.viewpoint.as_ref().map(ToString::to_string));
    words.extend(row.encounter.as_ref().map(|encounter| format!("encounter {encounter}")));
    words.join(" · ")
}
