//! Gathers crops into batches and runs the networks on them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use resight_core::{Clarity, UnusableReason};
use tracing::debug_span;

use super::look::Look;
use super::processed::{Processed, ProcessedCrop};
use crate::{Embedder, ModelError};

/// How long a batch that is not full waits for the next crop. Without an end to the wait, a run of photos
/// without crops behind an unfinished batch would use up the window and stand still.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the decoders hand to the networks. A photo comes before its crops.
pub(super) enum Prepared {
    /// A photo, complete but for `answers_to_come` about its crops.
    Photo { place: u64, processed: Box<Processed>, answers_to_come: usize },
    /// What one crop is like at one look (3×height×width), or why there is nothing.
    Crop { place: u64, crop: usize, look: usize, input: Result<Vec<f32>, UnusableReason> },
    /// How well the animal of a crop can be seen.
    Clarity { place: u64, crop: usize, clarity: Option<Clarity> },
}

/// A photo that waits for answers.
struct Unfinished {
    processed: Box<Processed>,
    answers_to_come: usize,
}

/// Inputs of one look gathered so far, and whose they are: place of the photo, number of the crop.
#[derive(Default)]
struct Batch {
    inputs: Vec<f32>,
    owners: Vec<(u64, usize)>,
}

/// The networks' end of the chain.
pub(super) struct Feeder<'a> {
    networks: &'a [&'a dyn Embedder],
    looks: &'a [Look<'a>],
    batch_size: usize,
    done: Sender<(u64, Processed)>,
    unfinished: BTreeMap<u64, Unfinished>,
    /// One for each look.
    batches: Vec<Batch>,
}

impl<'a> Feeder<'a> {
    pub(super) fn new(
        networks: &'a [&'a dyn Embedder],
        looks: &'a [Look<'a>],
        batch_size: usize,
        done: Sender<(u64, Processed)>,
    ) -> Self {
        let batches = looks.iter().map(|_| Batch::default()).collect();
        Self { networks, looks, batch_size, done, unfinished: BTreeMap::new(), batches }
    }

    /// Embeds what arrives, until nothing more does or nobody wants it. Takes the channel by value: when a
    /// network fails, it closes, and the decoders behind it end.
    pub(super) fn feed(mut self, arriving: Receiver<Prepared>, stop: &AtomicBool) -> Result<(), ModelError> {
        while !stop.load(Ordering::Relaxed) {
            match arriving.recv_timeout(PATIENCE) {
                Ok(Prepared::Photo { place, processed, answers_to_come }) => {
                    self.unfinished.insert(place, Unfinished { processed, answers_to_come });
                    self.hand_on_if_finished(place);
                }
                Ok(Prepared::Crop { place, crop, look, input: Ok(input) }) => {
                    self.gather(place, crop, look, &input)?;
                }
                Ok(Prepared::Crop { place, crop, look, input: Err(why) }) => {
                    for network in &self.looks[look].networks {
                        self.settle(place, crop, *network, Err(why.clone()));
                    }
                }
                Ok(Prepared::Clarity { place, crop, clarity }) => {
                    self.note(place, crop, |crop| crop.clarity = clarity);
                }
                Err(RecvTimeoutError::Timeout) => self.embed_all()?,
                Err(RecvTimeoutError::Disconnected) => return self.embed_all(),
            }
        }
        Ok(())
    }

    fn gather(&mut self, place: u64, crop: usize, look: usize, input: &[f32]) -> Result<(), ModelError> {
        let batch = &mut self.batches[look];
        batch.inputs.extend_from_slice(input);
        batch.owners.push((place, crop));
        if batch.owners.len() < self.batch_size { Ok(()) } else { self.embed(look) }
    }

    fn embed_all(&mut self) -> Result<(), ModelError> {
        (0..self.looks.len()).try_for_each(|look| self.embed(look))
    }

    /// Runs the networks of a look on what was gathered for it.
    fn embed(&mut self, look: usize) -> Result<(), ModelError> {
        let mut batch = std::mem::take(&mut self.batches[look]);
        if batch.owners.is_empty() {
            return Ok(());
        }
        for place in &self.looks[look].networks {
            let network = self.networks[*place];
            let _span =
                debug_span!("embed", crops = batch.owners.len(), bundle = %network.bundle_id()).entered();
            let outputs = network.embed(&batch.inputs, batch.owners.len())?;
            let distance = network.manifest().distance;
            for ((photo, crop), output) in batch.owners.iter().zip(outputs.chunks_exact(network.dimension()))
            {
                let mut embedding = output.to_vec();
                let usable = distance.normalize(&mut embedding);
                let answer = usable.then_some(embedding).ok_or(UnusableReason::NoEmbedding);
                self.settle(*photo, *crop, *place, answer);
            }
        }
        batch.inputs.clear();
        batch.owners.clear();
        self.batches[look] = batch;
        Ok(())
    }

    fn settle(&mut self, place: u64, crop: usize, network: usize, answer: Result<Vec<f32>, UnusableReason>) {
        self.note(place, crop, |crop| {
            if let Some(of_network) = crop.of_network(network) {
                *of_network = answer;
            }
        });
    }

    /// Notes an answer about a crop.
    fn note(&mut self, place: u64, crop: usize, answer: impl FnOnce(&mut ProcessedCrop)) {
        let Some(unfinished) = self.unfinished.get_mut(&place) else { return };
        if let Ok(photo) = &mut unfinished.processed.photo
            && let Some(crop) = photo.crops.get_mut(crop)
        {
            answer(crop);
        }
        unfinished.answers_to_come = unfinished.answers_to_come.saturating_sub(1);
        self.hand_on_if_finished(place);
    }

    fn hand_on_if_finished(&mut self, place: u64) {
        if self.unfinished.get(&place).is_some_and(|unfinished| unfinished.answers_to_come == 0)
            && let Some(finished) = self.unfinished.remove(&place)
        {
            // A closed channel means that the run is over; `stop` tells so in a moment.
            let _closed = self.done.send((place, *finished.processed));
        }
    }
}
