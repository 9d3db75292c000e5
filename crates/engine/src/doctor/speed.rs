//! How fast this machine decodes, embeds, searches and compares marks: short measurements, a second or so each.

use std::time::{Duration, Instant};

use resight_core::ImageSize;
use resight_imaging::{DecodeSize, Limits, RgbImage, decode, encode_jpeg};
use resight_model::{Embedder as _, LocalFeatures};
use resight_vector::{Metric, Rows, f16, scan};
use serde::Serialize;

use crate::local::{CloserLook, LIKELIEST, count_matches};
use crate::{DEFAULT_EMBEDDER, DEFAULT_LOCAL_FEATURES, EngineError, Models, Progress, Stage};

/// How long each thing is measured, at least.
const LONG_ENOUGH: Duration = Duration::from_millis(900);

/// The photo that is decoded.
const PHOTO: (u32, u32) = (1600, 1200);

/// Crops that a network gets at once.
const BATCH: usize = 8;

/// The gallery that is searched: rows × numbers.
const GALLERY: (usize, usize) = (20_000, 1280);

/// What was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Speed {
    /// JPEG photos of 1600 × 1200 decoded to what a network of 224 pixels needs, a second, on all cores.
    pub photos_decoded_per_second: f64,
    /// Crops embedded a second by the default embedder.
    pub crops_embedded_per_second: f64,
    /// What executed it.
    pub runtime: String,
    /// Embeddings of 1280 numbers that one query is compared with, a second.
    pub rows_searched_per_second: f64,
    /// What effort normal takes besides, by the bundles that read local features.
    pub local_features: Vec<LocalSpeed>,
    /// Pairs of photos that are looked at more closely, a second, on all cores: what effort thorough takes besides.
    pub pairs_looked_at_per_second: f64,
    /// Pairs of one query.
    pub pairs_of_a_query: usize,
}

/// How fast local features are read and compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LocalSpeed {
    /// The bundle.
    pub bundle: String,
    /// Crops whose local features are read, a second.
    pub crops_read_per_second: f64,
    /// Photos whose local features one query is compared with, a second, on all cores.
    pub photos_compared_per_second: f64,
}

/// Measures.
pub(super) fn measure(models: &Models, progress: &dyn Progress) -> Result<Speed, EngineError> {
    let stage = |title: &str| progress.begin(Stage { title: title.to_owned(), total: None });
    stage("measuring: decoding");
    let photos_decoded_per_second = decoding()?;
    stage("measuring: the network");
    let (crops_embedded_per_second, runtime) =
        embedding(&*models.embedder(&models.bundle(DEFAULT_EMBEDDER)?)?)?;
    stage("measuring: search");
    let rows_searched_per_second = searching()?;
    stage("measuring: local features");
    let networks: Vec<LocalFeatures> = DEFAULT_LOCAL_FEATURES
        .iter()
        .map(|name| models.local_features(&models.bundle(name)?))
        .collect::<Result<_, EngineError>>()?;
    let local_features = networks.iter().map(local_speed).collect::<Result<_, EngineError>>()?;
    stage("measuring: a closer look");
    let pairs_looked_at_per_second = looking_closer(models, &networks)?;
    Ok(Speed {
        photos_decoded_per_second,
        crops_embedded_per_second,
        runtime,
        rows_searched_per_second,
        local_features,
        pairs_looked_at_per_second,
        pairs_of_a_query: LIKELIEST.photos,
    })
}

/// How many pairs are looked at, with as many keypoints as there is room for.
fn looking_closer(models: &Models, networks: &[LocalFeatures]) -> Result<f64, EngineError> {
    let Some(closer) = CloserLook::of(models, networks.iter().map(|one| (one.form(), one.manifest())))?
    else {
        return Ok(0.0);
    };
    let reads = |network: &&LocalFeatures| network.form().bundle() == closer.features();
    let Some(network) = networks.iter().find(reads) else { return Ok(0.0) };
    let rows = [row_of(network, &marked(1))?, row_of(network, &marked(2))?];
    let pairs = vec![(&rows[0][..], &rows[1][..]); LIKELIEST.photos];
    rate(|| closer.count(&pairs).map(|counts| counts.len()))
}

/// Side of the picture whose marks are read, and how many there are in it: more than there is room for.
const MARKED: (u32, usize) = (448, 1500);

/// A picture full of spots, other ones for each seed.
fn marked(seed: u32) -> RgbImage {
    let (side, spots) = MARKED;
    let mut picture = RgbImage::from_pixel(side, side, [128; 3].into());
    let mut dice = seed;
    let mut below = |limit: u32| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 8) % limit
    };
    for _ in 0..spots {
        let (x, y, radius) = (below(side), below(side), 2 + below(7));
        let [red, green, blue] = [below(256) as u8, below(256) as u8, below(256) as u8];
        for (dx, dy) in (0..=2 * radius).flat_map(|dx| (0..=2 * radius).map(move |dy| (dx, dy))) {
            let inside = dx.abs_diff(radius).pow(2) + dy.abs_diff(radius).pow(2) <= radius * radius;
            let (at_x, at_y) = ((x + dx).wrapping_sub(radius), (y + dy).wrapping_sub(radius));
            if inside && at_x < side && at_y < side {
                picture.put_pixel(at_x, at_y, [red, green, blue].into());
            }
        }
    }
    picture
}

