//! What is wrong with my names? Photos that show somebody else, animals with two names, names that a background gives away.
//!
//! The labelled photos are embedded and compared as in an evaluation. What the evidence contradicts is listed with its
//! probability ([`resight_eval::suspects`]), what labels alone contradict beside it ([`resight_dataset::audit`]), and two
//! trials with altered photos say what the model goes by. Nothing is changed: a person looks and decides.

mod altered;
mod asked_altered;
mod html;

use std::collections::BTreeMap;
use std::path::PathBuf;

use resight_core::{ImageSize, PhotoId, PixelBox};
use resight_dataset::{AuditOptions, PhotoFacts, Row, audit as audit_labels};
use resight_eval::{Gallery, LabelledRow, SuspectOptions, Suspects, suspects};
use serde::Serialize;

use self::altered::Original;
use self::asked_altered::Material;
use crate::evaluate::{ComparedRows, EvaluateRequest, Tools};
use crate::{CancelToken, EngineError, Models, Progress, Stage, Warning};

pub use self::asked_altered::AskedAltered;
pub use self::html::{mirrored, without_animal};

/// What to audit, and how closely to look.
#[derive(Debug, Clone)]
pub struct AuditRequest {
    /// The table, and how its photos are compared.
    pub compared: EvaluateRequest,
    /// What is expected, and what is worth telling.
    pub suspect: SuspectOptions,
    /// Kilometres an hour that no animal keeps up.
    pub fastest: f64,
    /// Whether to ask photos without their animals, and mirrored.
    pub ask_altered: bool,
    /// Whether to make a page with pictures.
    pub page: bool,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Audit {
    /// What was audited.
    pub source: PathBuf,
    /// Labelled photos that were looked at.
    pub photos: usize,
    /// Individuals that they are named after.
    pub individuals: usize,
    /// Those of the photos that asked whom they show: of very many, some.
    pub asked: usize,
    /// Photos of which nothing can be said, for lack of a calibration.
    pub uncalibrated: usize,
    /// Why, for the first of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncalibrated_reason: Option<String>,
    /// Photos that show somebody else, the likeliest first.
    pub wrong_names: Vec<WrongNameRow>,
    /// Individuals that are one animal, the likeliest first.
    pub one_animal: Vec<OneAnimalRow>,
    /// How many of these are expected to be right as they are.
    pub expected_right: f64,
    /// Photos of one individual too far from each other.
    pub impossible_journeys: Vec<JourneyRow>,
    /// One name twice in one photo.
    pub twice_in_one_photo: Vec<PairRow>,
    /// The same file, or the same box of it, under two names.
    pub same_photo: Vec<Vec<PhotoRow>>,
    /// Individuals of more than one species, with these.
    pub species_conflicts: Vec<(String, Vec<String>)>,
    /// What the photos without their animals are worth; none where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_animal: Option<AlteredRow>,
    /// What mirrored photos are worth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirrored: Option<AlteredRow>,
    /// Rows and photos that could not be used, and why.
    pub failures: Vec<Warning>,
    /// What else was noticed.
    pub warnings: Vec<Warning>,
    /// The page, where one was asked for.
    #[serde(skip)]
    pub page: Option<String>,
}

/// What came of a asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlteredRow {
    /// What was measured.
    Measured(AskedAltered),
    /// Why nothing was.
    NotLookedAt(String),
}

/// A photo of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhotoRow {
    /// Name of the row.
    pub photo: String,
    /// Its file.
    pub path: PathBuf,
    /// Whom it is named after.
    pub individual: String,
}

/// A photo that shows somebody else.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WrongNameRow {
    /// The photo.
    #[serde(flatten)]
    pub photo: PhotoRow,
    /// Whom it shows.
    pub shows: String,
    /// Probability that it does.
    pub probability: f64,
    /// Whether it may be the other way round: the photo that speaks for it shows whom this one is named after.
    pub or_the_other: bool,
    /// The photo of that one that speaks for it.
    pub like: PhotoRow,
    /// How similar the two are, all evidence taken together.
    pub similarity: f32,
    /// How similar the photo is to the most similar one of whom it is named after; none where there is none to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_similarity: Option<f32>,
    #[serde(skip)]
    rows: (u32, u32),
}

/// Individuals that are one animal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OneAnimalRow {
    /// The two names.
    pub individuals: [String; 2],
    /// Probability that they are one.
    pub probability: f64,
    /// Pairs of photos that speak for it, one of each, the most similar first.
    pub pairs: Vec<[PhotoRow; 2]>,
    #[serde(skip)]
    rows: (u32, u32),
}

