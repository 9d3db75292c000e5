//! How well, and in what time, an index proposes the photos worth comparing of a large gallery. The gallery is made of a
//! real catalog's local features and, for more photos, of chimeras: each quarter of one is taken from another photo,
//! shifted, a third of its keypoints dropped, its descriptors changed as much as those of two photos of one animal differ.
//! Individuals that are asked about lend none of theirs, so whatever is found of them is real.
//!
//! Told are, for each kind of local features and each size of the gallery: seconds to make the index and to ask it, its bytes,
//! and how often the exact best photo, and any photo of its individual, is proposed, where that individual is the right one.
//!
//! ```sh
//! cargo run --release -p resight-engine --example large_gallery -- CATALOG [PHOTOS,PHOTOS,…] [QUERIES]
//! ```
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use resight_catalog::{Access, Catalog, Embeddings};
use resight_compare::{Comparer, Descriptors, FeatureIndex, Features, Keypoint, PackedFeatures, quantise};
use resight_engine::{Models, RuntimeChoice};
use resight_model::LocalForm;

type AnyError = Box<dyn std::error::Error>;

/// As `engine` has them.
const WORDS: u16 = 2048;
const LEARNED_FROM: usize = 2_000;

/// Share of keypoints that a chimera lacks.
const DROPPED: f32 = 0.3;

/// Side of what the network of local features sees, in pixels.
const SIDE: f32 = 448.0;

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: large_gallery CATALOG [PHOTOS,…] [QUERIES]")?;
    let sizes = arguments.next().unwrap_or_else(|| "2000,20000,100000".to_owned());
    let sizes: Vec<usize> = sizes.split(',').map(str::parse).collect::<Result<_, _>>()?;
    let queries: usize = arguments.next().as_deref().unwrap_or("60").parse()?;
    let catalog = Catalog::open(Path::new(&folder), Access::Read)?;
    let models = Models::open(None, RuntimeChoice::Auto, 1)?;
    for spec in catalog.local_features()? {
        let form = LocalForm::of(&models.bundle(spec.id.as_str())?)?;
        let rows = catalog.embeddings(&spec.id)?;
        let gallery = catalog.gallery(&spec.id)?;
        let named = gallery.rows.iter().filter_map(|row| Some((row.row, row.individual?.0)));
        let real: Vec<(u64, i64)> = named.collect();
        measure(&form, &rows, &real, &sizes, queries)?;
    }
    Ok(())
}

/// Real photos, and who asks.
struct Real<'a> {
    form: &'a LocalForm,
    rows: &'a Embeddings,
    photos: &'a [(u64, i64)],
    asking: Vec<usize>,
    /// Of each who asks: its matches with every real photo.
    exact: Vec<Vec<usize>>,
}

impl<'a> Real<'a> {
    fn packed(&self, at: usize) -> PackedFeatures<'a> {
        let row = self.rows.row(self.photos[at].0).expect("a row of the gallery");
        self.form.packed(row).expect("features")
    }
}

fn measure(
    form: &LocalForm,
    rows: &Embeddings,
    photos: &[(u64, i64)],
    sizes: &[usize],
    queries: usize,
) -> Result<(), AnyError> {
    let asking: Vec<usize> = (0..queries).map(|at| (2 * at + 1) * photos.len() / (2 * queries)).collect();
    let mut real = Real { form, rows, photos, asking, exact: Vec::new() };
    let clock = Clock::new();
    let mut exact = Vec::new();
    for at in &real.asking {
        let mut comparer = Comparer::new(&real.packed(*at).to_features(), form.rule());
        let count =
            |other: usize| if other == *at { 0 } else { comparer.count(real.packed(other)).unwrap_or(0) };
        exact.push((0..photos.len()).map(count).collect::<Vec<usize>>());
    }
    let pairs = real.asking.len() * photos.len();
    real.exact = exact;
    println!(
        "{}: {} real photos, {:.1} µs of processor a pair",
        form.bundle(),
        photos.len(),
        1e6 * clock.cpu() / pairs as f64
    );
    let alike = alikeness(&real);
    println!("  cosine of matching descriptors of one animal's photos, in the median: {alike:.3}");
    for size in sizes {
        one_size(&real, *size, alike)?;
    }
    Ok(())
}

