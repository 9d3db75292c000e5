//! Which runtime serves, and how to get the faster one.

use resight_core::Hint;

use super::error::{ModelError, how_to_get_it};
use super::network::{Graph, GraphSpec, ImageNetwork, Network, NetworkSpec, OneByOne};
use super::onnx_runtime::{self, OnnxRuntimeNetwork};
use super::rten_runtime::{RTEN, RtenNetwork};
use crate::bundle::{Bundle, Purpose, Standing, takes_one_image};
use crate::embed::{Embedder, NetworkEmbedder};
use crate::onnx::inspect;

/// Which runtime to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RuntimeChoice {
    /// ONNX Runtime where it is there and takes the network, `rten` otherwise.
    #[default]
    Auto,
    /// ONNX Runtime or nothing.
    OnnxRuntime,
    /// `rten` or nothing.
    Rten,
}

/// Whether a runtime is there.
#[derive(Debug, Clone, PartialEq)]
pub struct RuntimeStatus {
    /// Name, with its version where it is known.
    pub name: String,
    /// Whether it can be used.
    pub available: bool,
    /// Where it was found, or what was tried.
    pub detail: String,
    /// What the user can do to get it; `None` where nothing has to be done.
    pub hint: Option<Hint>,
}

/// Tells of each runtime whether it is there. Loads the ONNX Runtime library where one is found.
pub fn runtimes() -> Vec<RuntimeStatus> {
    let rten = RuntimeStatus {
        name: RTEN.to_owned(),
        available: true,
        detail: "part of the program".to_owned(),
        hint: None,
    };
    vec![onnx_runtime_status(), rten]
}

fn onnx_runtime_status() -> RuntimeStatus {
    match onnx_runtime::library() {
        Ok(library) => RuntimeStatus {
            name: library.name.clone(),
            available: true,
            detail: format!("{}: {}", library.located.place, library.located.path.display()),
            hint: None,
        },
        Err(refused) => RuntimeStatus {
            name: "ONNX Runtime".to_owned(),
            available: false,
            detail: refusals(refused),
            hint: Some(how_to_get_it()),
        },
    }
}

fn refusals(refused: &[String]) -> String {
    if refused.is_empty() { "not found on this computer".to_owned() } else { refused.join("; ") }
}

/// Loads the network of an embedder bundle.
///
/// `threads` is how many threads may work at one batch; 0 counts as 1.
///
/// # Errors
/// When the bundle is not an embedder, the runtime asked for is not there, or no runtime takes the network.
pub fn load_embedder(
    bundle: &Bundle,
    choice: RuntimeChoice,
    threads: usize,
) -> Result<Box<dyn Embedder>, ModelError> {
    bundle.expect_purpose(Purpose::Embedder)?;
    let network = load_network(bundle, choice, threads)?;
    Ok(Box::new(NetworkEmbedder::new(bundle, network)))
}

/// Loads the network of any bundle that takes images, for its bare output.
///
/// # Errors
/// When the bundle comes from elsewhere and was not tried, its network takes no images, the runtime asked for is not there,
/// or no runtime takes the network.
pub fn load_network(
    bundle: &Bundle,
    choice: RuntimeChoice,
    threads: usize,
) -> Result<Box<dyn Network>, ModelError> {
    check_standing(bundle)?;
    if bundle.manifest().purpose == Purpose::Matcher {
        return Err(ModelError::Purpose {
            bundle: bundle.id().to_string(),
            expected: "a network of images",
            found: Purpose::Matcher.with_article(),
        });
    }
    load_onnx(bundle.model_bytes(), &spec_of(bundle, threads), choice, bundle.id().as_str())
}

/// Refuses a bundle whose network must not be run in this process.
pub(crate) fn check_standing(bundle: &Bundle) -> Result<(), ModelError> {
    if bundle.standing() == Standing::Foreign {
        return Err(ModelError::Untried { bundle: bundle.id().to_string() });
    }
    Ok(())
}

