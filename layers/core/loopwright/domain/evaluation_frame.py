"""The sealed rows in one order of classes, in which the answers of every model are read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loopwright.domain.intervals import Floats
from loopwright.domain.kinds import CategoryValue
from loopwright.domain.metrics_estimates import Answers
from loopwright.domain.spec import ProjectSpec
from loopwright.domain.spec_gates import Costs


@dataclass(frozen=True)
class ModelAnswers:
    """What one model answered on the holdout, in its own order of classes."""

    model: str
    classes: tuple[CategoryValue, ...]
    values: Sequence[Any]
    probabilities: Floats | None


def is_known(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Tell for each value whether it is there: neither None nor NaN."""
    if values.dtype == object:
        return np.array([value is not None for value in values], dtype=bool)
    return np.asarray(~np.isnan(values))


@dataclass(frozen=True)
class Frame:
    """The truth as positions in one list of classes, in which every model is read."""

    classes: tuple[CategoryValue, ...]
    positive: int | None
    truth: NDArray[np.float64] | NDArray[np.int64]
    costs: Costs | None = None

    def answers(self, model: ModelAnswers, known: NDArray[np.bool_]) -> Answers:
        """Return a model's answers on the known rows, its classes put into this order."""
        if model.probabilities is None:
            numbers = np.asarray(model.values, dtype=np.float64)
            return Answers(self.truth, numbers[known])
        index = {value: position for position, value in enumerate(self.classes)}
        predicted = np.array([index[value] for value in model.values], dtype=np.int64)
        probabilities = np.zeros((len(known), len(self.classes)))
        probabilities[:, [index[value] for value in model.classes]] = model.probabilities
        return self._read(predicted[known], probabilities[known])

    def dummy(self) -> Answers:
        """Return the best constant answer: the holdout's own base rates, or its own mean.

        No constant does better on these rows, so what beats it beats every constant.
        """
        rows = len(self.truth)
        if not self.classes:
            mean = float(self.truth.mean()) if rows else 0.0
            return Answers(self.truth, np.full(rows, mean))
        counts = np.bincount(self.truth.astype(np.int64), minlength=len(self.classes))
        shares = counts / max(rows, 1)
        chosen = int(shares.argmax())
        if self.costs is not None and self.positive is not None:
            wins = shares[self.positive] >= self.costs.threshold
            chosen = self.positive if wins else 1 - self.positive
        return self._read(np.full(rows, chosen, dtype=np.int64), np.tile(shares, (rows, 1)))

    def _read(self, predicted: NDArray[np.int64], probabilities: Floats) -> Answers:
        given = self.costs
        costs = None if given is None else (given.false_positive, given.false_negative)
        return Answers(self.truth, predicted, probabilities, self.positive, costs)


def frame_of(
    spec: ProjectSpec, truth: NDArray[Any], candidate: ModelAnswers, rival: ModelAnswers | None
) -> Frame:
    """Read the known outcomes as positions among the classes of both models and of the rows."""
    if spec.task == "regression":
        return Frame((), None, truth.astype(np.float64))
    values = [_as_class(value) for value in truth.tolist()]
    known = (*candidate.classes, *(rival.classes if rival is not None else ()))
    classes = tuple(dict.fromkeys((*known, *sorted(set(values) - set(known), key=str))))
    index = {value: position for position, value in enumerate(classes)}
    positions = np.array([index[value] for value in values], dtype=np.int64)
    return Frame(classes, _positive(spec, candidate.classes, classes), positions, spec.costs)


def _positive(
    spec: ProjectSpec, own: tuple[CategoryValue, ...], classes: tuple[CategoryValue, ...]
) -> int | None:
    if spec.favourable is not None and spec.favourable in classes:
        return classes.index(spec.favourable)
    return classes.index(own[-1]) if spec.task == "binary" else None


def _as_class(value: Any) -> CategoryValue:
    """Return a cell as a class: integers reach Python as float64."""
    return int(value) if isinstance(value, float) else value
