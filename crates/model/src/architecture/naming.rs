//! Names that other programs give the same tensors.
//!
//! A file is recognised by names that are in it, never by ones that are not: heads come and go.

use crate::weights::{Tensor, Weights};

/// What programs put before all names.
const BEFORE: [&str; 6] = ["", "module.", "model.", "module.model.", "dinov2.", "dinov3_vit."];

/// A way to name the tensors of a family.
struct Naming {
    /// A tensor that is in every file of this naming and in no other.
    known_by: &'static str,
    /// Beginnings and their own names; the first that fits counts, wherever in the name it stands where it begins with a dot.
    parts: &'static [(&'static str, &'static str)],
    /// Ends of the names of three tensors that are one, and its end.
    joined: Option<([&'static str; 3], &'static str)>,
}

const DINOV2_OF_HUGGING_FACE: Naming = Naming {
    known_by: "embeddings.patch_embeddings.projection.weight",
    parts: &[
        ("embeddings.patch_embeddings.projection.", "patch_embed.proj."),
        ("embeddings.cls_token", "cls_token"),
        ("embeddings.mask_token", "mask_token"),
        ("embeddings.register_tokens", "register_tokens"),
        ("embeddings.position_embeddings", "pos_embed"),
        ("encoder.layer.", "blocks."),
        ("layernorm.", "norm."),
        (".attention.output.dense.", ".attn.proj."),
        (".attention.attention.", ".attn."),
        // Since transformers 5.
        (".attention.o_proj.", ".attn.proj."),
        (".attention.", ".attn."),
        (".q_proj.", ".query."),
        (".k_proj.", ".key."),
        (".v_proj.", ".value."),
        (".layer_scale1.lambda1", ".ls1.gamma"),
        (".layer_scale2.lambda1", ".ls2.gamma"),
    ],
    joined: Some(([".query.", ".key.", ".value."], ".qkv.")),
};

const DINOV3_OF_HUGGING_FACE: Naming = Naming {
    known_by: "embeddings.patch_embeddings.weight",
    parts: &[
        ("embeddings.patch_embeddings.", "patch_embed.proj."),
        ("embeddings.cls_token", "cls_token"),
        ("embeddings.mask_token", "mask_token"),
        ("embeddings.register_tokens", "register_tokens"),
        ("layer.", "blocks."),
        // Since transformers 5.
        ("model.layer.", "blocks."),
        (".attention.o_proj.", ".attn.proj."),
        (".attention.", ".attn."),
        (".layer_scale1.lambda1", ".ls1.gamma"),
        (".layer_scale2.lambda1", ".ls2.gamma"),
        (".mlp.up_proj.", ".mlp.fc1."),
        (".mlp.down_proj.", ".mlp.fc2."),
    ],
    joined: Some(([".q_proj.", ".k_proj.", ".v_proj."], ".qkv.")),
};

const CLIP_OF_OPEN_CLIP: Naming = Naming {
    known_by: "visual.conv1.weight",
    parts: &[
        ("visual.conv1.", "patch_embed.proj."),
        ("visual.class_embedding", "cls_token"),
        ("visual.positional_embedding", "pos_embed"),
        ("visual.ln_pre.", "norm_pre."),
        ("visual.ln_post.", "norm."),
        ("visual.proj", "head.weight"),
        ("visual.transformer.resblocks.", "blocks."),
        // The tower for texts has names of the same kind.
        ("transformer.resblocks.", "text.blocks."),
        ("positional_embedding", "text.pos_embed"),
        (".ln_1.", ".norm1."),
        (".ln_2.", ".norm2."),
        (".attn.in_proj_weight", ".attn.qkv.weight"),
        (".attn.in_proj_bias", ".attn.qkv.bias"),
        (".attn.out_proj.", ".attn.proj."),
        (".mlp.c_fc.", ".mlp.fc1."),
        (".mlp.c_proj.", ".mlp.fc2."),
    ],
    joined: None,
};

const CLIP_OF_HUGGING_FACE: Naming = Naming {
    known_by: "vision_model.embeddings.class_embedding",
    parts: &[
        ("vision_model.embeddings.patch_embedding.", "patch_embed.proj."),
        ("vision_model.embeddings.class_embedding", "cls_token"),
        ("vision_model.embeddings.position_embedding.weight", "pos_embed"),
        ("vision_model.pre_layrnorm.", "norm_pre."),
        ("vision_model.post_layernorm.", "norm."),
        ("visual_projection.", "head."),
        ("vision_model.encoder.layers.", "blocks."),
        (".layer_norm1.", ".norm1."),
        (".layer_norm2.", ".norm2."),
        (".self_attn.out_proj.", ".attn.proj."),
        (".self_attn.", ".attn."),
    ],
    joined: Some(([".q_proj.", ".k_proj.", ".v_proj."], ".qkv.")),
};

const DINOV3_OF_ITS_AUTHORS: Naming =
    Naming { known_by: "storage_tokens", parts: &[("storage_tokens", "register_tokens")], joined: None };

const REGISTERS_OF_TIMM: Naming =
    Naming { known_by: "reg_token", parts: &[("reg_token", "register_tokens")], joined: None };

const ALL: [Naming; 6] = [
    DINOV2_OF_HUGGING_FACE,
    DINOV3_OF_HUGGING_FACE,
    CLIP_OF_OPEN_CLIP,
    CLIP_OF_HUGGING_FACE,
    DINOV3_OF_ITS_AUTHORS,
    REGISTERS_OF_TIMM,
];

/// Names by which files in resight's own naming are known.
const OWN: [&str; 5] = [
    "patch_embed.proj.weight",
    "conv_stem.weight",
    "backbone.conv_stem.weight",
    "conv1.weight",
    "stem.0.weight",
];

/// Where timm before 0.9 has the tokens of Swin put together: at the end of a stage.
const OLD_SWIN: &str = "layers.0.downsample.reduction.weight";

/// The tensors under the names of [`super::Architecture`]'s descriptions. What is in no naming stays as it is.
pub(super) fn in_own_names(weights: Weights) -> Weights {
    let named = |before: &str| {
        let known = ALL.iter().map(|naming| naming.known_by).chain(OWN);
        known.into_iter().any(|name| weights.get(&format!("{before}{name}")).is_some())
    };
    let before = BEFORE.into_iter().find(|before| named(before)).unwrap_or_default();
    let naming = ALL.iter().find(|naming| weights.get(&format!("{before}{}", naming.known_by)).is_some());
    let is_old_swin = weights.get(&format!("{before}{OLD_SWIN}")).is_some();
    if before.is_empty() && naming.is_none() && !is_old_swin {
        return weights;
    }
    let mut renamed = Weights::default();
    for (name, tensor) in weights.into_tensors() {
        let plain = name.strip_prefix(before).unwrap_or(&name).to_owned();
        let own = naming.map_or_else(|| plain.clone(), |naming| naming.own(&plain));
        renamed.insert(if is_old_swin { one_stage_later(&own) } else { own }, tensor);
    }
    let Some(naming) = naming else { return renamed };
    let mut joined = match naming.joined {
        Some((parts, whole)) => join(renamed, parts, whole),
        None => renamed,
    };
    shape(&mut joined, naming.known_by == CLIP_OF_OPEN_CLIP.known_by);
    joined
}

impl Naming {
    fn own(&self, name: &str) -> String {
        let mut own = name.to_owned();
        let (inner, first): (Vec<_>, Vec<_>) = self.parts.iter().partition(|(part, _)| part.starts_with('.'));
        if let Some((part, new)) = first.into_iter().find(|(part, _)| own.starts_with(part)) {
            own = format!("{new}{}", &own[part.len()..]);
        }
        for (part, new) in inner {
            own = own.replace(part, new);
        }
        own
    }
}

/// `layers.0.downsample` is what is `layers.1.downsample` now.
fn one_stage_later(name: &str) -> String {
    let moved = || {
        let (stage, rest) = name.strip_prefix("layers.")?.split_once(".downsample.")?;
        Some(format!("layers.{}.downsample.{rest}", stage.parse::<usize>().ok()? + 1))
    };
    moved().unwrap_or_else(|| name.to_owned())
}

/// Queries, keys and values one below the other. Where keys have no bias, theirs is zero.
fn join(weights: Weights, parts: [&str; 3], whole: &str) -> Weights {
    let mut joined = Weights::default();
    let mut apart: std::collections::BTreeMap<String, [Option<Tensor>; 3]> = Default::default();
    for (name, tensor) in weights.into_tensors() {
        match parts.iter().position(|part| name.contains(part)) {
            Some(place) => apart.entry(name.replace(parts[place], whole)).or_default()[place] = Some(tensor),
            None => joined.insert(name, tensor),
        }
    }
    for (name, tensors) in apart {
        let Some(pattern) = tensors.iter().flatten().next().cloned() else { continue };
        let mut all = Tensor { shape: pattern.shape.clone(), values: Vec::new() };
        if let Some(rows) = all.shape.first_mut() {
            *rows *= 3;
        }
        for tensor in tensors {
            all.values.extend(tensor.map_or_else(|| vec![0.0; pattern.values.len()], |tensor| tensor.values));
        }
        joined.insert(name, all);
    }
    joined
}

/// Shapes as the descriptions have them.
fn shape(weights: &mut Weights, is_projection_turned: bool) {
    let with = |weights: &mut Weights, name: &str, change: &dyn Fn(Tensor) -> Tensor| {
        if let Some(tensor) = weights.take(name) {
            weights.insert(name.to_owned(), change(tensor));
        }
    };
    let as_tokens = |tensor: Tensor| match tensor.shape[..] {
        [channels] => Tensor { shape: vec![1, 1, channels], ..tensor },
        [count, channels] => Tensor { shape: vec![1, count, channels], ..tensor },
        _ => tensor,
    };
    with(weights, "cls_token", &as_tokens);
    with(weights, "pos_embed", &as_tokens);
    if is_projection_turned {
        with(weights, "head.weight", &turned);
    }
    // timm keeps the class token's position inside the class token where there are registers.
    let has_class_place = |positions: &Tensor| {
        let count = positions.shape.get(1).copied().unwrap_or_default();
        count > 0 && count.isqrt().pow(2) != count
    };
    if weights.get("register_tokens").is_some() {
        with(weights, "pos_embed", &|positions| {
            if has_class_place(&positions) || positions.shape.len() != 3 {
                return positions;
            }
            let (count, channels) = (positions.shape[1], positions.shape[2]);
            let class = if positions.values.is_empty() { 0 } else { channels };
            let values = std::iter::repeat_n(0.0, class).chain(positions.values).collect();
            Tensor { shape: vec![1, count + 1, channels], values }
        });
    }
    mask_biases(weights);
}

/// DINOv3 keeps a mask of zeros and ones beside its biases: keys have none.
fn mask_biases(weights: &mut Weights) {
    let masks: Vec<String> =
        weights.iter().map(|(name, _)| name.to_owned()).filter(|name| name.ends_with(".bias_mask")).collect();
    for name in masks {
        let bias = name.trim_end_matches("_mask").to_owned();
        if let (Some(mask), Some(mut tensor)) = (weights.take(&name), weights.take(&bias)) {
            // What is masked may be anything, even no number.
            tensor.values.iter_mut().zip(&mask.values).for_each(|(value, keep)| {
                *value = if *keep == 0.0 { 0.0 } else { *value };
            });
            weights.insert(bias, tensor);
        }
    }
}

fn turned(tensor: Tensor) -> Tensor {
    let [rows, columns] = tensor.shape[..] else { return tensor };
    let values = match tensor.values.is_empty() {
        true => Vec::new(),
        false => (0..columns)
            .flat_map(|c| (0..rows).map(move |r| (r, c)))
            .map(|(r, c)| tensor.values[r * columns + c])
            .collect(),
    };
    Tensor { shape: vec![columns, rows], values }
}
