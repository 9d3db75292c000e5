//! Times losses with the size of Happywhale 2022: `cargo run --release -p resight-train --example loss_speed`.
//!
//! Forward and backward down to embeddings and centres, best of some runs, beside ArcFace put together from burn's own
//! operations with the margin set by gather and scatter, or by a mask.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::time::Instant;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, IndexingUpdateOp, Int, Tensor, TensorData};
use resight_train::batch::BatchLabels;
use resight_train::distance::unit;
use resight_train::loss::{LossContext, LossInput, LossRecipe};
use resight_train::parameters::{Parameters, numbers};

const CLASSES: usize = 15_587;
const PHOTOS: usize = 256;
const DIMENSION: usize = 512;
const RUNS: usize = 7;

/// The shortest of some runs, milliseconds.
fn best_of(mut run: impl FnMut()) -> f64 {
    run();
    let time = |_| {
        let start = Instant::now();
        run();
        start.elapsed().as_secs_f64() * 1000.0
    };
    (0..RUNS).map(time).fold(f64::INFINITY, f64::min)
}

/// Numbers that look random enough to be multiplied.
fn rows(count: usize, device: &Device) -> Tensor<2> {
    let values =
        (0..count * DIMENSION).map(|place| ((place * 7919 % 1009) as f32 / 504.5 - 1.0) * 0.1).collect();
    Tensor::from_data(TensorData::new::<f32, _>(values, [count, DIMENSION]), device)
}

fn time_loss(settings: &str, device: &Device) {
    let recipe: LossRecipe = serde_json::from_str(settings).unwrap();
    let sizes = vec![3; CLASSES];
    let context =
        LossContext { classes: CLASSES, dimension: DIMENSION, class_sizes: &sizes, ..LossContext::default() };
    let loss = recipe.build(&context).unwrap();
    let mut parameters = Parameters::default();
    loss.parameters().into_iter().for_each(|spec| parameters.add(spec, 1, device));
    // Pairs of one class for losses that compare photos.
    let classes: Vec<u32> = (0..PHOTOS as u32).map(|place| place / 2 * 60).collect();
    let labels = BatchLabels { classes, ..BatchLabels::default() };
    let milliseconds = best_of(|| {
        let leaves = parameters.leaves(|_, _| true);
        let embeddings = rows(PHOTOS, device).require_grad();
        let input = LossInput {
            embeddings: embeddings.clone(),
            references: embeddings.clone(),
            labels: &labels,
            reference_classes: &labels.classes,
            tuples: None,
            margin_share: 1.0,
            step_seed: 1,
        };
        let value = loss.forward(&input, &leaves);
        let gradients = value.loss.backward();
        assert!(numbers(embeddings.grad(&gradients).unwrap())[0].is_finite());
    });
    println!("{:20} {milliseconds:8.1} ms  {settings}", recipe.kind());
}

/// ArcFace of burn's operations; `by_mask` chooses how the margin gets into the logits.
fn time_composed(by_mask: bool, device: &Device) {
    let centers = rows(CLASSES, device);
    let indices: Vec<i32> = (0..PHOTOS as i32).map(|place| place / 2 * 60).collect();
    let indices = Tensor::<2, Int>::from_data(TensorData::new(indices, [PHOTOS, 1]), device);
    let milliseconds = best_of(|| {
        let embeddings = rows(PHOTOS, device).require_grad();
        let centers = centers.clone().detach().require_grad();
        let cosines = unit(embeddings.clone()).matmul(unit(centers).transpose());
        let own = cosines.clone().gather(1, indices.clone());
        let sine = (own.clone() * own.clone()).neg().add_scalar(1.0).clamp_min(1e-7).sqrt();
        let turned = own.clone().mul_scalar(0.2_f32.cos()) - sine.mul_scalar(0.2_f32.sin());
        let logits = if by_mask {
            let places = Tensor::<1, Int>::arange(0..CLASSES as i64, device).unsqueeze::<2>();
            let mask = places.expand([PHOTOS, CLASSES]).equal(indices.clone().expand([PHOTOS, CLASSES]));
            cosines.mask_where(mask, turned.expand([PHOTOS, CLASSES]))
        } else {
            cosines.scatter(1, indices.clone(), turned - own, IndexingUpdateOp::Add)
        };
        let loss = log_softmax(logits.mul_scalar(21.0), 1).gather(1, indices.clone()).mean().neg();
        let gradients = loss.backward();
        assert!(numbers(embeddings.grad(&gradients).unwrap())[0].is_finite());
    });
    let how = if by_mask { "mask" } else { "gather and scatter" };
    println!("{:20} {milliseconds:8.1} ms  ArcFace of burn's operations, margin by {how}", "composed");
}

fn main() {
    let device = Device::flex().autodiff();
    println!(
        "{CLASSES} classes, {PHOTOS} photos, {DIMENSION} dimensions, best of {RUNS}, forward and backward"
    );
    for kind in
        ["softmax", "normface", "cosface", "arcface", "sub-center-arcface", "elasticface", "curricularface"]
    {
        time_loss(&format!(r#"{{"kind":"{kind}"}}"#), &device);
    }
    for kind in ["proxy-anchor", "contrastive", "triplet", "supcon", "multi-similarity", "circle"] {
        time_loss(&format!(r#"{{"kind":"{kind}"}}"#), &device);
    }
    time_composed(false, &device);
    time_composed(true, &device);
}
