//! Trying a network from elsewhere in a process of its own, before it is run in ours.
//!
//! A network is a program in a small language: it can ask for any amount of memory, nest so deep that the stack ends,
//! or go round for ever, and no runtime says beforehand. A failed allocation or a full stack ends the process, whoever
//! catches what. So a foreign network is loaded and run in a child process with limits on memory and time: what
//! happens there, happens there.
//!
//! The child is the program itself, called with arguments that only it knows ([`TrialProgram`]); which those are, the
//! door says. It reads a [`Question`] and the network from standard input, and writes an [`Answer`]. What it cannot
//! find out: what a network does for pictures that are unlike those of the trial.

mod child;
mod limits;
mod parent;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::runtime::{NetworkSpec, RuntimeChoice};

pub use child::answer_trial;

/// What stands before the answer: the child's standard output may carry other words.
const ANSWER_START: &str = "resight tried it: ";

/// How the program starts itself to try a network, and how much the child may take.
#[derive(Debug, Clone)]
pub struct TrialProgram {
    program: PathBuf,
    arguments: Vec<OsString>,
    /// The most memory, in bytes, beside that for the network's own weights.
    memory: u64,
    /// The longest time, beside that for the network's own weights.
    patience: Duration,
}

impl TrialProgram {
    /// This program with these arguments must call [`answer_trial`] with its standard input and output, before
    /// anything else.
    pub fn new(program: PathBuf, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            program,
            arguments: arguments.into_iter().map(Into::into).collect(),
            memory: 3 << 30,
            patience: Duration::from_secs(60),
        }
    }

    /// As [`TrialProgram::new`], with other limits.
    #[cfg(test)]
    pub(crate) fn within(self, memory: u64, patience: Duration) -> Self {
        Self { memory, patience, ..self }
    }
}

/// What the child is asked: a line of JSON, then the bytes of the network.
#[derive(Debug, Serialize, Deserialize)]
struct Question {
    name: String,
    input: String,
    outputs: Vec<String>,
    height: usize,
    width: usize,
    one_by_one: bool,
    runtime: Choice,
    /// Most bytes of address space.
    memory: u64,
    /// Most seconds of work.
    seconds: u64,
}

/// [`RuntimeChoice`] for the journey.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum Choice {
    Auto,
    OnnxRuntime,
    Rten,
}

impl From<RuntimeChoice> for Choice {
    fn from(choice: RuntimeChoice) -> Self {
        match choice {
            RuntimeChoice::Auto => Self::Auto,
            RuntimeChoice::OnnxRuntime => Self::OnnxRuntime,
            RuntimeChoice::Rten => Self::Rten,
        }
    }
}

impl From<Choice> for RuntimeChoice {
    fn from(runtime: Choice) -> Self {
        match runtime {
            Choice::Auto => Self::Auto,
            Choice::OnnxRuntime => Self::OnnxRuntime,
            Choice::Rten => Self::Rten,
        }
    }
}

/// What the child says.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    /// It ran.
    Ran(Ran),
    /// The runtime refused it or failed, in its own words.
    Refused(String),
}

/// What was seen of a network that ran.
#[derive(Debug, Serialize, Deserialize)]
struct Ran {
    /// The shapes of its answers, for one image and for two.
    shapes: Vec<Vec<usize>>,
    /// The most memory of the process, in bytes; none where the system does not say.
    peak_bytes: Option<u64>,
}

impl Question {
    fn new(spec: &NetworkSpec<'_>, choice: RuntimeChoice, name: &str, memory: u64, seconds: u64) -> Self {
        Self {
            name: name.to_owned(),
            input: spec.input.to_owned(),
            outputs: spec.outputs.iter().map(|name| (*name).to_owned()).collect(),
            height: spec.height,
            width: spec.width,
            one_by_one: spec.one_by_one,
            runtime: choice.into(),
            memory,
            seconds,
        }
    }

    fn spec(&self) -> NetworkSpec<'_> {
        NetworkSpec {
            input: &self.input,
            outputs: self.outputs.iter().map(String::as_str).collect(),
            height: self.height,
            width: self.width,
            threads: 1,
            one_by_one: self.one_by_one,
        }
    }
}
