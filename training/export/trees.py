"""Export trees, forests and boosted trees as one `TreeEnsemble` operator in double precision."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from training.errors import UnsupportedEstimatorError
from training.export.encoders import encode_columns
from training.export.ensemble import Tree, sum_of_trees
from training.export.graph import Graph
from training.export.lightgbm import trees_of as lightgbm_trees
from training.export.links import exponential, probabilities
from training.export.table import Table, matrix, select
from training.export.xgboost import trees_of as xgboost_trees

# onnxruntime refuses an empty category set (all go right but missing): no code is ever negative.
_NO_CODE = -1.0
# By the module and name of the class: nobody needs to install both.
OTHER_TREES = {
    "lightgbm.sklearn.LGBMClassifier": lightgbm_trees,
    "lightgbm.sklearn.LGBMRegressor": lightgbm_trees,
    "xgboost.sklearn.XGBClassifier": xgboost_trees,
    "xgboost.sklearn.XGBRegressor": xgboost_trees,
}


def kind_of(estimator: Any) -> str:
    """Return the module and the name of an estimator's class."""
    return f"{type(estimator).__module__}.{type(estimator).__qualname__}"


def export_hist_gradient_boosting(graph: Graph, estimator: Any, table: Table) -> str:
    """Export a HistGradientBoosting model: native categories, missing values, every link."""
    raw = score_of_hist_gradient_boosting(graph, estimator, table)
    if isinstance(estimator, HistGradientBoostingClassifier):
        return probabilities(graph, raw, classes=len(estimator.classes_))
    return exponential(graph, raw) if estimator.loss in {"poisson", "gamma"} else raw


def score_of_hist_gradient_boosting(graph: Graph, estimator: Any, table: Table) -> str:
    """Return the sum of the trees, (rows, 1), or (rows, classes) of more than two classes."""
    features = matrix(graph, _boosting_columns(graph, estimator, table))
    baseline = estimator._baseline_prediction.reshape(1, -1)  # noqa: SLF001 - no public form
    sums = sum_of_trees(graph, features, list(_boosting_trees(estimator)), baseline.shape[1])
    return graph.node("Add", sums, graph.constant(baseline))


def export_tree(graph: Graph, estimator: Any, table: Table) -> str:
    """Export one DecisionTree or ExtraTree."""
    return _forest(graph, [estimator], estimator, table)


def export_forest(graph: Graph, estimator: Any, table: Table) -> str:
    """Export a RandomForest or ExtraTrees model: the mean of its trees."""
    return _forest(graph, list(estimator.estimators_), estimator, table)


def export_gradient_boosting(graph: Graph, estimator: Any, table: Table) -> str:
    """Export a GradientBoosting model that starts from a constant."""
    trees = [
        _tree(member.tree_, estimator.learning_rate * member.tree_.value[:, 0, 0], target)
        for stage in estimator.estimators_
        for target, member in enumerate(stage)
    ]
    start = _start(estimator)
    sums = sum_of_trees(graph, _single_precision(graph, table), trees, start.shape[1])
    raw = graph.node("Add", sums, graph.constant(start))
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        return raw
    if estimator.loss == "exponential":
        raw = graph.node("Mul", raw, graph.constant(np.array([[2.0]])))
    return probabilities(graph, raw, classes=len(classes))


def split_columns(estimator: Any) -> dict[str, list[float]]:
    """Return the numeric splits per named column of a model of trees that takes raw columns."""
    names = getattr(estimator, "feature_names_in_", None)
    trees = _raw_trees(estimator)
    if names is None or not trees:
        return {}
    order = _column_order(estimator, len(names))
    found: dict[str, list[float]] = {}
    for tree in trees:
        for node in np.flatnonzero(tree.left >= 0).tolist():
            if node not in tree.sets and np.isfinite(tree.threshold[node]):
                name = str(names[order[tree.feature[node]]])
                found.setdefault(name, []).append(float(tree.threshold[node]))
    return found


def _raw_trees(estimator: Any) -> list[Tree]:
    if isinstance(estimator, HistGradientBoostingClassifier | HistGradientBoostingRegressor):
        return list(_boosting_trees(estimator))
    others = OTHER_TREES.get(kind_of(estimator))
    if others is not None:
        return list(others(estimator))
    members = np.ravel(np.asarray(getattr(estimator, "estimators_", [estimator]), dtype=object))
    return [_tree(member.tree_, 0.0, 0) for member in members if hasattr(member, "tree_")]


