//! The marks that a photo asked about and a candidate's best photo have in common, drawn.

use std::path::PathBuf;

use resight_catalog::{AnnotationRecord, PhotoRecord};
use resight_compare::{Comparer, Evidence, Keypoint};
use resight_core::{ImageSize, PixelBox};
use resight_imaging::{Limits, Preprocess, RgbImage, decode, encode_jpeg};
use resight_model::{Normaliser, crop_for};
use resight_page::matches::{Half, SeenTwice, drawing};
use resight_page::{data_uri, picture_in};

use super::asked::Asked;
use super::looked::{Animal, Looked};
use super::pictures::{OfPhoto, Pictures};
use super::{CandidateRow, EvidenceRow};
use crate::session::Loaded;

/// Longer side of each picture of the two, in pixels.
const SIDE: u32 = 640;

/// Quality of a straightened body's JPEG, 1 to 100.
const QUALITY: u8 = 85;

/// Two photos with the marks that are seen in both.
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
    let (kind, looked, animal, evidence) = strongest(loaded, asked, annotation, compared)?;
    let preprocess = loaded.local[kind].reader.preprocess();
    let paths = [looked.path.clone()];
    let normaliser = loaded.normaliser.as_deref();
    let queried = Shown::of_query(looked, animal, &paths, pictures, normaliser)?;
    let found = Shown::of_photo(OfPhoto::known(photo), annotation.region, normaliser);
    let place = |shown: &Shown<'_>, point: &Keypoint| shown.share(preprocess, point);
    let marks: Vec<SeenTwice> = evidence
        .matches
        .iter()
        .zip(&evidence.points)
        .map(|(one, (left, right))| SeenTwice {
            left: place(&queried, left),
            right: place(&found, right),
            alike: f64::from(one.cosine),
        })
        .collect();
    let left = queried.half(pictures, "the photo asked about".to_owned())?;
    let right = found.half(pictures, format!("best photo of {}", candidate.individual))?;
    let by = loaded.local[kind].bundle().name();
    let summary = match marks.len() {
        1 => format!("1 mark seen in both, by {by}"),
        several => format!("{several} marks seen in both, by {by}"),
    };
    Some(Drawn { summary, svg: drawing(&left, &right, &marks) })
}

/// The animal asked about and the bundle of local features by which most is seen twice.
fn strongest<'a>(
    loaded: &Loaded,
    asked: &Asked<'a>,
    annotation: &AnnotationRecord,
    compared: &EvidenceRow,
) -> Option<(usize, &'a Looked, &'a Animal, Evidence)> {
    let of = |kind: usize, (looked, animal): &(&'a Looked, &'a Animal)| {
        let gallery = &loaded.local[kind];
        let form = gallery.form();
        let query = form.packed(animal.local.get(kind)?)?.to_features();
        let evidence =
            Comparer::new(&query, form.rule()).evidence(form.packed(gallery.row_of(annotation.id)?)?)?;
        Some((kind, *looked, *animal, evidence))
    };
    let was_compared = |kind: &usize| compared.matches.contains_key(loaded.local[*kind].bundle().name());
    let all = (0..loaded.local.len())
        .filter(was_compared)
        .flat_map(|kind| asked.animals.iter().filter_map(move |one| of(kind, one)));
    all.filter(|found| found.3.count() > 0)
        .reduce(|best, one| if one.3.count() > best.3.count() { one } else { best })
}

/// A part of a photo, as it was compared and is shown.
struct Shown<'a> {
    photo: OfPhoto<'a>,
    region: PixelBox,
    /// The animal in its own frame, where that was compared.
    body: Option<RgbImage>,
}

impl<'a> Shown<'a> {
    fn of_photo(photo: OfPhoto<'a>, region: Option<PixelBox>, normaliser: Option<&dyn Normaliser>) -> Self {
        let region = region.unwrap_or_else(|| PixelBox::whole(photo.size));
        let body = normaliser.and_then(|normaliser| body(&photo, &region, normaliser));
        Self { photo, region, body }
    }

    fn of_query(
        looked: &'a Looked,
        animal: &Animal,
        paths: &'a [PathBuf],
        pictures: &Pictures<'_>,
        normaliser: Option<&dyn Normaliser>,
    ) -> Option<Self> {
        let (id, picture, size): (_, _, ImageSize) = match &looked.photo {
            Some(photo) => (photo.photo_id, photo.picture_id, photo.full_size),
            None => {
                let known = pictures.photo(&looked.photo_id?)?;
                (known.id, known.picture, known.size)
            }
        };
        Some(Self::of_photo(OfPhoto { paths, id, picture, size }, animal.region, normaliser))
    }

    /// What the network saw: the part of the photo, or the body.
    fn seen(&self) -> PixelBox {
        match &self.body {
            Some(body) => PixelBox::whole(ImageSize { width: body.width(), height: body.height() }),
            None => self.region,
        }
    }

    /// A point of the network's input as shares of what it saw.
    fn share(&self, preprocess: &Preprocess, point: &Keypoint) -> (f64, f64) {
        let (width, height) = preprocess.target_size(&self.seen());
        let left = (preprocess.width - width) / 2;
        let top = (preprocess.height - height) / 2;
        let share =
            |at: f32, from: u32, length: u32| (f64::from(at) + 0.5 - f64::from(from)) / f64::from(length);
        (share(point.x, left, width), share(point.y, top, height))
    }

    fn half(&self, pictures: &mut Pictures<'_>, alt: String) -> Option<Half> {
        let seen = self.seen();
        let uri = pictures.made(|| match &self.body {
            Some(body) => Some(data_uri(&encode_jpeg(body, QUALITY).ok()?)),
            None => picture_in(&self.photo.bytes()?, Some(&self.region), SIDE),
        })?;
        Some(Half { uri, alt, aspect: seen.height / seen.width })
    }
}

/// The animal of a photo in its own frame, made anew as it was to be compared.
fn body(photo: &OfPhoto<'_>, region: &PixelBox, normaliser: &dyn Normaliser) -> Option<RgbImage> {
    let bytes = photo.bytes()?;
    let size = normaliser.preprocess().decode_size(photo.size, Some(region));
    let decoded = decode(&bytes, &Limits::default(), size).ok()?;
    let crop = crop_for(normaliser, &decoded.image, region, photo.size)?;
    normaliser.normalise(&crop).ok().flatten()
}
