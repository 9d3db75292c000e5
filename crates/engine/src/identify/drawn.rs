//! The marks that a photo asked about and a candidate's best photo have in common, drawn.

use std::path::PathBuf;

use resight_catalog::{AnnotationRecord, PhotoRecord};
use resight_compare::{Comparer, Evidence};
use resight_core::{BundleId, PixelBox};
use resight_imaging::RgbImage;
use resight_page::matches::SeenTwice;

use super::asked::Asked;
use super::looked::{Animal, Looked};
use super::pictures::{OfPhoto, Pictures};
use super::{CandidateRow, EvidenceRow};
use crate::local::{Shown, draw_matches, marks_seen, seen_twice};
use crate::session::Loaded;

/// A drawing.
pub(super) struct Drawn {
    /// In a few words.
    pub(super) summary: String,
    pub(super) svg: String,
}

/// How alike a candidate is, in a few words.
pub(super) fn alike(candidate: &CandidateRow) -> String {
    let similarity = format!("similarity {:.3}", candidate.embedding_similarity());
    match candidate.matches() {
        Some(1) => format!("{similarity}, 1 match"),
        Some(matches) => format!("{similarity}, {matches} matches"),
        None => similarity,
    }
}

/// Draws what the candidate's best photo has in common with that photo asked about that has most in common with it; none
/// where they have nothing in common or a photo cannot be read any more.
pub(super) fn marks(
    loaded: &Loaded,
    pictures: &mut Pictures<'_>,
    asked: &Asked<'_>,
    candidate: &CandidateRow,
    annotation: &AnnotationRecord,
    photo: &PhotoRecord,
) -> Option<Drawn> {
    let compared = candidate.evidence.as_ref()?;
    let Strongest { kind, by, looked, animal, evidence } = strongest(loaded, asked, annotation, compared)?;
    let paths = [looked.path.clone()];
    let asked_photo = photo_of(looked, &paths, pictures)?;
    let known_photo = OfPhoto::known(photo);
    let queried = shown(loaded, animal.region, &asked_photo);
    let found = shown(loaded, annotation.region, &known_photo);
    let uri = pictures.made(|| queried.picture(|| asked_photo.bytes()))?;
    let left = queried.half(uri, "the photo asked about".to_owned());
    let uri = pictures.made(|| found.picture(|| known_photo.bytes()))?;
    let right = found.half(uri, format!("best photo of {}", candidate.individual));
    let summary = marks_seen(evidence.count(), by.name());
    let preprocess = loaded.local[kind].reader.preprocess();
    let svg = draw_matches(&evidence, preprocess, (&queried, &left), (&found, &right));
    Some(Drawn { summary, svg })
}

/// A photo asked about and a candidate's best photo, with the marks that are seen in both.
pub(super) struct Pair {
    /// The photo asked about, as it is shown.
    pub(super) asked: String,
    pub(super) pictures: [RgbImage; 2],
    pub(super) marks: Vec<SeenTwice>,
    /// How many there are and by what, in words; none where nothing was compared or nothing is seen twice.
    pub(super) said: Option<String>,
}

/// The pair for a candidate: the photo asked about that has most in common with its best one, or else the first; none where one of
/// them cannot be read any more.
pub(super) fn pair(
    loaded: &Loaded,
    pictures: &Pictures<'_>,
    asked: &Asked<'_>,
    candidate: &CandidateRow,
    annotation: &AnnotationRecord,
    photo: &PhotoRecord,
) -> Option<Pair> {
    let compared = candidate.evidence.as_ref();
    let strongest = compared.and_then(|compared| strongest(loaded, asked, annotation, compared));
    let (looked, animal) = match &strongest {
        Some(found) => (found.looked, found.animal),
        None => *asked.animals.first()?,
    };
    let paths = [looked.path.clone()];
    let (asked_photo, known_photo) = (photo_of(looked, &paths, pictures)?, OfPhoto::known(photo));
    let queried = shown(loaded, animal.region, &asked_photo);
    let found = shown(loaded, annotation.region, &known_photo);
    let pictures = [queried.image(|| asked_photo.bytes())?, found.image(|| known_photo.bytes())?];
    let (marks, said) = match strongest {
        Some(Strongest { kind, by, evidence, .. }) => {
            let preprocess = loaded.local[kind].reader.preprocess();
            let marks = seen_twice(&evidence, preprocess, &queried, &found);
            (marks, Some(marks_seen(evidence.count(), by.name())))
        }
        None => (Vec::new(), None),
    };
    Some(Pair { asked: looked.shown.clone(), pictures, marks, said })
}

fn shown(loaded: &Loaded, region: Option<PixelBox>, photo: &OfPhoto<'_>) -> Shown {
    Shown::of(region, photo.size, loaded.normaliser.as_deref(), || photo.bytes())
}

/// The animal asked about of which most is seen twice.
struct Strongest<'a> {
    /// Which of the catalog's local features.
    kind: usize,
    /// The bundle that matched them.
    by: &'a BundleId,
    looked: &'a Looked,
    animal: &'a Animal,
    evidence: Evidence,
}

/// The animal asked about and the bundle by which most is seen twice.
fn strongest<'a>(
    loaded: &'a Loaded,
    asked: &Asked<'a>,
    annotation: &AnnotationRecord,
    compared: &EvidenceRow,
) -> Option<Strongest<'a>> {
    let counts = |bundle: &BundleId| compared.matches.get(bundle.name()).is_some_and(|count| *count > 0);
    let of = |kind: usize, animal: &'a Animal| {
        let gallery = &loaded.local[kind];
        let (query, other) = (animal.local.get(kind)?, gallery.row_of(annotation.id)?);
        let form = gallery.form();
        let by_rule = || {
            let query = form.packed(query)?.to_features();
            Some((gallery.bundle(), Comparer::new(&query, form.rule()).evidence(form.packed(other)?)?))
        };
        let closely = || {
            let closer = loaded.closer().filter(|closer| closer.features() == gallery.bundle())?;
            Some((closer, closer.evidence(query, other).ok()??))
        };
        let compared = counts(gallery.bundle()).then(by_rule).flatten();
        let looks_closer = loaded.closer().is_some_and(|closer| counts(closer.bundle()));
        let looked = looks_closer.then(closely).flatten().map(|(closer, found)| (closer.bundle(), found));
        compared.into_iter().chain(looked).reduce(stronger)
    };
    let all = (0..loaded.local.len()).flat_map(|kind| asked.animals.iter().map(move |one| (kind, *one)));
    all.filter_map(|(kind, (looked, animal))| {
        let (by, evidence) = of(kind, animal)?;
        Some(Strongest { kind, by, looked, animal, evidence })
    })
    .filter(|found| found.evidence.count() > 0)
    .reduce(|best, one| if one.evidence.count() > best.evidence.count() { one } else { best })
}

fn stronger<'a>(best: (&'a BundleId, Evidence), one: (&'a BundleId, Evidence)) -> (&'a BundleId, Evidence) {
    if one.1.count() > best.1.count() { one } else { best }
}

/// The photo asked about, wherever it lies.
pub(super) fn photo_of<'a>(
    looked: &Looked,
    paths: &'a [PathBuf],
    pictures: &Pictures<'_>,
) -> Option<OfPhoto<'a>> {
    let (id, picture, size) = match &looked.photo {
        Some(photo) => (photo.photo_id, photo.picture_id, photo.full_size),
        None => {
            let known = pictures.photo(&looked.photo_id?)?;
            (known.id, known.picture, known.size)
        }
    };
    Some(OfPhoto { paths, id, picture, size })
}
