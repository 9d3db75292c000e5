//! What is done to maps: convolutions, maxima over windows, squeeze and excitation.

use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::module::{conv2d, max_pool2d};
use burn::tensor::ops::{ConvOptions, MaxPoolOptions};
use resight_model::{Convolution, Linear, Padding, SqueezeExcite};

use super::pass::{Pass, activate};

impl Pass<'_> {
    /// A convolution, padded as it says.
    pub(super) fn convolution(&self, layer: &Convolution, maps: Tensor<4>) -> Tensor<4> {
        let precision = maps.dtype();
        let weight = self.leaf::<4>(&layer.weight(), precision);
        let bias = layer.bias_name().map(|name| self.leaf::<1>(&name, precision));
        let pads = sides(layer.padding, layer.kernel, layer.stride, &maps);
        let options = ConvOptions::new_with_padding([layer.stride; 2], pads, [1, 1], layer.groups);
        conv2d(maps, weight, bias, options)
    }

    /// A matrix product at every place: a convolution of one pixel.
    pub(super) fn linear_of_maps(&self, layer: &Linear, maps: Tensor<4>) -> Tensor<4> {
        let precision = maps.dtype();
        let weight = self.leaf::<2>(&layer.weight(), precision).reshape([layer.outputs, layer.inputs, 1, 1]);
        let bias = layer.bias_name().map(|name| self.leaf::<1>(&name, precision));
        conv2d(maps, weight, bias, ConvOptions::new([1, 1], [0, 0], [1, 1], 1))
    }

    /// Every channel times a number that hangs on the means of all: J. Hu, L. Shen and G. Sun,
    /// "Squeeze-and-Excitation Networks" (2018).
    pub(super) fn squeeze_excite(&self, layer: &SqueezeExcite, maps: Tensor<4>) -> Tensor<4> {
        let means = maps.clone().mean_dim(3).mean_dim(2);
        let few = activate(layer.activation, self.convolution(&layer.reduce, means));
        maps * sigmoid(self.convolution(&layer.expand, few))
    }
}

/// The greatest number of each window; what lies outside the maps is never the greatest.
pub(super) fn max_pool(kernel: usize, stride: usize, padding: Padding, maps: Tensor<4>) -> Tensor<4> {
    let pads = sides(padding, kernel, stride, &maps);
    let options = MaxPoolOptions::new([kernel; 2]).with_stride([stride; 2]).with_padding_pairs(pads);
    max_pool2d(maps, options)
}

/// Rows above and below, columns left and right.
fn sides(padding: Padding, kernel: usize, stride: usize, maps: &Tensor<4>) -> [(usize, usize); 2] {
    let [_, _, height, width] = maps.dims();
    [height, width].map(|side| {
        let found = padding.margins(side, kernel, stride);
        (found.before, found.after)
    })
}
