//! The search side of `bench/search`: makes rows from a seed, and answers questions about them with its time.
//!
//! `search_million generate FOLDER ROWS DIM SEED` writes `rows.f16` (a segment) and `queries.f32`.
//! `search_million serve FOLDER ROWS DIM` then reads lines `single N`, `batch N` or `scan N` (N a first query) and
//! answers each with one line of JSON.

#![allow(clippy::print_stdout, reason = "its output is the measurement")]

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::time::Instant;

use resight_vector::segment::{Owner, RowKind, Segment, SegmentWriter};
use resight_vector::{Hit, Metric, Rows, scan, search};

/// Rows that are alike: photos of one individual.
const ROWS_IN_CLUSTER: u64 = 20;
/// How far a row lies from the middle of its cluster, which is at distance 1 from the origin.
const SPREAD: f32 = 0.7;
/// Queries that are made.
const QUERIES: u64 = 256;
/// Queries of a batch.
const BATCH: usize = 64;
/// Neighbours asked for.
const NEAREST: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["generate", folder, rows, dim, seed] => {
            generate(Path::new(folder), rows.parse()?, dim.parse()?, seed.parse()?)
        }
        ["serve", folder, rows, dim] => serve(Path::new(folder), rows.parse()?, dim.parse()?),
        _ => Err("generate FOLDER ROWS DIM SEED | serve FOLDER ROWS DIM".into()),
    }
}

/// A stream of numbers that depends on nothing but its seed (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// About normal: the sum of four uniform numbers, scaled to variance 1.
    fn normal(&mut self) -> f32 {
        let bits = self.next();
        let sum: i32 = (0..4).map(|part| ((bits >> (16 * part)) & 0xffff) as i32 - 0x8000).sum();
        sum as f32 / 65_536.0 * 3.0_f32.sqrt()
    }
}

/// A point of unit length near the middle of cluster `cluster`.
fn point(seed: u64, cluster: u64, which: u64, dim: usize) -> Vec<f32> {
    let mut middle = Numbers(seed ^ cluster.wrapping_mul(0xd134_2543_de82_ef95));
    let mut away =
        Numbers(seed.wrapping_add(1) ^ (cluster << 24 | which).wrapping_mul(0xaf25_1af3_b0f0_25b5));
    let mut point: Vec<f32> = (0..dim).map(|_| middle.normal() + SPREAD * away.normal()).collect();
    let length = point.iter().map(|value| value * value).sum::<f32>().sqrt();
    point.iter_mut().for_each(|value| *value /= length);
    point
}

fn points(dim: usize) -> RowKind {
    RowKind { dim, owner: Owner::named("points of this example") }
}

fn generate(folder: &Path, rows: u64, dim: usize, seed: u64) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let mut writer = SegmentWriter::create(&folder.join("rows.f16"), points(dim))?;
    for start in (0..rows).step_by(20_000) {
        let block: Vec<f32> = (start..rows.min(start + 20_000))
            .flat_map(|row| point(seed, row / ROWS_IN_CLUSTER, row % ROWS_IN_CLUSTER, dim))
            .collect();
        writer.append(&block)?;
    }
    let clusters = (rows / ROWS_IN_CLUSTER).max(1);
    let queries: Vec<u8> = (0..QUERIES)
        .flat_map(|query| point(seed, query.wrapping_mul(7919) % clusters, 1000 + query, dim))
        .flat_map(f32::to_le_bytes)
        .collect();
    fs::write(folder.join("queries.f32"), queries)?;
    Ok(())
}

fn serve(folder: &Path, rows: u64, dim: usize) -> Result<(), Box<dyn Error>> {
    let segment = Segment::open(&folder.join("rows.f16"), points(dim), rows)?;
    let queries: Vec<f32> = fs::read(folder.join("queries.f32"))?
        .chunks_exact(4)
        .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    say(r#"{"ready": true}"#)?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let (what, first) = line.split_once(' ').ok_or("a question is a word and a number")?;
        let first: usize = first.parse()?;
        let count = if what == "single" { 1 } else { BATCH };
        let asked = &queries[first * dim..][..count * dim];
        say(&answer(what, segment.rows(), asked)?)?;
    }
    Ok(())
}

fn answer(what: &str, rows: Rows<'_>, queries: &[f32]) -> Result<String, Box<dyn Error>> {
    let start = Instant::now();
    let top = match what {
        "scan" => {
            let mut greatest = f32::NEG_INFINITY;
            scan(&[rows], queries, Metric::Dot, |_, _, scores| greatest = greatest.max(scores[0]))?;
            Vec::new()
        }
        "distance" => search(&[rows], queries, NEAREST, Metric::SquaredEuclidean, None)?,
        _ => search(&[rows], queries, NEAREST, Metric::Dot, None)?,
    };
    let seconds = start.elapsed().as_secs_f64();
    let top: Vec<Vec<u64>> = top.iter().map(|hits| hits.iter().map(|hit: &Hit| hit.row).collect()).collect();
    Ok(format!(r#"{{"seconds": {seconds}, "top": {top:?}, "peak_bytes": {}}}"#, peak_bytes()))
}

/// The most memory that this process ever held, mapped files included; 0 where the system does not say.
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).map_or(0, |kib| kib * 1024)
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