/// Two photos of one individual, too far from each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JourneyRow {
    /// The individual.
    pub individual: String,
    /// Its two photos, the earlier one first.
    pub photos: [PhotoRow; 2],
    /// How far from each other they were taken.
    pub kilometers: f64,
    /// The longest time that can lie between them, in hours.
    pub hours: f64,
}

/// Two photos, or two boxes of one.
pub type PairRow = [PhotoRow; 2];

impl Audit {
    /// What was compared, in a sentence.
    pub fn lead(&self) -> String {
        let all = format!("{} photos of {} individuals", self.photos, self.individuals);
        match self.asked < self.photos {
            true => format!("{all}; {} of the photos were asked whom they show.", self.asked),
            false => format!("{all} were compared with each other."),
        }
    }

    /// What came of it, in a sentence or two.
    pub fn verdict(&self) -> String {
        let reason = self.uncalibrated_reason.as_deref().unwrap_or_default();
        if self.uncalibrated == self.asked {
            return format!("No name could be judged: {reason}.");
        }
        let mut words = match self.uncalibrated {
            0 => String::new(),
            some => format!("{some} of the photos cannot be judged: {reason}. "),
        };
        words.push_str(match self.found_something() {
            true => "Nothing was changed.",
            false => "Nothing was found that contradicts the names.",
        });
        if !(self.wrong_names.is_empty() && self.one_animal.is_empty()) {
            words.push_str(&format!(
                " Of the wrong and second names, {:.1} are expected to be right as they are.",
                self.expected_right
            ));
        }
        words
    }

    /// Whether there is something for a person to look at.
    pub fn found_something(&self) -> bool {
        let gives_away =
            matches!(&self.without_animal, Some(AlteredRow::Measured(asked)) if asked.gives_away());
        gives_away
            || !(self.wrong_names.is_empty()
                && self.one_animal.is_empty()
                && self.impossible_journeys.is_empty()
                && self.twice_in_one_photo.is_empty()
                && self.same_photo.is_empty()
                && self.species_conflicts.is_empty())
    }
}

/// Audits the names of a table.
///
/// # Errors
/// As [`crate::evaluate::evaluate`].
pub fn audit(
    request: &AuditRequest,
    models: &Models,
    progress: &dyn Progress,
    cancel: &CancelToken,
) -> Result<Audit, EngineError> {
    let _span = tracing::info_span!("audit").entered();
    check(request)?;
    let (table, division, loaded) = request.compared.begin(models, progress, cancel)?;
    let tools = loaded.tools();
    let compared = ComparedRows::of(&request.compared, table, &division, &tools, progress, cancel)?;
    progress
        .begin(Stage { title: "looking for names that the evidence contradicts".to_owned(), total: None });
    let options = request.compared.options(tools.embedder.manifest());
    let distance = tools.embedder.manifest().distance;
    let rows: &[LabelledRow] = &compared.labelled.rows;
    let gallery = Gallery { rows, embeddings: &[compared.embeddings()?], distance };
    let found = suspects(&gallery, &compared.evidence, &compared.protocol, &options, request.suspect)?;
    let used = Used::of(&compared);
    let mut audit = used.audit(request, &found);
    if request.ask_altered {
        let material = Material {
            rows,
            originals: &used.originals(),
            embeddings: compared.embeddings()?,
            local: &compared.local,
            tools: &tools,
            options: &options,
            distance,
        };
        audit.without_animal = Some(material.without_animal(progress, cancel)?.into());
        audit.mirrored = Some(material.mirrored(progress, cancel)?.into());
    }
    audit.failures = compared.failures.clone();
    audit.warnings = compared.warnings.clone();
    if request.page {
        progress.begin(Stage { title: "drawing".to_owned(), total: None });
        audit.page = Some(html::page(&audit, &used, &tools)?);
    }
    progress.end();
    Ok(audit)
}

fn check(request: &AuditRequest) -> Result<(), EngineError> {
    let SuspectOptions { share_wrong, least } = request.suspect;
    if !(share_wrong > 0.0 && share_wrong < 1.0) {
        return Err(EngineError::user("the share of wrong names must lie between 0 and 1, both left out"));
    }
    if !(0.0..=1.0).contains(&least) {
        return Err(EngineError::user("the least probability must lie from 0 to 1"));
    }
    if !(request.fastest > 0.0 && request.fastest.is_finite()) {
        return Err(EngineError::user("the greatest speed must be above 0"));
    }
    Ok(())
}

impl PhotoRow {
    /// Its name, and the file's where that says something else.
    pub fn shown(&self) -> String {
        let file = self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match file.contains(&self.photo) || self.photo.contains(&file) {
            true => self.photo.clone(),
            false => format!("{} ({file})", self.photo),
        }
    }
}

