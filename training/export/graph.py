"""Build an ONNX graph node by node, in double precision."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

ML_DOMAIN = "ai.onnx.ml"
OPSET = 18
TREE_ML_OPSET = 5  # the first with TreeEnsemble, which has double precision and category sets
OTHER_ML_OPSET = 3  # the last with the float operators that skl2onnx uses
IR_VERSION = 10


class Graph:
    """Nodes and constants under names of their own; `node` and `constant` return tensor names."""

    def __init__(self) -> None:
        """Start empty."""
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self._counter = 0

    def name(self, stem: str) -> str:
        """Return a name that no other tensor has."""
        self._counter += 1
        return f"{stem}#{self._counter}"

    def constant(self, values: Any) -> str:
        """Add a constant tensor of the array's own type."""
        name = self.name("constant")
        self.initializers.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, operator: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator with one output."""
        output = self.name(operator)
        self.nodes.append(
            helper.make_node(operator, list(inputs), [output], domain=domain, **attributes)
        )
        return output

    def cast(self, tensor: str, numpy_type: type) -> str:
        """Convert a tensor to another type."""
        target = helper.np_dtype_to_tensor_dtype(np.dtype(numpy_type))
        return self.node("Cast", tensor, to=target)

    def concat(self, tensors: Sequence[str]) -> str:
        """Join matrices side by side."""
        return tensors[0] if len(tensors) == 1 else self.node("Concat", *tensors, axis=1)

    def affine(
        self, tensor: str, factors: NDArray[np.float64], offsets: NDArray[np.float64]
    ) -> str:
        """Return tensor @ factors + offsets."""
        product = self.node("MatMul", tensor, self.constant(factors.astype(np.float64)))
        return self.node("Add", product, self.constant(offsets.astype(np.float64)))

    def model(self, inputs: Mapping[str, type], output: tuple[str, str, int]) -> bytes:
        """Return the file of the graph; `output` is its tensor, its public name and its width."""
        tensor, name, width = output
        self.nodes.append(helper.make_node("Identity", [tensor], [name]))
        graph = helper.make_graph(
            self.nodes,
            "model",
            [_description(key, kind, 1) for key, kind in inputs.items()],
            [_description(name, np.float64, width)],
            self.initializers,
        )
        return self._file(graph)

    def _file(self, graph: Any) -> bytes:
        trees = any(node.op_type == "TreeEnsemble" for node in self.nodes)
        version = TREE_ML_OPSET if trees else OTHER_ML_OPSET
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(ML_DOMAIN, version)]
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="loopwright"
        )
        onnx.checker.check_model(model)
        body: bytes = model.SerializeToString(deterministic=True)
        return body


def _description(name: str, kind: type, width: int) -> Any:
    element = TensorProto.INT64 if kind is np.int64 else TensorProto.DOUBLE
    return helper.make_tensor_value_info(name, element, [None, width])
