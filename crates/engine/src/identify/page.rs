//! The page that shows photos beside their candidates.

use std::collections::BTreeMap;

use askama::Template;
use jiff::Timestamp;
use resight_catalog::{AnnotationRecord, Catalog, PhotoRecord};
use resight_core::{AnnotationId, EncounterSource, ImageSize, PixelBox, Similarity, visible_lines};

use super::asked::Asked;
use super::drawn::{self, Drawn};
use super::looked::Looked;
use super::pictures::{OfPhoto, Pictures, link};
use super::plain_words::{compared, explained, notes, percent, verdict};
use super::regions::Covered;
use super::{Answer, AnswerOrder, CandidateRow, NewcomersFound};
use crate::session::Loaded;
use crate::{CancelToken, EngineError, Progress, Stage};
use resight_dataset::encounter_as_labelled;
use resight_page::data_uri;

/// Photos of a candidate beside its best one, at most.
const MORE_PHOTOS: usize = 12;

#[derive(Template)]
#[template(path = "identify.html")]
struct Page {
    title: String,
    facts: Vec<(&'static str, String)>,
    answers: Vec<Shown>,
    /// Where the probabilities come from; empty where there are none.
    explained: &'static str,
    /// How many new individuals there are; empty where nothing was put together.
    newcomers: String,
    /// In which order the answers stand; empty for one.
    order: &'static str,
    /// Pictures that there was no room for.
    left_out: usize,
}

/// One answer.
struct Shown {
    anchor: usize,
    /// The answer in a few words.
    verdict: String,
    /// `match`, `new`, `ask` or `not-identifiable`: the colour.
    class: &'static str,
    /// What else there is to say about it, in sentences.
    notes: Vec<String>,
    queries: Vec<Picture>,
    rows: Vec<Row>,
    compared: String,
}

/// One line of the ranking.
struct Row {
    name: String,
    probability: Option<String>,
    /// Length of the bar, in per cent.
    bar: f64,
    class: &'static str,
    details: Vec<String>,
    picture: Option<Picture>,
    /// The marks that are seen in both, drawn; none where none were looked for, or none is seen twice.
    marks: Option<Drawn>,
    /// Where the similarity as a whole lies, drawn; none where nobody asks for it.
    regions: Option<Drawn>,
    /// Its other photos, the most similar first, and how many there are beyond those.
    more: Vec<Small>,
    beyond: usize,
}

/// One of many photos.
struct Small {
    uri: String,
    link: Option<String>,
    title: String,
}

/// A picture with what is known of it.
struct Picture {
    uri: Option<String>,
    alt: String,
    /// Where the animal is, in per cent of the picture: left, top, width, height.
    frame: Option<[f64; 4]>,
    /// The animal at full resolution.
    crop: Option<String>,
    /// Where the photo itself is.
    link: Option<String>,
    lines: Vec<String>,
}

/// How a page is made.
pub(super) struct Ways<'a> {
    /// In which order it shows the answers.
    pub(super) order: AnswerOrder,
    /// Whether it shows where similarities lie.
    pub(super) regions: bool,
    pub(super) progress: &'a dyn Progress,
    pub(super) cancel: &'a CancelToken,
}

