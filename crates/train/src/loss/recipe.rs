//! Which loss, with which numbers: the `loss` table of a recipe.

use serde::{Deserialize, Serialize};

use super::arcface::{ArcFace, ArcFaceRecipe};
use super::circle::{Circle, CircleRecipe};
use super::contrastive::{Contrastive, ContrastiveRecipe};
use super::cosface::{CosFace, CosFaceRecipe};
use super::curricularface::{CurricularFace, CurricularFaceRecipe};
use super::elasticface::{ElasticFace, ElasticFaceRecipe};
use super::margin::Margin;
use super::multi_similarity::{MultiSimilarity, MultiSimilarityRecipe};
use super::normface::{NormFace, NormFaceRecipe};
use super::proxy_anchor::{ProxyAnchor, ProxyAnchorRecipe};
use super::softmax::{Softmax, SoftmaxRecipe};
use super::sub_center_arcface::{SubCenterArcFace, SubCenterArcFaceRecipe};
use super::supcon::{SupCon, SupConRecipe};
use super::triplet::{Triplet, TripletMargin, TripletRecipe};
use super::{Loss, LossContext};
use crate::distance::LossDistance;

/// A loss and its settings, such as `loss = { kind = "arcface", scale = 24.0 }`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum LossRecipe {
    /// A plain classifier behind the embedding.
    Softmax(SoftmaxRecipe),
    /// Softmax over scaled cosines.
    #[serde(rename = "normface")]
    NormFace(NormFaceRecipe),
    /// A margin on the cosine.
    #[serde(rename = "cosface")]
    CosFace(CosFaceRecipe),
    /// A margin on the angle.
    #[serde(rename = "arcface")]
    ArcFace(ArcFaceRecipe),
    /// A margin on the angle, several centres a class.
    #[serde(rename = "sub-center-arcface")]
    SubCenterArcFace(SubCenterArcFaceRecipe),
    /// A margin on the angle, drawn anew for every photo.
    #[serde(rename = "elasticface")]
    ElasticFace(ElasticFaceRecipe),
    /// A margin on the angle, hard classes weigh more and more.
    #[serde(rename = "curricularface")]
    CurricularFace(CurricularFaceRecipe),
    /// Siamese: pairs near or far.
    Contrastive(ContrastiveRecipe),
    /// Triplets with a hard or soft margin.
    Triplet(TripletRecipe),
    /// Supervised contrastive.
    #[serde(rename = "supcon")]
    SupCon(SupConRecipe),
    /// Multi-similarity.
    MultiSimilarity(MultiSimilarityRecipe),
    /// Circle.
    Circle(CircleRecipe),
    /// Proxy-anchor.
    ProxyAnchor(ProxyAnchorRecipe),
}

impl Default for LossRecipe {
    /// ArcFace with the margin law: it needs no pairs in a batch and learns from animals with a single photo too.
    fn default() -> Self {
        Self::ArcFace(ArcFaceRecipe::default())
    }
}

/// Why a loss cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LossError {
    /// A setting is out of its range.
    #[error("{setting} must be {range}, not {value}: {loss}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What it may be.
        range: &'static str,
        /// What it is.
        value: f64,
        /// Kind of the loss.
        loss: &'static str,
    },
    /// No class to learn.
    #[error("a loss needs at least one class of photos: {loss}")]
    NoClasses {
        /// Kind of the loss.
        loss: &'static str,
    },
    /// The sizes of classes are not as many as the classes.
    #[error("a margin by class size needs the size of each of {classes} classes, not of {given}: {loss}")]
    ClassSizes {
        /// How many classes.
        classes: usize,
        /// How many sizes.
        given: usize,
        /// Kind of the loss.
        loss: &'static str,
    },
}

