"""Export XGBoost's models of trees.

XGBoost compares and sums in single precision; here single-precision inputs are compared exactly as
it does, and the leaves are summed in double. So an answer differs by the rounding of XGBoost's sum:
about a millionth, which is why the tolerance of the parity gate is the one of single precision.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import UnsupportedEstimatorError
from training.export.ensemble import Tree, sum_of_trees
from training.export.graph import Graph
from training.export.links import exponential, probabilities
from training.export.table import Table, matrix

_LOGISTIC = ("binary:logistic",)
_SOFTMAX = ("multi:softprob", "multi:softmax")
_LOG_LINKS = ("count:poisson", "reg:gamma", "reg:tweedie")
_PLAIN = ("reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror", "reg:quantileerror")


def export_xgboost(graph: Graph, estimator: Any, table: Table) -> str:
    """Export an XGBClassifier or XGBRegressor; what was stopped early ends at its best round."""
    if any(piece.categories is not None for piece in table):
        raise UnsupportedEstimatorError(
            "XGBoost with columns of categories; encode them in the pipeline, with OneHotEncoder,"
            " OrdinalEncoder or TargetEncoder"
        )
    learner = _learner(estimator)
    objective = learner["objective"]["name"]
    trees = list(trees_of(estimator))
    targets = max((tree.target for tree in trees), default=0) + 1
    rounded = graph.cast(graph.cast(matrix(graph, table), np.float32), np.float64)
    start = _start(objective, learner["learner_model_param"], targets)
    raw = graph.node("Add", sum_of_trees(graph, rounded, trees, targets), graph.constant(start))
    if objective in (*_LOGISTIC, *_SOFTMAX):
        return probabilities(graph, raw, classes=targets if targets > 1 else 2)
    return exponential(graph, raw) if objective in _LOG_LINKS else raw


def trees_of(estimator: Any) -> Iterator[Tree]:
    """Yield the trees as arrays, in the order of XGBoost, each with its target."""
    model = _learner(estimator)["gradient_booster"]["model"]
    kept = model.get("weight_drop") or [1.0] * len(model["trees"])
    for tree, target, share in zip(model["trees"], model["tree_info"], kept, strict=True):
        yield _tree(tree, int(target), float(share))


def _learner(estimator: Any) -> dict[str, Any]:
    booster = estimator.get_booster()
    best = getattr(estimator, "best_iteration", None) if _stops_early(estimator) else None
    if best is not None:
        booster = booster[: best + 1]
    learner: dict[str, Any] = json.loads(booster.save_raw("json"))["learner"]
    if learner["gradient_booster"]["name"] != "gbtree":
        kind = learner["gradient_booster"]["name"]
        raise UnsupportedEstimatorError(f"XGBoost with booster={kind!r}; use gbtree")
    objective = learner["objective"]["name"]
    known = (*_LOGISTIC, *_SOFTMAX, *_LOG_LINKS, *_PLAIN)
    if objective not in known:
        raise UnsupportedEstimatorError(
            f"XGBoost with the objective {objective!r}; use one of {', '.join(known)}"
        )
    return learner


def _stops_early(estimator: Any) -> bool:
    return bool(estimator.get_params().get("early_stopping_rounds"))


def _start(objective: str, parameters: dict[str, str], targets: int) -> NDArray[np.float64]:
    """Return what the sum starts from, on the raw scale, (1, targets)."""
    text = parameters["base_score"]
    given = json.loads(text) if text.startswith("[") else [float(text)]
    values = [float(value) for value in given] * (targets if len(given) == 1 else 1)
    if objective in _LOGISTIC:
        values = [math.log(value / (1 - value)) for value in values]
    elif objective in _LOG_LINKS:
        values = [math.log(value) for value in values]
    return np.array([values], dtype=np.float64)


def _tree(tree: dict[str, Any], target: int, share: float) -> Tree:
    """Return a tree as arrays; `share` is its weight where trees were dropped in training."""
    left = np.array(tree["left_children"], dtype=np.int64)
    splits = np.array(tree["split_conditions"], dtype=np.float32)
    leaf = left < 0
    # Left is x < split there and x <= threshold here: the next smaller number of single precision.
    below = np.nextafter(splits, np.float32(-np.inf)).astype(np.float64)
    return Tree(
        feature=np.array(tree["split_indices"], dtype=np.int64),
        threshold=np.where(leaf, 0.0, below),
        left=left,
        right=np.array(tree["right_children"], dtype=np.int64),
        missing_left=np.array(tree["default_left"], dtype=bool),
        weight=np.where(leaf, splits.astype(np.float64) * share, 0.0),
        target=target,
    )
