"""What no model can reach: rows that are alike in every feature and differ in their outcome."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.kinds import Task
from loopwright.domain.metrics import estimate
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.record import Record

# At the mode or the mean of its group an answer is the best one; by these metrics it may not be.
_NOT_BOUNDED = frozenset({"f1", "macro_f1", "balanced_accuracy"})


class NoiseCeiling(Record):
    """The best score that any function of the features can have on the sampled rows.

    `value` is the score of the answer that knows the outcomes of each group of identical rows. It
    is a bound and no forecast: a row without a twin counts as answered right. None where the
    metric has no such bound.
    """

    value: float | None = None
    rows: int
    repeated_rows: int
    contradictory_rows: int


def identical_rows(features: Mapping[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Return a number for each row, the same for rows that are alike in every feature.

    Missing values are alike. Stops at the column after which no two rows are alike.
    """
    groups = np.zeros(len(next(iter(features.values()))), dtype=np.int64)
    for values in features.values():
        codes = _codes(values)
        pairs = groups * (int(codes.max(initial=0)) + 1) + codes
        kinds, groups = np.unique(pairs, return_inverse=True)
        if len(kinds) == len(groups):
            break
    return groups.astype(np.int64)


def noise_ceiling(
    groups: NDArray[np.int64], target: NDArray[Any], *, task: Task, metric: str
) -> NoiseCeiling:
    """Return the bound from the groups of identical rows.

    Classes: each group answers its most frequent class and its own shares (the Bayes rule of the
    sample: accuracy Σ max count / n). Numbers: its mean, for mae its median; r2 is 1 - the squares
    within the groups / all squares.
    """
    size = np.bincount(groups)[groups]
    if task == "regression":
        answers, differs = _numbers(groups, target.astype(np.float64), metric)
    else:
        answers, differs = _classes(groups, target, 1 if task == "binary" else None)
    bounded = metric not in _NOT_BOUNDED
    found = estimate(metric, answers) if bounded else None
    return NoiseCeiling(
        value=None if found is None else found.value,
        rows=len(groups),
        repeated_rows=int((size > 1).sum()),
        contradictory_rows=int(differs.sum()),
    )


def _classes(
    groups: NDArray[np.int64], target: NDArray[Any], positive: int | None
) -> tuple[Answers, NDArray[np.bool_]]:
    values = target.tolist()
    kinds = list(dict.fromkeys(values))
    places = {value: place for place, value in enumerate(kinds)}
    truth = np.array([places[value] for value in values], dtype=np.int64)
    counts = np.zeros((int(groups.max()) + 1, len(kinds)))
    np.add.at(counts, (groups, truth), 1)
    shares = counts / counts.sum(axis=1, keepdims=True)
    answers = Answers(truth, shares.argmax(axis=1)[groups], shares[groups], positive)
    return answers, np.asarray((counts > 0).sum(axis=1) > 1)[groups]


def _numbers(
    groups: NDArray[np.int64], target: NDArray[np.float64], metric: str
) -> tuple[Answers, NDArray[np.bool_]]:
    rows = np.bincount(groups)
    answer = np.bincount(groups, weights=target) / rows
    if metric == "mae":
        ordered = target[np.lexsort((target, groups))]
        ends = np.cumsum(rows)
        answer = ordered[ends - rows + (rows - 1) // 2]
    low, high = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
    np.minimum.at(low, groups, target)
    np.maximum.at(high, groups, target)
    return Answers(target, answer[groups]), np.asarray(low < high)[groups]


def _codes(values: NDArray[Any]) -> NDArray[np.int64]:
    if values.dtype != object:
        return np.unique(values, return_inverse=True)[1].astype(np.int64)
    known: dict[Any, int] = {}
    return np.array([known.setdefault(value, len(known)) for value in values], dtype=np.int64)
