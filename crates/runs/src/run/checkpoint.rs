//! Checkpoints: everything that the rest of a run depends on, in one safetensors file that carries its own checksum.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use resight_files::{read_own, replace};
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::RunError;
use crate::run::log::Score;

/// Where the state lies in the file's header.
const STATE: &str = "resight";

/// Where the checksum lies there.
const CHECKSUM: &str = "blake3";

/// More than any network that is trained here comes to.
const MOST_BYTES: u64 = 8 << 30;

/// Numbers of a run that are no arrays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckpointState {
    /// Optimizer steps that are done.
    pub step: u64,
    /// The epoch that goes on, from 1.
    pub epoch: u32,
    /// Batches of it that are done.
    pub batch: u64,
    /// Sum of the losses of those batches.
    pub loss_sum: f64,
    /// The best validation so far.
    pub best: Score,
    /// Its epoch.
    pub best_epoch: u32,
    /// Validations since then.
    pub since_best: u32,
    /// Seconds of work so far.
    pub seconds: f64,
    /// Length of the log, in bytes.
    pub log_length: u64,
    /// Hash of the recipe.
    pub recipe: String,
    /// Hash of the photos, labels and division.
    pub data: String,
}

/// A checkpoint.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Checkpoint {
    /// What is no array.
    pub state: CheckpointState,
    /// Arrays of numbers by name.
    pub arrays: BTreeMap<String, Vec<f32>>,
    /// Arrays of whole numbers by name; a name is used once in both.
    pub words: BTreeMap<String, Vec<u32>>,
}

impl Checkpoint {
    /// Writes the checkpoint: all of it or nothing.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RunError> {
        let damaged = |what: String| RunError::Damaged { what, path: path.to_owned() };
        let state = serde_json::to_string(&self.state).map_err(|error| damaged(error.to_string()))?;
        let floats =
            self.arrays.iter().map(|(name, values)| (name, Dtype::F32, bytemuck::cast_slice(values)));
        let words = self.words.iter().map(|(name, values)| (name, Dtype::U32, bytemuck::cast_slice(values)));
        let views: Result<Vec<(&String, TensorView<'_>)>, SafeTensorError> =
            floats.chain(words).map(|(name, kind, bytes)| Ok((name, view(kind, bytes)?))).collect();
        let views = views.map_err(|error| damaged(error.to_string()))?;
        let checksum = self.checksum(&state);
        let metadata = HashMap::from([(STATE.to_owned(), state), (CHECKSUM.to_owned(), checksum)]);
        let bytes =
            safetensors::serialize(views, Some(metadata)).map_err(|error| damaged(error.to_string()))?;
        replace(path, &bytes).map_err(RunError::io("the checkpoint cannot be written", path))
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// When it cannot be read, is none, or is not what was written.
    pub fn read(path: &Path) -> Result<Self, RunError> {
        let bytes =
            read_own(path, MOST_BYTES).map_err(RunError::io("the checkpoint cannot be read", path))?;
        let damaged = |what: String| RunError::Damaged { what, path: path.to_owned() };
        let cut =
            |error: SafeTensorError| damaged(format!("the checkpoint is damaged, and is not used ({error})"));
        let (_, header) = SafeTensors::read_metadata(&bytes).map_err(cut)?;
        let said = |key: &str| header.metadata().as_ref().and_then(|metadata| metadata.get(key));
        let state_text = said(STATE).ok_or_else(|| damaged("this is no checkpoint of resight".to_owned()))?;
        let state = serde_json::from_str(state_text).map_err(|error| damaged(error.to_string()))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(cut)?;
        let mut checkpoint = Self { state, ..Self::default() };
        for (name, view) in tensors.iter() {
            let (name, bytes) = (name.to_owned(), view.data());
            match view.dtype() {
                Dtype::F32 => drop(checkpoint.arrays.insert(name, bytemuck::pod_collect_to_vec(bytes))),
                Dtype::U32 => drop(checkpoint.words.insert(name, bytemuck::pod_collect_to_vec(bytes))),
                other => return Err(damaged(format!("{name} is of kind {other:?}"))),
            }
        }
        if said(CHECKSUM) != Some(&checkpoint.checksum(state_text)) {
            return Err(damaged(
                "the checkpoint is damaged: its checksum is another, and it is not used".to_owned(),
            ));
        }
        Ok(checkpoint)
    }

    /// BLAKE3 of the state as it is written, and of all arrays with their names and lengths.
    fn checksum(&self, state: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |name: &str, bytes: &[u8]| {
            for part in [name.as_bytes(), bytes] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        };
        add(STATE, state.as_bytes());
        self.arrays.iter().for_each(|(name, values)| add(name, bytemuck::cast_slice(values)));
        self.words.iter().for_each(|(name, values)| add(name, bytemuck::cast_slice(values)));
        hasher.finalize().to_hex().to_string()
    }
}

fn view(kind: Dtype, bytes: &[u8]) -> Result<TensorView<'_>, SafeTensorError> {
    TensorView::new(kind, vec![bytes.len() / 4], bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_comes_back_to_the_last_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latest.safetensors");
        let checkpoint = Checkpoint {
            state: CheckpointState {
                step: 7,
                loss_sum: 0.1 + 0.2,
                seconds: 1e-300,
                ..CheckpointState::default()
            },
            arrays: [("a".to_owned(), vec![0.1, -0.0, f32::MIN_POSITIVE]), ("b".to_owned(), Vec::new())]
                .into(),
            words: [("c".to_owned(), vec![0, u32::MAX])].into(),
        };
        checkpoint.write(&path).unwrap();
        assert_eq!(Checkpoint::read(&path).unwrap(), checkpoint);
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latest.safetensors");
        let whole = Checkpoint {
            state: CheckpointState { step: 3, seconds: 1.5, ..CheckpointState::default() },
            arrays: [("a".to_owned(), vec![1.0, 2.0])].into(),
            words: [("b".to_owned(), vec![7])].into(),
        };
        whole.write(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            std::fs::write(&path, damaged).unwrap();
            // A flip may hit what means nothing, such as a blank of the padding: then what is read is what was written.
            match Checkpoint::read(&path) {
                Err(error) => assert!(matches!(error, RunError::Damaged { .. }), "byte {place}: {error}"),
                Ok(read) => assert_eq!(read, whole, "byte {place}"),
            }
        }
        let mut damaged = bytes.clone();
        *damaged.last_mut().unwrap() ^= 1;
        std::fs::write(&path, damaged).unwrap();
        assert!(Checkpoint::read(&path).unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn garbage_and_a_cut_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("latest.safetensors");
        std::fs::write(&path, b"not a checkpoint at all, whatever it says").unwrap();
        assert!(matches!(Checkpoint::read(&path), Err(RunError::Damaged { .. })));
        let whole = Checkpoint { arrays: [("a".to_owned(), vec![1.0; 100])].into(), ..Checkpoint::default() };
        whole.write(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 40]).unwrap();
        let told = Checkpoint::read(&path).unwrap_err().to_string();
        assert!(told.contains("the checkpoint is damaged, and is not used"), "{told}");
    }
}
