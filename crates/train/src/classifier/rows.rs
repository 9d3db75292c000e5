//! The animals of a table whose label somebody has said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rand::seq::SliceRandom as _;
use rayon::prelude::*;
use resight_core::{ClassifierTask, GivenBox, LearntPart, LearntPhoto, LearntRecord, PhotoId, Viewpoint};
use resight_dataset::{Row, Table};
use resight_imaging::{Limits, photo_id, read_photo};

use super::LearntLabel;
use super::features::Features;
use crate::data::DataWarning;
use crate::folds::folds;
use crate::generator;
use crate::linear::{Label, Shown};
use crate::trainer::TrainError;
use crate::view::ViewJob;

/// Animals of one label that are learnt from, at most: more of a common one tell little, and rare ones must count.
const MOST_OF_A_LABEL: usize = 2_000;

/// Individuals that a label needs, so that it can be learnt from some and judged on others.
const LEAST_GROUPS: usize = 3;

/// An animal in a photo, and its label.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) path: PathBuf,
    pub(super) photo: PhotoId,
    pub(super) region: Option<GivenBox>,
    /// Place among the labels.
    pub(super) label: usize,
    /// The label of its mirror image; none where that one is not learnt.
    pub(super) mirrored: Option<usize>,
    /// The individual, else the encounter, else the photo, by number: what is learnt from one of its photos is no evidence on
    /// another.
    pub(super) group: u32,
}

/// All animals that are learnt from.
#[derive(Debug, Clone)]
pub(super) struct ClassifierRows {
    pub(super) labels: Vec<String>,
    pub(super) items: Vec<Item>,
    /// In which fifth each item is.
    pub(super) folds: Vec<usize>,
}

/// An animal of the table, before labels are numbers.
struct Labelled<'a> {
    row: &'a Row,
    region: Option<GivenBox>,
    label: String,
    group: String,
}

impl ClassifierRows {
    /// The animals of a table that state the label. Photos that cannot be read and labels that are too rare are left out with a
    /// warning.
    pub(super) fn of(
        table: &Table,
        task: ClassifierTask,
        seed: u64,
    ) -> Result<(Self, Vec<DataWarning>), TrainError> {
        let labelled: Vec<Labelled<'_>> = table.rows.iter().flat_map(|row| of_row(row, task)).collect();
        let mut warnings = Vec::new();
        let labels = learnable(&labelled, &mut warnings);
        let mut chosen: Vec<(usize, &Labelled<'_>)> = Vec::new();
        for (place, label) in labels.iter().enumerate() {
            let mut of_label: Vec<&Labelled<'_>> =
                labelled.iter().filter(|one| one.label == *label).collect();
            if of_label.len() > MOST_OF_A_LABEL {
                of_label.shuffle(&mut generator(seed, "animals of a label", &[place as u64]));
                of_label.truncate(MOST_OF_A_LABEL);
                of_label.sort_by_key(|one| one.row.line);
            }
            chosen.extend(of_label.into_iter().map(|one| (place, one)));
        }
        let read: Vec<std::io::Result<PhotoId>> = chosen
            .par_iter()
            .map(|(_, one)| Ok(photo_id(&read_photo(&one.row.path, &Limits::default())?)))
            .collect();
        let mut groups = BTreeMap::new();
        let mut items = Vec::new();
        for ((label, one), photo) in chosen.into_iter().zip(read) {
            let photo = match photo {
                Ok(photo) => photo,
                Err(error) => {
                    let about = one.row.path.display().to_string();
                    warnings.push(DataWarning { about, message: format!("cannot be read: {error}") });
                    continue;
                }
            };
            let mirror = mirror_of(&one.label, task);
            items.push(Item {
                path: one.row.path.clone(),
                photo,
                region: one.region,
                label,
                mirrored: labels.iter().position(|other| *other == mirror),
                group: number(&mut groups, &one.group),
            });
        }
        let grouped: Vec<(u32, usize)> = items.iter().map(|item: &Item| (item.group, item.label)).collect();
        let folds = folds(&grouped, labels.len());
        Ok((Self { labels, items, folds }, warnings))
    }

    /// Takes items out of which nothing can be made.
    pub(super) fn without(&mut self, missing: &BTreeSet<usize>) {
        let is_kept = |place: &usize| !missing.contains(place);
        let kept: Vec<usize> = (0..self.items.len()).filter(is_kept).collect();
        self.items = kept.iter().map(|place| self.items[*place].clone()).collect();
        self.folds = kept.iter().map(|place| self.folds[*place]).collect();
    }

    /// Whether there is enough to learn from.
    pub(super) fn check(&self, task: ClassifierTask) -> Result<(), TrainError> {
        let found: BTreeSet<usize> = self.items.iter().map(|item| item.label).collect();
        if self.labels.len() >= 2 && found.len() == self.labels.len() {
            return Ok(());
        }
        let there = match self.labels.as_slice() {
            [] => format!("no {task} has"),
            [only] => format!("only the {task} `{only}` has"),
            _ => "not every label has".to_owned(),
        };
        Err(TrainError::TooLittle(format!(
            "a classifier learns to tell labels apart, and {there} photos of {LEAST_GROUPS} individuals here that can be used"
        )))
    }

    /// The items as views, each as it is and mirrored, with what their label is then.
    pub(super) fn shown(&self, features: &Features, items: &[usize]) -> Vec<Shown<Label>> {
        let mut counts = vec![0.0_f64; self.labels.len()];
        for item in items {
            counts[self.items[*item].label] += 1.0;
        }
        let mut shown = Vec::with_capacity(2 * items.len());
        for place in items {
            let item = &self.items[*place];
            // Between "every animal counts alike" and "every label does": rare labels are heard, and common ones still lead.
            let weight = 1.0 / counts[item.label].sqrt();
            let row = |is_mirrored: bool| features.row_of(*place, is_mirrored);
            shown.push(Shown { row: row(false), goal: Label(item.label), weight });
            if let Some(label) = item.mirrored {
                shown.push(Shown { row: row(true), goal: Label(label), weight });
            }
        }
        let sum: f64 = shown.iter().map(|one| one.weight).sum();
        shown.iter_mut().for_each(|one| one.weight /= sum);
        shown
    }

    /// The items as jobs for the chain of views.
    pub(super) fn jobs(&self) -> Vec<ViewJob> {
        let job = |(row, item): (u32, &Item)| ViewJob {
            row,
            path: item.path.clone(),
            photo: Some(item.photo),
            region: item.region,
        };
        (0..).zip(&self.items).map(job).collect()
    }

    /// The labels with how many animals have them.
    pub(super) fn learnt_labels(&self) -> Vec<LearntLabel> {
        let of = |place: usize| self.items.iter().filter(move |item| item.label == place);
        let label = |(place, label): (usize, &String)| LearntLabel {
            label: label.clone(),
            animals: of(place).count(),
            groups: of(place).map(|item| item.group).collect::<BTreeSet<u32>>().len(),
        };
        self.labels.iter().enumerate().map(label).collect()
    }

    /// What a bundle that learnt from these animals says of it.
    pub(super) fn learnt(&self) -> LearntRecord {
        LearntRecord::new(self.items.iter().map(|item| LearntPhoto {
            photo: item.photo,
            individual: item.group,
            part: LearntPart::Train,
            look: None,
        }))
    }
}

fn of_row(row: &Row, task: ClassifierTask) -> Vec<Labelled<'_>> {
    let Some(label) = row.label(task) else { return Vec::new() };
    let regions: Vec<Option<GivenBox>> = match row.boxes.as_slice() {
        [] => vec![None],
        boxes => boxes.iter().copied().map(Some).collect(),
    };
    let group = row.stands_for();
    let one = |region| Labelled { row, region, label: label.clone(), group: group.clone() };
    regions.into_iter().map(one).collect()
}