impl LossRecipe {
    /// Its kind, as the recipe writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Softmax(_) => "softmax",
            Self::NormFace(_) => "normface",
            Self::CosFace(_) => "cosface",
            Self::ArcFace(_) => "arcface",
            Self::SubCenterArcFace(_) => "sub-center-arcface",
            Self::ElasticFace(_) => "elasticface",
            Self::CurricularFace(_) => "curricularface",
            Self::Contrastive(_) => "contrastive",
            Self::Triplet(_) => "triplet",
            Self::SupCon(_) => "supcon",
            Self::MultiSimilarity(_) => "multi-similarity",
            Self::Circle(_) => "circle",
            Self::ProxyAnchor(_) => "proxy-anchor",
        }
    }

    /// What it compares photos by, where it compares photos: what a miner should go by too.
    pub fn distance(&self) -> Option<LossDistance> {
        match self {
            Self::Contrastive(recipe) => Some(recipe.distance),
            Self::Triplet(recipe) => Some(recipe.distance),
            Self::SupCon(recipe) => Some(recipe.distance),
            Self::MultiSimilarity(recipe) => Some(recipe.distance),
            Self::Circle(_) => Some(LossDistance::Cosine),
            _ => None,
        }
    }

    /// Whether it holds centres or proxies of the classes, and so needs no pairs in a batch.
    pub fn has_centers(&self) -> bool {
        self.distance().is_none()
    }

    /// What it multiplies similarities with, where it does.
    pub fn scale(&self) -> Option<f64> {
        match self {
            Self::NormFace(recipe) => Some(recipe.scale),
            Self::CosFace(recipe) => Some(recipe.scale),
            Self::ArcFace(recipe) => Some(recipe.scale),
            Self::SubCenterArcFace(recipe) => Some(recipe.scale),
            Self::ElasticFace(recipe) => Some(recipe.scale),
            Self::CurricularFace(recipe) => Some(recipe.scale),
            Self::SupCon(recipe) => Some(1.0 / recipe.temperature),
            Self::Circle(recipe) => Some(recipe.scale),
            Self::ProxyAnchor(recipe) => Some(recipe.scale),
            Self::Softmax(_) | Self::Contrastive(_) | Self::Triplet(_) | Self::MultiSimilarity(_) => None,
        }
    }

    /// The smallest and the largest of its margins over the classes, where it has a margin.
    pub fn margins(&self, class_sizes: &[u32]) -> Option<(f64, f64)> {
        let one = |margin: f64| Some((margin, margin));
        match self {
            Self::CosFace(CosFaceRecipe { margin, .. })
            | Self::ArcFace(ArcFaceRecipe { margin, .. })
            | Self::SubCenterArcFace(SubCenterArcFaceRecipe { margin, .. }) => range(margin, class_sizes),
            Self::ElasticFace(recipe) => one(recipe.margin),
            Self::CurricularFace(recipe) => one(recipe.margin),
            Self::Contrastive(recipe) => one(recipe.far),
            Self::Triplet(TripletRecipe { margin: TripletMargin::Hard(margin), .. }) => one(*margin),
            Self::Circle(recipe) => one(recipe.margin),
            Self::ProxyAnchor(recipe) => one(recipe.margin),
            Self::Softmax(_)
            | Self::NormFace(_)
            | Self::Triplet(_)
            | Self::SupCon(_)
            | Self::MultiSimilarity(_) => None,
        }
    }

    /// Makes the loss.
    ///
    /// # Errors
    /// Where a setting is out of its range, or the context lacks what the loss needs.
    pub fn build(&self, context: &LossContext<'_>) -> Result<Box<dyn Loss>, LossError> {
        self.check(context)?;
        Ok(match *self {
            Self::Softmax(recipe) => Box::new(Softmax::new(recipe, context)),
            Self::NormFace(recipe) => Box::new(NormFace::new(recipe, context)),
            Self::CosFace(recipe) => Box::new(CosFace::new(recipe, context)),
            Self::ArcFace(recipe) => Box::new(ArcFace::new(recipe, context)),
            Self::SubCenterArcFace(recipe) => Box::new(SubCenterArcFace::new(recipe, context)),
            Self::ElasticFace(recipe) => Box::new(ElasticFace::new(recipe, context)),
            Self::CurricularFace(recipe) => Box::new(CurricularFace::new(recipe, context)),
            Self::Contrastive(recipe) => Box::new(Contrastive::new(recipe, context)),
            Self::Triplet(recipe) => Box::new(Triplet::new(recipe, context)),
            Self::SupCon(recipe) => Box::new(SupCon::new(recipe, context)),
            Self::MultiSimilarity(recipe) => Box::new(MultiSimilarity::new(recipe, context)),
            Self::Circle(recipe) => Box::new(Circle::new(recipe, context)),
            Self::ProxyAnchor(recipe) => Box::new(ProxyAnchor::new(recipe, context)),
        })
    }

    fn check(&self, context: &LossContext<'_>) -> Result<(), LossError> {
        let loss = self.kind();
        if context.classes == 0 {
            return Err(LossError::NoClasses { loss });
        }
        let positive = |setting, value: f64| {
            let fits = value > 0.0 && value.is_finite();
            if fits { Ok(()) } else { Err(LossError::Setting { setting, range: "above 0", value, loss }) }
        };
        let within = |setting, value: f64, bound: f64, range| {
            let fits = (0.0..=bound).contains(&value);
            if fits { Ok(()) } else { Err(LossError::Setting { setting, range, value, loss }) }
        };
        if let Some(scale) = self.scale() {
            positive(if matches!(self, Self::SupCon(_)) { "temperature" } else { "scale" }, scale)?;
        }
        self.check_class_sizes(context)?;
        if let Some((smallest, largest)) = self.margins(context.class_sizes) {
            let (bound, range) = self.margin_bound();
            within("margin", smallest, bound, range)?;
            within("margin", largest, bound, range)?;
        }
        match self {
            Self::SubCenterArcFace(recipe) => positive("centers", recipe.centers as f64),
            Self::ElasticFace(recipe) => within("deviation", recipe.deviation, 1.0, "from 0 to 1"),
            Self::CurricularFace(recipe) => within("momentum", recipe.momentum, 1.0, "from 0 to 1"),
            Self::Contrastive(recipe) => within("near", recipe.near, recipe.far, "from 0 to far"),
            Self::MultiSimilarity(recipe) => {
                positive("alpha", recipe.alpha)?;
                positive("beta", recipe.beta)
            }
            _ => Ok(()),
        }
    }

    /// The largest margin that makes sense, and how to say so.
    fn margin_bound(&self) -> (f64, &'static str) {
        match self {
            Self::Contrastive(_) | Self::Triplet(_) => (f64::MAX, "at least 0"),
            Self::CosFace(_) | Self::Circle(_) | Self::ProxyAnchor(_) => (2.0, "from 0 to 2"),
            _ => (std::f64::consts::FRAC_PI_2, "an angle from 0 to 1.57"),
        }
    }

    /// Sizes are needed by a margin law; where they are given there must be one a class.
    fn check_class_sizes(&self, context: &LossContext<'_>) -> Result<(), LossError> {
        let by_law = match self {
            Self::CosFace(recipe) => matches!(recipe.margin, Margin::Law(_)),
            Self::ArcFace(recipe) => matches!(recipe.margin, Margin::Law(_)),
            Self::SubCenterArcFace(recipe) => matches!(recipe.margin, Margin::Law(_)),
            _ => false,
        };
        let given = context.class_sizes.len();
        if given == context.classes || (given == 0 && !by_law) {
            return Ok(());
        }
        Err(LossError::ClassSizes { classes: context.classes, given, loss: self.kind() })
    }
}

