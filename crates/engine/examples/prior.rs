//! Fits the calibration that a bundle brings along, on several tables, and says what it is worth on animals that it did not
//! see: for each table a prior is fitted on the other ones, small catalogs are drawn from its individuals, and later
//! photos and newcomers ask.
//!
//! ```text
//! cargo run --release -p resight-engine --example prior -- BUNDLE TABLE TABLE...
//! ```

#![allow(clippy::print_stdout, reason = "an example is a program of its own")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;

use resight_core::{Calibration, CalibrationCase, Decision, IndividualId, Policy, decide};
use resight_engine::evaluate::{EvaluateRequest, Evaluation, evaluate};
use resight_engine::{CancelToken, Models, RuntimeChoice, Silent};
use resight_eval::openset::{Stated, calibration_error};
use resight_eval::{
    CalibrateOptions, Gallery, Protocol, RankOptions, RankedQuery, SlotKey, View, calibration_cases,
    fit_slots, rank,
};

/// Sizes of the catalogs that are tried, in individuals, and how many of each are drawn from a table.
const SIZES: [usize; 4] = [5, 8, 12, 20];
const DRAWS: u64 = 40;
/// Photos of an individual in a catalog, at most: young catalogs have few.
const PHOTOS: usize = 3;
/// Photos that ask of one catalog, at most: later ones and newcomers each.
const ASK: usize = 60;
/// Share of newcomers.
const RATE: f64 = 0.1;

struct Set {
    name: String,
    evaluation: Evaluation,
    cases: Vec<CalibrationCase>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [bundle, tables @ ..] = arguments.as_slice() else {
        return Err("usage: prior BUNDLE TABLE TABLE...".into());
    };
    let models = Models::open(None, RuntimeChoice::Auto, 2)?;
    let sets = tables
        .iter()
        .map(|table| Set::of(Path::new(table), bundle, &models))
        .collect::<Result<Vec<_>, _>>()?;
    let all: Vec<_> = sets.iter().map(|set| set.cases.clone()).collect();
    println!("[calibration]\n{}", toml::to_string(&Calibration::fit_prior(&all)?.calibration)?);
    println!(
        "| catalog of | individuals | way | says something | error of the first answer | of new | false matches | stated |"
    );
    for set in &sets {
        let others: Vec<_> =
            sets.iter().filter(|other| other.name != set.name).map(|other| other.cases.clone()).collect();
        let prior = Calibration::fit_prior(&others)?.calibration;
        set.check(&prior)?;
    }
    Ok(())
}

