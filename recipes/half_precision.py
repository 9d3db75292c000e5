"""What the recipes of bundles share: networks whose weights lie in half precision."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper


def at_rest(model):
    """Large tensors in half precision, widened by a step before all others."""
    graph, casts = model.graph, []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < 64:
            continue
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), tensor.name + "/half")
        casts.append(helper.make_node("Cast", [half.name], [tensor.name], name=tensor.name + "/widen", to=TensorProto.FLOAT))
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)
