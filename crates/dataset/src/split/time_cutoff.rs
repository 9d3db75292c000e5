//! Time cutoff: what was photographed later is asked against what was photographed before.

use std::collections::HashMap;

use super::{Split, SplitError, SplitLabels, TimeCut, UnusedReason, check_share};

/// Divides at a point in time. An encounter that is kept whole counts from its first annotation.
pub(super) fn divide(labels: &SplitLabels, cut: TimeCut, whole: bool) -> Result<Split, SplitError> {
    let (known, mut unused) = labels.identified();
    let starts = if whole { encounter_starts(labels, &known) } else { HashMap::new() };
    let mut dated = Vec::new();
    for row in known {
        let own = labels.seconds.get(row as usize).copied().flatten();
        let start = labels.encounter(row).and_then(|encounter| starts.get(&encounter).copied());
        match start.or(own) {
            Some(seconds) => dated.push((seconds, row)),
            None => unused.push((row, UnusedReason::NoDate)),
        }
    }
    let boundary = match cut {
        TimeCut::At(time) => time.seconds(),
        TimeCut::Share(share) => {
            check_share("the share before the cut", share)?;
            boundary_at_share(&mut dated, share)
        }
    };
    let (train, test): (Vec<_>, Vec<_>) = dated.into_iter().partition(|(seconds, _)| *seconds < boundary);
    let rows = |side: Vec<(f64, u32)>| side.into_iter().map(|(_, row)| row).collect();
    Ok(Split { train: rows(train), test: rows(test), unused })
}

fn encounter_starts(labels: &SplitLabels, rows: &[u32]) -> HashMap<u32, f64> {
    let mut starts: HashMap<u32, f64> = HashMap::new();
    for &row in rows {
        if let (Some(encounter), Some(seconds)) = (labels.encounter(row), labels.seconds[row as usize]) {
            starts.entry(encounter).and_modify(|start| *start = start.min(seconds)).or_insert(seconds);
        }
    }
    starts
}

/// The time that comes nearest to having the share of annotations before it.
fn boundary_at_share(dated: &mut [(f64, u32)], share: f64) -> f64 {
    dated.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let wanted = dated.len() as f64 * share;
    (1..dated.len())
        .filter(|&before| dated[before - 1].0 < dated[before].0)
        .min_by(|a, b| (*a as f64 - wanted).abs().total_cmp(&(*b as f64 - wanted).abs()))
        .map_or(f64::INFINITY, |before| dated[before].0)
}
