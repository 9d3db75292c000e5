//! Writes a synthetic world: `write_world easy|medium|hard SEED FOLDER [KIND=KNOWN,NEWCOMERS ...] [whole-edges]`.
//!
//! `write_world medium 7 fins fin=40,0 whole-edges` writes fins alone, without the nicks that tell them apart.

use std::error::Error;
use std::path::Path;

use resight_synth::{AnimalKind, Difficulty, Population, World, WorldSettings};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [difficulty, seed, folder, further @ ..] = arguments.as_slice() else {
        return Err(
            "usage: write_world easy|medium|hard SEED FOLDER [KIND=KNOWN,NEWCOMERS ...] [whole-edges]".into(),
        );
    };
    let difficulty = match difficulty.as_str() {
        "easy" => Difficulty::Easy,
        "medium" => Difficulty::Medium,
        "hard" => Difficulty::Hard,
        other => return Err(format!("not a difficulty: {other}").into()),
    };
    let populations = further.iter().filter(|word| *word != "whole-edges").map(|word| population(word));
    let populations = populations.collect::<Result<Vec<_>, _>>()?;
    let mut settings = WorldSettings::of(difficulty);
    settings.whole_edges = further.iter().any(|word| word == "whole-edges");
    if !populations.is_empty() {
        settings.populations = populations;
    }
    let world = World::new(seed.parse()?, settings)?;
    world.write(Path::new(folder), &|_, _| {})?;
    Ok(())
}

fn population(word: &str) -> Result<Population, Box<dyn Error>> {
    let parts = word.split_once('=').and_then(|(kind, counts)| Some((kind, counts.split_once(',')?)));
    let (name, (known, newcomers)) = parts.ok_or_else(|| format!("not KIND=KNOWN,NEWCOMERS: {word}"))?;
    let kind = AnimalKind::ALL.into_iter().find(|kind| kind.name() == name);
    let kind = kind.ok_or_else(|| format!("not a kind of animal: {name}"))?;
    Ok(Population { kind, known: known.parse()?, newcomers: newcomers.parse()? })
}
