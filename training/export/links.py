"""From the sum of trees to an answer: probabilities, or a number on the scale of the target."""

import numpy as np

from training.export.graph import Graph


def probabilities(graph: Graph, raw: str, *, classes: int, slope: float = 1.0) -> str:
    """Return (rows, classes) probabilities of a score: softmax, or the logistic of one column."""
    if classes > 2:  # noqa: PLR2004 - more than two classes have a score each
        return graph.node("Softmax", raw, axis=1)
    if slope != 1.0:
        raw = graph.node("Mul", raw, graph.constant(np.array([[slope]])))
    positive = graph.node("Sigmoid", raw)
    negative = graph.node("Sub", graph.constant(np.array([[1.0]])), positive)
    return graph.concat([negative, positive])


def exponential(graph: Graph, raw: str) -> str:
    """Return the number behind a log link."""
    return graph.node("Exp", raw)
