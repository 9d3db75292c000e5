//! Which of several that say a value counts: the person, then the configs, then what is usual.

use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange};

use super::config::Found;
use super::describe::shown_fit;
use super::error::ImportError;
use super::plan::PlannedPreprocess;
use super::told::{PlanNote, Source, Told};
use super::usual::{self, Family};
use super::wishes::ImportWishes;

/// Each value from the wishes, else from the configs, else as is usual.
pub(super) fn preprocess_of(
    found: Found,
    usual: Option<&Preprocess>,
    of: &str,
    wishes: &ImportWishes,
) -> Result<PlannedPreprocess, ImportError> {
    let by_default = Source::usual("networks of this kind");
    let needed = |what: &'static str| move || ImportError::NotSaid { what };
    Ok(PlannedPreprocess {
        size: first(wishes.size, found.size, usual.map(|usual| (usual.width, usual.height)), of)
            .ok_or_else(needed("size"))?,
        mean: first(wishes.mean, found.mean, usual.map(|usual| usual.mean), of).ok_or_else(needed("mean"))?,
        deviation: first(wishes.deviation, found.deviation, usual.map(|usual| usual.deviation), of)
            .ok_or_else(needed("deviation"))?,
        fit: first(wishes.fit, found.fit, usual.map(|usual| usual.fit), of)
            .unwrap_or_else(|| Told::by(by_default.clone(), Fit::Stretch)),
        filter: first(wishes.filter, found.filter, usual.map(|usual| usual.filter), of)
            .unwrap_or_else(|| Told::by(by_default.clone(), ResizeFilter::Bilinear)),
        range: first(wishes.range, found.range, usual.map(|usual| usual.value_range), of)
            .unwrap_or_else(|| Told::by(by_default.clone(), ValueRange::Unit)),
        color: first(wishes.color, None, usual.map(|usual| usual.color), of)
            .unwrap_or_else(|| Told::by(by_default.clone(), ColorOrder::Rgb)),
        decode: first(wishes.decode, None, usual.map(|usual| usual.decode), of)
            .unwrap_or_else(|| Told::by(by_default, DecodePrecision::Scaled)),
    })
}

fn first<T>(wish: Option<T>, found: Option<Told<T>>, usual: Option<T>, of: &str) -> Option<Told<T>> {
    wish.map(|value| Told::by(Source::Asked, value))
        .or(found)
        .or_else(|| usual.map(|value| Told::by(Source::usual(of), value)))
}

/// What else is said of networks of this family: a test on one's own photos tells which is better.
pub(super) fn other_choices(family: Family, found: &mut Found, notes: &mut Vec<PlanNote>) {
    let mut other = |part: &str, value: String, from: Source| {
        notes.push(PlanNote::OtherChoice { part: part.to_owned(), value, from });
    };
    match family {
        Family::Swin => {
            let shown = |(mean, deviation): ([f32; 3], [f32; 3])| format!("{mean:?}, {deviation:?}");
            match found.mean.as_ref().map(|mean| mean.value) {
                Some(mean) if mean == usual::HALF.0 => {}
                Some(_) => {
                    let card = Source::usual("MegaDescriptor, by its card");
                    other("mean and deviation", shown(usual::HALF), card);
                }
                None => {
                    let config = Source::usual("MegaDescriptor, by its config");
                    other("mean and deviation", shown(usual::IMAGENET), config);
                }
            }
            // timm's config is that of the pretraining; boxes of animals are stretched.
            if let Some(fit) = found.fit.take() {
                other("fit", shown_fit(fit.value), fit.from);
            }
        }
        Family::MiewId => {
            let antialiased = "bilinear, antialiased; it moves embeddings by a few degrees".to_owned();
            other("filter", antialiased, Source::usual("other networks"));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices(mut found: Found) -> (Found, Vec<PlanNote>) {
        let mut notes = Vec::new();
        other_choices(Family::Swin, &mut found, &mut notes);
        (found, notes)
    }

    #[test]
    fn of_megadescriptor_the_choice_that_is_not_taken_is_named() {
        let told = |notes: &[PlanNote]| match notes {
            [PlanNote::OtherChoice { value, .. }] => value.clone(),
            other => format!("{other:?}"),
        };
        let (_, notes) = choices(Found::default());
        assert_eq!(told(&notes), "[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]");
        let config = Source::file("config.json", "pretrained_cfg.mean");
        let found = Found { mean: Some(Told::by(config, usual::IMAGENET.0)), ..Found::default() };
        let (found, notes) = choices(found);
        assert_eq!(told(&notes), "[0.5, 0.5, 0.5], [0.5, 0.5, 0.5]");
        assert_eq!(found.mean.map(|mean| mean.value), Some(usual::IMAGENET.0), "the config counts");
        let card = Source::file("config.json", "pretrained_cfg.mean");
        let (_, notes) = choices(Found { mean: Some(Told::by(card, usual::HALF.0)), ..Found::default() });
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn of_megadescriptor_boxes_are_stretched_whatever_the_pretraining_did() {
        let config = Source::file("config.json", "pretrained_cfg.crop_pct");
        let cropped = Told::by(config.clone(), Fit::CenterCrop { share: 0.9 });
        let (found, notes) = choices(Found { fit: Some(cropped), ..Found::default() });
        assert_eq!(found.fit, None);
        let other = PlanNote::OtherChoice {
            part: "fit".to_owned(),
            value: "center-crop, 0.9 of the sides".to_owned(),
            from: config,
        };
        assert!(notes.contains(&other), "{notes:?}");
    }
}
