//! Scratch.
use std::path::Path;
use resight_synth::{AnimalKind, Population, World, WorldSettings};
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let a: Vec<String> = std::env::args().skip(1).collect();
    let (known, newcomers): (usize, usize) = (a[2].parse()?, a[3].parse()?);
    let mut s = WorldSettings::easy();
    s.populations = AnimalKind::ALL.map(|kind| Population { kind, known, newcomers }).to_vec();
    World::new(a[0].parse()?, s)?.write(Path::new(&a[1]), &|_, _| {})?;
    Ok(())
}
