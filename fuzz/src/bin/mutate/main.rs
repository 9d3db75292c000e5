//! `mutate`: feeds the targets with so many mutated inputs, and says what came of it.
//!
//! ```text
//! mutate run [--target NAME] [--executions N] [--seed S] [--first I]
//!            [--megabytes M] [--seconds T]      inputs in child processes with limits on memory and time
//! mutate show NAME I [--seed S]                 an input, in hexadecimal digits
//! mutate seeds FOLDER                           the seeds of every target, for libFuzzer
//! ```
//!
//! An input follows from the name of its target, the seed and its number: a finding is repeated by its number.

mod child;
mod limits;
mod options;
mod parent;

use std::path::Path;
use std::process::ExitCode;

use resight_fuzz::mutation::mutated;
use resight_fuzz::random::Random;
use resight_fuzz::{Target, find, targets};

use options::Options;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["run", ref rest @ ..] => Options::of(rest).and_then(|options| parent::run(&options)),
        ["child", name, ref rest @ ..] => {
            Options::of(rest).and_then(|options| child::run(target(name)?, &options)).map(|()| 0)
        }
        ["show", name, number, ref rest @ ..] => show(name, number, rest).map(|()| 0),
        ["seeds", folder] => seeds(Path::new(folder)).map(|()| 0),
        _ => Err("what is to be done? run, show or seeds".to_owned()),
    };
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::from(2)
        }
    }
}

fn target(name: &str) -> Result<Target, String> {
    find(name).ok_or_else(|| format!("there is no target of this name: {name}"))
}

/// The input of a number.
fn input(target: &Target, seeds: &[Vec<u8>], seed: u64, number: u64) -> Vec<u8> {
    let mut random = Random::new(seed, number);
    let mut bytes = mutated(seeds, target.words, &mut random);
    // Some inputs keep their wrong checksums: those must be met too.
    if random.below(8) != 0 {
        (target.mend)(&mut bytes);
    }
    bytes
}

fn show(name: &str, number: &str, rest: &[&str]) -> Result<(), String> {
    let target = target(name)?;
    let number = number.parse().map_err(|_| format!("not a number: {number}"))?;
    println!("{}", hexadecimal(&input(&target, &(target.seeds)(), Options::of(rest)?.seed, number)));
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn seeds(folder: &Path) -> Result<(), String> {
    for target in targets() {
        let place = folder.join(target.name);
        std::fs::create_dir_all(&place).map_err(|error| error.to_string())?;
        for (number, bytes) in (target.seeds)().iter().enumerate() {
            std::fs::write(place.join(format!("seed-{number:03}")), bytes)
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
