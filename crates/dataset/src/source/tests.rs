//! Tests of telling sources apart and of reading folders.

use std::fs;
use std::path::Path;

use super::*;
use crate::WarningKind;

const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01";

fn write(root: &Path, name: &str, bytes: &[u8]) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn as_kind(kind: SourceKind) -> ReadOptions {
    ReadOptions { kind: Some(kind), ..ReadOptions::default() }
}

fn names(table: &Table) -> Vec<&str> {
    table.rows.iter().map(|row| row.image_id.as_str()).collect()
}

#[test]
fn a_folder_tree_lists_photos_by_name_or_content_in_one_order() {
    let root = tempfile::tempdir().unwrap();
    for name in
        ["b/2.JPG", "b/10.jpg", "a.tiff", "no_extension", "wrong.txt", ".hidden/x.jpg", "__MACOSX/y.jpg"]
    {
        write(root.path(), name, JPEG);
    }
    write(root.path(), "notes.txt", b"not a photo at all");
    write(root.path(), "empty.jpg", b"");
    write(root.path(), ".DS_Store", JPEG);
    let table = read_source(root.path(), &ReadOptions::default()).expect("a tree");
    assert_eq!(table.kind, SourceKind::FolderTree);
    assert_eq!(names(&table), ["a.tiff", "b/10.jpg", "b/2.JPG", "empty.jpg", "no_extension", "wrong.txt"]);
    assert!(table.rows.iter().all(|row| row.identity.is_none() && row.path.is_file()));
    assert!(
        matches!(&table.warnings[..], [w] if matches!(&w.kind, WarningKind::NotAPhoto { example } if example.ends_with("notes.txt")))
    );
}

#[test]
fn a_single_photo_is_a_source() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "fin.dat", JPEG);
    let table = read_source(&root.path().join("fin.dat"), &ReadOptions::default()).expect("a photo");
    assert_eq!(names(&table), ["fin.dat"]);
    assert_eq!(table.rows[0].path, root.path().join("fin.dat"));
}

#[test]
fn folders_are_individuals_only_when_asked() {
    let root = tempfile::tempdir().unwrap();
    for name in
        ["Nick/2024-05-31/a.jpg", "Nick/b.jpg", "007/c.jpg", "unknown/d.jpg", "beside.jpg", "NA/e.jpg"]
    {
        write(root.path(), name, JPEG);
    }
    let table = read_source(root.path(), &as_kind(SourceKind::FolderPerIndividual)).expect("folders");
    let read: Vec<_> =
        table.rows.iter().map(|row| (row.image_id.as_str(), row.identity.as_deref())).collect();
    assert_eq!(
        read,
        [
            ("007/c.jpg", Some("007")),
            ("NA/e.jpg", None),
            ("Nick/2024-05-31/a.jpg", Some("Nick")),
            ("Nick/b.jpg", Some("Nick")),
            ("beside.jpg", None),
            ("unknown/d.jpg", None),
        ]
    );
    assert_eq!(table.warnings.len(), 1);
    assert!(
        read_source(root.path(), &ReadOptions::default())
            .unwrap()
            .rows
            .iter()
            .all(|row| row.identity.is_none())
    );
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles_and_pipes_do_not_hang() {
    use std::os::unix::fs::symlink;
    let (root, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(root.path(), "a/1.jpg", JPEG);
    write(elsewhere.path(), "2.jpg", JPEG);
    symlink(elsewhere.path(), root.path().join("linked")).unwrap();
    symlink(root.path(), root.path().join("a/circle")).unwrap();
    symlink(root.path().join("nowhere"), root.path().join("dangling.jpg")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.path().join("socket.jpg")).unwrap();
    let table = read_source(root.path(), &ReadOptions::default()).expect("a tree");
    assert_eq!(names(&table), ["a/1.jpg", "linked/2.jpg"]);
    let told: Vec<_> = table.warnings.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|text| text.contains("leads back")), "{told:?}");
    assert!(told.iter().any(|text| text.contains("nowhere") || text.contains("dangling")), "{told:?}");
}

#[cfg(unix)]
#[test]
fn odd_file_names_are_kept_and_named_apart() {
    use std::os::unix::ffi::OsStrExt;
    let root = tempfile::tempdir().unwrap();
    for name in [&b"x\xFF.jpg"[..], b"x\xFE.jpg", "Ångström – 1.jpg".as_bytes(), b"new\nline.jpg"] {
        fs::write(root.path().join(std::ffi::OsStr::from_bytes(name)), JPEG).unwrap();
    }
    let table = read_source(root.path(), &ReadOptions::default()).expect("a tree");
    assert_eq!(names(&table), ["new\nline.jpg", "x\u{FFFD}.jpg", "x\u{FFFD}.jpg#2", "Ångström – 1.jpg"]);
    assert!(table.rows.iter().all(|row| row.path.is_file()));
}

