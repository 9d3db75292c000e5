//! `learnt.csv`: what a network has learnt.

use resight_core::{LearntPart, LearntPhoto, LearntRecord, PhotoId};

use super::{Target, as_it_is};

pub(super) const TARGET: Target =
    Target { name: "learnt_records", seeds, words: WORDS, mend: as_it_is, run, cost: 1 };

const WORDS: &[&[u8]] = &[
    b"resight learnt 1\n",
    b"photo,look,individual,part\n",
    b",train\n",
    b",validation\n",
    b",test\n",
    b",newcomer\n",
    b",4294967295,",
    b",0,",
    b",,",
    b"\r\n",
    b"+",
    b"0101010101010101010101010101010101010101010101010101010101010101,,0,train\n",
];

fn run(input: &[u8]) {
    match LearntRecord::decode(input) {
        Ok(record) => {
            let text = record.encode().expect("no longer than it was");
            assert_eq!(text.as_bytes(), input, "there is one text for each record");
            let twice = record.merged(&record);
            assert_eq!(twice.photos().len(), record.photos().len());
            let _ = (record.n_learnt_photos(), record.n_learnt_individuals());
        }
        Err(error) => drop(error.to_string()),
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let photo = |number: u8| LearntPhoto {
        photo: PhotoId([number; 32]),
        individual: u32::from(number) / 2,
        part: LearntPart::ALL[usize::from(number) % LearntPart::ALL.len()],
        look: (!number.is_multiple_of(3)).then_some(u64::from(number) << 50),
    };
    let records = [0, 1, 7].map(|count| LearntRecord::new((0..count).map(photo)));
    records.iter().filter_map(|record| record.encode().ok()).map(String::into_bytes).collect()
}
