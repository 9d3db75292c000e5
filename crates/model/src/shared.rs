//! Networks that begin alike, run as one: classifiers learnt on the maps of a network cost little beside it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bundle::Bundle;
use crate::embed::{Embedder, NetworkEmbedder};
use crate::onnx::{Merged, merge};
use crate::runtime::{
    ModelError, Network, NetworkSpec, Output, RuntimeChoice, check_standing, load_network, load_onnx,
};

/// Networks that share less than this of their steps are run one by one, 0 to 1.
const WORTH_SHARING: f64 = 0.25;

/// Loads the networks of bundles that give a row of numbers for each crop: embedders and classifiers, in their order. Those that
/// look at crops alike and begin with the same steps as the first share them.
///
/// # Errors
/// As for [`load_network`].
pub fn load_together(
    bundles: &[Bundle],
    choice: RuntimeChoice,
    threads: usize,
) -> Result<Vec<Box<dyn Embedder>>, ModelError> {
    bundles.iter().try_for_each(check_standing)?;
    let Some(first) = bundles.first() else { return Ok(Vec::new()) };
    let alike: Vec<usize> = (0..bundles.len())
        .filter(|place| bundles[*place].manifest().preprocess == first.manifest().preprocess)
        .collect();
    let parts: Vec<(&[u8], &str)> = alike
        .iter()
        .map(|place| (bundles[*place].model_bytes(), bundles[*place].manifest().output.as_str()))
        .collect();
    let merged = merge(&parts).filter(|merged| alike.len() > 1 && merged.left <= 1.0 - WORTH_SHARING);
    let shared = match merged {
        Some(merged) => Some(Arc::new(Shared::load(&merged, first, choice, threads)?)),
        None => None,
    };
    let load = |(place, bundle): (usize, &Bundle)| -> Result<Box<dyn Embedder>, ModelError> {
        let of_shared = alike.iter().position(|one| *one == place);
        Ok(match (&shared, of_shared) {
            (Some(shared), Some(output)) => {
                let part = Part { shared: Arc::clone(shared), output };
                Box::new(NetworkEmbedder::new(bundle, Box::new(part)))
            }
            _ => Box::new(NetworkEmbedder::new(bundle, load_network(bundle, choice, threads)?)),
        })
    };
    bundles.iter().enumerate().map(load).collect()
}

/// Several networks in one, and what it gave last: the parts are asked about the same crops one after the other.
struct Shared {
    network: Box<dyn Network>,
    last: Mutex<Option<Given>>,
}

/// What was given for a batch.
struct Given {
    batch: blake3::Hash,
    /// That of each part.
    outputs: Vec<Output>,
}

impl Shared {
    fn load(
        merged: &Merged,
        first: &Bundle,
        choice: RuntimeChoice,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let preprocess = &first.manifest().preprocess;
        let spec = NetworkSpec {
            input: merged.input,
            outputs: merged.outputs.iter().map(String::as_str).collect(),
            height: preprocess.height as usize,
            width: preprocess.width as usize,
            threads,
            one_by_one: false,
        };
        let network = load_onnx(&merged.onnx, &spec, choice, first.id().as_str())?;
        Ok(Self { network, last: Mutex::default() })
    }

    /// What one part gives for a batch.
    fn run(&self, part: usize, batch: &[f32], n: usize) -> Result<Output, String> {
        let key = blake3::hash(bytemuck::cast_slice(batch));
        let of_part =
            |outputs: &[Output]| outputs.get(part).cloned().ok_or("an output is missing".to_owned());
        if let Some(given) = self.last().as_ref().filter(|given| given.batch == key) {
            return of_part(&given.outputs);
        }
        let outputs = self.network.run(batch, n)?;
        let answer = of_part(&outputs);
        *self.last() = Some(Given { batch: key, outputs });
        answer
    }

    fn last(&self) -> MutexGuard<'_, Option<Given>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the networks in it.
struct Part {
    shared: Arc<Shared>,
    output: usize,
}

impl Network for Part {
    fn run(&self, batch: &[f32], n: usize) -> Result<Vec<Output>, String> {
        Ok(vec![self.shared.run(self.output, batch, n)?])
    }

