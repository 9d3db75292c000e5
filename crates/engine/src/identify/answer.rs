//! The answer to "who is this animal?", in the form that JSON, tables and pages show.

use std::collections::BTreeMap;

use resight_core::{
    AnnotationId, ClassifierTask, Decision, Effort, PhotoId, PixelBox, Quality, Species, Stated,
    UnusableReason, Viewpoint,
};
use serde::{Serialize, Serializer};

use super::NewcomerOf;
use crate::classify::ModelLabels;

/// The answer for one animal in one photo, or for one encounter of several photos.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The photo asked about, as it was given; the first one of an encounter.
    pub photo: String,
    /// All photos of the encounter; left out where there is one photo.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<String>,
    /// What the table calls the row that asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
    /// What the table or the catalog calls the encounter, where encounters were asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encounter: Option<String>,
    /// The annotation of the catalog that was asked about: the photo is the catalog's own, or it was asked by itself.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_optional_text")]
    pub annotation: Option<AnnotationId>,
    /// Where in the photo the animal is, in pixels of the upright photo; none for the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<PixelBox>,
    /// What kind of animal the table, the catalog or a model says it is. It narrowed nothing unless that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub species: Option<Species>,
    /// Which side of it they say is seen. It narrowed nothing unless that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub viewpoint: Option<Viewpoint>,
    /// What of these a model says, because nobody else does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub said_by_models: Vec<SaidByModel>,
    /// The grade of the photo: what somebody said, or else what was measured. Left out where neither is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Quality>,
    /// What the policy says: `match`, `new`, `ask` or `not-identifiable`.
    #[serde(serialize_with = "as_word")]
    pub decision: Decision,
    /// Name of the individual, where the decision is a match.
    pub individual: Option<String>,
    /// Probability that the animal is none of the catalog; none without a calibration.
    pub new_probability: Option<f64>,
    /// Probability that it is one of the individuals that are not listed; none without a calibration.
    pub others_probability: Option<f64>,
    /// The individuals proposed, most similar first.
    pub candidates: Vec<CandidateRow>,
    /// What the query was compared with.
    pub candidate_set: CandidateSet,
    /// The bundle that made the embeddings.
    pub bundle: String,
    /// The slot whose own network that is; left out where it is the one of all animals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// The networks that were asked where a model was not sure of the labels, the likeliest first: their answers were joined by
    /// these probabilities. Left out where one was asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked_slots: Vec<AskedSlot>,
    /// How much work went into it: less than was asked for where something for it is missing.
    pub effort: Effort,
    /// Why, where the decision is `ask` or `not-identifiable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Photos asked about that are photos of the catalog themselves; they did not answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub in_catalog: Vec<InCatalog>,
    /// Photos of the encounter that could not be used.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
    /// The slot whose calibration gave the probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<String>,
    /// Whether that calibration leans on the one that the bundle brought, because the catalog's photos are too few.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub leans_on_bundle: bool,
    /// Which of the answers "new" and "ask" are likely of the same animal as this one; none where nothing was put together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newcomer: Option<NewcomerOf>,
    /// Its place among the answers by what is worth looking at ([`super::AnswerOrder::Worth`]), 1 for the first.
    pub rank: usize,
    /// What `--add` stored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<AnnotationId>,
    /// Content hash of the photo asked about; none where it is no photo.
    #[serde(skip)]
    pub photo_id: Option<PhotoId>,
    /// Places of its photos among those that were kept for the page or to be stored.
    #[serde(skip)]
    pub(super) kept: Vec<usize>,
}

impl Answer {
    /// The answer where nobody can tell.
    pub(super) fn not_identifiable(photo: String, bundle: String, why: UnusableReason) -> Self {
        Self {
            photo,
            photos: Vec::new(),
            row: None,
            encounter: None,
            annotation: None,
            region: None,
            species: None,
            viewpoint: None,
            said_by_models: Vec::new(),
            quality: None,
            reason: Some(why.to_string()),
            decision: Decision::NotIdentifiable(why),
            individual: None,
            new_probability: None,
            others_probability: None,
            candidates: Vec::new(),
            candidate_set: CandidateSet::default(),
            slot: None,
            asked_slots: Vec::new(),
            bundle,
            effort: Effort::Fast,
            in_catalog: Vec::new(),
            left_out: Vec::new(),
            calibration: None,
            leans_on_bundle: false,
            newcomer: None,
            rank: 0,
            added: Vec::new(),
            photo_id: None,
            kept: Vec::new(),
        }
    }
}