#[test]
fn happywhale_is_known_by_its_columns_and_its_species_are_repaired() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "train_images/a.jpg", JPEG);
    let rows = "image,species,individual_id\na.jpg,kiler_whale,w1\nb.jpg,globis,w2\nc.jpg,pilot_whale,w2\n\
                d.jpg,bottlenose_dolpin,w3\ne.jpg,beluga,new_individual\n";
    write(root.path(), "train.csv", rows.as_bytes());
    let table = read_source(root.path(), &ReadOptions::default()).expect("happywhale");
    assert_eq!((table.kind, table.root.clone()), (SourceKind::Happywhale, root.path().join("train_images")));
    let species: Vec<_> =
        table.rows.iter().filter_map(|row| row.species.as_ref()).map(ToString::to_string).collect();
    assert_eq!(
        species,
        [
            "killer_whale",
            "short_finned_pilot_whale",
            "short_finned_pilot_whale",
            "bottlenose_dolphin",
            "beluga"
        ]
    );
    assert_eq!(table.rows[4].identity, None);
    let repaired = |w: &&crate::Warning| matches!(w.kind, WarningKind::RepairedSpecies { .. });
    assert_eq!(table.warnings.iter().filter(repaired).count(), 4);
    // The same words in another table are somebody else's business.
    let other = read_source(&root.path().join("train.csv"), &as_kind(SourceKind::WildlifeDatasets)).unwrap();
    assert_eq!(other.rows[0].species.as_ref().map(ToString::to_string).as_deref(), Some("kiler_whale"));
}

#[test]
fn a_kaggle_test_set_has_no_labels() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "test_images/t.jpg", JPEG);
    write(root.path(), "train_images/a.jpg", JPEG);
    write(root.path(), "train.csv", b"image,species,individual_id\na.jpg,beluga,w1\n");
    let by_folder = read_source(root.path(), &as_kind(SourceKind::KaggleTest)).expect("test set");
    assert_eq!((by_folder.kind, names(&by_folder)), (SourceKind::KaggleTest, vec!["t.jpg"]));
    write(root.path(), "sample_submission.csv", b"image,predictions\nt.jpg,w1 w2 w3 w4 w5\n");
    for path in [root.path().to_owned(), root.path().join("sample_submission.csv")] {
        let table = read_source(&path, &as_kind(SourceKind::KaggleTest)).expect("test set");
        assert_eq!((names(&table), &table.rows[0].identity), (vec!["t.jpg"], &None));
        assert_eq!(table.rows[0].path, root.path().join("test_images/t.jpg"));
        assert!(table.extra_columns.is_empty() && table.rows[0].extra.is_empty());
    }
    let detected = detect(&root.path().join("sample_submission.csv"), &ReadOptions::default()).unwrap();
    assert_eq!(detected.kind, SourceKind::KaggleTest);
}

#[test]
fn humpback_tables_find_their_photos_in_train() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "train/0.jpg", JPEG);
    write(root.path(), "train.csv", b"Image,Id\n0.jpg,w_1\n1.jpg,new_whale\n");
    let table = read_source(root.path(), &ReadOptions::default()).expect("humpback");
    assert_eq!(table.kind, SourceKind::WildlifeDatasets);
    let identities: Vec<_> = table.rows.iter().map(|row| row.identity.as_deref()).collect();
    assert_eq!(identities, [Some("w_1"), None]);
    assert!(table.rows[0].path.is_file());
}

#[test]
fn what_is_not_there_or_of_another_kind_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "t.csv", b"path\na.jpg\n");
    let error =
        |path: &Path, options: &ReadOptions| read_source(path, options).expect_err("refused").to_string();
    assert!(error(&root.path().join("gone"), &ReadOptions::default()).contains("cannot read"));
    assert!(
        error(&root.path().join("t.csv"), &as_kind(SourceKind::FolderPerIndividual)).contains("not a folder")
    );
    assert!(error(root.path(), &as_kind(SourceKind::Happywhale)).contains("train.csv"));
    assert!("folder".parse::<SourceKind>().unwrap_err().contains("folder-tree"));
    for kind in SourceKind::ALL.iter().copied() {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
    }
}