/// Cosine of the descriptors that match between a photo that asks and the exact best, where that is right.
fn alikeness(real: &Real<'_>) -> f32 {
    let mut cosines = Vec::new();
    for (at, exact) in real.asking.iter().zip(&real.exact) {
        let best = best_of(exact);
        if real.photos[best].1 == real.photos[*at].1 {
            let mut comparer = Comparer::new(&real.packed(*at).to_features(), real.form.rule());
            let found = comparer.evidence(real.packed(best)).unwrap_or_default();
            cosines.extend(found.matches.iter().map(|one| one.sureness));
        }
    }
    cosines.sort_by(f32::total_cmp);
    cosines.get(cosines.len() / 2).copied().unwrap_or(0.8)
}

fn best_of(exact: &[usize]) -> usize {
    (0..exact.len()).max_by_key(|at| (exact[*at], exact.len() - at)).unwrap_or(0)
}

fn one_size(real: &Real<'_>, size: usize, alike: f32) -> Result<(), AnyError> {
    let room = real.form.room();
    // Whoever asks and their like are always there; others as many as there is room for.
    let asking: BTreeSet<i64> = real.asking.iter().map(|at| real.photos[*at].1).collect();
    let of =
        |asks: bool| (0..real.photos.len()).filter(move |at| asking.contains(&real.photos[*at].1) == asks);
    let (own, others): (Vec<usize>, Vec<usize>) = (of.clone()(true).collect(), of(false).collect());
    let shown: Vec<usize> = own.iter().chain(&others).copied().take(size.max(own.len())).collect();
    let mut dice = Dice(size as u64);
    let made: Vec<Vec<u8>> =
        (shown.len()..size).map(|_| room.pack(&chimera(real, &others, alike, &mut dice))).collect();
    let features = |at: u32| match shown.get(at as usize) {
        Some(place) => Some(real.packed(*place)),
        None => room.read(made.get(at as usize - shown.len())?).ok(),
    };
    let count = u32::try_from(shown.len() + made.len())?;
    let taken = LEARNED_FROM.min(count as usize);
    let sample: Vec<PackedFeatures<'_>> =
        (0..taken).filter_map(|at| features((at * count as usize / taken) as u32)).collect();
    let clock = Clock::new();
    let mut index = FeatureIndex::learn(&sample, room.dim(), WORDS, 2);
    let learned = clock.cpu();
    index.extend(count, 2, features);
    println!(
        "  {count} photos ({} real): words in {learned:.1} s, index in {:.1} s of processor ({:.1} s of this clock), {} MB",
        shown.len(),
        clock.cpu() - learned,
        clock.wall(),
        index.file_bytes() / 1_000_000
    );
    asked(real, &shown, &index, &features);
    Ok(())
}

