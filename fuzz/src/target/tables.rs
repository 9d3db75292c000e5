//! Tables: whole files, read as every kind of source, with all that follows from their rows.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use resight_dataset::submission::{self, SubmissionForm};
use resight_dataset::{
    AuditOptions, ReadOptions, SourceKind, SourceTable, SplitLabels, SplitOptions, SplitRule, Table,
    TableWriter, TimeCut, audit, find_encounters, read_source, split,
};

use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "tables", seeds, words: WORDS, mend: as_it_is, run, cost: 10 };

pub(super) const WORDS: &[&[u8]] = &[
    b"\"",
    b"\"\"",
    b"\r\n",
    b"\n",
    b",",
    b";",
    b"\t",
    b"|",
    b"\xEF\xBB\xBF",
    b"\xFF\xFE",
    b"path",
    b"identity",
    b"bbox",
    b"x,y,w,h",
    b"x1,y1,x2,y2",
    b"cx,cy,w,h",
    b"date",
    b"encounter",
    b"latitude",
    b"split",
    b"upright",
    b"stored",
    b"NaN",
    b"1e308",
    b"-1e-320",
    b"inf",
    b"[[1, 2, 3, 4], [5, 6, 7, 8]]",
    b"[",
    b"]",
    b"new_individual",
    b"2024-05-31T14:02:07+25:00",
    b"9999-12-31",
    b"0000-00-00",
    b"../../../../dev/zero",
    b"=1+1",
    b"\xE2\x80\xAE",
    b"\xF0\x9F\x90\x8B",
    b"\0",
];

fn run(input: &[u8]) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.csv");
    std::fs::write(&path, input).expect("room for a small file");
    for kind in [None, Some(SourceKind::Happywhale), Some(SourceKind::KaggleTest)] {
        let options = ReadOptions { kind, check_files: kind.is_none(), ..ReadOptions::default() };
        if let Ok(table) = read_source(&path, &options) {
            follow(&path, table);
        }
    }
    let images = BTreeSet::from(["a.jpg".to_owned()]);
    for form in [SubmissionForm::Happywhale, SubmissionForm::Humpback] {
        let _ = submission::check(input, form, &images, None);
    }
}

/// What is done with the rows of a table.
pub(super) fn follow(path: &Path, mut table: Table) {
    for warning in &table.warnings {
        let _ = warning.to_string();
    }
    let mut sources = [SourceTable { path, table: &mut table }];
    find_encounters(&mut sources, 1800.0, &|_| (), &AtomicBool::new(false));
    let labels = SplitLabels::of_rows(&table.rows);
    let rules = [
        SplitRule::ClosedSet { train_share: 0.5 },
        SplitRule::OpenSet { train_share: 0.5, new_share: 0.2 },
        SplitRule::DisjointSet { test_share: 0.5 },
        SplitRule::TimeCutoff { cut: TimeCut::Share(0.5) },
        SplitRule::Column { train: Vec::new(), test: Vec::new() },
    ];
    for rule in rules {
        let divided = split(&labels, &SplitOptions::of(rule));
        let _ = audit(&table.rows, None, divided.as_ref().ok(), AuditOptions::default());
    }
    let folder = path.parent().unwrap_or(path);
    let Ok(mut writer) = TableWriter::new(Vec::new(), folder, &table.extra_columns) else { return };
    for row in &table.rows {
        let _ = writer.write(row);
    }
    let _ = writer.finish();
}

fn seeds() -> Vec<Vec<u8>> {
    let wide: String = (0..40).map(|n| format!("a{n}.jpg,w{},2024-05-{:02}\n", n % 7, n % 28 + 1)).collect();
    [
        "\u{feff}image_id;path;identity;species;position;encounter;datetime;lat;lon;bbox;split;station\r\n\
         a1;images/a.jpg; 007 ;Tursiops truncatus;Left;e1;2024-05-31 14:02:07;-33.5;151.25;[1, 2, 3, 4];train;A 13\r\n\
         a2;images/b.jpg;NA;;right;e1;2024-05-31;;;\"[[1,1,5,5],[9,9,5,5]]\";test;\r\n",
        "path,identity,x,y,w,h,bbox_space\na.jpg,w1,1,2,30,40,upright\nb.jpg,w2,0,0,10,10,stored\n",
        "path,name,x1,y1,x2,y2\na.jpg,w1,1,2,30,40\nb.jpg,w2,0,0,10,10\n",
        "file,id,bbox_relative\na.jpg,w1,\"0.1,0.2,0.3,0.4\"\n",
        "image,species,individual_id\na.jpg,beluga,1\nb.jpg,kiler_whale,2\n",
        "image,predictions\na.jpg,w1 new_individual w2 w3 w4\n",
        "Image,Id\na.jpg,new_whale w1 w2 w3 w4\n",
        "path\tidentity\tdate\na.jpg\t\"quoted\t\"\"name\"\"\"\t2024-05-31T14:02:07.25+02:00\n",
        "",
    ]
    .into_iter()
    .map(|text| text.as_bytes().to_vec())
    .chain([[b"path,identity,date\n".as_slice(), wide.as_bytes()].concat()])
    .collect()
}
