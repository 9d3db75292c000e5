//! Changes to bytes: what `mutate` makes of a seed, and what the targets of catalogs do to files by an input's word.

use crate::random::Random;

/// No input grows beyond this.
const MOST_BYTES: usize = 1 << 17;

/// Numbers at which code goes wrong.
const NUMBERS: [u64; 14] = [
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
    0x8000_0000_0000_0000,
    0xFFFF_FFFF_FFFF_FFFF,
];

/// The input of a number: one of the seeds, changed in one to eight ways.
pub fn mutated(seeds: &[Vec<u8>], words: &[&[u8]], random: &mut Random) -> Vec<u8> {
    let mut bytes = random.one_of(seeds).clone();
    let times = 1 << random.below(4);
    for _ in 0..1 + random.below(times) {
        change(&mut bytes, seeds, words, random);
        bytes.truncate(MOST_BYTES);
    }
    bytes
}

fn change(bytes: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&[u8]], random: &mut Random) {
    let at = random.below(bytes.len());
    match random.below(12) {
        0 => with_byte(bytes, at, |byte| byte ^ (1 << random.below(8))),
        1 => with_byte(bytes, at, |_| random.next_bits() as u8),
        2 => with_byte(bytes, at, |byte| byte.wrapping_add(random.below(71) as u8).wrapping_sub(35)),
        3 | 4 => write(bytes, at, &number(random)),
        5 => insert(bytes, at, &number(random)),
        6 => drop(bytes.drain(at..end(bytes, at, 1 << random.below(8)))),
        7 => {
            let from = random.below(bytes.len());
            let block = bytes[from..end(bytes, from, 1 << random.below(10))].to_vec();
            let times = 1 + random.below(4) * random.below(8);
            insert(bytes, at, &block.repeat(times));
        }
        8 => {
            let from = random.below(bytes.len());
            let block = bytes[from..end(bytes, from, 1 << random.below(8))].to_vec();
            write(bytes, at, &block);
        }
        9 => {
            let other = random.one_of(seeds);
            let from = random.below(other.len());
            bytes.truncate(at);
            bytes.extend(&other[from..]);
        }
        10 if random.below(4) == 0 => bytes.truncate(at),
        10 => {
            let run = vec![random.next_bits() as u8; 1 << random.below(13)];
            insert(bytes, at, &run);
        }
        _ if words.is_empty() => with_byte(bytes, at, |byte| !byte),
        _ => {
            let word = random.one_of(words);
            if random.below(2) == 0 { insert(bytes, at, word) } else { write(bytes, at, word) }
        }
    }
}

/// A number of one, two, four or eight bytes, little or big end first.
fn number(random: &mut Random) -> Vec<u8> {
    let near = random.below(5) as u64;
    let value = random.one_of(&NUMBERS).wrapping_add(near).wrapping_sub(2);
    let width = 1 << random.below(4);
    match random.below(2) {
        0 => value.to_le_bytes()[..width].to_vec(),
        _ => value.to_be_bytes()[8 - width..].to_vec(),
    }
}

fn with_byte(bytes: &mut [u8], at: usize, change: impl FnOnce(u8) -> u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = change(*byte);
    }
}

/// Writes over what is there, as far as it reaches.
pub(crate) fn write(bytes: &mut [u8], at: usize, new: &[u8]) {
    for (byte, new) in bytes.iter_mut().skip(at).zip(new) {
        *byte = *new;
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, new: &[u8]) {
    let room = MOST_BYTES.saturating_sub(bytes.len());
    bytes.splice(at..at, new.iter().copied().take(room));
}

fn end(bytes: &[u8], at: usize, most: usize) -> usize {
    bytes.len().min(at.saturating_add(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_input_and_others_give_others() {
        let seeds = [b"one seed".to_vec(), Vec::new(), vec![7; 3000]];
        let input = |number| mutated(&seeds, &[b"word"], &mut Random::new(1, number));
        let all: Vec<Vec<u8>> = (0..2000).map(input).collect();
        assert_eq!(all, (0..2000).map(input).collect::<Vec<_>>());
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert!(different.len() > 1000, "{}", different.len());
        assert!(all.iter().all(|input| input.len() <= MOST_BYTES));
    }
}
