//! How alike are two photos to the network? Prints the similarity of every pair, without any catalog.
//!
//! ```text
//! cargo run --release -p resight-engine --example how_alike -- PHOTO PHOTO...
//! ```

#![allow(clippy::print_stdout, reason = "an example is a program of its own")]

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use resight_engine::{DEFAULT_EMBEDDER, EngineError, Models, RuntimeChoice};
use resight_model::WholePicture;
use resight_model::chain::{self, ChainOptions, Job, PhotoSource};

fn main() -> Result<(), EngineError> {
    let photos: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let models = Models::open(None, RuntimeChoice::Auto, 2)?;
    let embedder = models.embedder(&models.bundle(DEFAULT_EMBEDDER)?)?;
    let jobs = photos.iter().enumerate().map(|(index, path)| Job {
        index,
        source: PhotoSource::Path(path.clone()),
        regions: None,
    });
    let mut embeddings: Vec<(usize, Vec<f32>)> = Vec::new();
    let cancel = AtomicBool::new(false);
    chain::run(jobs, &*embedder, &WholePicture, &ChainOptions::new(&cancel), |processed| {
        let crops = processed.photo.map_err(|failure| EngineError::user(failure.to_string()))?.crops;
        let usable = crops.into_iter().filter_map(|crop| crop.embedding.ok());
        embeddings.extend(usable.map(|values| (processed.index, values)));
        Ok::<(), EngineError>(())
    })?;
    for (place, (one, ours)) in embeddings.iter().enumerate() {
        for (other, theirs) in &embeddings[place + 1..] {
            // The default embedder's distance is cosine: its embeddings have length 1.
            let similarity: f32 = ours.iter().zip(theirs).map(|(a, b)| a * b).sum();
            println!("{similarity:.4}  {}  {}", photos[*one].display(), photos[*other].display());
        }
    }
    Ok(())
}
