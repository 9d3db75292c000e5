//! A loss whose value and gradient were worked out by hand, put back into the gradient graph.
//!
//! Losses here are functions of one matrix: similarities to centres, or distances between photos. What the matrix is
//! made of (embeddings, weights) burn differentiates; from the matrix to the loss each file writes its formula and
//! its derivative side by side, in plain arithmetic. So a loss costs two passes over the matrix instead of ten, and
//! there is no place where infinity times zero makes a value that is no number.

use burn::tensor::{Tensor, TensorData};

/// A number in the graph that has this value and this gradient with respect to `input`.
///
/// # Shapes
/// `gradient` is row-major, as long as `input` has numbers.
pub(super) fn with_gradient<const D: usize>(value: f64, input: Tensor<D>, gradient: Vec<f32>) -> Tensor<1> {
    let data = TensorData::new(gradient, input.dims());
    let gradient = Tensor::<D>::from_data(data, (&input.device(), input.dtype()));
    // The sum minus itself: nothing is left of its value, all of its slope.
    let slope = (input * gradient).sum();
    let level = slope.clone().detach();
    slope - level + value
}

/// Multiplies slopes by the same factor. What is too small to move anything becomes 0: subnormal numbers would make the
/// matrix products of the backward pass many times slower.
pub(super) fn scale_slopes(slopes: &mut [f32], factor: f32) {
    for slope in slopes {
        *slope *= factor;
        if slope.abs() < 1e-30 {
            *slope = 0.0;
        }
    }
}

/// The numbers of a matrix, row-major, outside the graph.
pub(super) fn matrix_numbers(matrix: &Tensor<2>) -> Vec<f32> {
    crate::parameters::numbers(matrix.clone().detach())
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn a_given_gradient_flows_on_through_what_the_input_was_made_of() {
        let device = Device::flex().autodiff();
        let leaf = Tensor::<2>::from_floats([[1.0, -2.0], [3.0, 0.5]], &device).require_grad();
        let loss = with_gradient(0.75, leaf.clone().mul_scalar(3.0), vec![1.0, 0.0, -2.0, 0.25]);
        assert_eq!(crate::parameters::numbers(loss.clone()), [0.75]);
        let gradient = leaf.grad(&loss.backward()).unwrap();
        assert_eq!(crate::parameters::numbers(gradient), [3.0, 0.0, -6.0, 0.75]);
    }

    #[test]
    fn slopes_too_small_to_count_become_zero_and_others_stay() {
        let mut slopes = [2.0, -1e-20, 1e-31, -1e-40, f32::NAN];
        scale_slopes(&mut slopes, 0.5);
        assert_eq!(slopes[..4], [1.0, -5e-21, 0.0, 0.0]);
        assert!(slopes[4].is_nan());
    }

    #[test]
    fn what_is_no_number_is_not_hidden() {
        let device = Device::flex().autodiff();
        let leaf = Tensor::<2>::from_floats([[f32::NAN, 1.0]], &device).require_grad();
        let loss = with_gradient(0.5, leaf, vec![0.0, 0.0]);
        assert!(crate::parameters::numbers(loss)[0].is_nan());
    }
}
