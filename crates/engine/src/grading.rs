//! The grade of a photo, as far as nobody has said it, and the grades by which nobody is named.

use std::collections::BTreeMap;

use resight_catalog::Catalog;
use resight_core::{AnnotationId, Clarity, LabelSource, Named, Quality, Stated, least_quality};
use serde::Serialize;

use crate::EngineError;

/// Who says it: the measure, with its version.
const GRADER: &str = "clarity-1";

/// How photos of each grade fared in a catalog.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QualityReport {
    /// By grade, worst first.
    pub named: Vec<GradeNamed>,
    /// Photos of lower grades are not identifiable; none where those of every grade named somebody, or too few asked.
    pub least: Option<Quality>,
}

/// How photos of one grade fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GradeNamed {
    /// The grade.
    pub quality: Quality,
    /// How many asked, and how many were named rightly.
    #[serde(flatten)]
    pub named: Named,
}

/// What is stated, or else measured.
pub(crate) fn graded(stated: Option<Stated<Quality>>, seen: Option<Clarity>) -> Option<Stated<Quality>> {
    stated.or_else(|| Some(measured(seen?.quality())))
}

/// A grade that was measured.
pub(crate) fn measured(quality: Quality) -> Stated<Quality> {
    Stated::by(LabelSource::Model(GRADER.to_owned()), quality)
}

/// Learns from photos that asked, and whether the right individual came first, by which grades nobody is named, and keeps it.
pub(crate) fn learn_least(
    catalog: &mut Catalog,
    asked: impl Iterator<Item = (AnnotationId, bool)>,
) -> Result<QualityReport, EngineError> {
    let qualities = catalog.qualities()?;
    let mut named: BTreeMap<Quality, Named> = BTreeMap::new();
    for (annotation, is_right) in asked {
        if let Some(quality) = qualities.get(&annotation) {
            let one = named.entry(*quality).or_default();
            one.asked += 1;
            one.right += u32::from(is_right);
        }
    }
    let named: Vec<(Quality, Named)> = named.into_iter().collect();
    let least = least_quality(&named);
    if catalog.settings()?.least_quality != least {
        catalog.set_least_quality(least)?;
    }
    let named = named.into_iter().map(|(quality, named)| GradeNamed { quality, named }).collect();
    Ok(QualityReport { named, least })
}
