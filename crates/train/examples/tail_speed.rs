//! How fast the last stages of EfficientNet-Lite0 learn: photos a second forward and back, and what share of the
//! speed of plain matrix products that is. The products are timed between the steps, so that whatever else the
//! machine does slows both.
//!
//! `cargo run --release -p resight-train --example tail_speed [-- STAGE…]`

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use half::f16;
use resight_model::{Convolution, EfficientNetLite, Layer, Pooling};
use resight_train::tail::{FastTail, Workspace};

/// A tail with everything that a step needs.
struct Run {
    tail: FastTail,
    tensors: BTreeMap<String, Vec<f32>>,
    features: Vec<Vec<f16>>,
    gradient: Vec<f32>,
    workspace: Workspace,
}

impl Run {
    fn new(tail: FastTail, tensors: BTreeMap<String, Vec<f32>>, photos: usize) -> Self {
        let number = |place: usize| ((place * 7919) % 1000) as f32 / 500.0 - 1.0;
        let photo =
            |photo: usize| (0..tail.features()).map(|place| f16::from_f32(number(place + photo))).collect();
        let features = (0..photos).map(photo).collect();
        let gradient = (0..photos * tail.dimension()).map(number).collect();
        Self { tail, tensors, features, gradient, workspace: Workspace::default() }
    }

    /// Seconds forward and back.
    fn step(&mut self) -> Result<[f64; 2], Box<dyn Error>> {
        let features: Vec<&[f16]> = self.features.iter().map(Vec::as_slice).collect();
        let start = Instant::now();
        self.tail.forward(&self.tensors, &features, &mut self.workspace)?;
        let middle = Instant::now();
        self.tail.backward(&self.tensors, &self.gradient, &mut self.workspace)?;
        Ok([(middle - start).as_secs_f64(), middle.elapsed().as_secs_f64()])
    }

    /// Billions of operations forward and back.
    fn work(&self) -> [f64; 2] {
        self.tail.operations().map(|count| count as f64 * 1e-9 * self.features.len() as f64)
    }
}

/// EfficientNet-Lite0 from a stage on.
fn stages(first: &str, photos: usize) -> Result<Run, Box<dyn Error>> {
    let (before, after) = EfficientNetLite::Lite0.architecture().parts(first).ok_or("no such stage")?;
    let (folded, weights) = after.folded(&after.seeded_weights())?;
    let tail = FastTail::plan(&folded.layers, before.output_shape([3, 224, 224]))?;
    let tensors = weights.iter().map(|(name, tensor)| (name.to_owned(), tensor.values.clone())).collect();
    Ok(Run::new(tail, tensors, photos))
}

/// One large matrix product and next to nothing else: 3136 × 1024 × 1024.
fn product() -> Result<Run, Box<dyn Error>> {
    let layer = Convolution { bias: true, ..Convolution::pointwise("only", 1024, 1024) };
    let tail = FastTail::plan(&[Layer::Convolution(layer), Layer::Pool(Pooling::Average)], [1024, 14, 14])?;
    let tensors = tail.tensors().map(|(name, length)| (name.to_owned(), vec![0.01; length])).collect();
    Ok(Run::new(tail, tensors, 16))
}

fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wanted =
        if wanted.is_empty() { ["stage6", "stage5", "stage4"].map(str::to_owned).to_vec() } else { wanted };
    let mut out = std::io::stdout();
    writeln!(out, "cores: {}; GFLOP/s are medians, products alone were timed between the steps", cores())?;
    writeln!(out, "stage   batch  photos/s  best  forward  back  products  GFLOP a photo")?;
    let mut product = product()?;
    for stage in &wanted {
        for photos in [32, 64] {
            let mut run = stages(stage, photos)?;
            run.step()?;
            let (mut totals, mut forward, mut back, mut products) = (vec![], vec![], vec![], vec![]);
            for _ in 0..15 {
                let [there, again] = run.step()?;
                let [work_there, work_again] = run.work();
                totals.push(there + again);
                forward.push(work_there / there);
                back.push(work_again / again);
                products.push(product.work()[0] / product.step()?[0]);
            }
            let speed = photos as f64 / median(&mut totals);
            let best = photos as f64 / totals[0];
            let [forward, back, products] =
                [&mut forward, &mut back, &mut products].map(|speeds| median(speeds));
            let each = run.work().iter().sum::<f64>() / photos as f64;
            writeln!(
                out,
                "{stage:<7} {photos:>5} {speed:>9.0} {best:>5.0} {forward:>8.0} {back:>5.0} {products:>9.0} {each:>14.2}"
            )?;
        }
    }
    Ok(())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
