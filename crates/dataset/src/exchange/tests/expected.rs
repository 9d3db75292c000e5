//! What each format makes of the small world, compared with committed files: `RESIGHT_UPDATE=1` writes them anew.

use std::fs;
use std::path::PathBuf;

use super::world::{everything, least, world};
use crate::exchange::*;

fn check(format: ExportFormat, options: &ExportOptions, folder: &str) {
    let written = export(&world(), options, format).unwrap();
    let again = export(&world(), options, format).unwrap();
    assert_eq!(written, again, "the same input gives the same bytes");
    let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/exchange").join(folder);
    let mut files: Vec<(String, Vec<u8>)> =
        written.files.iter().map(|file| (file.name.clone(), file.bytes.clone())).collect();
    for sidecar in &written.sidecars {
        let name = sidecar.path.file_name().unwrap().to_str().unwrap().to_owned();
        files.push((name, sidecar.bytes.clone()));
    }
    let notes: String = written.notes.iter().map(|note| format!("{note}\n")).collect();
    let told: String = disclosed(&world(), options, format).iter().map(|one| format!("{one}\n")).collect();
    let crops: String = written.crops.iter().map(|crop| format!("{crop:?}\n")).collect();
    files.push(("told.txt".to_owned(), format!("{notes}\n{told}\n{crops}").into_bytes()));
    for (name, bytes) in files.iter().filter(|(name, _)| !name.ends_with(".xlsx")) {
        let path = place.join(name);
        if std::env::var_os("RESIGHT_UPDATE").is_some() {
            fs::create_dir_all(&place).unwrap();
            fs::write(&path, bytes).unwrap();
        }
        let expected = fs::read(&path).unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(bytes), String::from_utf8_lossy(&expected), "{}", path.display());
    }
}

#[test]
fn every_format_writes_what_is_committed() {
    for format in ExportFormat::ALL {
        check(*format, &everything(), format.name());
    }
}

#[test]
fn generalized_places_say_so_in_the_fields_of_the_format() {
    let options = ExportOptions { positions: PositionPrecision::Hundredth, ..least() };
    for format in [ExportFormat::CamtrapDp, ExportFormat::DarwinCore] {
        check(format, &options, &format!("{format}-generalized"));
    }
}

#[test]
fn formats_are_read_by_their_names() {
    for format in ExportFormat::ALL {
        assert_eq!(format.name().parse(), Ok(*format));
        assert_eq!(serde_json::to_value(format).unwrap(), format.name());
    }
    assert!("csv".parse::<ExportFormat>().unwrap_err().contains("camtrap-dp"));
}

#[test]
fn nothing_gives_files_without_rows() {
    let nothing = Exported { sightings: Vec::new(), ..world() };
    for format in ExportFormat::ALL {
        let written = export(&nothing, &everything(), *format).unwrap();
        assert!(written.crops.is_empty() && written.sidecars.is_empty());
        assert_eq!(
            written.notes.iter().map(|note| note.kind).collect::<Vec<_>>(),
            [NoteKind::CardWithoutSighting]
        );
        assert!(disclosed(&nothing, &everything(), *format).is_empty());
    }
}
