//! The marks that a photo asked about and a candidate's best photo have in common, drawn.

use resight_catalog::{AnnotationRecord, PhotoRecord};
use resight_compare::{Comparer, Evidence, Keypoint};
use resight_core::{ImageSize, PixelBox};
use resight_imaging::Preprocess;
use resight_page::matches::{Half, SeenTwice, drawing};

use super::CandidateRow;
use super::looked::{Animal, Looked};
use super::page::Asked;
use super::pictures::{OfPhoto, Pictures};
use crate::session::Loaded;

/// Longer side of each picture of the two, in pixels.
const SIDE: u32 = 640;

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
    candidate.evidence.as_ref()?;
    let (kind, looked, animal, evidence) = strongest(loaded, asked, annotation)?;
    let preprocess = loaded.local[kind].reader.preprocess();
    let paths = [looked.path.clone()];
    let queried = Shown::of_query(looked, animal, &paths, pictures)?;
    let found = Shown::of_photo(OfPhoto::known(photo), annotation.region);
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
    let summary = match marks.len() {
        1 => "1 mark seen in both".to_owned(),
        several => format!("{several} marks seen in both"),
    };
    Some(Drawn { summary, svg: drawing(&left, &right, &marks) })
}

/// The animal asked about and the bundle of local features by which most is seen twice.
fn strongest<'a>(
    loaded: &Loaded,
    asked: &Asked<'a>,
    annotation: &AnnotationRecord,
) -> Option<(usize, &'a Looked, &'a Animal, Evidence)> {
    let of = |kind: usize, (looked, animal): &(&'a Looked, &'a Animal)| {
        let gallery = &loaded.local[kind];
        let form = gallery.form();
        let query = form.packed(animal.local.get(kind)?)?.to_features();
        let evidence =
            Comparer::new(&query, form.rule()).evidence(form.packed(gallery.row_of(annotation.id)?)?)?;
        Some((kind, *looked, *animal, evidence))
    };
    let all =
        (0..loaded.local.len()).flat_map(|kind| asked.animals.iter().filter_map(move |one| of(kind, one)));
    all.filter(|found| found.3.count() > 0)
        .reduce(|best, one| if one.3.count() > best.3.count() { one } else { best })
}

/// A part of a photo, as it is shown.
struct Shown<'a> {
    photo: OfPhoto<'a>,
    region: PixelBox,
}

impl<'a> Shown<'a> {
    fn of_photo(photo: OfPhoto<'a>, region: Option<PixelBox>) -> Self {
        let region = region.unwrap_or_else(|| PixelBox::whole(photo.size));
        Self { photo, region }
    }

    fn of_query(
        looked: &'a Looked,
        animal: &Animal,
        paths: &'a [std::path::PathBuf],
        pictures: &Pictures<'_>,
    ) -> Option<Self> {
        let (id, picture, size): (_, _, ImageSize) = match &looked.photo {
            Some(photo) => (photo.photo_id, photo.picture_id, photo.full_size),
            None => {
                let known = pictures.photo(&looked.photo_id?)?;
                (known.id, known.picture, known.size)
            }
        };
        Some(Self::of_photo(OfPhoto { paths, id, picture, size }, animal.region))
    }

    /// A point of the network's input as shares of the part that is shown.
    fn share(&self, preprocess: &Preprocess, point: &Keypoint) -> (f64, f64) {
        let (width, height) = preprocess.target_size(&self.region);
        let left = (preprocess.width - width) / 2;
        let top = (preprocess.height - height) / 2;
        let share =
            |at: f32, from: u32, length: u32| (f64::from(at) + 0.5 - f64::from(from)) / f64::from(length);
        (share(point.x, left, width), share(point.y, top, height))
    }

    fn half(&self, pictures: &mut Pictures<'_>, alt: String) -> Option<Half> {
        let uri = pictures.part(&self.photo, &self.region, SIDE)?;
        Some(Half { uri, alt, aspect: self.region.height / self.region.width })
    }
}
