//! Makes the bundle `resight-base` from a run of `recipes/base.toml`: a mean of the network as it came and as it learnt,
//! without the run's neck, its weights in half precision.
//!
//!     base_bundle LITE0_BUNDLE RUN_BUNDLE SHARE OUT
//!
//! SHARE is the weight of what was learnt, 0 to 1. The mean of the weights keeps what the network knew of photos and
//! adds what it learnt of marks (M. Wortsman et al., "Robust fine-tuning of zero-shot models", 2022).

use std::error::Error;
use std::path::Path;

use resight_model::onnx::{read_weights, write_half_network};
use resight_model::{Architecture, Bundle, ManifestInput, Purpose, Tensor, Weights};

const ARCHITECTURE: &str = "efficientnet-lite0";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [start, run, share, out] = arguments.as_slice() else {
        return Err("usage: base_bundle LITE0_BUNDLE RUN_BUNDLE SHARE OUT".into());
    };
    let (start, run) = (Bundle::open(Path::new(start))?, Bundle::open(Path::new(run))?);
    let architecture = Architecture::named(ARCHITECTURE).ok_or("no such architecture")?;
    let (folded, _) = architecture.folded(&architecture.seeded_weights())?;
    let weights = mean(&folded, &weights_of(&start)?, &weights_of(&run)?, share.parse()?)?;
    let given = start.manifest();
    let manifest = ManifestInput {
        architecture: Some(ARCHITECTURE.to_owned()),
        distance: given.distance,
        origin: format!(
            "{}; learnt further by resight {} from synthetic animals and white shark fins (CDLA-Permissive-1.0)",
            given.origin,
            env!("CARGO_PKG_VERSION")
        ),
        card: include_str!("base_bundle/card.md").to_owned(),
        calibration: Some(toml::from_str(include_str!("base_bundle/calibration.toml"))?),
        ..ManifestInput::new("resight-base", Purpose::Embedder, given.preprocess.clone(), &given.licence)
    };
    let bundle =
        Bundle::from_onnx_bytes(write_half_network(&folded, &weights)?.into(), manifest, Path::new(out))?;
    bundle.with_learnt(start.learnt().merged(run.learnt()))?.write(Path::new(out))?;
    Ok(())
}

fn weights_of(bundle: &Bundle) -> Result<Weights, Box<dyn Error>> {
    Ok(read_weights(bundle.model_bytes().to_vec().into())?)
}

/// (1 − share) × start + share × learnt.
fn mean(
    architecture: &Architecture,
    start: &Weights,
    learnt: &Weights,
    share: f32,
) -> Result<Weights, Box<dyn Error>> {
    let mut weights = Weights::default();
    for (name, shape) in architecture.tensors() {
        let missing = || format!("neither of the two may lack {name}");
        let (start, learnt) = (start.get(&name).ok_or_else(missing)?, learnt.get(&name).ok_or_else(missing)?);
        let both = start.values.iter().zip(&learnt.values);
        let values = both.map(|(start, learnt)| start + share * (learnt - start)).collect();
        weights.insert(name, Tensor { shape, values });
    }
    Ok(weights)
}
