//! What is learnt from: annotations with their labels as numbers, divided into training, validation and test.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rayon::prelude::*;
use resight_core::{GivenBox, PhotoId};
use resight_dataset::{Row, Table};
use resight_eval::LabelledRow;
use resight_imaging::{Limits, photo_id, read_photo};

use super::division::{Division, Part, Question};

/// One labelled animal in one photo.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// Its name in the table.
    pub image_id: String,
    /// The photo.
    pub path: PathBuf,
    /// Hash of the photo's bytes.
    pub photo: PhotoId,
    /// The animal in the photo; `None` for the whole photo.
    pub region: Option<GivenBox>,
    /// Who it shows: a place in [`TrainingData::individuals`].
    pub individual: u32,
    /// A place in [`TrainingData::species`].
    pub species: Option<u32>,
    /// A place in [`TrainingData::viewpoints`].
    pub viewpoint: Option<u32>,
    /// The encounter; equal numbers are one encounter.
    pub encounter: Option<u32>,
    /// Photos of the same bytes have the same number.
    pub duplicate_group: Option<u32>,
}

/// Everything that a run learns from and is measured on.
#[derive(Debug, Clone)]
pub struct TrainingData {
    /// All annotations that take part.
    pub annotations: Vec<Annotation>,
    /// Names of the individuals.
    pub individuals: Vec<String>,
    /// Names of the species.
    pub species: Vec<String>,
    /// Names of the viewpoints.
    pub viewpoints: Vec<String>,
    /// Places of the annotations to learn from.
    pub train: Vec<u32>,
    /// Places of those that ask while the run goes.
    pub validation: Vec<u32>,
    /// Places of those that ask once, at the end.
    pub test: Vec<u32>,
    /// Those whose individuals are kept back as a whole: they take no part, but the bundle says that they were known.
    pub newcomers: Vec<Annotation>,
    /// Whether validation and test ask about known or new individuals.
    pub question: Question,
}

/// Something about an annotation that was noticed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DataWarning {
    /// The annotation's name, or the photo's path.
    pub about: String,
    /// What.
    pub message: String,
}

impl TrainingData {
    /// Takes the rows of a division out of a table. Photos that cannot be read are left out with a warning.
    pub fn of(table: &Table, division: &Division) -> (Self, Vec<DataWarning>) {
        let taking_part: Vec<(u32, Part)> = parts(division);
        let read: Vec<_> =
            taking_part.par_iter().map(|(row, _)| photo_of(&table.rows[*row as usize])).collect();
        let mut data = Self {
            annotations: Vec::new(),
            individuals: Vec::new(),
            species: Vec::new(),
            viewpoints: Vec::new(),
            train: Vec::new(),
            validation: Vec::new(),
            test: Vec::new(),
            newcomers: Vec::new(),
            question: division.question,
        };
        let mut warnings = Vec::new();
        let mut labels = Numbering::default();
        for ((row, part), photo) in taking_part.into_iter().zip(read) {
            let row = &table.rows[row as usize];
            let (Some(identity), photo) = (&row.identity, photo) else { continue };
            let photo = match photo {
                Ok(photo) => photo,
                Err(error) => {
                    let about = row.path.display().to_string();
                    warnings.push(DataWarning { about, message: format!("cannot be read: {error}") });
                    continue;
                }
            };
            let place = data.annotations.len() as u32;
            let annotation = labels.annotation(row, identity, photo);
            if part == Part::Newcomer {
                data.newcomers.push(annotation);
                continue;
            }
            data.annotations.push(annotation);
            match part {
                Part::Newcomer => {}
                Part::Train => data.train.push(place),
                Part::Validation => data.validation.push(place),
                Part::Test => data.test.push(place),
            }
        }
        data.individuals = labels.individuals.names();
        data.species = labels.species.names();
        data.viewpoints = labels.viewpoints.names();
        data.hide_single_duplicates();
        (data, warnings)
    }

    /// Labels in the form that evaluation takes.
    pub fn labelled(&self) -> Vec<LabelledRow> {
        let row = |annotation: &Annotation| LabelledRow {
            individual: Some(annotation.individual),
            encounter: annotation.encounter,
            duplicate_group: annotation.duplicate_group,
            species: annotation.species,
            viewpoint: annotation.viewpoint,
            ..LabelledRow::default()
        };
        self.annotations.iter().map(row).collect()
    }

    /// The photos that answer the validation.
    pub fn validation_gallery(&self) -> Vec<u32> {
        self.division().asked(Part::Validation).gallery
    }

    /// The photos that answer the test.
    pub fn test_gallery(&self) -> Vec<u32> {
        self.division().asked(Part::Test).gallery
    }

    /// The division of the annotations that take part.
    fn division(&self) -> Division {
        Division {
            question: self.question,
            train: self.train.clone(),
            validation: self.validation.clone(),
            test: self.test.clone(),
            newcomers: Vec::new(),
        }
    }

    /// A group of one is no group.
    fn hide_single_duplicates(&mut self) {
        let mut sizes: BTreeMap<u32, u32> = BTreeMap::new();
        for annotation in &self.annotations {
            *sizes.entry(annotation.duplicate_group.unwrap_or_default()).or_default() += 1;
        }
        for annotation in &mut self.annotations {
            annotation.duplicate_group = annotation.duplicate_group.filter(|group| sizes[group] > 1);
        }
    }
}

/// Rows with their part, in the order of the table.
fn parts(division: &Division) -> Vec<(u32, Part)> {
    let of = |rows: &[u32], part: Part| rows.iter().map(move |row| (*row, part)).collect::<Vec<_>>();
    let mut all = of(&division.train, Part::Train);
    all.extend(of(&division.validation, Part::Validation));
    all.extend(of(&division.test, Part::Test));
    all.sort_by_key(|(row, _)| *row);
    // Last, so that the numbers of the others do not depend on them.
    all.extend(of(&division.newcomers, Part::Newcomer));
    all
}

fn photo_of(row: &Row) -> std::io::Result<PhotoId> {
    Ok(photo_id(&read_photo(&row.path, &Limits::default())?))
}

/// Gives out numbers for names, in the order in which they come.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.0.get(name) {
            return *number;
        }
        let number = self.0.len() as u32;
        self.0.insert(name.to_owned(), number);
        number
    }

    fn names(self) -> Vec<String> {
        let mut names: Vec<(u32, String)> = self.0.into_iter().map(|(name, number)| (number, name)).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }
}

#[derive(Debug, Default)]
struct Numbering {
    individuals: Names,
    species: Names,
    viewpoints: Names,
    encounters: Names,
    photos: Names,
}

impl Numbering {
    fn annotation(&mut self, row: &Row, identity: &str, photo: PhotoId) -> Annotation {
        Annotation {
            image_id: row.image_id.clone(),
            path: row.path.clone(),
            photo,
            region: row.boxes.first().copied(),
            individual: self.individuals.number(identity),
            species: row.species.as_ref().map(|species| self.species.number(&species.to_string())),
            viewpoint: row.viewpoint.as_ref().map(|viewpoint| self.viewpoints.number(&viewpoint.to_string())),
            encounter: row.encounter.as_ref().map(|encounter| self.encounters.number(encounter)),
            duplicate_group: Some(self.photos.number(&photo.to_string())),
        }
    }
}
