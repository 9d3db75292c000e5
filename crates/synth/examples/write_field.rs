//! Writes field photos with boxes: `write_field SEED FOLDER [SETTINGS.json]`.

use std::path::Path;

use resight_synth::{FieldSettings, FieldWorld};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seed, folder, settings @ ..] = arguments.as_slice() else {
        return Err("usage: write_field SEED FOLDER [SETTINGS.json]".into());
    };
    let settings = match settings.first() {
        Some(path) => serde_json::from_slice(&std::fs::read(path)?)?,
        None => FieldSettings::default(),
    };
    FieldWorld::new(seed.parse()?, settings)?.write(Path::new(folder), &|_, _| {})?;
    Ok(())
}