/// A network that may serve an animal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AskedSlot {
    /// Its slot; none for the network of all animals.
    pub slot: Option<String>,
    /// How probable it is that the animal is one of the slot's, 0 to 1.
    pub probability: f64,
}

/// A label that a model says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SaidByModel {
    /// Which label.
    pub label: ClassifierTask,
    /// What it says.
    pub value: String,
    /// How probable that is, 0 to 1.
    pub confidence: f32,
    /// The bundle of the model.
    pub by: String,
}

impl SaidByModel {
    fn new<T: ToString>(label: ClassifierTask, said: &Stated<T>) -> Self {
        Self {
            label,
            value: said.value.to_string(),
            confidence: said.confidence.unwrap_or_default(),
            by: said.source.by().unwrap_or_default().to_owned(),
        }
    }

    /// All that models say of an animal.
    pub(super) fn all(said: &ModelLabels) -> Vec<Self> {
        let species = said.species.iter().map(|said| Self::new(ClassifierTask::Species, said));
        let viewpoint = said.viewpoint.iter().map(|said| Self::new(ClassifierTask::Viewpoint, said));
        species.chain(viewpoint).collect()
    }
}

/// An annotation of the catalog that is in a photo asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InCatalog {
    /// The photo, as it was given.
    pub photo: String,
    /// The annotation.
    #[serde(serialize_with = "as_text")]
    pub annotation: AnnotationId,
    /// Whom the catalog says it shows; none where nobody has said.
    pub individual: Option<String>,
}

/// A photo of an encounter that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The photo, as it was given.
    pub photo: String,
    /// Why.
    pub reason: String,
}

/// One individual proposed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CandidateRow {
    /// Its name.
    pub individual: String,
    /// Calibrated probability that it is this one; none without a calibration.
    pub probability: Option<f64>,
    /// Pooled similarity of its photos, higher is closer: of the embeddings, or of all evidences as they were weighed.
    pub similarity: f32,
    /// What the most similar photo has in common with the query, where more than the embeddings was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<EvidenceRow>,
    /// How many of its photos were compared.
    pub photos: usize,
    /// Path of the most similar of them.
    pub best_photo: String,
    /// The most similar annotation.
    #[serde(skip)]
    pub best: AnnotationId,
}

impl CandidateRow {
    /// How alike the embeddings are: of the most similar photo where more was compared, else pooled over all.
    pub fn embedding_similarity(&self) -> f32 {
        self.evidence.as_ref().map_or(self.similarity, |evidence| evidence.embedding)
    }

    /// How many matches of local features the most similar photo has with the query; none where they were not compared.
    pub fn matches(&self) -> Option<u16> {
        let matches = &self.evidence.as_ref()?.matches;
        (!matches.is_empty()).then(|| matches.values().sum())
    }
}

/// What speaks for two photos showing one animal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidenceRow {
    /// Similarity of their embeddings.
    pub embedding: f32,
    /// How many matches of local features fit together, by the bundle that reads them.
    pub matches: BTreeMap<String, u16>,
}

/// What a query was compared with.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CandidateSet {
    /// Number of individuals.
    pub individuals: usize,
    /// Number of their photos.
    pub photos: usize,
    /// Photos whose local features were compared one by one, where an index chose them among so many; absent where all were, or
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub photos_matched: Option<usize>,
    /// Individuals of the catalog that cannot be the answer, for the filters leave none of their photos.
    pub individuals_left_out: usize,
    /// The filters in force, in words, with how many photos had no label to filter by.
    pub filters: Vec<String>,
}

fn as_text<S: Serializer>(id: &AnnotationId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

fn as_optional_text<S: Serializer>(id: &Option<AnnotationId>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => serializer.collect_str(id),
        None => serializer.serialize_none(),
    }
}

fn as_word<S: Serializer>(decision: &Decision, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(decision.word())
}
