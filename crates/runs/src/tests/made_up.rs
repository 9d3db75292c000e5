//! Made-up runs for tests: what the records of healthy runs look like, and ways to spoil them.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::run::log::{End, EndReason, Epoch, Health, LossLevels, Rates, Record, Score, Spot, Start, Step};

/// How many of Happywhale's 15,587 individuals have one photo, two, …, to twenty; the 547 with more follow at 21.
const HAPPYWHALE: [u32; 20] =
    [9258, 3091, 773, 741, 374, 135, 108, 158, 111, 43, 89, 79, 29, 51, 42, 17, 32, 25, 19, 21];

/// What becomes of a run, in a few numbers.
#[derive(Clone)]
pub(crate) struct Course {
    pub(crate) start: Start,
    /// MAP@5 of the validation at the end, and how fast it gets there (share of the run).
    pub(crate) reaches: f64,
    pub(crate) pace: f64,
    /// MAP@5 of training photos at the end.
    pub(crate) training: f64,
    /// Loss of the first and of the last step.
    pub(crate) loss: (f64, f64),
    pub(crate) effective_rank: (f64, f64),
    pub(crate) mean_cosine: (f64, f64),
    /// Share of active tuples at first and in the end.
    pub(crate) active: Option<(f64, f64)>,
    /// Records of steps in an epoch.
    pub(crate) records: usize,
    /// Epochs that are over.
    pub(crate) epochs: u32,
}

impl Course {
    /// The records of the run, with the noise that runs have.
    pub(crate) fn records(&self) -> Vec<Record> {
        let mut random = ChaCha8Rng::seed_from_u64(self.start.seed);
        let mut records = vec![Record::Start(Box::new(self.start.clone()))];
        records.push(Record::Epoch(Box::new(self.epoch(0, &mut random))));
        for epoch in 1..=self.epochs {
            records.extend((1..=self.records).map(|at| Record::Step(self.step(epoch, at, &mut random))));
            records.push(Record::Epoch(Box::new(self.epoch(epoch, &mut random))));
        }
        let best = records.iter().filter_map(epoch_of).map(|epoch| epoch.validation.map5).fold(0.0, f64::max);
        for record in &mut records {
            if let Record::Epoch(epoch) = record {
                epoch.best = epoch.validation.map5 == best;
            }
        }
        records
    }

    fn step(&self, epoch: u32, at: usize, random: &mut impl Rng) -> Step {
        let start = &self.start;
        let steps = (start.steps_per_epoch / self.records).max(1);
        let done = f64::from(epoch - 1) + at as f64 / self.records as f64;
        let share = self.progress(done);
        let loss = between(self.loss, share) * (1.0 + 0.06 * wobble(random));
        let warm = (done / 2.0).min(1.0);
        let rate = warm * (0.5 + 0.5 * (std::f64::consts::PI * done / start.epochs as f64).cos());
        let rates = |rates: &Rates, factor: f64| Rates {
            trunk: factor * rates.trunk,
            neck: factor * rates.neck,
            head: factor * rates.head,
        };
        let partners = (2.0 * start.expected_positives / start.batch as f64).min(1.0);
        let mut gradient = |size: f64| size * (0.4 + 0.6 * (1.0 - share)) * (1.0 + 0.2 * wobble(random));
        Step {
            step: ((done * start.steps_per_epoch as f64).round()) as u64,
            steps: steps as u32,
            epoch: done,
            loss: Some(loss),
            loss_max: Some(loss * 1.3),
            positives: start.expected_positives,
            without_positive: 1.0 - partners,
            active_share: self.active.map(|active| between(active, share)),
            same_cosine: Some(between((self.mean_cosine.0 + 0.05, 0.75), share)),
            other_cosine: Some(between(self.mean_cosine, share)),
            gradient: Rates {
                trunk: if start.rates.trunk > 0.0 { gradient(1.2) } else { 0.0 },
                neck: gradient(0.8),
                head: if start.loss_has_centers { gradient(2.1) } else { 0.0 },
            },
            change: rates(&Rates { trunk: 0.001, neck: 0.002, head: 0.008 }, rate),
            rates: rates(&start.rates, rate),
            photos_per_second: 410.0 * (1.0 + 0.05 * wobble(random)),
            seconds_left: (start.epochs as f64 - done) * 14.0,
            ..Step::default()
        }
    }

    fn epoch(&self, epoch: u32, random: &mut impl Rng) -> Epoch {
        let start = &self.start;
        let share = self.progress(f64::from(epoch));
        let score = |from: Score, to: f64, noise: f64| {
            let map5 = (from.map5 + (to - from.map5) * share + noise).clamp(0.0, 1.0);
            Score { map5, top1: 0.9 * map5 }
        };
        let noise = if epoch == 0 { 0.0 } else { 0.01 * wobble(random) * self.reaches };
        let validation = score(start.untrained, self.reaches, noise);
        let training = score(start.untrained, self.training, 0.0);
        Epoch {
            epoch,
            seconds: 14.0 * f64::from(epoch),
            loss: (epoch > 0).then(|| between(self.loss, share)),
            validation,
            training,
            head_accuracy: start.loss_has_centers.then_some(training.top1 * (0.5 + 0.5 * share)),
            health: self.health(share, random),
            map: self.map(share),
            ..Epoch::default()
        }
    }

