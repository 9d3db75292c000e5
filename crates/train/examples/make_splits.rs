//! Divides a table of photos into train, validation and test, and writes the ids: how the files in `splits/` were
//! made.
//!
//! ```text
//! cargo run --release -p resight-train --example make_splits -- TABLE known|new SEED OUT.csv
//! ```

#![allow(clippy::print_stdout, reason = "an example speaks to whoever runs it")]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use resight_dataset::{AuditOptions, ReadOptions, Row, read_source};
use resight_train::data::division::{Division, Part, Question, Shares, look_alikes};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [table, question, seed, out] = arguments.as_slice() else {
        return Err("usage: make_splits TABLE known|new SEED OUT.csv".into());
    };
    let question = match question.as_str() {
        "known" => Question::Known,
        "new" => Question::New,
        other => return Err(format!("the question is known or new, not `{other}`").into()),
    };
    let table = read_source(Path::new(table), &ReadOptions::default())?;
    let groups = look_alikes(&table.rows, AuditOptions::default().near_duplicate_distance).groups;
    let division = Division::make(&table.rows, &groups, question, Shares::usual(question), seed.parse()?)?;
    division.write_csv(Path::new(out), &table.rows)?;
    println!("photos with a look-alike: {}", groups.iter().flatten().count());
    println!("straddling groups: {}", division.straddling(&table.rows, &groups).len());
    for part in Part::ALL {
        let (photos, individuals, encounters) = counts(&table.rows, division.rows(part));
        println!(
            "{}: {photos} photos, {individuals} individuals, {encounters} labelled encounters",
            part.name()
        );
    }
    Ok(())
}

fn counts(rows: &[Row], part: &[u32]) -> (usize, usize, usize) {
    let of_part = || part.iter().map(|row| &rows[*row as usize]);
    let individuals: BTreeSet<_> = of_part().filter_map(|row| row.identity.as_ref()).collect();
    let encounters: BTreeSet<_> =
        of_part().filter_map(|row| Some((row.identity.as_ref()?, row.encounter.as_ref()?))).collect();
    (part.len(), individuals.len(), encounters.len())
}
