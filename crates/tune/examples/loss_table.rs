//! Learns with every sensible combination of loss, distance and miner, for an equal number of photos seen, and
//! writes one table: how `docs/losses-table.md` was made.
//!
//! ```text
//! cargo run --release -p resight-tune --example loss_table -- TABLE SPLIT BUNDLE CACHE OUT.md [ONLY | I/N]
//! ```
//!
//! TABLE and SPLIT are those of a set of photos, BUNDLE the network to start from, CACHE a folder for its features;
//! Fashion-MNIST is looked for where Debian's package puts it, or in the folder `RESIGHT_FASHION_MNIST`. With ONLY,
//! just the combinations whose name holds this word; with I/N, such as 2/3, each N-th one from the I-th on, so that N
//! processes of one thread each share the table.

#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

#[path = "loss_table/combinations.rs"]
mod combinations;
#[path = "loss_table/ground.rs"]
mod ground;

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use combinations::COMBINATIONS;
use ground::{Ground, Result};

fn main() -> std::result::Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let ([table, split, bundle, cache, out], only) = match arguments.as_slice() {
        [table, split, bundle, cache, out] => ([table, split, bundle, cache, out], ""),
        [table, split, bundle, cache, out, only] => ([table, split, bundle, cache, out], only.as_str()),
        _ => return Err("usage: loss_table TABLE SPLIT BUNDLE CACHE OUT.md [ONLY | I/N]".into()),
    };
    let share = only.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    let (first, step, only): (usize, usize, &str) = match share {
        Some((i, n)) if 0 < i && i <= n => (i, n, ""),
        Some((i, n)) => return Err(format!("{i}/{n}: the first of {n} is 1").into()),
        None => (1, 1, only),
    };
    let fashion = Ground::fashion_mnist(std::env::var_os("RESIGHT_FASHION_MNIST").as_deref().map(Path::new))?;
    let photos = Ground::photos(Path::new(table), Path::new(split), Path::new(bundle), Path::new(cache))?;
    let mut lines = Vec::new();
    for combination in COMBINATIONS.iter().skip(first - 1).step_by(step).filter(|one| one.name.contains(only))
    {
        let results = [fashion.learn(combination), photos.learn(combination)];
        let line = line(combination.name, &results);
        println!("{line}");
        lines.push(line);
        // Written anew after every combination: what was measured is not lost when time runs out.
        std::fs::write(out, page(&fashion, &photos, &lines))?;
    }
    Ok(())
}

/// One row of the table. A combination that cannot be learnt with says so.
fn line(name: &str, results: &[std::result::Result<Result, String>; 2]) -> String {
    let mut line = format!("| {name} |");
    for result in results {
        let _ = match result {
            Ok(result) => write!(
                line,
                " {:.3} | {:.3} | {:.1} | {} |",
                result.validation.map5, result.validation.top1, result.seconds, result.doctor
            ),
            Err(error) => write!(line, " failed | | | {} |", error.replace('|', "/").replace('\n', " ")),
        };
    }
    line
}

fn page(fashion: &Ground, photos: &Ground, lines: &[String]) -> String {
    let mut page = String::from(
        "| combination | Fashion-MNIST MAP@5 | top-1 | s | doctor | photos MAP@5 | top-1 | s | doctor |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let reference = |ground: &Ground| match ground.reference() {
        Some([untrained, chance]) => [
            format!("{:.3} | {:.3}", untrained.map5, untrained.top1),
            format!("{:.3} | {:.3}", chance.map5, chance.top1),
        ],
        None => [" | ".to_owned(), " | ".to_owned()],
    };
    let ([a, b], [c, d]) = (reference(fashion), reference(photos));
    let _ = writeln!(page, "| *untrained* | {a} | | | {c} | | |\n| *guessing* | {b} | | | {d} | | |");
    for line in lines {
        let _ = writeln!(page, "{line}");
    }
    page
}