def _column_order(estimator: Any, count: int) -> list[int]:
    """Return the position in the estimator's columns of each column that its trees see."""
    if getattr(estimator, "_preprocessor", None) is None:
        return list(range(count))
    is_category = np.asarray(estimator.is_categorical_)
    return [*np.flatnonzero(is_category).tolist(), *np.flatnonzero(~is_category).tolist()]


def _boosting_columns(graph: Graph, estimator: Any, table: Table) -> Table:
    """Return the columns as the trees see them: encoded categories first, then the numbers."""
    if estimator._preprocessor is None:  # noqa: SLF001 - no public form
        return table
    is_category = np.asarray(estimator.is_categorical_)
    encoder = estimator._preprocessor.named_transformers_["encoder"]  # noqa: SLF001 - see above
    categories = select(graph, table, np.flatnonzero(is_category).tolist())
    numbers = select(graph, table, np.flatnonzero(~is_category).tolist())
    return (*encode_columns(graph, encoder, categories), *numbers)


def _boosting_trees(estimator: Any) -> Iterator[Tree]:
    for stage in estimator._predictors:  # noqa: SLF001 - no public form
        for target, predictor in enumerate(stage):
            yield _boosting_tree(predictor, target)


def _boosting_tree(predictor: Any, target: int) -> Tree:
    nodes = predictor.nodes
    leaf = nodes["is_leaf"].astype(bool)
    return Tree(
        feature=nodes["feature_idx"].astype(np.int64),
        threshold=nodes["num_threshold"].astype(np.float64),
        left=np.where(leaf, -1, nodes["left"].astype(np.int64)),
        right=np.where(leaf, -1, nodes["right"].astype(np.int64)),
        missing_left=nodes["missing_go_to_left"].astype(bool),
        weight=nodes["value"].astype(np.float64),
        target=target,
        sets={
            int(at): _left_set(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][at]])
            for at in np.flatnonzero(nodes["is_categorical"].astype(bool) & ~leaf)
        },
    )


def _left_set(bitset: NDArray[np.uint32]) -> list[float]:
    """Return the category codes that go left; the encoder makes every unseen one missing."""
    codes = range(32 * len(bitset))
    left = [float(code) for code in codes if int(bitset[code // 32]) >> (code % 32) & 1]
    return left or [_NO_CODE]


def _forest(graph: Graph, members: Sequence[Any], estimator: Any, table: Table) -> str:
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise UnsupportedEstimatorError("a forest with several targets; train one model per target")
    features = _single_precision(graph, table)
    count = np.array([[float(len(members))]])
    classes = getattr(estimator, "classes_", None)
    if classes is None:
        trees = [_tree(member.tree_, member.tree_.value[:, 0, 0], 0) for member in members]
        return graph.node("Div", sum_of_trees(graph, features, trees, 1), graph.constant(count))
    # A leaf has one target in this operator, so each class has its own copy of the trees.
    trees = [
        _tree(member.tree_, member.tree_.value[:, 0, position], position)
        for member in members
        for position in range(len(classes))
    ]
    sums = sum_of_trees(graph, features, trees, len(classes))
    return graph.node("Div", sums, graph.constant(count))


def _tree(tree: Any, weight: Any, target: int) -> Tree:
    return Tree(
        feature=tree.feature.astype(np.int64),
        threshold=tree.threshold.astype(np.float64),
        left=tree.children_left.astype(np.int64),
        right=tree.children_right.astype(np.int64),
        missing_left=tree.missing_go_to_left.astype(bool),
        weight=np.broadcast_to(weight, tree.feature.shape),
        target=target,
    )


def _start(estimator: Any) -> NDArray[np.float64]:
    """Return the constant that boosting starts from, on the raw scale, (1, targets)."""
    if not (
        estimator.init_ == "zero" or isinstance(estimator.init_, DummyClassifier | DummyRegressor)
    ):
        raise UnsupportedEstimatorError(
            f"GradientBoosting with init={type(estimator.init_).__name__}; leave init out"
        )
    row = np.zeros((1, estimator.n_features_in_), dtype=np.float32)
    start: NDArray[np.float64] = estimator._raw_predict_init(row)  # noqa: SLF001 - no public form
    return start.reshape(1, -1).astype(np.float64)


def _single_precision(graph: Graph, table: Table) -> str:
    """Return the features rounded to float32, as scikit-learn's trees compare them."""
    return graph.cast(graph.cast(matrix(graph, table), np.float32), np.float64)
