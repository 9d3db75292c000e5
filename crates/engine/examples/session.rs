//! Times one session with many requests beside as many runs of the program, on a catalog of `large_catalog`: median and
//! 99th percentile of both, the memory of the session, and, with another process writing meanwhile, whether each answer
//! says what that process wrote last.
//!
//! ```sh
//! cargo run --release -p resight-engine --example large_catalog -- FOLDER 20000
//! cargo run --release -p resight-engine --example session -- FOLDER target/release/resight [REQUESTS]
//! ```
#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use resight_engine::identify::{Identification, IdentifyRequest, Subject};
use resight_engine::{CancelToken, EngineError, Models, RuntimeChoice, Session, Silent};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: session FOLDER PROGRAM [REQUESTS]";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let program = PathBuf::from(arguments.next().ok_or(usage)?);
    let n: usize = arguments.next().as_deref().unwrap_or("200").parse()?;
    let photo = folder.with_extension("jpg");
    let request = IdentifyRequest::new(Subject::sources(std::slice::from_ref(&photo)));
    let session = Session::new(&folder, Models::open(None, RuntimeChoice::Auto, 2)?);

    let mut times = Vec::new();
    for number in 1..=n {
        let began = Instant::now();
        ask(&session, &request)?;
        times.push(began.elapsed());
        if number == n / 10 || number == n {
            println!("memory after {number} requests: {} MiB", resident_mib());
        }
    }
    let of_session = told("one session", &mut times);
    let mut times = Vec::new();
    for _ in 0..n {
        let began = Instant::now();
        run(&program, &["identify".as_ref(), folder.as_ref(), photo.as_ref()])?;
        times.push(began.elapsed());
    }
    let of_runs = told("runs of the program", &mut times);
    let ratio = |of: fn(&(Duration, Duration)) -> Duration| {
        of(&of_runs).as_secs_f64() / of(&of_session).as_secs_f64()
    };
    println!(
        "a run takes {:.1} times the median, {:.1} times the 99th percentile",
        ratio(|t| t.0),
        ratio(|t| t.1)
    );
    beside_a_writer(&session, &request, &folder, &program, n / 10)
}

/// Renames whoever comes first, by another process, and looks whether the next answer says so.
fn beside_a_writer(
    session: &Session,
    request: &IdentifyRequest,
    folder: &Path,
    program: &Path,
    rounds: usize,
) -> Result<(), Failure> {
    let first = |found: Identification| found.answers[0].candidates[0].individual.clone();
    let mut times = Vec::new();
    for number in 0..rounds {
        let before = first(ask(session, request)?);
        let name = format!("renamed {number} {}", std::process::id());
        let renaming =
            ["individual".as_ref(), "rename".as_ref(), folder.as_os_str(), before.as_ref(), name.as_ref()];
        run(program, &renaming)?;
        let began = Instant::now();
        let after = first(ask(session, request)?);
        times.push(began.elapsed());
        if after != name {
            return Err(format!("the answer after a write says `{after}` where `{name}` was written").into());
        }
    }
    println!("{rounds} writes by another process, each in the next answer");
    told("the request after a write", &mut times);
    println!("memory after them: {} MiB", resident_mib());
    Ok(())
}

fn ask(session: &Session, request: &IdentifyRequest) -> Result<Identification, EngineError> {
    session.identify(request, &Silent, &CancelToken::default())
}

fn run(program: &Path, arguments: &[&std::ffi::OsStr]) -> Result<(), Failure> {
    let output = Command::new(program).args(arguments).output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned().into()),
    }
}

/// Median and 99th percentile.
fn told(what: &str, times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |share: usize| times[(times.len() * share / 100).min(times.len() - 1)];
    println!("{what}: median {:?}, 99th percentile {:?}", at(50), at(99));
    (at(50), at(99))
}

/// Memory in use, as Linux says it; 0 elsewhere.
fn resident_mib() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_whitespace().nth(1).and_then(|word| word.parse::<u64>().ok()));
    pages.unwrap_or(0) * 4096 / (1 << 20)
}
