//! How fast is a folder of photos embedded, and how near to the limit that decoding and the network set?
//!
//! ```text
//! cargo run --release -p resight-model --example embed_folder -- PHOTOS [BUNDLE] [THREADS] [BATCH]
//! ```
//!
//! PHOTOS is a folder of photos; BUNDLE a name in the model store or a path (default `efficientnet-lite0`).
//! Prints one JSON object: photos a second of decoding and cropping alone, of the network alone, and of the
//! chain that overlaps both; `limit` is 1 / (1/decode + 1/network), what no overlap can beat on the same cores.

#![allow(clippy::print_stdout, reason = "an example is a program of its own")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use resight_core::PixelBox;
use resight_imaging::{Limits, Preprocess, decode, full_size};
use resight_model::chain::{ChainOptions, Job, PhotoSource, run};
use resight_model::store::Store;
use resight_model::{Embedder, ModelError, RuntimeChoice, WholePicture, load_embedder};

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize, default: &str| arguments.get(at).map_or(default, String::as_str).to_owned();
    let folder = arguments.first().ok_or("usage: embed_folder PHOTOS [BUNDLE] [THREADS] [BATCH]")?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads: usize = argument(2, &cores.to_string()).parse()?;
    let batch_size: usize = argument(3, "8").parse()?;

    let store = Store::open_default()?;
    let bundle = store.tried(store.find(&argument(1, "efficientnet-lite0"))?, RuntimeChoice::Auto)?;
    let embedder = load_embedder(&bundle, RuntimeChoice::Auto, threads)?;
    let photos = photos_in(Path::new(folder))?;
    decoding(&photos[..photos.len().min(16)], &embedder.manifest().preprocess, threads)?;
    network(&*embedder, 16, batch_size)?;

    let decode = decoding(&photos, &embedder.manifest().preprocess, threads)?;
    let network = network(&*embedder, photos.len(), batch_size)?;
    let chain = chain(&photos, &*embedder, threads, batch_size)?;
    let limit = 1.0 / (1.0 / decode + 1.0 / network);
    let runtime = embedder.runtime();
    println!(
        "{{\"photos\": {}, \"runtime\": \"{runtime}\", \"threads\": {threads}, \"batch\": {batch_size}, \
         \"decode\": {decode:.2}, \"network\": {network:.2}, \"limit\": {limit:.2}, \"chain\": {chain:.2}, \
         \"limit_over_chain\": {:.3}}}",
        photos.len(),
        limit / chain
    );
    Ok(())
}

/// The files of a folder, sorted.
fn photos_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut photos: Vec<PathBuf> =
        entries.iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    photos.sort();
    if photos.is_empty() { Err("the folder has no files".into()) } else { Ok(photos) }
}

/// Photos a second of reading, decoding and cropping on all threads, without a network.
fn decoding(photos: &[PathBuf], preprocess: &Preprocess, threads: usize) -> Result<f64, Failure> {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    std::thread::scope(|scope| {
        let work = || -> Result<(), Failure> {
            let mut input = vec![0.0; preprocess.input_len()];
            while let Some(photo) = photos.get(next.fetch_add(1, Ordering::Relaxed)) {
                prepare(photo, preprocess, &mut input)?;
            }
            Ok(())
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a thread panicked")?)
    })?;
    Ok(photos.len() as f64 / start.elapsed().as_secs_f64())
}

fn prepare(photo: &Path, preprocess: &Preprocess, input: &mut [f32]) -> Result<(), Failure> {
    let bytes = std::fs::read(photo)?;
    let full = full_size(&bytes, &Limits::default())?;
    let whole = PixelBox::whole(full);
    let decoded = decode(&bytes, &Limits::default(), preprocess.decode_size(full, Some(&whole)))?;
    preprocess.apply(&decoded.image, Some(&whole), full, input)?;
    Ok(())
}

/// Photos a second of the network alone, on prepared input.
fn network(embedder: &dyn Embedder, photos: usize, batch_size: usize) -> Result<f64, Failure> {
    let one = embedder.manifest().preprocess.input_len();
    let batch: Vec<f32> = (0..one * batch_size).map(|i| ((i * 31) % 255) as f32 / 128.0 - 1.0).collect();
    let batches = photos.div_ceil(batch_size);
    let start = Instant::now();
    for _ in 0..batches {
        embedder.embed(&batch, batch_size)?;
    }
    Ok((batches * batch_size) as f64 / start.elapsed().as_secs_f64())
}

/// Photos a second of the whole chain.
fn chain(
    photos: &[PathBuf],
    embedder: &dyn Embedder,
    threads: usize,
    batch_size: usize,
) -> Result<f64, Failure> {
    let cancel = AtomicBool::new(false);
    let options = ChainOptions { decode_threads: threads, batch_size, ..ChainOptions::new(&cancel) };
    let jobs = photos.iter().enumerate().map(|(index, path)| Job {
        index,
        source: PhotoSource::Path(path.clone()),
        regions: None,
    });
    let mut embedded = 0;
    let start = Instant::now();
    run(jobs, embedder, &WholePicture, &options, |processed| {
        let crops = processed.photo.iter().flat_map(|photo| &photo.crops);
        embedded += crops.filter(|crop| crop.embedding.is_ok()).count();
        Ok::<_, ModelError>(())
    })?;
    let rate = photos.len() as f64 / start.elapsed().as_secs_f64();
    if embedded == photos.len() {
        Ok(rate)
    } else {
        Err(format!("only {embedded} photos were embedded").into())
    }
}
