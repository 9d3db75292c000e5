//! Which of the answers "new" and "ask" of one request are likely of one animal.

use std::collections::BTreeSet;

use resight_catalog::{CalibrationRecord, exact_similarity};
use resight_core::{
    BundleId, Calibration, Candidate, Decision, Distance, Effort, Fusion, IndividualId, LabelFilter,
    NewcomerPhoto, NewcomerQuestion, NumberOfNewcomers, PhotoId, PixelBox, Pooling, Similarity, SpeciesTypes,
};
use resight_vector::f16;
use serde::Serialize;

use super::looked::{Animal, Looked};
use super::{Answer, AskReason};
use crate::local::{CloserLook, LocalGallery, count_matches};
use crate::session::Loaded;
use crate::{CancelToken, EngineError, Progress, Stage};

/// Photos that are put together, at most: every one is compared with every other one, again and again.
const MOST_PHOTOS: usize = 2000;

/// The newcomers among the answers of one request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NewcomersFound {
    /// How many answers say "new" or "ask" by a calibration: these are put together.
    pub answers: usize,
    /// Those of them that are likely of one animal; every one of them is in one cluster.
    pub clusters: Vec<NewcomerClusterRow>,
    /// How many new individuals they show; none where nothing was put together.
    pub number: Option<NumberOfNewcomers>,
    /// Why nothing was put together, where that is so.
    pub missing: Option<String>,
}

/// Answers that are likely of one new individual.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewcomerClusterRow {
    /// What it is called in this result: `A`, `B`, …
    pub name: String,
    /// Places of the answers.
    pub answers: Vec<usize>,
    /// How many photos they are of.
    pub photos: usize,
    /// How likely they show one individual: the mean over the answers; none for one alone.
    pub probability: Option<f64>,
    /// How likely the least likely of them belongs to it; none for one alone.
    pub weakest: Option<f64>,
}

/// The cluster that an answer is in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewcomerOf {
    /// Name of the cluster.
    pub cluster: String,
    /// How many answers are in it.
    pub answers: usize,
    /// How likely this one shows the individual of the others; none for one alone.
    pub probability: Option<f64>,
}

/// An answer that may be of a new individual, as it was asked.
#[derive(Debug, Clone)]
pub(super) struct Newcomer {
    /// The slot whose calibration answered, and for which effort.
    slot: String,
    /// The network that answered: that of a slot, by its place in the session, or that of all animals.
    network: Option<usize>,
    effort: Effort,
    /// What each evidence was worth.
    fusion: Fusion,
    /// What may answer it.
    labels: LabelFilter,
    photos: Vec<AskedPhoto>,
}

/// One photo of it.
#[derive(Debug, Clone)]
pub(super) struct AskedPhoto {
    photo: Option<PhotoId>,
    region: Option<PixelBox>,
    labels: LabelFilter,
    /// Rounded as it would be stored.
    embedding: Vec<f16>,
    /// A row of local features for each bundle of them.
    local: Vec<Vec<f16>>,
    known: Vec<(IndividualId, Similarity)>,
}

impl AskedPhoto {
    pub(super) fn of(looked: &Looked, animal: &Animal, embedding: &[f32], candidates: &[Candidate]) -> Self {
        Self {
            photo: looked.photo_id,
            region: animal.region,
            labels: animal.labels.clone(),
            embedding: embedding.iter().map(|value| f16::from_f32(*value)).collect(),
            local: animal.local.clone(),
            known: candidates.iter().map(|one| (one.individual, one.similarity)).collect(),
        }
    }

    /// Two animals in one photo. A photo that is asked about twice is no such thing.
    fn is_beside(&self, other: &Self) -> bool {
        self.photo.is_some() && self.photo == other.photo && self.region != other.region
    }
}

impl Newcomer {
    /// The newcomer of an answer; none where it is a match, or nothing calibrated says what it is.
    pub(super) fn of(
        answer: &Answer,
        network: Option<usize>,
        fusion: &Fusion,
        labels: &LabelFilter,
        photos: Vec<AskedPhoto>,
    ) -> Option<Self> {
        let undecided = matches!(&answer.decision, Decision::New | Decision::Ask(AskReason::Uncertain));
        let slot = answer.calibration.clone().filter(|_| undecided)?;
        let (effort, fusion) = (answer.effort, fusion.clone());
        Some(Self { slot, network, effort, fusion, labels: labels.clone(), photos })
    }

