"""Export what has no exporter of ours through skl2onnx, in single precision."""

import warnings
from typing import Any

import numpy as np
from onnx import compose, load_from_string
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from skl2onnx.common.exceptions import MissingConverter, MissingShapeCalculator
from sklearn.base import is_classifier, is_regressor

from training.errors import UnsupportedEstimatorError
from training.export.graph import ML_DOMAIN, OPSET, OTHER_ML_OPSET, Graph
from training.export.table import Piece, Table, matrix, width_of

_REFUSALS = (
    MissingConverter,
    MissingShapeCalculator,
    RuntimeError,
    NotImplementedError,
    ValueError,
    TypeError,
    AttributeError,
    KeyError,
)


def export_other(graph: Graph, estimator: Any, table: Table, supported: str) -> str:
    """Add skl2onnx's graph of a classifier, regressor or transformer; return its main output."""
    model = _converted(estimator, width_of(table), supported)
    prefixed = compose.add_prefix(model, graph.name("other"))
    features = graph.cast(matrix(graph, table), np.float32)
    source = prefixed.graph.input[0].name
    for node in prefixed.graph.node:
        node.input[:] = [features if name == source else name for name in node.input]
    graph.nodes.extend(prefixed.graph.node)
    graph.initializers.extend(prefixed.graph.initializer)
    wanted = 1 if is_classifier(estimator) else 0
    return graph.cast(prefixed.graph.output[wanted].name, np.float64)


def export_other_transformer(graph: Graph, transformer: Any, table: Table, supported: str) -> Table:
    """Add skl2onnx's graph of a transformer and return its columns."""
    tensor = export_other(graph, transformer, table, supported)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        width = transformer.transform(np.ones((1, width_of(table)))).shape[1]
    return (Piece(tensor, width),)


def _converted(estimator: Any, width: int, supported: str) -> Any:
    options = {id(estimator): {"zipmap": False}} if is_classifier(estimator) else None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = convert_sklearn(
                estimator,
                initial_types=[("features", FloatTensorType([None, width]))],
                target_opset={"": OPSET, ML_DOMAIN: OTHER_ML_OPSET},
                options=options,
            )
    except _REFUSALS as error:
        kind = "regressor" if is_regressor(estimator) else "step"
        raise UnsupportedEstimatorError(
            f"{type(estimator).__name__} is a {kind} that cannot be exported to ONNX "
            f"({type(error).__name__}); use one of: {supported}"
        ) from error
    return load_from_string(model.SerializeToString())
