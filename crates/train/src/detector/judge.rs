//! How well it finds animals in photos that it has not learnt, and how sure a box must be to count.

use resight_eval::{DetectedPhoto, DetectionMetrics, measure_detection};
use resight_model::{Detection, DetectorManifest, Output, ReadAnimals};

use super::cells::Cells;
use super::finish;
use super::head::OUTPUTS;
use super::scenes::Scene;
use crate::cache::CacheError;
use crate::folds::FOLDS;
use crate::trainer::TrainError;

/// Boxes that are less sure are not looked at while it is found out which count.
const LEAST: f32 = 0.05;
/// Boxes that overlap by this share are of one animal.
const SAME: f64 = 0.5;
/// Resamplings for the intervals, and their seed.
const REPLICATES: (usize, u64) = (1000, 7);

/// What was found out.
pub(super) struct Judged {
    /// What is to be subtracted from the log-odds, so that boxes count from a confidence of [`finish::LEAST_CONFIDENCE`] on.
    pub(super) surplus: f32,
    pub(super) measured: DetectionMetrics,
}

/// Judges each part of the photos by what was learnt from the others.
///
/// # Errors
/// It was stopped.
pub(super) fn judge(
    cells: &Cells,
    seed: u64,
    stopped: &(dyn Fn() -> Option<CacheError> + Sync),
) -> Result<Judged, TrainError> {
    let mut answers: Vec<Option<Output>> = cells.photos().iter().map(|_| None).collect();
    for fold in 0..FOLDS {
        let (asked, learnt): (Vec<usize>, Vec<usize>) =
            (0..cells.scenes.len()).partition(|scene| cells.scenes[*scene].fold == fold);
        let asked: Vec<usize> = asked.into_iter().filter(|scene| *scene < cells.photos().len()).collect();
        if asked.is_empty() || learnt.is_empty() {
            continue;
        }
        let layers = cells.learn(&learnt, seed, stopped)?;
        for photo in asked {
            answers[photo] = Some(cells.answer(&layers, photo));
        }
    }
    let confidence = least_confidence(cells, &animals(cells, &answers, LEAST)?);
    let surplus = log_odds(confidence) - log_odds(finish::LEAST_CONFIDENCE);
    for answer in answers.iter_mut().flatten() {
        let cells = answer.values.len() / OUTPUTS;
        answer.values[..cells].iter_mut().for_each(|odds| *odds -= surplus);
    }
    let found = animals(cells, &answers, finish::LEAST_CONFIDENCE)?;
    let photos: Vec<DetectedPhoto> = cells
        .photos()
        .iter()
        .zip(&found)
        .map(|(scene, found)| DetectedPhoto {
            animals: scene.animals.clone(),
            found: found.iter().map(|one| (one.region, one.confidence)).collect(),
            group: scene.group,
        })
        .collect();
    let (replicates, seed) = REPLICATES;
    let measured = measure_detection(&photos, replicates, seed)
        .ok_or_else(|| TrainError::TooLittle("there is no animal to judge by".to_owned()))?;
    Ok(Judged { surplus, measured })
}

/// The animals that the answers show, as the bundle would read them.
fn animals(
    cells: &Cells,
    answers: &[Option<Output>],
    least_confidence: f32,
) -> Result<Vec<Vec<Detection>>, TrainError> {
    let rule = DetectorManifest { least_confidence, ..finish::rule() };
    let reading = ReadAnimals::new(cells.preprocess.clone(), rule, &["animal".to_owned()]);
    let of_photo = |(scene, answer): (&Scene, &Option<Output>)| match answer {
        None => Ok(Vec::new()),
        Some(answer) => reading.animals(answer, scene.size).map_err(|(expected, found)| {
            TrainError::TooLittle(format!("a network gave {found} instead of {expected}"))
        }),
    };
    cells.photos().iter().zip(answers).map(of_photo).collect()
}

fn log_odds(share: f32) -> f32 {
    let share = share.clamp(1e-6, 1.0 - 1e-6);
    (share / (1.0 - share)).ln()
}

fn share(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The confidence from which on boxes are right most often for the animals that they miss: the greatest harmonic mean of precision
/// and recall; of equals the lowest. It lies halfway to the next box that is less sure: few photos leave a wide gap there, and what
/// is just below the least sure of their animals is likely one too.
fn least_confidence(cells: &Cells, found: &[Vec<Detection>]) -> f32 {
    let animals: usize = cells.photos().iter().map(|scene| scene.animals.len()).sum();
    let mut boxes: Vec<(f32, bool)> = Vec::new();
    for (scene, found) in cells.photos().iter().zip(found) {
        let mut is_taken = vec![false; scene.animals.len()];
        for one in found {
            let open = scene.animals.iter().enumerate().filter(|(at, _)| !is_taken[*at]);
            let best = open
                .map(|(at, animal)| (animal.iou(&one.region), at))
                .filter(|(overlap, _)| *overlap >= SAME);
            let best = best.max_by(|one, other| one.0.total_cmp(&other.0));
            if let Some((_, at)) = best {
                is_taken[at] = true;
            }
            boxes.push((one.confidence, best.is_some()));
        }
    }
    boxes.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut right, mut best) = (0_usize, (0.0, LEAST));
    for (count, (confidence, is_right)) in (1..).zip(&boxes) {
        right += usize::from(*is_right);
        let score = 2.0 * right as f64 / (animals + count).max(1) as f64;
        if score >= best.0 {
            let next = boxes.get(count).map_or(LEAST, |(confidence, _)| *confidence);
            best = (score, share(f32::midpoint(log_odds(*confidence), log_odds(next))));
        }
    }
    best.1.clamp(LEAST, 0.9999)
}
