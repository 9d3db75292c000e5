//! What does a model go by? The same photos asked without their animals, and mirrored.
//!
//! If the background alone names individuals, figures and answers rest on it (a camera that always hangs at the same tree, one
//! boat a season); it will not be there next year. If mirrored photos are named as well as they are, nothing that is compared
//! tells one side of an animal from the other. Source of the idea: arXiv 2604.09690.

use std::collections::{BTreeMap, BTreeSet};

use resight_core::Distance;
use resight_eval::{
    EvalError, EvaluateOptions, Gallery, Interval, LabelledRow, Learnt, PairEvidence, Protocol, draw,
    evaluate_fused,
};
use resight_vector::{Rows, f16};
use serde::Serialize;

use super::altered::{Alteration, AlteredPhotos, Original};
use crate::evaluate::{LocalOfRows, Tools, compare_local};
use crate::{CancelToken, EngineError, Progress};

/// Photos that are altered, about: some individuals are drawn, and of each some photos.
const MOST_PHOTOS: usize = 400;

/// Photos of one individual that are altered, at most.
const MOST_OF_ONE: usize = 40;

/// Individuals that are left for a share to mean something.
const LEAST_INDIVIDUALS: usize = 5;

/// What the same photos are worth as they are, and altered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AskedAltered {
    /// Photos that took part both ways.
    pub photos: usize,
    /// Their individuals.
    pub individuals: usize,
    /// Share whose first answer is right by chance.
    pub chance: f64,
    /// Share whose first answer is right as they are.
    pub as_they_are: Interval,
    /// Share whose first answer is right altered.
    pub altered: Interval,
}

impl AskedAltered {
    /// Whether the altered photos are clearly named better than by chance, and not by a trifle.
    pub fn gives_away(&self) -> bool {
        self.altered.low > self.bar()
    }

    /// Whether that may be so, as far as so few photos can tell.
    pub fn may_give_away(&self) -> bool {
        self.altered.high > self.bar()
    }

    fn bar(&self) -> f64 {
        (2.0 * self.chance).max(self.chance + 0.05)
    }
}

/// The rows of an audit, with what the networks made of them.
pub(super) struct Material<'a> {
    pub(super) rows: &'a [LabelledRow],
    pub(super) originals: &'a [Original<'a>],
    pub(super) embeddings: Rows<'a>,
    pub(super) local: &'a [LocalOfRows],
    pub(super) tools: &'a Tools<'a>,
    pub(super) options: &'a EvaluateOptions,
    pub(super) distance: Distance,
}

/// Some rows, seen by all networks.
struct Seen {
    rows: Vec<LabelledRow>,
    values: Vec<f16>,
    local: Vec<LocalOfRows>,
}

