//! What becomes of an answer as more photos of the encounter are looked at.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::metrics::withheld;
use crate::calibrate::{CrossFit, Judgement};
use crate::{Asking, EvaluateOptions, Interval, RankedQuery, View, bootstrap};

/// Most photos of an encounter that are added.
const MOST_PHOTOS: usize = 8;

/// Encounters with so many photos that there must be at least.
const LEAST_ENCOUNTERS: usize = 20;

/// The same encounters, known and as newcomers, answered by their first photos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AsPhotosAreAdded {
    /// How many photos.
    pub photos: usize,
    /// How many encounters.
    pub encounters: usize,
    /// Share of the known whose likeliest individual is right.
    pub known_right: Interval,
    /// Mean probability of "new" among the known.
    pub new_of_known: Interval,
    /// Mean probability of "new" among the newcomers.
    pub new_of_newcomers: Interval,
}

/// One entry for each number of photos, from one to the largest number that enough encounters have.
pub(crate) fn as_photos_are_added(
    fitted: &CrossFit,
    questions: &[Vec<&RankedQuery>],
    view: View,
    options: &EvaluateOptions,
) -> Vec<AsPhotosAreAdded> {
    let usable = |question: &&Vec<&RankedQuery>| {
        question[0].may_be_newcomer() && question.iter().all(|photo| photo.own(view).is_some())
    };
    let usable: Vec<&Vec<&RankedQuery>> = match options.asking {
        Asking::Photo => return Vec::new(),
        Asking::Encounter => questions.iter().filter(usable).collect(),
    };
    let with = |photos: usize| usable.iter().filter(move |question| question.len() >= photos);
    let enough = |photos: &usize| {
        let individuals: BTreeSet<u32> = with(*photos).map(|question| question[0].individual).collect();
        with(*photos).count() >= LEAST_ENCOUNTERS && withheld(individuals.len()).is_none()
    };
    let Some(most) = (2..=MOST_PHOTOS).rev().find(enough) else {
        return Vec::new();
    };
    (1..=most)
        .filter_map(|photos| {
            let first: Vec<Vec<&RankedQuery>> =
                with(most).map(|question| question[..photos].to_vec()).collect();
            let judged = fitted.judge(&first, view, options.policy.new_rate);
            let judged =
                first.iter().zip(judged).filter_map(|(question, judged)| Some((question, judged.ok()?)));
            measured(photos, &judged.collect::<Vec<_>>(), options)
        })
        .collect()
}

fn measured(
    photos: usize,
    judged: &[(&Vec<&RankedQuery>, Judgement)],
    options: &EvaluateOptions,
) -> Option<AsPhotosAreAdded> {
    let shown: BTreeSet<u32> = judged.iter().map(|(question, _)| question[0].individual).collect();
    let place: BTreeMap<u32, usize> = shown.into_iter().zip(0..).collect();
    let of_each: Vec<(usize, [f64; 3])> = judged
        .iter()
        .map(|(question, judgement)| {
            let who = question[0].individual;
            let right = judgement.as_asked.best.first().is_some_and(|first| first.individual == who);
            let newcomer = judgement.as_newcomer.as_ref().map_or(0.0, |ranking| ranking.posterior.new);
            (place[&who], [f64::from(u8::from(right)), judgement.as_asked.posterior.new, newcomer])
        })
        .collect();
    let mean = |figure: usize, times: &[f64]| -> Option<f64> {
        let all: f64 = of_each.iter().map(|(place, _)| times[*place]).sum();
        let sum: f64 = of_each.iter().map(|(place, figures)| times[*place] * figures[figure]).sum();
        (all > 0.0).then(|| sum / all)
    };
    let figures = [0, 1, 2].map(|figure| move |times: &[f64]| mean(figure, times));
    let [known_right, new_of_known, new_of_newcomers] = bootstrap(
        place.len(),
        options.replicates,
        options.calibrate.seed,
        &[&figures[0], &figures[1], &figures[2]],
    )
    .try_into()
    .ok()?;
    Some(AsPhotosAreAdded {
        photos,
        encounters: judged.len(),
        known_right: known_right?,
        new_of_known: new_of_known?,
        new_of_newcomers: new_of_newcomers?,
    })
}
