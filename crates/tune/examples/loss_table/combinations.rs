//! The combinations.

/// Which photos come into a batch together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Batches {
    /// In random order.
    Shuffled,
    /// Several of each individual.
    Pairs,
    /// As the text says.
    Own,
}

use Batches::{Own, Pairs, Shuffled};

/// A loss, a miner, a memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Combination {
    /// What the table calls it.
    pub(crate) name: &'static str,
    /// Which photos come into a batch together.
    pub(crate) batches: Batches,
    /// What differs from the recipe that all share, as TOML.
    pub(crate) recipe: &'static str,
}

const fn of(batches: Batches, name: &'static str, recipe: &'static str) -> Combination {
    Combination { name, batches, recipe }
}

/// All of them.
pub(crate) const COMBINATIONS: &[Combination] = &[
    of(Shuffled, "softmax", r#"loss = { kind = "softmax" }"#),
    of(Shuffled, "normface", r#"loss = { kind = "normface" }"#),
    of(Shuffled, "cosface 0.35", r#"loss = { kind = "cosface" }"#),
    of(Shuffled, "arcface 0.3", r#"loss = { kind = "arcface", margin = 0.3 }"#),
    of(Shuffled, "arcface, margin law", r#"loss = { kind = "arcface" }"#),
    of(Pairs, "arcface, margin law, batches of pairs", r#"loss = { kind = "arcface" }"#),
    of(Shuffled, "sub-center-arcface", r#"loss = { kind = "sub-center-arcface" }"#),
    of(Shuffled, "elasticface", r#"loss = { kind = "elasticface" }"#),
    of(Shuffled, "curricularface", r#"loss = { kind = "curricularface" }"#),
    of(Shuffled, "proxy-anchor", r#"loss = { kind = "proxy-anchor" }"#),
    of(Pairs, "proxy-anchor, batches of pairs", r#"loss = { kind = "proxy-anchor" }"#),
    of(
        Pairs,
        "contrastive, cosine, all pairs",
        r#"loss = { kind = "contrastive", distance = "cosine", far = 0.6 }"#,
    ),
    of(
        Pairs,
        "contrastive, cosine, hardest of both",
        r#"loss = { kind = "contrastive", distance = "cosine", far = 0.6 }
miner = { kind = "chosen", positive = "hardest", negative = "hardest" }"#,
    ),
    of(Pairs, "contrastive, euclidean, all pairs", r#"loss = { kind = "contrastive" }"#),
    of(
        Pairs,
        "contrastive, euclidean, terms squared, all pairs",
        r#"loss = { kind = "contrastive", squared = true }"#,
    ),
    of(
        Pairs,
        "contrastive, squared euclidean, all pairs",
        r#"loss = { kind = "contrastive", distance = "squared-euclidean" }"#,
    ),
    of(
        Pairs,
        "contrastive, euclidean, hardest of both",
        r#"loss = { kind = "contrastive" }
miner = { kind = "chosen", positive = "hardest", negative = "hardest" }"#,
    ),
    of(
        Pairs,
        "contrastive, euclidean, all positives with a semi-hard negative",
        r#"loss = { kind = "contrastive" }
miner = { kind = "chosen", positive = "all", negative = "semi-hard" }"#,
    ),
    of(
        Pairs,
        "contrastive, euclidean, multi-similarity miner",
        r#"loss = { kind = "contrastive" }
miner = { kind = "multi-similarity" }"#,
    ),
    of(
        Pairs,
        "contrastive, euclidean, pair-margin",
        r#"loss = { kind = "contrastive" }
miner = { kind = "pair-margin", positive-margin = 0.1, negative-margin = 1.0 }"#,
    ),
    of(
        Pairs,
        "contrastive, euclidean, distance-weighted",
        r#"loss = { kind = "contrastive" }
miner = { kind = "distance-weighted" }"#,
    ),
    of(
        Pairs,
        "contrastive, euclidean, all pairs, memory",
        r#"loss = { kind = "contrastive" }
memory = { size = 512, after-steps = 60 }"#,
    ),
    of(
        Own,
        "contrastive, euclidean, hard pairs by assignment",
        r#"loss = { kind = "contrastive" }
sampler = { kind = "hard-pairs", block = 1000 }"#,
    ),
    of(Pairs, "triplet 0.2, euclidean, all", r#"loss = { kind = "triplet" }"#),
    of(
        Pairs,
        "triplet 0.2, euclidean, batch-hard",
        r#"loss = { kind = "triplet" }
miner = { kind = "batch-hard" }"#,
    ),
    of(
        Pairs,
        "triplet 0.2, euclidean, semi-hard",
        r#"loss = { kind = "triplet" }
miner = { kind = "semi-hard" }"#,
    ),
    of(
        Pairs,
        "triplet 0.2, euclidean, easy-positive",
        r#"loss = { kind = "triplet" }
miner = { kind = "easy-positive" }"#,
    ),
    of(
        Pairs,
        "triplet 0.2, euclidean, distance-weighted",
        r#"loss = { kind = "triplet" }
miner = { kind = "distance-weighted" }"#,
    ),
    of(
        Pairs,
        "triplet 0.2, euclidean, semi-hard, memory",
        r#"loss = { kind = "triplet" }
miner = { kind = "semi-hard" }
memory = { size = 512, after-steps = 60 }"#,
    ),
    of(
        Pairs,
        "triplet 0.1, cosine, all",
        r#"loss = { kind = "triplet", distance = "cosine", margin = 0.1 }"#,
    ),
    of(
        Pairs,
        "triplet 0.1, cosine, batch-hard",
        r#"loss = { kind = "triplet", distance = "cosine", margin = 0.1 }
miner = { kind = "batch-hard" }"#,
    ),
    of(
        Pairs,
        "triplet 0.1, cosine, semi-hard",
        r#"loss = { kind = "triplet", distance = "cosine", margin = 0.1 }
miner = { kind = "semi-hard", margin = 0.1 }"#,
    ),
    of(
        Pairs,
        "triplet 0.1, cosine, easy-positive",
        r#"loss = { kind = "triplet", distance = "cosine", margin = 0.1 }
miner = { kind = "easy-positive" }"#,
    ),
    of(
        Pairs,
        "triplet 0.1, cosine, distance-weighted",
        r#"loss = { kind = "triplet", distance = "cosine", margin = 0.1 }
miner = { kind = "distance-weighted" }"#,
    ),
    of(
        Pairs,
        "triplet soft, raw euclidean, all",
        r#"loss = { kind = "triplet", distance = "raw-euclidean", margin = "soft" }"#,
    ),
    of(
        Pairs,
        "triplet soft, raw euclidean, batch-hard",
        r#"loss = { kind = "triplet", distance = "raw-euclidean", margin = "soft" }
miner = { kind = "batch-hard" }"#,
    ),
    of(
        Pairs,
        "triplet soft, raw euclidean, semi-hard",
        r#"loss = { kind = "triplet", distance = "raw-euclidean", margin = "soft" }
miner = { kind = "semi-hard", margin = 5.0 }"#,
    ),
    of(
        Pairs,
        "triplet soft, raw euclidean, easy-positive",
        r#"loss = { kind = "triplet", distance = "raw-euclidean", margin = "soft" }
miner = { kind = "easy-positive" }"#,
    ),
    of(Pairs, "supcon", r#"loss = { kind = "supcon" }"#),
    of(
        Pairs,
        "supcon, memory",
        r#"loss = { kind = "supcon" }
memory = { size = 512, after-steps = 60 }"#,
    ),
    of(Pairs, "multi-similarity", r#"loss = { kind = "multi-similarity" }"#),
    of(
        Pairs,
        "multi-similarity, its miner",
        r#"loss = { kind = "multi-similarity" }
miner = { kind = "multi-similarity" }"#,
    ),
    of(
        Pairs,
        "multi-similarity, its miner, memory",
        r#"loss = { kind = "multi-similarity" }
miner = { kind = "multi-similarity" }
memory = { size = 512, after-steps = 60 }"#,
    ),
    of(Pairs, "circle", r#"loss = { kind = "circle" }"#),
    of(
        Pairs,
        "circle, memory",
        r#"loss = { kind = "circle" }
memory = { size = 512, after-steps = 60 }"#,
    ),
    of(
        Shuffled,
        "meant to fail: arcface with the margin of faces",
        r#"loss = { kind = "arcface", scale = 64, margin = 0.5 }"#,
    ),
    of(
        Shuffled,
        "meant to fail: random triplets, shuffled",
        r#"loss = { kind = "triplet" }
miner = { kind = "chosen", positive = "random", negative = "random" }"#,
    ),
    of(Shuffled, "meant to fail: contrastive, all pairs, shuffled", r#"loss = { kind = "contrastive" }"#),
    of(
        Shuffled,
        "meant to fail: arcface, 30 numbers",
        r#"loss = { kind = "arcface" }
neck = { dimension = 30 }"#,
    ),
    of(
        Pairs,
        "meant to fail: batch-hard triplets at fifty times the rate",
        r#"loss = { kind = "triplet" }
miner = { kind = "batch-hard" }
optimizer = { rate = 0.05 }"#,
    ),
];
