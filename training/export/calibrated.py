"""Export a calibrated classifier: Platt's logistic function of the score of the one inside."""

from typing import Any

import numpy as np

from training.errors import UnsupportedEstimatorError
from training.export.graph import Graph
from training.export.links import probabilities


def inner_of(estimator: Any) -> Any:
    """Return the fitted classifier inside; UnsupportedEstimatorError for what has several."""
    members = estimator.calibrated_classifiers_
    if len(members) != 1 or estimator.method != "sigmoid" or len(estimator.classes_) > 2:  # noqa: PLR2004 - two classes have one score
        raise UnsupportedEstimatorError(
            "CalibratedClassifierCV with several members, more than two classes or"
            f" method={estimator.method!r}; use ensemble=False and method='sigmoid' on two classes"
        )
    return members[0].estimator


def export_calibrated(graph: Graph, estimator: Any, score: str) -> str:
    """Return the probabilities: the logistic function of -(a score + b) (Platt 1999)."""
    (calibrator,) = estimator.calibrated_classifiers_[0].calibrators
    slope = graph.constant(np.array([[-float(calibrator.a_)]]))
    start = graph.constant(np.array([[-float(calibrator.b_)]]))
    calibrated = graph.node("Add", graph.node("Mul", score, slope), start)
    return probabilities(graph, calibrated, classes=2)
