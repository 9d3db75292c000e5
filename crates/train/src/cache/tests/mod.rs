//! Tests of the cache, with a network that is quick to check.

mod building;
mod damage;
mod kills;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use resight_core::{GivenBox, PixelBox};
use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange, encode_jpeg};
use resight_model::{Network, Output};

use super::*;
use crate::view::{AugmentRecipe, FlipPolicy, View, ViewJob, ViewMaker};

const SIDE: usize = 32;
/// Positions on a side of the network's maps.
const CELLS: usize = 4;

/// Means over 4 × 4 parts of each plane: 3 maps of 4 × 4. Or these as an embedding of 48 numbers, or as tokens.
struct Means {
    /// What an image is answered with.
    extents: Vec<usize>,
    pause: Duration,
    runs: AtomicUsize,
    /// Added to every answer.
    shift: f32,
}

impl Means {
    fn maps() -> Self {
        Self { extents: vec![3, CELLS, CELLS], pause: Duration::ZERO, runs: AtomicUsize::new(0), shift: 0.0 }
    }

    fn of(&self, image: &[f32]) -> Vec<f32> {
        let part = SIDE / CELLS;
        let mean = |plane: &[f32], y: usize, x: usize| {
            let rows = (y * part..(y + 1) * part)
                .map(|row| &plane[row * SIDE + x * part..row * SIDE + (x + 1) * part]);
            rows.flatten().sum::<f32>() / (part * part) as f32 + self.shift
        };
        let planes = image.chunks_exact(SIDE * SIDE);
        planes
            .flat_map(|plane| (0..CELLS * CELLS).map(move |cell| mean(plane, cell / CELLS, cell % CELLS)))
            .collect()
    }
}

impl Network for Means {
    fn run(&self, batch: &[f32], n: usize) -> Result<Vec<Output>, String> {
        self.runs.fetch_add(n, Ordering::Relaxed);
        std::thread::sleep(self.pause);
        let values = batch.chunks_exact(3 * SIDE * SIDE).flat_map(|image| self.of(image)).collect();
        let shape = [&[n], &self.extents[..]].concat();
        Ok(vec![Output { name: "means".to_owned(), shape, values }])
    }

    fn runtime(&self) -> &str {
        "means 1.0"
    }
}

fn maker(seed: u64) -> ViewMaker {
    let preprocess = Preprocess {
        width: SIDE as u32,
        height: SIDE as u32,
        fit: Fit::Stretch,
        filter: ResizeFilter::Bilinear,
        color: ColorOrder::Rgb,
        value_range: ValueRange::Unit,
        mean: [0.5; 3],
        deviation: [0.25; 3],
        decode: DecodePrecision::Scaled,
        crop_margin: 0.0,
    };
    ViewMaker::new(preprocess, AugmentRecipe::default(), FlipPolicy::KeepIdentity, seed).unwrap()
}

/// Photos in a folder, the first of them with two annotations.
fn jobs(folder: &Path, photos: u32) -> Vec<ViewJob> {
    let mut jobs = Vec::new();
    for number in 0..photos {
        let path = folder.join(format!("{number}.jpg"));
        if !path.exists() {
            let picture = crate::view::tests::scene(80 + 9 * number, 60);
            std::fs::write(&path, encode_jpeg(&picture, 90).unwrap()).unwrap();
        }
        jobs.push(ViewJob { row: number, path, photo: None, region: None });
    }
    let region = PixelBox::at(10.0, 5.0, 40.0, 30.0);
    jobs.push(ViewJob { row: photos, region: Some(GivenBox::upright(region)), ..jobs[0].clone() });
    jobs
}

fn request<'a>(maker: &'a ViewMaker, jobs: &'a [ViewJob], views: &'a [View]) -> CacheRequest<'a> {
    CacheRequest { network: "means", maker, jobs, views, batch: 4, threads: 2 }
}

fn build(
    folder: &Path,
    request: &CacheRequest<'_>,
    network: &Means,
) -> Result<(FeatureCache, Vec<CacheWarning>), CacheError> {
    FeatureCache::open_or_build(&caches_in(folder), request, network, &(), &AtomicBool::new(false))
}

/// Where the caches lie: nothing else does.
fn caches_in(folder: &Path) -> PathBuf {
    folder.join("caches")
}

/// Compares every number of a cache with what the network says of the view.
fn assert_right(cache: &FeatureCache, request: &CacheRequest<'_>, network: &Means) {
    assert_eq!((cache.items(), cache.views()), (request.jobs.len(), request.views.len()));
    for item in cache.present() {
        let job = &request.jobs[item];
        let bytes = std::fs::read(&job.path).unwrap();
        let regions: Vec<_> =
            request.jobs.iter().filter(|other| other.path == job.path).map(|other| other.region).collect();
        let photo = request.maker.open(&bytes, &regions).unwrap();
        for (number, view) in request.views.iter().enumerate() {
            let mut input = vec![0.0; 3 * SIDE * SIDE];
            let picture = request.maker.picture(&photo, job.region, job.row, *view).unwrap();
            request.maker.input(&picture, &mut input).unwrap();
            let expected = network.of(&input);
            for (place, half) in cache.features(item, number).iter().enumerate() {
                // Kept position by position; the network answers plane by plane.
                let is_planar = cache.shape().positions() == CELLS * CELLS;
                let at = if is_planar { (place % 3) * CELLS * CELLS + place / 3 } else { place };
                let tolerance = expected[at].abs() / 2048.0 + 1e-6;
                assert!((half.to_f32() - expected[at]).abs() <= tolerance, "{item} {number} {place}");
            }
        }
    }
}
