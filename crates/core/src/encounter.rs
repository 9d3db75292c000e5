//! Encounters: which photos belong to one meeting.

use serde::{Deserialize, Serialize};

use crate::{CaptureTime, one_clock};

/// Seconds without a photo after which a new encounter begins, where nobody says otherwise.
pub const DEFAULT_ENCOUNTER_GAP_SECS: f64 = 1800.0;

/// Where the grouping of an annotation into its encounter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EncounterSource {
    /// A column of the imported table.
    Table,
    /// The folder that the photo lay in, split where the capture times leave a gap.
    FolderAndTime,
    /// The day alone: of its photos nothing more is known.
    Day,
    /// The folder alone: its photos state no time.
    Folder,
    /// Said by a person.
    Person,
}

/// Numbers the encounters of photos that lie in one folder: a new one begins where more than `gap_secs`
/// seconds pass between neighbors in time. Photos without a time form one group of their own (number 0 where
/// no photo has a time, else the number after the last).
///
/// Returns one number a photo, in the order given.
pub fn group_by_gap(times: &[Option<CaptureTime>], gap_secs: f64) -> Vec<usize> {
    let seconds = one_clock(times);
    let mut order: Vec<(f64, usize)> =
        seconds.iter().enumerate().filter_map(|(index, time)| time.map(|seconds| (seconds, index))).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut groups = vec![usize::MAX; times.len()];
    let mut group = 0;
    for (position, &(seconds, index)) in order.iter().enumerate() {
        if position > 0 && seconds - order[position - 1].0 > gap_secs {
            group += 1;
        }
        groups[index] = group;
    }
    let timeless = if order.is_empty() { 0 } else { group + 1 };
    groups.iter_mut().filter(|number| **number == usize::MAX).for_each(|number| *number = timeless);
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_begins_a_new_encounter() {
        let times: Vec<Option<CaptureTime>> = [
            "2024-05-31 12:00:00",
            "2024-05-31 11:59:59.9",
            "",
            "2024-05-31 14:00:00",
            "2024-05-31 12:10:00",
        ]
        .iter()
        .map(|text| text.parse().ok())
        .collect();
        assert_eq!(group_by_gap(&times, 900.0), [0, 0, 2, 1, 0]);
        assert_eq!(group_by_gap(&[None, None], 900.0), [0, 0]);
        assert!(group_by_gap(&[], 900.0).is_empty());
    }
}
