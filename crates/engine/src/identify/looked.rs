//! What was seen in a photo asked about.

use std::path::PathBuf;

use resight_catalog::AnnotationRecord;
use resight_core::{Flaw, ImageSize, LabelFilter, PhotoId, PixelBox, Quality, UnusableReason};
use resight_model::chain::{PhotoFailure, ProcessedPhoto};
use resight_vector::f16;

use super::boxes::leaves;
use super::gallery::SearchableGallery;
use super::jobs::{Known, KnownEmbedding};
use super::questions::Query;
use super::routed::Routes;
use crate::classify::{Classifiers, ModelLabels};

/// A photo asked about, looked at.
pub(super) struct Looked {
    /// The path, as it was given, and as it is shown.
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) row: Option<String>,
    /// Whether the path is one: bytes in memory have a mere name.
    pub(super) is_file: bool,
    /// Content hash; none where the file is no photo.
    pub(super) photo_id: Option<PhotoId>,
    pub(super) seen: Seen,
    /// What the chain knows of the photo besides its animals; none where the catalog knew it.
    pub(super) photo: Option<ProcessedPhoto>,
    /// That a box leaves the picture, in words.
    pub(super) remark: Option<String>,
}

/// What was seen.
pub(super) enum Seen {
    /// Nothing: the file cannot be read.
    Unread(String),
    /// A file of which nothing can be made.
    Unusable(UnusableReason),
    /// These animals.
    Animals(Vec<Animal>),
}

/// One animal asked about.
#[derive(Debug, Clone)]
pub(super) struct Animal {
    /// The annotation of the catalog, where it is one.
    pub(super) annotation: Option<AnnotationRecord>,
    /// Where it is; none for the whole picture.
    pub(super) region: Option<PixelBox>,
    /// What found it.
    pub(super) found_by: FoundBy,
    /// Species and viewpoint that the table or the catalog states, and where they do not, what the models say.
    pub(super) labels: LabelFilter,
    /// What of them the models say.
    pub(super) said: ModelLabels,
    pub(super) embedding: Result<Vec<f32>, UnusableReason>,
    /// The grade of the photo of it, and what is worst about that where it was measured.
    pub(super) quality: Option<(Quality, Option<Flaw>)>,
    /// That nobody could be named by a photo of this grade.
    pub(super) too_poor: Option<UnusableReason>,
    /// A row of local features for each bundle of them that serves; empty where some are missing.
    pub(super) local: Vec<Vec<f16>>,
    /// The networks that may serve it, with what they made of it.
    pub(super) routes: Routes,
}

/// What found an animal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum FoundBy {
    /// Whoever gave the box, or put it into the catalog.
    Person,
    /// The catalog's detector, with its own number.
    Detector(Option<f32>),
}

impl Looked {
    fn new(query: &Query, photo_id: Option<PhotoId>, seen: Seen) -> Self {
        Self {
            path: query.path.clone(),
            shown: query.shown(),
            row: query.row.clone(),
            is_file: query.bytes.is_none(),
            photo_id,
            seen,
            photo: None,
            remark: None,
        }
    }

    pub(super) fn unread(query: &Query, why: String) -> Self {
        Self::new(query, None, Seen::Unread(why))
    }

    /// A photo as the chain saw it. `drawn` are the boxes that it was given, in pixels of the upright photo;
    /// `whole_picture` says that no detector looks for animals where there are none.
    pub(super) fn processed(
        query: &Query,
        drawn: &[PixelBox],
        processed: Result<ProcessedPhoto, PhotoFailure>,
        whole_picture: bool,
        models: &AskedModels<'_>,
    ) -> Self {
        let mut photo = match processed {
            Ok(photo) => photo,
            Err(failure) => {
                return Self::new(
                    query,
                    None,
                    Seen::Unusable(UnusableReason::Undecodable(failure.to_string())),
                );
            }
        };
        let is_drawn = !drawn.is_empty();
        let crops = std::mem::take(&mut photo.crops);
        let mut animals: Vec<Animal> = crops
            .into_iter()
            .map(|crop| {
                let (labels, said) = models.labels(&query.labels, &crop.further);
                Animal {
                    annotation: None,
                    region: (is_drawn || !whole_picture).then_some(crop.region),
                    found_by: if is_drawn {
                        FoundBy::Person
                    } else {
                        FoundBy::Detector(crop.detector_confidence)
                    },
                    labels,
                    said,
                    embedding: crop.embedding,
                    quality: crop.clarity.map(|seen| (seen.quality(), Some(seen.flaw()))),
                    too_poor: None,
                    local: Vec::new(),
                    routes: Routes::default(),
                }
            })
            .collect();
        let mut remark = None;
        for (given, animal) in drawn.iter().zip(&mut animals) {
            match outside(given, photo.full_size) {
                None => {}
                Some(Outside::Partly(told)) => remark = Some(told),
                Some(Outside::Wholly(told)) => animal.embedding = Err(UnusableReason::Noted(told)),
            }
        }
        let looked = Self::new(query, Some(photo.photo_id), Seen::Animals(animals));
        Self { photo: Some(photo), remark, ..looked }
    }

