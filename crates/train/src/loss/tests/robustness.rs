//! Tests of all losses on batches that go wrong in practice, and of the levels of their curves.

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;

use super::reference::matrix;
use crate::batch::{BatchLabels, Tuples};
use crate::distance::LossDistance;
use crate::generator;
use crate::loss::triplet::{TripletMargin, TripletRecipe};
use crate::loss::{Loss, LossContext, LossInput, LossRecipe, LossValue};
use crate::parameters::{Parameters, normal, numbers};

/// Every kind with its defaults, and what compares photos with every distance.
fn recipes() -> Vec<LossRecipe> {
    let read = |text: String| serde_json::from_str::<LossRecipe>(&text).unwrap();
    let simple =
        ["softmax", "normface", "cosface", "arcface", "sub-center-arcface", "elasticface", "curricularface"];
    let mut recipes: Vec<LossRecipe> = simple
        .iter()
        .chain(&["circle", "proxy-anchor"])
        .map(|kind| read(format!(r#"{{"kind":"{kind}"}}"#)))
        .collect();
    for distance in ["cosine", "euclidean", "squared-euclidean", "raw-euclidean"] {
        for kind in ["contrastive", "triplet", "supcon", "multi-similarity"] {
            recipes.push(read(format!(r#"{{"kind":"{kind}","distance":"{distance}"}}"#)));
        }
        recipes.push(read(format!(r#"{{"kind":"triplet","margin":"soft","distance":"{distance}"}}"#)));
    }
    recipes
}

/// A batch: embeddings row by row, and classes.
struct Batch {
    embeddings: Vec<f32>,
    classes: Vec<u32>,
    tuples: Option<Tuples>,
}

/// Value, gradients of the embeddings and of all parameters.
fn evaluate(loss: &dyn Loss, batch: &Batch, prepare: impl Fn(&mut Parameters)) -> (f32, Vec<f32>, Vec<f32>) {
    let device = Device::flex().autodiff();
    let mut parameters = Parameters::default();
    loss.parameters().into_iter().for_each(|spec| parameters.add(spec, 3, &device));
    prepare(&mut parameters);
    let leaves = parameters.leaves(|_, _| true);
    let photos = batch.classes.len();
    let embeddings = matrix(&batch.embeddings, batch.embeddings.len() / photos, &device).require_grad();
    let labels = BatchLabels { classes: batch.classes.clone(), ..BatchLabels::default() };
    let input = LossInput {
        embeddings: embeddings.clone(),
        references: embeddings.clone(),
        labels: &labels,
        reference_classes: &batch.classes,
        tuples: batch.tuples.as_ref(),
        margin_share: 1.0,
        step_seed: 5,
    };
    let LossValue { loss: value, active_share, buffers } = loss.forward(&input, &leaves);
    let gradients = value.backward();
    let of_embeddings = numbers(embeddings.grad(&gradients).expect("the loss hangs on the embeddings"));
    let of_parameters =
        leaves.iter().filter_map(|(_, leaf)| leaf.grad(&gradients)).flat_map(numbers).collect();
    assert!(active_share.is_none_or(|share| (0.0..=1.0).contains(&share)), "{active_share:?}");
    assert!(buffers.iter().all(|(_, buffer)| numbers(buffer.clone())[0].is_finite()));
    (numbers(value)[0], of_embeddings, of_parameters)
}

/// Checks that no number is out of bounds.
fn assert_sound(what: &str, (value, embeddings, parameters): &(f32, Vec<f32>, Vec<f32>)) {
    assert!(value.is_finite() && *value >= 0.0, "{what}: {value}");
    for gradient in embeddings.iter().chain(parameters) {
        assert!(gradient.abs() < 1e5, "{what}: {gradient}");
    }
}

fn random_rows(photos: usize, dimension: usize, seed: u64) -> Vec<f32> {
    let mut random = generator(seed, "rows", &[]);
    (0..photos * dimension).map(|_| normal(&mut random)).collect()
}

fn context(classes: usize, dimension: usize, class_sizes: &[u32]) -> LossContext<'_> {
    LossContext { classes, dimension, class_sizes, ..LossContext::default() }
}

const SIZES: [u32; 4] = [1, 2, 30, 500];

#[test]
fn no_batch_makes_a_value_or_a_gradient_that_is_no_number() {
    let random = random_rows(6, 8, 1);
    let one_point = [0.3_f32; 8].repeat(6);
    let opposite: Vec<f32> = (0..48).map(|place| if place / 8 % 2 == 0 { 1.0 } else { -1.0 }).collect();
    let mut one_zero = random.clone();
    one_zero[8..16].fill(0.0);
    let tiny: Vec<f32> = random.iter().map(|number| number * 1e-7).collect();
    let huge: Vec<f32> = random.iter().map(|number| number * 1e3).collect();
    let rows = [random, one_point, opposite, one_zero, vec![0.0; 48], tiny, huge];
    let labels = [vec![0, 0, 1, 1, 2, 3], vec![0, 0, 1, 1, 0, 1], vec![2; 6], vec![0, 1, 2, 3, 2, 1]];
    for recipe in recipes() {
        let loss = recipe.build(&context(4, 8, &SIZES)).unwrap();
        for (number, embeddings) in rows.iter().enumerate() {
            for classes in &labels {
                let batch = Batch { embeddings: embeddings.clone(), classes: classes.clone(), tuples: None };
                let outcome = evaluate(loss.as_ref(), &batch, |_| ());
                assert_sound(&format!("{recipe:?}, rows {number}, classes {classes:?}"), &outcome);
            }
        }
    }
}

#[test]
fn embeddings_on_their_centres_and_opposite_to_them_are_sound() {
    let embeddings = random_rows(4, 8, 2);
    for recipe in recipes().into_iter().filter(LossRecipe::has_centers) {
        let loss = recipe.build(&context(4, 8, &SIZES)).unwrap();
        for sign in [1.0, -1.0] {
            let name = &loss.parameters()[0].name;
            let per_class = loss.parameters()[0].shape[0] / 4;
            let rows = embeddings.chunks(8).flat_map(|row| row.repeat(per_class)).map(|number| number * sign);
            let centers: Vec<f32> = rows.collect();
            let batch = Batch { embeddings: embeddings.clone(), classes: vec![0, 1, 2, 3], tuples: None };
            let outcome = evaluate(loss.as_ref(), &batch, |parameters| {
                let device = Device::flex();
                let data = TensorData::new(centers.clone(), [centers.len()]);
                parameters.set(name, Tensor::<1>::from_data(data, &device));
            });
            assert_sound(&format!("{recipe:?} {sign}"), &outcome);
        }
    }
}

#[test]
fn without_a_positive_or_a_tuple_what_compares_photos_is_zero_and_keeps_its_graph() {
    let zero = |recipe: &LossRecipe, classes: Vec<u32>, tuples: Option<Tuples>| {
        let loss = recipe.build(&context(4, 8, &SIZES)).unwrap();
        let batch = Batch { embeddings: random_rows(classes.len(), 8, 3), classes, tuples };
        let (value, gradient, _) = evaluate(loss.as_ref(), &batch, |_| ());
        assert_eq!(value, 0.0, "{recipe:?}");
        assert!(gradient.iter().all(|slope| *slope == 0.0), "{recipe:?}");
    };
    for recipe in recipes().into_iter().filter(|recipe| !recipe.has_centers()) {
        let none = Tuples::Pairs { positives: vec![], negatives: vec![] };
        zero(&recipe, vec![0, 0, 1, 1], Some(none));
        zero(&recipe, vec![0, 0, 1, 1], Some(Tuples::Triplets(vec![])));
        zero(&recipe, vec![2], None);
        if matches!(recipe, LossRecipe::Triplet(_) | LossRecipe::SupCon(_) | LossRecipe::Circle(_)) {
            zero(&recipe, vec![0, 1, 2, 3], None);
            zero(&recipe, vec![1, 1, 1, 1], None);
        }
    }
}

/// A mean over batches of random embeddings, before anything is learnt.
fn mean_at_start(recipe: LossRecipe, classes: usize, dimension: usize, photos: usize) -> (f64, f64) {
    let sizes = vec![4; classes];
    let context = LossContext { references: Some(photos), ..context(classes, dimension, &sizes) };
    let loss = recipe.build(&context).unwrap();
    let mut sum = 0.0;
    for seed in 0..8 {
        let embeddings = random_rows(photos, dimension, 100 + seed);
        let mut random = generator(seed, "classes", &[]);
        // Pairs of neighbours share a class: one positive each.
        let drawn: Vec<u32> = (0..photos / 2).map(|_| random.random_range(0..classes as u32)).collect();
        let labels = (0..photos).map(|place| drawn[place / 2]).collect();
        let batch = Batch { embeddings, classes: labels, tuples: None };
        sum += f64::from(evaluate(loss.as_ref(), &batch, |_| ()).0) / 8.0;
    }
    (sum, loss.levels().at_start.unwrap())
}

#[test]
fn random_embeddings_are_worth_what_the_levels_say() {
    for recipe in recipes() {
        if recipe.distance() == Some(LossDistance::RawEuclidean) {
            continue;
        }
        for (classes, dimension) in [(500, 64), (3000, 128)] {
            let (measured, told) = mean_at_start(recipe, classes, dimension, 32);
            let off = (measured - told).abs() / measured;
            assert!(off < 0.1, "{recipe:?} C {classes} d {dimension}: {measured} is told to be {told}");
        }
    }
}

#[test]
fn a_scale_beyond_what_the_dimensions_hold_is_told_too() {
    let recipe = serde_json::from_str(r#"{"kind":"arcface","scale":64,"margin":0.5}"#).unwrap();
    let (measured, told) = mean_at_start(recipe, 3000, 30, 32);
    assert!((measured - told).abs() < 0.12 * measured, "{measured} is told to be {told}");
}

#[test]
fn embeddings_on_one_point_are_worth_what_the_levels_say() {
    let photos = 16;
    let sizes = [4; 8];
    let context = LossContext { references: Some(photos), ..context(8, 12, &sizes) };
    // Proxies and the centres of CurricularFace do not settle on the point.
    let settles =
        |recipe: &LossRecipe| !matches!(recipe, LossRecipe::ProxyAnchor(_) | LossRecipe::CurricularFace(_));
    for recipe in recipes().into_iter().filter(settles) {
        let loss = recipe.build(&context).unwrap();
        let row = random_rows(1, 12, 9);
        let classes = (0..photos as u32).map(|place| place / 2).collect();
        let batch = Batch { embeddings: row.repeat(photos), classes, tuples: None };
        let (value, ..) = evaluate(loss.as_ref(), &batch, |parameters| {
            // Centres have gone to the point as well.
            for spec in loss.parameters().iter().filter(|spec| spec.shape.len() == 2) {
                let data = TensorData::new(row.repeat(spec.shape[0]), [spec.shape.iter().product::<usize>()]);
                parameters.set(&spec.name, Tensor::<1>::from_data(data, &Device::flex()));
            }
            if parameters.get("head.bias").is_some() {
                parameters.set("head.bias", Tensor::<1>::zeros([8], &Device::flex()));
            }
        });
        let told = loss.levels().collapsed.unwrap();
        // Drawn margins differ from their mean. And distances of equal rows come out of a product of matrices: how far from
        // zero, depends on the processor.
        let bound = if matches!(recipe, LossRecipe::ElasticFace(_)) { 0.2 } else { 5e-3 };
        assert!((f64::from(value) - told).abs() < bound * told, "{recipe:?}: {value} is told to be {told}");
    }
}

#[test]
fn the_soft_margin_stays_at_ln_2_when_collapsed() {
    let recipe = TripletRecipe { margin: TripletMargin::Soft, ..TripletRecipe::default() };
    let loss = LossRecipe::Triplet(recipe).build(&context(4, 8, &SIZES)).unwrap();
    assert!((loss.levels().collapsed.unwrap() - std::f64::consts::LN_2).abs() < 1e-6);
}

#[test]
fn class_similarities_are_cosines_with_the_nearest_centre() {
    let device = Device::flex().autodiff();
    for recipe in recipes() {
        let loss = recipe.build(&context(4, 8, &SIZES)).unwrap();
        let mut parameters = Parameters::default();
        loss.parameters().into_iter().for_each(|spec| parameters.add(spec, 3, &device));
        let leaves = parameters.leaves(|_, _| true);
        let similarities = loss.class_similarities(matrix(&random_rows(5, 8, 4), 8, &device), &leaves);
        assert_eq!(similarities.is_some(), recipe.has_centers());
        let Some(similarities) = similarities else { continue };
        assert_eq!(similarities.dims(), [5, 4], "{recipe:?}");
        if loss.similarities_are_cosines() {
            assert!(numbers(similarities).iter().all(|cosine| cosine.abs() <= 1.0 + 1e-6), "{recipe:?}");
        }
    }
}

/// ArcFace put together from burn's own operations: what the hand-written gradient must agree with.
fn composed_arcface(cosines: Tensor<2>, classes: &[u32], scale: f32, margin: f32) -> Tensor<1> {
    let photos = classes.len();
    let indices: Vec<i32> = classes.iter().map(|class| *class as i32).collect();
    let indices =
        Tensor::<2, burn::tensor::Int>::from_data(TensorData::new(indices, [photos, 1]), &cosines.device());
    let own = cosines.clone().gather(1, indices.clone());
    let sine = (own.clone() * own.clone()).neg().add_scalar(1.0).clamp_min(1e-7).sqrt();
    let turned = own.clone().mul_scalar(margin.cos()) - sine.mul_scalar(margin.sin());
    let logits = cosines.scatter(1, indices.clone(), turned - own, burn::tensor::IndexingUpdateOp::Add);
    burn::tensor::activation::log_softmax(logits.mul_scalar(scale), 1).gather(1, indices).mean().neg()
}

#[test]
fn the_written_out_gradient_of_arcface_is_that_of_burn() {
    let device = Device::flex().autodiff();
    let (classes, dimension, photos) = (300, 16, 24);
    let recipe: LossRecipe = serde_json::from_str(r#"{"kind":"arcface","scale":30,"margin":0.3}"#).unwrap();
    let loss = recipe.build(&context(classes, dimension, &vec![1; classes])).unwrap();
    let mut parameters = Parameters::default();
    loss.parameters().into_iter().for_each(|spec| parameters.add(spec, 3, &device));
    let labels: Vec<u32> = (0..photos as u32).map(|place| place * 7 % 300).collect();
    let batch =
        Batch { embeddings: random_rows(photos, dimension, 6), classes: labels.clone(), tuples: None };
    let (value, gradient, of_centers) = evaluate(loss.as_ref(), &batch, |_| ());
    let leaves = parameters.leaves(|_, _| true);
    let embeddings = matrix(&batch.embeddings, dimension, &device).require_grad();
    let cosines = loss.class_similarities(embeddings.clone(), &leaves).unwrap();
    let composed = composed_arcface(cosines, &labels, 30.0, 0.3);
    let gradients = composed.backward();
    assert!((numbers(composed)[0] - value).abs() < 1e-4);
    let (_, leaf) = leaves.iter().next().unwrap();
    let wanted = numbers(embeddings.grad(&gradients).unwrap())
        .into_iter()
        .chain(numbers(leaf.grad(&gradients).unwrap()));
    for (got, wanted) in gradient.into_iter().chain(of_centers).zip(wanted) {
        assert!((got - wanted).abs() < 1e-4, "{got} is not {wanted}");
    }
}