#[test]
fn copies_recycle_bins_and_catalogs_are_no_photos() {
    let root = tempfile::tempdir().unwrap();
    for name in [
        "Luna/a.jpg",
        "Luna/@eaDir/a.jpg/SYNOPHOTO_THUMB_M.jpg",
        "#recycle/b.jpg",
        "$RECYCLE.BIN/S-1-5/c.jpg",
        ".Trash-1000/files/d.jpg",
        ".thumbnails/e.jpg",
        "._a.jpg",
        "Field Previews.lrdata/f.jpg",
        "catalog/thumbs/00/g.jpg",
        "training/preview/h.jpg",
        "video.thm",
    ] {
        write(root.path(), name, JPEG);
    }
    let database = [&b"SQLite format 3\0"[..], &[0; 52], b"RSGT"].concat();
    write(root.path(), "catalog/catalog.sqlite", &database);
    let run = resight_files::FolderMark(resight_files::FolderKind::Run);
    run.put(&root.path().join("training")).unwrap();
    let table = read_source(root.path(), &as_kind(SourceKind::FolderPerIndividual)).expect("folders");
    assert_eq!(names(&table), ["Luna/a.jpg"]);
    let told: Vec<_> = table
        .warnings
        .iter()
        .filter(|warning| matches!(warning.kind, WarningKind::PassedOver { .. }))
        .map(|warning| warning.rows)
        .collect();
    assert_eq!(told, [6]);
    let refused = read_source(&root.path().join("catalog"), &as_kind(SourceKind::FolderTree)).unwrap_err();
    assert!(refused.to_string().contains("a catalog of resight"), "{refused}");
}

#[test]
fn a_database_of_another_program_makes_no_catalog() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "a/photo.jpg", JPEG);
    write(root.path(), "a/catalog.sqlite", &[&b"SQLite format 3\0"[..], &[0; 400]].concat());
    assert_eq!(names(&read_source(root.path(), &ReadOptions::default()).unwrap()), ["a/photo.jpg"]);
}

#[test]
fn a_raw_file_with_a_jpeg_beside_it_is_the_same_photo() {
    let root = tempfile::tempdir().unwrap();
    for name in ["a/DSC_1.NEF", "a/dsc_1.jpg", "a/DSC_2.NEF", "b/DSC_2.JPG", "a/DSC_3.tif", "a/DSC_3.jpg"] {
        write(root.path(), name, JPEG);
    }
    let table = read_source(root.path(), &ReadOptions::default()).expect("a tree");
    assert_eq!(names(&table), ["a/DSC_2.NEF", "a/DSC_3.jpg", "a/DSC_3.tif", "a/dsc_1.jpg", "b/DSC_2.JPG"]);
    assert!(
        matches!(&table.warnings[..], [w] if matches!(&w.kind, WarningKind::RawBesideJpeg { example } if example.ends_with("DSC_1.NEF")))
    );
}

#[test]
fn names_are_brought_to_one_form_and_those_alike_are_told() {
    let root = tempfile::tempdir().unwrap();
    let rows = "path,identity\na.jpg,Jose\u{301}\nb.jpg,José\nc.jpg,Big  Luna\nd.jpg,big luna\ne.jpg,Nick\n";
    write(root.path(), "t.csv", rows.as_bytes());
    let table = read_source(&root.path().join("t.csv"), &ReadOptions::default()).expect("a table");
    let identities: Vec<_> = table.rows.iter().filter_map(|row| row.identity.as_deref()).collect();
    assert_eq!(identities, ["José", "José", "Big Luna", "big luna", "Nick"]);
    let alike: Vec<_> = table
        .warnings
        .iter()
        .filter(|warning| matches!(warning.kind, WarningKind::NamesAlike { .. }))
        .map(ToString::to_string)
        .collect();
    assert_eq!(alike.len(), 1, "{alike:?}");
    assert!(alike[0].contains("`Big Luna` and `big luna`"), "{alike:?}");
}

/// A folder with photos of 100 × 50 pixels.
fn folder_of_photos(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let picture = resight_imaging::RgbImage::new(100, 50);
    for name in names {
        write(folder.path(), name, &resight_testkit::photos::oriented_jpeg(&picture, 1).unwrap());
    }
    folder
}