    /// A photo that the catalog knows, or one annotation of it. `made` are the embeddings that the chain made of the
    /// annotations that had none yet, or why it made none.
    pub(super) fn known(
        query: &Query,
        known: Known,
        made: Option<Result<ProcessedPhoto, PhotoFailure>>,
        gallery: &SearchableGallery<'_>,
    ) -> Self {
        let mut made = made.map(|outcome| {
            outcome.map(|photo| photo.crops.into_iter()).map_err(|failure| failure.to_string())
        });
        let mut next_made = || match &mut made {
            Some(Ok(crops)) => crops.next().map_or(Err(UnusableReason::NoEmbedding), |crop| crop.embedding),
            Some(Err(failure)) => Err(UnusableReason::Undecodable(failure.clone())),
            None => Err(UnusableReason::NotEmbedded),
        };
        let photo = known.photo;
        let animals = known
            .animals
            .into_iter()
            .map(|(annotation, embedding)| Animal {
                region: annotation.region,
                found_by: FoundBy::Person,
                said: ModelLabels::default(),
                labels: LabelFilter {
                    species: query.labels.species.clone().or_else(|| annotation.species.clone()),
                    viewpoint: query.labels.viewpoint.clone().or_else(|| annotation.viewpoint.clone()),
                },
                quality: annotation.quality.map(|quality| (quality, None)),
                too_poor: None,
                annotation: Some(annotation),
                local: Vec::new(),
                routes: Routes::default(),
                embedding: match embedding {
                    KnownEmbedding::Row(row) => gallery.embedding(row).ok_or(UnusableReason::NotEmbedded),
                    KnownEmbedding::Unusable(why) => Err(UnusableReason::Noted(why)),
                    KnownEmbedding::ToCome => next_made(),
                },
            })
            .collect();
        Self::new(query, Some(photo), Seen::Animals(animals))
    }
}

impl Animal {
    /// What is compared with the catalog, or why nothing is.
    pub(super) fn asked(&self) -> Result<&[f32], &UnusableReason> {
        match (&self.too_poor, &self.embedding) {
            (Some(why), Ok(_)) | (_, Err(why)) => Err(why),
            (None, Ok(embedding)) => Ok(embedding),
        }
    }

    /// The same animal as if nobody had said of it what models say.
    pub(super) fn without_what_models_say(&self) -> Self {
        let mut animal = self.clone();
        if self.said.species.is_some() {
            animal.labels.species = None;
        }
        if self.said.viewpoint.is_some() {
            animal.labels.viewpoint = None;
        }
        animal
    }

    /// Does not ask where photos of this grade named nobody.
    pub(super) fn refuse_below(&mut self, least: Quality) {
        let too_poor = self.quality.filter(|(quality, _)| *quality < least);
        self.too_poor = too_poor.map(|(quality, flaw)| UnusableReason::TooPoor { quality, flaw });
    }
}

/// The models that say what nobody else does.
pub(super) struct AskedModels<'a> {
    pub(super) classifiers: &'a Classifiers,
    /// What whoever asks says of all animals: there no model is asked.
    pub(super) labels: &'a LabelFilter,
}

impl AskedModels<'_> {
    /// What is stated of an animal, and where nothing is, what the models say by their scores; beside it what of that is theirs.
    fn labels(
        &self,
        stated: &LabelFilter,
        scores: &[Result<Vec<f32>, UnusableReason>],
    ) -> (LabelFilter, ModelLabels) {
        let mut said = self.classifiers.say(scores);
        if stated.species.is_some() || self.labels.species.is_some() {
            (said.species, said.likely_species) = (None, Vec::new());
        }
        if stated.viewpoint.is_some() || self.labels.viewpoint.is_some() {
            (said.viewpoint, said.likely_viewpoints) = (None, Vec::new());
        }
        let species = said.species.as_ref().map(|said| said.value.clone());
        let viewpoint = said.viewpoint.as_ref().map(|said| said.value.clone());
        let labels = LabelFilter {
            species: stated.species.clone().or(species),
            viewpoint: stated.viewpoint.clone().or(viewpoint),
        };
        (labels, said)
    }
}

/// A box that leaves its picture, in words.
enum Outside {
    /// The rest of it was asked about.
    Partly(String),
    /// Nothing of it is left.
    Wholly(String),
}

fn outside(given: &PixelBox, size: ImageSize) -> Option<Outside> {
    if !leaves(given, size) {
        return None;
    }
    let picture = format!("the picture of {} × {} pixels", size.width, size.height);
    let PixelBox { x, y, width, height, .. } = given;
    let numbers = format!("{x},{y},{width},{height}");
    Some(match given.clamped(size) {
        Some(_) => Outside::Partly(format!("the box leaves {picture} and was cut: {numbers}")),
        None => Outside::Wholly(format!("the box lies outside of {picture}: {numbers}")),
    })
}
