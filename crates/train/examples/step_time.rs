//! Times full-depth training steps of a network with seeded weights and prints them as one line of JSON.
//!
//! `step_time --network=efficientnet-lite0 --batch=16 --side=224 --steps=3 --device=cpu`; what is compared with it is
//! in `bench/step/`.

#![allow(clippy::print_stdout)]

use std::time::Instant;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::Rng as _;
use resight_model::Architecture;
use resight_train::device::{DeviceChoice, OpenDevice, PrecisionChoice};
use resight_train::network::{self, Mode};
use resight_train::optimize::{Gradients, Optimizer};
use resight_train::parameters::{ParameterSpec, Parameters, Part, Start};
use resight_train::recipe::OptimizerRecipe;

const CLASSES: usize = 100;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What is timed.
struct Options {
    network: String,
    batch: usize,
    side: usize,
    steps: usize,
    device: DeviceChoice,
    precision: PrecisionChoice,
    recompute: bool,
}

/// Seconds of the parts of one step.
struct Step {
    forward: f64,
    backward: f64,
    update: f64,
}

fn main() -> Outcome<()> {
    let options = Options::read()?;
    let opened = options.device.open(options.precision)?;
    let architecture = Architecture::named(&options.network)
        .ok_or_else(|| format!("no network is called {}", options.network))?;
    let mut learner = Learner::new(&options, architecture, opened)?;
    learner.step()?;
    let steps: Vec<Step> = (0..options.steps).map(|_| learner.step()).collect::<Outcome<_>>()?;
    let seconds = |part: fn(&Step) -> f64| steps.iter().map(part).collect::<Vec<f64>>();
    let line = serde_json::json!({
        "version": format!("resight on burn 0.22.1, {}", learner.opened.description),
        "seconds": seconds(|step| step.forward + step.backward + step.update),
        "forward": seconds(|step| step.forward),
        "backward": seconds(|step| step.backward),
        "update": seconds(|step| step.update),
    });
    println!("{line}");
    Ok(())
}

impl Options {
    fn read() -> Outcome<Self> {
        let mut options = Self {
            network: "efficientnet-lite0".to_owned(),
            batch: 16,
            side: 224,
            steps: 3,
            device: DeviceChoice::Cpu,
            precision: PrecisionChoice::Single,
            recompute: false,
        };
        for argument in std::env::args().skip(1) {
            let (key, value) = argument.split_once('=').unwrap_or((&argument, ""));
            match key {
                "--network" => options.network = value.to_owned(),
                "--batch" => options.batch = value.parse()?,
                "--side" => options.side = value.parse()?,
                "--steps" => options.steps = value.parse()?,
                "--device" => options.device = value.parse()?,
                "--half" => options.precision = PrecisionChoice::Half,
                "--recompute" => options.recompute = true,
                _ => return Err(format!("unknown option {argument}").into()),
            }
        }
        Ok(options)
    }
}

/// A network with a linear classifier behind it, random images and labels.
struct Learner {
    architecture: Architecture,
    parameters: Parameters,
    optimizer: Optimizer,
    opened: OpenDevice,
    images: Tensor<4>,
    labels: Tensor<2, Int>,
    mode: Mode,
}

impl Learner {
    fn new(options: &Options, architecture: Architecture, opened: OpenDevice) -> Outcome<Self> {
        let mut parameters = Parameters::default();
        let classifier = ParameterSpec {
            name: "head.classifier".to_owned(),
            shape: vec![architecture.dimension, CLASSES],
            part: Part::Head,
            start: Start::Normal { deviation: 0.01 },
            decays: true,
        };
        let trunk = network::parameters(&architecture.layers, &architecture.seeded_weights())?;
        for spec in trunk.into_iter().chain([classifier]) {
            parameters.add(spec, 0, &opened.device);
        }
        let (images, labels) = data(options, &opened.device);
        let recipe = OptimizerRecipe { rate: 1e-4, weight_decay: 1e-2, ..OptimizerRecipe::default() };
        let mode = Mode { recompute: options.recompute, ..Mode::learning(0.1) };
        let optimizer = Optimizer::new(&recipe);
        Ok(Self { architecture, parameters, optimizer, opened, images, labels, mode })
    }

    fn step(&mut self) -> Outcome<Step> {
        let start = Instant::now();
        let leaves = self.parameters.leaves(|_, _| true);
        let input = self.images.clone().autodiff().cast(self.opened.precision);
        let output = network::forward(&self.architecture.layers, &leaves, input, self.mode);
        let buffers = output.buffers.clone();
        let logits = output.embeddings().matmul(leaves.get::<2>("head.classifier"));
        let loss = log_softmax(logits, 1).gather(1, self.labels.clone()).mean().neg();
        let value: f32 = loss.clone().into_scalar();
        let forward = start.elapsed().as_secs_f64();
        let backward = loss.backward();
        let found = leaves.iter().filter_map(|(name, leaf)| Some((name.to_owned(), leaf.grad(&backward)?)));
        let gradients: Gradients = found.collect();
        self.opened.device.sync()?;
        let both = start.elapsed().as_secs_f64();
        self.optimizer.step(&mut self.parameters, gradients, 1.0);
        for (name, values) in buffers {
            self.parameters.set(&name, values);
        }
        self.opened.device.sync()?;
        if !value.is_finite() {
            return Err(format!("the loss is {value}").into());
        }
        Ok(Step { forward, backward: both - forward, update: start.elapsed().as_secs_f64() - both })
    }
}

fn data(options: &Options, device: &Device) -> (Tensor<4>, Tensor<2, Int>) {
    let shape = [options.batch, 3, options.side, options.side];
    let mut random = resight_train::generator(0, "images", &[]);
    let pixels: Vec<f32> = (0..shape.iter().product()).map(|_| random.random_range(-1.7..1.7)).collect();
    let labels: Vec<i32> = (0..options.batch).map(|place| (place % CLASSES) as i32).collect();
    let images = Tensor::from_data(TensorData::new(pixels, shape), device);
    (images, Tensor::from_data(TensorData::new(labels, [options.batch, 1]), device))
}
