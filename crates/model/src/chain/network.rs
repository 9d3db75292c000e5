//! Gathers crops into batches and runs the network on them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use resight_core::UnusableReason;
use tracing::debug_span;

use super::processed::Processed;
use crate::{Embedder, ModelError};

/// How long a batch that is not full waits for the next crop. Without an end to the wait, a run of photos
/// without crops behind an unfinished batch would use up the window and stand still.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the decoders hand to the network. A photo comes before its crops.
pub(super) enum Prepared {
    /// A photo, complete but for the embeddings of `crops_to_come` of its crops.
    Photo { place: u64, processed: Box<Processed>, crops_to_come: usize },
    /// The input of one crop (3×height×width), or why there is none.
    Crop { place: u64, crop: usize, input: Result<Vec<f32>, UnusableReason> },
}

/// A photo that waits for embeddings.
struct Unfinished {
    processed: Box<Processed>,
    crops_to_come: usize,
}

/// The network's end of the chain.
pub(super) struct Feeder<'a> {
    embedder: &'a dyn Embedder,
    batch_size: usize,
    done: Sender<(u64, Processed)>,
    unfinished: BTreeMap<u64, Unfinished>,
    /// Inputs gathered so far, and whose they are: place of the photo, number of the crop.
    inputs: Vec<f32>,
    owners: Vec<(u64, usize)>,
}

impl<'a> Feeder<'a> {
    pub(super) fn new(embedder: &'a dyn Embedder, batch_size: usize, done: Sender<(u64, Processed)>) -> Self {
        Self {
            embedder,
            batch_size,
            done,
            unfinished: BTreeMap::new(),
            inputs: Vec::new(),
            owners: Vec::new(),
        }
    }

    /// Embeds what arrives, until nothing more does or nobody wants it. Takes the channel by value: when the
    /// network fails, it closes, and the decoders behind it end.
    pub(super) fn feed(mut self, arriving: Receiver<Prepared>, stop: &AtomicBool) -> Result<(), ModelError> {
        while !stop.load(Ordering::Relaxed) {
            match arriving.recv_timeout(PATIENCE) {
                Ok(Prepared::Photo { place, processed, crops_to_come }) => {
                    self.unfinished.insert(place, Unfinished { processed, crops_to_come });
                    self.hand_on_if_finished(place);
                }
                Ok(Prepared::Crop { place, crop, input: Ok(input) }) => self.gather(place, crop, &input)?,
                Ok(Prepared::Crop { place, crop, input: Err(why) }) => self.settle(place, crop, Err(why)),
                Err(RecvTimeoutError::Timeout) => self.embed()?,
                Err(RecvTimeoutError::Disconnected) => return self.embed(),
            }
        }
        Ok(())
    }

    fn gather(&mut self, place: u64, crop: usize, input: &[f32]) -> Result<(), ModelError> {
        self.inputs.extend_from_slice(input);
        self.owners.push((place, crop));
        if self.owners.len() < self.batch_size { Ok(()) } else { self.embed() }
    }

    /// Runs the network on what was gathered.
    fn embed(&mut self) -> Result<(), ModelError> {
        if self.owners.is_empty() {
            return Ok(());
        }
        let owners = std::mem::take(&mut self.owners);
        let _span = debug_span!("embed", crops = owners.len()).entered();
        let outputs = self.embedder.embed(&self.inputs, owners.len())?;
        self.inputs.clear();
        let distance = self.embedder.manifest().distance;
        for ((place, crop), output) in owners.into_iter().zip(outputs.chunks_exact(self.embedder.dimension()))
        {
            let mut embedding = output.to_vec();
            let usable = distance.normalize(&mut embedding);
            self.settle(place, crop, usable.then_some(embedding).ok_or(UnusableReason::NoEmbedding));
        }
        Ok(())
    }

    fn settle(&mut self, place: u64, crop: usize, embedding: Result<Vec<f32>, UnusableReason>) {
        let Some(unfinished) = self.unfinished.get_mut(&place) else { return };
        if let Ok(photo) = &mut unfinished.processed.photo
            && let Some(crop) = photo.crops.get_mut(crop)
        {
            crop.embedding = embedding;
        }
        unfinished.crops_to_come = unfinished.crops_to_come.saturating_sub(1);
        self.hand_on_if_finished(place);
    }

    fn hand_on_if_finished(&mut self, place: u64) {
        if self.unfinished.get(&place).is_some_and(|unfinished| unfinished.crops_to_come == 0)
            && let Some(finished) = self.unfinished.remove(&place)
        {
            // A closed channel means that the run is over; `stop` tells so in a moment.
            let _closed = self.done.send((place, *finished.processed));
        }
    }
}
