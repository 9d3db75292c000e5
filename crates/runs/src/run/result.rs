//! The final figures of a run.

use std::path::Path;

use resight_files::{HeldFolder, read_own};
use serde::{Deserialize, Serialize};

use super::log::{End, Score};
use super::{RUN, RunError};

/// Name of a run's final figures.
pub const RESULT: &str = "result.json";

/// Longest file of final figures that is read.
const MOST_RESULT_BYTES: u64 = 64 << 20;

/// What is read of them.
#[derive(Deserialize)]
struct BestOf {
    asked: String,
    end: End,
}

/// Writes the final figures of a run; those of a learnt embedding have `end` and `asked`, whatever else they hold.
///
/// # Errors
/// When they cannot be written.
pub fn write_result(held: &HeldFolder, report: &impl Serialize) -> Result<(), RunError> {
    let text = serde_json::to_vec_pretty(report).map_err(std::io::Error::other);
    let written = text.and_then(|text| held.write(RESULT, &text));
    written.map_err(RunError::io("the result cannot be written", held.file(RESULT)))
}

/// The best validation of the other runs beside a run that asked the same: `asked` is a hash of who asks whom.
pub fn best_beside(run: &Path, asked: &str) -> Option<Score> {
    let others = std::fs::read_dir(run.parent()?).ok()?.flatten().map(|entry| entry.path());
    let results = others.filter(|path| path != run && RUN.is_on(path)).filter_map(|path| {
        let text = read_own(&path.join(RESULT), MOST_RESULT_BYTES).ok()?;
        let found: BestOf = serde_json::from_slice(&text).ok()?;
        (found.asked == asked).then_some(found.end.validation)
    });
    results.max_by(|a, b| a.map5.total_cmp(&b.map5))
}