    fn health(&self, share: f64, random: &mut impl Rng) -> Health {
        let (mean_cosine, same) =
            (between(self.mean_cosine, share), between((self.mean_cosine.0 + 0.05, 0.72), share));
        let hill = |middle: f64, width: f64, pairs: f64| -> Vec<u64> {
            let height = |bin: usize| {
                let cosine = -1.0 + (bin as f64 + 0.5) / 25.0;
                (-((cosine - middle) / width).powi(2) / 2.0).exp()
            };
            let all: f64 = (0..50).map(height).sum();
            (0..50).map(|bin| (pairs * height(bin) / all) as u64).collect()
        };
        let dimensions = self.start.dimension.min(64);
        let variance = |place: usize| {
            (-(place as f64) / between((6.0, 30.0), share)).exp() / self.start.dimension as f64
        };
        Health {
            norm_mean: between((11.0, 18.0), share),
            norm_deviation: between((2.5, 1.5), share),
            variances: (0..dimensions).map(variance).collect(),
            effective_rank: between(self.effective_rank, share) * (1.0 + 0.02 * wobble(random)),
            alignment: Some(2.0 - 2.0 * same),
            uniformity: between((-1.0, -3.2), share),
            hubness: between((2.8, 1.2), share),
            center_angle: self.start.loss_has_centers.then(|| between((89.0, 38.0), share)),
            same_histogram: hill(same, between((0.12, 0.1), share), 9000.0),
            other_histogram: hill(mean_cosine, 0.11, 400_000.0),
            pair_auroc: Some(between((0.61, 0.93), share)),
            mean_cosine,
        }
    }

    /// Ten individuals whose photos draw nearer to their middles.
    fn map(&self, share: f64) -> Vec<Spot> {
        let mut random = ChaCha8Rng::seed_from_u64(self.start.seed ^ 1);
        let spread = between((0.34, 0.07), share) as f32;
        let spot = |at: usize| {
            let angle = std::f32::consts::TAU * (at / 14) as f32 / 10.0;
            let (x, y) = (random.random_range(-1.0..1.0_f32), random.random_range(-1.0..1.0_f32));
            let reach = 0.25 + 0.45 * share as f32;
            Spot {
                x: reach * angle.cos() + spread * x,
                y: reach * angle.sin() + spread * y,
                individual: (at / 14) as u32,
            }
        };
        (0..140).map(spot).collect()
    }

    /// How much of the way is done after so many epochs: fast at first.
    fn progress(&self, epochs: f64) -> f64 {
        1.0 - (-epochs / (self.pace * self.start.epochs as f64)).exp()
    }
}

fn between((from, to): (f64, f64), share: f64) -> f64 {
    from + (to - from) * share
}

fn wobble(random: &mut impl Rng) -> f64 {
    random.random_range(-1.0..1.0)
}

pub(crate) fn epoch_of(record: &Record) -> Option<&Epoch> {
    match record {
        Record::Epoch(epoch) => Some(epoch),
        _ => None,
    }
}

/// A small set: 237 individuals of nyala, the last stages learn with ArcFace for 40 epochs.
pub(crate) fn small_set() -> Course {
    let start = Start {
        version: "0.1.0".into(),
        recipe: "nyala-tail".into(),
        seed: 7,
        depth: "tail".into(),
        trunk: "efficientnet-lite0".into(),
        loss: "arcface".into(),
        loss_has_centers: true,
        sampler: "shuffled".into(),
        miner: "all".into(),
        distance: "cosine".into(),
        scale: Some(24.0),
        margin: Some((0.1, 0.28)),
        levels: LossLevels { at_start: Some(11.3), collapsed: Some(5.4) },
        n_photos: 1200,
        n_classes: 237,
        class_sizes: vec![0, 20, 60, 60, 40, 30, 15, 12],
        batch: 64,
        expected_positives: 7.0,
        steps_per_epoch: 18,
        epochs: 40,
        dimension: 512,
        rates: Rates { trunk: 1e-3, neck: 1e-3, head: 1e-2 },
        flip: "keep".into(),
        validation_queries: 240,
        validation_individuals: 120,
        chance: Score { map5: 0.009, top1: 0.004 },
        untrained: Score { map5: 0.11, top1: 0.07 },
        best_so_far: Some(Score { map5: 0.33, top1: 0.27 }),
        ..Start::default()
    };
    Course {
        start,
        reaches: 0.42,
        pace: 0.2,
        training: 0.97,
        loss: (11.4, 0.9),
        effective_rank: (14.0, 120.0),
        mean_cosine: (0.62, 0.03),
        active: None,
        records: 18,
        epochs: 40,
    }
}

