//! Asks the bundle of a run and the network that was trained about photos, by every route there is, for
//! `fixtures/reference/train/parity.py` to compare with Python.
//!
//! ```text
//! cargo run -p resight-train --example run_parity -- RUN TRUNK OUT PHOTO…
//! ```
//!
//! RUN is the folder of a finished run, TRUNK the bundle it started from. OUT gets `inputs.f32` (photos × 3 × height ×
//! width as the network takes them) and `embeddings.json`: of each photo the embedding by the tensor library that
//! trains, with the learnt numbers and the whole trunk, and by each inference runtime from the bundle.

#![allow(clippy::print_stdout)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};
use resight_model::{Bundle, RuntimeChoice, load_network};
use resight_runs::run::Checkpoint;
use resight_train::learner::Neck;
use resight_train::network::{Mode, forward, parameters};
use resight_train::parameters::{Parameters, numbers};
use resight_train::recipe::{Depth, Recipe};
use resight_train::trunk::Trunk;
use resight_train::view::{Loader, LoaderOptions, View, ViewJob, ViewMaker, ViewRequest};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [run, trunk, out, photos @ ..] = arguments.as_slice() else {
        return Err("RUN TRUNK OUT PHOTO…".into());
    };
    std::fs::create_dir_all(out)?;
    let recipe = Recipe::read(&run.join("recipe.toml"))?;
    let bundle = Bundle::open(&run.join("bundle"))?.vouched();
    let images = images(&recipe, &bundle, photos)?;
    std::fs::write(out.join("inputs.f32"), bytemuck::cast_slice(&images))?;

    let mut answers: BTreeMap<&str, Vec<f32>> = BTreeMap::new();
    answers.insert("burn", by_burn(&recipe, trunk, &run.join("best.safetensors"), &images, photos.len())?);
    for (name, runtime) in [("onnxruntime", RuntimeChoice::OnnxRuntime), ("rten", RuntimeChoice::Rten)] {
        match load_network(&bundle, runtime, 1) {
            Ok(network) => {
                drop(answers.insert(name, network.run(&images, photos.len())?.swap_remove(0).values))
            }
            Err(error) => println!("{name} is left out: {error}"),
        }
    }
    let side = bundle.manifest().preprocess.width;
    let told = serde_json::json!({
        "photos": photos, "shape": [photos.len(), 3, side, side],
        "dimension": bundle.manifest().dimension, "embeddings": answers,
    });
    std::fs::write(out.join("embeddings.json"), serde_json::to_vec(&told)?)?;
    println!("{} photos by {:?}", photos.len(), answers.keys().collect::<Vec<_>>());
    Ok(())
}

/// Photos as the network takes them, one after the other.
fn images(recipe: &Recipe, bundle: &Bundle, photos: &[PathBuf]) -> Outcome<Vec<f32>> {
    let preprocess = bundle.manifest().preprocess.clone();
    let maker = ViewMaker::new(preprocess, recipe.views.augment.clone(), recipe.views.flip, recipe.seed)?;
    let job = |(row, path): (usize, &PathBuf)| ViewJob {
        row: row as u32,
        path: path.clone(),
        photo: None,
        region: None,
    };
    let jobs: Vec<ViewJob> = photos.iter().enumerate().map(job).collect();
    let wanted = (0..photos.len() as u32).map(|job| ViewRequest { job, view: View::PLAIN }).collect();
    let batch = Loader::start(Arc::new(maker), jobs.into(), vec![wanted], LoaderOptions::default()).next();
    let batch = batch.ok_or("no photos")?;
    match batch.failures.into_iter().next() {
        Some(failure) => Err(failure.into()),
        None => Ok(batch.inputs),
    }
}

/// The whole network with what was learnt, by the library that trains.
fn by_burn(recipe: &Recipe, trunk: &Path, best: &Path, images: &[f32], n: usize) -> Outcome<Vec<f32>> {
    let whole = Recipe { depth: Depth::Full, ..recipe.clone() };
    let trunk = Trunk::of(Bundle::open(trunk)?.vouched(), &whole)?;
    let (mut layers, weights, input) = trunk.learning()?.ok_or("the trunk's layers are not known")?;
    let pooled = layers.iter().fold(input, |shape, layer| layer.shape_after(shape)).numbers();
    let neck = Neck::new(&recipe.neck, pooled);
    let device = Device::flex();
    let mut learnt = Parameters::default();
    for spec in parameters(&layers, weights)?.into_iter().chain(neck.parameters()) {
        learnt.add(spec, recipe.seed, &device);
    }
    layers.extend(neck.layers().iter().cloned());
    let mut taken = 0;
    for (name, values) in Checkpoint::read(best)?.arrays {
        if learnt.get(&name).is_some() {
            let size = [values.len()];
            learnt.set(&name, Tensor::from_data(TensorData::new(values, size), &device));
            taken += 1;
        }
    }
    println!("{taken} arrays of the run's best parameters, the others as the trunk has them");
    let side = trunk.preprocess().width as usize;
    let images = Tensor::<4>::from_data(TensorData::new(images.to_vec(), [n, 3, side, side]), &device);
    Ok(numbers(forward(&layers, &learnt.constants(), images, Mode::FROZEN).embeddings()))
}