/// Writes the page of some answers.
pub(super) fn page(
    catalog: &Catalog,
    loaded: &Loaded,
    ways: &Ways<'_>,
    kept: &[Looked],
    answers: &[Answer],
    newcomers: &NewcomersFound,
) -> Result<String, EngineError> {
    let settings = &loaded.settings;
    let rows = loaded.gallery.rows.iter().map(|row| (row.annotation, row.row)).collect();
    let mut drawing = Drawing { catalog, loaded, ways, rows, pictures: Pictures::of(catalog) };
    let places = ways.order.places(answers);
    ways.progress.begin(Stage { title: "drawing".to_owned(), total: Some(places.len() as u64) });
    let mut shown = Vec::with_capacity(places.len());
    for place in places {
        shown.push(drawing.answer(place + 1, kept, &answers[place])?);
        ways.progress.advance(1);
    }
    let left_out = drawing.pictures.left_out;
    let explained = explained(answers);
    let answers = shown;
    let policy = &settings.policy;
    let prices = format!(
        "false match {}, false \"new\" {}, asking {}; {} of photos are expected to show newcomers",
        policy.price_false_match,
        policy.price_false_new,
        policy.price_ask,
        percent(policy.new_rate)
    );
    let of_slots = loaded.routed.iter().filter(|network| !network.slot.policy.is_none());
    let of_slots: Vec<String> = of_slots.map(|network| network.slot.to_string()).collect();
    let prices = match of_slots.is_empty() {
        true => prices,
        false => format!("{prices}; others for {}", of_slots.join(", ")),
    };
    let page = Page {
        title: match answers.as_slice() {
            [only] => only.verdict.clone(),
            several => format!("Who is this? {} answers", several.len()),
        },
        facts: vec![
            ("catalog", catalog.path().display().to_string()),
            ("bundle", settings.bundle.id.to_string()),
            ("prices", prices),
            ("made", Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()),
        ],
        newcomers: how_many(newcomers),
        order: match ways.order {
            _ if answers.len() < 2 => "",
            AnswerOrder::Worth => "What is worth looking at comes first.",
            AnswerOrder::Asked => "In the order in which they were asked.",
        },
        left_out,
        answers,
        explained,
    };
    let page = page
        .render()
        .map_err(|error| EngineError::internal(format!("the page could not be written: {error}")))?;
    // Names and paths of strangers: what turns the direction of writing is shown, not obeyed.
    Ok(visible_lines(&page).into_owned())
}

/// Gathers what the page shows.
struct Drawing<'a> {
    catalog: &'a Catalog,
    loaded: &'a Loaded,
    ways: &'a Ways<'a>,
    /// Where the embedding of each annotation is.
    rows: BTreeMap<AnnotationId, u64>,
    pictures: Pictures<'a>,
}