/// Happywhale's class sizes at head depth, with what won there: margins by class size, scale 21, head ten times.
pub(crate) fn many_classes() -> Course {
    let mut class_sizes = HAPPYWHALE.to_vec();
    class_sizes.push(391);
    let start = Start {
        recipe: "happywhale-head".into(),
        depth: "head".into(),
        scale: Some(20.96),
        margin: Some((0.08, 0.32)),
        levels: LossLevels { at_start: Some(16.2), collapsed: Some(9.7) },
        n_photos: 51_033,
        n_classes: 15_587,
        class_sizes,
        batch: 256,
        expected_positives: 18.1,
        steps_per_epoch: 199,
        epochs: 30,
        rates: Rates { trunk: 0.0, neck: 1.6e-3, head: 1.6e-2 },
        validation_queries: 5000,
        validation_individuals: 2500,
        chance: Score { map5: 0.000_15, top1: 0.000_06 },
        untrained: Score { map5: 0.006, top1: 0.004 },
        best_so_far: None,
        ..small_set().start
    };
    Course {
        start,
        reaches: 0.61,
        training: 0.95,
        loss: (16.3, 2.0),
        effective_rank: (20.0, 310.0),
        records: 20,
        epochs: 30,
        ..small_set()
    }
}

/// Triplets that work: P×K batches, semi-hard, from frozen embeddings of a set of 150 individuals.
pub(crate) fn good_triplets() -> Course {
    let start = Start {
        recipe: "holstein-triplet".into(),
        depth: "head".into(),
        loss: "triplet".into(),
        loss_has_centers: false,
        sampler: "p-by-k".into(),
        miner: "semi-hard".into(),
        scale: None,
        margin: Some((0.2, 0.2)),
        levels: LossLevels { at_start: Some(0.2), collapsed: Some(0.2) },
        n_photos: 1500,
        n_classes: 150,
        class_sizes: vec![0, 0, 0, 10, 20, 20, 20, 20, 20, 20, 20],
        batch: 64,
        expected_positives: 96.0,
        steps_per_epoch: 23,
        dimension: 128,
        rates: Rates { trunk: 0.0, neck: 3e-4, head: 0.0 },
        validation_queries: 400,
        validation_individuals: 60,
        chance: Score { map5: 0.03, top1: 0.012 },
        untrained: Score { map5: 0.55, top1: 0.46 },
        best_so_far: None,
        ..small_set().start
    };
    Course {
        start,
        reaches: 0.83,
        training: 0.98,
        loss: (0.23, 0.08),
        effective_rank: (12.0, 45.0),
        mean_cosine: (0.7, 0.2),
        active: Some((0.6, 0.12)),
        records: 23,
        ..small_set()
    }
}

/// The run that this project began with: triplets drawn at random, 30 numbers, Happywhale's individuals, shuffled
/// batches of 64. One photo in thirty has a partner in its batch; a random negative is another species.
pub(crate) fn the_story() -> Course {
    let start = Start {
        recipe: "random-triplets".into(),
        depth: "head".into(),
        loss: "triplet".into(),
        loss_has_centers: false,
        sampler: "shuffled".into(),
        miner: "chosen".into(),
        scale: None,
        margin: Some((0.2, 0.2)),
        levels: LossLevels { at_start: Some(0.2), collapsed: Some(0.2) },
        batch: 64,
        expected_positives: 1.12,
        steps_per_epoch: 797,
        dimension: 30,
        rates: Rates { trunk: 0.0, neck: 1e-3, head: 0.0 },
        ..many_classes().start
    };
    Course {
        start,
        reaches: 0.0062,
        pace: 0.003,
        training: 0.01,
        loss: (0.11, 0.004),
        effective_rank: (9.0, 6.0),
        mean_cosine: (0.6, 0.5),
        active: Some((0.4, 0.01)),
        records: 32,
        epochs: 1,
    }
}

/// Changes every step of a run.
pub(crate) fn with_steps(records: Vec<Record>, change: impl Fn(&mut Step)) -> Vec<Record> {
    let changed = |mut record: Record| {
        if let Record::Step(step) = &mut record {
            change(step);
        }
        record
    };
    records.into_iter().map(changed).collect()
}

/// Changes every epoch of a run but the state before it.
pub(crate) fn with_epochs(records: Vec<Record>, change: impl Fn(&mut Epoch)) -> Vec<Record> {
    let changed = |mut record: Record| {
        if let Record::Epoch(epoch) = &mut record
            && epoch.epoch > 0
        {
            change(epoch);
        }
        record
    };
    records.into_iter().map(changed).collect()
}

/// Changes the beginning.
pub(crate) fn with_start(mut records: Vec<Record>, change: impl Fn(&mut Start)) -> Vec<Record> {
    for record in &mut records {
        if let Record::Start(start) = record {
            change(start);
        }
    }
    records
}

/// The same run, over and done.
pub(crate) fn ended(mut records: Vec<Record>, reason: EndReason) -> Vec<Record> {
    let epochs = || records.iter().filter_map(epoch_of).filter(|epoch| epoch.epoch > 0);
    let best =
        epochs().max_by(|a, b| a.validation.map5.total_cmp(&b.validation.map5)).cloned().unwrap_or_default();
    let seconds = epochs().map(|epoch| epoch.seconds).fold(0.0, f64::max);
    records.push(Record::End(End { reason, best_epoch: best.epoch, validation: best.validation, seconds }));
    records
}