impl Set {
    fn of(table: &Path, bundle: &str, models: &Models) -> Result<Self, Box<dyn Error>> {
        let request =
            EvaluateRequest { bundle: bundle.to_owned(), replicates: 1, ..EvaluateRequest::of(table) };
        let evaluation = evaluate(&request, models, &Silent, &CancelToken::default())?;
        let gallery = Gallery {
            rows: evaluation.labelled_rows(),
            embeddings: &[evaluation.embeddings()?],
            distance: evaluation.distance,
        };
        let ranked = rank(&gallery, &Protocol::LeaveOneOut, &RankOptions::default())?;
        let labelled = calibration_cases(&ranked.iter().collect::<Vec<_>>(), &CalibrateOptions::default());
        let cases = labelled.into_iter().map(|one| one.case).collect();
        let name =
            table.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, evaluation, cases })
    }

    fn check(&self, prior: &Calibration) -> Result<(), Box<dyn Error>> {
        for size in SIZES {
            let mut ways: BTreeMap<&str, Tally> = BTreeMap::new();
            for draw in 0..DRAWS {
                self.try_a_catalog(size, draw, prior, &mut ways)?;
            }
            for (way, tally) in ways {
                println!("| {} | {size} | {way} | {}", self.name, tally.line());
            }
        }
        Ok(())
    }

    fn try_a_catalog(
        &self,
        size: usize,
        draw: u64,
        prior: &Calibration,
        ways: &mut BTreeMap<&'static str, Tally>,
    ) -> Result<(), Box<dyn Error>> {
        let rows = self.evaluation.labelled_rows();
        let lot = |number: u64| lot(draw, number);
        let mut individuals: Vec<u32> =
            rows.iter().filter_map(|row| row.individual).collect::<BTreeSet<_>>().into_iter().collect();
        individuals.sort_by_key(|who| lot(u64::from(*who)));
        if individuals.len() < 2 * size {
            return Ok(());
        }
        let known: BTreeSet<u32> = individuals[..size].iter().copied().collect();
        // Six of ten meetings of the known are in the catalog; the others come later.
        let (mut catalog, mut later, mut new) = (Vec::new(), Vec::new(), Vec::new());
        for (at, row) in (0_u32..).zip(rows) {
            let Some(who) = row.individual else { continue };
            let meeting = row.encounter.map_or(1 << 40 | u64::from(at), u64::from);
            match known.contains(&who) {
                false => new.push(at),
                true if lot(meeting ^ 0x5eed) % 10 < 6 => catalog.push(at),
                true => later.push(at),
            }
        }
        let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
        catalog.sort_by_key(|at| lot(u64::from(*at)));
        catalog.retain(|at: &u32| {
            let Some(who) = rows[*at as usize].individual else { return false };
            let count = seen.entry(who).or_default();
            *count += 1;
            *count <= PHOTOS
        });
        for asking in [&mut later, &mut new] {
            asking.sort_by_key(|at| lot(u64::from(*at)));
            asking.truncate(ASK);
        }
        let gallery = Gallery {
            rows,
            embeddings: &[self.evaluation.embeddings()?],
            distance: self.evaluation.distance,
        };
        let ranked = |queries: &[u32]| {
            let split = Protocol::Split { queries: queries.to_vec(), gallery: catalog.clone() };
            rank(&gallery, &split, &RankOptions::default())
        };
        let own = ranked(&catalog)?;
        let asked = [ranked(&later)?, ranked(&new)?];
        let fit = |prior: Option<&Calibration>| {
            let options = CalibrateOptions { prior: prior.cloned(), ..CalibrateOptions::default() };
            let fitted = fit_slots(&own.iter().collect::<Vec<_>>(), &options);
            fitted.serving(&SlotKey::default()).ok().map(|(_, calibration)| calibration.clone())
        };
        for (way, calibration) in [
            ("alone", fit(None)),
            ("with the prior", fit(Some(prior))),
            ("the prior itself", Some(prior.clone())),
        ] {
            ways.entry(way).or_default().add(calibration.as_ref(), &asked);
        }
        Ok(())
    }
}

#[derive(Default)]
struct Tally {
    catalogs: usize,
    answered: usize,
    first: Vec<Stated>,
    new: Vec<Stated>,
    matches: f64,
    false_matches: f64,
    stated_false: f64,
}

impl Tally {
    fn add(&mut self, calibration: Option<&Calibration>, asked: &[Vec<RankedQuery>; 2]) {
        self.catalogs += 1;
        let Some(calibration) = calibration else { return };
        self.answered += 1;
        let policy = Policy { new_rate: RATE, ..Policy::default() };
        for (queries, known, share) in [(&asked[0], true, 1.0 - RATE), (&asked[1], false, RATE)] {
            for query in queries.iter().filter(|query| query.own(View::Strict).is_some() == known) {
                let weight = share / queries.len() as f64;
                let posterior = calibration.posterior(&query.similarities(View::Strict), RATE);
                let Some(first) = posterior.candidates.first().copied() else { continue };
                let right =
                    query.best(View::Strict, 1).first().is_some_and(|one| one.individual == query.individual);
                self.first.push(Stated { probability: first, true_then: right, weight });
                self.new.push(Stated { probability: posterior.new, true_then: !known, weight });
                let nobody_in_particular = IndividualId(0);
                let decision = decide(Some(nobody_in_particular), &posterior, &policy);
                if matches!(decision, Decision::Match(_)) {
                    self.matches += weight;
                    self.false_matches += weight * f64::from(u8::from(!right));
                    self.stated_false += weight * (1.0 - first);
                }
            }
        }
    }

    fn line(&self) -> String {
        let error = |of: &[Stated]| calibration_error(of.iter().copied(), 15).unwrap_or(f64::NAN);
        let n = self.answered.max(1) as f64;
        format!(
            "{} of {} | {:.3} | {:.3} | {:.2} | {:.2} |",
            self.answered,
            self.catalogs,
            error(&self.first),
            error(&self.new),
            100.0 * self.false_matches / n,
            100.0 * self.stated_false / n
        )
    }
}

/// A number that depends on these two alone (S. Vigna's SplitMix64).
fn lot(seed: u64, number: u64) -> u64 {
    let mut z =
        number.wrapping_add(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
