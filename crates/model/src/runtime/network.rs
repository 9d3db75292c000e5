//! The one thing a runtime does: numbers in, numbers out. A [`Graph`] takes any tensors, a [`Network`] images.

use std::panic::{AssertUnwindSafe, catch_unwind};

use resight_core::panic_text;

/// One tensor of a network's answer, in row-major order.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// What the network calls it.
    pub name: String,
    /// Extents, outermost first; the first one is the number of images.
    pub shape: Vec<usize>,
    /// The numbers, as many as the extents multiplied.
    pub values: Vec<f32>,
}

/// A loaded network with one image input and the outputs that were chosen.
///
/// Failures are told in the words of the runtime; the callers in this room add which bundle it was.
pub trait Network: Send + Sync {
    /// Runs a batch of images; gives the chosen outputs, in the order in which they were chosen: at least one.
    ///
    /// # Shapes
    /// `batch` is n × 3 × height × width, row-major, with the height and width that the network was made for.
    ///
    /// # Errors
    /// When the runtime refuses the numbers or fails.
    fn run(&self, batch: &[f32], n: usize) -> Result<Vec<Output>, String>;

    /// The runtime and its version, such as `rten 0.27`.
    fn runtime(&self) -> &str;
}

/// One tensor that a network is given, in row-major order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    /// Extents, outermost first.
    pub(crate) shape: &'a [usize],
    /// The numbers, as many as the extents multiplied.
    pub(crate) values: &'a [f32],
}

/// A loaded network, with the inputs and outputs that were chosen.
pub(crate) trait Graph: Send + Sync {
    /// Gives the chosen outputs for the chosen inputs, both in the order in which they were chosen.
    ///
    /// # Errors
    /// When the runtime refuses the numbers or fails.
    fn run(&self, inputs: &[Input<'_>]) -> Result<Vec<Output>, String>;

    /// The runtime and its version.
    fn runtime(&self) -> &str;
}

/// What a runtime needs to know to load a network.
#[derive(Debug, Clone)]
pub(crate) struct GraphSpec<'a> {
    /// Names of the chosen inputs in the file: all that it wants.
    pub(crate) inputs: Vec<&'a str>,
    /// Names of the chosen outputs in the file; at least one.
    pub(crate) outputs: Vec<&'a str>,
    /// How many threads may work at one question; at least 1.
    pub(crate) threads: usize,
}

/// How a network of images is run.
#[derive(Debug, Clone)]
pub(crate) struct NetworkSpec<'a> {
    /// Name of the input in the file.
    pub(crate) input: &'a str,
    /// Names of the chosen outputs in the file; at least one.
    pub(crate) outputs: Vec<&'a str>,
    /// Height of an image, in pixels.
    pub(crate) height: usize,
    /// Width of an image, in pixels.
    pub(crate) width: usize,
    /// How many threads may work at one batch; at least 1.
    pub(crate) threads: usize,
    /// Whether the network takes exactly one image at a time.
    pub(crate) one_by_one: bool,
}

impl NetworkSpec<'_> {
    /// Shape of a batch of `n` images.
    pub(crate) fn batch_shape(&self, n: usize) -> [usize; 4] {
        [n, 3, self.height, self.width]
    }

    /// What a runtime needs to know of it.
    pub(crate) fn graph(&self) -> GraphSpec<'_> {
        GraphSpec { inputs: vec![self.input], outputs: self.outputs.clone(), threads: self.threads }
    }
}

/// A network whose one input is images.
pub(super) struct ImageNetwork {
    graph: Box<dyn Graph>,
    image: [usize; 3],
}

impl ImageNetwork {
    /// Gives the graph, which was loaded as the specification says, images.
    pub(super) fn new(graph: Box<dyn Graph>, spec: &NetworkSpec<'_>) -> Self {
        Self { graph, image: [3, spec.height, spec.width] }
    }
}

impl Network for ImageNetwork {
    fn run(&self, batch: &[f32], n: usize) -> Result<Vec<Output>, String> {
        let [colours, height, width] = self.image;
        self.graph.run(&[Input { shape: &[n, colours, height, width], values: batch }])
    }

    fn runtime(&self) -> &str {
        self.graph.runtime()
    }
}

impl Output {
    /// The only one, where one was chosen.
    ///
    /// # Errors
    /// Where there is none.
    pub fn only(outputs: Vec<Self>) -> Result<Self, String> {
        outputs.into_iter().next().ok_or_else(|| "the output is missing".to_owned())
    }
}

/// Gives a network that takes one image at a time a batch, image by image.
pub(super) struct OneByOne(pub(super) Box<dyn Network>);

impl Network for OneByOne {
    fn run(&self, batch: &[f32], n: usize) -> Result<Vec<Output>, String> {
        let mut joined: Vec<Output> = Vec::new();
        for image in batch.chunks_exact((batch.len() / n.max(1)).max(1)) {
            let outputs = self.0.run(image, 1)?;
            if joined.is_empty() {
                joined = outputs;
            } else {
                for (joined, output) in joined.iter_mut().zip(outputs) {
                    joined.values.extend_from_slice(&output.values);
                }
            }
        }
        for images in joined.iter_mut().filter_map(|output| output.shape.first_mut()) {
            *images *= n;
        }
        Ok(joined)
    }

    fn runtime(&self) -> &str {
        self.0.runtime()
    }
}

/// Runs code of a runtime; a panic in it becomes an ordinary failure.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(format!("internal error of the runtime: {}", panic_text(&*panic))))
}
