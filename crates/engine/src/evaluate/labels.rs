//! The labels of rows as the small numbers that the evaluation works on.

use std::collections::BTreeMap;

use resight_core::LearntRecord;
use resight_dataset::{AuditOptions, EncounterCounts, Row, duplicate_groups};
use resight_eval::{LabelledRow, UnknownEncounter};

use super::{EmbeddedRows, EvaluateRequest};
use crate::Warning;
use crate::learnt::{self, LearntCount};

/// Labelled rows with the names behind the numbers.
pub(crate) struct Numbered {
    /// One for each embedded row.
    pub(crate) rows: Vec<LabelledRow>,
    /// Individuals by number, in the order of their names.
    pub(crate) individuals: Vec<String>,
    /// Where the encounters of the embedded rows come from.
    pub(crate) encounters: EncounterCounts,
    /// Embedded rows that state a viewpoint.
    with_viewpoint: usize,
}

impl Numbered {
    /// Numbers the labels of the embedded rows of a table; `learnt` is what the bundle that embedded them has learnt.
    pub(crate) fn of(rows: &[Row], embedded: &EmbeddedRows, learnt: &LearntRecord) -> Self {
        let chosen: Vec<&Row> = embedded.table_rows.iter().map(|row| &rows[*row as usize]).collect();
        let individuals = numbers(chosen.iter().map(|row| row.identity.as_deref()));
        let encounters = numbers(chosen.iter().map(|row| row.encounter.as_deref()));
        let species = numbers(chosen.iter().map(|row| row.species.as_ref().map(|name| name.as_str())));
        let viewpoints = numbers(chosen.iter().map(|row| row.viewpoint.as_ref().map(|name| name.as_str())));
        let groups = duplicate_groups(&embedded.facts, AuditOptions::default().near_duplicate_distance);
        let of = |numbers: &BTreeMap<&str, u32>, name: Option<&str>| {
            name.and_then(|name| numbers.get(name)).copied()
        };
        let shown = chosen.iter().zip(&embedded.facts).map(|(row, facts)| {
            (facts.photo_id, facts.perceptual_hash.map(|hash| hash.0), row.identity.as_deref())
        });
        let learnt = learnt::of_annotations(learnt, &shown.collect::<Vec<_>>());
        let labelled =
            chosen.iter().zip(groups).zip(learnt).map(|((row, duplicate_group), learnt)| LabelledRow {
                individual: of(&individuals, row.identity.as_deref()),
                encounter: of(&encounters, row.encounter.as_deref()),
                duplicate_group,
                species: of(&species, row.species.as_ref().map(|name| name.as_str())),
                species_type: None,
                viewpoint: of(&viewpoints, row.viewpoint.as_ref().map(|name| name.as_str())),
                seconds: row.date.and_then(|date| date.seconds_of_a_day()),
                learnt,
            });
        Self {
            rows: labelled.collect(),
            encounters: EncounterCounts::of(chosen.iter().copied()),
            with_viewpoint: chosen.iter().filter(|row| row.viewpoint.is_some()).count(),
            individuals: individuals.into_keys().map(ToOwned::to_owned).collect(),
        }
    }

    /// How much of it the bundle has learnt.
    pub(crate) fn learnt(&self) -> LearntCount {
        LearntCount::of(self.rows.iter().map(|row| (row.individual, row.learnt)))
    }

    /// What a reader of the numbers must know about the labels.
    pub(crate) fn remarks(&self, request: &EvaluateRequest) -> Vec<Warning> {
        let all = self.rows.len();
        let remark = |message: String| Warning { about: request.called.display().to_string(), message };
        let mut remarks = Vec::new();
        if let Some(sentence) = self.learnt().sentence() {
            remarks.push(remark(format!("{sentence}: they do not ask, and are left out of the figures")));
        }
        let alike = self.rows.iter().filter(|row| row.duplicate_group.is_some()).count();
        if request.hide.duplicates && alike > 0 {
            remarks.push(remark(format!(
                "{alike} of {all} photos look like another one: such near-duplicates of its own individual are hidden \
                 from a query"
            )));
        }
        let unknown = self.encounters.not_known;
        if request.hide.encounter && unknown > 0 {
            let consequence = match UnknownEncounter::among(&self.rows) {
                UnknownEncounter::MayBeAny => {
                    "they answer no photo of their individual, and none answers them"
                }
                UnknownEncounter::EqualsNone => {
                    "no mask can hide their bursts, so the strict numbers may flatter"
                }
            };
            remarks.push(remark(format!(
                "{unknown} of {all} photos state neither encounter, date nor time: {consequence}"
            )));
        }
        if request.same.viewpoint && self.with_viewpoint < all {
            remarks.push(remark(format!(
                "{} of {all} photos state no viewpoint: they are compared with every photo",
                all - self.with_viewpoint
            )));
        }
        remarks
    }
}

/// Numbers names in their order, so that they do not depend on the order of the rows.
fn numbers<'a>(names: impl Iterator<Item = Option<&'a str>>) -> BTreeMap<&'a str, u32> {
    let mut numbered: BTreeMap<&str, u32> = names.flatten().map(|name| (name, 0)).collect();
    for (number, place) in (0..).zip(numbered.values_mut()) {
        *place = number;
    }
    numbered
}
