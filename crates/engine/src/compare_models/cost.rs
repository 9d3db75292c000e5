//! What a network costs on the machine at hand.

use resight_model::Bundle;
use serde::Serialize;

use crate::doctor::embedding_speed;
use crate::{EngineError, Models, Progress, Stage};

/// What a network costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cost {
    /// Crops that it embeds a second, by all threads that it was given.
    pub photos_per_second: f64,
    /// The most memory of a process that does nothing but load it and ask it about an image and about two, in bytes; none where the
    /// system does not say.
    pub memory_bytes: Option<u64>,
    /// Its files, in bytes.
    pub size_bytes: u64,
}

/// Loads a network and lets it work for a moment, before anything else does.
pub(super) fn cost_of(
    bundle: &Bundle,
    models: &Models,
    progress: &dyn Progress,
) -> Result<Cost, EngineError> {
    progress.begin(Stage { title: format!("timing {}", bundle.manifest().name), total: None });
    let embedder = models.embedder(bundle);
    let measured = embedder.and_then(|embedder| {
        let (photos_per_second, _) = embedding_speed(&*embedder)?;
        Ok((photos_per_second, models.store().peak_bytes(bundle, models.runtime())?))
    });
    progress.end();
    let (photos_per_second, memory_bytes) = measured?;
    Ok(Cost { photos_per_second, memory_bytes, size_bytes: bundle.model_bytes().len() as u64 })
}