impl Drawing<'_> {
    fn answer(&mut self, anchor: usize, kept: &[Looked], answer: &Answer) -> Result<Shown, EngineError> {
        let looked: Vec<&Looked> = answer.kept.iter().filter_map(|place| kept.get(*place)).collect();
        let asked = Asked::of(answer, &looked);
        let covered =
            match self.ways.regions && self.draws() && answer.slot.is_none() && !answer.candidates.is_empty()
            {
                true => Covered::of(self.loaded, &asked, &mut self.pictures)?,
                false => None,
            };
        let queries =
            looked.into_iter().map(|one| self.query(one, answer)).collect::<Result<_, EngineError>>()?;
        let mut rows = Vec::with_capacity(answer.candidates.len() + 2);
        for candidate in &answer.candidates {
            rows.push((candidate.probability, self.candidate(candidate, &asked, covered.as_ref())?));
        }
        if let Some(new) = answer.new_probability {
            let place = rows.partition_point(|(p, _)| p.is_some_and(|p| p >= new));
            let says = "none of the individuals of the catalog that were compared";
            rows.insert(place, (Some(new), plain_row("new individual", "new", new, says)));
        }
        if let Some(others) = answer.others_probability.filter(|others| *others > 0.0) {
            rows.push((
                None,
                plain_row("all others", "others", others, "the individuals that are not listed"),
            ));
        }
        Ok(Shown {
            anchor,
            verdict: verdict(answer),
            class: answer.decision.word(),
            notes: notes(answer),
            queries,
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            compared: compared(answer),
        })
    }

    /// Whether there is time to draw: what was answered is shown in any case.
    fn draws(&self) -> bool {
        !self.ways.cancel.is_cancelled()
    }

    fn candidate(
        &mut self,
        candidate: &CandidateRow,
        asked: &Asked<'_>,
        covered: Option<&Covered>,
    ) -> Result<Row, EngineError> {
        let annotation = self.catalog.annotation(candidate.best)?;
        let photo = self.catalog.photo(&annotation.photo)?;
        let photos = match candidate.photos {
            1 => "1 photo".to_owned(),
            several => format!("{several} photos"),
        };
        let picture = Picture {
            uri: self.pictures.thumbnail(&photo)?,
            alt: format!("best photo of {}", candidate.individual),
            frame: annotation.region.map(|region| frame(&region, photo.size)),
            crop: self.pictures.crop(&OfPhoto::known(&photo), annotation.region.as_ref()),
            link: link(&photo.paths),
            lines: about(&annotation, &photo),
        };
        let others = self.other_photos(&annotation, asked)?;
        let more = others
            .iter()
            .take(MORE_PHOTOS)
            .filter_map(|other| self.one_of_many(other).transpose())
            .collect::<Result<Vec<_>, EngineError>>()?;
        Ok(Row {
            name: candidate.individual.clone(),
            probability: candidate.probability.map(percent),
            bar: candidate.probability.map_or(0.0, bar),
            class: "known",
            details: vec![format!("{}, {photos}", drawn::alike(candidate))],
            picture: Some(picture),
            marks: match self.draws() {
                true => drawn::marks(self.loaded, &mut self.pictures, asked, candidate, &annotation, &photo),
                false => None,
            },
            regions: covered
                .and_then(|covered| covered.drawn(self.loaded, &mut self.pictures, candidate.best)),
            beyond: others.len() - more.len(),
            more,
        })
    }

    /// All annotations of an individual but the best one and those of the photos asked about, the most similar first.
    fn other_photos(
        &self,
        best: &AnnotationRecord,
        asked: &Asked<'_>,
    ) -> Result<Vec<AnnotationRecord>, EngineError> {
        let Some(individual) = best.individual else { return Ok(Vec::new()) };
        let similarity = |annotation: &AnnotationRecord| {
            let row = self.rows.get(&annotation.id)?;
            let of_query = |query: &&[f32]| self.loaded.embeddings.exact_similarity(query, *row);
            asked.embeddings.iter().filter_map(of_query).min_by(Similarity::closest_first)
        };
        let mut others: Vec<(Option<Similarity>, AnnotationRecord)> = self
            .catalog
            .annotations_of_individual(individual)?
            .into_iter()
            .filter(|one| one.id != best.id && !asked.photos.contains(&one.photo))
            .map(|one| (similarity(&one), one))
            .collect();
        let nearness = |similarity: &Option<Similarity>| similarity.unwrap_or(Similarity(f32::NEG_INFINITY));
        others.sort_by(|a, b| nearness(&a.0).closest_first(&nearness(&b.0)).then(a.1.id.cmp(&b.1.id)));
        Ok(others.into_iter().map(|(_, annotation)| annotation).collect())
    }

    fn one_of_many(&mut self, annotation: &AnnotationRecord) -> Result<Option<Small>, EngineError> {
        let photo = self.catalog.photo(&annotation.photo)?;
        let Some(uri) = self.pictures.one_of_many(annotation, &photo)? else { return Ok(None) };
        Ok(Some(Small { uri, link: link(&photo.paths), title: about(annotation, &photo).join(", ") }))
    }

    /// A photo asked about. The frame is that of the answer's animal.
    fn query(&mut self, looked: &Looked, answer: &Answer) -> Result<Picture, EngineError> {
        let alt = format!("the photo asked about: {}", looked.shown);
        let mut lines = vec![looked.shown.clone()];
        // The path of bytes that are no file is a mere name: only a file with these bytes is shown and linked.
        let paths = [looked.path.clone()];
        let (uri, taken, photo) = match (&looked.photo, looked.photo_id) {
            (Some(photo), _) => {
                let taken = photo.metadata.as_ref().and_then(|metadata| metadata.capture_time);
                let of = OfPhoto {
                    paths: &paths,
                    id: photo.photo_id,
                    picture: photo.picture_id,
                    size: photo.full_size,
                };
                (photo.thumbnail_jpeg.as_deref().map(data_uri), taken, of)
            }
            (None, Some(known)) => {
                let photo = self.catalog.photo(&known)?;
                let of = OfPhoto { paths: &paths, ..OfPhoto::known(&photo) };
                (self.pictures.thumbnail(&photo)?, photo.capture_time, of)
            }
            (None, None) => {
                return Ok(Picture { uri: None, alt, frame: None, crop: None, link: None, lines });
            }
        };
        lines.extend(answer.annotation.map(|annotation| format!("{annotation} of the catalog")));
        lines.extend(taken.map(|time| format!("taken {time}")));
        lines.push(format!("{} × {} pixels", photo.size.width, photo.size.height));
        Ok(Picture {
            uri,
            alt,
            frame: answer.region.map(|region| frame(&region, photo.size)),
            crop: self.pictures.crop(&photo, answer.region.as_ref()),
            link: looked.is_file.then(|| link(&paths)).flatten(),
            lines,
        })
    }
}