    fn runtime(&self) -> &str {
        self.shared.network.runtime()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use resight_core::{ClassifierRule, ClassifierTask, Distance};
    use resight_testkit::bundles::{self, preprocess};

    use super::*;
    use crate::bundle::{ManifestInput, Purpose};
    use crate::classify::Classifier;
    use crate::onnx::append;
    use crate::weights::{Tensor, Weights};
    use crate::{Layer, Linear};

    fn tiny_bundle() -> Bundle {
        let network = bundles::tiny_bundle().model_bytes().to_vec();
        let given = ManifestInput::new("tiny", Purpose::Embedder, preprocess(32, 32), "MIT");
        Bundle::from_onnx_bytes(network.into(), given, Path::new("tiny")).unwrap()
    }

    /// A classifier of three labels over what the tiny bundle gives.
    fn classifier(embedder: &Bundle) -> Bundle {
        let manifest = embedder.manifest();
        let (inputs, outputs) = (manifest.dimension, 3);
        let layer = Layer::Linear(Linear { name: "says".to_owned(), inputs, outputs, bias: false });
        let mut weights = Weights::default();
        let values = (0..inputs * outputs).map(|at| (at as f32).sin()).collect();
        weights.insert("says.weight".to_owned(), Tensor { shape: vec![outputs, inputs], values });
        let onnx = append(embedder.model_bytes(), &manifest.output, &[layer], &weights).unwrap();
        let task = ClassifierTask::Species;
        let given = ManifestInput {
            distance: Distance::Euclidean,
            labels: ["deer", "hare", "newt"].map(str::to_owned).to_vec(),
            classifier: Some(ClassifierRule { task, temperature: 1.0, least_confidence: 0.5 }),
            ..ManifestInput::new("says", Purpose::Classifier, manifest.preprocess.clone(), "MIT")
        };
        Bundle::from_onnx_bytes(onnx.into(), given, Path::new("says")).unwrap()
    }

    fn crops(bundle: &Bundle, n: usize, step: f32) -> Vec<f32> {
        (0..n * bundle.manifest().preprocess.input_len()).map(|at| (at as f32 * step).sin()).collect()
    }

    fn is_close(one: &[f32], other: &[f32]) -> bool {
        one.len() == other.len() && one.iter().zip(other).all(|(one, other)| (one - other).abs() < 1e-5)
    }

    #[test]
    fn what_begins_alike_is_computed_once_and_gives_the_same_numbers() {
        let embedder = tiny_bundle();
        let classifier = classifier(&embedder);
        let parts = [&embedder, &classifier].map(|one| (one.model_bytes(), one.manifest().output.as_str()));
        let merged = merge(&parts).expect("both are of resight's writing");
        let steps = |left: f64| (0.5..0.75).contains(&left);
        assert!(steps(merged.left), "the classifier adds a few steps: {}", merged.left);

        let bundles = [embedder, classifier];
        let together = load_together(&bundles, RuntimeChoice::Rten, 1).unwrap();
        for (n, step) in [(1, 0.01), (3, 0.02), (3, 0.03)] {
            let batch = crops(&bundles[0], n, step);
            for (bundle, together) in bundles.iter().zip(&together) {
                let network = load_network(bundle, RuntimeChoice::Rten, 1).unwrap();
                let alone = NetworkEmbedder::new(bundle, network).embed(&batch, n).unwrap();
                assert!(is_close(&alone, &together.embed(&batch, n).unwrap()), "{}", bundle.id());
                assert_eq!(together.bundle_id(), bundle.id());
            }
        }
        assert!(together[1].embed(&[0.0], 1).is_err(), "a batch of another length");
    }

    #[test]
    fn networks_of_others_are_run_one_by_one() {
        let embedder = tiny_bundle();
        let mut foreign = embedder.model_bytes().to_vec();
        let name = foreign.windows(7).position(|bytes| bytes == b"resight").unwrap();
        foreign[name..name + 7].copy_from_slice(b"somebod");
        let of_both = [(embedder.model_bytes(), "embedding"), (foreign.as_slice(), "embedding")];
        assert!(merge(&of_both).is_none());
        assert!(merge(&[(b"no network".as_slice(), "embedding")]).is_none());
        // Two that are the same give one value, which cannot be two outputs.
        let twice = [embedder.clone(), embedder.clone()];
        assert_eq!(load_together(&twice, RuntimeChoice::Rten, 1).unwrap().len(), 2);
    }

    #[test]
    fn a_classifier_says_what_its_scores_say() {
        let bundle = classifier(&tiny_bundle());
        let mut together = Classifier::load_all(None, &[bundle], RuntimeChoice::Rten, 1).unwrap();
        let classifier = together.classifiers.remove(0);
        assert!(together.embedder.is_none());
        assert_eq!(classifier.says(&[0.0, 5.0, 0.0]).map(|(label, _)| label), Some("hare"));
        assert_eq!(classifier.says(&[0.0, 0.0, 0.0]), None);
        let refused = Classifier::load_all(None, &[tiny_bundle()], RuntimeChoice::Rten, 1);
        assert!(refused.is_err_and(|error| error.to_string().contains("a classifier")));
    }
}
