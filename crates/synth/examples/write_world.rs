//! Writes a synthetic world: `write_world easy|medium|hard SEED FOLDER`.

use std::path::Path;

use resight_synth::{Difficulty, World, WorldSettings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [difficulty, seed, folder] = arguments.as_slice() else {
        return Err("usage: write_world easy|medium|hard SEED FOLDER".into());
    };
    let difficulty = match difficulty.as_str() {
        "easy" => Difficulty::Easy,
        "medium" => Difficulty::Medium,
        "hard" => Difficulty::Hard,
        other => return Err(format!("not a difficulty: {other}").into()),
    };
    let world = World::new(seed.parse()?, WorldSettings::of(difficulty))?;
    world.write(Path::new(folder), &|_, _| {})?;
    Ok(())
}
