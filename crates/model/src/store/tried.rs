//! Which networks from elsewhere have been tried, so that each is tried once.

use resight_files::{open_own, refuse_link, replace};

use super::ours::MARK;
use super::{Store, StoreError};
use crate::bundle::{Bundle, Purpose, Standing};
use crate::runtime::{ModelError, NetworkSpec, RuntimeChoice, serving, spec_of};

/// What begins the name of a note.
const NOTE: &str = "tried-";

impl Store {
    /// Makes sure that the network of a bundle can be run here by this runtime: one from elsewhere is tried in a
    /// process of its own, once.
    ///
    /// # Errors
    /// When it does not stand its trial, or nothing is there to try it.
    pub fn tried(&self, bundle: Bundle, choice: RuntimeChoice) -> Result<Bundle, StoreError> {
        if bundle.standing() != Standing::Foreign {
            return Ok(bundle);
        }
        if self.is_noted(&vouched_note(&bundle)) {
            return Ok(bundle.vouched());
        }
        if !self.is_noted(&trial_note(&bundle, choice)) {
            let name = bundle.id().as_str();
            // A trial shows a network images; a matcher takes none.
            let trial = self.trial.as_ref().filter(|_| bundle.manifest().purpose != Purpose::Matcher);
            let trial = trial.ok_or_else(|| ModelError::Untried { bundle: name.to_owned() })?;
            trial.try_network(bundle.model_bytes(), &spec_of(&bundle, 1), choice, name)?;
            self.note_tried(&bundle, choice);
        }
        Ok(bundle.after_trial())
    }

    /// The most memory, in bytes, of a process that does nothing but load this network and ask it about three images; none where the
    /// system does not say, or nothing is there to start such a process.
    ///
    /// # Errors
    /// When it does not stand that.
    pub fn peak_bytes(&self, bundle: &Bundle, choice: RuntimeChoice) -> Result<Option<u64>, StoreError> {
        let Some(trial) = &self.trial else { return Ok(None) };
        Ok(trial.peak_bytes(bundle.model_bytes(), &spec_of(bundle, 1), choice, bundle.id().as_str())?)
    }

    /// Notes that the network of a bundle needs no trial: this program made it, or knows its hash.
    pub(super) fn note_vouched(&self, bundle: &Bundle) {
        self.note(&vouched_note(bundle));
    }

    /// Notes that the network of a bundle stood its trial by the runtime of this choice.
    pub(super) fn note_tried(&self, bundle: &Bundle, choice: RuntimeChoice) {
        self.note(&trial_note(bundle, choice));
    }

    fn is_noted(&self, note: &str) -> bool {
        let own = self.own_folder();
        refuse_link(&own).is_ok() && MARK.is_on(&own) && open_own(&own.join(note)).is_ok()
    }

    fn note(&self, note: &str) {
        // Where it cannot be noted, as on a disk that is read only, it is tried again the next time.
        let _tried_again = self.claimed_own_folder().map(|own| replace(&own.join(note), b""));
    }
}

fn vouched_note(bundle: &Bundle) -> String {
    name_of(&["vouched", blake3::hash(bundle.model_bytes()).to_hex().as_str()])
}

/// A trial says something of this network, run this way, by this runtime, in this version of the program.
fn trial_note(bundle: &Bundle, choice: RuntimeChoice) -> String {
    let NetworkSpec { input, outputs, height, width, one_by_one, threads: _ } = spec_of(bundle, 1);
    let network = blake3::hash(bundle.model_bytes()).to_hex();
    let way = format!("{input:?} {outputs:?} {height} {width} {one_by_one}");
    name_of(&["tried", env!("CARGO_PKG_VERSION"), serving(choice), &way, network.as_str()])
}

fn name_of(parts: &[&str]) -> String {
    format!("{NOTE}{}", blake3::hash(parts.join("\n").as_bytes()).to_hex())
}
