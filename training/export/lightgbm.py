"""Export LightGBM's models of trees: their own categories and missing values, in double precision.

LightGBM is asked for its dump and not imported: a job without it starts without it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from training.errors import UnsupportedEstimatorError
from training.export.ensemble import Tree, sum_of_trees
from training.export.graph import Graph
from training.export.links import exponential, probabilities
from training.export.table import Piece, Table, lookup, matrix, select

_LOG_LINKS = ("poisson", "gamma", "tweedie")
_PLAIN = ("regression", "regression_l1", "huber", "fair", "quantile", "mape")


def export_lightgbm(graph: Graph, estimator: Any, table: Table) -> str:
    """Export an LGBMClassifier or LGBMRegressor; what was stopped early ends at its best tree."""
    dump = _dump(estimator)
    objective, *options = str(dump.get("objective", "")).split()
    targets = int(dump["num_tree_per_iteration"])
    features = matrix(graph, _columns(graph, estimator, dump, table))
    raw = sum_of_trees(graph, features, list(trees_of(estimator)), targets)
    if objective == "multiclass":
        return graph.node("Softmax", raw, axis=1)
    if objective == "binary":
        return probabilities(graph, raw, classes=2, slope=_slope(options))
    if objective in _LOG_LINKS:
        return exponential(graph, raw)
    if objective in _PLAIN and "sqrt" not in options:
        return raw
    raise UnsupportedEstimatorError(
        f"LightGBM with the objective {' '.join([objective, *options])!r}; use binary, multiclass,"
        f" or one of {', '.join((*_PLAIN, *_LOG_LINKS))}"
    )


def trees_of(estimator: Any) -> Iterator[Tree]:
    """Yield the trees as arrays, in the order of LightGBM, each with its target."""
    dump = _dump(estimator)
    targets = int(dump["num_tree_per_iteration"])
    for place, tree in enumerate(dump["tree_info"]):
        yield _tree(tree["tree_structure"], place % targets)


def _dump(estimator: Any) -> dict[str, Any]:
    if estimator.boosting_type == "rf" or estimator.get_params().get("linear_tree"):
        raise UnsupportedEstimatorError("LightGBM with boosting_type rf or linear_tree; use gbdt")
    best = int(getattr(estimator, "best_iteration_", 0) or 0)
    found: dict[str, Any] = estimator.booster_.dump_model(num_iteration=best or -1)
    return found


def _slope(options: list[str]) -> float:
    return next((float(o.partition(":")[2]) for o in options if o.startswith("sigmoid:")), 1.0)


def _columns(graph: Graph, estimator: Any, dump: dict[str, Any], table: Table) -> Table:
    """Return the columns as LightGBM sees them: a category is its position in pandas' list."""
    lists = list(dump.get("pandas_categorical") or ())
    columns = select(graph, table, list(range(len(table)))) if lists else table
    found: list[Piece] = []
    for piece in columns:
        if piece.categories is None or not lists:
            found.append(piece)
            continue
        known = {value: float(place) for place, value in enumerate(lists.pop(0))}
        codes = [np.nan, *(known.get(value, np.nan) for value in piece.categories)]
        found.append(lookup(graph, piece, np.array(codes).reshape(-1, 1)))
    if lists:
        raise UnsupportedEstimatorError(
            f"{type(estimator).__name__} was fitted on other category columns than it now takes"
        )
    return tuple(found)


def _tree(root: dict[str, Any], target: int) -> Tree:
    """Lay a tree of nested documents out as arrays."""
    nodes: list[dict[str, Any]] = []
    left, right = [], []
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        nodes.append(node)
        is_leaf = "leaf_value" in node
        left.append(-1 if is_leaf else len(nodes) + len(waiting))
        right.append(-1 if is_leaf else len(nodes) + len(waiting) + 1)
        if not is_leaf:
            waiting += [node["left_child"], node["right_child"]]
    return Tree(
        feature=np.array([node.get("split_feature", 0) for node in nodes], dtype=np.int64),
        threshold=np.array([_threshold(node) for node in nodes]),
        left=np.array(left, dtype=np.int64),
        right=np.array(right, dtype=np.int64),
        missing_left=np.array([_missing_goes_left(node) for node in nodes], dtype=bool),
        weight=np.array([node.get("leaf_value", 0.0) for node in nodes]),
        target=target,
        sets={
            place: [float(code) for code in node["threshold"].split("||")]
            for place, node in enumerate(nodes)
            if node.get("decision_type") == "=="
        },
    )


def _threshold(node: dict[str, Any]) -> float:
    return float(node["threshold"]) if node.get("decision_type") == "<=" else 0.0


def _missing_goes_left(node: dict[str, Any]) -> bool:
    """Tell where a missing value goes; without a rule of its own LightGBM takes it for zero."""
    if node.get("decision_type") != "<=":
        return False
    if node["missing_type"] == "Zero":
        raise UnsupportedEstimatorError("LightGBM with zero_as_missing; leave it out")
    if node["missing_type"] == "None":
        return bool(float(node["threshold"]) >= 0.0)
    return bool(node["default_left"])
