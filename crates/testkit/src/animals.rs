//! Made-up animals that a network of one layer tells apart, met again and again, with a table of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use image::{Rgb, RgbImage};
use resight_imaging::encode_jpeg;

use crate::photos::hash;

/// Width and height of the photos, in pixels.
pub const SIDE: u32 = 96;

/// Fields of the pattern across and down.
const FIELDS: u32 = 8;

/// A photo of an animal. Its pattern, a field of 8 × 8 colours, is its own; the light is another at each
/// meeting, so that no two photos of it are near-duplicates.
pub fn animal(individual: u64, meeting: u64) -> RgbImage {
    let (pattern, light) = (hash(individual), hash(hash(individual) ^ hash(meeting ^ 0xA11C_E5ED)));
    RgbImage::from_fn(SIDE, SIDE, |x, y| {
        let field = u64::from(y * FIELDS / SIDE * FIELDS + x * FIELDS / SIDE);
        let channel = |channel: u64| {
            let own = amount(pattern ^ (field * 3 + channel + 1), 70);
            // The light falls on all colours alike, as light does.
            let of_the_day = amount(light ^ (field + 1), 45);
            (128 + own + of_the_day).clamp(0, 255) as u8
        };
        Rgb([channel(0), channel(1), channel(2)])
    })
}

/// A number between −most and most.
fn amount(seed: u64, most: i32) -> i32 {
    let span = u64::from(most.unsigned_abs()) * 2 + 1;
    (hash(seed) % span) as i32 - most
}

/// The animal's name: `Ada`, `Bo`, … and then with a number.
pub fn name(individual: u64) -> String {
    const NAMES: [&str; 12] =
        ["Ada", "Bo", "Cy", "Dot", "Eve", "Fay", "Gil", "Hal", "Ida", "Jo", "Kit", "Lou"];
    let name = NAMES[(individual % 12) as usize];
    match individual / 12 {
        0 => name.to_owned(),
        round => format!("{name}-{}", round + 1),
    }
}

/// One photo that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Where it lies.
    pub path: PathBuf,
    /// Whom it shows.
    pub individual: u64,
    /// The how-manieth meeting it is from.
    pub meeting: u64,
}

/// Writes one photo, as `Ada_3.jpg`.
///
/// # Errors
/// The file cannot be written.
pub fn write_photo(folder: &Path, individual: u64, meeting: u64) -> io::Result<Sight> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}_{meeting}.jpg", name(individual)));
    fs::write(&path, encode_jpeg(&animal(individual, meeting), 92).map_err(io::Error::other)?)?;
    Ok(Sight { path, individual, meeting })
}

/// Writes photos of so many individuals, each at so many meetings, and `metadata.csv` with who they are, the
/// encounter (one a meeting) and the date. Individuals with even numbers are seen from the left.
///
/// # Errors
/// A file cannot be written.
pub fn write_study(folder: &Path, individuals: u64, meetings: u64) -> io::Result<Vec<Sight>> {
    let mut table = "image_id,path,identity,species,viewpoint,encounter,date\n".to_owned();
    let mut sights = Vec::new();
    for individual in 0..individuals {
        for meeting in 0..meetings {
            let sight = write_photo(&folder.join("photos"), individual, meeting)?;
            let name = name(individual);
            let side = if individual % 2 == 0 { "left" } else { "right" };
            let day = meeting % 28 + 1;
            let _ = writeln!(
                table,
                "{name}{meeting},photos/{name}_{meeting}.jpg,{name},zebra,{side},{name}-{meeting},2024-05-{day:02} 12:00:00"
            );
            sights.push(sight);
        }
    }
    fs::write(folder.join("metadata.csv"), table)?;
    Ok(sights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn correlation(a: &RgbImage, b: &RgbImage) -> f64 {
        let centered = |image: &RgbImage| image.iter().map(|v| f64::from(*v) - 128.0).collect::<Vec<_>>();
        let (a, b) = (centered(a), centered(b));
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
    }

    #[test]
    fn an_animal_resembles_itself_more_than_others() {
        for individual in 0..20 {
            let own = correlation(&animal(individual, 1), &animal(individual, 2));
            let other = correlation(&animal(individual, 1), &animal(individual + 1, 1));
            assert!(own > 0.5 && other < 0.4, "{individual}: {own} {other}");
        }
    }
}