/// The smallest and the largest margin of these classes.
fn range(margin: &Margin, class_sizes: &[u32]) -> Option<(f64, f64)> {
    let margins = margin.of_classes(class_sizes, 1);
    let smallest = margins.iter().copied().reduce(f64::min)?;
    Some((smallest, margins.iter().copied().reduce(f64::max)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::loss::margin::MarginLaw;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        loss: LossRecipe,
    }

    fn read(text: &str) -> Result<LossRecipe, String> {
        toml::from_str::<Holder>(text).map(|holder| holder.loss).map_err(|error| error.to_string())
    }

    fn context<'a>(class_sizes: &'a [u32]) -> LossContext<'a> {
        LossContext { classes: 3, dimension: 8, class_sizes, ..LossContext::default() }
    }

    const KINDS: [&str; 13] = [
        "softmax",
        "normface",
        "cosface",
        "arcface",
        "sub-center-arcface",
        "elasticface",
        "curricularface",
        "contrastive",
        "triplet",
        "supcon",
        "multi-similarity",
        "circle",
        "proxy-anchor",
    ];

    #[test]
    fn every_kind_is_read_with_its_defaults_built_and_written_back() {
        for kind in KINDS {
            let recipe = read(&format!("loss = {{ kind = \"{kind}\" }}")).unwrap();
            assert_eq!(recipe.kind(), kind);
            recipe.build(&context(&[1, 2, 3])).unwrap();
            let text = toml::to_string(&Holder { loss: recipe }).unwrap();
            assert_eq!(read(&text).unwrap(), recipe, "{text}");
        }
    }

    #[test]
    fn an_unknown_setting_is_refused_and_named() {
        for kind in KINDS {
            let message = read(&format!("loss = {{ kind = \"{kind}\", sacle = 3.0 }}")).unwrap_err();
            assert!(message.contains("unknown field `sacle`"), "{kind}: {message}");
        }
        let message = read("loss = { kind = \"arkface\" }").unwrap_err();
        assert!(message.contains("unknown variant `arkface`") && message.contains("`arcface`"), "{message}");
    }

    #[test]
    fn whole_numbers_laws_and_words_are_read_where_they_stand_for_something() {
        let law = MarginLaw { c: 0.1, ..MarginLaw::default() };
        let wanted = LossRecipe::ArcFace(ArcFaceRecipe { scale: 24.0, margin: Margin::Law(law) });
        assert_eq!(read("loss = { kind = \"arcface\", scale = 24, margin = { c = 0.1 } }").unwrap(), wanted);
        let soft = TripletRecipe {
            margin: TripletMargin::Soft,
            distance: LossDistance::RawEuclidean,
            ..TripletRecipe::default()
        };
        let text = "loss = { kind = \"triplet\", margin = \"soft\", distance = \"raw-euclidean\" }";
        assert_eq!(read(text).unwrap(), LossRecipe::Triplet(soft));
        let message = read("loss = { kind = \"triplet\", margin = \"sofd\" }").unwrap_err();
        assert!(message.contains("a number or \"soft\", not \"sofd\""), "{message}");
    }

    #[test]
    fn settings_out_of_their_range_are_refused_by_name() {
        let refused = |settings: &str| {
            let recipe = read(&format!("loss = {{ {settings} }}")).unwrap();
            recipe.build(&context(&[1, 2, 3])).unwrap_err().to_string()
        };
        assert_eq!(refused("kind = \"arcface\", scale = 0"), "scale must be above 0, not 0: arcface");
        let degrees = refused("kind = \"arcface\", margin = 28.6");
        assert_eq!(degrees, "margin must be an angle from 0 to 1.57, not 28.6: arcface");
        assert!(refused("kind = \"supcon\", temperature = -1").starts_with("temperature must be above 0"));
        assert!(
            refused("kind = \"contrastive\", near = 2, far = 1").starts_with("near must be from 0 to far")
        );
        assert!(refused("kind = \"sub-center-arcface\", centers = 0").starts_with("centers must be above 0"));
        assert!(refused("kind = \"triplet\", margin = nan").starts_with("margin must be at least 0"));
        let law = LossRecipe::default();
        let message = law.build(&context(&[1, 2])).unwrap_err().to_string();
        assert!(message.contains("of 3 classes, not of 2"), "{message}");
        assert!(law.build(&LossContext::default()).is_err());
    }

    #[test]
    fn scale_and_margins_are_told_for_the_log() {
        let (smallest, largest) = LossRecipe::default().margins(&[1, 100, 5]).unwrap();
        assert!((smallest - 0.1007).abs() < 1e-4 && (largest - 0.321).abs() < 1e-9, "{smallest} {largest}");
        assert_eq!(LossRecipe::default().scale(), Some(20.96));
        assert!(LossRecipe::default().has_centers());
        let triplet = LossRecipe::Triplet(TripletRecipe::default());
        assert!(!triplet.has_centers() && triplet.margins(&[]) == Some((0.2, 0.2)));
    }
}
