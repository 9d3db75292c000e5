//! How photos are usually prepared for a network, by its architecture: for weights without a config.

use resight_imaging::{ColorOrder, DecodePrecision, Fit, Preprocess, ResizeFilter, ValueRange};

use crate::architecture::Architecture;
use crate::registry::Registry;

/// Mean and deviation of the colours of ImageNet, from 0 to 1.
pub(super) const IMAGENET: ([f32; 3], [f32; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

/// The middle of the range, which MegaDescriptor's card names.
pub(super) const HALF: ([f32; 3], [f32; 3]) = ([0.5; 3], [0.5; 3]);

/// Mean and deviation of the photos that CLIP learnt from (A. Radford et al., "Learning Transferable Visual Models From
/// Natural Language Supervision", 2021, as its code has them).
const CLIP: ([f32; 3], [f32; 3]) =
    ([0.481_454_66, 0.457_827_5, 0.408_210_73], [0.268_629_54, 0.261_302_6, 0.275_777_1]);

/// Pixels a side of what MiewID sees.
pub(super) const MIEWID_SIDE: u32 = 440;

/// A network as people know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Swin transformers: MegaDescriptor.
    Swin,
    /// EfficientNetV2-RW-M with generalised-mean pooling.
    MiewId,
    DinoV2,
    DinoV3,
    Clip,
    ResNet,
    ConvNext,
    Other,
}

impl Family {
    /// By the name of an architecture.
    pub(super) fn of(architecture: &str) -> Self {
        let begins = |beginning: &str| architecture.starts_with(beginning);
        if architecture.contains("miewid") {
            Self::MiewId
        } else if begins("swin") {
            Self::Swin
        } else if begins("dinov2") {
            Self::DinoV2
        } else if begins("dinov3") {
            Self::DinoV3
        } else if architecture.contains("clip") {
            Self::Clip
        } else if begins("resnet") {
            Self::ResNet
        } else if begins("convnext") {
            Self::ConvNext
        } else {
            Self::Other
        }
    }
}

/// Whether a network of this name takes images of any size, once it is written for it.
pub(crate) fn takes_any_side(architecture: &str) -> bool {
    Family::of(architecture) != Family::Swin
}

/// What is usual for an architecture; none where nothing is.
pub(super) fn preprocess(architecture: &Architecture) -> Option<Preprocess> {
    let side = architecture.side;
    let of = |side: usize, fit, filter, colours| made(side, fit, filter, colours);
    // A resize of the short side to 256, then the middle 224.
    let middle = Fit::CenterCrop { share: 224.0 / 256.0 };
    match Family::of(&architecture.name) {
        // People bring the box of an animal to a square, whatever the proportions.
        Family::Swin => of(side, Fit::Stretch, ResizeFilter::Bicubic, HALF),
        Family::MiewId => of(MIEWID_SIDE as usize, Fit::Stretch, ResizeFilter::PlainBilinear, IMAGENET),
        Family::DinoV2 => of(side, middle, ResizeFilter::Bicubic, IMAGENET),
        Family::DinoV3 => of(side, Fit::Stretch, ResizeFilter::Bilinear, IMAGENET),
        Family::Clip => of(side, Fit::CenterCrop { share: 1.0 }, ResizeFilter::Bicubic, CLIP),
        Family::ResNet => of(side, middle, ResizeFilter::Bilinear, IMAGENET),
        Family::ConvNext => of(side, middle, ResizeFilter::Bicubic, IMAGENET),
        Family::Other => in_registry(&architecture.name),
    }
}

/// As the registry prepares photos for this architecture.
fn in_registry(architecture: &str) -> Option<Preprocess> {
    let is_it = |named: Option<&str>| named == Some(architecture);
    let mut entries = Registry::builtin().entries().iter();
    let found = entries
        .find(|entry| is_it(entry.network.as_ref().and_then(|network| network.architecture.as_deref())));
    found.and_then(|entry| entry.preprocess.clone())
}

fn made(
    side: usize,
    fit: Fit,
    filter: ResizeFilter,
    (mean, deviation): ([f32; 3], [f32; 3]),
) -> Option<Preprocess> {
    let side = u32::try_from(side).ok()?;
    Some(Preprocess {
        width: side,
        height: side,
        fit,
        filter,
        color: ColorOrder::Rgb,
        value_range: ValueRange::Unit,
        mean,
        deviation,
        decode: DecodePrecision::Scaled,
        crop_margin: 0.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual(name: &str, side: usize) -> Option<Preprocess> {
        preprocess(&Architecture::of_images(name, side, Vec::new()))
    }

    #[test]
    fn what_people_use_each_network_with_is_known() {
        let middle = Fit::CenterCrop { share: 0.875 };
        for (name, side, fit, filter, mean) in [
            ("swin-tiny-patch4-window7-224", 224, Fit::Stretch, ResizeFilter::Bicubic, [0.5; 3]),
            ("swin-large-patch4-window12-384", 384, Fit::Stretch, ResizeFilter::Bicubic, [0.5; 3]),
            ("dinov2-vits14", 224, middle, ResizeFilter::Bicubic, IMAGENET.0),
            ("dinov3-vits16", 224, Fit::Stretch, ResizeFilter::Bilinear, IMAGENET.0),
            ("clip-vit-l14", 224, Fit::CenterCrop { share: 1.0 }, ResizeFilter::Bicubic, CLIP.0),
            ("resnet50", 224, middle, ResizeFilter::Bilinear, IMAGENET.0),
        ] {
            let usual = usual(name, side).unwrap();
            assert_eq!((usual.width as usize, usual.fit, usual.filter), (side, fit, filter), "{name}");
            assert_eq!((usual.mean, usual.value_range), (mean, ValueRange::Unit), "{name}");
            usual.check().unwrap();
        }
        let miewid = usual("miewid-msv3", 440).unwrap();
        assert_eq!((miewid.width, miewid.filter), (440, ResizeFilter::PlainBilinear));
        assert_eq!(
            usual("efficientnet-lite0", 224).unwrap().value_range,
            ValueRange::Byte,
            "as the registry says"
        );
        assert_eq!(usual("unheard-of", 224), None);
    }
}
