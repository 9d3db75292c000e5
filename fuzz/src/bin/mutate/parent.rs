//! The parent: shares the executions among the targets, starts children, and writes down what ended them.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

use resight_fuzz::{Target, find, targets};

use crate::options::Options;
use crate::{hexadecimal, input};

/// After so many findings a target is left.
const MOST_FINDINGS: u64 = 20;
/// An input shorter than this is printed.
const PRINTED_BYTES: usize = 1024;
/// A fresh process after so many inputs: what is kept from one to the next is seen as growth.
const INPUTS_OF_A_CHILD: u64 = 200_000;

/// What came of a target.
#[derive(Debug, Default)]
struct Outcome {
    executions: u64,
    findings: u64,
    slowest_millis: u64,
    peak_megabytes: u64,
}

/// Feeds one target or all; returns how many findings there were.
pub(crate) fn run(options: &Options) -> Result<u64, String> {
    let chosen: Vec<Target> = match &options.target {
        Some(name) => vec![find(name).ok_or_else(|| format!("there is no target of this name: {name}"))?],
        None => targets().to_vec(),
    };
    // The dearer an execution, the fewer; by the root alone, so that the dear ones are not forgotten.
    let share = |target: &Target| 1.0 / (target.cost as f64).sqrt();
    let all: f64 = chosen.iter().map(share).sum();
    let mut findings = 0;
    for target in &chosen {
        let executions = (options.executions as f64 * share(target) / all).ceil() as u64;
        let begun = Instant::now();
        let outcome = feed(target, options, executions)?;
        println!(
            "{:15} {:>9} executions in {:>4} s, slowest {:>5} ms, at most {:>4} MiB, {} findings",
            target.name,
            outcome.executions,
            begun.elapsed().as_secs(),
            outcome.slowest_millis,
            outcome.peak_megabytes,
            outcome.findings,
        );
        findings += outcome.findings;
    }
    Ok(findings)
}

fn feed(target: &Target, options: &Options, executions: u64) -> Result<Outcome, String> {
    let folder = folder_of_children().map_err(|error| error.to_string())?;
    let (mut next, end) = (options.first, options.first + executions);
    let mut outcome = Outcome::default();
    while next < end && outcome.findings < MOST_FINDINGS {
        let count = (end - next).min(INPUTS_OF_A_CHILD);
        let child = start(target, options, folder.path(), next, count)?;
        if child.status.success() {
            outcome.executions += count;
            next += count;
            let text = String::from_utf8_lossy(&child.stdout);
            let mut numbers = text.split_whitespace().filter_map(|word| word.parse::<u64>().ok());
            outcome.slowest_millis = outcome.slowest_millis.max(numbers.next().unwrap_or(0));
            outcome.peak_megabytes = outcome.peak_megabytes.max(numbers.next().unwrap_or(0));
            continue;
        }
        let at = at_hand(folder.path()).ok_or_else(|| {
            format!("{} did not begin: {}", target.name, String::from_utf8_lossy(&child.stderr))
        })?;
        report(target, options, at, &child);
        outcome.findings += 1;
        outcome.executions += at + 1 - next;
        next = at + 1;
    }
    Ok(outcome)
}

/// Children that end themselves leave files behind; all of them go with this folder. Where memory serves as a disk, it
/// lies there: nothing of it must survive.
fn folder_of_children() -> std::io::Result<tempfile::TempDir> {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())
}

fn start(
    target: &Target,
    options: &Options,
    folder: &Path,
    first: u64,
    count: u64,
) -> Result<Output, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let place = folder.join("at-hand");
    let _ = std::fs::remove_file(&place);
    let number = |name: &str, value: u64| [format!("--{name}"), value.to_string()];
    Command::new(program)
        .args(["child", target.name, "--place"])
        .arg(&place)
        .args(number("first", first))
        .args(number("executions", count))
        .args(number("seed", options.seed))
        .args(number("megabytes", options.megabytes))
        .args(number("seconds", options.seconds))
        .env("TMPDIR", folder)
        .output()
        .map_err(|error| error.to_string())
}

/// The number of the input at which a child ended.
fn at_hand(folder: &Path) -> Option<u64> {
    let bytes = std::fs::read(folder.join("at-hand")).ok()?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// Tells a finding, and keeps its input beside those of libFuzzer.
fn report(target: &Target, options: &Options, number: u64, child: &Output) {
    let bytes = input(target, &(target.seeds)(), options.seed, number);
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "FINDING {} {number} (seed {}): {}", target.name, options.seed, child.status);
    let told = String::from_utf8_lossy(&child.stderr);
    for line in told.lines().rev().take(8).collect::<Vec<_>>().into_iter().rev() {
        let _ = writeln!(out, "    {line}");
    }
    if bytes.len() <= PRINTED_BYTES {
        let _ = writeln!(out, "    {}", hexadecimal(&bytes));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("artifacts").join(target.name);
    let path = folder.join(format!("input-{}-{number}", options.seed));
    if std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, bytes)).is_ok() {
        let _ = writeln!(out, "    kept as {}", path.display());
    }
}
