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
        "|[1, 2, 30, 40]|a.jpg|w1|2024-05-31|-33.5|151.2|e1|Tursiops truncatus|left|upright|a1",
        "\u{1}0.1 0.2 0.3 0.4|b.jpg|nobody|31.05.2024 14:02|95|-200||||stored|b1",
        "\u{6}{\"x\": 1}|c.jpg|W-1, W-2|2024:05:31 14:02:07|||NaN|none|unknown||c1",
        "\u{9}[[1,1,5,5],[9,9,5,5]]|d.jpg|=SUM(A1)|1717164127|1e5|,|e1|a|b|c|d1",
    ];
    rows.iter().map(|row| row.replace('|', "\0").into_bytes()).collect()
}
