//! From crops, as numbers, to embeddings.

use resight_core::BundleId;

use crate::bundle::{Bundle, Manifest};
use crate::runtime::{ModelError, Network, Output};

/// Turns crops into embeddings. Implementations say which bundle they run, so that embeddings of different
/// bundles are never mixed.
pub trait Embedder: Send + Sync {
    /// The bundle whose embeddings these are.
    fn bundle_id(&self) -> &BundleId;

    /// How the crops have to be prepared and how the embeddings are compared.
    fn manifest(&self) -> &Manifest;

    /// How many numbers an embedding has.
    fn dimension(&self) -> usize {
        self.manifest().dimension
    }

    /// Embeds `n` prepared crops. The answer is as the network gives it: not normalised, and not checked for
    /// numbers that are not finite.
    ///
    /// # Shapes
    /// `batch`: n × 3 × height × width, row-major, prepared as the manifest says. Answer: n × dimension.
    ///
    /// # Errors
    /// When the batch has another length, the runtime fails, or the network gives another shape.
    fn embed(&self, batch: &[f32], n: usize) -> Result<Vec<f32>, ModelError>;

    /// The runtime that does the work, with its version.
    fn runtime(&self) -> &str;
}

/// An embedder that runs the network of a bundle.
pub struct NetworkEmbedder {
    id: BundleId,
    manifest: Manifest,
    network: Box<dyn Network>,
}

impl NetworkEmbedder {
    /// Joins a bundle and its loaded network.
    pub fn new(bundle: &Bundle, network: Box<dyn Network>) -> Self {
        Self { id: bundle.id().clone(), manifest: bundle.manifest().clone(), network }
    }
}

impl Embedder for NetworkEmbedder {
    fn bundle_id(&self) -> &BundleId {
        &self.id
    }

    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn embed(&self, batch: &[f32], n: usize) -> Result<Vec<f32>, ModelError> {
        check_batch(&self.id, &self.manifest, batch, n)?;
        if n == 0 {
            return Ok(Vec::new());
        }
        let answer = self.network.run(batch, n).and_then(Output::only);
        let output = answer.map_err(|reason| failed(&self.id, &*self.network, reason))?;
        check_rows(&output, n, self.manifest.dimension).map_err(|(expected, found)| ModelError::Shape {
            bundle: self.id.to_string(),
            expected,
            found,
        })?;
        Ok(output.values)
    }

    fn runtime(&self) -> &str {
        self.network.runtime()
    }
}

/// Checks that a batch has the numbers of `n` crops.
pub(crate) fn check_batch(
    bundle: &BundleId,
    manifest: &Manifest,
    batch: &[f32],
    n: usize,
) -> Result<(), ModelError> {
    let expected = n.saturating_mul(manifest.preprocess.input_len());
    if batch.len() == expected {
        return Ok(());
    }
    Err(ModelError::Batch { bundle: bundle.to_string(), images: n, expected, found: batch.len() })
}

/// What a network says when it fails, with whose network it is.
pub(crate) fn failed(bundle: &BundleId, network: &dyn Network, reason: String) -> ModelError {
    ModelError::Run { runtime: network.runtime().to_owned(), bundle: bundle.to_string(), reason }
}

/// Checks that an output is n × dimension; extents of 1 after that are let pass.
fn check_rows(output: &Output, n: usize, dimension: usize) -> Result<(), (String, String)> {
    let is_right = output.shape.len() >= 2
        && output.shape[..2] == [n, dimension]
        && output.shape[2..].iter().all(|&extent| extent == 1)
        && output.values.len() == n * dimension;
    if is_right { Ok(()) } else { Err((format!("{n} × {dimension}"), format!("{:?}", output.shape))) }
}
