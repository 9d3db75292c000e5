//! The parent's side of a trial: starts the child, gives it the network, waits no longer than it may.

use std::io::{Read, Write as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::{ANSWER_START, Answer, Question, Ran, TrialProgram};
use crate::runtime::{ModelError, NetworkSpec, RuntimeChoice};

/// The most bytes of what the child says.
const MAX_ANSWER: u64 = 1 << 16;

/// How often the child is looked at.
const POLL: Duration = Duration::from_millis(5);

/// Memory that a network may take for each byte of its file: read, understood, its weights laid out anew.
const MEMORY_PER_BYTE: u64 = 8;

/// Bytes of a network for each of which a second more is given.
const BYTES_PER_SECOND: u64 = 4 << 20;

impl TrialProgram {
    /// Loads and runs a network in a child process; returns the shapes of its answers for one image and for two.
    ///
    /// # Errors
    /// When the child cannot be started, ends before it answers, does not end in time, or says that the network is
    /// refused. `name` is for messages.
    pub(crate) fn try_network(
        &self,
        network: &[u8],
        spec: &NetworkSpec<'_>,
        choice: RuntimeChoice,
        name: &str,
    ) -> Result<Vec<Vec<usize>>, ModelError> {
        Ok(self.run_apart(network, spec, choice, name)?.shapes)
    }

    /// The most memory, in bytes, of a process that did nothing but load a network and ask it about an image and about two; none
    /// where the system does not say.
    ///
    /// # Errors
    /// As [`TrialProgram::try_network`].
    pub(crate) fn peak_bytes(
        &self,
        network: &[u8],
        spec: &NetworkSpec<'_>,
        choice: RuntimeChoice,
        name: &str,
    ) -> Result<Option<u64>, ModelError> {
        Ok(self.run_apart(network, spec, choice, name)?.peak_bytes)
    }

    fn run_apart(
        &self,
        network: &[u8],
        spec: &NetworkSpec<'_>,
        choice: RuntimeChoice,
        name: &str,
    ) -> Result<Ran, ModelError> {
        let length = network.len() as u64;
        let memory = self.memory + MEMORY_PER_BYTE * length;
        let patience = self.patience + Duration::from_secs(length / BYTES_PER_SECOND);
        let failed = |reason: String| ModelError::Trial { reason, bundle: name.to_owned() };
        let question = Question::new(spec, choice, name, memory, patience.as_secs().max(1) + 1);
        let line = serde_json::to_string(&question).map_err(|error| failed(error.to_string()))?;
        let child = Command::new(&self.program)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(format!("it cannot be tried: {error}")))?;
        let (said, ended) = talk(child, &line, network, patience).map_err(|e| failed(e.to_string()))?;
        let mut lines = said.lines().filter_map(|line| line.strip_prefix(ANSWER_START));
        match (lines.next_back().and_then(|answer| serde_json::from_str(answer).ok()), ended) {
            (Some(Answer::Ran(ran)), Some(_)) => Ok(ran),
            (Some(Answer::Refused(reason)), Some(_)) => Err(ModelError::Refused(reason)),
            (_, None) => Err(failed(format!("it had not ended after {} seconds", patience.as_secs()))),
            (None, Some(status)) => Err(failed(format!(
                "it ended the process that tried it ({status}), as do networks that want more than {} MB of memory \
                 or nest without end",
                memory >> 20
            ))),
        }
    }
}

/// Gives the child what it reads, and returns what it said and how it ended; `None` where it had to be stopped.
fn talk(
    mut child: Child,
    line: &str,
    network: &[u8],
    patience: Duration,
) -> std::io::Result<(String, Option<ExitStatus>)> {
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let Some(mut stdin) = stdin else { return };
            // A child that ended hears no more: how it ended says why.
            let _heard = stdin
                .write_all(line.as_bytes())
                .and_then(|()| stdin.write_all(b"\n"))
                .and_then(|()| stdin.write_all(network));
        });
        let listener = scope.spawn(move || {
            let mut said = Vec::new();
            if let Some(stdout) = stdout {
                // What it said until then counts.
                let _ended = stdout.take(MAX_ANSWER).read_to_end(&mut said);
            }
            String::from_utf8_lossy(&said).into_owned()
        });
        let ended = wait(&mut child, patience);
        if !matches!(ended, Ok(Some(_))) {
            // Where it cannot be stopped it has ended by itself.
            let _stopped = child.kill();
            let _reaped = child.wait();
        }
        let said = listener.join().unwrap_or_default();
        Ok((said, ended?))
    })
}

fn wait(child: &mut Child, patience: Duration) -> std::io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() > patience {
            return Ok(None);
        }
        std::thread::sleep(POLL);
    }
}