    /// Whether a photo of another one may answer it.
    fn admits(&self, photo: &AskedPhoto, types: &SpeciesTypes) -> bool {
        self.labels.admits(photo.labels.species.as_ref(), photo.labels.viewpoint.as_ref(), types)
    }

    /// Whether the two may show one animal, as far as their photos tell. Embeddings of different networks are never compared.
    fn may_be(&self, other: &Self) -> bool {
        if self.network != other.network {
            return false;
        }
        let pairs = || self.photos.iter().flat_map(|one| other.photos.iter().map(move |two| (one, two)));
        !pairs().any(|(one, two)| one.is_beside(two))
    }
}

/// The newcomers of a request, gathered while it is answered.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// Each with the place of its answer.
    newcomers: Vec<(usize, Newcomer)>,
    photos: usize,
    answers: usize,
}

impl Gathered {
    /// Takes the newcomer of the answer at `place`. What is too many to be put together is not kept.
    pub(super) fn take(&mut self, place: usize, newcomer: Newcomer) {
        self.answers += 1;
        self.photos += newcomer.photos.len();
        match self.photos > MOST_PHOTOS {
            true => self.newcomers.clear(),
            false => self.newcomers.push((place, newcomer)),
        }
    }

    /// Puts together what is likely the same, and says in each answer where it belongs.
    pub(super) fn put_together(
        self,
        answers: &mut [Answer],
        loaded: &Loaded,
        pooling: Pooling,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> NewcomersFound {
        if let Some(missing) = self.missing(answers) {
            return NewcomersFound { answers: self.answers, missing: Some(missing), ..Default::default() };
        }
        let calibration_of = |newcomer: &Newcomer| -> Option<&Calibration> {
            let is_it = |record: &&CalibrationRecord| {
                record.effort == newcomer.effort && record.slot.to_string() == newcomer.slot
            };
            let records = match newcomer.network {
                Some(network) => &loaded.routed.get(network)?.calibrations,
                None => &loaded.calibrations,
            };
            records.iter().find(is_it)?.outcome.as_ref().ok()
        };
        let served: Vec<(usize, &Newcomer, &Calibration)> = self
            .newcomers
            .iter()
            .filter_map(|(place, newcomer)| Some((*place, newcomer, calibration_of(newcomer)?)))
            .collect();
        let alike = match Alike::of(&served, loaded, progress, cancel) {
            Ok(alike) => alike,
            Err(error) => {
                let missing = Some(format!("they could not be compared: {error}"));
                return NewcomersFound { answers: self.answers, missing, ..Default::default() };
            }
        };
        let questions = questions(&served, pooling, &alike);
        let found = resight_core::Newcomers::among(&questions, pooling);
        let mut clusters = Vec::with_capacity(found.clusters.len());
        for (number, cluster) in found.clusters.iter().enumerate() {
            let name = letters(number);
            for (at, member) in cluster.members.iter().enumerate() {
                answers[served[*member].0].newcomer = Some(NewcomerOf {
                    cluster: name.clone(),
                    answers: cluster.members.len(),
                    probability: cluster.probabilities.get(at).copied(),
                });
            }
            clusters.push(NewcomerClusterRow {
                name,
                answers: cluster.members.iter().map(|member| served[*member].0).collect(),
                photos: cluster.members.iter().map(|member| served[*member].1.photos.len()).sum(),
                probability: cluster.holds(),
                weakest: cluster.weakest(),
            });
        }
        NewcomersFound { answers: self.answers, clusters, number: Some(found.number), missing: None }
    }

    /// Why nothing can be put together.
    fn missing(&self, answers: &[Answer]) -> Option<String> {
        if self.photos > MOST_PHOTOS {
            return Some(format!(
                "{} photos are too many to put newcomers together; {MOST_PHOTOS} are not: ask about a part of them, or by \
                 encounter",
                self.photos
            ));
        }
        if !self.newcomers.is_empty() {
            return None;
        }
        let why = answers.iter().find_map(|answer| match &answer.decision {
            Decision::Ask(AskReason::NotCalibrated(why)) => Some(why.clone()),
            _ => None,
        });
        Some(why.map_or_else(|| "nobody is new".to_owned(), |why| format!("not calibrated: {why}")))
    }
}

/// How alike the photos asked about are.
struct Alike<'a> {
    /// By place of the question, what its embeddings are compared by.
    distances: Vec<Distance>,
    bundles: Vec<&'a BundleId>,
    types: &'a SpeciesTypes,
    /// By bundle, the matches of every photo with every photo.
    matches: Vec<Vec<Vec<u16>>>,
    /// Number of the first photo of each question.
    first: Vec<usize>,
}