/// What is proposed, and who is first after it was compared.
fn asked<'a>(
    real: &Real<'a>,
    shown: &[usize],
    index: &FeatureIndex,
    features: &impl Fn(u32) -> Option<PackedFeatures<'a>>,
) {
    let proposals = [200, 1000, 2000];
    let (mut photo, mut individual) = ([0; 3], [0; 3]);
    let (mut right, mut right_after) = (0, 0);
    let (mut seconds, mut seconds_after, mut wall, mut wall_after) = (0.0, 0.0, 0.0, 0.0);
    for (at, exact) in real.asking.iter().zip(&real.exact) {
        let who = real.photos[*at].1;
        let clock = Clock::new();
        let is_itself = |crop: u32| shown.get(crop as usize) == Some(at);
        let scores = index.scores(real.packed(*at), 2);
        let mut listed: Vec<u32> = (0..index.len()).filter(|crop| !is_itself(*crop)).collect();
        listed.sort_by_key(|crop| std::cmp::Reverse(scores[*crop as usize]));
        listed.truncate(2000);
        (seconds, wall) = (seconds + clock.cpu(), wall + clock.wall());
        let clock = Clock::new();
        let mut comparer = Comparer::new(&real.packed(*at).to_features(), real.form.rule());
        let most = proposals[1].max(index.len() as usize / 50);
        let counts = listed.iter().take(most).map(|crop| features(*crop).and_then(|one| comparer.count(one)));
        let counts: Vec<usize> = counts.map(Option::unwrap_or_default).collect();
        (seconds_after, wall_after) = (seconds_after + clock.cpu(), wall_after + clock.wall());
        let individual_of = |crop: u32| shown.get(crop as usize).map(|at| real.photos[*at].1);
        let best = (!counts.is_empty()).then(|| listed[best_of(&counts)]);
        right_after += usize::from(best.and_then(individual_of) == Some(who));
        let there: Vec<usize> = shown.iter().map(|place| exact[*place]).collect();
        let best = best_of(&there);
        if individual_of(best as u32) != Some(who) {
            continue;
        }
        right += 1;
        for (most, (photo, individual)) in proposals.iter().zip(photo.iter_mut().zip(&mut individual)) {
            let proposed = &listed[..listed.len().min(*most)];
            *photo += usize::from(proposed.contains(&(best as u32)));
            *individual += usize::from(proposed.iter().any(|crop| individual_of(*crop) == Some(who)));
        }
    }
    let n = real.asking.len();
    let share = |of: usize| format!("{:.3}", of as f64 / right.max(1) as f64);
    println!(
        "    asked in {:.1} ms of processor ({:.1} ms of this clock), the proposed compared in {:.0} ms ({:.0})",
        1e3 * seconds / n as f64,
        1e3 * wall / n as f64,
        1e3 * seconds_after / n as f64,
        1e3 * wall_after / n as f64
    );
    println!(
        "    first right: {right} of {n} compared with all real photos, {right_after} of those proposed; among {proposals:?} proposed: \
         the exact best photo {}, its individual {}",
        photo.map(share).join(" "),
        individual.map(share).join(" ")
    );
}

/// Four quarters of four photos.
fn chimera(real: &Real<'_>, others: &[usize], alike: f32, dice: &mut Dice) -> Features {
    let dim = real.form.room().dim();
    // Noise of this size against a unit vector gives the cosine.
    let noise = (1.0 / (alike * alike) - 1.0).max(0.0).sqrt();
    let (mut keypoints, mut rows) = (Vec::new(), Vec::new());
    let mut row = vec![0; dim];
    for quarter in 0..4 {
        let from = real.packed(others[dice.below(others.len())]).to_features();
        let (right, lower) = (quarter % 2 == 1, quarter >= 2);
        let shift = [dice.next() * 60.0 - 30.0, dice.next() * 60.0 - 30.0];
        for (at, point) in from.keypoints.iter().enumerate() {
            let is_in = (point.x >= SIDE / 2.0) == right && (point.y >= SIDE / 2.0) == lower;
            if !is_in || dice.next() < DROPPED {
                continue;
            }
            let grain: Vec<f32> = (0..dim).map(|_| dice.next() - 0.5).collect();
            let length = grain.iter().map(|one| one * one).sum::<f32>().sqrt();
            let seen = from.descriptors.row(at).into_iter().zip(&grain);
            let changed: Vec<f32> =
                seen.map(|(one, grain)| f32::from(one) / 127.0 + noise * grain / length).collect();
            let length = changed.iter().map(|one| one * one).sum::<f32>().sqrt();
            quantise(&changed.iter().map(|one| one / length).collect::<Vec<f32>>(), &mut row);
            rows.extend_from_slice(&row);
            keypoints.push(Keypoint { x: (point.x + shift[0]).max(0.0), y: (point.y + shift[1]).max(0.0) });
        }
    }
    Features { keypoints, descriptors: Descriptors::from_rows(dim, &rows) }
}

/// Time by the clock, and of all threads of this process.
struct Clock(Instant, f64);

impl Clock {
    fn new() -> Self {
        Self(Instant::now(), processor_seconds())
    }

    fn wall(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }

    fn cpu(&self) -> f64 {
        processor_seconds() - self.1
    }
}

/// What Linux says; elsewhere nothing.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

/// Numbers from 0 to 1, the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn below(&mut self, end: usize) -> usize {
        ((self.next() * end as f32) as usize).min(end - 1)
    }
}
