//! A thousand crops: for every word who has it, how it looks there, and where.
//!
//! So few that the votes for all of them stay in a processor's cache, and that what is added to an index changes its end alone.

/// A word that a crop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) word: u16,
    /// How it looks there, beyond the word.
    pub(super) signature: u64,
    /// Where, to the right and downwards, in parts of [`Signed::PIXELS`].
    pub(super) place: [u8; 2],
}

impl Signed {
    /// Pixels that a place is counted in: a byte holds what the coordinates of packed features hold.
    pub(super) const PIXELS: f32 = 2.0;
}

/// Crops, word by word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shard {
    pub(super) n_crops: u32,
    /// Where the list of each word begins, and where the last ends.
    pub(super) begins: Vec<u32>,
    /// Of the lists, one after the other: the crop,
    pub(super) crops: Vec<u16>,
    /// how it looks there,
    pub(super) signatures: Vec<u64>,
    /// and where.
    pub(super) places: Vec<[u8; 2]>,
}

/// The entries of one word.
pub(super) struct List<'a> {
    pub(super) crops: &'a [u16],
    pub(super) signatures: &'a [u64],
    pub(super) places: &'a [[u8; 2]],
}

impl Shard {
    /// Crops of a shard that is full.
    pub(super) const CROPS: u32 = 1024;

    /// Crops with the words that each has, of so many words.
    pub(super) fn of(n_words: usize, crops: &[Vec<Signed>]) -> Self {
        let mut begins = vec![0; n_words + 1];
        for found in crops.iter().flatten() {
            begins[usize::from(found.word) + 1] += 1;
        }
        for word in 0..n_words {
            begins[word + 1] += begins[word];
        }
        let all = begins[n_words] as usize;
        let mut shard = Self {
            n_crops: u32::try_from(crops.len()).unwrap_or(u32::MAX),
            crops: vec![0; all],
            signatures: vec![0; all],
            places: vec![[0; 2]; all],
            begins: Vec::new(),
        };
        let mut next = begins.clone();
        for (crop, words) in (0..).zip(crops) {
            for found in words {
                let next = &mut next[usize::from(found.word)];
                let at = *next as usize;
                *next += 1;
                (shard.crops[at], shard.signatures[at], shard.places[at]) =
                    (crop, found.signature, found.place);
            }
        }
        Self { begins, ..shard }
    }

    /// The entries of a word.
    pub(super) fn list(&self, word: u16) -> List<'_> {
        let at = usize::from(word);
        let entries = self.begins[at] as usize..self.begins[at + 1] as usize;
        List {
            crops: &self.crops[entries.clone()],
            signatures: &self.signatures[entries.clone()],
            places: &self.places[entries],
        }
    }
}