impl<'a> Alike<'a> {
    fn of(
        served: &[(usize, &Newcomer, &Calibration)],
        loaded: &'a Loaded,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Self, EngineError> {
        let mut first = Vec::new();
        let mut photos: Vec<&AskedPhoto> = Vec::new();
        for (_, newcomer, _) in served {
            first.push(photos.len());
            photos.extend(&newcomer.photos);
        }
        let weighs = |bundle: &BundleId| served.iter().any(|one| one.1.fusion.weighs(bundle));
        let closer = loaded.closer().filter(|closer| weighs(closer.bundle()));
        let is_worth = |gallery: &LocalGallery| closer.is_some() || weighs(gallery.bundle());
        let kinds: Vec<(usize, &LocalGallery)> =
            loaded.local.iter().enumerate().filter(|(_, gallery)| is_worth(gallery)).collect();
        let total = (photos.len() * kinds.len()) as u64;
        progress.begin(Stage { title: "comparing newcomers".to_owned(), total: Some(total) });
        let with_all = |kind: usize, gallery: &LocalGallery, asked: &AskedPhoto| {
            progress.advance(1);
            matches_with_all(gallery, kind, asked, &photos)
        };
        let matches = kinds
            .iter()
            .map(|(kind, gallery)| photos.iter().map(|asked| with_all(*kind, gallery, asked)).collect())
            .collect();
        let bundles = kinds.iter().map(|(_, gallery)| gallery.bundle()).collect();
        let distance = |newcomer: &Newcomer| {
            let routed = newcomer.network.and_then(|network| loaded.routed.get(network));
            routed.map_or(&loaded.embeddings, |network| &network.embeddings).bundle().distance
        };
        let distances = served.iter().map(|(_, newcomer, _)| distance(newcomer)).collect();
        let types = &loaded.settings.species_types;
        let mut alike = Self { distances, bundles, types, matches, first };
        if let Some(closer) = closer {
            let reads = |(_, gallery): &&(usize, &LocalGallery)| gallery.bundle() == closer.features();
            if let Some((kind, _)) = kinds.iter().find(reads) {
                alike.look_closer(closer, *kind, served, &photos, progress, cancel)?;
            }
        }
        Ok(alike)
    }

