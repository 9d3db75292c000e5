//! The child: feeds one target, writes down which input is at hand, and ends itself where one takes too long.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use resight_fuzz::{Target, watch_panics};

use crate::options::Options;
use crate::{input, limits};

/// What a thread of a program has by default; photos and tables are read on such.
const STACK_BYTES: usize = 2 << 20;
/// How often the watch looks.
const LOOK: Duration = Duration::from_millis(100);

/// The input at hand, and when it began, in milliseconds since the start.
static AT_HAND: AtomicU64 = AtomicU64::new(0);
static BEGUN: AtomicU64 = AtomicU64::new(u64::MAX);

/// Feeds the inputs of the options' numbers. A panic that no barrier caught, an abort and a hang end the process.
pub(crate) fn run(target: Target, options: &Options) -> Result<(), String> {
    limits::limit_memory(options.megabytes)?;
    let place = options.place.as_deref().ok_or("a child wants --place")?;
    let mut place = File::create(place).map_err(|error| error.to_string())?;
    let seeds = (target.seeds)();
    watch_panics();
    let start = Instant::now();
    let longest = Duration::from_secs(options.seconds);
    thread::spawn(move || watch(start, longest));
    let (seed, first, executions) = (options.seed, options.first, options.executions);
    let fed = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || -> Result<u64, String> {
        let mut slowest = 0;
        for number in first..first + executions {
            note(&mut place, number).map_err(|error| error.to_string())?;
            let bytes = input(&target, &seeds, seed, number);
            AT_HAND.store(number, Ordering::SeqCst);
            let begun = start.elapsed();
            BEGUN.store(begun.as_millis() as u64, Ordering::SeqCst);
            if let Err(panic) = catch_unwind(|| (target.run)(&bytes)) {
                let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
                eprintln!("a panic in a library: {}", text.unwrap_or_default());
                std::process::abort();
            }
            BEGUN.store(u64::MAX, Ordering::SeqCst);
            slowest = slowest.max((start.elapsed() - begun).as_millis() as u64);
        }
        Ok(slowest)
    });
    let slowest =
        fed.map_err(|error| error.to_string())?.join().map_err(|_| "the feeding thread panicked")??;
    println!("{slowest} {}", limits::peak_megabytes());
    Ok(())
}

/// Writes down the number of the input at hand: whoever finds the process dead reads it there.
fn note(place: &mut File, number: u64) -> std::io::Result<()> {
    place.seek(SeekFrom::Start(0))?;
    place.write_all(&number.to_le_bytes())
}

fn watch(start: Instant, longest: Duration) {
    loop {
        thread::sleep(LOOK);
        let begun = BEGUN.load(Ordering::SeqCst);
        let number = AT_HAND.load(Ordering::SeqCst);
        let taken = (start.elapsed().as_millis() as u64).saturating_sub(begun);
        let is_same = BEGUN.load(Ordering::SeqCst) == begun;
        if begun != u64::MAX && is_same && taken > longest.as_millis() as u64 {
            eprintln!("a hang: input {number} takes more than {} s", longest.as_secs());
            std::process::abort();
        }
    }
}
