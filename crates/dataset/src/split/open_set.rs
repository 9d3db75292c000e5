//! Open set: some test individuals are not in the gallery, as in life.

use super::{Generator, Split, SplitError, SplitLabels, closed_set, disjoint_set};

/// Takes newcomers out first; the others are divided as a closed set, so that the shares of all annotations
/// come out as asked.
pub(super) fn divide(
    labels: &SplitLabels,
    train_share: f64,
    new_share: f64,
    whole: bool,
    generator: &mut Generator,
) -> Result<Split, SplitError> {
    if train_share + new_share >= 1.0 {
        return Err(SplitError::SharesTooLarge { train_share, new_share });
    }
    let (known, unused) = labels.identified();
    let (newcomers, others) = disjoint_set::take_individuals(labels, &known, new_share, whole, generator);
    let share_of_others = train_share / (1.0 - new_share);
    let mut split = closed_set::divide_rows(labels, &others, share_of_others, whole, generator);
    split.test.extend(newcomers);
    split.unused = unused;
    Ok(split)
}