    /// Looks at the likeliest photos of the others more closely, as at those of the catalog.
    fn look_closer(
        &mut self,
        closer: &'a CloserLook,
        kind: usize,
        served: &[(usize, &Newcomer, &Calibration)],
        photos: &[&AskedPhoto],
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<(), EngineError> {
        let usual = Fusion::usual(self.bundles.iter().map(|bundle| (*bundle).clone()));
        let weights = usual.weights(self.bundles.iter().copied());
        let row = |photo: usize| photos[photo].local.get(kind).map_or(&[][..], Vec::as_slice);
        let question = |photo: usize| self.first.partition_point(|first| *first <= photo) - 1;
        progress.begin(Stage { title: "looking closer".to_owned(), total: Some(photos.len() as u64) });
        let mut column = Vec::with_capacity(photos.len());
        for asked in 0..photos.len() {
            if cancel.is_cancelled() {
                return Err(EngineError::user("stopped"));
            }
            let own = served[question(asked)].1;
            let query: Vec<f32> = photos[asked].embedding.iter().map(|value| value.to_f32()).collect();
            let may_answer = |other: &usize| {
                question(*other) != question(asked)
                    && own.admits(photos[*other], self.types)
                    && own.may_be(served[question(*other)].1)
            };
            let others: Vec<usize> = (0..photos.len()).filter(may_answer).collect();
            let alike = |other: &usize| {
                let distance = self.distances[question(asked)];
                let embedding = exact_similarity(distance, &query, &photos[*other].embedding);
                let matches = self.matches.iter().map(|matches| matches[asked][*other]);
                (question(*other), usual.similarity(embedding, &weights, matches))
            };
            let alike: Vec<(usize, Similarity)> = others.iter().map(alike).collect();
            let matches = closer.look(row(asked), &alike, |place| row(others[place]))?;
            let mut counts = vec![0; photos.len()];
            others.iter().zip(matches).for_each(|(other, count)| counts[*other] = count);
            column.push(counts);
            progress.advance(1);
        }
        self.bundles.push(closer.bundle());
        self.matches.push(column);
        Ok(())
    }

    /// How alike a photo of one question is to one of another, each with its place in its question; by the weights of the
    /// first question.
    fn similarity(
        &self,
        served: &[(usize, &Newcomer, &Calibration)],
        asked: (usize, usize),
        other: (usize, usize),
    ) -> Similarity {
        let photo = |at: (usize, usize)| &served[at.0].1.photos[at.1];
        let query: Vec<f32> = photo(asked).embedding.iter().map(|value| value.to_f32()).collect();
        let embedding = exact_similarity(self.distances[asked.0], &query, &photo(other).embedding);
        let number = |at: (usize, usize)| self.first[at.0] + at.1;
        let fusion = &served[asked.0].1.fusion;
        let weights = fusion.weights(self.bundles.iter().copied());
        let matches = self.matches.iter().map(|matches| matches[number(asked)][number(other)]);
        fusion.similarity(embedding, &weights, matches)
    }
}

fn matches_with_all(
    gallery: &LocalGallery,
    kind: usize,
    asked: &AskedPhoto,
    photos: &[&AskedPhoto],
) -> Vec<u16> {
    let packed = asked.local.get(kind).and_then(|row| gallery.form().packed(row));
    match packed {
        Some(packed) => count_matches(gallery.form(), &packed.to_features(), photos, |photo| {
            photo.local.get(kind).map(Vec::as_slice)
        }),
        None => vec![0; photos.len()],
    }
}

/// Compares all with each other, each photo with each other question.
fn questions<'a>(
    served: &[(usize, &Newcomer, &'a Calibration)],
    pooling: Pooling,
    alike: &Alike<'_>,
) -> Vec<NewcomerQuestion<'a>> {
    let beside: BTreeSet<(usize, usize)> = pairs(served.len())
        .filter(|(one, other)| !served[*one].1.may_be(served[*other].1))
        .flat_map(|(one, other)| [(one, other), (other, one)])
        .collect();
    let photo = |place: usize, at: usize, newcomer: &Newcomer, asked: &AskedPhoto| NewcomerPhoto {
        known: asked.known.clone(),
        others: served
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place && !beside.contains(&(place, *other)))
            .filter_map(|(other, (_, rival, _))| {
                let photos = rival.photos.iter().enumerate();
                let admitted = photos.filter(|(_, photo)| newcomer.admits(photo, alike.types));
                let mut found: Vec<(Similarity, usize)> = admitted
                    .map(|(rival_at, _)| (alike.similarity(served, (place, at), (other, rival_at)), rival_at))
                    .collect();
                Some((other, pooling.of(&mut found)?.0))
            })
            .collect(),
    };
    served
        .iter()
        .enumerate()
        .map(|(place, (_, newcomer, calibration))| NewcomerQuestion {
            calibration,
            photos: newcomer
                .photos
                .iter()
                .enumerate()
                .map(|(at, asked)| photo(place, at, newcomer, asked))
                .collect(),
        })
        .collect()
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count).flat_map(|other| (0..other).map(move |one| (one, other)))
}

/// `A` to `Z`, then `AA`, `AB`, …
fn letters(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + u8::try_from(number % 26).unwrap_or(0)));
        match number / 26 {
            0 => break,
            more => number = more - 1,
        }
    }
    letters.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_are_lettered_as_columns_of_a_spreadsheet() {
        let named: Vec<String> = [0, 25, 26, 51, 52, 701, 702].map(letters).to_vec();
        assert_eq!(named, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn animals_side_by_side_are_two_and_a_photo_asked_twice_is_one() {
        let asked = |photo: u8, region: Option<f64>| AskedPhoto {
            photo: Some(PhotoId([photo; 32])),
            region: region.map(|x| PixelBox::at(x, 0.0, 9.0, 9.0)),
            labels: LabelFilter::default(),
            embedding: Vec::new(),
            local: Vec::new(),
            known: Vec::new(),
        };
        let left = asked(1, Some(0.0));
        assert!(left.is_beside(&asked(1, Some(9.0))) && !left.is_beside(&left));
        assert!(!left.is_beside(&asked(2, Some(9.0))));
        let whole = asked(1, None);
        assert!(!whole.is_beside(&whole));
    }
}
