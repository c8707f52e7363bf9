"""Export imputers, scalers and linear models in double precision."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.kinds import CategoryValue
from training.errors import UnsupportedEstimatorError
from training.export.graph import Graph
from training.export.links import probabilities
from training.export.table import Piece, Table, matrix, recode, select, single_columns, width_of


def export_scaler(graph: Graph, scaler: Any, table: Table) -> Table:
    """Export a StandardScaler, RobustScaler, MaxAbsScaler: (x - centre) / scale."""
    tensor = matrix(graph, table)
    centre = getattr(scaler, "center_", None)
    if getattr(scaler, "with_mean", False):
        centre = scaler.mean_
    if centre is not None:
        tensor = graph.node("Sub", tensor, _row(graph, centre))
    if scaler.scale_ is not None:
        tensor = graph.node("Div", tensor, _row(graph, scaler.scale_))
    return (Piece(tensor, width_of(table)),)


def export_min_max_scaler(graph: Graph, scaler: Any, table: Table) -> Table:
    """Export a MinMaxScaler: x * scale + min, clipped when it clips."""
    tensor = graph.node("Mul", matrix(graph, table), _row(graph, scaler.scale_))
    tensor = graph.node("Add", tensor, _row(graph, scaler.min_))
    if scaler.clip:
        low, high = (graph.constant(np.float64(limit)) for limit in scaler.feature_range)
        tensor = graph.node("Clip", tensor, low, high)
    return (Piece(tensor, width_of(table)),)


def export_imputer(graph: Graph, imputer: Any, table: Table) -> Table:
    """Export a SimpleImputer of NaN, for numbers and for categories, with its indicator."""
    if not (isinstance(imputer.missing_values, float) and np.isnan(imputer.missing_values)):
        raise UnsupportedEstimatorError(
            f"SimpleImputer(missing_values={imputer.missing_values!r}); only NaN is a missing value"
        )
    columns = single_columns(graph, table)
    filled = tuple(
        _fill(graph, column, value)
        for column, value in zip(columns, imputer.statistics_, strict=True)
        if not _is_nan(value)
    )
    if imputer.indicator_ is None:
        return filled
    flagged = select(graph, columns, imputer.indicator_.features_.tolist())
    return (*filled, *(_missing(graph, column) for column in flagged))


def export_linear_regressor(graph: Graph, estimator: Any, table: Table) -> str:
    """Export a linear regression: x @ coef + intercept."""
    coefficients = np.asarray(estimator.coef_, dtype=np.float64).reshape(-1, 1)
    intercept = np.asarray(estimator.intercept_, dtype=np.float64).reshape(1, 1)
    return graph.affine(matrix(graph, table), coefficients, intercept)


def export_log_linear_regressor(graph: Graph, estimator: Any, table: Table) -> str:
    """Export a PoissonRegressor, GammaRegressor or TweedieRegressor: exp of a linear score."""
    score = export_linear_regressor(graph, estimator, table)
    is_identity = estimator.__dict__.get("link") == "identity" or (
        estimator.__dict__.get("link") == "auto" and estimator.power <= 0
    )
    return score if is_identity else graph.node("Exp", score)


def export_logistic_regression(graph: Graph, estimator: Any, table: Table) -> str:
    """Export a LogisticRegression: the logistic function of a score, or softmax of several."""
    score = score_of_logistic_regression(graph, estimator, table)
    return probabilities(graph, score, classes=len(estimator.classes_))


def score_of_logistic_regression(graph: Graph, estimator: Any, table: Table) -> str:
    """Return the score of each row, (rows, 1) of two classes, else (rows, classes)."""
    coefficients = np.asarray(estimator.coef_, dtype=np.float64).T
    intercept = np.asarray(estimator.intercept_, dtype=np.float64).reshape(1, -1)
    return graph.affine(matrix(graph, table), coefficients, intercept)


def _fill(graph: Graph, column: Piece, value: Any) -> Piece:
    if column.categories is not None:
        return _fill_category(graph, column, column.categories, value)
    number = graph.constant(np.array([[float(value)]]))
    missing = graph.node("IsNaN", column.tensor)
    return Piece(graph.node("Where", missing, number, column.tensor))


def _fill_category(
    graph: Graph, column: Piece, categories: tuple[CategoryValue, ...], value: Any
) -> Piece:
    extended = categories if value in categories else (*categories, value)
    codes = [extended.index(value), *range(len(categories))]
    return recode(graph, column, codes, extended)


def _missing(graph: Graph, column: Piece) -> Piece:
    if column.categories is None:
        flag = graph.node("IsNaN", column.tensor)
    else:
        zero = graph.constant(np.array([[0]], dtype=np.int64))
        flag = graph.node("Less", column.tensor, zero)
    return Piece(graph.cast(flag, np.float64))


def _row(graph: Graph, values: NDArray[np.float64]) -> str:
    return graph.constant(np.asarray(values, dtype=np.float64).reshape(1, -1))


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and np.isnan(value)
