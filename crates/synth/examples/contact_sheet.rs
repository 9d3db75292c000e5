//! Writes a contact sheet: rows are individuals, columns their photos in order of time.
//!
//! `contact_sheet easy|medium|hard SEED SHEET.png [KIND] [ROWS] [COLUMNS] [WIDTH of a photo]`

use image::RgbImage;
use image::imageops::{FilterType, overlay, resize};
use rayon::prelude::*;
use resight_synth::{AnimalKind, Difficulty, Photo, World, WorldSettings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |index: usize, default: &str| arguments.get(index).cloned().unwrap_or(default.to_owned());
    let difficulty = match argument(0, "easy").as_str() {
        "easy" => Difficulty::Easy,
        "medium" => Difficulty::Medium,
        "hard" => Difficulty::Hard,
        other => return Err(format!("not a difficulty: {other}").into()),
    };
    let world = World::new(argument(1, "1").parse()?, WorldSettings::of(difficulty))?;
    let kind = AnimalKind::ALL.into_iter().find(|kind| kind.name() == argument(3, ""));
    let (rows, columns): (usize, usize) = (argument(4, "5").parse()?, argument(5, "6").parse()?);
    let width: u32 = argument(6, "213").parse()?;
    let sheet = sheet(&world, &individuals(&world, kind, rows), columns, width);
    sheet.save(argument(2, "contact_sheet.png"))?;
    Ok(())
}

/// The photos of the first `rows` individuals, of one kind or of all kinds in turn.
fn individuals(world: &World, kind: Option<AnimalKind>, rows: usize) -> Vec<Vec<&Photo>> {
    let kinds: Vec<AnimalKind> = kind.map_or(AnimalKind::ALL.to_vec(), |kind| vec![kind]);
    let animal = |row: usize| (kinds[row % kinds.len()], (row / kinds.len()) as u64);
    let photos_of = |row: usize| {
        let shows = |photo: &&Photo| {
            let encounter = world.encounter_of(photo);
            (encounter.kind, encounter.number) == animal(row)
        };
        world.photos().iter().filter(shows).collect()
    };
    (0..rows).map(photos_of).collect()
}

fn sheet(world: &World, individuals: &[Vec<&Photo>], columns: usize, width: u32) -> RgbImage {
    let settings = world.settings();
    let height = width * settings.height / settings.width;
    let (across, down) = (columns as u32 * (width + 4), individuals.len() as u32 * (height + 4));
    let mut sheet = RgbImage::from_pixel(across, down, image::Rgb([255, 255, 255]));
    for (row, photos) in individuals.iter().enumerate() {
        let shrink = |photo: &&Photo| resize(&world.render(photo), width, height, FilterType::Triangle);
        let pictures: Vec<RgbImage> = photos.par_iter().take(columns).map(shrink).collect();
        for (column, picture) in pictures.iter().enumerate() {
            let (x, y) = (column as i64 * i64::from(width + 4), row as i64 * i64::from(height + 4));
            overlay(&mut sheet, picture, x, y);
        }
    }
    sheet
}
