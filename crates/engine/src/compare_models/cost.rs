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
    /// Memory that loading it and one batch took, in bytes; none where the system does not say.
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
    let before = resident_bytes();
    let embedder = models.embedder(bundle);
    let measured = embedder.and_then(|embedder| {
        let (photos_per_second, _) = embedding_speed(&*embedder)?;
        Ok((photos_per_second, resident_bytes()))
    });
    progress.end();
    let (photos_per_second, after) = measured?;
    Ok(Cost {
        photos_per_second,
        memory_bytes: before.zip(after).map(|(before, after)| after.saturating_sub(before)),
        size_bytes: bundle.model_bytes().len() as u64,
    })
}

/// Memory of this process that lies in the machine's, in bytes. `statm` counts pages; those of the systems that have it are of
/// four KiB on all machines that resight is built for.
fn resident_bytes() -> Option<u64> {
    const PAGE: u64 = 4096;
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()? * PAGE)
}
