//! From gray bodies to scores, on stripes made up.

use super::{BodyMap, BodySizeError, CellScores, GridComparer, GridRule, PackedBody, outstanding};

/// A body with stripes, other ones for each seed.
pub(super) fn striped(seed: u32) -> Vec<u8> {
    moved(seed, 0.0, 0.0)
}

/// The same stripes, moved by ever more pixels from the left end to the right one.
fn moved(seed: u32, across: f32, down: f32) -> Vec<u8> {
    let wave = |x: f32, y: f32, n: u32| {
        let slant = ((seed * 5 + n * 11) % 7) as f32 - 3.0;
        let pitch = 0.1 + 0.02 * ((seed * 7 + n * 13) % 17) as f32;
        (x * pitch + y * 0.03 * slant + (seed * 31 + n * 17) as f32).sin()
    };
    let level = |at: usize| {
        let (x, y) = ((at % BodyMap::BODY_WIDTH) as f32, (at / BodyMap::BODY_WIDTH) as f32);
        let share = x / BodyMap::BODY_WIDTH as f32;
        let (x, y) = (x - across * share, y - down * share);
        128.0 + 35.0 * (0..3).map(|n| wave(x, y, n)).sum::<f32>()
    };
    (0..BodyMap::BODY_WIDTH * BodyMap::BODY_HEIGHT).map(|at| level(at) as u8).collect()
}

fn row(gray: &[u8]) -> Vec<u8> {
    BodyMap::of(gray).expect("the size of a body").pack()
}

fn cells(query: &[u8], gallery: &[u8]) -> CellScores {
    let read = |row| PackedBody::read(row).expect("just packed");
    GridComparer::new(read(query)).cells(read(gallery))
}

#[test]
fn a_body_fits_itself_in_every_cell() {
    let one = row(&striped(1));
    assert!(cells(&one, &one).0.iter().all(|score| (score - 1.0).abs() < 1e-4));
}

#[test]
fn the_same_stripes_are_found_where_the_skin_has_slid_and_the_light_is_other() {
    let query = row(&striped(3));
    let other_light = moved(3, 20.0, 8.0).iter().map(|level| level / 2 + 20).collect::<Vec<u8>>();
    let mut rows: Vec<CellScores> = (10..40).map(|seed| cells(&query, &row(&striped(seed)))).collect();
    rows.push(cells(&query, &row(&other_light)));
    let best = |scores: &[f32]| (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    assert_eq!(best(&outstanding(&rows, GridRule::default())), Some(30));
    assert_eq!(best(&rows.iter().map(CellScores::alone).collect::<Vec<f32>>()), Some(30));
    // Farther than cells may slide it is not the same any more.
    let far = cells(&query, &row(&moved(3, 80.0, 0.0))).0;
    let right_end: f32 = far[7] + far[15] + far[23] + far[31];
    assert!(right_end / 4.0 < 0.8, "{right_end}");
}

#[test]
fn where_nothing_is_to_be_seen_nothing_is_said() {
    let flat = row(&vec![90; BodyMap::BODY_WIDTH * BodyMap::BODY_HEIGHT]);
    let one = row(&striped(1));
    for (query, gallery) in [(&flat, &one), (&one, &flat), (&flat, &flat)] {
        assert!(cells(query, gallery).0.iter().all(|score| *score == 0.0));
    }
}

#[test]
fn another_size_is_no_body() {
    assert_eq!(BodyMap::of(&[0; 17]), Err(BodySizeError { pixels: 17 }));
}
