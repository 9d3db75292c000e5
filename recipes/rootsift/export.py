"""Writes the network of the bundle `rootsift` that the program carries: it makes gray values of colours, and nothing else.

    pip install onnx==1.23.2
    python export.py model.onnx

What goes in: n x 3 x height x width, RGB, 0 to 1. What comes out: `gray`, n x 1 x height x width, 0 to 255, by the weights
of Rec. 601, as OpenCV's `COLOR_RGB2GRAY` has them. Keypoints and descriptors are found in it by the program itself.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def main(path):
    weights = 255.0 * np.array([0.299, 0.587, 0.114], dtype=np.float32).reshape(1, 3, 1, 1)
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 3, 448, 448])
    gray = helper.make_tensor_value_info("gray", TensorProto.FLOAT, ["n", 1, 448, 448])
    node = helper.make_node("Conv", ["image", "weights"], ["gray"], name="gray", kernel_shape=[1, 1])
    graph = helper.make_graph([node], "rootsift", [image], [gray], [numpy_helper.from_array(weights, "weights")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


main(sys.argv[1])
