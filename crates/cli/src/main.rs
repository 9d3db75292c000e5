//! The program `resight`: reads the command line, calls one use case of the engine, shows its value.

mod commands;
mod context;
mod demo;
mod exit;
mod held;
mod hint;
mod launch;
mod log;
mod output;
mod progress_bar;
mod refusal;
mod written;

use std::io::{self, BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use clap::Parser;
use resight_engine::ErrorKind;

use crate::commands::Command;
use crate::context::{Context, GlobalArgs};

/// Who is this animal? Photo-identification of individual animals: a photo goes in, out comes which
/// individual of the catalog it shows, or "new individual", with a probability.
#[derive(Debug, Parser)]
#[command(name = "resight", version, max_term_width = 100, propagate_version = true, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  resight demo                              see it work on synthetic animals
  resight init whales                       make a catalog
  resight ingest whales photos/             take photos in (one folder an individual, or a table)
  resight identify whales new/IMG_1.jpg     who is this?
  resight evaluate photos/metadata.csv      how well would it work on my photos?

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 finished with warnings, 70 a bug, 130 interrupted.";

fn main() -> ExitCode {
    keep_onnx_runtime_silent();
    let cli = Cli::parse();
    if matches!(cli.command, Command::TryNetwork) {
        // Without a context: a signal ends it at once.
        return commands::try_network::run()
            .map_or_else(|error| ExitCode::from(report(&error)), ExitCode::from);
    }
    if let Some(filter) = &cli.global.log {
        log::start(filter);
    }
    let context = Context::new(cli.global, cli.command.on_signal());
    let outcome =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| commands::run(cli.command, &context)));
    ExitCode::from(match outcome {
        Ok(Ok(code)) => code,
        Ok(Err(error)) => report(&error),
        Err(_panic) => {
            complain("this is a bug in resight: please report it with the message above");
            exit::OUR_BUG
        }
    })
}

/// Some builds of ONNX Runtime write a device id and a log of their use into the user's cache folder while they
/// start, to send them to their maker; the program's own switch comes too late for that. A photo of an animal is
/// nobody's business: this variable stops it before it begins.
#[expect(unsafe_code, reason = "the environment is changed while this is the only thread")]
fn keep_onnx_runtime_silent() {
    // SAFETY: called first of all in `main`: no other thread runs yet that could read the environment.
    unsafe { std::env::set_var("ORT_DISABLE_TELEMETRY", "1") };
}

/// Shows an error with its causes and its hint, and says which exit code it means.
fn report(error: &anyhow::Error) -> u8 {
    if is_broken_pipe(error) {
        return exit::DONE;
    }
    complain(&refusal::told(error));
    match refusal::kind(error) {
        Some(ErrorKind::Internal) => exit::OUR_BUG,
        _ => exit::FAILED,
    }
}

/// The reader of our output went away, as `head` does: that is no failure.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

#[expect(clippy::print_stderr, reason = "this is where the program speaks to a person")]
fn complain(text: &str) {
    eprintln!("{}", resight_core::visible_lines(text));
}

/// Asks the person at the terminal; nobody there is no yes.
fn agreed(question: &str) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return false;
    }
    complain(question);
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::Cli;

    fn check(command: &clap::Command) {
        let mut names: Vec<&str> = command.get_arguments().filter_map(clap::Arg::get_long).collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]);
        assert!(twice.is_none(), "{}: {twice:?}", command.get_name());
        command.get_subcommands().for_each(check);
    }

    #[test]
    fn no_option_of_a_command_stands_twice() {
        check(&Cli::command());
    }

    /// The words of a line as a shell divides them, as far as examples need it; those of a second program are left out.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
        for letter in line.trim_end().chars() {
            match letter {
                '\'' => quoted = !quoted,
                ' ' if !quoted => {
                    words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty()))
                }
                letter => word.push(letter),
            }
        }
        words.push(word);
        words.into_iter().take_while(|word| !["|", "||", ">", "&&", "#"].contains(&word.as_str())).collect()
    }

    fn examples_of(command: &clap::Command) -> Vec<String> {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let help: String = help.split("\\\n").map(str::trim_start).collect();
        let lines = help.lines().filter_map(|line| line.strip_prefix("  resight "));
        // What is meant stands two blanks or more behind it.
        let here = lines.map(|line| format!("resight {}", line.split("  ").next().unwrap_or_default()));
        here.chain(command.get_subcommands().flat_map(examples_of)).collect()
    }

    #[test]
    fn every_example_of_the_help_is_a_command_line() {
        let examples = examples_of(&Cli::command());
        assert!(examples.len() > 80, "{}", examples.len());
        for example in examples {
            if let Err(error) = Cli::try_parse_from(words(&example)) {
                panic!("{example}: {error}");
            }
        }
    }
}
