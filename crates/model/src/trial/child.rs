//! The child's side of a trial.

use std::io::{self, BufRead, Read as _, Write};

use super::{ANSWER_START, Answer, Question, Ran, limits};
use crate::bundle::MAX_MODEL;
use crate::runtime::{ModelError, load_onnx, probe};

/// The longest question, in bytes.
const MAX_QUESTION: u64 = 1 << 16;

/// The stack that a network is loaded and run with: less than any thread has that will run it later.
const STACK_BYTES: usize = 3 << 19;

/// Reads a question and a network, tries it, and writes what came of it. Takes limits upon this process that it cannot
/// get rid of: call it in a process that does nothing else.
///
/// # Errors
/// What the operating system says; the question is none.
pub fn answer_trial(mut questions: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let mut line = String::new();
    (&mut questions).take(MAX_QUESTION).read_line(&mut line)?;
    let question: Question = serde_json::from_str(&line)?;
    limits::take_upon_this_process(question.memory, question.seconds)?;
    let mut network = Vec::new();
    questions.take(MAX_MODEL).read_to_end(&mut network)?;
    let answer = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || try_it(&question, &network))?
        .join()
        .unwrap_or_else(|_| Answer::Refused("the runtime panicked".to_owned()));
    writeln!(answers, "\n{ANSWER_START}{}", serde_json::to_string(&answer)?)?;
    answers.flush()
}

fn try_it(question: &Question, network: &[u8]) -> Answer {
    let spec = question.spec();
    let shapes = || -> Result<_, ModelError> {
        let network = load_onnx(network, &spec, question.runtime.into(), &question.name)?;
        probe(&*network, &spec, &question.name)
    };
    match shapes() {
        Ok(shapes) => Answer::Ran(Ran { shapes, peak_bytes: limits::peak_bytes() }),
        Err(error) => Answer::Refused(error.to_string()),
    }
}