impl From<Result<AskedAltered, String>> for AlteredRow {
    fn from(outcome: Result<AskedAltered, String>) -> Self {
        outcome.map_or_else(Self::NotLookedAt, Self::Measured)
    }
}

/// The rows of the table that took part, in the order of their embeddings.
struct Used<'a> {
    rows: Vec<&'a Row>,
    facts: &'a [PhotoFacts],
    regions: &'a [PixelBox],
    compared: &'a ComparedRows,
}

impl<'a> Used<'a> {
    fn of(compared: &'a ComparedRows) -> Self {
        let rows = compared.embedded.table_rows.iter().map(|row| &compared.table.rows[*row as usize]);
        Self {
            rows: rows.collect(),
            facts: &compared.embedded.facts,
            regions: &compared.embedded.regions,
            compared,
        }
    }

    fn photo(&self, row: u32) -> PhotoRow {
        let row = self.rows[row as usize];
        PhotoRow {
            photo: row.image_id.clone(),
            path: row.path.clone(),
            individual: row.identity.clone().unwrap_or_default(),
        }
    }

    fn size(&self, row: u32) -> Option<ImageSize> {
        self.facts[row as usize].size
    }

    fn originals(&self) -> Vec<Original<'a>> {
        let mut animals: BTreeMap<Option<PhotoId>, usize> = BTreeMap::new();
        self.facts.iter().for_each(|facts| *animals.entry(facts.photo_id).or_default() += 1);
        let all = self.rows.iter().zip(self.facts).zip(self.regions);
        all.map(|((row, facts), region)| Original {
            path: &row.path,
            size: facts.size,
            region: *region,
            is_alone: animals.get(&facts.photo_id) == Some(&1),
        })
        .collect()
    }

    fn name(&self, individual: u32) -> String {
        self.compared.labelled.individuals.get(individual as usize).cloned().unwrap_or_default()
    }

    fn audit(&self, request: &AuditRequest, found: &Suspects) -> Audit {
        let rows: Vec<Row> = self.rows.iter().map(|row| (*row).clone()).collect();
        let options = AuditOptions { fastest: request.fastest, ..AuditOptions::default() };
        let labels = audit_labels(&rows, Some(self.facts), None, options);
        let several_names = |group: &&Vec<u32>| {
            group.windows(2).any(|pair| rows[pair[0] as usize].identity != rows[pair[1] as usize].identity)
        };
        let photos = |rows: [u32; 2]| rows.map(|row| self.photo(row));
        Audit {
            source: request.compared.called.clone(),
            photos: self.rows.len(),
            individuals: self.compared.labelled.individuals.len(),
            asked: found.looked_at + found.uncalibrated,
            uncalibrated: found.uncalibrated,
            uncalibrated_reason: found.uncalibrated_reason.clone(),
            expected_right: found.expected_right(),
            wrong_names: found
                .wrong_names
                .iter()
                .map(|one| WrongNameRow {
                    photo: self.photo(one.row),
                    shows: self.name(one.shows.individual),
                    probability: one.probability,
                    or_the_other: one.or_the_other,
                    like: self.photo(one.shows.best_row),
                    similarity: one.shows.similarity.0,
                    own_similarity: one.own.map(|own| own.similarity.0),
                    rows: (one.row, one.shows.best_row),
                })
                .collect(),
            one_animal: found
                .one_animal
                .iter()
                .filter_map(|one| {
                    let [left, right] = *one.pairs.first()?;
                    Some(OneAnimalRow {
                        individuals: one.individuals.map(|individual| self.name(individual)),
                        probability: one.probability,
                        pairs: one.pairs.iter().map(|pair| photos(*pair)).collect(),
                        rows: (left, right),
                    })
                })
                .collect(),
            impossible_journeys: labels
                .impossible_journeys
                .into_iter()
                .map(|one| JourneyRow {
                    individual: one.identity,
                    photos: photos(one.rows),
                    kilometers: one.kilometers,
                    hours: one.hours,
                })
                .collect(),
            twice_in_one_photo: labels.twice_in_one_photo.iter().map(|one| photos(one.rows)).collect(),
            same_photo: labels
                .identical_photos
                .iter()
                .filter(several_names)
                .cloned()
                .chain(labels.one_box_two_names.iter().map(|rows| rows.to_vec()))
                .map(|group| group.iter().map(|row| self.photo(*row)).collect())
                .collect(),
            species_conflicts: labels
                .species_conflicts
                .into_iter()
                .map(|one| (one.identity, one.species.into_keys().collect()))
                .collect(),
            without_animal: None,
            mirrored: None,
            failures: Vec::new(),
            warnings: Vec::new(),
            page: None,
        }
    }
}