fn plain_row(name: &str, class: &'static str, probability: f64, says: &str) -> Row {
    Row {
        name: name.to_owned(),
        probability: Some(percent(probability)),
        bar: bar(probability),
        class,
        details: vec![says.to_owned()],
        picture: None,
        marks: None,
        regions: None,
        more: Vec::new(),
        beyond: 0,
    }
}

/// How many new individuals there are, in a sentence.
fn how_many(newcomers: &NewcomersFound) -> String {
    let Some(number) = newcomers.number.filter(|_| newcomers.answers > 1) else { return String::new() };
    let together = newcomers.clusters.iter().filter(|cluster| cluster.answers.len() > 1).count();
    format!(
        "New individuals in the {} answers that say new or ask: likely {} (between {} and {}); {together} of them in \
         several answers.",
        newcomers.answers, number.likely, number.low, number.high
    )
}

/// Path, time, place in the study.
fn about(annotation: &AnnotationRecord, photo: &PhotoRecord) -> Vec<String> {
    let path = photo.paths.first().map_or_else(|| photo.id.short(), |path| path.display().to_string());
    let mut lines = vec![path];
    lines.extend(photo.capture_time.map(|time| format!("taken {time}")));
    if let Some((id, source, key)) = &annotation.encounter {
        let from = match source {
            EncounterSource::Table => "from the table",
            EncounterSource::FolderAndTime => "by folder and time",
            EncounterSource::Day => "by day",
            EncounterSource::Folder => "by folder",
            EncounterSource::Person => "by a person",
        };
        lines.push(format!("encounter {} ({id}, {from})", encounter_as_labelled(key)));
    }
    let labels: Vec<String> = annotation
        .species
        .iter()
        .map(ToString::to_string)
        .chain(annotation.viewpoint.iter().map(ToString::to_string))
        .collect();
    if !labels.is_empty() {
        lines.push(labels.join(", "));
    }
    lines
}

/// A box as per cent of a picture.
fn frame(region: &PixelBox, size: ImageSize) -> [f64; 4] {
    let shares = region.relative(size);
    [shares.x, shares.y, shares.width, shares.height].map(|share| (share * 1000.0).round() / 10.0)
}

fn bar(probability: f64) -> f64 {
    (1000.0 * probability).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_in_per_cent_of_the_picture() {
        let region = PixelBox::at(100.0, 50.0, 200.0, 100.0);
        assert_eq!(frame(&region, ImageSize { width: 400, height: 300 }), [25.0, 16.7, 50.0, 33.3]);
    }

    #[test]
    fn a_bar_is_as_long_as_its_probability() {
        assert_eq!(bar(0.931), 93.1);
    }
}