impl Material<'_> {
    /// Asks the photos without their animals, among themselves. None of them is left where the animals fill the photos, or too
    /// few are: then it is said why.
    ///
    /// # Errors
    /// The network fails, or the work was cancelled.
    pub(super) fn without_animal(
        &self,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Result<AskedAltered, String>, EngineError> {
        let chosen = self.drawn(|place| self.shows_background(place));
        if chosen.is_empty() {
            return Ok(Err("no photo of one animal has a box that leaves some background".to_owned()));
        }
        let (chosen, altered) = self.alter(Alteration::WithoutAnimal, &chosen, false, progress, cancel)?;
        let as_they_are = self.as_they_are(&chosen);
        self.compare(&as_they_are, &altered, &Protocol::LeaveOneOut, progress, cancel)
    }

    /// Asks the photos mirrored, of the photos as they are.
    ///
    /// # Errors
    /// As [`Self::without_animal`].
    pub(super) fn mirrored(
        &self,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Result<AskedAltered, String>, EngineError> {
        let chosen = self.drawn(|_| true);
        let (chosen, altered) = self.alter(Alteration::Mirrored, &chosen, true, progress, cancel)?;
        let as_they_are = self.as_they_are(&chosen);
        let (both, protocol) = as_they_are.asked_by(altered);
        self.compare(&as_they_are, &both, &protocol, progress, cancel)
    }

    /// Whether there is something beside the animal, and no other animal that anybody has marked.
    fn shows_background(&self, place: u32) -> bool {
        let original = &self.originals[place as usize];
        if !original.is_alone {
            return false;
        }
        original
            .size
            .is_some_and(|size| original.region.area() < 0.8 * f64::from(size.width) * f64::from(size.height))
    }

    /// Rows of some individuals that have two encounters at least, or photos whose encounters nobody knows.
    fn drawn(&self, fits: impl Fn(u32) -> bool) -> Vec<u32> {
        let seed = self.options.calibrate.seed;
        let mut rows_of: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (place, row) in (0..).zip(self.rows) {
            // What was learnt does not ask, here as elsewhere.
            let asks = row.learnt != Learnt::Photo && fits(place);
            if let Some(individual) = row.individual.filter(|_| asks) {
                rows_of.entry(individual).or_default().push(place);
            }
        }
        rows_of.values_mut().for_each(|rows| draw(rows, MOST_OF_ONE, seed));
        rows_of.retain(|_, rows| self.n_encounters(rows) > 1);
        let photos: usize = rows_of.values().map(Vec::len).sum();
        let mut individuals: Vec<u32> = rows_of.keys().copied().collect();
        let most = individuals.len() * MOST_PHOTOS / photos.max(1);
        draw(&mut individuals, most.max(LEAST_INDIVIDUALS), seed);
        let mut rows: Vec<u32> = individuals.iter().flat_map(|one| rows_of[one].iter().copied()).collect();
        rows.sort_unstable();
        rows
    }

    /// How many encounters rows are of; where it is not known, each is one.
    fn n_encounters(&self, rows: &[u32]) -> usize {
        let encounter = |row: &u32| match self.rows[*row as usize].encounter {
            Some(encounter) => (true, encounter),
            None => (false, *row),
        };
        rows.iter().map(encounter).collect::<BTreeSet<(bool, u32)>>().len()
    }

    /// Alters rows; those that cannot be altered are left out of what comes back.
    fn alter(
        &self,
        alteration: Alteration,
        chosen: &[u32],
        frame: bool,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<(Vec<u32>, Seen), EngineError> {
        let originals: Vec<Original<'_>> = chosen
            .iter()
            .map(|place| {
                let Original { path, size, region, is_alone } = self.originals[*place as usize];
                Original { path, size, region, is_alone }
            })
            .collect();
        let photos = AlteredPhotos::make(alteration, &originals, progress, cancel)?;
        let embedded = photos.seen_by(self.tools.embedder, self.tools, frame, cancel)?;
        let mut seen = Seen { rows: Vec::new(), values: Vec::new(), local: Vec::new() };
        let mut usable = Vec::new();
        for (place, row) in chosen.iter().zip(&embedded) {
            if let Some(row) = row {
                usable.push(*place);
                seen.rows.push(self.rows[*place as usize]);
                seen.values.extend(row);
            }
        }
        for network in self.tools.local {
            let rows = photos.seen_by(network, self.tools, frame, cancel)?;
            let of_usable = rows.into_iter().zip(&embedded).filter(|(_, embedded)| embedded.is_some());
            seen.local.push(LocalOfRows::of(network.form().clone(), of_usable.map(|(row, _)| row)));
        }
        Ok((usable, seen))
    }

    fn as_they_are(&self, chosen: &[u32]) -> Seen {
        let places = || chosen.iter().map(|place| *place as usize);
        let local = |one: &LocalOfRows| {
            let all = one.rows(self.rows.len());
            LocalOfRows::of(one.form().clone(), places().map(|place| all.rows[place].map(<[f16]>::to_vec)))
        };
        Seen {
            rows: places().map(|place| self.rows[place]).collect(),
            values: places().flat_map(|place| self.embeddings.row(place).iter().copied()).collect(),
            local: self.local.iter().map(local).collect(),
        }
    }

    fn compare(
        &self,
        as_they_are: &Seen,
        altered: &Seen,
        protocol: &Protocol,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Result<AskedAltered, String>, EngineError> {
        let individuals: BTreeSet<u32> = as_they_are.rows.iter().filter_map(|row| row.individual).collect();
        if individuals.len() < LEAST_INDIVIDUALS {
            return Ok(Err(format!(
                "{} individuals have two encounters and photos that serve; {LEAST_INDIVIDUALS} are needed",
                individuals.len()
            )));
        }
        let first = self.right(as_they_are, &Protocol::LeaveOneOut, progress, cancel)?;
        let second = self.right(altered, protocol, progress, cancel)?;
        let (Some((chance, as_they_are_right)), Some((_, altered_right))) = (first, second) else {
            return Ok(Err(
                "too few photos have another encounter of their individual to be asked of".to_owned()
            ));
        };
        Ok(Ok(AskedAltered {
            photos: as_they_are.rows.len(),
            individuals: individuals.len(),
            chance,
            as_they_are: as_they_are_right,
            altered: altered_right,
        }))
    }

    /// Chance, and the share whose first answer is right; none where there is too little to say it of.
    fn right(
        &self,
        seen: &Seen,
        protocol: &Protocol,
        progress: &dyn Progress,
        cancel: &CancelToken,
    ) -> Result<Option<(f64, Interval)>, EngineError> {
        let same = self.options.rank.same;
        let evidence: PairEvidence =
            compare_local(&seen.local, &seen.rows, protocol, same, None, progress, cancel)?;
        let embeddings = Rows::new(self.embeddings.dim(), &seen.values)
            .map_err(|error| EngineError::internal(error.to_string()).because(error))?;
        let gallery = Gallery { rows: &seen.rows, embeddings: &[embeddings], distance: self.distance };
        let report = match evaluate_fused(&gallery, &evidence, protocol, self.options) {
            Ok(found) => found.strict,
            Err(EvalError::NothingToJudge | EvalError::AllLearnt { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(report.chance.map(|chance| chance.top1).zip(report.metrics.get("top1").copied()))
    }
}

impl Seen {
    /// These photos answer, the altered ones ask; none sees its own original.
    fn asked_by(&self, altered: Self) -> (Self, Protocol) {
        let count = self.rows.len();
        let mut rows = self.rows.clone();
        rows.extend(altered.rows);
        let free = 1 + rows.iter().filter_map(|row| row.duplicate_group).max().unwrap_or(0);
        for (place, own) in (0..count).zip(free..) {
            let group = *rows[place].duplicate_group.get_or_insert(own);
            rows[count + place].duplicate_group = Some(group);
        }
        let numbers = |from: usize, to: usize| (0..).take(to).skip(from).collect::<Vec<u32>>();
        let protocol = Protocol::Split { queries: numbers(count, 2 * count), gallery: numbers(0, count) };
        let values = self.values.iter().chain(&altered.values).copied().collect();
        let local = self.local.iter().zip(&altered.local).map(|(one, other)| one.followed_by(other, count));
        (Self { rows, values, local: local.collect() }, protocol)
    }
}
