"""Writes the network of the bundle `outline` that the program carries: U²-Net-p, which says of each pixel whether it belongs
to the one thing that stands out in a crop.

    pip install onnx==1.23.2 onnxruntime==1.32.0
    python export.py u2netp.onnx model.onnx

`u2netp.onnx` is what `resight models pull u2netp` brings: X. Qin et al., "U²-Net: Going deeper with nested U-structure for
salient object detection", 2020, Apache-2.0, trained on DUTS; SHA-256
309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8. Nothing is trained here: what follows from the size of the
input is computed once, the seven outputs become one, weights rest in half precision and are widened before use.

What goes in: 1 x 3 x 320 x 320. What comes out: `mask`, 1 x 1 x 320 x 320, 0 to 1 before it is scaled to its own least and
greatest. The outline itself is found by the program (`crates/compare/src/outline`).
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from half_precision import at_rest  # noqa: E402

SIDE = 320


def folded(path):
    """The network with everything computed that follows from the size of its input, and its first output alone."""
    model = onnx.load(path)
    del model.graph.output[1:]
    with tempfile.TemporaryDirectory() as folder:
        one, plain = str(Path(folder) / "one.onnx"), str(Path(folder) / "plain.onnx")
        onnx.save(model, one)
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = plain
        onnxruntime.InferenceSession(one, options, providers=["CPUExecutionProvider"])
        return onnx.load(plain)


def renamed(model, names):
    for value in [*model.graph.input, *model.graph.output]:
        value.name = names.get(value.name, value.name)
    for node in model.graph.node:
        for values in (node.input, node.output):
            for at, name in enumerate(values):
                values[at] = names.get(name, name)


def main(source, path):
    model = folded(source)
    renamed(model, {model.graph.input[0].name: "image", model.graph.output[0].name: "mask"})
    del model.graph.value_info[:]
    model.graph.name = "outline"
    model.doc_string = ""
    at_rest(model)
    model.ir_version = 8
    del model.opset_import[:]
    model.opset_import.extend([onnx.helper.make_opsetid("", 11)])
    onnx.checker.check_model(model)
    onnx.save(model, path)
    image = np.random.default_rng(1).normal(size=(1, 3, SIDE, SIDE)).astype(np.float32)
    before = onnxruntime.InferenceSession(source).run(None, {"input.1": image})[0]
    after = onnxruntime.InferenceSession(path).run(None, {"image": image})[0]
    print(f"{sorted({node.op_type for node in model.graph.node})}, greatest difference {np.abs(before - after).max():.1e}")


main(*sys.argv[1:])
