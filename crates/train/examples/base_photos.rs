//! Writes the photos that `resight-base` learns from: synthetic animals of every kind, and, where given, a table of
//! white shark fins.
//!
//!     base_photos OUT [INDIVIDUALS_PER_KIND] [TABLE_OF_FINS]
//!
//! Three in five animals come from a medium world, the others from a hard one. A fin that was photographed once
//! teaches by its augmented views alone. The same arguments give the same bytes on every machine.

#![allow(clippy::print_stderr, reason = "an example speaks to whoever runs it")]

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use resight_dataset::{ReadOptions, read_source};
use resight_synth::{AnimalKind, CountRange, Difficulty, Population, World, WorldSettings, relative_path};

const COLUMNS: &str = "image_id,path,identity,species,viewpoint,encounter\n";
const SEED: u64 = 20_261;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let out = PathBuf::from(
        arguments.next().ok_or("usage: base_photos OUT [INDIVIDUALS_PER_KIND] [TABLE_OF_FINS]")?,
    );
    let individuals: usize = arguments.next().map_or(Ok(240), |count| count.parse())?;
    fs::create_dir_all(&out)?;
    let mut table = COLUMNS.to_owned();
    let medium = individuals * 3 / 5;
    for (difficulty, known) in [(Difficulty::Medium, medium), (Difficulty::Hard, individuals - medium)] {
        add_world(&mut table, &out, difficulty, known)?;
    }
    if let Some(fins) = arguments.next() {
        add_fins(&mut table, &out, Path::new(&fins))?;
    }
    fs::write(out.join("metadata.csv"), table)?;
    Ok(())
}

fn add_world(
    table: &mut String,
    out: &Path,
    difficulty: Difficulty,
    known: usize,
) -> Result<(), Box<dyn Error>> {
    let population = |kind| Population { kind, known, newcomers: 0 };
    let settings = WorldSettings {
        populations: AnimalKind::ALL.map(population).to_vec(),
        encounters: CountRange::between(3, 6),
        singletons: 0.0,
        shots: CountRange::between(1, 2),
        burst: CountRange::exactly(1),
        places: 24,
        width: 384,
        height: 288,
        ..WorldSettings::of(difficulty)
    };
    let name = if difficulty == Difficulty::Hard { "hard" } else { "medium" };
    let world = World::new(SEED + difficulty as u64, settings)?;
    let folder = out.join(name);
    let whole = folder.join(resight_synth::TABLE_NAME);
    if !whole.is_file() {
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        world.write(&folder, &|done, all| {
            if done % 500 == 0 {
                eprintln!("{name}: {done} of {all} photos");
            }
        })?;
    }
    for photo in world.photos() {
        let encounter = world.encounter_of(photo);
        writeln!(
            table,
            "{name}-{},{name}/{},{name}-{},{},{},{name}-{}",
            photo.image_id,
            relative_path(photo),
            encounter.identity(),
            encounter.kind.species(),
            encounter.side.viewpoint(),
            encounter.id,
        )?;
    }
    Ok(())
}

fn add_fins(table: &mut String, out: &Path, fins: &Path) -> Result<(), Box<dyn Error>> {
    let rows = read_source(fins, &ReadOptions::default())?.rows;
    let folder = out.join("fins");
    fs::create_dir_all(&folder)?;
    for row in rows {
        let Some(identity) = row.identity.as_deref() else { continue };
        let file = row.path.file_name().ok_or("a photo without a name")?;
        fs::copy(&row.path, folder.join(file))?;
        let id = &row.image_id;
        writeln!(table, "fin-{id},fins/{},fin-{identity},white_shark,,fin-{id}", file.to_string_lossy())?;
    }
    Ok(())
}