/// Photos that a query is compared with at once.
const COMPARED: usize = 512;

fn unusable(what: impl Into<String>) -> EngineError {
    EngineError::internal(format!("the photo to measure with: {}", what.into()))
}

/// A picture as a network gets it.
fn input(network: &LocalFeatures, photo: &RgbImage) -> Result<Vec<f32>, EngineError> {
    let preprocess = &network.manifest().preprocess;
    let (width, height) = photo.dimensions();
    let mut crop = vec![0.0; preprocess.input_len()];
    let applied = preprocess.apply(photo, None, ImageSize { width, height }, &mut crop);
    applied.map(|()| crop).map_err(|error| unusable(error.to_string()))
}

/// The local features of a picture.
fn row_of(network: &LocalFeatures, photo: &RgbImage) -> Result<Vec<f16>, EngineError> {
    Ok(network.embed(&input(network, photo)?, 1)?.into_iter().map(f16::from_f32).collect())
}

/// A picture as it is read and compared, over and over: with as many keypoints as there is room for, as most photos have.
fn local_speed(network: &LocalFeatures) -> Result<LocalSpeed, EngineError> {
    let crop = input(network, &marked(1))?;
    let (row, other) = (row_of(network, &marked(1))?, row_of(network, &marked(2))?);
    let crops_read_per_second = rate(|| network.embed(&crop, 1).map(|_| 1))?;
    let form = network.form();
    let features = form.packed(&row).ok_or_else(|| unusable("no features".to_owned()))?.to_features();
    let gallery = vec![&other[..]; COMPARED];
    let photos_compared_per_second = rate(|| {
        let counted = count_matches(form, &features, &gallery, |row| Some(*row));
        Ok::<usize, EngineError>(counted.len())
    })?;
    let bundle = form.bundle().to_string();
    Ok(LocalSpeed { bundle, crops_read_per_second, photos_compared_per_second })
}

/// A photo with as much detail as a real one, so that its JPEG is about as large.
fn photo() -> RgbImage {
    let mut dice = 1_u32;
    RgbImage::from_fn(PHOTO.0, PHOTO.1, |x, y| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (dice >> 27) as u8;
        let (across, down) = ((x * 200 / PHOTO.0) as u8, (y * 200 / PHOTO.1) as u8);
        let stripe = if (x / 23 + y / 17) % 3 == 0 { 40 } else { 0 };
        [across + grain, down + grain / 2, 110 - across / 2 + stripe + grain].into()
    })
}

fn decoding() -> Result<f64, EngineError> {
    let failed = |error: String| EngineError::internal(format!("the photo to measure with: {error}"));
    let jpeg = encode_jpeg(&photo(), 88).map_err(|error| failed(error.to_string()))?;
    let wanted = DecodeSize::AtLeast(ImageSize { width: 224, height: 224 });
    decode(&jpeg, &Limits::default(), wanted).map_err(|error| failed(error.to_string()))?;
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let work = || {
        let mut done = 0_u32;
        while began.elapsed() < LONG_ENOUGH {
            done += u32::from(decode(&jpeg, &Limits::default(), wanted).is_ok());
        }
        done
    };
    let done: u32 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(0)).sum()
    });
    Ok(f64::from(done) / began.elapsed().as_secs_f64())
}

/// How many crops an embedder embeds a second, and what executes it.
pub(crate) fn embedding(embedder: &dyn resight_model::Embedder) -> Result<(f64, String), EngineError> {
    let preprocess = &embedder.manifest().preprocess;
    let crops = vec![0.25_f32; BATCH * 3 * preprocess.height as usize * preprocess.width as usize];
    // The first run is slower: memory is set aside.
    embedder.embed(&crops, BATCH)?;
    let rate = rate(|| embedder.embed(&crops, BATCH).map(|_| BATCH))?;
    Ok((rate, embedder.runtime().to_owned()))
}

/// The way of [`resight_catalog::Embeddings::similarities`], which every question takes.
fn searching() -> Result<f64, EngineError> {
    let (n_rows, dimension) = GALLERY;
    let mut dice = 7_u32;
    let mut number = || {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from((dice >> 16) as u16) / 65536.0 - 0.5
    };
    let values: Vec<f16> = (0..n_rows * dimension).map(|_| f16::from_f32(number())).collect();
    let query: Vec<f32> = (0..dimension).map(|_| number()).collect();
    let failed = |error: resight_vector::VectorError| EngineError::internal(error.to_string()).because(error);
    let rows = Rows::new(dimension, &values).map_err(failed)?;
    let mut similarities = Vec::with_capacity(n_rows);
    rate(|| {
        similarities.clear();
        scan(&[rows], &query, Metric::Dot, |_, _, scores| similarities.extend_from_slice(scores))
            .map(|()| n_rows)
            .map_err(failed)
    })
}

/// How many items a second `work` does, which says how many each call did.
#[expect(clippy::cast_precision_loss, reason = "numbers of items")]
fn rate<E>(mut work: impl FnMut() -> Result<usize, E>) -> Result<f64, E> {
    let began = Instant::now();
    let mut done = 0;
    while began.elapsed() < LONG_ENOUGH {
        done += work()?;
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}
