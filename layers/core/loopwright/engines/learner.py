"""The learner of the feasibility gate: a small gradient boosting against a dummy, in folds."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.model_selection import KFold, StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped] # ships no types

from loopwright.domain.feasibility import Fold
from loopwright.domain.metrics import estimate
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.spec import Task
from loopwright.errors import InputError

MOST_CATEGORIES = 255
_SMALL = {
    "max_iter": 80,
    "learning_rate": 0.1,
    "max_leaf_nodes": 15,
    "l2_regularization": 1.0,
    "early_stopping": False,
}


class GradientBoostingLearner:
    """Histogram gradient boosting with categories coded by their order.

    One thread: on a bounded sample more gain little, and on busy cores OpenMP's threads wait for
    each other (measured: 3 s become 45 s).
    """

    def cross_validate(
        self,
        features: Mapping[str, NDArray[Any]],
        target: NDArray[Any],
        *,
        task: Task,
        metric: str,
        folds: int,
        seed: int,
    ) -> tuple[Fold, ...]:
        """Score the learner and a dummy on the same folds (stratified for a classification).

        InputError when a fold does not define the metric.
        """
        table, categorical = _code_features(features)
        outcome = _code_target(target, task)
        options = {**_SMALL, "categorical_features": categorical, "random_state": seed}
        with threadpool_limits(1):
            return tuple(
                _score_fold(table, outcome, rows, task=task, metric=metric, options=options)
                for rows in _splits(outcome, task, folds, seed)
            )


_Rows = tuple[NDArray[np.int64], NDArray[np.int64]]


def _score_fold(
    table: NDArray[np.float64],
    outcome: NDArray[Any],
    rows: _Rows,
    *,
    task: Task,
    metric: str,
    options: Mapping[str, Any],
) -> Fold:
    train, test = rows
    # The learner's binning cannot take a column without a value; as a constant it does no harm.
    table = np.where(np.isnan(table[train]).all(axis=0), 0.0, table)
    if task == "regression":
        learner, dummy = HistGradientBoostingRegressor(**options), DummyRegressor()
    else:
        learner, dummy = HistGradientBoostingClassifier(**options), DummyClassifier()
    scores = [
        _score(model.fit(table[train], outcome[train]), table[test], outcome[test], task, metric)
        for model in (learner, dummy)
    ]
    return Fold(train_rows=len(train), test_rows=len(test), score=scores[0], dummy_score=scores[1])


def _score(
    model: Any,
    table: NDArray[np.float64],
    outcome: NDArray[Any],
    task: Task,
    metric: str,
) -> float:
    probabilities = None if task == "regression" else model.predict_proba(table)
    positive = 1 if task == "binary" else None
    found = estimate(metric, Answers(outcome, model.predict(table), probabilities, positive))
    if found is None:
        message = f"{metric} is not defined on a fold of {len(outcome)} rows; use fewer folds"
        raise InputError(message)
    return found.value


def _splits(outcome: NDArray[Any], task: Task, folds: int, seed: int) -> Iterator[_Rows]:
    kind = KFold if task == "regression" else StratifiedKFold
    splitter = kind(n_splits=folds, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros(len(outcome)), outcome)


def _code_features(
    features: Mapping[str, NDArray[Any]],
) -> tuple[NDArray[np.float64], list[bool]]:
    """Return one float matrix, and which of its columns the learner takes as categories."""
    coded = [_code_column(column) for column in features.values()]
    table = np.column_stack([column for column, _ in coded])
    return table, [categories for _, categories in coded]


def _code_column(column: NDArray[Any]) -> tuple[NDArray[np.float64], bool]:
    """Code categories by the order of their text, NaN for missing; more than 255 stay numbers."""
    if column.dtype != object:
        return column.astype(np.float64), False
    values = column.tolist()
    present = sorted({value for value in values if value is not None}, key=_order)
    codes: dict[Any, float] = {value: float(place) for place, value in enumerate(present)}
    coded = np.array([codes.get(value, np.nan) for value in values], dtype=np.float64)
    return coded, 0 < len(present) <= MOST_CATEGORIES


def _code_target(target: NDArray[Any], task: Task) -> NDArray[Any]:
    if task == "regression":
        return target.astype(np.float64)
    values = target.tolist()
    codes = {value: place for place, value in enumerate(sorted(set(values), key=_order))}
    return np.array([codes[value] for value in values], dtype=np.int64)


def _order(value: Any) -> tuple[bool, Any]:
    """Order numbers by size and texts by letter, numbers first."""
    return isinstance(value, str), value
