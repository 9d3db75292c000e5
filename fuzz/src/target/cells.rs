//! Single cells of a table: the input is cells, joined by zero bytes, under columns of every meaning.

use resight_dataset::{BoxForm, BoxReading, ReadOptions, read_source};

use super::tables::{WORDS, follow};
use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "cells", seeds, words: WORDS, mend: as_it_is, run, cost: 10 };

/// Names that hold a box each, and those of the other columns.
const BOXES: [&str; 4] = ["bbox", "bbox_relative", "bbox_xyxy", "bbox_cxcywh"];
const OTHERS: [&str; 10] = [
    "path",
    "identity",
    "date",
    "latitude",
    "longitude",
    "encounter",
    "species",
    "viewpoint",
    "bbox_space",
    "image_id",
];

fn run(input: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    let (which, cells) = input.split_first().map_or((0, input), |(first, rest)| (usize::from(*first), rest));
    std::fs::write(&path, table(BOXES[which % BOXES.len()], cells)).expect("room for a small file");
    let forms = [None, Some(BoxForm::Corners), Some(BoxForm::RelativeCenter)];
    let boxes = BoxReading { form: forms[which / BOXES.len() % forms.len()], space: None };
    let options = ReadOptions {
        boxes,
        check_files: false,
        unidentified_words: vec!["nobody".to_owned()],
        ..ReadOptions::default()
    };
    if let Ok(table) = read_source(&path, &options) {
        follow(&path, table);
    }
}

/// A table with the cells quoted, row by row.
fn table(box_column: &str, cells: &[u8]) -> Vec<u8> {
    let mut text = format!("{box_column},{}", OTHERS.join(",")).into_bytes();
    for (index, cell) in cells.split(|byte| *byte == 0).enumerate() {
        text.push(if index % (OTHERS.len() + 1) == 0 { b'\n' } else { b',' });
        text.push(b'"');
        for byte in cell {
            text.push(*byte);
            if *byte == b'"' {
                text.push(b'"');
            }
        }
        text.push(b'"');
    }
    text
}

fn seeds() -> Vec<Vec<u8>> {
    let rows = [
        "\0[1, 2, 30, 40]\0a.jpg\0w1\02024-05-31\0-33.5\0151.2\0e1\0Tursiops truncatus\0left\0upright\0a1",
        "\u{1}0.1 0.2 0.3 0.4\0b.jpg\0nobody\031.05.2024 14:02\095\0-200\0\0\0\0stored\0b1",
        "\u{6}{\"x\": 1}\0c.jpg\0W-1, W-2\02024:05:31 14:02:07\0\0\0NaN\0none\0unknown\0\0c1",
        "\u{9}[[1,1,5,5],[9,9,5,5]]\0d.jpg\0=SUM(A1)\01717164127\01e5\0,\0e1\0a\0b\0c\0d1",
    ];
    rows.iter().map(|row| row.as_bytes().to_vec()).collect()
}
