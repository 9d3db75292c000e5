//! Chores of the repository: `cargo xtask tidy`.

#![cfg_attr(test, allow(clippy::unwrap_used))]

use std::process::ExitCode;

mod tidy;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tidy"] => report(tidy::tidy()),
        _ => {
            say("usage: cargo xtask tidy");
            ExitCode::from(2)
        }
    }
}

fn report(outcome: anyhow::Result<Vec<tidy::Fault>>) -> ExitCode {
    match outcome {
        Ok(faults) if faults.is_empty() => {
            say("tidy");
            ExitCode::SUCCESS
        }
        Ok(faults) => {
            faults.iter().for_each(|fault| say(&fault.to_string()));
            say(&format!("{} faults", faults.len()));
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a chore talks to the terminal")]
fn say(line: &str) {
    eprintln!("{line}");
}