#[test]
fn what_megadetector_found_is_a_row_an_animal_and_people_are_left_out() {
    let folder = folder_of_photos(&["a.jpg", "b.jpg"]);
    let json = r#"{"info": {"format_version": "1.4"},
        "detection_categories": {"1": "animal", "2": "person", "4": "zebra"},
        "images": [
            {"file": "a.jpg", "detections": [
                {"category": "1", "conf": 0.93, "bbox": [0.1, 0.2, 0.5, 0.4]},
                {"category": "4", "conf": 0.5, "bbox": [0.0, 0.0, 0.2, 0.2]},
                {"category": "2", "conf": 0.99, "bbox": [0.0, 0.0, 1.0, 1.0]},
                {"category": "1", "conf": 0.05, "bbox": [0.0, 0.0, 1.0, 1.0]}]},
            {"file": "b.jpg", "detections": []},
            {"file": "c.jpg", "failure": "image access", "detections": null}]}"#;
    let path = folder.path().join("found.json");
    std::fs::write(&path, json).unwrap();
    let table = read_source(&path, &ReadOptions::default()).unwrap();
    assert_eq!(table.kind, SourceKind::Megadetector);
    let rows: Vec<_> = table
        .rows
        .iter()
        .map(|row| (row.image_id.as_str(), row.species.as_ref().map(|one| one.as_str())))
        .collect();
    assert_eq!(rows, [("a.jpg_1", None), ("a.jpg_2", Some("zebra"))]);
    let bounds = table.rows[0].boxes[0].bounds;
    assert!((bounds.x - 10.0).abs() < 1e-9 && (bounds.height - 20.0).abs() < 1e-9, "{bounds:?}");
    assert_eq!(table.rows[0].boxes[0].space, BoxSpace::Upright);
    assert_eq!(table.rows[0].extra, ["animal", "0.930"]);
    let said: Vec<String> = table.warnings.iter().map(|warning| warning.kind.to_string()).collect();
    for what in ["people, vehicles", "confidence below 0.2", "nothing was found", "could not be looked at"] {
        assert!(said.iter().any(|text| text.contains(what)), "{what}: {said:?}");
    }
}

#[test]
fn a_coco_file_is_a_row_an_annotation() {
    let folder = folder_of_photos(&["images/a.jpg"]);
    let json = r#"{"images": [{"id": 7, "file_name": "a.jpg"}],
        "categories": [{"id": 24, "name": "zebra"}, {"id": 1, "name": "person"},
            {"id": 3, "name": "lorry", "supercategory": "vehicle"}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 24, "bbox": [10, 5, 40, 30]},
            {"id": 2, "image_id": 7, "category_id": 1, "bbox": [0, 0, 10, 10]},
            {"id": 4, "image_id": 7, "category_id": 3, "bbox": [0, 0, 10, 10]},
            {"id": 5, "image_id": 7, "category_id": 24, "bbox": [0, 0, 10, 10], "iscrowd": 1},
            {"id": 6, "image_id": 7, "category_id": 24, "bbox": []},
            {"id": 7, "image_id": 7, "category_id": 24, "bbox": [0, 0, 10, 10], "score": 0.1},
            {"id": 3, "image_id": 9, "category_id": 24, "bbox": [0, 0, 10, 10]}]}"#;
    let path = folder.path().join("instances.json");
    std::fs::write(&path, json).unwrap();
    let table = read_source(&path, &ReadOptions::default()).unwrap();
    assert_eq!((table.kind, table.rows.len()), (SourceKind::Coco, 1));
    assert_eq!(table.rows[0].species.as_ref().unwrap().as_str(), "zebra");
    assert_eq!(table.rows[0].path, folder.path().join("images/a.jpg"));
    assert_eq!(table.rows[0].boxes[0].bounds.width.round() as i64, 40);
    assert_eq!(table.warnings.len(), 5, "{:?}", table.warnings);
    assert_eq!(table.rows[0].boxes[0].space, BoxSpace::Stored);
    std::fs::write(&path, json.replacen('{', r#"{"info": {"bbox_space": "upright"}, "#, 1)).unwrap();
    let table = read_source(&path, &ReadOptions::default()).unwrap();
    assert_eq!(table.rows[0].boxes[0].space, BoxSpace::Upright);
}

#[test]
fn json_of_another_form_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    for (text, kind, expected) in [
        (r#"{"images": [{"file": 3}]}"#, None, "not a file in the format of MegaDetector"),
        (r#"{"images": [], "annotations": 5}"#, None, "not a COCO file"),
        (r#"[1, 2]"#, Some(SourceKind::Coco), "not a COCO file"),
        ("{", Some(SourceKind::Megadetector), "not a file in the format of MegaDetector"),
        (r#"{"images": [{"file": "a.j"#, None, "not a file in the format of MegaDetector"),
        (r#"{"cats": []}"#, None, "it has no images"),
    ] {
        let path = folder.path().join("some.json");
        std::fs::write(&path, text).unwrap();
        let error = read_source(&path, &ReadOptions { kind, ..ReadOptions::default() }).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
    // Deep nesting is refused, not followed to the end of the stack.
    let path = folder.path().join("deep.json");
    std::fs::write(&path, format!("{{\"images\": {}", "[".repeat(100_000))).unwrap();
    assert!(
        read_source(&path, &ReadOptions { kind: Some(SourceKind::Coco), ..ReadOptions::default() }).is_err()
    );
}
