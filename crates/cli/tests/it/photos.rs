//! Photos that are cut, turned, or no files at all, as a user meets them.

use resight_imaging::encode_jpeg;
use resight_testkit::photos::{oriented_jpeg, scene};

use crate::workplace::{Workplace, text};

#[test]
fn a_photo_that_was_cut_and_closed_is_a_recorded_failure() {
    let workplace = Workplace::new();
    workplace.init();
    let photo = encode_jpeg(&scene(320, 240, 1), 90).unwrap();
    std::fs::create_dir(workplace.path("new")).unwrap();
    std::fs::write(workplace.path("new/whole.jpg"), &photo).unwrap();
    let cut = [&photo[..photo.len() / 2], b"\xFF\xD9"].concat();
    std::fs::write(workplace.path("new/cut.jpg"), cut).unwrap();
    let output = workplace.run(&["ingest", "catalog", "new", "--no-calibrate"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("a part of the picture is missing"), "{said}");
    assert!(said.contains("cut.jpg") && !said.contains("whole.jpg"), "{said}");
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused_at_once() {
    let workplace = Workplace::new();
    workplace.init();
    workplace.photos("named", 2, 2);
    workplace.json(&["ingest", "catalog", "named", "--kind", "folder-per-individual"]);
    let pipe = workplace.path("pipe.jpg");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let output = workplace.run(&["identify", "catalog", "pipe.jpg", "/dev/zero", "--json"]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("nothing of 2 could be asked about") && said.contains("a pipe"), "{said}");
    let alone = workplace.run(&["identify", "catalog", "/dev/zero"]);
    assert!(text(&alone.stderr).contains("a device"), "{}", text(&alone.stderr));
    std::fs::write(workplace.path("t.csv"), "path,identity\npipe.jpg,Ada\n/dev/zero,Bo\n").unwrap();
    let output = workplace.run(&["ingest", "catalog", "t.csv", "--no-calibrate"]);
    assert_ne!(output.status.code(), Some(0));
}

#[test]
fn a_box_counts_in_stored_pixels_whichever_way_the_camera_was_held() {
    let workplace = Workplace::new();
    workplace.init();
    let picture = scene(160, 96, 5);
    std::fs::write(workplace.path("upright.jpg"), oriented_jpeg(&picture, 1).unwrap()).unwrap();
    std::fs::write(workplace.path("turned.jpg"), oriented_jpeg(&picture, 6).unwrap()).unwrap();
    // The same animal, (100, 8) to (140, 72) of the upright photo; the camera stored the second one on its side.
    let table = "path,identity,bbox\nupright.jpg,Ada,\"[100,8,40,64]\"\nturned.jpg,Ada,\"[8,20,64,40]\"\n";
    std::fs::write(workplace.path("t.csv"), table).unwrap();
    workplace.json(&["ingest", "catalog", "t.csv", "--no-calibrate"]);
    workplace.json(&["export-table", "catalog", "out.csv"]);
    let exported = std::fs::read_to_string(workplace.path("out.csv")).unwrap();
    assert_eq!(exported.matches("[100, 8, 40, 64]").count(), 2, "{exported}");
}