/// The labels that enough individuals have, by name.
fn learnable(labelled: &[Labelled<'_>], warnings: &mut Vec<DataWarning>) -> Vec<String> {
    let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in labelled {
        groups.entry(&one.label).or_default().insert(&one.group);
    }
    let (enough, few): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|(_, groups)| groups.len() >= LEAST_GROUPS);
    warnings.extend(few.into_iter().map(|(label, groups)| DataWarning {
        about: label.to_owned(),
        message: format!("not learnt: photos of {} individuals, and {LEAST_GROUPS} are needed", groups.len()),
    }));
    enough.into_iter().map(|(label, _)| label.to_owned()).collect()
}

/// What is seen in the mirror: left becomes right; a kind of animal stays what it is.
fn mirror_of(label: &str, task: ClassifierTask) -> String {
    match task {
        ClassifierTask::Species => label.to_owned(),
        ClassifierTask::Viewpoint => {
            Viewpoint::parse(label).map_or_else(String::new, |one| one.mirrored().to_string())
        }
    }
}

fn number(numbers: &mut BTreeMap<String, u32>, name: &str) -> u32 {
    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
    *numbers.entry(name.to_owned()).or_insert(next)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use resight_dataset::SourceKind;

    use super::*;

    fn row(line: u64, identity: &str, viewpoint: &str) -> Row {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut row = Row::of_photo(line, format!("row{line}"), path);
        row.identity = (!identity.is_empty()).then(|| identity.to_owned());
        row.viewpoint = Viewpoint::parse(viewpoint);
        row
    }

    fn table(rows: Vec<Row>) -> Table {
        Table {
            kind: SourceKind::WildlifeDatasets,
            root: std::path::PathBuf::new(),
            extra_columns: Vec::new(),
            rows,
            warnings: Vec::new(),
        }
    }

    #[test]
    fn labels_that_few_individuals_have_are_left_out_and_mirrors_swap_sides() {
        let mut rows: Vec<Row> = Vec::new();
        for (number, identity) in ["a", "b", "c"].into_iter().enumerate() {
            for viewpoint in ["left", "right", "face"] {
                rows.push(row(number as u64, identity, viewpoint));
            }
        }
        rows.push(row(20, "a", "back_left"));
        rows.push(row(21, "a", ""));
        let table = table(rows);
        let (found, warnings) = ClassifierRows::of(&table, ClassifierTask::Viewpoint, 1).unwrap();
        assert_eq!(found.labels, ["face", "left", "right"]);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        let mirrored: BTreeSet<(usize, Option<usize>)> =
            found.items.iter().map(|item| (item.label, item.mirrored)).collect();
        assert_eq!(mirrored.into_iter().collect::<Vec<_>>(), [(0, Some(0)), (1, Some(2)), (2, Some(1))]);
        assert!(found.check(ClassifierTask::Viewpoint).is_ok());
        let same = found.items.iter().filter(|item| item.group == found.items[0].group).count();
        assert_eq!(same, 3, "one individual is one group, whatever side is seen");
    }

    #[test]
    fn one_label_is_nothing_to_tell_apart() {
        let rows = ["a", "b", "c"].into_iter().map(|identity| row(1, identity, "left")).collect();
        let table = table(rows);
        let (found, _) = ClassifierRows::of(&table, ClassifierTask::Viewpoint, 1).unwrap();
        let error = found.check(ClassifierTask::Viewpoint).unwrap_err().to_string();
        assert!(error.contains("only the viewpoint `left`"), "{error}");
    }
}