/// How the network of a bundle is run.
pub(crate) fn spec_of(bundle: &Bundle, threads: usize) -> NetworkSpec<'_> {
    let manifest = bundle.manifest();
    let input = bundle.facts().inputs.iter().find(|input| input.name == manifest.input);
    NetworkSpec {
        input: &manifest.input,
        outputs: manifest.outputs().collect(),
        height: manifest.preprocess.height as usize,
        width: manifest.preprocess.width as usize,
        threads,
        one_by_one: input.is_some_and(takes_one_image),
    }
}

/// Name and version of the runtime that serves by this choice.
pub(crate) fn serving(choice: RuntimeChoice) -> &'static str {
    match choice {
        RuntimeChoice::Rten => RTEN,
        RuntimeChoice::Auto | RuntimeChoice::OnnxRuntime => {
            onnx_runtime::library().map_or(RTEN, |library| library.name.as_str())
        }
    }
}

/// Loads a network that was just written, of `side` × `side` pixels, for its bare output: a part of one that gives
/// maps, for example. `name` is for messages; `threads` as for [`load_embedder`].
///
/// # Errors
/// When the file has not one input and an output, the runtime asked for is not there, or no runtime takes it.
pub fn load_written(
    onnx: &[u8],
    side: usize,
    choice: RuntimeChoice,
    threads: usize,
    name: &str,
) -> Result<Box<dyn Network>, ModelError> {
    let refuse =
        |reason: String| ModelError::Load { runtime: "resight".into(), bundle: name.to_owned(), reason };
    let facts = inspect(onnx.to_vec().into()).map_err(|error| refuse(error.to_string()))?;
    let ([input], [output, ..]) = (facts.inputs.as_slice(), facts.outputs.as_slice()) else {
        return Err(refuse("it has not one input and an output".to_owned()));
    };
    let spec = NetworkSpec {
        input: &input.name,
        outputs: vec![&output.name],
        height: side,
        width: side,
        threads,
        one_by_one: false,
    };
    load_onnx(onnx, &spec, choice, name)
}

/// Loads an ONNX model that has been inspected; `name` is for messages.
pub(crate) fn load_onnx(
    onnx: &[u8],
    spec: &NetworkSpec<'_>,
    choice: RuntimeChoice,
    name: &str,
) -> Result<Box<dyn Network>, ModelError> {
    let network = ImageNetwork::new(load_graph(onnx, &spec.graph(), choice, name)?, spec);
    Ok(if spec.one_by_one { Box::new(OneByOne(Box::new(network))) } else { Box::new(network) })
}

/// As [`load_onnx`], for a network of any inputs.
pub(crate) fn load_graph(
    onnx: &[u8],
    spec: &GraphSpec<'_>,
    choice: RuntimeChoice,
    name: &str,
) -> Result<Box<dyn Graph>, ModelError> {
    match choice {
        RuntimeChoice::Rten => load_with_rten(onnx, spec, name),
        RuntimeChoice::OnnxRuntime => load_with_onnx_runtime(onnx, spec, name),
        RuntimeChoice::Auto => load_with_onnx_runtime(onnx, spec, name).or_else(|first| {
            load_with_rten(onnx, spec, name).map_err(|second| match first {
                ModelError::NoOnnxRuntime { .. } => second,
                refused => refused,
            })
        }),
    }
}

fn load_with_rten(onnx: &[u8], spec: &GraphSpec<'_>, name: &str) -> Result<Box<dyn Graph>, ModelError> {
    match RtenNetwork::load(onnx, spec) {
        Ok(network) => Ok(Box::new(network)),
        Err(reason) => Err(ModelError::Load { runtime: RTEN.to_owned(), bundle: name.to_owned(), reason }),
    }
}

fn load_with_onnx_runtime(
    onnx: &[u8],
    spec: &GraphSpec<'_>,
    name: &str,
) -> Result<Box<dyn Graph>, ModelError> {
    let library =
        onnx_runtime::library().map_err(|refused| ModelError::NoOnnxRuntime { reason: refusals(refused) })?;
    match OnnxRuntimeNetwork::load(library, onnx, spec) {
        Ok(network) => Ok(Box::new(network)),
        Err(reason) => {
            Err(ModelError::Load { runtime: library.name.clone(), bundle: name.to_owned(), reason })
        }
    }
}
